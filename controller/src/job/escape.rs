//! `$` on the way through the kubelet.
//!
//! The kubelet looks at every `$` in a command and in the value of a variable: `$$` becomes `$`,
//! `$(NAME)` the value of a variable that it knows, and anything else stays, except that it takes the
//! first byte of a character beyond ASCII after `$` for a character of its own and so spoils it
//! (`third_party/forked/golang/expansion` of Kubernetes).

use std::borrow::Cow;

/// The text from which the kubelet makes exactly this one, whatever variables it knows.
///
/// A `$` is doubled where it stands before another one, before `(` and before a character beyond ASCII;
/// elsewhere it stays single, so that most commands look in the Job as they were written.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    let mut escaped = String::new();
    let mut copied = 0;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        // One step for each `$`, or for two that stand together: so the kubelet reads what comes out.
        let step = match (bytes[at], bytes.get(at + 1)) {
            (b'$', Some(b'$')) => 2,
            (b'$', Some(b'(' | 0x80..)) => 1,
            _ => {
                at += 1;
                continue;
            }
        };
        escaped.push_str(&text[copied..at]);
        escaped.push_str(if step == 2 { "$$$$" } else { "$$" });
        at += step;
        copied = at;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    escaped.push_str(&text[copied..]);
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::escape;

    /// What the kubelet makes of a text, byte for byte.
    fn expand(text: &[u8], known: &HashMap<&[u8], &[u8]>) -> Vec<u8> {
        let mut expanded = Vec::new();
        let mut rest = text;
        while let [first, after @ ..] = rest {
            rest = after;
            if *first != b'$' {
                expanded.push(*first);
                continue;
            }
            match after {
                [] => expanded.push(b'$'),
                [b'$', after @ ..] => {
                    expanded.push(b'$');
                    rest = after;
                }
                [b'(', after @ ..] => {
                    let Some(end) = after.iter().position(|byte| *byte == b')') else {
                        expanded.extend(b"$(");
                        rest = after;
                        continue;
                    };
                    let name = &after[..end];
                    match known.get(name) {
                        Some(value) => expanded.extend_from_slice(value),
                        None => expanded.extend([b"$(", name, b")"].concat()),
                    }
                    rest = &after[end + 1..];
                }
                [other, after @ ..] => {
                    expanded.push(b'$');
                    expanded.extend(char::from(*other).to_string().as_bytes());
                    rest = after;
                }
            }
        }
        expanded
    }

    fn check(text: &str, escaped: &str) {
        assert_eq!(escape(text), escaped, "{text:?}");
        let known = HashMap::from([(b"A".as_slice(), b"a".as_slice()), (b"", b"empty"), (b"(A", b"inner")]);
        assert_eq!(expand(escaped.as_bytes(), &known), text.as_bytes(), "{text:?}");
    }

    #[test]
    fn the_shell_gets_what_was_written() {
        check("", "");
        check("echo $A ${A} $1 $", "echo $A ${A} $1 $");
        check("echo $(A)", "echo $$(A)");
        check("echo $((A)) $(date", "echo $$((A)) $$(date");
        check("$$", "$$$$");
        check("$$(A)", "$$$$(A)");
        check("$$$(A)", "$$$$$$(A)");
        check("$$$A", "$$$$$A");
        check("$$$$", "$$$$$$$$");
        check("$$$", "$$$$$");
        check("$()", "$$()");
        check("$ä ä$", "$$ä ä$");
        check("$$ä$(A)ä", "$$$$ä$$(A)ä");
    }

    #[test]
    fn the_kubelet_would_spoil_it_otherwise() {
        let known = HashMap::from([(b"A".as_slice(), b"a".as_slice())]);
        assert_eq!(expand(b"$(A) $$ $(B)", &known), b"a $ $(B)");
        assert_ne!(expand("$ä".as_bytes(), &known), "$ä".as_bytes());
    }

    proptest! {
        #[test]
        fn any_text_arrives_whatever_variables_there_are(
            text in "[$()AB ä]{0,24}|\\PC{0,24}",
            names in proptest::collection::vec("[$(AB ä]{0,6}|\\PC{0,4}", 0..6),
            value in "[$()AB]{0,4}",
        ) {
            let known = names.iter().map(|name| (name.as_bytes(), value.as_bytes())).collect();
            let escaped = escape(&text);
            prop_assert_eq!(expand(escaped.as_bytes(), &known), text.as_bytes());
        }
    }
}
