//! The Job controller: counts pods, makes new ones, and ends the Job, in the order and with the fields of the real one.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    Simulator, TRACKING, Task,
    status::{
        add_condition, condition, condition_of, note_uncounted, number, set_or_remove, set_suspended,
        uncounted, uncounted_uids,
    },
};
use crate::fake::{
    clock, collector, create,
    delete::{self, DeleteOptions},
    object,
    resource::Resource,
    store::Key,
};

/// The wait before the pod after the first failed one; it doubles up to the most.
const POD_BACKOFF: Duration = Duration::from_secs(10);
const POD_BACKOFF_MOST: Duration = Duration::from_mins(10);

/// The failures of a Job's pods since the last success.
#[derive(Clone, Copy, Debug)]
pub struct Failures {
    count: u32,
    last: Instant,
}

/// What the pods of a Job say.
struct Count {
    active: Vec<Arc<Value>>,
    terminating: usize,
    ready: usize,
    /// Not counted yet.
    succeeded: Vec<String>,
    failed: Vec<String>,
}

impl Simulator {
    /// Looks at a Job and does what there is to do.
    pub(super) fn sync(&mut self, key: &Key) {
        let Some(job) = self.cluster.get(Resource::Jobs, &key.0, &key.1) else { return };
        if condition(&job, "Complete").is_some() || condition(&job, "Failed").is_some() {
            return;
        }
        let mut status = job["status"].clone();
        let is_suspended = job["spec"]["suspend"] == true;
        let pods = self.pods_of(&job);
        let mut count = count(&status, &pods);
        self.remember_failures(object::uid(&job), &count);
        if status["startTime"].is_null() && !is_suspended {
            status["startTime"] = self.now_text();
        }
        let verdict = self.verdict(&job, &status, &pods, &count, key);
        let mut active = count.active.len();
        if let Some((kind, _, _)) = &verdict {
            if *kind == "FailureTarget" {
                self.end_pods(&mut count);
                count.failed = tracked(&status, &pods, |pod| phase(pod) != "Succeeded");
            }
            active = count.active.len();
        } else if is_suspended {
            self.end_pods(&mut count);
            active = 0;
            set_suspended(&mut status, true, &self.now_text());
        } else {
            if set_suspended(&mut status, false, &self.now_text()) {
                status["startTime"] = self.now_text();
            }
            if !object::is_terminating(&job) {
                active += self.make_pods(&job, &status, &count, key);
            }
        }
        let mut verdict = verdict;
        let done =
            number(&status, "succeeded") + count.succeeded.len() as i64 + uncounted(&status, "succeeded");
        let is_complete = done >= job["spec"]["completions"].as_i64().unwrap_or(1) && active == 0;
        if verdict.is_none() && is_complete {
            let message = "Reached expected number of succeeded pods";
            verdict = Some(("SuccessCriteriaMet", "CompletionsReached".into(), message.into()));
        }
        set_or_remove(&mut status, "active", active as i64);
        status["ready"] = json!(count.ready);
        status["terminating"] = json!(count.terminating);
        note_uncounted(&mut status, &count.succeeded, &count.failed);
        if let Some((kind, reason, message)) = verdict
            && condition_of(&status, kind).is_none()
        {
            add_condition(&mut status, kind, &reason, &message, &self.now_text());
        }
        self.store_status(&job, status);
        self.soon(Task::Flush(key.clone()));
    }

    /// Counts the pods that were announced, lets them go, and ends the Job when its end was announced.
    pub(super) fn flush(&mut self, key: &Key) {
        let Some(job) = self.cluster.get(Resource::Jobs, &key.0, &key.1) else { return };
        let mut status = job["status"].clone();
        for (list, counter) in [("succeeded", "succeeded"), ("failed", "failed")] {
            let uids = uncounted_uids(&status, list);
            for pod in self.pods_of(&job) {
                if uids.iter().any(|uid| uid == object::uid(&pod)) && object::has_finalizer(&pod, TRACKING) {
                    self.cluster.with_store(|store| {
                        collector::drop_finalizer(store, Resource::Pods, &pod, TRACKING);
                    });
                }
            }
            let total = number(&status, counter) + uids.len() as i64;
            set_or_remove(&mut status, counter, total);
        }
        if !status["uncountedTerminatedPods"].is_null() {
            status["uncountedTerminatedPods"] = json!({});
        }
        if status["terminating"] == 0 {
            self.finish(&mut status);
        }
        self.store_status(&job, status);
    }

