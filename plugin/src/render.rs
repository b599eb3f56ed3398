//! What people see: pure functions from data to text. No IO and no clock; what is shown comes as an argument.
//!
//! Every text that is not ours (names in files, lines that programs printed) passes through
//! [`text::printable`] before it reaches a terminal.

pub mod executions;
pub mod jsonpath;
pub mod line;
pub mod object;
pub mod progress;
pub mod screen;
pub mod shell;
pub mod text;

use gene_types::{field::counted, plan::Plan};
use text::printable;

/// How large plans are together: `7 tasks, 98 vertices and those of 1 dynamic task`.
pub fn extent<'p>(plans: &(impl Iterator<Item = &'p Plan> + Clone)) -> String {
    let tasks: usize = plans.clone().map(|plan| plan.tasks.len()).sum();
    let widths = || plans.clone().flat_map(|plan| &plan.tasks).map(|task| task.commands.static_width());
    let vertices: u64 = widths().flatten().sum();
    // A dynamic task's width is known when its source is done, not before.
    let dynamic = widths().filter(Option::is_none).count();
    let extent =
        format!("{}, {}", counted(tasks as u64, "task", "tasks"), counted(vertices, "vertex", "vertices"));
    if dynamic == 0 {
        return extent;
    }
    format!("{extent} and those of {}", counted(dynamic as u64, "dynamic task", "dynamic tasks"))
}

/// A span of time as people say it, in at most two units: `41s`, `1m12s`, `2h05m`, `3d04h`.
pub fn duration(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{minutes}m{:02}s", seconds % 60),
        3600..86_400 => format!("{hours}h{:02}m", minutes % 60),
        _ => format!("{days}d{:02}h", hours % 24),
    }
}

/// Indexes of vertices: `[4] [5] [6]`, of more than six the first five and the number of the others.
pub fn indexes(indexes: &[u32]) -> String {
    const SHOWN: usize = 6;
    let shown = if indexes.len() > SHOWN { SHOWN - 1 } else { indexes.len() };
    let mut parts: Vec<String> = indexes.iter().take(shown).map(|index| format!("[{index}]")).collect();
    if shown < indexes.len() {
        parts.push(format!("and {} more", indexes.len() - shown));
    }
    parts.join(" ")
}

/// One change, for a pipe: `12:00:41 mkdupbqsr[3] Failed exit 1 after 2s`, on one line whatever the texts hold.
///
/// `time` is the local time of day, `what` the vertex, task or Execution, `detail` may be empty.
pub fn change_line(time: &str, what: &str, phase: &str, detail: &str) -> String {
    let line = format!("{time} {} {phase} {}", printable(what), printable(detail));
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_two_units_at_most() {
        let cases = [
            (0, "0s"),
            (41, "41s"),
            (59, "59s"),
            (60, "1m00s"),
            (72, "1m12s"),
            (3599, "59m59s"),
            (3600, "1h00m"),
            (7500, "2h05m"),
            (86_399, "23h59m"),
            (86_400, "1d00h"),
            (273_600, "3d04h"),
            (u64::MAX, "213503982334601d07h"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(duration(seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn many_indexes_end_in_a_count() {
        assert_eq!(indexes(&[]), "");
        assert_eq!(indexes(&[4]), "[4]");
        assert_eq!(indexes(&[1, 2, 3, 4, 5, 6]), "[1] [2] [3] [4] [5] [6]");
        assert_eq!(indexes(&(0..100).collect::<Vec<_>>()), "[0] [1] [2] [3] [4] and 95 more");
    }

    #[test]
    fn a_change_is_one_line_without_control_characters() {
        assert_eq!(
            change_line("12:00:41", "mkdupbqsr[3]", "Failed", "exit 1 after 2s"),
            "12:00:41 mkdupbqsr[3] Failed exit 1 after 2s"
        );
        assert_eq!(change_line("12:00:41", "a[0]", "Running", ""), "12:00:41 a[0] Running");
        assert_eq!(
            change_line("12:00:41", "a[0]", "Failed", "odd\u{1b}[31m\ntext\u{7}"),
            "12:00:41 a[0] Failed odd text<U+0007>"
        );
    }
}
