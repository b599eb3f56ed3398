//! The table that a benchmark prints: Markdown, so that it can stand in a document as it is.

use std::fmt::Write;

/// What was measured, beside what is promised.
#[derive(Default)]
pub struct Report(Vec<[String; 3]>);

impl Report {
    /// Adds a line.
    pub fn add(&mut self, what: &str, measured: impl Into<String>, promised: &str) {
        self.0.push([what.to_owned(), measured.into(), promised.to_owned()]);
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

/// The value below which so many of a hundred samples lie.
pub fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get(last * percent / 100).copied().unwrap_or(0)
}

/// The middle of some samples.
pub fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
}
