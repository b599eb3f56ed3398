//! Executions as a table.

use gene_types::v1alpha1::status::phase;
use k8s_openapi::jiff::Timestamp;

use super::{duration, line::columns, text::printable};
use crate::cluster::execution::Summary;

/// Which columns a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns {
    /// The namespace, before the name.
    pub namespace: bool,
    /// When it began, how long it took, and what it says.
    pub wide: bool,
}

/// A table that may go on: its columns stay as wide as they were, so that later rows stand below earlier ones.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Columns,
    widths: Vec<usize>,
}

impl Table {
    /// A table of no rows yet.
    pub fn new(columns: Columns) -> Self {
        Self { columns, widths: Vec::new() }
    }

    /// The line with the names of the columns, if wanted, and a line for each Execution, as wide as they need.
    pub fn rows(&mut self, summaries: &[Summary], now: Timestamp, with_header: bool) -> String {
        let header = with_header.then(|| self.header());
        let rows = summaries.iter().map(|summary| self.row(summary, now));
        let rows: Vec<Vec<String>> = header.into_iter().chain(rows).collect();
        for row in &rows {
            self.widths.resize(row.len().max(self.widths.len()), 0);
            for (width, cell) in self.widths.iter_mut().zip(row) {
                *width = (*width).max(columns(cell));
            }
        }
        rows.iter().map(|row| self.line(row)).collect()
    }

    fn line(&self, row: &[String]) -> String {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&self.widths) {
            line.push_str(cell);
            // Three blanks between columns, as kubectl has.
            line.extend(std::iter::repeat_n(' ', width - columns(cell) + 3));
        }
        line.truncate(line.trim_end().len());
        line.push('\n');
        line
    }

    fn header(&self) -> Vec<String> {
        let namespace = self.columns.namespace.then_some("NAMESPACE");
        let wide: &[&str] = if self.columns.wide { &["STARTED", "DURATION", "MESSAGE"] } else { &[] };
        let names =
            namespace.into_iter().chain(["NAME", "PHASE", "PROGRESS", "AGE"]).chain(wide.iter().copied());
        names.map(str::to_owned).collect()
    }

    fn row(&self, summary: &Summary, now: Timestamp) -> Vec<String> {
        let Summary { metadata, status, .. } = summary;
        let since = |from: Timestamp, to: Timestamp| {
            u64::try_from(to.as_second() - from.as_second()).unwrap_or_default()
        };
        let mut row = Vec::new();
        if self.columns.namespace {
            row.push(printable(&metadata.namespace));
        }
        let created = metadata.creation_timestamp.as_ref();
        row.extend([
            printable(&metadata.name),
            phase_of(summary),
            or_dash(&status.progress),
            created.map_or_else(|| "<unknown>".to_owned(), |time| age(since(time.0, now))),
        ]);
        if self.columns.wide {
            let started = status.started_at.as_ref().map(|time| time.0);
            let finished = status.finished_at.as_ref().map_or(now, |time| time.0);
            row.push(started.map_or_else(|| "-".to_owned(), |from| from.to_string()));
            row.push(started.map_or_else(|| "-".to_owned(), |from| duration(since(from, finished))));
            row.push(or_dash(&status.message));
        }
        row
    }
}

/// The phase, and what keeps it from going on: `Running,Suspended`.
pub fn phase_of(summary: &Summary) -> String {
    let mut phase = match summary.status.phase.as_str() {
        phase::NEW => "Pending".to_owned(),
        phase => printable(phase),
    };
    if summary.is_reopened() {
        phase.push_str(",Retried");
    }
    if summary.is_suspended() {
        phase.push_str(",Suspended");
    }
    if summary.metadata.deletion_timestamp.is_some() {
        phase.push_str(",Deleting");
    }
    phase
}

fn or_dash(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { printable(text) }
}

