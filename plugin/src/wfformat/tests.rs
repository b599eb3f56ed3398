//! Recordings, whole and broken.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// A recording of these tasks: id, parents, children.
fn recording(tasks: &[(&str, &[&str], &[&str])]) -> Value {
    let tasks: Vec<Value> = tasks
        .iter()
        .map(
            |(id, parents, children)| json!({"name": id, "id": id, "parents": parents, "children": children}),
        )
        .collect();
    json!({"name": "some run", "schemaVersion": "1.5", "workflow": {"specification": {"tasks": tasks}}})
}

fn sleeping(document: &Value) -> Result<Converted, Refusal> {
    convert(document.to_string().as_bytes(), Commands::Sleep { scale: 1.0 }, "busybox:1.37")
}

/// The faults as lines of `path: message`; those of an unreadable file with line and column.
fn faults(bytes: &[u8]) -> Vec<String> {
    match convert(bytes, Commands::Recorded, "busybox:1.37") {
        Ok(converted) => panic!("accepted: {converted:?}"),
        Err(Refusal::Unreadable { message, at, .. }) => {
            vec![at.map_or(message.clone(), |(line, column)| format!("{line}:{column}: {message}"))]
        }
        Err(Refusal::Faults(faults)) => {
            assert!(faults.iter().all(|fault| fault.help.is_some()), "each has a remedy: {faults:?}");
            faults.iter().map(|fault| format!("{}: {}", fault.path, fault.message)).collect()
        }
    }
}

fn check_refused(document: &Value, expected: &[&str]) {
    assert_eq!(faults(document.to_string().as_bytes()), expected, "{document}");
}

/// Who waits for whom, by the original ids.
fn edges(converted: &Converted) -> Vec<(String, String)> {
    let tasks = &converted.execution.spec.tasks;
    let id = |name: &str| {
        tasks.iter().find(|task| task.name == name).and_then(|task| task.description.clone()).unwrap()
    };
    let waits = |task: &Task| {
        let task_id = id(&task.name);
        let targets = task.dependents.iter().flatten().map(|dependent| id(&dependent.target));
        targets.map(|target| (task_id.clone(), target)).collect::<Vec<_>>()
    };
    tasks.iter().flat_map(waits).collect()
}

#[test]
fn a_recording_becomes_an_execution() {
    let mut document = recording(&[("Split_1", &[], &["merge"]), ("merge", &["Split_1"], &[])]);
    document["workflow"]["execution"] = json!({
        "makespanInSeconds": 12,
        "tasks": [
            {"id": "merge", "runtimeInSeconds": 2.5, "command": {"program": "merge", "arguments": ["-o", "a b"]}},
            {"id": "Split_1", "memoryInBytes": 1024.5, "command": {"program": "split"}, "machines": ["m1"]},
        ],
        "machines": [{"nodeName": "m1"}],
    });
    let converted = convert(document.to_string().as_bytes(), Commands::Recorded, "bwa:1").unwrap();
    assert_eq!(converted.warnings, [] as [String; 0]);
    let name = converted.execution.metadata.name.clone().unwrap();
    assert!(name.starts_with("some-run-"), "{name}");
    assert_eq!(
        crate::render::object::yaml(&converted.execution),
        format!(
            "apiVersion: execution.kubegene.io/v1alpha1
kind: Execution
metadata:
  name: {name}
spec:
  tasks:
  - name: split-1
    commands:
    - split
    description: Split_1
    estimate:
      memory: 1025
    image: bwa:1
  - name: merge
    commands:
    - merge -o 'a b'
    dependents:
    - target: split-1
      type: whole
    description: merge
    estimate:
      seconds: 2.5
    image: bwa:1
"
        )
    );
}

