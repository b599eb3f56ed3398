//! What is refused, with its place.

use super::*;

/// The faults as lines of `path: message`; those of an unreadable file with line and column.
fn faults(text: &str) -> Vec<String> {
    match convert(text, Commands::Recorded, "busybox:1.37") {
        Ok(converted) => panic!("accepted: {converted:?}"),
        Err(Refusal::Unreadable { message, at, .. }) => {
            vec![at.map_or(message.clone(), |(line, column)| format!("{line}:{column}: {message}"))]
        }
        Err(Refusal::Faults(faults)) => {
            let faults = faults.into_list();
            assert!(faults.iter().all(|fault| fault.help.is_some()), "each has a remedy: {faults:?}");
            faults.iter().map(|fault| format!("{}: {}", fault.path, fault.message)).collect()
        }
    }
}

fn check_refused(document: &Value, expected: &[&str]) {
    assert_eq!(faults(&document.to_string()), expected, "{document}");
}

#[test]
fn all_that_is_wrong_with_the_graph_is_said_at_once() {
    let document = recording(&[
        ("a", &["x", "b"], &[]),
        ("b", &["a"], &["y"]),
        ("c", &["c"], &[]),
        ("d", &["b"], &[]),
        ("e", &["f"], &[]),
        ("f", &["g"], &[]),
        ("g", &["e"], &[]),
        ("d", &[], &[]),
    ]);
    check_refused(
        &document,
        &[
            "workflow.specification.tasks[7].id: two tasks have the id \"d\"",
            "workflow.specification.tasks[0].parents[0]: no recorded task has the id \"x\"",
            "workflow.specification.tasks[1].children[0]: no recorded task has the id \"y\"",
            "workflow.specification.tasks[0]: tasks wait for each other in a cycle: a -> b -> a",
            "workflow.specification.tasks[2]: tasks wait for each other in a cycle: c -> c",
            "workflow.specification.tasks[4]: tasks wait for each other in a cycle: e -> f -> g -> e",
        ],
    );
    // A cycle that only both sides together make; one that is reached from outside; a long one.
    check_refused(
        &recording(&[("a", &["b"], &["b"]), ("b", &[], &[])]),
        &["workflow.specification.tasks[0]: tasks wait for each other in a cycle: a -> b -> a"],
    );
    check_refused(
        &recording(&[("a", &["c"], &[]), ("b", &["c"], &[]), ("c", &["b"], &[])]),
        &["workflow.specification.tasks[1]: tasks wait for each other in a cycle: b -> c -> b"],
    );
    let ids: Vec<String> = (0..1000).map(|at| format!("t{at}")).collect();
    let parents: Vec<[&str; 1]> = (0..1000).map(|at| [ids[(at + 1) % 1000].as_str()]).collect();
    let tasks: Vec<(&str, &[&str], &[&str])> = ids
        .iter()
        .zip(&parents)
        .map(|(id, parents)| (id.as_str(), parents.as_slice(), [].as_slice()))
        .collect();
    check_refused(
        &recording(&tasks),
        &["workflow.specification.tasks[0]: tasks wait for each other in a cycle: \
           t0 -> t1 -> t2 -> t3 -> t4 -> t5 -> t6 -> t7 -> … 992 more -> t0"],
    );
}

#[test]
fn every_wrong_value_is_named_with_its_place() {
    let task = |fields: Value| {
        let mut document = recording(&[("a", &[], &[])]);
        document["workflow"]["specification"]["tasks"][0] = fields;
        document
    };
    let measured = |fields: Value| {
        let mut document = recording(&[("a", &[], &[])]);
        document["workflow"]["execution"] = json!({"tasks": [fields]});
        document
    };
    let with = |key: &str, value: Value| {
        let mut document = recording(&[("a", &[], &[])]);
        document[key] = value;
        document
    };
    let cases: Vec<(Value, Vec<&str>)> = vec![
        (json!([]), vec![": a list stands here where an object is wanted"]),
        (json!("x"), vec![": a text stands here where an object is wanted"]),
        (json!({}), vec!["schemaVersion: this is no WfFormat recording: it has no schemaVersion"]),
        (with("schemaVersion", json!("1.4")), vec!["schemaVersion: this recording is in WfFormat \"1.4\""]),
        (with("schemaVersion", json!(1.5)), vec!["schemaVersion: schemaVersion is a number"]),
        (with("workflow", json!(null)), vec!["workflow: the recording has no workflow"]),
        (with("workflow", json!([])), vec!["workflow: a list stands here where an object is wanted"]),
        (with("workflow", json!({})), vec!["workflow.specification: the recording has no specification"]),
        (
            with("workflow", json!({"specification": {}})),
            vec!["workflow.specification.tasks: the recording has no list of tasks"],
        ),
        (
            with("workflow", json!({"specification": {"tasks": []}})),
            vec!["workflow.specification.tasks: the recording has no tasks"],
        ),
        (with("name", json!(5)), vec!["name: a number stands here where a text is wanted"]),
        (
            task(json!(5)),
            vec!["workflow.specification.tasks[0]: a number stands here where an object is wanted"],
        ),
        (task(json!({})), vec!["workflow.specification.tasks[0].id: the task has no id"]),
        (task(json!({"id": ""})), vec!["workflow.specification.tasks[0].id: the task has no id"]),
        (
            task(json!({"id": 5, "parents": "b", "children": [1, null]})),
            vec![
                "workflow.specification.tasks[0].id: a number stands here where a text is wanted",
                "workflow.specification.tasks[0].parents: a text stands here where a list is wanted",
                "workflow.specification.tasks[0].children[0]: a number stands here where a text is wanted",
                "workflow.specification.tasks[0].children[1]: null stands here where a text is wanted",
            ],
        ),
        (
            measured(json!({"id": "a", "runtimeInSeconds": -1, "memoryInBytes": "1G", "command": "x"})),
            vec![
                "workflow.execution.tasks[0].runtimeInSeconds: runtimeInSeconds is -1",
                "workflow.execution.tasks[0].memoryInBytes: memoryInBytes is a text",
                "workflow.execution.tasks[0].command: a text stands here where an object is wanted",
            ],
        ),
        (
            measured(json!({"id": "a", "command": {"program": 1, "arguments": [2]}})),
            vec![
                "workflow.execution.tasks[0].command.program: a number stands here where a text is wanted",
                "workflow.execution.tasks[0].command.arguments[0]: a number stands here where a text is wanted",
            ],
        ),
        (measured(json!({})), vec!["workflow.execution.tasks[0].id: the task has no id"]),
        (
            measured(json!({"id": "a", "command": {"program": "x".repeat(140_000)}})),
            vec![
                "workflow.execution.tasks[0].command: the command has 140000 bytes, more than the 131071 that can be executed",
            ],
        ),
        (
            measured(json!({"id": "a", "command": {"program": "x\0"}})),
            vec![
                "workflow.execution.tasks[0].command: the command holds a NUL character, which no command can",
            ],
        ),
    ];
    for (document, expected) in cases {
        check_refused(&document, &expected);
    }
    let twice = json!({"id": "a"});
    let mut document = measured(twice.clone());
    document["workflow"]["execution"]["tasks"] = json!([twice, twice]);
    check_refused(&document, &["workflow.execution.tasks[1].id: the execution of \"a\" is recorded twice"]);
}

