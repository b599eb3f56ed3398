//! What a task waits for.

use super::check;

#[test]
fn dependents_name_other_tasks() {
    check(
        r#"[{name: trim, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], dependents: [{target: trimm}, {target: ""}, {target: nothing-like-it}]}]"#,
        &[
            r#"spec.tasks[1].dependents[0].target: no task is called "trimm"; there is a task "trim""#,
            "spec.tasks[1].dependents[1].target: the target must not be empty; name the task that is waited for",
            r#"spec.tasks[1].dependents[2].target: no task is called "nothing-like-it"; name one of the tasks of this Execution"#,
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], dependents: [{target: a}]}]"#,
        &[r#"spec.tasks[0].dependents[0].target: task "a" waits for itself; remove this entry"#],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commands: [x], dependents: [{target: a, type: iterate}, {target: a, onSkipped: Ignore}]}]"#,
        &[],
    );
}

#[test]
fn iterate_needs_equal_widths() {
    check(
        r#"[{name: two, image: "u:1", commands: [x, z]},{name: a, image: "u:1", commands: [x], dependents: [{target: two, type: iterate}]}]"#,
        &[
            r#"spec.tasks[1].dependents[0].type: iterate needs equally many vertices on both sides: "a" has 1, "two" has 2; write type: whole, or give both tasks the same number of commands"#,
        ],
    );
    check(
        r#"[{name: two, image: "u:1", commands: [x, z]},{name: a, image: "u:1", commands: [x], dependents: [{target: two, type: iterate}, {target: two, type: whole}]}]"#,
        &[],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x]},{name: b, image: "u:1", commandsIter: {command: x, varsIter: [[get_result, a, ""]]}, dependents: [{target: a}]},{name: c, image: "u:1", commands: [x, z], dependents: [{target: b, type: iterate}]}]"#,
        &[],
    );
}

#[test]
fn a_cycle_is_reported_as_the_cycle() {
    check(
        r#"[{name: a, image: "u:1", commands: [x], dependents: [{target: b}]},{name: b, image: "u:1", commands: [x], dependents: [{target: a}]}]"#,
        &[
            "spec.tasks[0].dependents[0].target: dependents form a cycle: a -> b -> a; remove one of the two dependents",
        ],
    );
    check(
        r#"[{name: z, image: "u:1", commands: [x], dependents: [{target: b}]},{name: a, image: "u:1", commands: [x], dependents: [{target: b}]},{name: b, image: "u:1", commands: [x], dependents: [{target: c}]},{name: c, image: "u:1", commands: [x], dependents: [{target: z}, {target: a}]}]"#,
        &[
            "spec.tasks[0].dependents[0].target: dependents form a cycle: z -> b -> c -> z; remove one of the 3 dependents",
            "spec.tasks[1].dependents[0].target: dependents form a cycle: a -> b -> c -> a; remove one of the 3 dependents",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], dependents: [{target: b}]},{name: b, image: "u:1", commands: [x], dependents: [{target: a}]},{name: c, image: "u:1", commands: [x], dependents: [{target: d}]},{name: d, image: "u:1", commands: [x], dependents: [{target: c}]}]"#,
        &[
            "spec.tasks[0].dependents[0].target: dependents form a cycle: a -> b -> a; remove one of the two dependents",
            "spec.tasks[2].dependents[0].target: dependents form a cycle: c -> d -> c; remove one of the two dependents",
        ],
    );
    check(
        r#"[{name: a, image: "u:1", commands: [x], dependents: [{target: c, type: iterate}]},{name: b, image: "u:1", commands: [x], dependents: [{target: a, type: iterate}]},{name: c, image: "u:1", commands: [x], dependents: [{target: b, type: iterate}]}]"#,
        &[
            "spec.tasks[0].dependents[0].target: dependents form a cycle: a -> c -> b -> a; remove one of the 3 dependents",
        ],
    );
}

#[test]
fn a_long_cycle_is_shortened() {
    check(
        r#"[{name: t0, image: "u:1", commands: [x], dependents: [{target: t1}]},{name: t1, image: "u:1", commands: [x], dependents: [{target: t2}]},{name: t2, image: "u:1", commands: [x], dependents: [{target: t3}]},{name: t3, image: "u:1", commands: [x], dependents: [{target: t4}]},{name: t4, image: "u:1", commands: [x], dependents: [{target: t5}]},{name: t5, image: "u:1", commands: [x], dependents: [{target: t6}]},{name: t6, image: "u:1", commands: [x], dependents: [{target: t7}]},{name: t7, image: "u:1", commands: [x], dependents: [{target: t8}]},{name: t8, image: "u:1", commands: [x], dependents: [{target: t9}]},{name: t9, image: "u:1", commands: [x], dependents: [{target: t10}]},{name: t10, image: "u:1", commands: [x], dependents: [{target: t11}]},{name: t11, image: "u:1", commands: [x], dependents: [{target: t12}]},{name: t12, image: "u:1", commands: [x], dependents: [{target: t13}]},{name: t13, image: "u:1", commands: [x], dependents: [{target: t14}]},{name: t14, image: "u:1", commands: [x], dependents: [{target: t15}]},{name: t15, image: "u:1", commands: [x], dependents: [{target: t16}]},{name: t16, image: "u:1", commands: [x], dependents: [{target: t17}]},{name: t17, image: "u:1", commands: [x], dependents: [{target: t18}]},{name: t18, image: "u:1", commands: [x], dependents: [{target: t19}]},{name: t19, image: "u:1", commands: [x], dependents: [{target: t0}]}]"#,
        &[
            "spec.tasks[0].dependents[0].target: dependents form a cycle: t0 -> t1 -> t2 -> t3 -> t4 -> t5 -> t6 -> t7 -> t8 -> t9 -> t10 -> t11 -> … 8 more … -> t0; remove one of the 20 dependents",
        ],
    );
}
