//! An example for everything that is warned of.

use gene_types::{Limits, validate_document, warnings};

use crate::document;

fn check(yaml: &str, expected: &[&str]) {
    let valid = validate_document(document(yaml), &Limits::LOCAL).unwrap();
    let warnings: Vec<String> = warnings(&valid).iter().map(ToString::to_string).collect();
    assert_eq!(warnings, expected, "{yaml}");
}

#[test]
fn doubtful() {
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], genericCondition: {dependJobName: a, matchRules: [{key: k, operator: Lt, values: ["5.0"]}]}, dependents: [{target: a}]}]"#,
        &[
            r#"spec.tasks[1].genericCondition.matchRules[0].values[0]: operator Lt compares whole numbers, so this rule never holds; write a whole number, like values: ["5"]"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], type: Spark}]"#,
        &["spec.tasks[0].type: type Spark runs as a Job; write type: Job"],
    );
    check(
        r#"[{name: a, image: ubuntu, commands: [x]},{name: b, image: ubuntu, commands: [x]},{name: c, image: "r:5000/u", commands: [x]},{name: d, image: "u@sha256:0", commands: [x]},{name: e, image: "r:5000/u:1", commands: [x]}]"#,
        &[
            r#"spec.tasks[0].image: image "ubuntu" has no tag, so another run may get another image (2 tasks); name a version: ubuntu:VERSION"#,
            r#"spec.tasks[2].image: image "r:5000/u" has no tag, so another run may get another image; name a version: r:5000/u:VERSION"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commandsIter: {command: "${1} ${2} ${0} ${12}", varsIter: [[1]]}}]"#,
        &[
            "spec.tasks[0].commandsIter.command: ${12} stays as it is: the rows have 1 column; add the column, or write the number of one that is there",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], dependents: [{target: a}, {target: a, type: iterate}]}]"#,
        &[
            r#"spec.tasks[1].dependents[1].target: "a" is named twice; the stricter of the two entries holds; remove one of the two"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], env: [{name: A, value: x}, {name: A, value: "y"}]}]"#,
        &[
            r#"spec.tasks[0].env[1].name: variable "A" is given twice; the last one holds; remove one of the two"#,
        ],
    );
    check(
        r#"{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {name: "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"}, spec: {tasks: [{name: tttttttttttttttttt, image: "u:1", commands: [x], description: fits}, {name: sssssssssssssssssss, image: "u:1", commands: [x], description: over}]}}"#,
        &[
            r#"spec.tasks[1].name: Job names of task "sssssssssssssssssss" have up to 62 bytes ("eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee.sssssssssssssssssss.0"): no room for the number of a second attempt, so it cannot be retried; shorten the name of the task or of the Execution by 1 byte"#,
        ],
    );
}

#[test]
fn a_run_without_a_cluster_hears_of_nothing_that_only_a_cluster_minds() {
    let yaml = "
      tasks:
      - {name: a, type: Spark, image: ubuntu, commandsIter: {command: 'echo ${2}', vars: [[x]]}}
    ";
    let valid = validate_document(document(yaml), &Limits::LOCAL).unwrap();
    let paths = |warnings: Vec<gene_types::field::FieldError>| -> Vec<String> {
        warnings.iter().map(|warning| warning.path.to_string()).collect()
    };
    let (image, command) = ("spec.tasks[0].image", "spec.tasks[0].commandsIter.command");
    assert_eq!(paths(warnings(&valid)), [image, command, "spec.tasks[0].type"]);
    assert_eq!(paths(gene_types::local_warnings(&valid, true)), [image, command]);
    assert_eq!(paths(gene_types::local_warnings(&valid, false)), [command]);
}
