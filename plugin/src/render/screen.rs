//! Redrawing in place: the bytes that turn the picture on the terminal into the next one.

use super::line::columns;

/// The picture that stands on the terminal, with the cursor at the start of the line below it.
///
/// A picture must be at least one line lower than the terminal, else its top scrolls away for good.
#[derive(Clone, Debug, Default)]
pub struct Screen {
    /// The columns of each line as it was written.
    widths: Vec<usize>,
}

impl Screen {
    /// What to write so that `lines` stand where the last picture stood, on a terminal of `width` columns now.
    ///
    /// Line by line is written over and only then is the rest cleared, all of it as one synchronized update
    /// where the terminal knows them, so that nothing flickers.
    pub fn redraw(&mut self, lines: &[String], width: usize) -> String {
        let mut bytes = String::from(BEGIN_UPDATE);
        bytes.push_str(&self.to_top(width));
        for line in lines {
            bytes.push_str(line);
            bytes.push_str(CLEAR_LINE);
            bytes.push_str("\r\n");
        }
        bytes.push_str(CLEAR_BELOW);
        bytes.push_str(END_UPDATE);
        self.widths = lines.iter().map(|line| visible_columns(line)).collect();
        bytes
    }

    /// What to write so that the picture is gone and other text can be printed; the next one is drawn below that.
    pub fn erase(&mut self, width: usize) -> String {
        let bytes = self.to_top(width) + CLEAR_BELOW;
        self.widths.clear();
        bytes
    }

    /// The cursor to the start of the picture. A terminal that has become narrower has broken long
    /// lines into several rows; where it has not, a move beyond its top stops there.
    fn to_top(&self, width: usize) -> String {
        let rows: usize = self.widths.iter().map(|columns| columns.div_ceil(width.max(1)).max(1)).sum();
        if rows == 0 { String::from("\r") } else { format!("\r\u{1b}[{rows}A") }
    }
}

// DEC private mode 2026; a terminal that does not know it ignores it.
const BEGIN_UPDATE: &str = "\u{1b}[?2026h";
const END_UPDATE: &str = "\u{1b}[?2026l";
const CLEAR_LINE: &str = "\u{1b}[K";
const CLEAR_BELOW: &str = "\u{1b}[J";

/// The columns of a line that may hold colours.
fn visible_columns(line: &str) -> usize {
    columns(&super::text::printable(line))
}
