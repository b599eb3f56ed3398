//! Conditions, and what follows from a task that is skipped.

use gene_engine::Phase;
use serde_json::{Value, json};

use crate::world::{Outcome::Prints, World};

fn check(spec: Value, printed: &[(&str, &str)], lines: &[&str]) {
    let world = World::new(spec);
    let mut world =
        printed.iter().fold(world, |world, (who, text)| world.let_it(who, Prints((*text).into())));
    world.run_to_end();
    assert_eq!(world.task_lines(), lines);
    assert_eq!(world.phase(), Phase::Succeeded);
}

fn cased(name: &str, expected: &str) -> Value {
    json!({"name": name, "commands": ["c"], "dependents": [{"target": "s"}],
           "condition": {"condition": ["check_result", "s", expected]}})
}

#[test]
fn a_literal_condition_on_a_root() {
    let task = |value: bool| json!({"tasks": [{"name": "a", "commands": ["1"], "condition": {"condition": [value]}}]});
    check(task(true), &[], &["a Succeeded 1/1"]);
    check(task(false), &[], &["a Skipped 0/1"]);
}

#[test]
fn skipping_goes_on_to_all_that_depend_unless_they_ignore_it() {
    let spec = json!({"tasks": [
        {"name": "a", "commands": ["1", "2"], "condition": {"condition": [false]}},
        {"name": "b", "commands": ["1"], "dependents": [{"target": "a"}]},
        {"name": "c", "commands": ["1"], "dependents": [{"target": "b"}]},
        {"name": "live", "commands": ["1"]},
        {"name": "both", "commands": ["1"], "dependents": [{"target": "live"}, {"target": "c"}]},
        {"name": "join", "commands": ["1"], "dependents": [{"target": "live"}, {"target": "c", "onSkipped": "Ignore"}]},
        {"name": "each", "commands": ["1", "2"], "dependents": [{"target": "a", "type": "iterate", "onSkipped": "Ignore"}]},
    ]});
    let lines = [
        "a Skipped 0/2",
        "b Skipped 0/1",
        "c Skipped 0/1",
        "live Succeeded 1/1",
        "both Skipped 0/1",
        "join Succeeded 1/1",
        "each Succeeded 2/2",
    ];
    check(spec, &[], &lines);
}

#[test]
fn switch_and_case_with_a_join() {
    let spec = json!({"tasks": [
        {"name": "s", "commands": ["s"]},
        cased("one", "1"),
        cased("two", "2"),
        cased("three", "3"),
        {"name": "join", "commands": ["j"], "dependents": [
            {"target": "one", "onSkipped": "Ignore"},
            {"target": "two", "onSkipped": "Ignore"},
            {"target": "three", "onSkipped": "Ignore"}]},
    ]});
    let lines = [
        "s Succeeded 1/1",
        "one Skipped 0/1",
        "two Succeeded 1/1",
        "three Skipped 0/1",
        "join Succeeded 1/1",
    ];
    check(spec, &[("s", "2\n")], &lines);
}

#[test]
fn check_result_is_exact_but_for_one_newline() {
    for (printed, phase) in [
        ("ok\n", "Succeeded"),
        ("ok", "Succeeded"),
        ("ok\n\n", "Skipped"),
        ("OK", "Skipped"),
        (" ok", "Skipped"),
    ] {
        let mut world = World::new(json!({"tasks": [{"name": "s", "commands": ["s"]}, cased("t", "ok")]}))
            .let_it("s", Prints(printed.into()));
        world.run_to_end();
        assert_eq!(world.status().tasks[1].phase, phase, "{printed:?}");
    }
}

