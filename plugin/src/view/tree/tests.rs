use gene_types::v1alpha1::{ExecutionStatus, TaskStatus, VertexStatus};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::view::{samples, summary};

fn look() -> Look {
    Look { now: samples::now(), expand: false, width: usize::MAX, height: None, color: Color::Never }
}

fn around() -> Surroundings {
    let pods = vec![samples::out_of_memory(3, 1), samples::missing_image(7), samples::missing_image(6)];
    Surroundings { pods, ..Surroundings::default() }
}

fn assert_lines(got: &[String], expected: &[&str]) {
    assert_eq!(got, expected, "\n{}\n", got.join("\n"));
}

#[test]
fn a_wide_one_in_the_middle_of_its_run() {
    assert_lines(
        &tree(&samples::wgs(), &around(), &look()),
        &[
            "wgs  Running  63/98  1m12s",
            "  what does not depend on the failure goes on (failurePolicy: Continue)",
            "splitfq                  ✓ 2/2  2s",
            "└─ bwamapping            ✓ 13/13  2s",
            "   └─ mergemappedbam     ✓ Succeeded  2s",
            "      ├─ samflagstat     ✓ Succeeded  2s",
            "      └─ sammerge        ✓ 40/40  2s",
            "         └─ mkdupbqsr    ● 6/40  4 running, 1 failed, 29 pending",
            "            │  [3] ✗ OOMKilled (limit 4Gi) on node-2 after 38s, attempt 2 of 3",
            "            │  [6,7] ● ImagePullBackOff: gatk:4.0.9: not found, attempt 1 of 3",
            "            └─ mergevcf  ○ Pending  waits for mkdupbqsr (34 left)  (also after samflagstat)",
        ],
    );
}

#[test]
fn a_small_one_that_is_done() {
    let task = |name: &str| json!({"name": name, "phase": "Succeeded", "total": 1, "succeeded": 1, "succeededIndexes": "0"});
    let vertex = |name: &str, end: &str| {
        json!({"id": name, "name": name, "type": "Job", "phase": "Succeeded",
        "startedAt": "2026-11-22T12:00:00Z", "finishedAt": format!("2026-11-22T12:00:0{end}Z")})
    };
    let document = json!({
        "metadata": {"name": "test-exec"},
        "spec": {"tasks": [{"name": "a"}, {"name": "b", "dependents": [{"target": "a"}]},
            {"name": "c", "dependents": [{"target": "a"}]}, {"name": "d", "dependents": [{"target": "b"}]}]},
        "status": {"phase": "Succeeded", "message": "execution has run successfully", "progress": "4/4",
            "startedAt": "2026-11-22T12:00:00Z", "finishedAt": "2026-11-22T12:00:05Z",
            "tasks": [task("a"), task("b"), task("c"), task("d")],
            "vertices": {"test-exec.a.0": vertex("test-exec.a.0", "1"), "test-exec.d.0": vertex("test-exec.d.0", "2")}},
    });
    assert_lines(
        &tree(&Subject::from_document(&document), &Surroundings::default(), &look()),
        &[
            "test-exec  Succeeded  4/4  5s",
            "a        ✓ Succeeded  1s",
            "├─ b     ✓ Succeeded",
            "│  └─ d  ✓ Succeeded  2s",
            "└─ c     ✓ Succeeded",
        ],
    );
}

#[test]
fn the_only_vertex_says_what_is_wrong_on_its_own_line_where_there_is_room() {
    let document = json!({
        "metadata": {"name": "x"}, "spec": {"tasks": [{"name": "a", "retry": {"limit": 2}}]},
        "status": {"phase": "Failed", "message": "a[0]: exit code 3", "progress": "0/1",
            "tasks": [{"name": "a", "phase": "Failed", "total": 1, "failed": 1, "failedIndexes": "0"}],
            "vertices": {"x.a.0-2": {"id": "x.a.0-2", "name": "x.a.0-2", "type": "Job", "phase": "Failed", "reason": "Error",
                "exitCode": 3, "startedAt": "2026-11-22T12:00:00Z", "finishedAt": "2026-11-22T12:00:02Z"}}},
    });
    let subject = Subject::from_document(&document);
    let lines = tree(&subject, &Surroundings::default(), &look());
    assert_lines(
        &lines,
        &["x  Failed  0/1", "  a[0]: exit code 3", "a  ✗ Failed  2s  exit 3, attempt 3 of 3"],
    );
    let narrow = tree(&subject, &Surroundings::default(), &Look { width: 24, ..look() });
    assert_lines(
        &narrow,
        &["x  Failed  0/1", "  a[0]: exit code 3", "a  ✗ Failed  2s", "   ✗ exit 3, attempt 3", "     of 3"],
    );
}

