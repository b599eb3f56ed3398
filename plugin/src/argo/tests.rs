//! What is refused and what is said of it, and bounds.

mod properties;

use std::time::{Duration, Instant};

use gene_types::field::FieldError;
use serde_json::{Value, json};

use super::*;

/// A Workflow of these templates that begins with the first one.
fn workflow(templates: &Value) -> Value {
    let entrypoint = &templates[0]["name"];
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": "w"},
        "spec": {"entrypoint": entrypoint, "templates": templates},
    })
}

fn echo() -> Value {
    json!({"name": "echo", "container": {"image": "i", "command": ["echo", "x"]}})
}

/// A Workflow whose dag has these tasks; `echo` is there for them.
fn dag(tasks: &Value) -> Value {
    workflow(&json!([{"name": "main", "dag": {"tasks": tasks}}, echo()]))
}

fn one_template(template: &Value) -> Value {
    workflow(&json!([template]))
}

fn said(faults: &[FieldError]) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}

fn errors(document: &Value) -> Vec<String> {
    said(&convert(document, &[]).map(|converted| converted.execution).unwrap_err().errors)
}

fn converted(document: &Value) -> Converted {
    convert(document, &[]).unwrap_or_else(|refusal| panic!("{:?}", said(&refusal.errors)))
}

#[test]
#[allow(clippy::too_many_lines, reason = "one table")]
fn what_would_run_otherwise_is_refused() {
    let dag_path = "spec.templates[0].dag.tasks";
    let task = |more: Value| {
        let mut task = json!({"name": "b", "template": "echo", "depends": "a"});
        for (key, value) in more.as_object().unwrap() {
            task[key] = value.clone();
        }
        dag(&json!([{"name": "a", "template": "echo"}, task]))
    };
    let template = |more: Value| {
        let mut template = echo();
        for (key, value) in more.as_object().unwrap() {
            template[key] = value.clone();
        }
        one_template(&template)
    };
    let container = |container: Value| one_template(&json!({"name": "t", "container": container}));
    let all = "an Execution's task waits until all that it names have succeeded: write A && B";
    let cases = [
        (
            task(json!({"depends": "a.Failed"})),
            format!("{dag_path}[1].depends: a task can wait for \"a\" to succeed, not for Failed; {all}"),
        ),
        (
            dag(&json!([
                {"name": "a", "template": "echo"}, {"name": "b", "template": "echo"},
                {"name": "c", "template": "echo", "depends": "a || b"},
            ])),
            format!(
                "{dag_path}[2].depends: a task waits for all that it depends on, never for one of several; {all}"
            ),
        ),
        (
            task(json!({"depends": "aa"})),
            format!("{dag_path}[1].depends: no task is called \"aa\"; there is a task \"a\""),
        ),
        (
            dag(&json!([
                {"name": "a", "template": "echo", "dependencies": ["c"]},
                {"name": "b", "template": "echo", "depends": "a"},
                {"name": "c", "template": "echo", "depends": "b"},
            ])),
            format!(
                "{dag_path}[0].dependencies: the tasks wait for each other in a circle: a -> c -> b -> a; take out one of the dependencies"
            ),
        ),
        (
            task(json!({"template": "ecko"})),
            format!("{dag_path}[1].template: no template is called \"ecko\"; there is a template \"echo\""),
        ),
        (
            task(json!({"continueOn": {"failed": true}})),
            format!(
                "{dag_path}[1].continueOn: \"continueOn\" cannot be carried over, and decides what runs; write the command so that it succeeds: COMMAND || true"
            ),
        ),
        (
            task(json!({"when": "{{tasks.a.outputs.result}} != no"})),
            format!(
                "{dag_path}[1].when: this condition cannot be carried over: what a task printed can only be asked to be one text: \"{{{{tasks.NAME.outputs.result}}}}\" == \"TEXT\"; put the test into the command: if …; then …; fi"
            ),
        ),
        (
            task(json!({"withParam": "{{tasks.a.outputs.result}}"})),
            format!(
                "{dag_path}[1].withParam: \"a\" prints its items as a JSON list, which no Execution reads; let it print one item a line, and write commandsIter: {{varsIter: [[get_result, a, \"\\n\"]]}} by hand"
            ),
        ),
        (
            task(json!({"withItems": [1], "withParam": "[]"})),
            format!("{dag_path}[1]: withItems and withParam stand side by side; keep one of them"),
        ),
        (
            task(json!({"withSequence": {"count": 1_000_000_000}})),
            format!(
                "{dag_path}[1].withSequence: this sequence has 1,000,000,000 items; an Execution has at most 100,000 commands; let each command do more of them"
            ),
        ),
        (
            template(json!({"daemon": true})),
            "spec.templates[0].daemon: \"daemon\" cannot be carried over, and decides what runs; what has to run beside the tasks is no part of an Execution: start it before".to_owned(),
        ),
        (
            one_template(&json!({"name": "wait", "suspend": {}})),
            "spec.templates[0].suspend: \"suspend\" cannot be carried over, and decides what runs; split the Workflow in two, or use kubectl gene suspend and resume".to_owned(),
        ),
        (
            one_template(&json!({"name": "nothing"})),
            "spec.templates[0]: the template consists of nothing; give it one of container, script, dag and steps".to_owned(),
        ),
        (
            template(json!({"inputs": {"artifacts": [{"name": "in", "path": "/in"}]}})),
            "spec.templates[0].inputs.artifacts: \"artifacts\" cannot be carried over, and decides what runs; let the tasks share a volume".to_owned(),
        ),
        (
            template(json!({"retryStrategy": {}})),
            "spec.templates[0].retryStrategy: without a limit it is tried for ever; write limit: and a number up to 99".to_owned(),
        ),
        (
            container(json!({"image": "i", "args": ["x"]})),
            "spec.templates[0].container: the container has no command: which program its image starts is not known here; write command: and the program, as the image's ENTRYPOINT has it".to_owned(),
        ),
        (
            container(json!({
                "image": "i", "command": ["echo", "$(KEY)"],
                "env": [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
            })),
            "spec.templates[0].container.command[1]: $(KEY) is known in the pod only; let a shell put it in: command: [sh, -c], with $KEY in the text".to_owned(),
        ),
        (
            container(json!({"image": "i", "command": ["echo", "{{pod.name}}", "{{=1+1}}", "{{item}}", "{{x"]})),
            "spec.templates[0].container.command[1]: {{pod.name}} stands for nothing that an Execution has; write the value itself; what a task leaves for another goes through a volume\n\
             spec.templates[0].container.command[2]: the expression \"=1+1\" is not worked out; write the value itself, or work it out in the command\n\
             spec.templates[0].container.command[3]: {{item}} stands here without a loop; give the task withItems\n\
             spec.templates[0].container.command[4]: a \"{{\" is never closed; close it with }}; Argo has no way to write {{ itself".to_owned(),
        ),
        (
            container(json!({"image": "two words", "command": ["echo", "x"]})),
            "spec.templates[0].container.image: image must not contain blanks; name the container image, like image: ubuntu:24.04".to_owned(),
        ),
        (
            container(json!({"image": "i", "command": ["echo", "x"], "volumeMounts": [{"name": "v", "mountPath": "/v"}]})),
            "spec.templates[0].container.volumeMounts[0].name: no volume is called \"v\"; declare it in the volumes of the template or of the Workflow".to_owned(),
        ),
        (
            one_template(&json!({"name": "t", "script": {"image": "r", "command": ["Rscript"], "source": "1"}})),
            "spec.templates[0].script.command: how \"Rscript\" is given a script is not known; use sh, bash, python, perl, ruby or node; or mount the script and make it a container".to_owned(),
        ),
        (
            workflow(&json!([
                {"name": "a", "steps": [[{"name": "s", "template": "b"}]]},
                {"name": "b", "steps": [[{"name": "s", "template": "a"}]]},
            ])),
            "spec.templates[0]: the template uses itself: a -> b -> a; an Execution's tasks are known before it runs: write each round as a task".to_owned(),
        ),
        (
            workflow(&json!([{"name": "main", "steps": [[{"name": "s", "template": "need"}]]},
                {"name": "need", "inputs": {"parameters": [{"name": "p"}]}, "container": {"image": "i", "command": ["echo", "{{inputs.parameters.p}}"]}}])),
            "spec.templates[0].steps[0][0]: the template's input parameter \"p\" gets no value here; pass it in arguments.parameters, or give it a default".to_owned(),
        ),
        (
            dag(&json!([{"name": "a", "template": "echo", "when": "1 == 2"}])),
            "spec.entrypoint: nothing would run; an Execution has at least one task: see the warnings for what is left out".to_owned(),
        ),
    ];
    for (document, expected) in cases {
        assert_eq!(errors(&document).join("\n"), expected, "{document}");
    }
}

#[test]
fn a_condition_is_carried_over_only_where_an_execution_can_say_it() {
    let ask = "{{tasks.ask.outputs.result}} == yes";
    let check = |tasks: Value, expected: &str| {
        let found = errors(&workflow(&json!([
            {"name": "main", "dag": {"tasks": tasks}},
            {"name": "echo", "container": {"image": "i", "command": ["echo", "x"]}},
            {"name": "more", "steps": [[{"name": "s", "template": "echo"}]]},
        ])));
        assert!(found.len() == 1 && found[0].contains(expected), "{found:?}");
    };
    let two = [json!({"name": "ask", "template": "echo"}), json!({"name": "other", "template": "echo"})];
    let and = |task: Value| json!([two[0], two[1], task]);
    check(
        and(json!({"name": "t", "template": "echo", "depends": "ask && other", "when": ask})),
        "a task that asks what \"ask\" printed can wait for that task alone",
    );
    check(
        and(json!({"name": "t", "template": "more", "depends": "ask", "when": ask})),
        "whether all of a dag or of steps runs cannot be decided as it runs: it asks what a task printed",
    );
    check(
        json!([{"name": "ask", "template": "echo", "withItems": [1, 2]},
            {"name": "t", "template": "echo", "depends": "ask", "when": ask}]),
        "\"ask\" is not one single command",
    );
    check(
        json!([two[0], {"name": "may", "template": "echo", "depends": "ask", "when": ask},
            {"name": "after", "template": "echo", "depends": "may.Succeeded"},
            {"name": "t", "template": "more", "depends": "after"}]),
        "whether all of a dag or of steps runs cannot be decided as it runs: what it waits for may be left out",
    );
    check(
        json!([two[0], {"name": "may", "template": "echo", "depends": "ask", "when": ask},
            {"name": "t", "template": "echo", "depends": "may", "when": "{{tasks.may.outputs.result}} == x"}]),
        "\"may\" may be left out itself",
    );
}

/// By name: what each task waits for, an `!` behind what counts as done when it is skipped.
fn waits(execution: &Value) -> Vec<(String, String)> {
    let tasks = execution["spec"]["tasks"].as_array().unwrap();
    let one = |task: &Value| {
        let dependents = task["dependents"].as_array().into_iter().flatten();
        let targets = dependents.map(|dependent| {
            let ignored = dependent["onSkipped"] == "Ignore";
            format!("{}{}", dependent["target"].as_str().unwrap(), if ignored { "!" } else { "" })
        });
        (task["name"].as_str().unwrap().to_owned(), targets.collect::<Vec<_>>().join(" "))
    };
    tasks.iter().map(one).collect()
}

#[test]
fn skipped_is_told_from_omitted() {
    let ask = "{{tasks.ask.outputs.result}} == yes";
    let document = workflow(&json!([
        {"name": "main", "steps": [[{"name": "all", "template": "inner"}], [{"name": "end", "template": "echo"}]]},
        {"name": "inner", "dag": {"tasks": [
            {"name": "ask", "template": "echo"},
            {"name": "long", "template": "echo"},
            {"name": "may", "template": "echo", "depends": "ask", "when": ask},
            // Goes on whether "may" ran or not; is left out with it; is left out with what is left out.
            {"name": "after", "template": "echo", "depends": "may"},
            {"name": "only", "template": "echo", "depends": "may.Succeeded && long"},
            {"name": "then", "template": "echo", "depends": "only"},
        ]}},
        echo(),
    ]));
    let found = waits(&converted(&document).execution);
    let found: Vec<(&str, &str)> =
        found.iter().map(|(name, waits)| (name.as_str(), waits.as_str())).collect();
    assert_eq!(
        found,
        [
            ("all-ask", ""),
            ("all-long", ""),
            ("all-may", "all-ask"),
            ("all-after", "all-may!"),
            ("all-only", "all-long all-may"),
            ("all-then", "all-only"),
            // "then" and "only" are left out as soon as "may" is, while "long" may still run.
            ("end", "all-long all-may! all-after all-only! all-then!"),
        ]
    );
}

#[test]
fn a_loop_is_one_task_where_only_the_command_differs() {
    let template = |command: Value| {
        json!({"name": "t", "inputs": {"parameters": [{"name": "i"}]},
            "container": {"image": "i", "command": command, "env": [{"name": "A", "value": "b"}]}})
    };
    let looped = |template: Value| {
        let main = json!({"name": "main", "steps": [[{
            "name": "x", "template": "t", "withItems": ["p", "q q"],
            "arguments": {"parameters": [{"name": "i", "value": "{{item}}"}]},
        }]]});
        converted(&workflow(&json!([main, template])))
    };
    let item = "{{inputs.parameters.i}}";
    let last = looped(template(json!(["prog", "-x", item])));
    assert_eq!(last.execution["spec"]["tasks"][0]["commands"], json!(["p", "q q"]));
    assert_eq!(last.warnings, []);
    let middle = looped(template(json!(["prog", item, "-x"])));
    assert_eq!(
        middle.execution["spec"]["tasks"][0]["commands"],
        json!(["exec prog p -x", "exec prog 'q q' -x"])
    );
    assert_eq!(
        said(&middle.warnings),
        [
            "spec.templates[1].container: its words become one line for sh, which the image has to have; let only the last word differ from item to item, and have at least two"
        ]
    );
    let mut elsewhere = template(json!(["prog", item]));
    elsewhere["container"]["env"][0]["value"] = item.into();
    let names: Vec<String> = waits(&looped(elsewhere).execution).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["x-0", "x-1"]);
}

