//! `retry`: how often a vertex that failed is tried again, each time as a new Job.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most extra attempts: the number of each fits into the three bytes that names reserve for it.
pub const MAX_RETRIES: i32 = 99;
/// The longest pause before an attempt, a day.
pub const MAX_PAUSE_SECONDS: i64 = 86_400;
/// The largest factor by which pauses grow.
pub const MAX_FACTOR: f64 = 100.0;

/// The first pause where none is given.
pub const DEFAULT_SECONDS: i64 = 10;
/// By how much each pause is longer than the one before, where it is not given.
pub const DEFAULT_FACTOR: f64 = 2.0;
/// The longest pause where none is given (the first one, where that is longer).
pub const DEFAULT_MAX_SECONDS: i64 = 300;

/// How often a vertex that failed is tried again, and after which pauses.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Retry {
    /// How many attempts beyond the first. 0: none.
    #[schemars(range(min = 0, max = 99))]
    pub limit: i32,

    /// How long to wait before each. Absent: 10 s, 20 s, 40 s … at most 300 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backoff: Option<Backoff>,
}

/// The pauses before extra attempts: `seconds`, `seconds * factor`, `seconds * factor²` … up to `maxSeconds`.
#[derive(JsonSchema, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Backoff {
    /// The first pause. Absent: 10.
    #[schemars(range(min = 0, max = 86400))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<i64>,

    /// By how much each pause is longer than the one before. Absent: 2.
    #[schemars(schema_with = "crate::schema::backoff_factor")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<f64>,

    /// The longest pause. Absent: 300, or the first pause where that is longer.
    #[schemars(range(min = 0, max = 86400))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_seconds: Option<i64>,
}

impl Retry {
    /// The pause in seconds after the failure of the attempt that is `spent` attempts beyond the one
    /// with which the budget began: 0 for the first.
    pub fn pause_after(&self, spent: u32) -> i64 {
        let backoff = self.backoff.unwrap_or_default();
        let first = backoff.seconds.unwrap_or(DEFAULT_SECONDS).clamp(0, MAX_PAUSE_SECONDS);
        if first == 0 {
            return 0; // However often it grows.
        }
        let most = backoff.max_seconds.unwrap_or(first.max(DEFAULT_MAX_SECONDS)).clamp(0, MAX_PAUSE_SECONDS);
        let factor = backoff.factor.unwrap_or(DEFAULT_FACTOR).clamp(1.0, MAX_FACTOR);
        let exponent = i32::try_from(spent).unwrap_or(i32::MAX);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "both are at most a day in seconds, and the cast saturates"
        )]
        let pause = (first as f64 * factor.powi(exponent)).min(most as f64).round() as i64;
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_longest() {
        let retry = |backoff| Retry { limit: 99, backoff };
        let pauses = |retry: Retry, spent: &[u32]| -> Vec<i64> {
            spent.iter().map(|spent| retry.pause_after(*spent)).collect()
        };
        assert_eq!(pauses(retry(None), &[0, 1, 2, 4, 5, 98, u32::MAX]), [10, 20, 40, 160, 300, 300, 300]);
        let none = Backoff { seconds: Some(0), factor: Some(100.0), max_seconds: None };
        assert_eq!(pauses(retry(Some(none)), &[0, 1, u32::MAX]), [0, 0, 0]);
        let long = Backoff { seconds: Some(600), factor: None, max_seconds: None };
        assert_eq!(pauses(retry(Some(long)), &[0, 1]), [600, 600]);
        let even = Backoff { seconds: Some(3), factor: Some(1.0), max_seconds: Some(9) };
        assert_eq!(pauses(retry(Some(even)), &[0, 1, 98]), [3, 3, 3]);
        let slow = Backoff { seconds: Some(3), factor: Some(1.5), max_seconds: Some(6) };
        assert_eq!(pauses(retry(Some(slow)), &[0, 1, 2]), [3, 5, 6]);
    }
}