#[test]
fn what_was_not_recorded_is_left_out_and_said() {
    let mut document = recording(&[("a", &[], &[]), ("b", &[], &[])]);
    let check = |document: &Value, commands, expected: [&str; 2], warnings: &[&str]| {
        let converted = convert(document.to_string().as_bytes(), commands, "x").unwrap();
        let lines: Vec<&String> =
            converted.execution.spec.tasks.iter().flat_map(|task| task.commands.iter().flatten()).collect();
        assert_eq!(lines, expected);
        assert_eq!(converted.warnings, warnings);
        converted
    };
    let sleep = Commands::Sleep { scale: 0.5 };
    let converted = check(
        &document,
        sleep,
        ["sleep 0.000"; 2],
        &["of 2 of 2 tasks no run time is recorded; they sleep 0 s"],
    );
    assert!(converted.execution.spec.tasks.iter().all(|task| task.estimate.is_none()));
    let hint = "(--commands sleep sleeps for the recorded time instead)";
    let warning = format!("of 2 of 2 tasks no command is recorded; they run \"true\" {hint}");
    check(&document, Commands::Recorded, ["true"; 2], &[&warning]);

    let stranger =
        "workflow.execution.tasks speaks of 1 tasks that the specification does not have; they are left out";
    document["workflow"]["execution"] = json!({"tasks": [
        {"id": "a", "runtimeInSeconds": 1.2345, "command": {"program": " ", "arguments": []}},
        {"id": "b", "runtimeInSeconds": 1e-9, "command": null},
        {"id": "c", "runtimeInSeconds": 3},
    ]});
    check(&document, sleep, ["sleep 0.617", "sleep 0.000"], &[stranger]);
    check(&document, Commands::Sleep { scale: 0.0 }, ["sleep 0.000"; 2], &[stranger]);
    check(&document, Commands::Sleep { scale: 1e6 }, ["sleep 1234500.000", "sleep 0.001"], &[stranger]);

    for nothing in [json!(null), json!({}), json!({"tasks": null})] {
        document["workflow"]["execution"] = nothing;
        document["name"] = json!(null);
        let converted = sleeping(&document).unwrap();
        assert!(converted.execution.metadata.name.unwrap().starts_with("recording-"));
    }
}

#[test]
fn both_sides_of_a_dependency_count() {
    let check = |tasks: &[(&str, &[&str], &[&str])], expected: &[(&str, &str)], warnings: &[&str]| {
        let document = recording(tasks);
        let converted = sleeping(&document).unwrap();
        let expected: Vec<_> =
            expected.iter().map(|(task, target)| ((*task).to_owned(), (*target).to_owned())).collect();
        assert_eq!(edges(&converted), expected, "{tasks:?}");
        assert_eq!(converted.warnings[..converted.warnings.len() - 1], *warnings, "{tasks:?}");
    };
    let one_sided = |text| format!("{text} only in \"parents\" or only in \"children\"; they are kept");
    check(&[("a", &[], &["b"]), ("b", &["a"], &[])], &[("b", "a")], &[]);
    // Named twice is named once.
    check(&[("a", &[], &["b", "b"]), ("b", &["a", "a"], &[])], &[("b", "a")], &[]);
    // The order is that of the parents, then that of the file.
    check(
        &[("a", &[], &["d"]), ("b", &[], &["d"]), ("c", &[], &["d"]), ("d", &["c", "a"], &[])],
        &[("d", "c"), ("d", "a"), ("d", "b")],
        &[&one_sided("1 dependency stands")],
    );
    check(
        &[("a", &[], &["b"]), ("b", &[], &[]), ("c", &["b"], &[])],
        &[("b", "a"), ("c", "b")],
        &[&one_sided("2 dependencies stand")],
    );

    // A list that is not there disagrees with nothing.
    let mut document = recording(&[("a", &[], &["b"]), ("b", &[], &[])]);
    document["workflow"]["specification"]["tasks"][1].as_object_mut().unwrap().remove("parents");
    let converted = sleeping(&document).unwrap();
    assert_eq!(edges(&converted), [("b".to_owned(), "a".to_owned())]);
    assert_eq!(converted.warnings.len(), 1, "{:?}", converted.warnings);
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
        let refused = convert(document.to_string().as_bytes(), Commands::Sleep { scale }, "x");
        assert!(matches!(refused, Err(Refusal::Faults(faults)) if faults.len() == 1));
    }
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    let nested = "[".repeat(200_000);
    let deep = format!("{{\"workflow\": {nested}");
    let skipped = format!("{{\"other\": {nested}");
    let cases: [(&[u8], &str); 12] = [
        (b"", "the file is empty"),
        (b" \n ", "the file is empty"),
        (b"{\"name\": \"x\",\n \"workflow\"}", "2:12: this is not JSON: expected `:`"),
        (b"{\"workflow\": {", "1:14: the JSON ends too early"),
        (b"{} {}", "1:4: this is not JSON: trailing characters"),
        (b"kind: Execution", "1:1: this is not JSON: expected value"),
        (b"{\"name\": \"\xff\"}", "1:11: the file is not UTF-8 text"),
        (b"{\n\n\xc3\xa9\xff", "3:2: the file is not UTF-8 text"),
        (b"{\"name\": \"a\", \"name\": \"b\"}", "1:26: the key \"name\" stands twice in one object"),
        (b"{\"name\": 1e999}", "1:14: this is not JSON: number out of range"),
        (deep.as_bytes(), "1:140: lists or objects are nested over 127 deep"),
        (skipped.as_bytes(), "1:200010: the JSON ends too early"),
    ];
    for (bytes, expected) in cases {
        assert_eq!(faults(bytes), [expected], "{:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(60)]));
    }
}

