//! What a run does and says when nothing is in its way, and when something fails.

use crate::world::{World, execution};

const SEED: &str = include_str!("../../../examples/test-exec.yaml");

/// The positions of texts in a text, which must be there in this order.
#[track_caller]
fn in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let at = rest.find(part).unwrap_or_else(|| panic!("no {part:?} (in this order) in {text}"));
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn the_seed_example_runs_twice() {
    let world = World::new(SEED);
    for round in 0..2 {
        let called = world.expect("run x.yaml", 0);
        in_order(
            &called.out,
            &["a[0] Running", "a[0] Succeeded", "b[0] Running", "d[0] Running", "d[0] Succ"],
        );
        in_order(&called.out, &["a[0] Succeeded", "c[0] Running", "c[0] Succeeded"]);
        let last = called.out.lines().last().unwrap();
        assert!(last.starts_with("test-exec Succeeded 4/4 after "), "{last}");
        assert_eq!(world.has(".gene/test-exec.previous/journal.jsonl"), round == 1);
        assert_eq!(world.read(".gene/test-exec/logs/d.0.0.log"), "D\n");
        assert_eq!(called.err.matches("images are not used").count(), 1, "{}", called.err);
    }
}

#[test]
fn the_status_is_as_the_cluster_would_hold_it() {
    let world = World::new(SEED);
    let called = world.expect("run x.yaml -o json", 0);
    let object: serde_json::Value = serde_json::from_str(&called.out).unwrap();
    let status = &object["status"];
    assert_eq!(object["kind"], "Execution");
    assert_eq!(status["phase"], "Succeeded");
    assert_eq!(status["message"], "execution has run successfully");
    assert!(status["startedAt"].is_string() && status["finishedAt"].is_string());
    for (name, children) in [("a", "bc"), ("b", "d"), ("c", ""), ("d", "")] {
        let id = format!("test-exec.{name}.0");
        let vertex = &status["vertices"][&id];
        assert_eq!((&vertex["id"], &vertex["name"]), (&id.clone().into(), &id.into()));
        assert_eq!((&vertex["phase"], &vertex["message"]), (&"Succeeded".into(), &"success".into()));
        assert!(vertex["startedAt"].is_string() && vertex["finishedAt"].is_string());
        let expected: Vec<String> = children.chars().map(|child| format!("test-exec.{child}.0")).collect();
        let found = vertex["children"].as_array().map_or(0, Vec::len);
        assert_eq!(found, expected.len());
        assert!(
            expected.iter().all(|child| vertex["children"].as_array().unwrap().contains(&child[..].into()))
        );
    }
    assert!(called.err.contains("d[0] Succeeded"), "progress goes to standard error: {}", called.err);
    let yaml = world.expect("run x.yaml -o yaml", 0).out;
    assert!(yaml.contains("  phase: Succeeded\n") && yaml.contains("\n    test-exec.a.0:\n"), "{yaml}");
}

#[test]
fn a_failure_ends_the_run_and_says_what_to_type_next() {
    let world = World::of_tasks(&[
        "name: a, commands: [echo A; exit 7]",
        "name: b, commands: [echo B >> ran], dependents: [{target: a}]",
    ]);
    let called = world.expect("run x.yaml", 3);
    assert!(called.out.contains("a[0] Failed exit"), "{}", called.out);
    let last = called.out.lines().last().unwrap();
    in_order(
        last,
        &[
            "x Failed 0/2 after ",
            "a[0]: ",
            "7",
            "log: .gene/x/logs/a.0.0.log",
            "kubectl gene run x.yaml --resume",
        ],
    );
    assert!(!world.has("ran"));
    let finished = world.json(".gene/x/finished.json");
    assert_eq!(finished["status"]["phase"], "Failed");
    assert_eq!(finished["status"]["vertices"]["x.a.0"]["exitCode"], 7);
}

#[test]
fn every_try_of_a_command_is_told_and_its_log_kept() {
    let world = World::of_tasks(&["name: a, backoffLimit: 1, commands: [echo try >> ran; exit 7]"]);
    let called = world.expect("run x.yaml", 3);
    let told: Vec<&str> =
        called.out.lines().filter_map(|line| line.split_once(" a[0] ")).map(|(_, told)| told).collect();
    assert_eq!(told[..2], ["Running", "Running try 2 of 2"]);
    assert!(told[2].starts_with("Failed exit code 7 after ") && told.len() == 3, "{told:?}");
    assert_eq!(world.read("ran"), "try\ntry\n");
    assert!(world.has(".gene/x/logs/a.0.0.try1.log") && world.has(".gene/x/logs/a.0.0.log"));
}

#[test]
fn no_log_is_named_of_what_could_not_be_started() {
    let world = World::of_tasks(&["name: a, shell: [no-such-shell], commands: [echo]"]);
    let called = world.expect("run x.yaml", 3);
    let last = called.out.lines().last().unwrap();
    assert!(last.contains("no-such-shell") && !last.contains("log:"), "{last}");
}

#[test]
fn keep_going_runs_all_that_does_not_depend_on_the_failure() {
    let world = World::of_tasks(&[
        "name: a, commands: [exit 1]",
        "name: b, commands: [echo b >> ran], dependents: [{target: a}]",
        "name: c, commands: [echo c1 >> ran, echo c2 >> ran]",
        "name: d, commands: [echo d >> ran], dependents: [{target: c}]",
    ]);
    let called = world.expect("run x.yaml --keep-going --parallelism 1 -o json", 3);
    assert_eq!(world.read("ran"), "c1\nc2\nd\n");
    let object: serde_json::Value = serde_json::from_str(&called.out).unwrap();
    assert_eq!(object["status"]["phase"], "Failed");
}

