//! Sheets of samples, as spreadsheets write them (RFC 4180, or with tabs in place of commas): every column becomes an
//! array of texts, called as its first row says.
//!
//! No library: those that there are tell neither where a cell stands nor that a quote is never closed.

use std::borrow::Cow;

use gene_types::field::{counted, grouped};
use serde_json::Value;

use crate::manifest::{Composer, Diagnostic, Document, Source, Span, Stop};

/// The most cells of a sheet: twice as many as the largest Execution has vertices.
const MOST_CELLS: usize = 2_000_000;
/// So many rows that do not fit are told.
const SHOWN: usize = 100;

/// Reads a sheet whose cells stand between separators: an object of arrays.
pub(super) fn read(source: &Source, separator: u8) -> (Vec<Document>, Vec<Diagnostic>) {
    let rows = match (Reader { text: source.text(), separator, at: 0 }).rows() {
        Ok(rows) => rows,
        Err(fault) => return (Vec::new(), vec![*fault]),
    };
    let mut faults = nameless(source, rows.header());
    faults.extend(ragged(&rows).take(SHOWN));
    if rows.header().is_empty() {
        let fault = Diagnostic::error("the sheet is empty");
        faults.push(fault.help("write the names of the inputs into its first row"));
    }
    if !faults.is_empty() {
        return (Vec::new(), faults);
    }
    let mut composer = Composer::new(source);
    if let Err(Stop(fault)) = columns(source, &rows, &mut composer) {
        return (Vec::new(), vec![*fault]);
    }
    // Of two columns of one name, nothing says which was meant.
    let documents = if composer.faults.is_empty() { composer.documents } else { Vec::new() };
    (documents, composer.faults)
}

/// Puts the columns together, one after the other. The composer bounds the memory and refuses two of one name.
fn columns(source: &Source, rows: &Rows, composer: &mut Composer) -> Result<(), Stop> {
    composer.open_object(Span::new(0, 0), 0)?;
    for (column, name) in rows.header().iter().enumerate() {
        composer.key(text(source, *name).into_owned(), *name)?;
        composer.open_list(*name, 0)?;
        for row in rows.below_header() {
            if let Some(cell) = row.get(column) {
                composer.scalar(Value::String(text(source, *cell).into_owned()), *cell, 0)?;
            }
        }
        composer.close(None)?;
    }
    composer.close(Some(source.text().len()))
}

/// The text of a cell.
fn text(source: &Source, cell: Span) -> Cow<'_, str> {
    let written = source.slice(cell);
    match written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) if quoted.contains('"') => Cow::Owned(quoted.replace("\"\"", "\"")),
        Some(quoted) => Cow::Borrowed(quoted),
        None => Cow::Borrowed(written),
    }
}

/// Columns without a name.
fn nameless(source: &Source, header: &[Span]) -> Vec<Diagnostic> {
    let columns = header.iter().enumerate().filter(|(_, name)| text(source, **name).trim().is_empty());
    let told = |(column, name): (usize, &Span)| {
        let fault = Diagnostic::error(format!("column {} has no name", column + 1)).at(*name);
        fault.help("write the name of an input above it, or remove the column")
    };
    columns.take(SHOWN).map(told).collect()
}

/// Rows with more or fewer cells than the header.
fn ragged(rows: &Rows) -> impl Iterator<Item = Diagnostic> {
    let wanted = rows.header().len();
    rows.below_header().filter(move |row| row.len() != wanted).filter_map(move |row| {
        // The first cell that is too many, or the last one that is there.
        let at = row.get(wanted).or(row.last())?;
        let cells = counted(row.len() as u64, "cell", "cells");
        let names = counted(wanted as u64, "name", "names");
        let fault = Diagnostic::error(format!("this row has {cells}, and the first row {names}")).at(*at);
        Some(
            fault.help(
                "write as many cells in each row; a cell with separators in it stands in double quotes",
            ),
        )
    })
}

/// Where the cells stand, their quotes among them, row by row.
#[derive(Default)]
struct Rows {
    cells: Vec<Span>,
    /// How many cells there are up to the end of each row.
    ends: Vec<u32>,
}

impl Rows {
    fn header(&self) -> &[Span] {
        self.row(0)
    }

    fn below_header(&self) -> impl Iterator<Item = &[Span]> {
        (1..self.ends.len()).map(|row| self.row(row))
    }

