//! The table that is printed: Markdown, so that it can stand in a document as it is.

use std::fmt::{Display, Write as _};

/// What was measured, beside what is promised.
#[derive(Default)]
pub struct Report(Vec<[String; 3]>);

impl Report {
    /// Adds a line, and says it at once.
    pub fn add(&mut self, what: &str, measured: impl Into<String>, promised: &str) {
        let measured = measured.into();
        eprintln!("  {what}: {measured} ({promised})");
        self.0.push([what.to_owned(), measured, promised.to_owned()]);
    }

    /// The table.
    pub fn markdown(&self) -> String {
        let mut text = String::from("| what | measured | bar |\n|---|---|---|\n");
        for [what, measured, promised] in &self.0 {
            let _ = writeln!(text, "| {what} | {measured} | {promised} |"); // a String takes everything
        }
        text
    }
}

/// The median of several runs, with the least and the greatest.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    median: f64,
    least: f64,
    greatest: f64,
    decimals: usize,
}

impl Spread {
    /// Of samples, to be shown with so many decimals.
    pub fn of(samples: impl IntoIterator<Item = f64>, decimals: usize) -> Self {
        let mut samples: Vec<f64> = samples.into_iter().collect();
        samples.sort_by(f64::total_cmp);
        let at = |position: usize| samples.get(position).copied().unwrap_or(f64::NAN);
        let last = samples.len().saturating_sub(1);
        Self { median: at(samples.len() / 2), least: at(0), greatest: at(last), decimals }
    }
}

impl Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { median, least, greatest, decimals } = self;
        write!(f, "{median:.decimals$}")?;
        if least.to_bits() != greatest.to_bits() {
            write!(f, " ({least:.decimals$}–{greatest:.decimals$})")?;
        }
        Ok(())
    }
}