#[test]
fn what_is_only_convenient_is_a_warning() {
    let mut document = one_template(&echo());
    document["spec"]["ttlStrategy"] = json!({"secondsAfterCompletion": 60});
    document["spec"]["archiveLogs"] = json!(false);
    document["spec"]["entrypont"] = json!("x");
    document["metadata"]["annotations"] = json!({"workflows.argoproj.io/version": ">= 3", "mine": "kept"});
    let converted = converted(&document);
    let mut warnings = said(&converted.warnings);
    warnings.sort();
    assert_eq!(
        warnings,
        [
            "metadata.annotations[workflows.argoproj.io/version]: \"workflows.argoproj.io/version\" is not carried over; it speaks to Argo alone",
            "spec.entrypont: \"entrypont\" is not known in a Workflow, and not carried over; check its spelling, or take it out",
            "spec.ttlStrategy: \"ttlStrategy\" is not carried over; delete the Execution when it is no longer wanted: its Jobs and pods go with it",
        ]
    );
    assert_eq!(converted.execution["metadata"]["annotations"], json!({"mine": "kept"}));
}

#[test]
fn names_fit_into_those_of_jobs() {
    let mut document = workflow(&json!([
        {"name": "main", "dag": {"tasks": [
            {"name": "A_Task", "template": "echo"},
            {"name": "a-task", "template": "echo"},
            {"name": "a-task-whose-name-is-longer-than-any-can-be", "template": "echo"},
        ]}},
        echo(),
    ]));
    document["metadata"]["name"] = json!("a.workflow-whose-name-is-much-too-long-for-its-jobs");
    let converted = converted(&document);
    let name = converted.execution["metadata"]["name"].as_str().unwrap();
    assert!(name.len() <= 32 && name.starts_with("a-workflow-whose-name-i"), "{name}");
    assert_eq!(converted.warnings.len(), 1, "{:?}", said(&converted.warnings));
    let names = waits(&converted.execution);
    assert_eq!(names[1].0, "a-task");
    for (task, _) in &names {
        assert!(format!("{name}.{task}.0-99").len() <= 63, "{task}");
    }
}

