//! How many Events one Execution may have.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use tokio::time::Instant;

/// Of all reasons together, as Kubernetes' own recorder allows.
const BURST: u32 = 25;
/// Of one reason, so that a thousand failing vertices leave room for what else there is to say.
const BURST_OF_REASON: u32 = 8;
/// One more after so long.
const REFILL: Duration = Duration::from_mins(1);
/// The same words are not said again within this time.
const REPEAT: Duration = Duration::from_mins(5);
/// More Executions than this are not remembered at once; who has been silent longest is forgotten first.
const EXECUTIONS: usize = 4096;

/// What has been said of late about which Execution.
#[derive(Default)]
pub(super) struct Budget {
    executions: HashMap<String, Spent>,
}

/// What becomes of an Event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Publish,
    /// Published, and the last one of its reason for some time.
    Last,
    Drop,
}

struct Spent {
    all: Bucket,
    reasons: HashMap<&'static str, Said>,
    last: Instant,
}

struct Said {
    bucket: Bucket,
    /// The hash of the last note and when it was said; a note can be a kilobyte, and this is kept for thousands.
    note: u64,
    at: Instant,
}

struct Bucket {
    tokens: u32,
    size: u32,
    /// From when the next refill is reckoned.
    since: Instant,
}

impl Budget {
    /// Whether the Execution of `uid` may have an Event of `reason` that says `note`; accounts for it.
    pub(super) fn spend(&mut self, uid: &str, reason: &'static str, note: &str, now: Instant) -> Verdict {
        self.make_room(uid, now);
        let spent = self.executions.entry(uid.to_owned()).or_insert_with(|| Spent {
            all: Bucket::full(BURST, now),
            reasons: HashMap::new(),
            last: now,
        });
        spent.last = now;
        let note = hash(note);
        if let Some(said) = spent.reasons.get(reason)
            && said.note == note
            && now.saturating_duration_since(said.at) < REPEAT
        {
            return Verdict::Drop;
        }
        let said = spent.reasons.entry(reason).or_insert_with(|| Said {
            bucket: Bucket::full(BURST_OF_REASON, now),
            note,
            at: now,
        });
        if said.bucket.refilled(now) == 0 || spent.all.refilled(now) == 0 {
            return Verdict::Drop;
        }
        said.bucket.tokens -= 1;
        spent.all.tokens -= 1;
        said.note = note;
        said.at = now;
        if said.bucket.tokens == 0 || spent.all.tokens == 0 { Verdict::Last } else { Verdict::Publish }
    }

    /// Forgets who has been silent for so long that nothing of theirs matters, and else who has been so longest.
    fn make_room(&mut self, uid: &str, now: Instant) {
        if self.executions.len() < EXECUTIONS || self.executions.contains_key(uid) {
            return;
        }
        self.executions.retain(|_, spent| now.saturating_duration_since(spent.last) < REFILL * BURST);
        if self.executions.len() >= EXECUTIONS {
            // A quarter at once, so that the search is not made for every one.
            let mut times: Vec<Instant> = self.executions.values().map(|spent| spent.last).collect();
            let (_, &mut limit, _) = times.select_nth_unstable(EXECUTIONS / 4);
            let mut excess = EXECUTIONS / 4;
            self.executions.retain(|_, spent| {
                let goes = spent.last <= limit && excess > 0;
                excess -= usize::from(goes);
                !goes
            });
        }
    }
}

impl Bucket {
    fn full(size: u32, now: Instant) -> Self {
        Self { tokens: size, size, since: now }
    }

    /// How many tokens there are at `now`.
    fn refilled(&mut self, now: Instant) -> u32 {
        let passed = now.saturating_duration_since(self.since);
        let more = u32::try_from(passed.as_secs() / REFILL.as_secs()).unwrap_or(u32::MAX);
        self.tokens = self.tokens.saturating_add(more).min(self.size);
        // A full bucket gathers nothing for later.
        self.since = if self.tokens == self.size { now } else { self.since + REFILL * more };
        self.tokens
    }
}

fn hash(note: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    note.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published(budget: &mut Budget, uid: &str, reason: &'static str, count: usize, now: Instant) -> usize {
        let verdicts = (0..count).map(|n| budget.spend(uid, reason, &format!("{now:?} {n}"), now));
        verdicts.filter(|verdict| *verdict != Verdict::Drop).count()
    }

    #[test]
    fn one_reason_leaves_room_for_others_and_comes_back_by_the_minute() {
        let mut budget = Budget::default();
        let start = Instant::now();
        assert_eq!(published(&mut budget, "u", "VertexFailed", 1000, start), 8);
        assert_eq!(published(&mut budget, "u", "Failed", 1, start), 1);
        assert_eq!(published(&mut budget, "other", "VertexFailed", 1000, start), 8);
        assert_eq!(published(&mut budget, "u", "VertexFailed", 1000, start + REFILL * 3), 3);
    }

    #[test]
    fn all_reasons_together_are_bounded() {
        let mut budget = Budget::default();
        let start = Instant::now();
        let reasons = ["A", "B", "C", "D", "E"];
        let sum: usize = reasons.iter().map(|reason| published(&mut budget, "u", reason, 10, start)).sum();
        assert_eq!(sum, 25);
        let later = start + REFILL;
        let sum: usize = reasons.iter().map(|reason| published(&mut budget, "u", reason, 10, later)).sum();
        assert_eq!(sum, 1);
    }

    #[test]
    fn the_last_one_is_known_and_the_same_words_are_said_once() {
        let mut budget = Budget::default();
        let start = Instant::now();
        assert_eq!(budget.spend("u", "A", "same", start), Verdict::Publish);
        assert_eq!(budget.spend("u", "A", "same", start + Duration::from_secs(1)), Verdict::Drop);
        for n in 0..6 {
            assert_eq!(budget.spend("u", "A", &n.to_string(), start), Verdict::Publish);
        }
        assert_eq!(budget.spend("u", "A", "x", start), Verdict::Last);
        assert_eq!(budget.spend("u", "A", "y", start), Verdict::Drop);
        assert_eq!(budget.spend("u", "A", "same", start + REPEAT), Verdict::Publish);
    }

    #[test]
    fn memory_is_bounded_by_forgetting_who_was_silent_longest() {
        let mut budget = Budget::default();
        let start = Instant::now();
        for n in 0..EXECUTIONS * 2 {
            let now = start + Duration::from_millis(n as u64);
            assert_eq!(budget.spend(&n.to_string(), "A", "note", now), Verdict::Publish);
            assert!(budget.executions.len() <= EXECUTIONS);
        }
        let last = (EXECUTIONS * 2 - 1).to_string();
        assert!(budget.executions.contains_key(&last));
        assert!(!budget.executions.contains_key("0"));
    }
}
