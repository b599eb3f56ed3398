//! Refusals and warnings as the API server's clients get them.

use gene_types::{Limits, cause, validate_stored, warnings};
use serde_json::{Value, json};

use crate::{document, task};

fn refusal(document: Value) -> Value {
    let name = document["metadata"]["name"].as_str().unwrap().to_owned();
    serde_json::to_value(cause::status(&name, &validate_stored(document, &Limits::CLUSTER).unwrap_err()))
        .unwrap()
}

#[test]
fn a_refusal_is_one_of_the_api_server() {
    let refused = refusal(document(
        "[{name: a, image: 'u:1', commands: [x], dependents: [{target: b}]}, {name: b, image: 'u:1', commands: [x], dependents: [{target: a}, {target: bb}]}]",
    ));
    assert_eq!(
        refused,
        json!({
            "status": "Failure",
            "code": 422,
            "reason": "Invalid",
            "message": "Execution.execution.kubegene.io \"x\" is invalid: [spec.tasks[1].dependents[1].target: Not found: \"bb\": no task is called \"bb\"; there is a task \"b\", spec.tasks[0].dependents[0].target: Invalid value: \"b\": dependents form a cycle: a -> b -> a; remove one of the two dependents]",
            "details": {
                "name": "x",
                "group": "execution.kubegene.io",
                "kind": "Execution",
                "causes": [
                    {"reason": "FieldValueNotFound", "field": "spec.tasks[1].dependents[1].target",
                     "message": "Not found: \"bb\": no task is called \"bb\"; there is a task \"b\""},
                    {"reason": "FieldValueInvalid", "field": "spec.tasks[0].dependents[0].target",
                     "message": "Invalid value: \"b\": dependents form a cycle: a -> b -> a; remove one of the two dependents"},
                ],
            },
        })
    );
    let one = refusal(document("[{name: a, image: '', commands: [x]}]"));
    assert_eq!(
        one["message"],
        "Execution.execution.kubegene.io \"x\" is invalid: spec.tasks[0].image: Required value: image must not be empty; name the container image, like image: ubuntu:24.04"
    );
}

#[test]
fn values_are_shown_as_the_api_server_shows_them() {
    let cases = [
        (
            "{parallelism: -1, tasks: [{name: a, image: 'u:1', commands: [x]}]}",
            "FieldValueInvalid",
            "Invalid value: -1: ",
        ),
        ("[{name: a, image: 7, commands: [x]}]", "FieldValueTypeInvalid", "Invalid value: 7: "),
        (
            "[{name: a, image: {a: [1, null]}, commands: [x]}]",
            "FieldValueTypeInvalid",
            "Invalid value: {\"a\":[1,null]}: ",
        ),
        ("[{name: a, image: \"u\\0\", commands: [x]}]", "FieldValueInvalid", "Invalid value: \"u\\0\": "),
        (
            "[{name: a, image: u, commands: [x], type: Dask}]",
            "FieldValueNotSupported",
            "Unsupported value: \"Dask\": ",
        ),
        (
            "[{name: a, image: u, commands: [x]}, {name: a, image: u, commands: [x]}]",
            "FieldValueDuplicate",
            "Duplicate value: \"a\": ",
        ),
        (
            "[{name: a, image: u, commands: [x], commandSet: [z]}]",
            "FieldValueForbidden",
            "Forbidden: commandSet must",
        ),
        (
            "[{name: a, image: u, commands: [x], resources: {cpu: 4gb}}]",
            "FieldValueInvalid",
            "Invalid value: \"4gb\": ",
        ),
        (
            "[{name: a, image: u, commandsIter: {command: c, count: 200000}}]",
            "FieldValueTooMany",
            "Too many: the tasks have",
        ),
    ];
    for (yaml, reason, begins) in cases {
        let refused = refusal(document(yaml));
        let cause = &refused["details"]["causes"][0];
        assert_eq!(cause["reason"], reason, "{refused}");
        assert!(cause["message"].as_str().unwrap().starts_with(begins), "{refused}");
    }
    let long = refusal(document(&format!("[{{name: {}, image: u, commands: [x]}}]", "a".repeat(64))));
    assert!(long["details"]["causes"][0]["message"].as_str().unwrap().starts_with("Too long: "), "{long}");
}

