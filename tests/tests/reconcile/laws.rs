//! What must hold after every run.

use std::collections::{BTreeMap, BTreeSet};

use gene_controller::permissions;
use gene_tests::fake::{audit::Call, object, request::Verb, resource::Resource};
use gene_types::v1alpha1::ExecutionStatus;

use crate::world::{CONTROLLER, World, is_terminal, status};

/// Everything, where nobody deletes Jobs by hand.
pub fn hold(world: &World) {
    hold_but(world, &BTreeSet::new());
}

/// Everything; the Jobs of these uids were deleted by hand.
pub fn hold_but(world: &World, deleted: &BTreeSet<String>) {
    let broken = broken(world, Some(deleted));
    if !broken.is_empty() {
        world.tell();
        panic!("{}", broken.join("\n"));
    }
}

/// What does not hold, in words. `deleted`: the uids of Jobs that were deleted by hand; `None` where two controllers at
/// once were to end something: one may make again, and after what waits for it, what the other has ended. That is what the
/// Lease is there for.
pub fn broken(world: &World, deleted: Option<&BTreeSet<String>>) -> Vec<String> {
    let mut broken = deleted.map(|deleted| twice(world, deleted)).unwrap_or_default();
    broken.extend(forbidden(world));
    for execution in world.fake.all(Resource::Executions) {
        let name = object::name(&execution);
        let status = status(&world.fake, name).unwrap();
        let is_by_pods = execution["spec"]["startOn"] == "PodSucceeded";
        if deleted.is_some() {
            broken.extend(disordered(world, object::uid(&execution), &status, is_by_pods));
        }
        broken.extend(inconsistent(name, &status));
        if is_terminal(&status.phase) && status.phase != "Error" {
            broken.extend(left_over(world, object::uid(&execution)));
        }
    }
    broken
}

/// No two Jobs for one vertex and attempt. Those of an Execution that was deleted do not count: the garbage collector
/// may free a name while it is not known whether a create was carried out, and takes what is made of it again.
fn twice(world: &World, deleted: &BTreeSet<String>) -> Vec<String> {
    let journal = world.fake.journal();
    let executions = world.fake.all(Resource::Executions);
    let owners: BTreeSet<&str> = executions.iter().map(|execution| object::uid(execution)).collect();
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for job in journal
        .jobs
        .iter()
        .filter(|job| owners.contains(job.owner_uid.as_str()) && !deleted.contains(&job.uid))
    {
        *counts.entry((&job.owner_uid, &job.name)).or_default() += 1;
    }
    let twice = counts.iter().filter(|(_, count)| **count > 1);
    twice.map(|((_, name), count)| format!("job \"{name}\" was created {count} times")).collect()
}

/// The controller calls nothing for which it has no rule.
fn forbidden(world: &World) -> Vec<String> {
    let is_allowed = |call: &&Call| {
        let resource = match call.subresource {
            "" => call.resource.plural().to_owned(),
            subresource => format!("{}/{subresource}", call.resource.plural()),
        };
        permissions::allows(call.resource.group(), &resource, call.verb.as_str())
    };
    let audit = world.fake.audit();
    let calls = audit.calls.iter().filter(|call| call.user == CONTROLLER && !is_allowed(call));
    calls.map(|call| format!("there is no rule for {call:?}")).collect()
}

