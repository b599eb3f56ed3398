//! Names for what was recorded under any text: DNS labels, all different, the same every time.
//!
//! A Job is called `<execution>.<task>.<index>`, with `-<n>` for another attempt, and has at most 63
//! bytes. A task here has one command, so the index is `0`, and three bytes are kept for the attempt:
//! 27 for the Execution, 30 for the task.
//!
//! - A task's name is its id in lower case, all but letters and digits as single dashes. Where this is too
//!   long, or empty, or two ids would share it, the name ends in a digest of the id instead of the rest;
//!   an id that is a label already keeps its name. So a task's name changes only with its own id, or when
//!   another task comes whose name would be the same.
//! - The Execution's name is the recording's, made a label likewise, and always ends in a digest of the
//!   recording: collections hold many recordings of one name, which must be able to run side by side.

use std::collections::{HashMap, HashSet};

use sha2::{Digest as _, Sha256};

/// Bytes of an Execution's name.
pub(super) const EXECUTION_BYTES: usize = 27;
/// Bytes of a task's name.
pub(super) const TASK_BYTES: usize = 30;
const DIGEST_BYTES: usize = 8;

/// The name of the Execution that a recording becomes; `content` is all that is used of the recording.
pub(super) fn of_execution(recorded: &str, content: &str) -> String {
    with_digest(&label(recorded), "recording", content, EXECUTION_BYTES)
}

/// A name for each id, all different as far as the ids are.
pub(super) fn of_tasks(ids: &[&str]) -> Vec<String> {
    of_tasks_within(ids, TASK_BYTES)
}

/// The same with names of at most so many bytes, from 10.
pub fn of_tasks_within(ids: &[&str], bytes: usize) -> Vec<String> {
    let labels: Vec<String> = ids.iter().map(|id| label(id)).collect();
    let mut uses = HashMap::<&str, usize>::new();
    for label in &labels {
        *uses.entry(label).or_default() += 1;
    }
    let is_kept = |id: &str, label: &str| {
        (1..=bytes).contains(&label.len()) && (id == label || uses.get(label).is_none_or(|uses| *uses == 1))
    };
    let mut taken: HashSet<String> = ids
        .iter()
        .zip(&labels)
        .filter(|(id, label)| is_kept(id, label))
        .map(|(_, label)| label.clone())
        .collect();
    let mut names = Vec::with_capacity(ids.len());
    for (id, label) in ids.iter().zip(&labels) {
        if is_kept(id, label) {
            names.push(label.clone());
            continue;
        }
        let mut name = with_digest(label, "task", id, bytes);
        // Two digests alike, or an id that looks like one: rare, and settled by the order in the file.
        for round in 1.. {
            if taken.insert(name.clone()) {
                break;
            }
            name = with_digest(label, "task", &format!("{id}\n{round}"), bytes);
        }
        names.push(name);
    }
    names
}

/// A label of at most so many bytes that begins with a letter: the text, behind `instead` where it begins with none, and
/// with a digest of it where that is too long or nothing.
pub(crate) fn label_within(text: &str, instead: &str, bytes: usize) -> String {
    let mut label = label(text);
    if label.starts_with(|char: char| char.is_ascii_digit()) {
        label = format!("{instead}-{label}");
    }
    if (1..=bytes).contains(&label.len()) { label } else { with_digest(&label, instead, text, bytes) }
}

/// A text in lower case with single dashes for all but ASCII letters and digits; a DNS label, or empty, or too long.
pub fn label(text: &str) -> String {
    let mut label = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_ascii_alphanumeric() {
            label.push(char.to_ascii_lowercase());
        } else if !label.is_empty() && !label.ends_with('-') {
            label.push('-');
        }
    }
    label.truncate(label.trim_end_matches('-').len());
    label
}

/// As much of a label as fits, and a digest.
pub fn with_digest(label: &str, instead: &str, of: &str, bytes: usize) -> String {
    let label = if label.is_empty() { instead } else { label };
    let room = bytes - DIGEST_BYTES - 1;
    // Labels are ASCII, so that every byte begins a character.
    let stem = label.get(..room).unwrap_or(label).trim_end_matches('-');
    format!("{stem}-{}", digest(of))
}

