//! Conditions, and the outputs that they and rows read.

use super::check;

#[test]
fn conditions() {
    check(r#"[{name: a, image: "u:1", commands: [x], condition: {condition: [true]}}]"#, &[]);
    check(r#"[{name: a, image: "u:1", commands: [x], condition: {condition: [false, 1, 2]}}]"#, &[]);
    check(
        r#"[{name: a, image: "u:1", commands: [x], condition: {condition: []}}]"#,
        &[
            r#"spec.tasks[0].condition.condition: the condition must not be empty; write [true], [false] or [check_result, TASK, "EXPECTED"]"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], condition: {condition: ["true"]}}]"#,
        &[
            r#"spec.tasks[0].condition.condition[0]: a condition cannot begin with this value; write [true], [false] or [check_result, TASK, "EXPECTED"]"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], condition: {condition: [check_result, a]}, dependents: [{target: a}]}]"#,
        &[
            r#"spec.tasks[1].condition.condition: check_result needs a task and the expected text, both strings; write [check_result, TASK, "EXPECTED"], the text in quotes"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], condition: {condition: [check_result, a, 1]}, dependents: [{target: a}]}]"#,
        &[
            r#"spec.tasks[1].condition.condition: check_result needs a task and the expected text, both strings; write [check_result, TASK, "EXPECTED"], the text in quotes"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], condition: {condition: [check_result, a, ok]}, dependents: [{target: a}]}]"#,
        &[],
    );
}

#[test]
fn generic_conditions() {
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], genericCondition: {dependJobName: a, matchRules: [{key: k, operator: In}, {key: k, operator: Exists, values: [v]}, {key: k, operator: Gt, values: ["1", "2"]}, {key: k, operator: Lt, values: ["5.0"]}, {key: "", operator: "==", values: [v]}]}, dependents: [{target: a}]}]"#,
        &[
            "spec.tasks[1].genericCondition.matchRules[0].values: operator In needs at least one value; 0 are given; write values: [TEXT]",
            "spec.tasks[1].genericCondition.matchRules[1].values: operator Exists takes no values; 1 is given; remove values",
            r#"spec.tasks[1].genericCondition.matchRules[2].values: operator Gt needs exactly one value; 2 are given; write one whole number, like values: ["5"]"#,
            "spec.tasks[1].genericCondition.matchRules[4].key: the key must not be empty; write the key whose value is compared",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], genericCondition: {dependJobName: ""}, dependents: [{target: a}]}]"#,
        &[
            "spec.tasks[1].genericCondition.dependJobName: dependJobName must not be empty; name the task whose output is read",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], genericCondition: {dependJobName: a, matchRules: null}, dependents: [{target: a}]}]"#,
        &[],
    );
}

#[test]
fn who_reads_an_output_waits_for_it_alone() {
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], condition: {condition: [check_result, aa, ok]}, dependents: [{target: a}]}]"#,
        &[r#"spec.tasks[1].condition.condition[1]: no task is called "aa"; there is a task "a""#],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], condition: {condition: [check_result, a, ok]}}]"#,
        &[
            r#"spec.tasks[1].dependents: check_result reads the output of "a", so the task must wait for it; write dependents: [{target: a, type: whole}]"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], condition: {condition: [check_result, a, ok]}, dependents: [{target: a, type: iterate}]}]"#,
        &[
            r#"spec.tasks[1].dependents[0].type: check_result reads the output of "a", so the task must wait for the whole of it; write type: whole"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: c, image: "u:1", commands: [x], description: d},{name: b, image: "u:1", commands: [x], genericCondition: {dependJobName: a}, dependents: [{target: a}, {target: c}]}]"#,
        &[
            r#"spec.tasks[2].dependents: genericCondition reads the output of "a", so the task must wait for it alone, not for "a", "c"; write dependents: [{target: a, type: whole}]; let that task wait for the others"#,
        ],
    );
    check(
        r#"[{name: two, image: "u:1", commands: [x, z]},{name: b, image: "u:1", commands: [x], condition: {condition: [check_result, two, ok]}, dependents: [{target: two}]}]"#,
        &[
            r#"spec.tasks[1].condition.condition[1]: check_result reads the output of "two", which has 2 vertices: only that of a single vertex can be read; put a task with one command between the two, and read its output"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: c, image: "u:1", commands: [x], description: d},{name: b, image: "u:1", commandsIter: {command: x, varsIter: [[get_result, a, ""]]}, dependents: [{target: c}]}]"#,
        &[
            r#"spec.tasks[2].dependents: get_result reads the output of "a", so the task must wait for it alone, not for "c"; write dependents: [{target: a, type: whole}]; let that task wait for the others"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], condition: {condition: [check_result, a, ok]}, dependents: [{target: a}, {target: a}]}]"#,
        &[],
    );
}
