//! Tasks whose width is what another task printed.

use gene_engine::{Action, Options, Phase};
use gene_types::Limits;
use serde_json::{Value, json};

use crate::world::{Outcome::Prints, World};

/// A source `s`, a task `d` that takes its candidates from it, and a join `j`.
fn fan(iterator: Value) -> Value {
    json!({"tasks": [
        {"name": "s", "commands": ["s"]},
        {"name": "d", "commandsIter": iterator, "dependents": [{"target": "s"}]},
        {"name": "j", "commands": ["j"], "dependents": [{"target": "d"}]},
    ]})
}

fn get_result() -> Value {
    json!({"command": "echo ${1}", "varsIter": [["get_result", "s", " "]]})
}

fn commands(world: &World) -> Vec<String> {
    world.commands.iter().map(|command| command.text.clone()).collect()
}

#[test]
fn the_width_is_what_was_printed() {
    let mut world = World::new(fan(get_result())).let_it("s", Prints("1 2 3\n".into()));
    world.act();
    let before = world.status();
    assert_eq!((before.tasks[1].total, before.progress.as_str()), (None, "0/3"));
    world.run_to_end();
    assert_eq!(commands(&world), ["s", "echo 1", "echo 2", "echo 3", "j"]);
    assert_eq!(world.status().progress, "5/5");
    let children = &world.status().vertices["x.s.0"].children;
    assert_eq!(children, &["x.d.0", "x.d.1", "x.d.2"]);
}

#[test]
fn nothing_printed_is_width_zero_and_done() {
    let mut world = World::new(fan(get_result())).let_it("s", Prints("\n".into()));
    assert_eq!(world.run_to_end(), ["s[0]", "j[0]"]);
    assert_eq!(world.task_lines(), ["s Succeeded 1/1", "d Succeeded 0/0", "j Succeeded 1/1"]);
    assert_eq!(world.status().progress, "2/2");
}

#[test]
fn all_forms_of_commands_count_beside_a_result() {
    let mut spec = fan(json!({"command": "${1}-${2} ${item}", "vars": [["v", "w"]],
                              "varsIter": [["a", "b"], ["get_result", "s", ","]]}));
    spec["tasks"][1]["commands"] = json!(["first"]);
    let mut world = World::new(spec).let_it("s", Prints("1,,2".into()));
    world.run_to_end();
    assert_eq!(commands(&world)[1..7], ["first", "v-w 0", "a-1 1", "a-2 2", "b-1 3", "b-2 4"]);
}

#[test]
fn an_empty_separator_takes_all_as_one() {
    let iterator = json!({"command": "echo ${1}", "varsIter": [["get_result", "s", ""]]});
    let mut world = World::new(fan(iterator)).let_it("s", Prints("a b\n".into()));
    world.run_to_end();
    assert_eq!(commands(&world), ["s", "echo a b", "j"]);
}

#[test]
fn a_result_is_read_once_for_all_that_want_it() {
    let mut spec = fan(get_result());
    spec["tasks"].as_array_mut().unwrap().push(json!(
        {"name": "e", "commandsIter": get_result(), "dependents": [{"target": "s"}]}));
    let mut world = World::new(spec).let_it("s", Prints("1 2".into()));
    world.act();
    world.finish("s[0]");
    let reads = world.act().into_iter().filter(|action| matches!(action, Action::ReadResult { .. })).count();
    assert_eq!(reads, 1);
    assert_eq!(world.running_names(), ["d[0]", "d[1]", "e[0]", "e[1]"]);
}

/// `s` prints, `d` is as wide as that, `e` reads what `d` printed.
fn chained() -> Value {
    json!({"tasks": [
        {"name": "s", "commands": ["s"]},
        {"name": "d", "commandsIter": get_result(), "dependents": [{"target": "s"}]},
        {"name": "e", "commandsIter": {"command": "e ${1}", "varsIter": [["get_result", "d", " "]]},
         "dependents": [{"target": "d"}]},
    ]})
}