/// Forty bits of a SHA-256, in letters and digits that a label may hold (RFC 4648 base 32, in lower case).
fn digest(text: &str) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let hash = Sha256::digest(text.as_bytes());
    let bits = hash.iter().take(5).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    (0..DIGEST_BYTES).rev().map(|place| char::from(ALPHABET[(bits >> (5 * place)) as usize & 31])).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_label(name: &str, bytes: usize) -> bool {
        let ends_well =
            |char: Option<char>| char.is_some_and(|char| char.is_ascii_lowercase() || char.is_ascii_digit());
        name.len() <= bytes
            && name.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-')
            && ends_well(name.chars().next())
            && ends_well(name.chars().next_back())
    }

    fn check(ids: &[&str], expected: &[&str]) {
        assert_eq!(of_tasks(ids), expected, "{ids:?}");
    }

    #[test]
    fn an_id_that_can_be_a_label_becomes_it() {
        check(
            &["individuals_merge_ID0000011", "a", "b.c", "__X__Y__", "0"],
            &["individuals-merge-id0000011", "a", "b-c", "x-y", "0"],
        );
    }

    #[test]
    fn ids_that_would_share_a_name_get_a_digest_but_a_label_keeps_its_own() {
        check(&["a_b", "a.b"], &["a-b-msh2tmy3", "a-b-fzztnxeo"]);
        check(&["a_b", "a-b"], &["a-b-msh2tmy3", "a-b"]);
        // The order of the file does not matter, nor does what else there is.
        check(&["x", "a.b", "a_b"], &["x", "a-b-fzztnxeo", "a-b-msh2tmy3"]);
        // An id may look like a name with a digest.
        check(&["a_b", "a.b", "a-b-msh2tmy3"], &["a-b-fiwxt3ya", "a-b-fzztnxeo", "a-b-msh2tmy3"]);
    }

    #[test]
    fn an_id_without_letters_or_too_long_gets_a_digest() {
        check(&["日本"], &["task-z4vl6dc3"]);
        check(&["this_is_a_name_that_is_much_too_long"], &["this-is-a-name-that-i-aldjfk77"]);
        check(&["exactly_thirty_characters_long"], &["exactly-thirty-characters-long"]);
    }

    #[test]
    fn an_execution_is_told_from_others_of_its_name() {
        let (one, other) = (of_execution("workflow-test", "1"), of_execution("workflow-test", "2"));
        assert_ne!(one, other);
        for name in [one, other, of_execution("", ""), of_execution(&"x_".repeat(500), "")] {
            assert!(is_label(&name, EXECUTION_BYTES), "{name}");
        }
        // `<execution>.<task>.0-99` is a Job's longest name.
        assert_eq!(EXECUTION_BYTES + 1 + TASK_BYTES + ".0".len() + "-99".len(), 63);
    }

    fn any_id() -> impl Strategy<Value = String> {
        prop_oneof!["[ab_.-]{1,4}", ".{1,40}", "[a-zA-Z_]{1,60}", "é{1,300}", "[a-z]{290}_[a-c]{1,10}"]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn names_are_labels_all_different_and_a_function_of_the_ids(
            ids in prop::collection::hash_set(any_id(), 1..60),
            another in any_id(),
        ) {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let names = of_tasks(&ids);
            for name in &names {
                prop_assert!(is_label(name, TASK_BYTES), "{name:?}");
            }
            prop_assert_eq!(names.iter().collect::<HashSet<_>>().len(), ids.len());

            let mut reversed: Vec<&str> = ids.clone();
            reversed.reverse();
            let mut of_reversed = of_tasks(&reversed);
            of_reversed.reverse();
            prop_assert_eq!(&of_reversed, &names);

            if !ids.contains(&another.as_str()) {
                let mut more = ids.clone();
                more.push(&another);
                let renamed = of_tasks(&more).iter().zip(&names).filter(|(new, old)| new != old).count();
                prop_assert!(renamed <= 1, "one more task renames {renamed} others");
            }
        }
    }
}
