//! What the original never ended, ended wrongly or took for ever over: workflows in its own grammar, whatever becomes of the
//! controller on the way, and its habits with Jobs and status.

use std::{iter::successors, time::Duration};

use gene_tests::fake::{
    Options,
    fault::{Fault, Schedule},
    resource::Resource,
};
use gene_types::Limits;
use gene_workflow::{Request, compile};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    laws,
    world::{CONTROLLER, World},
};

/// The spec that these tasks of a workflow are compiled to; each has a tool.
fn spec(tasks: &str) -> Value {
    let mut workflow: Value = serde_saphyr::from_str(&format!(
        "{{inputs: {{run: {{type: bool, value: true}}}}, workflow: {tasks}}}"
    ))
    .unwrap();
    for task in workflow["workflow"].as_object_mut().unwrap().values_mut() {
        task["tool"] = "busybox:1.37".into();
    }
    let tool = json!({"name": "busybox", "version": "1.37", "image": "busybox:1.37"});
    let request = Request {
        workflow: &workflow,
        task_order: &[],
        inputs: None,
        sets: &[],
        tools: &[&tool],
        name: "x",
        limits: &Limits::CLUSTER,
    };
    let compiled = compile(&request).unwrap_or_else(|faults| panic!("{tasks}: {faults:#?}"));
    compiled.execution["spec"].clone()
}

fn tasks(world: &World) -> Vec<String> {
    let line = |task: &gene_types::v1alpha1::TaskStatus| {
        format!("{} {} {}", task.name, task.phase, task.total.map_or("?".into(), |total| total.to_string()))
    };
    world.status("x").tasks.iter().map(line).collect()
}

/// What hung or failed there, the tasks, and what each of them comes to.
type Case = (&'static str, String, &'static [&'static str]);

fn cases() -> Vec<Case> {
    let long = (0..300).map(|number| format!("token{number:03}")).collect::<Vec<_>>().join(" ");
    vec![
        (
            "a condition that is false",
            "{a: {commands: [do], condition: false}, b: {commands: [do], depends: [{target: a}]}, c: {commands: [do], depends: [{target: b}]}}".into(),
            &["a Skipped 1", "b Skipped 1", "c Skipped 1"],
        ),
        (
            "switch and case",
            "{a: {commands: [print 2]},
              one: {commands: [do], condition: 'check_result(a, \"1\")', depends: [{target: a}]},
              three: {commands: [do, do], condition: 'check_result(a, \"3\")', depends: [{target: a}]},
              two: {commands: [do], condition: 'check_result(a, \"2\")', depends: [{target: a}]},
              z: {commands: [do], depends: [{target: one, on_skipped: Ignore}, {target: two, on_skipped: Ignore}, {target: three, on_skipped: Ignore}]}}".into(),
            &["a Succeeded 1", "one Skipped 1", "three Skipped 2", "two Succeeded 1", "z Succeeded 1"],
        ),
        (
            "rules none of which holds",
            "{a: {commands: ['print k:1']},
              b: {commands: [do], depends: [{target: a}], generic_condition: {depend_job_name: a, match_rules: [{key: k, operator: Gt, values: ['1']}]}},
              c: {commands: [do], depends: [{target: a}]}}".into(),
            &["a Succeeded 1", "b Skipped 1", "c Succeeded 1"],
        ),
        (
            "a skipped parent beside a live one",
            "{a: {commands: [do], condition: false}, live: {commands: [sleep 3]}, z: {commands: [do], depends: [{target: a}, {target: live}]}}".into(),
            &["a Skipped 1", "live Succeeded 1", "z Skipped 1"],
        ),
        (
            "iterating over a dynamic task, and from it",
            "{a: {commands: [print p q]},
              b: {commands_iter: {command: 'do ${1}', vars_iter: ['get_result(a, \" \")']}, depends: [{target: a}]},
              c: {commands: [do, do], depends: [{target: b, type: iterate}]},
              d: {commands_iter: {command: 'do ${1}', vars_iter: ['get_result(a, \" \")']}, depends: [{target: a}]}}".into(),
            &["a Succeeded 1", "b Succeeded 2", "c Succeeded 2", "d Succeeded 2"],
        ),
        (
            "the result of a conditional task, and of a dynamic one",
            "{a: {commands: [print yes]},
              b: {commands: [print 1 2], condition: 'check_result(a, \"yes\")', depends: [{target: a}]},
              c: {commands_iter: {command: 'print ${1}', vars_iter: ['get_result(b)']}, depends: [{target: b}]},
              d: {commands_iter: {command: 'do ${1}', vars_iter: ['get_result(c, \" \")']}, depends: [{target: c}]}}".into(),
            &["a Succeeded 1", "b Succeeded 1", "c Succeeded 1", "d Succeeded 2"],
        ),
        (
            "a result with nothing in it",
            "{a: {commands: [print]},
              b: {commands_iter: {command: 'do ${1}', vars_iter: ['get_result(a, \" \")']}, depends: [{target: a}]},
              c: {commands: [do], depends: [{target: b}]}}".into(),
            &["a Succeeded 1", "b Succeeded 0", "c Succeeded 1"],
        ),
        (
            "a result beyond 1124 bytes",
            format!(
                "{{a: {{commands: [print {long}]}},
                  b: {{commands_iter: {{command: 'do ${{1}}', vars_iter: ['get_result(a, \" \")']}}, depends: [{{target: a}}]}},
                  c: {{commands: [do], condition: 'check_result(a, \"{long}\")', depends: [{{target: a}}]}}}}"
            ),
            &["a Succeeded 1", "b Succeeded 300", "c Succeeded 1"],
        ),
        (
            "a condition of a bool input on a root",
            "{a: {commands: [do], condition: '${run}'}, b: {commands: [do], depends: [{target: a}]}}".into(),
            &["a Succeeded 1", "b Succeeded 1"],
        ),
        (
            "rows on a root, and rows alone",
            "{a: {commands_iter: {command: 'do ${1}', vars_iter: ['range(0,3)']}}, b: {commands_iter: {command: 'do ${1}', vars: [[p], [q]]}}}".into(),
            &["a Succeeded 3", "b Succeeded 2"],
        ),
        (
            "a dependency without a type",
            "{a: {commands: [do, do]}, b: {commands: [do, do, do], depends: [{target: a}]}}".into(),
            &["a Succeeded 2", "b Succeeded 3"],
        ),
        (
            "two parents of a conditional task that end together",
            "{a: {commands: [do]}, b: {commands: [do]}, c: {commands: [do, do], condition: true, depends: [{target: a}, {target: b}]}, d: {commands: [do], depends: [{target: c}]}}".into(),
            &["a Succeeded 1", "b Succeeded 1", "c Succeeded 2", "d Succeeded 1"],
        ),
    ]
}

