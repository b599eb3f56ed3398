//! Recordings, whole and broken.

mod refused;

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
    convert(&document.to_string(), Commands::Sleep { scale: 1.0 }, "busybox:1.37")
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
    let converted = convert(&document.to_string(), Commands::Recorded, "bwa:1").unwrap();
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
        let converted = convert(&document.to_string(), commands, "x").unwrap();
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
        &["no run time is recorded for 2 of 2 tasks: they sleep 0 s"],
    );
    assert!(converted.execution.spec.tasks.iter().all(|task| task.estimate.is_none()));
    let hint = "(with --commands sleep they would sleep for the recorded time)";
    let warning = format!("no command is recorded for 2 of 2 tasks: they run \"true\" {hint}");
    check(&document, Commands::Recorded, ["true"; 2], &[&warning]);

    let stranger = "workflow.execution.tasks: left out what names no task of the specification (1 of 3)";
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
    match convert(&document.to_string(), Commands::Recorded, "x:1") {
        Ok(converted) => {
            let execution = gene_types::decode(serde_json::to_value(&converted.execution).unwrap()).unwrap();
            gene_types::validate(execution, &Limits::LOCAL).is_ok()
        }
        Err(Refusal::Unreadable { message, .. }) => !message.is_empty(),
        Err(Refusal::Faults(faults)) => {
            faults.count() > 0 && faults.into_list().iter().all(|fault| fault.help.is_some())
        }
    }
}
