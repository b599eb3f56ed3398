//! Cells below one another.

use crate::render::line::columns;

/// Rows of which each cell but the last is as wide as the widest of its column, and two blanks more.
pub fn table(indent: &str, rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        let aligned = row.len().saturating_sub(1);
        widths.resize(aligned.max(widths.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row.iter().take(aligned)) {
            *width = columns(cell).max(*width);
        }
    }
    let mut text = String::new();
    for row in rows {
        text.push_str(indent);
        for (position, cell) in row.iter().enumerate() {
            text.push_str(cell);
            if position + 1 < row.len() {
                let width = widths.get(position).copied().unwrap_or_default();
                text.extend(std::iter::repeat_n(' ', width.saturating_sub(columns(cell)) + 2));
            }
        }
        text.push('\n');
    }
    text
}

/// The names of columns, and a line of dashes below them.
pub fn header(names: &[&str]) -> [Vec<String>; 2] {
    [
        names.iter().map(|name| (*name).to_owned()).collect(),
        names.iter().map(|name| "-".repeat(name.len())).collect(),
    ]
}
