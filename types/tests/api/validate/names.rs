//! What Executions, tasks and their Jobs may be called.

use super::check;

#[test]
fn an_execution_has_a_name() {
    check(
        r#"{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {}, spec: {tasks: [{name: a, image: "u:1", commands: [x]}]}}"#,
        &["metadata.name: the Execution must have a name; write a name under metadata, like name: my-run"],
    );
    check(
        r#"{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {name: a.b}, spec: {tasks: [{name: a, image: "u:1", commands: [x]}]}}"#,
        &[
            r#"metadata.name: the name "a.b" is no DNS label; a name has at most 63 of a-z, 0-9 and "-", and begins and ends with a letter or digit; "a-b" would do"#,
        ],
    );
    check(
        r#"{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {name: A_b}, spec: {tasks: [{name: a, image: "u:1", commands: [x]}]}}"#,
        &[
            r#"metadata.name: the name "A_b" is no DNS label; a name has at most 63 of a-z, 0-9 and "-", and begins and ends with a letter or digit; "a-b" would do"#,
        ],
    );
    check(
        r#"{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {generateName: "run-"}, spec: {tasks: [{name: a, image: "u:1", commands: [x]}]}}"#,
        &[],
    );
    check(
        r#"{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {generateName: "-run-"}, spec: {tasks: [{name: a, image: "u:1", commands: [x]}]}}"#,
        &[
            r#"metadata.generateName: the generateName "-run-" is no DNS label; a name has at most 63 of a-z, 0-9 and "-", and begins and ends with a letter or digit; "run" would do"#,
        ],
    );
    let generated = |prefix: String| {
        format!(
            "{{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {{generateName: {prefix}}}, spec: {{tasks: [{{name: a, image: 'u:1', commands: [x]}}]}}}}"
        )
    };
    check(&generated("e".repeat(54)), &[]);
    check(
        &generated("e".repeat(60)),
        &[
            "metadata.generateName: the generateName has 60 bytes, and 5 are appended to it; together at most 63 are allowed; shorten it by 2 bytes at least",
        ],
    );
    check(
        r#"{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {name: x, namespace: Bio_1}, spec: {tasks: [{name: a, image: "u:1", commands: [x]}]}}"#,
        &[
            r#"metadata.namespace: the namespace "Bio_1" is no DNS label; a name has at most 63 of a-z, 0-9 and "-", and begins and ends with a letter or digit; "bio-1" would do"#,
        ],
    );
}

#[test]
fn names_of_tasks_are_labels_and_unique() {
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: a, image: "u:1", commands: [x]}]"#,
        &[r#"spec.tasks[1].name: two tasks are called "a"; give each task a name of its own"#],
    );
    check(
        r#"[{name: "", image: "u:1", commands: [x], description: d}]"#,
        &["spec.tasks[0].name: the task must have a name; write a name, like name: align"],
    );
    check(
        r#"[{name: A.b, image: "u:1", commands: [x], description: d}]"#,
        &[
            r#"spec.tasks[0].name: the task's name "A.b" is no DNS label; a name has at most 63 of a-z, 0-9 and "-", and begins and ends with a letter or digit; "a-b" would do"#,
        ],
    );
}

#[test]
fn names_of_jobs_fit() {
    check(
        r#"{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {name: "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"}, spec: {tasks: [{name: tttttttttttttttttttt, image: "u:1", commands: [x], description: fits}, {name: sssssssssssssssssssss, image: "u:1", commands: [x], description: over}]}}"#,
        &[
            r#"spec.tasks[1].name: Job names of task "sssssssssssssssssssss" would have 64 bytes ("eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee.sssssssssssssssssssss.0"), at most 63 are allowed; shorten the name of the task or of the Execution by 1 byte"#,
        ],
    );
    check(
        r#"{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {generateName: "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-"}, spec: {tasks: [{name: tttttttttttttttttttt, image: "u:1", commands: [x], description: fits}, {name: sssssssssssssssssssss, image: "u:1", commands: [x], description: over}]}}"#,
        &[
            r#"spec.tasks[1].name: Job names of task "sssssssssssssssssssss" would have 64 bytes ("eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-xxxxx.sssssssssssssssssssss.0"), at most 63 are allowed; shorten the name of the task or of the Execution by 1 byte"#,
        ],
    );
    check(
        r#"{apiVersion: execution.kubegene.io/v1alpha1, kind: Execution, metadata: {name: "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"}, spec: {tasks: [{name: a, image: "u:1", commands: [x]}, {name: ttttttttttttttttt, image: "u:1", commandsIter: {command: x, varsIter: [[get_result, a, ""]]}, dependents: [{target: a}]}]}}"#,
        &[
            r#"spec.tasks[1].name: Job names of task "ttttttttttttttttt" would have 64 bytes ("eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee.ttttttttttttttttt.99999"), at most 63 are allowed; shorten the name of the task or of the Execution by 1 byte"#,
        ],
    );
}
