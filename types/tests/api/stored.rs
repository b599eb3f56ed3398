//! Objects of an API server, which may know more fields than this version does.

use gene_types::{Limits, default, validate_document, validate_stored};
use serde_json::{Value, json};

use crate::{document, task};

#[test]
fn fields_of_a_newer_version_are_left_alone_and_told() {
    let mut stored = document(
        "{newer: 1, tasks: [{name: a, image: 'u:1', commands: [x], later: {deep: [1]}, dependents: null}, {name: b, image: 'u:1', commands: [x], dependents: [{target: a, when: now}]}]}",
    );
    stored["status"] = json!({"phase": 7, "unheardOf": true});
    assert!(validate_document(stored.clone(), &Limits::CLUSTER).is_err());
    let checked = validate_stored(stored.clone(), &Limits::CLUSTER).unwrap();
    let unknown: Vec<String> = checked.unknown.iter().map(|field| field.path.to_string()).collect();
    assert_eq!(unknown, ["spec.newer", "spec.tasks[0].later", "spec.tasks[1].dependents[0].when"]);
    assert_eq!(checked.valid.plan().tasks.len(), 2);
    default::apply(&mut stored);
    let again = validate_stored(stored, &Limits::CLUSTER).unwrap();
    assert_eq!(again.valid.digest(), checked.valid.digest());
}

#[test]
fn what_is_known_and_wrong_is_refused_beside_them() {
    let faults = |yaml: &str| -> Vec<String> {
        let faults = validate_stored(document(yaml), &Limits::CLUSTER).err().unwrap_or_default();
        faults.iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        faults(
            "{newer: 1, parallelism: four, tasks: [{name: a, image: '', commands: [x], later: 1}, {name: b, image: 'u:1', commands: [x], dependents: [{target: aa}]}]}"
        ),
        [
            r#"spec.parallelism: a whole number is wanted, not the string "four"; write a whole number"#,
            "spec.tasks[0].image: image must not be empty; name the container image, like image: ubuntu:24.04",
            r#"spec.tasks[1].dependents[0].target: no task is called "aa"; there is a task "a""#,
        ]
    );
    // The API server keeps whatever stands in a template, so there it is no sign of a newer version.
    assert_eq!(
        faults("[{name: a, image: 'u:1', commands: [x], template: {metdata: {}}}]"),
        [r#"spec.tasks[0].template.metdata: there is no field "metdata" here; there is a field "metadata""#]
    );
}

#[test]
fn however_many_there_are_they_hide_no_fault() {
    let mut tasks: Vec<Value> = (0..1_500).map(|number| task(&format!("t{number}"), 1, &[])).collect();
    for task in &mut tasks {
        task["newer"] = 1.into();
    }
    let stored = crate::execution(json!({"tasks": tasks}));
    let checked = validate_stored(stored.clone(), &Limits::CLUSTER).unwrap();
    assert_eq!(checked.unknown.len(), 100);
    let mut misshapen = stored;
    misshapen["spec"]["tasks"][1_499]["image"] = 7.into();
    let faults = validate_stored(misshapen, &Limits::CLUSTER).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
}