#[tokio::test(start_paused = true)]
async fn what_the_original_never_ended() {
    for (what, workflow, expected) in cases() {
        let spec = spec(&workflow);
        // The controller is killed at one of its calls, the later the rarer, until a run has none with that number.
        for call in successors(Some(0), |call| Some(call + 1 + call / 2)) {
            let faults = Schedule::at_call(CONTROLLER, call, Fault::Crash { is_done: call % 2 == 0 });
            let world = World::with(Options { faults, ..Options::default() });
            let first = world.controller();
            world.submit("x", spec.clone()).await;
            let (status, is_killed) = tokio::select! {
                status = world.ended("x") => (status, false),
                () = first.process.killed() => {
                    drop(first);
                    let _second = world.controller();
                    (world.ended("x").await, true)
                }
            };
            assert_eq!(
                (status.phase.as_str(), tasks(&world)),
                ("Succeeded", expected.iter().map(|line| (*line).to_owned()).collect()),
                "{what}, killed at call {call}: {is_killed}: {}",
                status.message
            );
            laws::hold(&world);
            if !is_killed {
                assert!(call > 3, "{what}: only {call} calls");
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_tasks_of_one_name_are_an_error() {
    let world = World::new();
    let _controller = world.controller();
    world
        .submit("x", json!({"tasks": [{"name": "a", "commands": ["do"]}, {"name": "a", "commands": ["do"]}]}))
        .await;
    let status = world.ended("x").await;
    assert_eq!(status.phase, "Error");
    assert!(status.message.contains("two tasks are called \"a\""), "{}", status.message);
    assert_eq!(world.fake.journal().jobs.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_has_ended_is_not_run_again_by_another_controller() {
    let world = World::new();
    let first = world.controller();
    world.submit("x", spec("{a: {commands: [do, do]}, b: {commands: [do], depends: [{target: a}]}}")).await;
    let status = world.ended("x").await;
    for name in ["x.a.0", "x.a.1", "x.b.0"] {
        world.delete_job(name).await;
    }
    first.kill();
    let _second = world.controller();
    sleep(Duration::from_mins(10)).await;
    assert_eq!(world.status("x"), status);
    assert_eq!(world.fake.journal().jobs.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_result_is_that_of_the_attempt_that_succeeded() {
    let world = World::new();
    let _controller = world.controller();
    let mut spec = spec(
        "{a: {commands: [print p q; flaky 2]},
          b: {commands_iter: {command: 'do ${1}', vars_iter: ['get_result(a, \" \")']}, depends: [{target: a}]}}",
    );
    spec["tasks"][0]["retry"] = json!({"limit": 3});
    world.submit("x", spec).await;
    assert_eq!(world.ended("x").await.phase, "Succeeded");
    assert_eq!((world.created("x.a.0-2"), world.created("x.b.1"), world.created("x.b.2")), (1, 1, 0));
    laws::hold(&world);
}

#[tokio::test(start_paused = true)]
async fn the_next_begins_when_there_is_room_and_not_ten_seconds_later() {
    let world = World::new();
    let _controller = world.controller();
    let mut spec = spec("{a: {commands: [sleep 0.15, sleep 0.15, sleep 0.15, sleep 0.15]}}");
    spec["parallelism"] = json!(1);
    let began = world.fake.elapsed();
    world.submit("x", spec).await;
    assert_eq!(world.ended("x").await.phase, "Succeeded");
    let took = world.fake.elapsed().saturating_sub(began);
    // A Job takes the Job controller some two seconds beyond its containers.
    assert!(took < Duration::from_secs(10), "{took:?}");
    laws::hold(&world);
}

#[tokio::test(start_paused = true)]
async fn a_status_that_somebody_was_faster_than_is_written_anew() {
    let mut left = 10;
    let world = World::faulty(Schedule::calls(move |point| {
        let is_status = point.user == CONTROLLER
            && point.request.resource == Resource::Executions
            && point.request.subresource == "status";
        if !is_status || left == 0 {
            return None;
        }
        left -= 1;
        Some(Fault::Touch)
    }));
    let _controller = world.controller();
    world.submit("x", spec("{a: {commands: [do]}, b: {commands: [do], depends: [{target: a}]}}")).await;
    assert_eq!(world.ended("x").await.progress, "2/2");
    let conflicts = world.fake.audit().count(CONTROLLER, |call| call.code == 409);
    assert_eq!(conflicts, 10);
    laws::hold(&world);
}