#[test]
fn expanded_every_vertex_has_a_line_save_those_that_wait() {
    let lines = tree(&samples::wgs(), &around(), &Look { expand: true, ..look() });
    let of_task: Vec<&String> = lines.iter().filter(|line| line.starts_with("            │  ")).collect();
    assert_eq!(of_task.len(), 12, "{lines:#?}");
    assert!(lines.iter().any(|line| line.ends_with("[4] ● 30s")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.ends_with("[11-39] ○ Pending")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.ends_with("[38] ✓ 2s")), "{lines:#?}");
}

#[test]
fn a_low_terminal_shows_what_matters() {
    let lines = tree(&samples::wgs(), &around(), &Look { height: Some(7), width: 60, ..look() });
    assert_lines(
        &lines,
        &[
            "wgs  Running  63/98  1m12s",
            "  what does not depend on the failure goes on",
            "  (failurePolicy: Continue)",
            "mkdupbqsr  ● 6/40  4 running, 1 failed, 29 pending",
            "   [3] ✗ OOMKilled (limit 4Gi) on node-2 after 38s, attempt…",
            "   [6,7] ● ImagePullBackOff: gatk:4.0.9: not found, attempt…",
            "… 6 more tasks: 5 succeeded, 1 pending",
        ],
    );
}

#[test]
fn quota_keeps_a_job_from_having_a_pod() {
    let message =
        "Error creating: pods \"wgs.mkdupbqsr.5-abcde\" is forbidden: exceeded quota: q, requested: pods=1";
    let event = json!({"involvedObject": {"kind": "Job", "name": "wgs.mkdupbqsr.5"}, "reason": "FailedCreate", "message": message});
    let around =
        Surroundings { complaints: vec![serde_json::from_value(event).unwrap()], ..Surroundings::default() };
    let lines = tree(&samples::wgs(), &around, &look());
    let expected = "            │  [5] ● no pod: exceeded quota: q, requested: pods=1, attempt 1 of 3";
    assert!(lines.iter().any(|line| line == expected), "{lines:#?}");
}

/// One task prints words: another has a vertex for each, a third is skipped for them, a fourth with it.
fn branched() -> Subject {
    let after =
        |targets: &[&str]| json!(targets.iter().map(|target| json!({"target": target})).collect::<Vec<_>>());
    let skipped = |name: &str, message: &str| json!({"name": name, "phase": "Skipped", "total": 1, "skipped": 1, "reason": "ConditionFalse", "message": message});
    let condition = json!({"condition": ["check_result", "ask", "single"]});
    let result = json!({"configMap": "sample.ask.result-0", "digest": "sha256:0"});
    Subject::from_document(&json!({
        "metadata": {"name": "sample"},
        "spec": {"tasks": [
            {"name": "ask"},
            {"name": "each", "dependents": after(&["ask"]), "commandsIter": {"command": "do ${1}", "varsIter": [["get_result", "ask", " "]]}},
            {"name": "none", "dependents": after(&["each"]), "commandsIter": {"command": "do ${1}", "varsIter": [["get_result", "each", " "]]}},
            {"name": "single", "dependents": after(&["ask"]), "condition": condition},
            {"name": "trim", "dependents": after(&["single"])},
            {"name": "merge", "dependents": after(&["each", "single"])},
        ]},
        "status": {"phase": "Running", "message": "execution is running", "progress": "5/7", "tasks": [
            {"name": "ask", "phase": "Succeeded", "total": 1, "succeeded": 1, "succeededIndexes": "0", "result": result},
            {"name": "each", "phase": "Succeeded", "total": 2, "succeeded": 2, "succeededIndexes": "0,1"},
            {"name": "none", "phase": "Pending", "pending": 1},
            skipped("single", "condition: \"ask\" printed \"p1 p2\", not \"single\""),
            skipped("trim", "it depends on \"single\", which was skipped"),
            {"name": "merge", "phase": "Running", "total": 1, "running": 1, "runningIndexes": "0"},
        ]},
    }))
}

#[test]
fn what_was_skipped_and_what_was_expanded_says_why_and_from_what() {
    assert_lines(
        &tree(&branched(), &Surroundings::default(), &look()),
        &[
            "sample  Running  5/7",
            "ask          ✓ Succeeded",
            "├─ each      ✓ 2/2  2 vertices from what ask printed",
            "│  └─ none   ○ 0/?  as many vertices as each prints",
            "└─ single    – Skipped  condition: \"ask\" printed \"p1 p2\", not \"single\"",
            "   ├─ trim   – Skipped  it depends on \"single\", which was skipped",
            "   └─ merge  ● Running  (also after each)",
        ],
    );
}

