//! What containers print decides what runs.

use serde_json::{Value, json};

use crate::fixture::{Lab, document, text};

/// The end of each task: `list Succeeded 1/1`.
fn ends(execution: &Value) -> Vec<String> {
    let line = |task: &Value| {
        let total = task["total"].as_u64().map_or("?".to_owned(), |total| total.to_string());
        format!("{} {} {}/{total}", text(&task["name"]), text(&task["phase"]), task["succeeded"])
    };
    execution["status"]["tasks"].as_array().unwrap().iter().map(line).collect()
}

/// Each of these stands in a line of what was said.
fn check_said(said: &str, expected: &[&str]) {
    for expected in expected {
        assert!(said.lines().any(|line| line.contains(expected)), "{expected:?} is not in\n{said}");
    }
}

#[test]
fn a_task_is_made_from_the_output_of_one_that_is_made_from_output() {
    let lab = Lab::new("chain");
    let spec = r#"  tasks:
  - {name: list, image: busybox, commands: [echo x]}
  - name: twice
    image: busybox
    commandsIter: {command: 'echo ${1}1 ${1}2', varsIter: [[get_result, list, " "]]}
    dependents: [{target: list}]
  - name: work
    image: busybox
    commandsIter: {command: 'echo work on ${1}', varsIter: [[get_result, twice, " "]]}
    dependents: [{target: twice}]
  - name: check
    image: busybox
    commands: [echo checked 0, echo checked 1]
    dependents: [{target: work, type: iterate}]
  - name: silent
    image: busybox
    commands: ['true']
  - name: nothing
    image: busybox
    commandsIter: {command: 'echo ${1}', varsIter: [[get_result, silent, " "]]}
    dependents: [{target: silent}]
  - {name: end, image: busybox, commands: [echo end], dependents: [{target: check}, {target: nothing}]}
"#;
    let said = lab.submit(&document("chain", spec), &["--wait"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let execution = lab.execution("chain");
    assert_eq!(
        ends(&execution),
        [
            "list Succeeded 1/1",
            "twice Succeeded 1/1",
            "work Succeeded 2/2",
            "check Succeeded 2/2",
            "silent Succeeded 1/1",
            "nothing Succeeded 0/0",
            "end Succeeded 1/1"
        ]
    );
    for (index, value) in ["x1", "x2"].iter().enumerate() {
        let said = lab.succeed(&["logs", &format!("chain/work/{index}")]);
        assert_eq!(said.out.trim_end(), format!("work on {value}"));
    }
    let tree = lab.succeed(&["tree", "chain"]).out;
    check_said(
        &tree,
        &[
            "1 vertex from what list printed",
            "2 vertices from what twice printed",
            "no vertex from what silent printed",
        ],
    );
    let page = lab.succeed(&["describe", "chain/twice"]).out;
    check_said(&page, &["1 vertex from what list printed", "config map \"chain.twice.result-0\""]);
}

#[test]
fn only_the_branches_that_are_meant_run_and_what_joins_them() {
    let lab = Lab::new("branch");
    let spec = r#"  tasks:
  - {name: ask, image: busybox, commands: ['echo layout:paired,lanes:7']}
  - {name: word, image: busybox, commands: [echo paired]}
  - {name: paired, image: busybox, commands: [echo paired], dependents: [{target: word}], condition: {condition: [check_result, word, paired]}}
  - {name: single, image: busybox, commands: [echo single], dependents: [{target: word}], condition: {condition: [check_result, word, single]}}
  - {name: trim, image: busybox, commands: [echo trim], dependents: [{target: single}]}
  - name: many
    image: busybox
    commands: [echo many]
    dependents: [{target: ask}]
    genericCondition: {dependJobName: ask, matchRules: [{key: lanes, operator: Gt, values: ["5"]}]}
  - name: few
    image: busybox
    commands: [echo few]
    dependents: [{target: ask}]
    genericCondition: {dependJobName: ask, matchRules: [{key: lanes, operator: Lt, values: ["6"]}]}
  - {name: never, image: busybox, commands: [echo never], condition: {condition: [false]}}
  - name: merge
    image: busybox
    commands: [echo merged]
    dependents:
    - {target: paired, onSkipped: Ignore}
    - {target: trim, onSkipped: Ignore}
    - {target: many, onSkipped: Ignore}
    - {target: few, onSkipped: Ignore}
    - {target: never, onSkipped: Ignore}
"#;
    let said = lab.submit(&document("branch", spec), &["--wait"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let execution = lab.execution("branch");
    assert_eq!(
        ends(&execution),
        [
            "ask Succeeded 1/1",
            "word Succeeded 1/1",
            "paired Succeeded 1/1",
            "single Skipped 0/1",
            "trim Skipped 0/1",
            "many Succeeded 1/1",
            "few Skipped 0/1",
            "never Skipped 0/1",
            "merge Succeeded 1/1"
        ]
    );
    assert_eq!(lab.jobs("branch").len(), 5);
    let why = [
        "condition: \"word\" printed \"paired\", not \"single\"",
        "it depends on \"single\", which was skipped",
        "genericCondition: \"ask\" printed \"layout:paired,lanes:7\"; no rule holds: lanes Lt 6",
        "its condition is false",
    ];
    check_said(&lab.succeed(&["tree", "branch"]).out, &why);
    check_said(&lab.succeed(&["describe", "branch"]).out, &why);
    check_said(&lab.succeed(&["describe", "branch/single"]).out, &["if \"word\" prints \"single\""]);
    check_said(&lab.succeed(&["describe", "branch/single/0"]).out, &why[..1]);
}

#[test]
fn a_mebibyte_of_output_is_used_and_a_byte_more_is_refused() {
    let lab = Lab::new("mebibyte");
    // Sixteen lines of 64 KiB each, their ends among them.
    let spec = r#"  failurePolicy: Continue
  tasks:
  - {name: full, image: busybox, commands: ['yes $(printf %065535d 0) | head -n 16']}
  - {name: over, image: busybox, commands: ['yes $(printf %065535d 0) | head -n 16; printf x']}
  - name: lines
    image: busybox
    commandsIter: {command: 'printf %s "$GENE_ARG_1" | wc -c', varsIter: [[get_result, full, "\n"]]}
    dependents: [{target: full}]
  - name: refused
    image: busybox
    commandsIter: {command: 'echo "$GENE_ARG_1"', varsIter: [[get_result, over, "\n"]]}
    dependents: [{target: over}]
"#;
    let said = lab.submit(&document("mebibyte", spec), &["--wait"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    let execution = lab.execution("mebibyte");
    assert_eq!(
        ends(&execution),
        ["full Succeeded 1/1", "over Succeeded 1/1", "lines Succeeded 16/16", "refused Failed 0/?"]
    );
    let message =
        "the output of \"over\" cannot be used: it has over 1 MiB (1,048,576 bytes), the most that is read";
    assert_eq!(execution["status"]["tasks"][3]["message"], json!(message));
    check_said(&lab.succeed(&["tree", "mebibyte"]).out, &[message, "16 vertices from what full printed"]);
    assert_eq!(lab.succeed(&["logs", "mebibyte/lines/15"]).out.trim(), "65535");
}