    fn row(&self, row: usize) -> &[Span] {
        let end = |row: usize| self.ends.get(row).map(|end| *end as usize);
        let start = row.checked_sub(1).and_then(end).unwrap_or_default();
        self.cells.get(start..end(row).unwrap_or_default()).unwrap_or_default()
    }
}

struct Reader<'s> {
    text: &'s str,
    separator: u8,
    at: usize,
}

impl Reader<'_> {
    /// The rows with anything in them.
    fn rows(mut self) -> Result<Rows, Box<Diagnostic>> {
        let mut rows = Rows::default();
        while let Some(byte) = self.peek() {
            if matches!(byte, b'\r' | b'\n') {
                self.at += 1;
                continue;
            }
            rows.cells.push(self.cell()?);
            while self.peek() == Some(self.separator) {
                self.at += 1;
                rows.cells.push(self.cell()?);
            }
            rows.ends.push(rows.cells.len() as u32);
            if rows.cells.len() > MOST_CELLS {
                let fault = Diagnostic::error(format!(
                    "a sheet may have {} cells at most",
                    grouped(MOST_CELLS as u64)
                ));
                let fault = fault.at(Span::new(self.at, self.at));
                return Err(Box::new(fault.help("leave out what no input is called, or split the sheet")));
            }
        }
        Ok(rows)
    }

    /// The cell that begins here; what follows it is a separator, the end of the row or of the text.
    fn cell(&mut self) -> Result<Span, Box<Diagnostic>> {
        let start = self.at;
        if self.peek() == Some(b'"') {
            self.quoted()?;
            return Ok(Span::new(start, self.at));
        }
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let length = rest.iter().position(|byte| self.ends_cell(*byte)).unwrap_or(rest.len());
        self.at += length;
        Ok(Span::new(start, self.at))
    }

    fn quoted(&mut self) -> Result<(), Box<Diagnostic>> {
        let open = self.at;
        self.at += 1;
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let Some(quote) = rest.find('"') else {
                let fault = Diagnostic::error("the quote that opens here is never closed");
                let fault = fault.at(Span::new(open, open + 1));
                return Err(Box::new(fault.help("close it; a quote within a quoted cell is written twice")));
            };
            self.at += quote + 1;
            match self.peek() {
                Some(b'"') => self.at += 1,
                Some(byte) if !self.ends_cell(byte) => {
                    let fault = Diagnostic::error("a cell goes on after its closing quote");
                    let fault = fault.at(Span::new(self.at, self.at + 1));
                    return Err(Box::new(fault.help("write a quote within a quoted cell twice")));
                }
                _ => return Ok(()),
            }
        }
    }

    fn ends_cell(&self, byte: u8) -> bool {
        byte == self.separator || matches!(byte, b'\r' | b'\n')
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn quoted(cell: &str) -> String {
        format!("\"{}\"", cell.replace('"', "\"\""))
    }

    proptest! {
        /// Whatever stands there, it is a sheet or refused with a reason and a remedy.
        #[test]
        fn any_text_is_read_or_refused(text in "[\"a,;\t\r\n é]{0,40}|\\PC{0,40}") {
            for separator in [b',', b'\t'] {
                let (documents, faults) = read(&Source::new("s.csv", text.as_str()), separator);
                prop_assert_ne!(documents.is_empty(), faults.is_empty());
                prop_assert!(faults.iter().all(|fault| fault.help.is_some()));
                let sheets = documents.iter().filter_map(|document| document.value.as_object());
                prop_assert!(sheets.flat_map(|sheet| sheet.values()).all(Value::is_array));
            }
        }

        #[test]
        fn a_table_comes_back(
            cells in proptest::collection::vec(("[\"a,\t\r\n é]{0,5}", "[^\"\\PC,]{1,5}"), 0..6),
            end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
        ) {
            let rows: Vec<_> = cells.iter().map(|(a, b)| format!("{},{}{end}", quoted(a), quoted(b))).collect();
            let rows = rows.concat();
            let (documents, faults) = read(&Source::new("s.csv", format!("a,\"b \"\"c\"\"\"{end}{rows}")), b',');
            prop_assert!(faults.is_empty());
            let column = |of: fn(&(String, String)) -> &String| cells.iter().map(of).collect::<Vec<_>>();
            let expected = json!({"a": column(|(a, _)| a), "b \"c\"": column(|(_, b)| b)});
            prop_assert_eq!(&documents[0].value, &expected);
        }
    }
}