#[test]
fn a_refusal_is_bounded_and_says_how_much_it_leaves_out() {
    let dangling = |tasks: usize, target: &str| -> Value {
        let tasks: Vec<Value> =
            (0..tasks).map(|number| task(&format!("t{number}"), 1, &[(target, "whole")])).collect();
        crate::execution(json!({"tasks": tasks}))
    };
    let cases = [
        (100, "none".to_owned(), 100, None),
        (101, "none".to_owned(), 100, Some("Too many: 2 more faults are not shown; ")),
        (2_000, "none".to_owned(), 100, Some("Too many: at least 901 more faults are not shown; ")),
    ];
    for (faults, target, causes, more) in cases {
        let refused = refusal(dangling(faults, &target));
        let told = refused["details"]["causes"].as_array().unwrap();
        assert!(refused.to_string().len() as u64 <= cause::MAX_STATUS_BYTES);
        assert_eq!(told.len(), causes, "{faults}");
        let last = told.last().unwrap()["message"].as_str().unwrap();
        assert!(last.starts_with(more.unwrap_or("Not found: ")), "{last}");
    }
    // What is longer as JSON than as text.
    let refused = refusal(dangling(200, &"\"".repeat(60)));
    assert!(refused.to_string().len() as u64 <= cause::MAX_STATUS_BYTES);
    let told = refused["details"]["causes"].as_array().unwrap();
    assert!((30..100).contains(&told.len()), "{}", told.len());
    let more = format!("Too many: {} more faults", 200 - (told.len() - 1));
    assert!(told.last().unwrap()["message"].as_str().unwrap().starts_with(&more), "{told:?}");
    // Keys of a map as long as a document may be, and names.
    let name = "n".repeat(100_000);
    let volumes: serde_json::Map<String, Value> =
        (0..90).map(|number| (format!("{number}{}", "\u{1}".repeat(2_000)), json!(7))).collect();
    let mut huge = crate::execution(
        json!({"tasks": [{"name": "a", "image": "u", "commands": ["x"], "volumes": volumes}]}),
    );
    huge["metadata"]["name"] = name.into();
    let refused = refusal(huge);
    assert!(refused.to_string().len() as u64 <= cause::MAX_STATUS_BYTES, "{}", refused.to_string().len());
    let told = refused["details"]["causes"].as_array().unwrap();
    assert!(told.len() > 2 && told.len() < 92, "{}", told.len());
    assert!(told.last().unwrap()["message"].as_str().unwrap().starts_with("Too many: "));
}

#[test]
fn warnings_are_lines_that_the_api_server_does_not_cut() {
    let texts = |document: Value| {
        let stored = validate_stored(document, &Limits::CLUSTER).unwrap();
        warnings::texts(&stored.unknown, &warnings(&stored.valid))
    };
    assert_eq!(
        texts(document("[{name: a, image: ubuntu, commands: [x], type: Spark, newer: 1}]")),
        [
            r#"spec.tasks[0].newer: there is no field "newer" here; remove it"#,
            r#"spec.tasks[0].image: image "ubuntu" has no tag, so another run may get another image; name a version: ubuntu:VERSION"#,
            "spec.tasks[0].type: type Spark runs as a Job; write type: Job",
        ]
    );
    let tasks: Vec<Value> = (0..500)
        .map(|number| json!({"name": format!("t{number}"), "image": format!("{}{number}", "i".repeat(900)), "commands": ["x"]}))
        .collect();
    let many = texts(crate::execution(json!({"tasks": tasks})));
    assert!(many.iter().all(|text| text.len() <= 256), "{many:?}");
    assert!(many.iter().map(String::len).sum::<usize>() <= 4_096);
    assert!(
        many[0].starts_with("spec.tasks[0].image: image \"iii") && many[0].contains("; name a version: iii"),
        "{many:?}"
    );
    let left_out = 501 - (many.len() - 1);
    assert_eq!(
        many.last().unwrap(),
        &format!("{left_out} more warnings; \"kubectl gene lint FILE\" shows them")
    );
    assert!(texts(document("[{name: a, image: 'u:1', commands: [x]}]")).is_empty());
}
