//! The known name that someone probably meant.

/// Offers names, at bounded cost: comparing every wrong name of a large file with every right one
/// would take time in proportion to the product.
#[derive(Debug)]
pub struct Nearest {
    /// Pairs of letters that may still be compared.
    budget: usize,
}

impl Default for Nearest {
    fn default() -> Self {
        Self { budget: 20_000_000 } // well under a tenth of a second
    }
}

/// Reading a candidate costs about as much as comparing so many pairs of letters.
const READING: usize = 50;

/// Names longer than any of ours are not compared.
const LONGEST: usize = 80;

impl Nearest {
    /// With a budget for all that one file can ask.
    pub fn new() -> Self {
        Self::default()
    }

    /// The candidate nearest to the name, where one is near: about one change in three letters.
    /// Upper and lower case, and `_` and `-`, make no difference.
    pub fn find<'a>(&mut self, name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
        let wanted = folded(name)?;
        let allowed = (wanted.len() / 3).max(1);
        let mut best: Option<(usize, &str)> = None;
        for candidate in candidates {
            self.budget = self.budget.checked_sub(READING)?;
            let Some(letters) = folded(candidate) else { continue };
            if letters.len().abs_diff(wanted.len()) > allowed {
                continue;
            }
            self.budget = self.budget.checked_sub(wanted.len() * letters.len())?;
            let distance = distance(&wanted, &letters);
            if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
                best = Some((distance, candidate));
            }
        }
        best.map(|(_, candidate)| candidate)
    }
}

fn folded(name: &str) -> Option<Vec<char>> {
    if name.is_empty() || name.len() > LONGEST {
        return None;
    }
    Some(name.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect())
}

/// How many letters must be put in, left out, changed or swapped with their neighbour.
fn distance(left: &[char], right: &[char]) -> usize {
    let width = right.len() + 1;
    let mut before_last = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    for (row, a) in left.iter().enumerate() {
        let mut current = vec![row + 1; width];
        for (column, b) in right.iter().enumerate() {
            let change = last[column] + usize::from(a != b);
            let mut best = change.min(last[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && *a == right[column - 1] && left[row - 1] == *b {
                best = best.min(before_last[column - 1] + 1);
            }
            current[column + 1] = best;
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_what_is_near_and_nothing_else() {
        let names = ["trim", "align", "commandSet", "commandsIter", "dependents"];
        let cases = [
            ("trimm", Some("trim")),
            ("tirm", Some("trim")),
            ("commandset", Some("commandSet")),
            ("commands_iter", Some("commandsIter")),
            ("dependant", Some("dependents")),
            ("merge", None),
            ("", None),
        ];
        for (wrong, expected) in cases {
            assert_eq!(Nearest::new().find(wrong, names), expected, "{wrong:?}");
        }
    }

    #[test]
    fn stops_offering_when_it_has_compared_enough() {
        let mut nearest = Nearest { budget: READING + 1 };
        assert_eq!(nearest.find("a", ["a"]), Some("a"));
        assert_eq!(nearest.find("a", ["a"]), None);
    }
}