#[test]
fn results_may_be_chained() {
    let world = World::new(chained()).let_it("s", Prints("one".into()));
    let mut world = world.let_it("d", Prints("x y".into()));
    world.run_to_end();
    assert_eq!(commands(&world), ["s", "echo one", "e x", "e y"]);

    let mut world = World::new(chained());
    assert_eq!(world.run_to_end(), ["s[0]"]);
    assert_eq!(world.task_lines(), ["s Succeeded 1/1", "d Succeeded 0/0", "e Succeeded 0/0"]);

    let mut world = World::new(chained()).let_it("s", Prints("one two".into()));
    world.run_to_end();
    assert_eq!(world.phase(), Phase::Failed);
    let expected = "task \"e\": reads what \"d\" printed, which must have exactly one vertex, but it has 2";
    assert_eq!(world.status().message, expected);
}

#[test]
fn iterating_over_a_dynamic_task_is_checked_when_its_width_is_known() {
    let mut spec = fan(get_result());
    spec["tasks"][2] =
        json!({"name": "j", "commands": ["0", "1"], "dependents": [{"target": "d", "type": "iterate"}]});
    let mut world = World::new(spec.clone()).let_it("s", Prints("a b".into()));
    world.run_to_end();
    assert_eq!(world.phase(), Phase::Succeeded);

    let mut world = World::new(spec).let_it("s", Prints("a b c".into()));
    world.run_to_end();
    assert_eq!(world.phase(), Phase::Failed);
    let expected =
        "task \"j\": has 2 vertices and iterates over \"d\", which has 3; both must have equally many";
    assert_eq!(world.status().message, expected);
    assert_eq!(world.status().tasks[2].reason, "WidthMismatch");
}

#[test]
fn values_that_a_shell_would_interpret_fail_the_task_unless_allowed() {
    let iterator = |more: Value| {
        let mut iterator = get_result();
        iterator.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        iterator
    };
    let run = |iterator: Value, printed: &str| {
        let mut world = World::new(fan(iterator)).let_it("s", Prints(printed.into()));
        world.run_to_end();
        (world.phase(), world.status().message)
    };
    let (phase, message) = run(iterator(json!({})), "ok $(reboot)");
    assert_eq!(phase, Phase::Failed);
    assert_eq!(
        message,
        "task \"d\": value \"$(reboot)\" of ${1} could be shell syntax; write \"$GENE_ARG_1\" for it, or set commandsIter.unsafeValues: allow"
    );
    assert_eq!(run(iterator(json!({"unsafeValues": "allow"})), "a;b").0, Phase::Succeeded);
    assert_eq!(run(iterator(json!({"command": "echo \"$GENE_ARG_1\""})), "a;b").0, Phase::Succeeded);
    assert_eq!(run(iterator(json!({})), "Probe_1-a.b/c:d=e,f@g%h+i").0, Phase::Succeeded);
    assert_eq!(run(iterator(json!({"unsafeValues": "allow"})), "a\0b").0, Phase::Failed);
}

#[test]
fn nothing_is_expanded_twice() {
    let iterator = json!({"command": "${1} ${2}", "unsafeValues": "allow", "varsIter": [["get_result", "s", " "], ["z"]]});
    let mut world = World::new(fan(iterator)).let_it("s", Prints("${2}".into()));
    world.run_to_end();
    assert_eq!(commands(&world)[1], "${2} z");
    assert_eq!(world.commands[1].arguments, ["${2}", "z"]);
}

