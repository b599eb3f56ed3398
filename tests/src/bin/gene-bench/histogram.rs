//! The controller's histogram "Job event decoded to child's create sent", read from its page of metrics.

/// Samples by the upper bounds of their buckets, in seconds.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    /// Bound and how many samples are not above it.
    buckets: Vec<(f64, u64)>,
}

impl Histogram {
    /// The one of this name on a page of metrics.
    pub fn read(page: &str, name: &str) -> Self {
        let prefix = format!("{name}_bucket{{le=\"");
        let bucket = |line: &str| {
            let (bound, rest) = line.strip_prefix(&prefix)?.split_once("\"}")?;
            let bound = if bound == "+Inf" { f64::INFINITY } else { bound.parse().ok()? };
            Some((bound, rest.split_whitespace().next()?.parse().ok()?))
        };
        Self { buckets: page.lines().filter_map(bucket).collect() }
    }

    /// Adds the samples of another with the same bounds.
    pub fn add(&mut self, other: &Self) {
        if self.buckets.is_empty() {
            self.buckets.clone_from(&other.buckets);
            return;
        }
        for ((_, count), (_, more)) in self.buckets.iter_mut().zip(&other.buckets) {
            *count += more;
        }
    }

    /// How many samples there are.
    pub fn count(&self) -> u64 {
        self.buckets.last().map_or(0, |(_, count)| *count)
    }

    /// The least bound, in milliseconds, below which so many of a hundred samples lie.
    pub fn within_ms(&self, percent: u64) -> f64 {
        let wanted = (self.count() * percent).div_ceil(100);
        let bound = self.buckets.iter().find(|(_, count)| *count >= wanted);
        bound.map_or(f64::NAN, |(bound, _)| bound * 1e3)
    }

    /// Median and 99th percentile in words.
    pub fn words(&self) -> String {
        format!("p50 ≤ {} ms, p99 ≤ {} ms ({} creates)", self.within_ms(50), self.within_ms(99), self.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_the_bounds_of_buckets() {
        let page =
            "x_bucket{le=\"0.001\"} 50\nx_bucket{le=\"0.01\"} 98\nx_bucket{le=\"+Inf\"} 100\nx_sum 1\n";
        let mut histogram = Histogram::read(page, "x");
        assert_eq!((histogram.count(), histogram.within_ms(50)), (100, 1.0));
        assert!(histogram.within_ms(99).is_infinite());
        histogram.add(&Histogram::read(
            "x_bucket{le=\"0.001\"} 0\nx_bucket{le=\"0.01\"} 100\nx_bucket{le=\"+Inf\"} 100",
            "x",
        ));
        assert_eq!((histogram.count(), histogram.within_ms(99)), (200, 10.0));
    }
}