/// Children begin when their parents have ended. Where a pod's end counts, a restart that finds the Job complete
/// records that time, which may be a second later.
fn disordered(world: &World, uid: &str, status: &ExecutionStatus, is_by_pods: bool) -> Vec<String> {
    let journal = world.fake.journal();
    let jobs: BTreeSet<&str> =
        journal.jobs.iter().filter(|job| job.owner_uid == uid).map(|job| job.uid.as_str()).collect();
    let runs_of = |name| journal.runs_of(name).filter(|run| jobs.contains(run.job_uid.as_str()));
    let mut broken = Vec::new();
    for parent in status.vertices.values() {
        let ends = runs_of(parent.name.as_str()).filter_map(|run| run.ended);
        let ended = ends.filter(|(_, code)| *code == 0).map(|(at, _)| at).min();
        for child in &parent.children {
            if let Some(began) = runs_of(child.as_str()).map(|run| run.started).min()
                && ended.is_none_or(|ended| began < ended)
            {
                broken.push(format!("\"{child}\" began before \"{}\" had ended", parent.name));
            }
            let Some(child) = status.vertices.get(child) else { continue };
            let (ended, began) = (&parent.finished_at, &child.started_at);
            if ended.is_none() || (began < ended && !is_by_pods) {
                broken
                    .push(format!("by the status \"{}\" began before \"{}\" ended", child.name, parent.name));
            }
        }
    }
    broken
}

/// Counts add up, and an end is one.
fn inconsistent(name: &str, status: &ExecutionStatus) -> Vec<String> {
    let mut broken = Vec::new();
    for task in &status.tasks {
        let counted =
            task.pending + task.running + task.succeeded + task.failed + task.skipped + task.cancelled;
        if task.total.is_some_and(|total| total != counted) {
            broken.push(format!("the counts of {name}/{} do not add up: {task:?}", task.name));
        }
    }
    if is_terminal(&status.phase) && status.phase != "Error" {
        let running: i32 = status.tasks.iter().map(|task| task.running).sum();
        if running > 0 || status.finished_at.is_none() || status.started_at.is_none() {
            broken.push(format!("\"{name}\" has ended and has not: {status:?}"));
        }
        let expected = if status.phase == "Succeeded" { "Complete" } else { "Failed" };
        if !status.conditions.iter().any(|c| c.type_ == expected && c.status == "True") {
            broken.push(format!("\"{name}\" lacks the condition {expected}: {:?}", status.conditions));
        }
        let first = status.vertices.values().filter_map(|vertex| vertex.started_at.as_ref()).min();
        if first.is_some_and(|first| Some(first) < status.started_at.as_ref()) {
            broken.push(format!("\"{name}\" began after its first vertex: {status:?}"));
        }
    }
    broken
}

/// Nothing goes on when the Execution has ended.
fn left_over(world: &World, uid: &str) -> Vec<String> {
    let jobs = world.fake.all(Resource::Jobs);
    let ours = jobs
        .iter()
        .filter(|job| object::owner_uids(job).any(|owner| owner == uid) && !object::is_terminating(job));
    let journal = world.fake.journal();
    let unfinished = ours.filter(|job| {
        // Under `startOn: PodSucceeded` the end is the last pod's, not the last Job's.
        let has_succeeded = journal
            .runs
            .iter()
            .any(|run| run.job_uid == object::uid(job) && run.ended.is_some_and(|(_, code)| code == 0));
        if has_succeeded {
            return false;
        }
        let conditions = job.pointer("/status/conditions").and_then(serde_json::Value::as_array);
        !conditions.into_iter().flatten().any(|c| c["type"] == "Complete" || c["type"] == "Failed")
    });
    unfinished.map(|job| format!("\"{}\" goes on after the end", object::name(job))).collect()
}

/// How many calls the controller made that change something, Events and Leases apart.
pub fn writes(world: &World) -> usize {
    world.fake.audit().count(CONTROLLER, |call| {
        call.is_write() && ![Resource::Events, Resource::Leases].contains(&call.resource)
    })
}

/// The reads of the controller, lists of watches that begin and reads of results apart.
pub fn reads(world: &World) -> Vec<String> {
    let audit = world.fake.audit();
    let reads = audit.calls.iter().filter(|call| {
        let is_of_watch = call.verb == Verb::List && call.namespace.is_empty();
        call.user == CONTROLLER && call.is_read() && !is_of_watch
    });
    reads.map(|call| format!("{:?} {:?} {}", call.verb, call.resource, call.name)).collect()
}