    fn finish(&self, status: &mut Value) {
        for (announced, end) in [("SuccessCriteriaMet", "Complete"), ("FailureTarget", "Failed")] {
            let Some(found) = condition_of(status, announced).cloned() else { continue };
            if condition_of(status, end).is_some() {
                continue;
            }
            let (reason, message) = (object::text(&found, "/reason"), object::text(&found, "/message"));
            add_condition(status, end, reason, message, &self.now_text());
            if end == "Complete" {
                status["completionTime"] = self.now_text();
            }
        }
    }

    /// How the Job ends, if that is decided; success by its pods is decided later.
    fn verdict(
        &mut self,
        job: &Value,
        status: &Value,
        pods: &[Arc<Value>],
        count: &Count,
        key: &Key,
    ) -> Option<(&'static str, String, String)> {
        for kind in ["SuccessCriteriaMet", "FailureTarget"] {
            if let Some(found) = condition_of(status, kind) {
                let text = |field: &str| object::text(found, field).to_owned();
                return Some((kind, text("/reason"), text("/message")));
            }
        }
        let limit = job["spec"]["backoffLimit"].as_i64().unwrap_or(6);
        let failed = number(status, "failed") + count.failed.len() as i64 + uncounted(status, "failed");
        if failed > limit || has_restarted_too_often(job, pods, limit) {
            let message = "Job has reached the specified backoff limit";
            return Some(("FailureTarget", "BackoffLimitExceeded".into(), message.into()));
        }
        let deadline = job["spec"]["activeDeadlineSeconds"].as_i64();
        let started = clock::parse(status.get("startTime"));
        if let (Some(deadline), Some(started), false) = (deadline, started, job["spec"]["suspend"] == true) {
            let left = deadline * 1_000 - self.cluster.now().duration_since(started).as_millis() as i64;
            if left <= 0 {
                let message = "Job was active longer than specified deadline";
                return Some(("FailureTarget", "DeadlineExceeded".into(), message.into()));
            }
            self.sync_in(key.clone(), Duration::from_millis(left.unsigned_abs()));
        }
        None
    }

    /// Makes the pods that are missing; answers how many.
    fn make_pods(&mut self, job: &Value, status: &Value, count: &Count, key: &Key) -> usize {
        let spec = &job["spec"];
        let done =
            number(status, "succeeded") + count.succeeded.len() as i64 + uncounted(status, "succeeded");
        let wanted =
            (spec["completions"].as_i64().unwrap_or(1) - done).min(spec["parallelism"].as_i64().unwrap_or(1));
        let missing = wanted - count.active.len() as i64;
        if missing <= 0 {
            return 0;
        }
        if let Some(failures) = self.failures.get(object::uid(job)) {
            let exponent = failures.count.saturating_sub(1).min(16);
            let due = failures.last + (POD_BACKOFF * 2_u32.pow(exponent)).min(POD_BACKOFF_MOST);
            if due > Instant::now() {
                self.sync_in(key.clone(), due - Instant::now());
                return 0;
            }
        }
        let now = self.cluster.now();
        (0..missing)
            .filter(|_| {
                self.cluster.with_store(|store| {
                    create::create(store, now, Resource::Pods, &key.0, pod_of(job), false).is_ok()
                })
            })
            .count()
    }

    fn end_pods(&self, count: &mut Count) {
        let now = self.cluster.now();
        for pod in count.active.drain(..) {
            let options =
                DeleteOptions { uid: Some(object::uid(&pod).to_owned()), ..DeleteOptions::default() };
            let key = crate::fake::store::key_of(&pod);
            self.cluster.with_store(|store| {
                // Gone meanwhile is as well.
                let _ = delete::delete(store, now, Resource::Pods, &key, &options);
                count.terminating += usize::from(store.get(Resource::Pods, &key).is_some());
            });
        }
        count.ready = 0;
    }

