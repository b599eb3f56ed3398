//! Comparing causes with what was expected.

use super::{lint::Linted, request::Cause};

/// Field, reason without `FieldValue`, message.
pub type Expected = (&'static str, &'static str, &'static str);

#[track_caller]
pub fn assert_causes(what: &str, mut seen: Vec<Cause>, expected: &[Expected]) {
    seen.sort();
    let mut expected: Vec<Cause> = expected
        .iter()
        .map(|(field, reason, message)| Cause {
            field: (*field).to_owned(),
            reason: format!("FieldValue{reason}"),
            message: (*message).to_owned(),
        })
        .collect();
    expected.sort();
    assert_eq!(seen, expected, "{what}");
}

/// The same words: `Invalid value: "x": ` and what `lint` says.
#[track_caller]
pub fn assert_same_words(what: &str, causes: &[Cause], linted: &Linted) {
    let mut causes = causes.to_vec();
    causes.sort();
    let mut said = linted.errors.clone();
    said.sort();
    assert_eq!(
        causes.iter().map(|cause| cause.field.as_str()).collect::<Vec<_>>(),
        said.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(),
        "{what}: the paths of lint differ: {linted:#?}"
    );
    for cause in &causes {
        let is_said = said.iter().any(|(path, message)| {
            let mut message = message.as_str();
            let mut told = cause.message.as_str();
            if cause.reason == "FieldValueTypeInvalid" {
                // Of "yes" without quotes `lint` has seen the text, and the webhook what kubectl made of it.
                (message, told) = (without_remedy(message), without_remedy(told));
            }
            *path == cause.field && told.ends_with(&format!(": {message}"))
        });
        assert!(is_said, "{what}: lint says otherwise than {cause:?}: {linted:#?}");
    }
}

fn without_remedy(message: &str) -> &str {
    message.rsplit_once("; ").map_or(message, |(before, _)| before)
}
