//! How long to wait before the next try.

use std::time::Duration;

/// Waits that double up to a bound.
#[derive(Clone, Debug)]
pub struct Backoff {
    next: Duration,
    most: Duration,
}

impl Backoff {
    /// Beginning with `first`, never longer than `most`.
    pub fn new(first: Duration, most: Duration) -> Self {
        Self { next: first.min(most), most }
    }

    /// How long to wait now. `asked` is what the server asked for (`Retry-After`): no less than that,
    /// save that nobody makes us wait longer than a minute.
    pub fn next(&mut self, asked: Option<Duration>) -> Duration {
        const ASKED_AT_MOST: Duration = Duration::from_mins(1);
        let wait = self.next;
        self.next = (wait * 2).min(self.most);
        wait.max(asked.unwrap_or_default().min(ASKED_AT_MOST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound_and_heed_the_server() {
        let second = Duration::from_secs(1);
        let mut backoff = Backoff::new(second, 5 * second);
        let waits: Vec<_> = (0..4).map(|_| backoff.next(None).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 5]);
        assert_eq!(backoff.next(Some(9 * second)), 9 * second);
        assert_eq!(backoff.next(Some(900 * second)), 60 * second);
    }
}
