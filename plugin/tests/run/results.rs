//! Tasks that are made from what other tasks print.

use rustix::process::Signal;

use crate::world::{World, send};

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
        "name: each, commandsIter: {command: 'echo began >> began; test -e mended || sleep 300; echo each${1} >> ran', varsIter: [[get_result, list, ' ']]}, dependents: [{target: list}]",
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