#[test]
fn generic_condition_operators() {
    let check_rule = |printed: &str, rule: Value, holds: bool| {
        let mut world = World::new(json!({"tasks": [
            {"name": "s", "commands": ["s"]},
            {"name": "t", "commands": ["t"], "dependents": [{"target": "s"}],
             "genericCondition": {"dependJobName": "s", "matchRules": [rule]}},
        ]}))
        .let_it("s", Prints(printed.into()));
        world.run_to_end();
        let expected = if holds { "Succeeded" } else { "Skipped" };
        assert_eq!(world.status().tasks[1].phase, expected, "{printed:?} {rule}");
    };
    for (operator, values, printed, holds) in [
        ("In", json!(["a", "b"]), "k:b", true),
        ("=", json!(["a"]), "k:b", false),
        ("==", json!(["b"]), "k:a,k:b", true),
        ("NotIn", json!(["a"]), "x:a", true),
        ("!=", json!(["a"]), "k:a:1", false),
        ("Exists", json!(null), "k:", true),
        ("Exists", json!(null), " k:1", false),
        ("DoesNotExist", json!(null), "", true),
        ("Gt", json!(["5"]), "k:6", true),
        ("Gt", json!(["5"]), "k:5.5", false),
        ("Lt", json!(["5"]), "k:-6,", true),
    ] {
        check_rule(printed, json!({"key": "k", "operator": operator, "values": values}), holds);
    }
}

#[test]
fn both_conditions_must_hold() {
    for (value, phase) in [(true, "Succeeded"), (false, "Skipped")] {
        let mut world = World::new(json!({"tasks": [
            {"name": "s", "commands": ["s"]},
            {"name": "t", "commands": ["t"], "dependents": [{"target": "s"}], "condition": {"condition": [value]},
             "genericCondition": {"dependJobName": "s", "matchRules": [{"key": "k", "operator": "Exists"}]}},
        ]}))
        .let_it("s", Prints("k:v".into()));
        world.run_to_end();
        assert_eq!(world.status().tasks[1].phase, phase);
    }
}

#[test]
fn output_that_is_no_pairs_fails_the_task_and_says_why() {
    let mut world = World::new(json!({"tasks": [
        {"name": "s", "commands": ["s"]},
        {"name": "t", "commands": ["t"], "dependents": [{"target": "s"}],
         "genericCondition": {"dependJobName": "s", "matchRules": [{"key": "k", "operator": "Exists"}]}},
    ]}))
    .let_it("s", Prints("a warning".into()));
    world.run_to_end();
    assert_eq!(world.phase(), Phase::Failed);
    let status = world.status();
    let expected = "the output is not made of key:value pairs between commas: \"a warning\" has no \":\"";
    assert_eq!(status.tasks[1].message, expected);
    assert_eq!(status.message, format!("task \"t\": {expected}"));
}

#[test]
fn ten_thousand_tasks_are_skipped_at_once() {
    let tasks: Vec<_> = (0..10_000)
        .map(|n| match n {
            0 => json!({"name": "t0", "commands": ["true"], "condition": {"condition": [false]}}),
            _ => json!({"name": format!("t{n}"), "commands": ["true"], "dependents": [{"target": format!("t{}", n - 1)}]}),
        })
        .collect();
    let mut world =
        World::with(json!({"tasks": tasks}), gene_engine::Options::default(), gene_types::Limits::LOCAL);
    assert_eq!(world.run_to_end(), Vec::<String>::new());
    assert_eq!(world.phase(), Phase::Succeeded);
    assert_eq!(world.status().progress, "10000/10000");
}

#[test]
fn a_task_that_only_iterates_is_skipped_with_what_it_iterates_over() {
    let mut late = cased("late", "no");
    late["commands"] = json!(["1", "2"]);
    let each = json!({"name": "each", "commands": ["1", "2"], "dependents": [{"target": "late", "type": "iterate"}]});
    let spec = json!({"tasks": [{"name": "s", "commands": ["s"]}, late, each]});
    check(spec, &[("s", "yes")], &["s Succeeded 1/1", "late Skipped 0/2", "each Skipped 0/2"]);
}

fn said(task: Value, printed: &str) -> (String, String) {
    let mut task = task;
    task["name"] = json!("t");
    task["commands"] = json!(["t"]);
    task["dependents"] = json!([{"target": "s"}]);
    let mut world = World::new(json!({"tasks": [{"name": "s", "commands": ["s"]}, task]}))
        .let_it("s", Prints(printed.into()));
    world.run_to_end();
    let status = world.status().tasks.swap_remove(1);
    assert_eq!(status.phase, "Skipped");
    (status.reason, status.message)
}