#[test]
fn bounds_hold_for_what_a_task_expands_to() {
    let limits = Limits { vertices: 5, ..Limits::CLUSTER };
    let run = |printed: &str, limits: Limits| {
        let mut world =
            World::with(fan(get_result()), Options::default(), limits).let_it("s", Prints(printed.into()));
        world.run_to_end();
        (world.phase(), world.status().message)
    };
    assert_eq!(run("1 2 3", limits).0, Phase::Succeeded);
    let (phase, message) = run("1 2 3 4", limits);
    assert_eq!(phase, Phase::Failed);
    assert_eq!(message, "task \"d\": expands to 4 vertices beside 2 others; an Execution may have at most 5");
    let (_, message) = run(&"x".repeat(131_068), Limits::CLUSTER);
    assert_eq!(
        message,
        "task \"d\": a value of ${1} makes a variable of 131079 bytes; at most 131071 can be executed"
    );
    let (_, message) = run(&"x ".repeat(100_001), Limits::LOCAL);
    assert_eq!(
        message,
        "task \"d\": expands to 100001 vertices; a task of get_result may have at most 100000"
    );
}

/// What two tasks expand to does not depend on whose result is read first after a restart.
#[test]
fn a_restart_leaves_the_room_to_who_had_it() {
    let tasks = json!({"tasks": [
        {"name": "s", "commands": ["s"]},
        {"name": "r", "commands": ["r"]},
        {"name": "d", "commandsIter": get_result(), "dependents": [{"target": "s"}]},
        {"name": "e", "commandsIter": {"command": "echo ${1}", "varsIter": [["get_result", "r", " "]]},
         "dependents": [{"target": "r"}]},
    ]});
    let limits = Limits { vertices: 6, ..Limits::CLUSTER };
    let mut world = World::with(tasks, Options::default(), limits)
        .let_it("s", Prints("1 2 3".into()))
        .let_it("r", Prints("1 2 3".into()));
    world.act();
    world.finish("r[0]");
    world.act();
    world.finish("s[0]");
    world.act();
    let recorded = world.status();
    let said = |status: &gene_types::v1alpha1::ExecutionStatus| {
        status.tasks[2..].iter().map(|task| (task.total, task.message.clone())).collect::<Vec<_>>()
    };
    let refused = "expands to 3 vertices beside 5 others; an Execution may have at most 6";
    assert_eq!(said(&recorded), [(None, refused.to_owned()), (Some(3), String::new())]);
    // It is told of "s" first.
    let mut again = world.rebuilt(&recorded);
    assert_eq!(again.next(crate::world::at(world.now), 9), []);
    assert_eq!(said(&again.status()), said(&recorded));
}

#[test]
fn what_a_task_expands_to_is_held_below_what_can_be_stored() {
    let mut spec = fan(get_result());
    spec["tasks"][1]["retry"] = json!({"limit": 3, "backoff": {"seconds": 0}});
    let mut world = World::new(spec).let_it("s", Prints("x ".repeat(90_000)));
    world.run_to_end();
    let status = world.status();
    assert_eq!((world.phase(), status.tasks[1].reason.as_str()), (Phase::Failed, "TooManyVertices"));
    let message = &status.tasks[1].message;
    assert!(message.starts_with("expands to 90000 vertices: spec and longest status have "), "{message}");
    assert!(message.ends_with(" bytes then; at most 1400000 can be stored"), "{message}");
}

#[test]
fn a_result_that_cannot_be_had_fails_who_wants_it() {
    let mut world = World::new(fan(get_result()));
    world.act();
    world.finish("s[0]");
    let actions = world.run.next(crate::world::at(world.now), 9);
    assert_eq!(actions, [Action::ReadResult { vertex: world.vertex("s[0]") }]);
    let vertex = world.vertex("s[0]");
    world.run.observe(gene_engine::Event::Result { vertex, text: Err("it has more than 1 MiB".into()) });
    world.act();
    assert_eq!(
        world.status().message,
        "task \"d\": the output of \"s\" cannot be used: it has more than 1 MiB"
    );
    assert_eq!(world.task_lines(), ["s Succeeded 1/1", "d Failed 0/?", "j Pending 0/1"]);
}
