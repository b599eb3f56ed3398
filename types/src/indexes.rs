//! Index lists as in an Indexed Job: `0-89,91`.

use std::fmt::Write;

/// Writes ascending indexes as ranges.
pub fn format_indexes(indexes: impl IntoIterator<Item = u32>) -> String {
    let mut text = String::new();
    let mut open: Option<(u32, u32)> = None;
    for index in indexes {
        match &mut open {
            Some((_, last)) if *last + 1 == index => *last = index,
            _ => {
                push_range(&mut text, open);
                open = Some((index, index));
            }
        }
    }
    push_range(&mut text, open);
    text
}

/// Reads what [`format_indexes`] wrote, calling `each` with every index below `width`, once each and
/// ascending. What is not written so is passed over: a status is a cache, and what it lacks is
/// observed again.
pub fn for_each_index(text: &str, width: u32, mut each: impl FnMut(u32)) {
    let mut next = 0;
    for range in text.split(',').filter(|range| !range.is_empty()) {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        if let (Ok(first), Ok(last)) = (first.parse::<u32>(), last.parse::<u32>()) {
            for index in first.max(next)..last.saturating_add(1).min(width) {
                each(index);
                next = index + 1;
            }
        }
    }
}

fn push_range(text: &mut String, range: Option<(u32, u32)>) {
    let Some((first, last)) = range else { return };
    let comma = if text.is_empty() { "" } else { "," };
    // Writing to a String cannot fail. Two neighbours stay a pair, as Kubernetes writes them.
    let _ = match last - first {
        0 => write!(text, "{comma}{first}"),
        1 => write!(text, "{comma}{first},{last}"),
        _ => write!(text, "{comma}{first}-{last}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_there_and_back() {
        for (indexes, text) in
            [(vec![], ""), (vec![3], "3"), (vec![0, 1], "0,1"), (vec![0, 1, 2, 5, 7, 8, 9], "0-2,5,7-9")]
        {
            assert_eq!(format_indexes(indexes.iter().copied()), text);
            let mut back = Vec::new();
            for_each_index(text, 100, |index| back.push(index));
            assert_eq!(back, indexes);
        }
    }

    #[test]
    fn nonsense_is_passed_over_and_bounded() {
        let mut seen = Vec::new();
        for_each_index("x,2-,1,3-4294967295,0-4294967295", 6, |index| seen.push(index));
        assert_eq!(seen, [1, 3, 4, 5]);
    }
}