#[test]
fn several_run_one_after_the_other() {
    let world = World::new(&format!(
        "{}---\n{}",
        execution("one", "", &["name: a, commands: [echo one >> ran]"]),
        execution("two", "", &["name: a, commands: [echo two >> ran]"]),
    ));
    let called = world.expect("run x.yaml --dir state -o yaml", 0);
    assert_eq!(world.read("ran"), "one\ntwo\n");
    assert!(world.has("state/one/journal.jsonl") && world.has("state/two/journal.jsonl"));
    assert_eq!(called.out.matches("---\n").count(), 1);
    let called = world.expect("run x.yaml --dir state -o json", 0);
    let list: serde_json::Value = serde_json::from_str(&called.out).unwrap();
    assert_eq!((&list["kind"], list["items"].as_array().unwrap().len()), (&"List".into(), 2));
}

#[test]
fn the_first_failure_of_several_ends_the_command_unless_keep_going() {
    let text = format!(
        "{}---\n{}",
        execution("one", "", &["name: a, commands: [exit 1]"]),
        execution("two", "", &["name: a, commands: [echo two >> ran]"]),
    );
    let world = World::new(&text);
    world.expect("run x.yaml", 3);
    assert!(!world.has("ran") && !world.has(".gene/two"));
    let world = World::new(&text);
    world.expect("run x.yaml --keep-going", 3);
    assert_eq!(world.read("ran"), "two\n");
}

#[test]
fn no_more_at_once_than_parallelism_allows() {
    // Each looks how many are there beside itself; with one at a time, none is.
    let world = World::of_tasks(&[
        "name: a, commandsIter: {command: 'mkdir busy && rmdir busy && echo ${item} >> ran', count: 20}",
    ]);
    world.expect("run x.yaml --parallelism 1", 0);
    assert_eq!(world.read("ran").lines().count(), 20);
}

#[test]
fn a_deadline_ends_what_runs() {
    let world = World::new(&execution(
        "x",
        "  activeDeadlineSeconds: 1\n",
        &["name: a, commands: ['echo $$ >> pids; exec sleep 300']"],
    ));
    let called = world.expect("run x.yaml", 3);
    assert!(called.out.contains("execution exceeded its deadline of 1 s"), "{}", called.out);
    assert!(!crate::world::runs(&world.read("pids")));
}

#[test]
fn a_reader_that_goes_away_keeps_no_run_from_going_on() {
    let world = World::of_tasks(&["name: a, commandsIter: {command: 'echo ${item} >> ran', count: 50}"]);
    let mut child = world.spawn("run x.yaml");
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(world.read("ran").lines().count(), 50);
}

#[test]
fn retry_makes_attempts_each_with_its_number_and_its_log() {
    let spec = "  retry: {limit: 2, backoff: {seconds: 1, factor: 1}}\n";
    let tasks = [
        "name: a, commands: ['echo a$GENE_ATTEMPT | tee -a ran; test $GENE_ATTEMPT = 1 || exit 7']",
        "name: b, commands: [echo b >> ran], dependents: [{target: a}]",
    ];
    let world = World::new(&execution("x", spec, &tasks));
    let called = world.expect("run x.yaml", 0);
    in_order(
        &called.out,
        &[
            "a[0] Running",
            "a[0] Pending attempt 1 failed: exit code 7",
            "a[0] Running",
            "a[0] Succeeded",
            "x Succeeded 2/2",
        ],
    );
    assert_eq!(world.read("ran"), "a0\na1\nb\n");
    assert_eq!(
        (&*world.read(".gene/x/logs/a.0.0.log"), &*world.read(".gene/x/logs/a.0.1.log")),
        ("a0\n", "a1\n")
    );
    let status = &world.json(".gene/x/finished.json")["status"];
    assert_eq!(status["vertices"]["x.a.0-1"]["attempt"], 1);
}

#[test]
fn the_last_attempt_is_the_failure_and_a_resume_numbers_on() {
    let spec = "  retry: {limit: 1, backoff: {seconds: 0}}\n";
    let world = World::new(&execution(
        "x",
        spec,
        &["name: a, commands: ['echo a$GENE_ATTEMPT >> ran; test -e mended']"],
    ));
    for (attempts, log) in [("a0\na1\n", "a.0.1.log"), ("a0\na1\na2\na3\n", "a.0.3.log")] {
        let called = world.expect("run x.yaml --resume", 3);
        assert_eq!(world.read("ran"), attempts);
        let last = called.out.lines().last().unwrap();
        in_order(last, &["x Failed 0/1 after ", "a[0]: exit code 1", log]);
    }
    // An edited retryGeneration is no other Execution.
    world.write("x.yaml", &world.read("x.yaml").replace("spec:\n", "spec:\n  retryGeneration: 1\n"));
    world.write("mended", "");
    world.expect("run x.yaml --resume", 0);
    assert_eq!(world.read("ran"), "a0\na1\na2\na3\na4\n");
}

#[test]
fn a_template_is_said_once_to_be_for_a_cluster() {
    let task = "name: TASK, commands: ['true'], template: {spec: {serviceAccountName: other}}";
    let world = World::of_tasks(&[&task.replace("TASK", "a"), &task.replace("TASK", "b")]);
    let called = world.expect("run x.yaml", 0);
    assert_eq!(called.err.matches("template is for the pods of a cluster").count(), 1, "{}", called.err);
}
