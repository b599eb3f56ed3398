//! Pictures, as they stand on a terminal.

use proptest::prelude::*;

use super::*;

fn task(name: &str, state: State, succeeded: u32, total: u32, elapsed: Option<u64>) -> TaskRow {
    TaskRow { name: name.to_owned(), state, succeeded, total: Some(total), elapsed, ..TaskRow::default() }
}

fn failure(task: &str, index: u32, what: &str, last_lines: &[&str]) -> FailureRow {
    FailureRow {
        task: task.to_owned(),
        vertex: format!("{task}[{index}]"),
        what: what.to_owned(),
        last_lines: last_lines.iter().map(|line| (*line).to_owned()).collect(),
        log: format!(".gene/wgs/logs/{task}.{index}.0.log"),
    }
}

fn wgs() -> RunView {
    RunView {
        name: "wgs".to_owned(),
        phase: "Running".to_owned(),
        done: 63,
        total: 98,
        elapsed: 72,
        parallelism: Some(4),
        tasks: vec![
            task("splitfq", State::Succeeded, 2, 2, Some(3)),
            task("bwamapping", State::Succeeded, 13, 13, Some(41)),
            task("mergemappedbam", State::Succeeded, 1, 1, Some(2)),
            task("samflagstat", State::Succeeded, 1, 1, Some(1)),
            task("sammerge", State::Succeeded, 40, 40, Some(18)),
            TaskRow { running: vec![4, 5, 6, 7], ..task("mkdupbqsr", State::Running, 6, 40, Some(7)) },
            TaskRow {
                waits_for: Some("mkdupbqsr (34 left)".to_owned()),
                ..task("mergevcf", State::Pending, 0, 1, None)
            },
        ],
        failures: vec![failure("mkdupbqsr", 3, "exit 1 after 2s", &["samtools: cannot open \"chr3.bam\""])],
        ..RunView::default()
    }
}

/// 120 tasks: 90 done, 8 running, 22 waiting.
fn many() -> RunView {
    let state = |at| match at {
        0..90 => State::Succeeded,
        90..98 => State::Running,
        _ => State::Pending,
    };
    let tasks = (0..120).map(|at| task(&format!("individuals-{at}"), state(at), u32::from(at < 90), 1, None));
    RunView {
        name: "genome".to_owned(),
        phase: "Running".to_owned(),
        done: 90,
        total: 120,
        elapsed: 7500,
        tasks: tasks.collect(),
        ..RunView::default()
    }
}

fn check(view: &RunView, width: usize, height: usize, expected: &str) {
    let lines = progress(view, Room { width, height, color: Color::Never });
    assert_eq!(lines.join("\n"), expected.trim_matches('\n'), "in {width} columns and {height} lines");
}

#[test]
fn all_of_it_fits() {
    check(
        &wgs(),
        80,
        23,
        r#"
wgs  Running  63/98  1m12s  parallelism 4
✓ splitfq           2/2    3s
✓ bwamapping      13/13   41s
✓ mergemappedbam    1/1    2s
✓ samflagstat       1/1    1s
✓ sammerge        40/40   18s
● mkdupbqsr        6/40    7s   running [4] [5] [6] [7]
✗ mkdupbqsr[3]    exit 1 after 2s
    samtools: cannot open "chr3.bam"
    log: .gene/wgs/logs/mkdupbqsr.3.0.log
○ mergevcf          0/1         waits for mkdupbqsr (34 left)
"#,
    );
}

#[test]
fn a_small_run_and_every_state() {
    let mut view = RunView {
        name: "test-exec".to_owned(),
        phase: "Failed".to_owned(),
        note: Some("execution was cancelled".to_owned()),
        done: 2,
        total: 6,
        elapsed: 3,
        tasks: vec![
            task("a", State::Succeeded, 1, 1, Some(1)),
            task("b", State::Failed, 0, 1, Some(2)),
            TaskRow {
                note: Some("its condition was false".to_owned()),
                ..task("c", State::Skipped, 0, 1, None)
            },
            task("d", State::Cancelled, 0, 1, None),
            TaskRow { total: None, waits_for: Some("d".to_owned()), ..task("e", State::Pending, 0, 1, None) },
        ],
        ..RunView::default()
    };
    check(
        &view,
        80,
        24,
        "
test-exec  Failed  2/6  3s  execution was cancelled
✓ a  1/1    1s
✗ b  0/1    2s
– c  0/1         its condition was false
⊘ d  0/1
○ e  0/?         waits for d
",
    );
    view.tasks.clear();
    check(&view, 80, 24, "test-exec  Failed  2/6  3s  execution was cancelled");
}

#[test]
fn a_narrow_terminal_cuts_with_an_ellipsis() {
    check(
        &wgs(),
        30,
        23,
        "
wgs  Running  63/98  1m12s  p…
✓ splitfq         2/2    3s
✓ bwamapping    13/13   41s
✓ mergemapped…    1/1    2s
✓ samflagstat     1/1    1s
✓ sammerge      40/40   18s
● mkdupbqsr      6/40    7s  …
✗ mkdupbqsr[3]  exit 1 after …
    samtools: cannot open \"ch…
    log: .gene/wgs/logs/mkdup…
○ mergevcf        0/1        …
",
    );
}

