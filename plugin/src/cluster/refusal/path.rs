//! A path of a field as servers write it.

use gene_types::field::FieldPath;

/// Reads `spec.tasks[0].volumes[a.b].mountPath`. Any text is some path; whether it leads anywhere is another matter.
///
/// A key with a closing bracket in it cannot be told from two keys, and is read as far as the bracket.
pub fn parse(text: &str) -> FieldPath {
    let mut path = FieldPath::root();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some((inside, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let is_index = !inside.is_empty() && inside.bytes().all(|byte| byte.is_ascii_digit());
            path = match inside.parse() {
                Ok(index) if is_index => path.index(index),
                _ => path.key(unescaped(inside)),
            };
            rest = after;
            continue;
        }
        let name = rest.strip_prefix(['.', '[']).unwrap_or(rest);
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (name, after) = name.split_at(end);
        if !name.is_empty() {
            path = path.key(name);
        }
        rest = after;
    }
    path
}

/// Undoes [`char::escape_debug`]; what is no escape stays as it is.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        let (character, length) = escape(from).unwrap_or(('\\', 1));
        plain.push(character);
        rest = from.get(length..).unwrap_or_default();
    }
    plain + rest
}

fn escape(text: &str) -> Option<(char, usize)> {
    let character = match text.as_bytes().get(1)? {
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'0' => '\0',
        b'\\' => '\\',
        b'"' => '"',
        b'\'' => '\'',
        b'u' => {
            let code = text.strip_prefix("\\u{")?.split_once('}')?.0;
            return Some((char::from_u32(u32::from_str_radix(code, 16).ok()?)?, code.len() + 4));
        }
        _ => return None,
    };
    Some((character, 2))
}

#[cfg(test)]
mod tests {
    use gene_types::field::Segment;
    use proptest::prelude::*;

    use super::*;

    fn segment() -> impl Strategy<Value = Segment> {
        // In brackets, digits alone are a place in a list; a closing bracket ends them.
        prop_oneof![any::<usize>().prop_map(Segment::Index), "[^\\]]{0,8}".prop_map(Segment::Key)]
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(segments in prop::collection::vec(segment(), 0..6)) {
            let path = segments.iter().fold(FieldPath::root(), |path, segment| match segment {
                Segment::Key(key) => path.key(key),
                Segment::Index(index) => path.index(*index),
            });
            prop_assert_eq!(parse(&path.to_string()), path);
        }

        #[test]
        fn any_text_is_some_path(text in "[a.\\[\\]0\\\\u{}]{0,20}|.{0,40}") {
            parse(&text);
        }
    }
}
