//! Tasks that are made from what other tasks print.

use rustix::process::Signal;

use crate::world::{World, called, send};

#[test]
fn widths_and_conditions_come_from_what_was_printed() {
    let world = World::of_tasks(&[
        "name: list, commands: [printf '1 2 3']",
        "name: each, commandsIter: {command: 'echo each${1} >> ran', varsIter: [[get_result, list, ' ']]}, dependents: [{target: list}]",
        "name: ok, commands: [printf yes]",
        "name: then, commands: [echo then >> ran], condition: {condition: [check_result, ok, 'yes']}, dependents: [{target: ok}]",
        "name: else, commands: [echo else >> ran], condition: {condition: [check_result, ok, 'no']}, dependents: [{target: ok}]",
    ]);
    let called = world.expect("run x.yaml --parallelism 1", 0);
    let mut ran: Vec<String> = world.read("ran").lines().map(str::to_owned).collect();
    ran.sort();
    assert_eq!(ran, ["each1", "each2", "each3", "then"]);
    assert!(called.out.lines().any(|line| line.contains(" else Skipped")), "{}", called.out);
    assert!(called.out.lines().last().unwrap().starts_with("x Succeeded 7/7"), "{}", called.out);
}

#[test]
fn a_result_survives_a_kill() {
    let world = World::of_tasks(&[
        "name: list, commands: ['echo list >> ran; printf \"1 2 3\"']",
        "name: each, commandsIter: {command: 'test -e mended || { echo began >> began; sleep 300; }; echo each${1} >> ran', varsIter: [[get_result, list, ' ']]}, dependents: [{target: list}]",
    ]);
    let mut child = world.spawn("run x.yaml --parallelism 3");
    world.wait_for_lines("began", 3);
    send(&child, Signal::KILL);
    child.wait().unwrap();
    // The log is not asked again: what was kept counts.
    world.write(".gene/x/logs/list.0.0.log", "4 5 6 7 8");
    world.write("mended", "");
    world.expect("run x.yaml --resume", 0);
    let mut ran: Vec<String> = world.read("ran").lines().map(str::to_owned).collect();
    ran.sort();
    assert_eq!(ran, ["each1", "each2", "each3", "list"]);
}

#[test]
fn a_result_that_is_too_long_fails_the_task_and_says_so() {
    let world = World::of_tasks(&[
        "name: list, commands: [head -c 2000000 /dev/zero]",
        "name: each, commandsIter: {command: 'echo ${1} >> ran', varsIter: [[get_result, list, ' ']]}, dependents: [{target: list}]",
    ]);
    let called = world.expect("run x.yaml", 3);
    assert!(called.out.contains("2000000 bytes"), "{}", called.out);
    assert!(called.out.lines().any(|line| line.contains(" each Failed")), "{}", called.out);
}

#[test]
fn what_failed_of_a_dynamic_task_gets_its_next_attempt() {
    let world = World::of_tasks(&[
        "name: list, commands: [printf '1 2 3']",
        "name: each, commandsIter: {command: 'echo each${1}-$GENE_ATTEMPT >> ran; [ ${1} != 2 ] || test -e mended', varsIter: [[get_result, list, ' ']]}, dependents: [{target: list}]",
    ]);
    world.expect("run x.yaml --keep-going", 3);
    world.write("mended", "");
    world.expect("run x.yaml --resume", 0);
    let mut ran: Vec<String> = world.read("ran").lines().map(str::to_owned).collect();
    ran.sort();
    assert_eq!(ran, ["each1-0", "each2-0", "each2-1", "each3-0"]);
}

#[test]
fn a_command_that_opens_its_outputs_anew_cuts_nothing_off() {
    let world = World::of_tasks(&[
        "name: list, commands: [echo 1; echo 2 >/dev/stdout; echo 3 >/dev/stderr]",
        "name: each, commandsIter: {command: 'echo ${1} >> ran', varsIter: [[get_result, list, \"\\n\"]]}, dependents: [{target: list}]",
    ]);
    world.expect("run x.yaml --parallelism 1", 0);
    assert_eq!(world.read(".gene/x/logs/list.0.0.log"), "1\n2\n3\n");
    assert_eq!(world.read("ran"), "1\n2\n3\n");
}

/// A file may not grow beyond a few blocks, as on a disk that is full.
#[test]
fn a_log_that_cannot_be_written_fails_its_vertex() {
    let world = World::of_tasks(&[
        "name: a, commands: ['head -c 1000000 /dev/zero; :']",
        "name: b, commands: [echo b >> ran], dependents: [{target: a}]",
    ]);
    let program = env!("CARGO_BIN_EXE_kubectl-gene");
    let script = format!("trap '' XFSZ; ulimit -f 128; exec {program} run x.yaml");
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &script]).current_dir(world.path(""));
    let called = called(command.output().unwrap());
    assert_eq!(called.code, Some(3), "{called:#?}");
    assert!(
        called.out.contains("a[0] Failed its log cannot be written: ")
            && called.out.contains("a.0.0.log: file too large"),
        "{called:#?}"
    );
    assert!(!world.has("ran"));
}
