//! `retryStrategy`, and lengths of time.

use gene_types::field::{FieldErrorKind, shorten};
use serde_json::{Map, Value, json};

use super::{
    budget::{Budget, Stop},
    known,
    notes::Notes,
    reading::{Object, scalar, wrong},
    scope::Scope,
    survey, text,
};

/// `retry` of a task or of the Execution.
///
/// # Errors
/// A bound was met.
pub fn of(
    owner: &Object<'_>,
    scope: &Scope<'_>,
    budget: &mut Budget,
    notes: &mut Notes,
) -> Result<Option<Value>, Stop> {
    let Some(strategy) = owner.object("retryStrategy", notes) else { return Ok(None) };
    survey::check(&strategy, &known::RETRY, notes);
    let policy = strategy.text("retryPolicy", notes).unwrap_or("OnFailure");
    if !["Always", "OnFailure"].contains(&policy) {
        let message = format!("retryPolicy \"{}\" cannot be carried over", shorten(policy));
        let help =
            "an attempt is followed by another after any failure: write Always, or take retryStrategy out";
        notes.error(&strategy.at("retryPolicy"), FieldErrorKind::NotSupported, message, help);
    }
    let Some(limit) = filled_scalar(&strategy, "limit", scope, budget, notes)? else {
        if strategy.get("limit").is_none() {
            let message = "without a limit it is tried for ever";
            let help = "write limit: and a number up to 99";
            notes.error(&strategy.path, FieldErrorKind::Required, message, help);
        }
        return Ok(None);
    };
    let Some(limit) = limit.parse::<u32>().ok().filter(|limit| *limit <= 99) else {
        let message = format!("the limit is \"{}\"", shorten(&limit));
        notes.error(&strategy.at("limit"), FieldErrorKind::Invalid, message, "write a number up to 99");
        return Ok(None);
    };
    let backoff = match strategy.object("backoff", notes) {
        Some(backoff) => pauses(&backoff, scope, budget, notes)?,
        None => json!({"seconds": 0}),
    };
    let mut retry = Map::new();
    retry.insert("limit".to_owned(), limit.into());
    if limit > 0 {
        retry.insert("backoff".to_owned(), backoff);
    }
    Ok(Some(Value::Object(retry)))
}

fn pauses(
    backoff: &Object<'_>,
    scope: &Scope<'_>,
    budget: &mut Budget,
    notes: &mut Notes,
) -> Result<Value, Stop> {
    survey::check(backoff, &known::BACKOFF, notes);
    let seconds = duration(backoff, "duration", scope, budget, notes)?.unwrap_or(0);
    let factor = match filled_scalar(backoff, "factor", scope, budget, notes)? {
        None => 1.0,
        Some(text) => match text.parse::<f64>() {
            Ok(factor) if factor.is_finite() => factor,
            _ => {
                let message = format!("the factor is \"{}\"", shorten(&text));
                let help = "write a number from 1";
                notes.error(&backoff.at("factor"), FieldErrorKind::Invalid, message, help);
                1.0
            }
        },
    };
    let most = duration(backoff, "cap", scope, budget, notes)?;
    // Where Argo has no cap the longest pause is a day.
    Ok(json!({"seconds": seconds, "factor": factor, "maxSeconds": most.unwrap_or(86_400)}))
}

/// A field that is a length of time in seconds.
///
/// # Errors
/// A bound was met.
pub fn duration(
    owner: &Object<'_>,
    key: &str,
    scope: &Scope<'_>,
    budget: &mut Budget,
    notes: &mut Notes,
) -> Result<Option<u64>, Stop> {
    let Some(text) = filled_scalar(owner, key, scope, budget, notes)? else { return Ok(None) };
    let seconds = seconds(&text);
    if seconds.is_none() {
        let message = format!("{key} is \"{}\"", shorten(&text));
        let help = "write a length of time, such as 90, 90s or 1h30m";
        notes.error(&owner.at(key), FieldErrorKind::Invalid, message, help);
    }
    Ok(seconds)
}

/// A scalar field with its references filled in.
///
/// # Errors
/// A bound was met.
fn filled_scalar(
    owner: &Object<'_>,
    key: &str,
    scope: &Scope<'_>,
    budget: &mut Budget,
    notes: &mut Notes,
) -> Result<Option<String>, Stop> {
    let Some(value) = owner.get(key) else { return Ok(None) };
    let Some(text) = scalar(value) else {
        wrong(value, &owner.at(key), "a number", notes);
        return Ok(None);
    };
    text::fill(&text, scope, &owner.at(key), budget, notes)
}

/// Whole seconds, rounded up: `90`, `90s`, `1h30m`, `1.5m`.
fn seconds(text: &str) -> Option<u64> {
    const LONGEST: f64 = 1e12;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    let mut sum = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(end);
        let number: f64 = number.parse().ok()?;
        let end = tail.find(|char: char| char.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        sum += number
            * match unit {
                "" if sum == 0.0 && tail.is_empty() => 1.0,
                "ms" => 0.001,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                "d" => 86_400.0,
                _ => return None,
            };
        rest = tail;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is positive and far below what a u64 holds"
    )]
    (sum <= LONGEST).then_some(sum.ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_seconds() {
        for (text, expected) in [
            ("90", Some(90)),
            ("90s", Some(90)),
            ("1h30m", Some(5400)),
            ("1.5m", Some(90)),
            ("100ms", Some(1)),
            ("0", Some(0)),
            ("", None),
            ("s", None),
            ("1x", None),
            ("1s2", None),
            ("1..5s", None),
            ("-1", None),
            ("1e9", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
