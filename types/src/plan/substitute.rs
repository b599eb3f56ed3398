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
        let item_len = item.checked_ilog10().map_or(1, |digits| digits as usize + 1);
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
        self.parts.iter().any(|part| *part == Part::Column(column))
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