#[test]
fn a_page_says_why_and_from_what() {
    let zone = k8s_openapi::jiff::tz::TimeZone::UTC;
    let (sample, around) = (branched(), Surroundings::default());
    let page = summary::Page {
        subject: &sample,
        around: &around,
        events: Some(&[]),
        now: samples::now(),
        zone: &zone,
    };
    let lines = summary::execution(&page);
    let tasks: Vec<&str> = lines.iter().skip_while(|line| *line != "Tasks:").map(String::as_str).collect();
    assert_eq!(
        tasks[..16],
        [
            "Tasks:",
            "  ask (total: 1; success: 1; failed: 0; running: 0)",
            "    [0]      Succeeded",
            "  each (total: 2; success: 2; failed: 0; running: 0)",
            "    2 vertices from what ask printed",
            "    [0]      Succeeded",
            "    [1]      Succeeded",
            "  none (total: ?; success: 0; failed: 0; running: 0; pending: 1)",
            "    as many vertices as each prints",
            "  single (total: 1; success: 0; failed: 0; running: 0; skipped: 1)",
            "    condition: \"ask\" printed \"p1 p2\", not \"single\"",
            "    [0]      Skipped",
            "  trim (total: 1; success: 0; failed: 0; running: 0; skipped: 1)",
            "    it depends on \"single\", which was skipped",
            "    [0]      Skipped",
            "  merge (total: 1; success: 0; failed: 0; running: 1)",
        ],
        "{lines:#?}"
    );
    let single = summary::task(&page, 3);
    assert!(single.contains(&"Runs:         if \"ask\" prints \"single\"".to_owned()), "{single:#?}");
    let ask = summary::task(&page, 0);
    let kept = "Result:       what it printed is kept in config map \"sample.ask.result-0\"";
    assert!(ask.contains(&kept.to_owned()), "{ask:#?}");
}

#[test]
fn names_cannot_steer_the_terminal() {
    let document = json!({
        "metadata": {"name": "x\u{1b}[2J"}, "spec": {"tasks": [{"name": "a\u{1b}]0;t\u{7}\n"}, {"name": "b", "dependents": [{"target": "a\u{1b}]0;t\u{7}\n"}]}]},
        "status": {"phase": "Ru\u{7}n", "message": "m\u{1b}[31m", "progress": "\u{9b}1m", "tasks": [
            {"name": "b", "phase": "Failed", "message": "w\u{1b}[2Jhy", "reason": "\u{7}"}]},
    });
    for line in tree(&Subject::from_document(&document), &Surroundings::default(), &look()) {
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
}

prop_compose! {
    fn any_task_status()(
        name in "[a-d]", phase in "(Pending|Running|Failed|Succeeded|Skipped|Cancelled|x|)",
        total in prop::option::of(-3_i32..6), counts in prop::array::uniform6(-2_i32..5),
        lists in prop::array::uniform3("([0-9]{1,2}(-[0-9]{1,3})?,?){0,3}"), message in ".{0,9}",
    ) -> TaskStatus {
        let [pending, running, succeeded, failed, skipped, cancelled] = counts;
        let [succeeded_indexes, running_indexes, failed_indexes] = lists;
        TaskStatus { name, phase, total, pending, running, succeeded, failed, skipped, cancelled,
            succeeded_indexes, running_indexes, failed_indexes, message,
            attempts: [("1".to_owned(), i32::MAX), ("x".to_owned(), -1)].into(), ..TaskStatus::default() }
    }
}

proptest! {
    #[test]
    fn no_status_and_no_pods_break_the_picture(
        tasks in prop::collection::vec(any_task_status(), 0..5),
        jobs in prop::collection::btree_map("wgs\\.[a-d]\\.[0-9]{1,2}(-[0-9])?", "(Running|Failed|Succeeded|Cancelled)", 0..6),
        edges in prop::collection::vec((0_usize..4, 0_usize..4), 0..6),
        pods in prop::collection::vec((0_u32..50, 0_u32..3, "(Pending|Failed|Running)"), 0..4),
        width in 0_usize..90, height in prop::option::of(0_usize..12), expand: bool,
    ) {
        let names = ["a", "b", "c", "d"];
        let spec: Vec<_> = names.iter().enumerate().map(|(own, name)| {
            let after: Vec<_> = edges.iter().filter(|(from, _)| *from == own).map(|(_, to)| json!({"target": names[*to]})).collect();
            json!({"name": name, "dependents": after})
        }).collect();
        let mut subject = Subject::from_document(&json!({"metadata": {"name": "wgs"}, "spec": {"tasks": spec}}));
        let vertices = jobs.into_iter().map(|(name, phase)| (name, VertexStatus { phase, ..VertexStatus::default() })).collect();
        subject.status = ExecutionStatus { tasks, vertices, ..ExecutionStatus::default() };
        let pods = pods.iter().map(|(index, attempt, phase)| samples::pod(*index, *attempt, "", &json!({"phase": phase}))).collect();
        let around = Surroundings { pods, ..Surroundings::default() };
        let lines = tree(&subject, &around, &Look { expand, width, height, ..look() });
        prop_assert!(lines.len() <= height.unwrap_or(usize::MAX));
        prop_assert!(lines.iter().all(|line| columns(line) <= width));
    }
}