#[test]
fn many_tasks_fold_into_counts() {
    check(
        &many(),
        80,
        13,
        "
genome  Running  90/120  2h05m
● individuals-90   0/1
● individuals-91   0/1
● individuals-92   0/1
● individuals-93   0/1
● individuals-94   0/1
● individuals-95   0/1
● individuals-96   0/1
● individuals-97   0/1
○ individuals-98   0/1
○ individuals-99   0/1
○ individuals-100  0/1
… 109 more tasks: 90 succeeded, 19 pending
",
    );
}

#[test]
fn the_first_failure_comes_before_all_else() {
    let mut view = many();
    view.failures =
        (0..40).map(|index| failure("individuals-1", index, "exit 2 after 1s", &["no such file"])).collect();
    view.tasks[1].state = State::Failed;
    check(
        &view,
        60,
        9,
        "
genome  Running  90/120  2h05m
✗ individuals-1[0]  exit 2 after 1s
    no such file
    log: .gene/wgs/logs/individuals-1.0.0.log
● individuals-90   0/1
● individuals-91   0/1
● individuals-92   0/1
● individuals-93   0/1
… 116 more tasks: 1 failed, 4 running, 89 succeeded, 22 pending; 39 more failures
"
        .replace("pending; 39 more failures", "pen…")
        .as_str(),
    );
    check(
        &view,
        100,
        2,
        "
genome  Running  90/120  2h05m
… 120 more tasks: 1 failed, 8 running, 89 succeeded, 22 pending; 40 more failures
",
    );
    check(&view, 100, 1, "genome  Running  90/120  2h05m");
    check(&view, 100, 0, "");
}

#[test]
fn what_a_program_printed_cannot_steer_the_terminal() {
    let mut view = wgs();
    view.tasks.truncate(0);
    view.tasks.push(task("mkdupbqsr", State::Failed, 0, 1, Some(2)));
    view.failures[0].last_lines =
        vec!["\u{1b}[2J\u{1b}[31mfatal\u{7}\tdisk full\r".to_owned(), "99 %\r100 %".to_owned()];
    check(
        &view,
        80,
        24,
        "
wgs  Running  63/98  1m12s  parallelism 4
✗ mkdupbqsr  0/1    2s
✗ mkdupbqsr[3]  exit 1 after 2s
    fatal<U+0007> disk full
    100 %
    log: .gene/wgs/logs/mkdupbqsr.3.0.log
",
    );
}

#[test]
fn colour_adds_nothing_but_colour() {
    let plain = progress(&wgs(), Room { width: 80, height: 24, color: Color::Never });
    let coloured = progress(&wgs(), Room { width: 80, height: 24, color: Color::Always });
    assert!(plain.iter().all(|line| !line.contains('\u{1b}')));
    assert_eq!(coloured[1], "\u{1b}[32m✓\u{1b}[0m splitfq           2/2    3s");
    let stripped: Vec<String> = coloured.iter().map(|line| printable(line).trim_end().to_owned()).collect();
    assert_eq!(stripped, plain);
}

proptest! {
    #[test]
    fn a_picture_never_exceeds_its_room(
        states in prop::collection::vec((0usize..6, ".{0,70}", any::<u32>(), prop::option::of(any::<u64>())), 0..40),
        failed in prop::collection::vec((0usize..50, prop::collection::vec(".{0,200}", 0..6)), 0..10),
        width in 0usize..120,
        height in 0usize..60,
        coloured in any::<bool>(),
    ) {
        let all = [State::Pending, State::Running, State::Succeeded, State::Failed, State::Skipped, State::Cancelled];
        let mut view = wgs();
        view.tasks = states
            .into_iter()
            .map(|(state, name, count, elapsed)| TaskRow { running: vec![count; 9], ..task(&name, all[state], count, count, elapsed) })
            .collect();
        view.failures = failed
            .into_iter()
            .map(|(at, lines)| FailureRow { last_lines: lines, ..failure(view.tasks.get(at).map_or("", |task| &task.name), 0, "exit 1", &[]) })
            .collect();
        let color = if coloured { Color::Always } else { Color::Never };
        let lines = progress(&view, Room { width, height, color });
        prop_assert!(lines.len() <= height, "{} lines in {height}", lines.len());
        for line in &lines {
            let shown = printable(line);
            prop_assert!(columns(&shown) <= width, "{shown:?} in {width}");
            let has_colour = line.contains('\u{1b}');
            prop_assert!(coloured || !has_colour);
        }
        if height > view.tasks.len() + view.failures.iter().map(|f| f.last_lines.len() + 2).sum::<usize>() && width > 80 {
            prop_assert!(!lines.iter().any(|line| line.contains("more task")), "all fits and yet something is folded");
        }
    }
}
