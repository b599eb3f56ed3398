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
    /// It is one synchronized update where the terminal knows them, so that nothing flickers.
    pub fn redraw(&mut self, lines: &[String], width: usize) -> String {
        let mut bytes = String::from(BEGIN_UPDATE);
        bytes.push_str(&self.to_top(width));
        for line in lines {
            // Cleared before it is written: after a line that fills its row the cursor still
            // stands on the last column, and clearing from there would take that away.
            bytes.push_str(CLEAR_LINE);
            bytes.push_str(line);
            bytes.push_str("\r\n");
        }
        bytes.push_str(CLEAR_BELOW);
        bytes.push_str(END_UPDATE);
        self.widths = lines.iter().map(|line| visible_columns(line)).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    /// As much of a terminal as the bytes above need: it wraps at its width and scrolls at its height.
    struct Terminal {
        width: usize,
        height: usize,
        rows: Vec<String>,
        at: (usize, usize),
    }

    impl Terminal {
        fn new(width: usize, height: usize, before: &str) -> Self {
            let mut terminal = Self { width, height, rows: vec![String::new()], at: (0, 0) };
            terminal.write(before);
            terminal
        }

        fn write(&mut self, bytes: &str) {
            let mut chars = bytes.chars();
            while let Some(char) = chars.next() {
                match char {
                    '\r' => self.at.1 = 0,
                    '\n' => self.down(),
                    '\u{1b}' => {
                        assert_eq!(chars.next(), Some('['));
                        let sequence: String =
                            chars.by_ref().take_while(|c| !c.is_ascii_alphabetic()).collect();
                        self.sequence(&sequence, bytes, chars.as_str());
                    }
                    _ => self.put(char),
                }
            }
        }

        /// `take_while` has eaten the final byte, which stands before what is left.
        fn sequence(&mut self, parameters: &str, all: &str, left: &str) {
            let end = all.len() - left.len();
            match all.as_bytes()[end - 1] {
                b'A' => {
                    let top = self.rows.len().saturating_sub(self.height);
                    self.at.0 = self.at.0.saturating_sub(parameters.parse().unwrap()).max(top);
                }
                // In the last column, also after it was written.
                b'K' => self.rows[self.at.0].truncate(self.at.1.min(self.width - 1)),
                b'J' => {
                    self.rows[self.at.0].truncate(self.at.1);
                    self.rows.truncate(self.at.0 + 1);
                }
                b'h' | b'l' => assert_eq!(parameters, "?2026"),
                b'm' => {}
                other => panic!("unknown sequence {other}"),
            }
        }

        fn put(&mut self, char: char) {
            if self.at.1 == self.width {
                self.at.1 = 0;
                self.down();
            }
            let row = &mut self.rows[self.at.0];
            if row.len() > self.at.1 {
                row.replace_range(self.at.1..=self.at.1, &char.to_string());
            } else {
                row.push(char);
            }
            self.at.1 += 1;
        }

        fn down(&mut self) {
            self.at.0 += 1;
            if self.at.0 == self.rows.len() {
                self.rows.push(String::new());
            }
        }

        /// What a terminal does that reflows: rows that are too long now are broken.
        fn narrow(&mut self, width: usize) {
            let broken = |row: &String| match row.len() {
                0 => vec![String::new()],
                _ => row
                    .as_bytes()
                    .chunks(width)
                    .map(|part| String::from_utf8_lossy(part).into_owned())
                    .collect(),
            };
            self.rows = self.rows.iter().flat_map(broken).collect();
            self.at = (self.rows.len() - 1, 0);
            self.width = width;
        }
    }

    fn lines(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn a_picture_replaces_the_one_before() {
        let mut terminal = Terminal::new(20, 10, "$ run\r\n");
        let mut screen = Screen::default();
        let pictures: [&[&str]; 5] = [
            &["run 0/2", "a", "b waits"],
            &["run 1/2", "a is done", "b", "x failed", "  why"],
            &["run 2/2", "a"],
            &[],
            &["\u{1b}[1mrun\u{1b}[0m", "exactly 20 columns .", "end"],
        ];
        for picture in pictures {
            terminal.write(&screen.redraw(&lines(picture), 20));
            let expected = picture.iter().map(|line| super::super::text::printable(line));
            let expected: Vec<String> =
                std::iter::once("$ run".to_owned()).chain(expected).chain([String::new()]).collect();
            assert_eq!(terminal.rows, expected);
        }
    }

    #[test]
    fn a_narrower_terminal_is_cleared_of_the_broken_lines() {
        let mut terminal = Terminal::new(20, 10, "$ run\r\n");
        let mut screen = Screen::default();
        terminal.write(&screen.redraw(&lines(&["a line of 20 columns", "", "short"]), 20));
        terminal.narrow(8);
        terminal.write(&screen.redraw(&lines(&["a line …".replace('…', ".").as_str(), "short"]), 8));
        assert_eq!(terminal.rows, ["$ run", "a line .", "short", ""]);
    }

    #[test]
    fn a_picture_as_high_as_the_terminal_stays_in_its_place() {
        let mut terminal = Terminal::new(20, 4, "$ run\r\n");
        let mut screen = Screen::default();
        for round in 0..3 {
            let picture = lines(&[&format!("round {round}"), "x", "y"]);
            terminal.write(&screen.redraw(&picture, 20));
            assert_eq!(terminal.rows, ["$ run", picture[0].as_str(), "x", "y", ""]);
        }
    }
}