#[test]
fn values_are_given_in_place_of_those_of_the_file() {
    let mut document = one_template(&json!({"name": "t", "container": {
        "image": "i", "command": ["echo", "{{workflow.parameters.a}} {{workflow.parameters.b}}"]}}));
    document["spec"]["arguments"] = json!({"parameters": [
        {"name": "a", "valueFrom": {"configMapKeyRef": {}}}, {"name": "b", "value": 1, "enum": [1, "two"]},
    ]});
    let given = |pairs: &[(&str, &str)]| {
        let pairs: Vec<_> = pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        convert(&document, &pairs)
            .map(|converted| converted.execution["spec"]["tasks"][0]["commands"][0].clone())
            .map_err(|refusal| said(&refusal.errors).join("\n"))
    };
    assert_eq!(given(&[("a", "x")]), Ok(json!("x 1")));
    assert_eq!(given(&[("a", "x"), ("b", "two")]), Ok(json!("x two")));
    assert!(given(&[]).unwrap_err().contains("valueFrom"));
    assert!(given(&[("a", "x"), ("b", "three")]).unwrap_err().contains("\"three\" is none of the values"));
    assert!(given(&[("a", "{{b}}")]).unwrap_err().contains("which Argo would fill in again"));
    assert!(given(&[("a", ""), ("c", "")]).unwrap_err().contains("--parameter c: the Workflow has no such"));
}