#[test]
fn why_a_task_is_skipped_names_the_condition_and_what_it_compared() {
    let check = |expected: &str| json!({"condition": {"condition": ["check_result", "s", expected]}});
    let rules = |rules: Value| json!({"genericCondition": {"dependJobName": "s", "matchRules": rules}});
    let long = "x".repeat(200);
    for (task, printed, expected) in [
        (check("ok"), "no\n", r#"condition: "s" printed "no", not "ok""#),
        (check("ok"), "", r#"condition: "s" printed nothing, not "ok""#),
        (check(""), "ok", r#"condition: "s" printed "ok", not """#),
        (check("ok"), "ok\n\n", r#"condition: "s" printed "ok\n", not "ok""#),
        (check("a"), "\u{1b}[2J", r#"condition: "s" printed "\u{1b}[2J", not "a""#),
        (
            check(&format!("{long}y")),
            &format!("{long}z"),
            r#"condition: "s" printed another text than "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…" from byte 201 on"#,
        ),
        (rules(json!([])), "k:1", "genericCondition: it has no rule, so it never holds"),
        (
            rules(
                json!([{"key": "k", "operator": "Gt", "values": ["3"]}, {"key": "j", "operator": "Exists"}]),
            ),
            "k:2",
            r#"genericCondition: "s" printed "k:2"; no rule holds: k Gt 3; j Exists"#,
        ),
        (
            rules(json!([{"key": "k", "operator": "=", "values": ["a", "b"]}])),
            "",
            r#"genericCondition: "s" printed nothing; no rule holds: k = a, b"#,
        ),
    ] {
        assert_eq!(said(task, printed), ("ConditionFalse".to_owned(), expected.to_owned()));
    }
}

#[test]
fn why_a_task_is_skipped_fits_whatever_was_printed() {
    for printed in ["\"".repeat(5000), "\u{7}".repeat(5000), "é日".repeat(5000), "k:\n".repeat(5000)] {
        let condition = json!({"condition": {"condition": ["check_result", "s", "\u{0}\u{1}".repeat(500)]}});
        let (_, message) = said(condition, &printed);
        let bytes = serde_json::to_string(&message).unwrap().len() - 2;
        assert!(bytes <= gene_types::limits::MAX_TASK_MESSAGE_BYTES, "{bytes}: {message}");
        assert!(message.contains(", not "), "{message}");
    }
}

/// Of several that were skipped the first is named, whichever was skipped first.
#[test]
fn the_skipped_parent_that_is_named_does_not_depend_on_the_order() {
    let spec = json!({"tasks": [
        {"name": "s", "commands": ["s"]},
        {"name": "r", "commands": ["r"]},
        {"name": "a", "commands": ["c"], "dependents": [{"target": "s"}], "condition": {"condition": ["check_result", "s", "x"]}},
        {"name": "b", "commands": ["c"], "dependents": [{"target": "r"}], "condition": {"condition": ["check_result", "r", "x"]}},
        {"name": "t", "commands": ["c"], "dependents": [{"target": "a"}, {"target": "b"}]},
        {"name": "never", "commands": ["c"], "dependents": [{"target": "b"}], "condition": {"condition": [false]}},
    ]});
    for order in [["s[0]", "r[0]"], ["r[0]", "s[0]"]] {
        let mut world = World::new(spec.clone());
        world.act();
        for who in order {
            world.finish(who);
            world.act();
        }
        assert_eq!(world.phase(), Phase::Succeeded);
        let status = world.status();
        assert_eq!(status.tasks[4].message, "it depends on \"a\", which was skipped", "{order:?}");
        assert_eq!(status.tasks[5].message, "its condition is false");
    }
}

#[test]
fn a_source_that_was_skipped_is_said_to_have_printed_nothing() {
    let mut world = World::new(json!({"tasks": [
        {"name": "s", "commands": ["s"], "condition": {"condition": [false]}},
        {"name": "t", "commands": ["t"], "dependents": [{"target": "s", "onSkipped": "Ignore"}],
         "condition": {"condition": ["check_result", "s", "x"]}},
    ]}));
    world.run_to_end();
    let expected = r#"condition: "s" was skipped and printed nothing, not "x""#;
    assert_eq!(world.status().tasks[1].message, expected);
}
