//! Latencies of many reviews.

use std::time::Duration;

/// Milliseconds, sorted.
pub struct Latencies(Vec<f64>);

impl Latencies {
    /// Of samples in any order.
    pub fn of(samples: &[Duration]) -> Self {
        let mut milliseconds: Vec<f64> = samples.iter().map(|sample| sample.as_secs_f64() * 1e3).collect();
        milliseconds.sort_by(f64::total_cmp);
        Self(milliseconds)
    }

    /// The least value that so many of a hundred samples are not above.
    pub fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100);
        self.0.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    }

    /// The greatest.
    pub fn greatest(&self) -> f64 {
        self.percentile(100)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_samples() {
        let latencies = Latencies::of(&(1..=200).rev().map(Duration::from_millis).collect::<Vec<_>>());
        let of = |percent| format!("{:.0}", latencies.percentile(percent));
        assert_eq!([of(50), of(99), of(100)], ["100", "198", "200"]);
        assert_eq!(latencies.count(), 200);
        assert!(Latencies::of(&[]).greatest().is_nan());
    }
}
