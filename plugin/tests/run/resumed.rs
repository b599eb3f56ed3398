//! Runs over the state of earlier ones.

use crate::world::{World, execution};

/// `a` works; `b` works once there is a file called `mended`; `c` follows.
const TASKS: [&str; 3] = [
    "name: a, commands: [echo a >> ran]",
    "name: b, commands: ['echo b$GENE_ATTEMPT >> ran; test -e mended'], dependents: [{target: a}]",
    "name: c, commands: [echo c >> ran], dependents: [{target: b}]",
];

#[test]
fn what_failed_runs_again_once_the_world_is_mended() {
    let world = World::of_tasks(&TASKS);
    world.expect("run x.yaml", 3);
    let refused = world.expect("run x.yaml", 1);
    for word in ["the run in \".gene/x\" failed", "--resume", "--fresh"] {
        assert!(refused.err.contains(word), "{}", refused.err);
    }
    world.expect("run x.yaml --resume", 3);
    world.write("mended", "");
    let called = world.expect("run x.yaml --resume -o json", 0);
    assert_eq!(world.read("ran"), "a\nb0\nb1\nb2\nc\n");
    let object: serde_json::Value = serde_json::from_str(&called.out).unwrap();
    assert_eq!(object["status"]["phase"], "Succeeded");
    assert_eq!(object["status"]["progress"], "3/3");
    assert_eq!(object["status"]["vertices"]["x.b.0-2"]["attempt"], 2);
}

#[test]
fn over_a_success_nothing_is_left_to_do() {
    let world = World::of_tasks(&TASKS);
    world.write("mended", "");
    let first = world.expect("run x.yaml -o yaml", 0);
    let called = world.expect("run x.yaml --resume", 0);
    assert!(called.out.contains("x Succeeded: nothing is left to do"), "{}", called.out);
    let again = world.expect("run x.yaml --resume -o yaml", 0);
    assert_eq!(again.out, first.out);
    assert_eq!(world.read("ran"), "a\nb0\nc\n");
}

#[test]
fn with_no_state_resume_starts_anew() {
    let world = World::of_tasks(&TASKS[..1]);
    world.expect("run x.yaml --resume", 0);
    assert_eq!(world.read("ran"), "a\n");
}

#[test]
fn fresh_puts_a_failed_run_aside() {
    let world = World::of_tasks(&TASKS);
    world.expect("run x.yaml", 3);
    let former = world.read(".gene/x/journal.jsonl");
    world.expect("run x.yaml --fresh", 3);
    assert_eq!(world.read("ran"), "a\nb0\na\nb0\n");
    assert_eq!(world.read(".gene/x.previous/journal.jsonl"), former);
    assert_eq!(world.read(".gene/x/logs/a.0.0.log"), "");
}

#[test]
fn a_changed_spec_is_named_and_refused() {
    let world = World::of_tasks(&TASKS);
    world.expect("run x.yaml", 3);
    let text = world.read("x.yaml");
    world.write("x.yaml", &text.replace("echo c", "echo C"));
    let refused = world.expect("run x.yaml --resume", 1);
    let expected = r#"spec.tasks[2].commands[0]: "echo c >> ran" -> "echo C >> ran""#;
    assert!(refused.err.contains(expected) && refused.err.contains("--fresh"), "{}", refused.err);
    assert_eq!(world.read("ran"), "a\nb0\n");

    // What steers a run is no change of it, and neither is a comment.
    world.write("mended", "");
    world.write("x.yaml", &(text.replace("spec:\n", "spec:\n  parallelism: 3\n") + "# a word\n"));
    world.expect("run x.yaml --resume --keep-going", 0);
}

#[test]
fn started_at_stays_and_a_deadline_counts_anew() {
    let task = "name: a, commands: ['echo x >> ran; test -e mended || exec sleep 300']";
    let world = World::new(&execution("x", "  activeDeadlineSeconds: 1\n", &[task]));
    world.expect("run x.yaml", 3);
    let first = world.json(".gene/x/finished.json");
    world.write("mended", "");
    world.expect("run x.yaml --resume", 0);
    let second = world.json(".gene/x/finished.json");
    assert_eq!(first["status"]["startedAt"], second["status"]["startedAt"]);
    assert_eq!(second["status"]["phase"], "Succeeded");
}

#[test]
fn what_no_run_put_aside_is_not_removed() {
    let world = World::of_tasks(&TASKS[..1]);
    std::fs::create_dir_all(world.path(".gene/x.previous")).unwrap();
    world.write(".gene/x.previous/thesis.tex", "x");
    world.expect("run x.yaml", 0);
    let refused = world.expect("run x.yaml", 1);
    assert!(refused.err.contains("was not put aside by a run"), "{}", refused.err);
    assert!(world.has(".gene/x.previous/thesis.tex"));
    assert_eq!(world.json(".gene/x/finished.json")["status"]["phase"], "Succeeded");
}
