//! Signals, and what they leave.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use rustix::process::Signal;

use crate::world::{World, called, execution, runs, send, wait_until};

/// A shell with a child in the background and one in the foreground.
const FAMILY: &str =
    "name: a, commands: ['sleep 300 & echo $! >> pids; sh -c \"echo \\$\\$ >> pids; sleep 300; :\"; wait']";

#[test]
fn a_signal_ends_the_whole_family_and_is_recorded() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let world =
            World::of_tasks(&[FAMILY, "name: b, commands: [echo b >> ran], dependents: [{target: a}]"]);
        let child = world.spawn("run x.yaml");
        let pids = world.wait_for_lines("pids", 2);
        assert!(pids.iter().all(|pid| runs(pid)));
        send(&child, signal);
        let called = called(child.wait_with_output().unwrap());
        assert_eq!(called.code, Some(code), "{called:#?}");
        // What was killed may take a moment to be gone.
        wait_until("the family's end", || !pids.iter().any(|pid| runs(pid)));
        let status = &world.json(".gene/x/finished.json")["status"];
        assert_eq!(
            (&status["phase"], &status["message"]),
            (&"Failed".into(), &"execution was cancelled".into())
        );
        assert!(
            called.out.lines().last().unwrap().contains("kubectl gene run x.yaml --resume"),
            "{called:#?}"
        );
        assert!(!world.has("ran"));
    }
}

#[test]
fn the_second_signal_kills_what_does_not_listen() {
    let world = World::of_tasks(&[
        "name: a, commands: ['trap \"\" TERM; echo $$ >> pids; while :; do sleep 1; done']",
    ]);
    let mut child = world.spawn("run x.yaml");
    let pids = world.wait_for_lines("pids", 1);
    let start = std::time::Instant::now();
    send(&child, Signal::INT);
    // Two that wait together are told in no certain order.
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains(" x Stopping")), "the first one is heard");
    send(&child, Signal::TERM);
    assert_eq!(called(child.wait_with_output().unwrap()).code, Some(130));
    assert!(!runs(&pids[0]));
    assert!(start.elapsed().as_secs() < 4, "it did not wait for the grace period");
}

#[test]
fn what_a_signal_ended_runs_again_as_the_same_attempt() {
    let world = World::of_tasks(&[
        "name: a, commands: ['echo a$GENE_ATTEMPT >> ran; test -e mended || exec sleep 300']",
    ]);
    let child = world.spawn("run x.yaml");
    world.wait_for_lines("ran", 1);
    send(&child, Signal::INT);
    assert_eq!(called(child.wait_with_output().unwrap()).code, Some(130));
    world.write("mended", "");
    world.expect("run x.yaml --resume", 0);
    assert_eq!(world.read("ran"), "a0\na0\n");
}

#[test]
fn a_signal_that_was_ignored_stays_ignored() {
    let world =
        World::of_tasks(&["name: a, commands: ['echo x >> began; until [ -e go ]; do sleep 0.01; done']"]);
    let script = format!("trap '' HUP; exec {} run x.yaml", env!("CARGO_BIN_EXE_kubectl-gene"));
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &script]).current_dir(world.path("")).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    world.wait_for_lines("began", 1);
    send(&child, Signal::HUP);
    world.write("go", "");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// A process that outlived the kill is ended before its vertex runs again.
#[test]
fn what_outlived_a_kill_is_ended_first() {
    for again in ["run x.yaml --resume", "run x.yaml --fresh"] {
        let world = World::of_tasks(&[
            "name: a, commands: ['if [ -e mended ]; then grep -qs \") [RSD]\" /proc/$(head -1 pids)/stat && echo lives >> ran; echo again >> ran; else echo $$ >> pids; sleep 300; fi']",
        ]);
        let mut child = world.spawn("run x.yaml");
        let pids = world.wait_for_lines("pids", 1);
        // Once its start stands in the journal.
        wait_until("the journal", || world.read(".gene/x/journal.jsonl").contains("\"start\""));
        send(&child, Signal::KILL);
        child.wait().unwrap();
        assert!(runs(&pids[0]), "it outlives the kill");
        let refused = world.expect("run x.yaml", 1);
        assert!(refused.err.contains("was not finished"), "{}", refused.err);
        assert!(runs(&pids[0]), "a refusal ends nothing");
        world.write("mended", "");
        world.expect(again, 0);
        assert_eq!(world.read("ran"), "again\n");
    }
}

#[test]
fn a_signal_ends_the_command_and_not_only_the_first_of_several() {
    let world = World::new(&format!(
        "{}---\n{}",
        execution("one", "", &["name: a, commands: ['echo x >> began; exec sleep 300']"]),
        execution("two", "", &["name: a, commands: [echo two >> ran]"]),
    ));
    let child = world.spawn("run x.yaml --keep-going");
    world.wait_for_lines("began", 1);
    send(&child, Signal::INT);
    assert_eq!(called(child.wait_with_output().unwrap()).code, Some(130));
    assert!(!world.has("ran") && !world.has(".gene/two"));
}

/// More lines than a pipe holds, for a reader that takes none of them, like a pager that waits for a key.
#[test]
fn a_reader_that_does_not_read_holds_up_neither_the_run_nor_its_end() {
    let name = "a".repeat(50);
    let world = World::of_tasks(&[
        &format!("name: {name}, commandsIter: {{command: \":\", count: 600}}"),
        &format!("name: b, commands: ['echo $$ >> pids; exec sleep 300'], dependents: [{{target: {name}}}]"),
    ]);
    let mut child = world.spawn("run x.yaml");
    let pids = world.wait_for_lines("pids", 1);
    send(&child, Signal::TERM);
    wait_until("the end", || child.try_wait().unwrap().is_some());
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert!(!runs(&pids[0]));
    assert_eq!(world.json(".gene/x/finished.json")["status"]["message"], "execution was cancelled");
}

#[test]
fn a_reader_that_reads_late_gets_every_line() {
    let name = "a".repeat(50);
    let world = World::of_tasks(&[&format!("name: {name}, commandsIter: {{command: \":\", count: 600}}")]);
    let child = world.spawn("run x.yaml");
    wait_until("the end", || world.has(".gene/x/finished.json"));
    let called = called(child.wait_with_output().unwrap());
    assert_eq!((called.code, called.out.lines().count()), (Some(0), 1201));
}