/// An age as kubectl writes it: `72s`, `5m30s`, `3h`, `2d4h`.
pub fn age(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |big: u64, unit: char, small: u64, part: char| match small {
        0 => format!("{big}{unit}"),
        _ => format!("{big}{unit}{small}{part}"),
    };
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 => two(minutes, 'm', seconds % 60, 's'),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, 'h', minutes % 60, 'm'),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(days, 'd', hours % 24, 'h'),
        691_200..63_072_000 => format!("{days}d"),
        63_072_000..252_288_000 => two(days / 365, 'y', days % 365, 'd'),
        _ => format!("{}y", days / 365),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn summaries() -> Vec<Summary> {
        let objects = json!([
            {"metadata": {"name": "test-exec", "namespace": "default", "creationTimestamp": "2026-01-01T00:00:52Z"},
             "status": {"phase": "Succeeded", "progress": "4/4", "message": "execution has succeeded",
                        "startedAt": "2026-01-01T00:00:53Z", "finishedAt": "2026-01-01T00:00:58Z"}},
            {"metadata": {"name": "wgs", "namespace": "lab", "creationTimestamp": "2025-12-31T23:59:48Z"},
             "spec": {"suspend": true, "tasks": [{"name": "a"}]},
             "status": {"phase": "Running", "progress": "63/98", "message": "two\nlines",
                        "startedAt": "2025-12-31T23:59:48Z"}},
            {"metadata": {"name": "new", "namespace": "lab", "deletionTimestamp": "2026-01-01T00:00:00Z"}},
        ]);
        serde_json::from_value(objects).unwrap()
    }

    #[test]
    fn a_table_is_as_wide_as_its_cells() {
        let now: Timestamp = "2026-01-01T00:01:00Z".parse().unwrap();
        let plain = Columns { namespace: false, wide: false };
        assert_eq!(
            Table::new(plain).rows(&summaries(), now, true),
            "NAME        PHASE               PROGRESS   AGE\n\
             test-exec   Succeeded           4/4        8s\n\
             wgs         Running,Suspended   63/98      72s\n\
             new         Pending,Deleting    -          <unknown>\n"
        );
        let wide = Columns { namespace: true, wide: true };
        assert_eq!(
            Table::new(wide).rows(&summaries()[..2], now, false),
            "default   test-exec   Succeeded           4/4     8s    2026-01-01T00:00:53Z   5s      execution has succeeded\n\
             lab       wgs         Running,Suspended   63/98   72s   2025-12-31T23:59:48Z   1m12s   two lines\n"
        );
    }

    #[test]
    fn a_retry_that_nobody_saw_yet_is_shown() {
        let now: Timestamp = "2026-01-01T00:01:00Z".parse().unwrap();
        let mut failed = summaries().remove(0);
        failed.status.phase = phase::FAILED.to_owned();
        failed.spec.retry_generation = Some(1);
        let row = Table::new(Columns { namespace: false, wide: false }).rows(&[failed], now, false);
        assert_eq!(row, "test-exec   Failed,Retried   4/4   8s\n");
    }

    #[test]
    fn later_rows_stand_below_earlier_ones() {
        let now: Timestamp = "2026-01-01T00:01:00Z".parse().unwrap();
        let mut table = Table::new(Columns { namespace: false, wide: false });
        table.rows(&summaries()[..1], now, true);
        assert_eq!(
            table.rows(&summaries()[2..], now, false),
            "new         Pending,Deleting   -          <unknown>\n"
        );
    }

    #[test]
    fn ages_are_kubectls() {
        let cases = [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (150, "2m30s"),
            (599, "9m59s"),
            (600, "10m"),
            (10_799, "179m"),
            (10_800, "3h"),
            (12_600, "3h30m"),
            (28_800, "8h"),
            (172_799, "47h"),
            (187_200, "2d4h"),
            (691_200, "8d"),
            (63_072_000, "2y"),
            (252_288_000, "8y"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(age(seconds), expected, "{seconds}");
        }
    }
}
