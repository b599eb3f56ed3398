//! What is refused before anything starts.

use crate::world::{World, called, execution, wait_until};

const ONE: [&str; 1] = ["name: a, commands: [echo ran >> ran]"];

#[test]
fn two_of_one_name() {
    let world = World::new(&format!("{}---\n{}", execution("x", "", &ONE), execution("x", "", &ONE)));
    let called = world.expect("run x.yaml", 1);
    assert!(called.err.contains("two Executions are called \"x\" (x.yaml)"), "{}", called.err);
    assert!(!world.has("ran") && !world.has(".gene/x"));
}

#[test]
fn all_when_one_cannot_run() {
    let world = World::new(&format!(
        "{}---\n{}",
        execution("one", "", &ONE),
        execution("two", "", &["name: a, commands: [exit 1]"])
    ));
    world.expect("run x.yaml", 3);
    std::fs::remove_file(world.path("ran")).unwrap();
    let called = world.expect("run x.yaml", 1);
    assert!(called.err.contains("the run in \".gene/two\" failed"), "{}", called.err);
    assert!(!world.has("ran") && !world.has(".gene/one.previous"));
}

#[test]
fn a_directory_that_another_run_has() {
    let world =
        World::of_tasks(&["name: a, commands: ['echo x >> began; until [ -e go ]; do sleep 0.01; done']"]);
    let child = world.spawn("run x.yaml");
    world.wait_for_lines("began", 1);
    for arguments in ["run x.yaml", "run x.yaml --fresh", "run x.yaml --resume"] {
        let refused = world.expect(arguments, 1);
        let expected = format!("another run holds it (process {})", child.id());
        assert!(refused.err.contains(&expected), "{}", refused.err);
    }
    world.write("go", "");
    assert_eq!(called(child.wait_with_output().unwrap()).code, Some(0));
    assert_eq!(world.read("began"), "x\n");
}

#[test]
fn a_directory_that_cannot_be_made() {
    let world = World::of_tasks(&ONE);
    world.write("file", "");
    let called = world.expect("run x.yaml --dir file/x", 1);
    assert!(called.err.contains("directory \"file/x\" cannot be created: "), "{}", called.err);
    assert!(!world.has("ran"));
}

#[test]
fn a_directory_of_something_else() {
    let world = World::of_tasks(&ONE);
    let called = world.expect("run x.yaml --dir .", 1);
    assert!(called.err.contains("is not a run's: it holds \"x.yaml\""), "{}", called.err);
    assert!(!world.has("ran") && !world.has("lock"));
}

#[test]
fn what_waits_for_somebody_to_change_it() {
    for (spec, expected) in [
        ("  suspend: true\n", "--> x.yaml:5:12 spec.suspend"),
        ("  parallelism: 0\n", "--> x.yaml:5:16 spec.parallelism"),
    ] {
        let world = World::new(&execution("x", spec, &ONE));
        let called = world.expect("run x.yaml", 1);
        assert!(called.err.contains(expected), "{}", called.err);
        assert!(!world.has("ran") && !world.has(".gene/x"));
    }
}

#[test]
fn a_damaged_journal_is_named_and_a_fresh_start_remains() {
    let world = World::of_tasks(&["name: a, commands: [exit 1]"]);
    world.expect("run x.yaml", 3);
    let journal = world.read(".gene/x/journal.jsonl");
    let lines: Vec<&str> = journal.lines().collect();
    world.write(".gene/x/journal.jsonl", &format!("{}\n{}\nrubbish\n{}\n", lines[0], lines[1], lines[2]));
    for arguments in ["run x.yaml", "run x.yaml --resume"] {
        let called = world.expect(arguments, 1);
        assert!(called.err.contains("line 3 is damaged") && called.err.contains("--fresh"), "{}", called.err);
    }
    world.expect("run x.yaml --fresh", 3);
    assert!(world.read(".gene/x.previous/journal.jsonl").contains("rubbish"));
}

/// The disk is full, as far as this program can tell: no file may grow beyond a few blocks.
#[test]
fn a_journal_that_cannot_be_written_ends_the_run_and_loses_nothing() {
    let count = 200;
    let world = World::of_tasks(&[&format!(
        "name: a, commandsIter: {{command: 'echo ${{item}} >> ran.${{item}}', count: {count}}}"
    )]);
    let program = env!("CARGO_BIN_EXE_kubectl-gene");
    let script = format!("trap '' XFSZ; ulimit -f 12; exec {program} run x.yaml --parallelism 2");
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &script]).current_dir(world.path(""));
    let refused = called(command.output().unwrap());
    assert_eq!(refused.code, Some(1), "{refused:#?}");
    assert!(refused.err.contains("journal.jsonl\" cannot be written: "), "{}", refused.err);
    assert!(refused.err.contains("kubectl gene run x.yaml --parallelism 2 --resume"), "{}", refused.err);

    world.expect("run x.yaml --resume", 0);
    let runs: Vec<usize> =
        (0..count).map(|item| world.read(&format!("ran.{item}")).lines().count()).collect();
    assert!(runs.iter().all(|&runs| runs >= 1), "every one ran: {runs:?}");
    let twice = runs.iter().filter(|&&runs| runs > 1).count();
    assert!(twice <= 2, "no more than what was in flight ran twice: {runs:?}");
}

#[test]
fn nothing_outlives_the_directory_of_a_refused_run() {
    let world = World::of_tasks(&ONE);
    world.expect("run x.yaml --env NOT_NAMED_ANYWHERE=1", 1);
    wait_until("nothing", || !world.has(".gene/x"));
}

#[test]
fn data_that_would_go_with_a_former_run() {
    let world = World::of_tasks(&ONE);
    world.expect("run x.yaml", 0);
    world.expect("run x.yaml", 0);
    for dir in [".gene/x/logs", ".gene/x.previous/logs"] {
        let task = "name: a, commands: [\"true\"], volumes: {ref: {mountPath: /ref, mountFrom: {pvc: ref}}}";
        world.write("x.yaml", &execution("x", "", &[task]));
        let called = world.expect(&format!("run x.yaml --volume ref={dir}"), 1);
        assert!(called.err.contains("which makes way for a new run"), "{}", called.err);
        assert!(world.has(dir));
    }
}

#[test]
fn several_in_the_directory_of_one() {
    let world = World::of_tasks(&ONE);
    world.expect("run x.yaml --dir state", 0);
    world.write("z.yaml", &execution("z", "", &ONE));
    let called = world.expect("run x.yaml z.yaml --dir state", 1);
    assert!(called.err.contains("\"state\" is one run's"), "{}", called.err);
    world.expect("run x.yaml z.yaml --dir states", 0);
    let called = world.expect("run x.yaml --dir states", 1);
    assert!(called.err.contains("it holds \"x\""), "{}", called.err);
}