#[test]
fn a_sleep_has_an_end() {
    let mut document = recording(&[("a", &[], &[])]);
    document["workflow"]["execution"] = json!({"tasks": [{"id": "a", "runtimeInSeconds": 1e300}]});
    for scale in [1.0, 1e300] {
        let refused = convert(&document.to_string(), Commands::Sleep { scale }, "x");
        assert!(matches!(refused, Err(Refusal::Faults(faults)) if faults.count() == 1));
    }
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    let nested = "[".repeat(200_000);
    let deep = format!("{{\"workflow\": {nested}");
    let skipped = format!("{{\"other\": {nested}");
    let cases: [(&str, &str); 10] = [
        ("", "the file is empty"),
        (" \n ", "the file is empty"),
        ("{\"name\": \"x\",\n \"workflow\"}", "2:12: this is not JSON: expected `:`"),
        ("{\"workflow\": {", "1:14: the JSON ends too early"),
        ("{} {}", "1:4: this is not JSON: trailing characters"),
        ("kind: Execution", "1:1: this is not JSON: expected value"),
        ("{\"name\": \"a\", \"name\": \"b\"}", "1:26: the key \"name\" stands twice in one object"),
        ("{\"name\": 1e999}", "1:14: this is not JSON: number out of range"),
        (&deep, "1:140: lists or objects are nested over 127 deep"),
        (&skipped, "1:200010: the JSON ends too early"),
    ];
    for (text, expected) in cases {
        assert_eq!(faults(text), [expected], "{:?}", &text[..text.len().min(60)]);
    }
}

#[test]
fn size_is_bounded() {
    let values = format!("{{\"tasks\": [{}0]}}", "0,".repeat(4_000_000));
    assert_eq!(faults(&values), ["1:7999987: the recording holds too many values"]);

    let ids: Vec<String> = (0..10_001).map(|at| format!("t{at}")).collect();
    let tasks: Vec<(&str, &[&str], &[&str])> =
        ids.iter().map(|id| (id.as_str(), [].as_slice(), [].as_slice())).collect();
    check_refused(&recording(&tasks), &["workflow.specification.tasks: the recording has 10,001 tasks"]);
    assert_eq!(sleeping(&recording(&tasks[..10_000])).unwrap().execution.spec.tasks.len(), 10_000);

    let parents: Vec<&str> = ids[..500].iter().map(String::as_str).collect();
    let dense: Vec<(&str, &[&str], &[&str])> = ids[..1001]
        .iter()
        .enumerate()
        .map(|(at, id)| {
            (id.as_str(), if at < 500 { [].as_slice() } else { parents.as_slice() }, [].as_slice())
        })
        .collect();
    check_refused(
        &recording(&dense),
        &["workflow.specification.tasks: the recorded tasks have 250,500 dependencies"],
    );
}

#[test]
fn countless_faults_are_counted_and_a_thousand_kept() {
    let parents: Vec<&str> = vec!["gone"; 3000];
    match sleeping(&recording(&[("a", &parents, &[]), ("b", &["b"], &[])])) {
        Err(Refusal::Faults(faults)) => {
            assert_eq!(faults.count(), 3001);
            let list = faults.into_list();
            assert_eq!(list.len(), 1001);
            assert_eq!(list[1000].message, "these are the first 1,000 of 3,001 faults");
        }
        other => panic!("{other:?}"),
    }
}