    fn remember_failures(&mut self, uid: &str, count: &Count) {
        if !count.succeeded.is_empty() {
            self.failures.remove(uid);
        }
        if !count.failed.is_empty() {
            let before = self.failures.get(uid).map_or(0, |failures| failures.count);
            let failures = Failures { count: before + count.failed.len() as u32, last: Instant::now() };
            self.failures.insert(uid.to_owned(), failures);
        }
    }

    fn pods_of(&self, job: &Value) -> Vec<Arc<Value>> {
        self.cluster.with_store(|store| {
            let dependents = store.dependents(object::uid(job)).into_iter();
            let pods = dependents.filter(|(resource, _)| *resource == Resource::Pods);
            pods.filter_map(|(_, key)| store.get(Resource::Pods, &key).cloned()).collect()
        })
    }

    fn store_status(&self, job: &Value, status: Value) {
        if status != job["status"] {
            self.cluster.with_store(|store| {
                let key = crate::fake::store::key_of(job);
                let Some(found) = store.get(Resource::Jobs, &key) else { return };
                if object::uid(found) == object::uid(job) {
                    let mut changed = Value::clone(found);
                    changed["status"] = status;
                    store.put(Resource::Jobs, changed);
                }
            });
        }
    }
}

fn pod_of(job: &Value) -> Value {
    let template = &job["spec"]["template"];
    let mut pod = json!({"metadata": template["metadata"], "spec": template["spec"]});
    let name: String = object::name(job).chars().take(57).collect();
    let meta = object::metadata(&mut pod);
    meta.insert("generateName".into(), json!(format!("{name}-")));
    meta.insert("finalizers".into(), json!([TRACKING]));
    meta.insert(
        "ownerReferences".into(),
        json!([{
            "apiVersion": "batch/v1",
            "kind": "Job",
            "name": object::name(job),
            "uid": object::uid(job),
            "controller": true,
            "blockOwnerDeletion": true,
        }]),
    );
    pod
}

fn count(status: &Value, pods: &[Arc<Value>]) -> Count {
    let is_over = |pod: &Value| matches!(phase(pod), "Succeeded" | "Failed");
    let active: Vec<_> =
        pods.iter().filter(|pod| !is_over(pod) && !object::is_terminating(pod)).cloned().collect();
    Count {
        ready: active.iter().filter(|pod| phase(pod) == "Running").count(),
        terminating: pods.iter().filter(|pod| object::is_terminating(pod) && !is_over(pod)).count(),
        succeeded: tracked(status, pods, |pod| phase(pod) == "Succeeded"),
        failed: tracked(status, pods, |pod| {
            phase(pod) == "Failed" || (object::is_terminating(pod) && phase(pod) != "Succeeded")
        }),
        active,
    }
}

/// The uids of the pods that fit and are not counted yet.
fn tracked(status: &Value, pods: &[Arc<Value>], fits: impl Fn(&Value) -> bool) -> Vec<String> {
    let mut known = uncounted_uids(status, "succeeded");
    known.extend(uncounted_uids(status, "failed"));
    let new = pods.iter().filter(|pod| object::has_finalizer(pod, TRACKING) && fits(pod));
    new.map(|pod| object::uid(pod).to_owned()).filter(|uid| !known.contains(uid)).collect()
}

fn phase(pod: &Value) -> &str {
    object::text(pod, "/status/phase")
}

/// Under `OnFailure` restarts count as failures of the pod.
fn has_restarted_too_often(job: &Value, pods: &[Arc<Value>], limit: i64) -> bool {
    if object::text(job, "/spec/template/spec/restartPolicy") != "OnFailure" {
        return false;
    }
    let running = pods.iter().filter(|pod| matches!(phase(pod), "Running" | "Pending"));
    let restarts: i64 = running
        .filter_map(|pod| pod.pointer("/status/containerStatuses/0/restartCount").and_then(Value::as_i64))
        .sum();
    if limit == 0 { restarts > 0 } else { restarts >= limit }
}
