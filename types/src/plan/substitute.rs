//! `${1}`, `${2}` …, `${item}` in a command template.
//!
//! One pass, left to right; what was put in is never looked at again. The original skipped the
//! character after a placeholder unexamined, so that `${1}${2}` filled only the first; here both are.

/// A template, cut into literal text and places to fill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// The column, from 0.
    Column(usize),
    Item,
}

impl Template {
    /// Cuts a template for rows of so many columns. Any other `${…}`, `${0}` and numbers beyond the
    /// columns among them, is literal text: the shell's own.
    pub fn new(text: &str, columns: usize) -> Self {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let Some(length) = rest[start + 2..].find('}') else { break };
            let name = &rest[start + 2..start + 2 + length];
            let after = start + 2 + length + 1;
            if let Some(part) = placeholder(name, columns) {
                literal.push_str(&rest[..start]);
                if !literal.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut literal)));
                }
                parts.push(part);
                rest = &rest[after..];
            } else {
                // A name reaches to the next brace, whatever stands in it: so the original read it.
                literal.push_str(&rest[..after]);
                rest = &rest[after..];
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Self { parts }
    }

    /// The text with everything filled in. `cells` holds at least as many columns as the template was cut for.
    pub fn fill(&self, cells: &[&str], item: u64) -> String {
        let mut filled = String::with_capacity(self.filled_len(|column| cells[column].len(), item));
        for part in &self.parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Column(column) => filled.push_str(cells[*column]),
                Part::Item => filled.push_str(&item.to_string()),
            }
        }
        filled
    }

    /// The bytes of [`Self::fill`], given the bytes of each column.
    pub fn filled_len(&self, cell_len: impl Fn(usize) -> usize, item: u64) -> usize {
        let item_len = crate::names::digits(item);
        self.parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.len(),
                Part::Column(column) => cell_len(*column),
                Part::Item => item_len,
            })
            .sum()
    }

    /// Whether the column, from 0, stands anywhere in the template.
    pub fn uses(&self, column: usize) -> bool {
        self.columns_used().any(|used| used == column)
    }

    /// The columns, from 0, in the order in which they stand in the template.
    pub fn columns_used(&self) -> impl Iterator<Item = usize> {
        self.parts.iter().filter_map(|part| match part {
            Part::Column(column) => Some(*column),
            Part::Text(_) | Part::Item => None,
        })
    }

    /// The lengths of all its parts at once, for rows of so many columns.
    pub fn lengths(&self, columns: usize) -> Lengths {
        let mut lengths = Lengths { text: 0, columns: vec![0; columns], items: 0 };
        for part in &self.parts {
            match part {
                Part::Text(text) => lengths.text += text.len(),
                Part::Column(column) => lengths.columns[*column] += 1,
                Part::Item => lengths.items += 1,
            }
        }
        lengths
    }
}

/// What a filled template's length is made of: so that the length of a row costs as much as the row
/// has columns, however often the template names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lengths {
    /// Bytes of literal text.
    text: usize,
    /// How often each column stands in the template.
    columns: Vec<usize>,
    /// How often `${item}` does.
    items: usize,
}

impl Lengths {
    /// The bytes of [`Template::fill`], given the bytes of each column.
    pub fn filled(&self, cell_len: impl Fn(usize) -> usize, item: u64) -> usize {
        let cells = self.columns.iter().enumerate().fold(0_usize, |sum, (column, uses)| {
            if *uses == 0 { sum } else { sum.saturating_add(uses.saturating_mul(cell_len(column))) }
        });
        cells.saturating_add(self.text).saturating_add(self.items.saturating_mul(crate::names::digits(item)))
    }
}

fn placeholder(name: &str, columns: usize) -> Option<Part> {
    if name == "item" {
        return Some(Part::Item);
    }
    // `${01}` and `${+1}` parse as numbers but were never placeholders.
    if name.starts_with('0') || !name.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: usize = name.parse().ok()?;
    (1..=columns).contains(&number).then(|| Part::Column(number - 1))
}

#[cfg(test)]
mod tests {
    use super::Template;

    fn check(template: &str, cells: &[&str], expected: &str) {
        let template = Template::new(template, cells.len());
        let filled = template.fill(cells, 7);
        assert_eq!(filled, expected);
        assert_eq!(template.filled_len(|column| cells[column].len(), 7), filled.len());
        let lengths = template.lengths(cells.len());
        assert_eq!(lengths.filled(|column| cells[column].len(), 7), filled.len());
    }

    #[test]
    fn fills_columns_and_item() {
        check("echo ${1} ${2} ${item}", &["a", "b"], "echo a b 7");
    }

    #[test]
    fn fills_adjacent_placeholders() {
        check("${1}${2}${item}", &["a", "b"], "ab7");
    }

    #[test]
    fn leaves_what_is_no_placeholder() {
        check(
            "${0} ${3} ${x} $1 $(date) ${01} ${} ${1",
            &["a", "b"],
            "${0} ${3} ${x} $1 $(date) ${01} ${} ${1",
        );
    }

    #[test]
    fn a_name_reaches_to_the_next_brace() {
        check("${x:-${1}} ${1}", &["a"], "${x:-${1}} a");
    }

    #[test]
    fn expands_nothing_twice() {
        check("${1}", &["${2}", "b"], "${2}");
    }
}