#[test]
fn size_is_bounded() {
    let too_long = vec![b' '; MAX_FILE_BYTES as usize + 1];
    assert_eq!(faults(&too_long), ["the file is too large"]);
    let values = format!("{{\"tasks\": [{}0]}}", "0,".repeat(4_000_000));
    assert_eq!(faults(values.as_bytes()), ["1:7999987: the recording holds too many values"]);

    let ids: Vec<String> = (0..10_001).map(|at| format!("t{at}")).collect();
    let tasks: Vec<(&str, &[&str], &[&str])> =
        ids.iter().map(|id| (id.as_str(), [].as_slice(), [].as_slice())).collect();
    check_refused(&recording(&tasks), &["workflow.specification.tasks: the recording has 10001 tasks"]);
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
        &["workflow.specification.tasks: the recorded tasks have 250500 dependencies"],
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let keys = prop::sample::select(vec![
        "name",
        "schemaVersion",
        "workflow",
        "specification",
        "execution",
        "tasks",
        "id",
        "parents",
        "children",
        "runtimeInSeconds",
        "memoryInBytes",
        "command",
        "program",
        "arguments",
        "other",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        Just(json!("1.5")),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ab]{0,2}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((keys.clone(), inner), 0..6).prop_map(|entries| {
                Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_panics_and_what_is_accepted_is_valid(
        tasks in any_json(),
        execution in any_json(),
        id in ".{0,300}",
        program in ".{0,20}",
    ) {
        let mut document = recording(&[("a", &[], &["b"]), ("b", &[], &[])]);
        document["workflow"]["execution"] = execution;
        prop_assert!(is_settled(&document));
        document["workflow"]["specification"]["tasks"][0]["id"] = json!(id);
        document["workflow"]["execution"] = json!({"tasks": [{"id": id, "command": {"program": program}}]});
        document["workflow"]["specification"]["tasks"][0]["children"] = tasks.clone();
        prop_assert!(is_settled(&document));
        document["workflow"]["specification"]["tasks"] = tasks;
        prop_assert!(is_settled(&document));
    }
}

/// Refused with a reason, or accepted, and then by every reader of Executions.
fn is_settled(document: &Value) -> bool {
    match convert(document.to_string().as_bytes(), Commands::Recorded, "x:1") {
        Ok(converted) => {
            let execution = gene_types::decode(serde_json::to_value(&converted.execution).unwrap()).unwrap();
            gene_types::validate(execution, &Limits::LOCAL).is_ok()
        }
        Err(Refusal::Unreadable { message, .. }) => !message.is_empty(),
        Err(Refusal::Faults(faults)) => !faults.is_empty() && faults.iter().all(|fault| fault.help.is_some()),
    }
}