/// What multiplies is refused at once, whatever it would come to.
#[test]
fn what_would_grow_without_end_is_refused_at_its_bound() {
    let check = |document: Value, expected: &str| {
        let begun = Instant::now();
        let found = errors(&document);
        assert!(found.iter().any(|error| error.contains(expected)), "{found:?}");
        assert!(begun.elapsed() < Duration::from_mins(1), "{expected}");
    };
    // Each template uses the next one ten times.
    let mut layers: Vec<Value> = (0..20)
        .map(|layer| {
            json!({"name": format!("t{layer}"), "steps": [[
                {"name": "s", "template": format!("t{}", layer + 1), "withSequence": {"count": 10}}]]})
        })
        .collect();
    layers.push(json!({"name": "t20", "container": {"image": "i", "command": ["echo", "x"]}}));
    check(workflow(&Value::Array(layers.clone())), "the Execution would take more than 10,000 tasks");
    // The same without anything that runs.
    layers[20] = json!({"name": "t20", "steps": []});
    check(workflow(&Value::Array(layers)), "the Execution would take more than 250,000 uses of templates");
    // Each passes on twice what it was given.
    let mut layers: Vec<Value> = (0..31)
        .map(|layer| {
            json!({"name": format!("t{layer}"), "inputs": {"parameters": [{"name": "p", "default": "word"}]},
            "steps": [[{"name": "s", "template": format!("t{}", layer + 1), "arguments": {"parameters": [
                {"name": "p", "value": "{{inputs.parameters.p}}{{inputs.parameters.p}}"}]}}]]})
        })
        .collect();
    layers.push(json!({"name": "t31", "inputs": {"parameters": [{"name": "p"}]},
        "container": {"image": "i", "command": ["echo", "{{inputs.parameters.p}}"]}}));
    check(workflow(&Value::Array(layers)), "the Execution would take more than 67,108,864 bytes of text");
    let chain: Vec<Value> = (0..100)
        .map(|layer| {
            json!({"name": format!("t{layer}"), "steps": [[{"name": "s", "template": format!("t{}", layer + 1)}]]})
        })
        .collect();
    check(workflow(&Value::Array(chain)), "templates are used within templates more than 32 deep");
    let many: Vec<Value> = (0..600)
        .map(|number| json!({"name": format!("a{number}"), "template": "echo"}))
        .chain((0..600).map(|number| {
            let all: Vec<String> = (0..600).map(|other| format!("a{other}")).collect();
            json!({"name": format!("b{number}"), "template": "echo", "dependencies": all})
        }))
        .collect();
    check(dag(&Value::Array(many)), "the Execution would take more than 250,000 dependencies");
    let long: Vec<Value> = (0..9_000)
        .map(|number| match number {
            0 => json!({"name": "t0", "template": "echo"}),
            _ => json!({"name": format!("t{number}"), "template": "echo", "depends": format!("t{}", number - 1)}),
        })
        .collect();
    assert_eq!(waits(&converted(&dag(&Value::Array(long))).execution).len(), 9_000);
}
