//! The scheduler and the kubelet: a pod is bound, runs, ends, is restarted or killed.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Attempt, Outcome, Play, Simulator, Start, TRACKING, Task};
use crate::fake::{
    collector,
    delete::{self, DeleteOptions},
    journal::Run,
    object::{self, entry},
    resource::Resource,
    store::Key,
};

/// How long the kubelet takes from the binding of a pod to its running, in milliseconds.
const STARTING: std::ops::Range<u64> = 8..20;
/// The kubelet's wait before the second restart; it doubles up to the most. The first comes after a second.
const CRASH_BACKOFF: Duration = Duration::from_secs(10);
const CRASH_BACKOFF_MOST: Duration = Duration::from_mins(5);

/// A step in the life of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The scheduler finds a node, or says why not.
    Bind,
    /// The kubelet has the image, or says why not.
    Pull,
    /// The container starts.
    Run,
    /// The container ends.
    End,
    /// The pod is told to end.
    Kill,
}

/// How far a pod has come.
pub struct Progress {
    play: Play,
    restart: u32,
    /// The place in the journal of the start that runs.
    run: Option<usize>,
}

impl Simulator {
    pub(super) fn step(&mut self, key: &Key, uid: &str, step: Step) {
        let Some(pod) = self.cluster.get(Resource::Pods, &key.0, &key.1) else { return };
        let phase = object::text(&pod, "/status/phase");
        if object::uid(&pod) != uid || matches!(phase, "Succeeded" | "Failed") {
            return;
        }
        if object::is_terminating(&pod) && step != Step::Kill {
            return;
        }
        match step {
            Step::Bind => self.bind(key, &pod),
            Step::Pull => self.pull(key, &pod),
            Step::Run => self.start(key, &pod),
            Step::End => self.end(key, &pod),
            Step::Kill => self.kill(key, &pod),
        }
    }

    fn bind(&mut self, key: &Key, pod: &Value) {
        let uid = object::uid(pod).to_owned();
        if !self.pods.contains_key(&uid) {
            let play = self.ask(key, pod, 0);
            self.pods.insert(uid.clone(), Progress { play, restart: 0, run: None });
        }
        let Some(progress) = self.pods.get_mut(&uid) else { return };
        let mut changed = pod.clone();
        if let Start::Unschedulable(message, time) = progress.play.start.clone() {
            set_condition(
                &mut changed,
                "PodScheduled",
                "False",
                Some(("Unschedulable", &message)),
                &self.now_text(),
            );
            self.store_pod(pod, changed);
            if let Some(time) = time {
                if let Some(progress) = self.pods.get_mut(&uid) {
                    progress.play.start = Start::Ready;
                }
                self.at(Instant::now() + time, Task::Pod(key.clone(), uid, Step::Bind));
            }
            return;
        }
        entry(&mut changed, "spec").insert("nodeName".into(), json!("fake-node"));
        set_condition(&mut changed, "PodScheduled", "True", None, &self.now_text());
        self.store_pod(pod, changed);
        let delay = Duration::from_millis(self.rng.u64(STARTING));
        self.at(Instant::now() + delay, Task::Pod(key.clone(), uid, Step::Pull));
    }

    fn pull(&mut self, key: &Key, pod: &Value) {
        let uid = object::uid(pod).to_owned();
        let Some(progress) = self.pods.get_mut(&uid) else { return };
        let Start::ImageMissing(time) = progress.play.start.clone() else {
            self.start(key, pod);
            return;
        };
        progress.play.start = Start::Ready;
        let image = object::text(pod, "/spec/containers/0/image");
        let message =
            format!("Back-off pulling image \"{image}\": ErrImagePull: image \"{image}\" not found");
        let mut changed = pod.clone();
        entry(&mut changed, "status").insert("startTime".into(), self.now_text());
        let state = json!({"waiting": {"reason": "ImagePullBackOff", "message": message}});
        set_container(&mut changed, 0, false, &state, &json!({}));
        self.store_pod(pod, changed);
        if let Some(time) = time {
            self.at(Instant::now() + time, Task::Pod(key.clone(), uid, Step::Pull));
        }
    }

    fn start(&mut self, key: &Key, pod: &Value) {
        let (uid, now) = (object::uid(pod).to_owned(), self.now_text());
        let Some(restart) = self.pods.get(&uid).map(|progress| progress.restart) else { return };
        if restart > 0 {
            let play = self.ask(key, pod, restart);
            if let Some(progress) = self.pods.get_mut(&uid) {
                progress.play = play;
            }
        }
        let mut changed = pod.clone();
        let status = entry(&mut changed, "status");
        status.insert("phase".into(), json!("Running"));
        status.entry("startTime").or_insert_with(|| now.clone());
        for kind in ["Initialized", "Ready", "ContainersReady"] {
            set_condition(&mut changed, kind, "True", None, &now);
        }
        let last = pod.pointer("/status/containerStatuses/0/lastState").cloned().unwrap_or(json!({}));
        set_container(&mut changed, restart, true, &json!({"running": {"startedAt": now}}), &last);
        self.store_pod(pod, changed);
        let owner = object::controller(pod).unwrap_or(&Value::Null);
        let run = Run {
            namespace: key.0.clone(),
            job: object::text(owner, "/name").to_owned(),
            job_uid: object::text(owner, "/uid").to_owned(),
            pod: key.1.clone(),
            pod_uid: uid.clone(),
            restart,
            started: self.cluster.now(),
            ended: None,
        };
        let place = self.cluster.with_store(|store| {
            store.logs.entry(uid.clone()).or_default();
            store.journal.runs.push(run);
            store.journal.runs.len() - 1
        });
        if let Some(progress) = self.pods.get_mut(&uid) {
            progress.run = Some(place);
            let at = Instant::now() + progress.play.duration;
            self.at(at, Task::Pod(key.clone(), uid, Step::End));
        }
    }

    fn end(&mut self, key: &Key, pod: &Value) {
        let uid = object::uid(pod).to_owned();
        let Some(play) = self.pods.get(&uid).map(|progress| progress.play.clone()) else { return };
        let (code, reason) = match play.outcome {
            Outcome::Exit(0) => (0, "Completed"),
            Outcome::Exit(code) => (code, "Error"),
            Outcome::OomKilled => (137, "OOMKilled"),
        };
        self.cluster.with_store(|store| store.logs.insert(uid.clone(), play.log));
        let is_restarted = code != 0 && object::text(pod, "/spec/restartPolicy") == "OnFailure";
        let ended = self.close(pod, code, reason);
        let mut changed = pod.clone();
        if is_restarted {
            let Some(progress) = self.pods.get_mut(&uid) else { return };
            let before = progress.restart;
            progress.restart += 1;
            let waiting = json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off restarting failed container"}});
            set_container(&mut changed, before, false, &waiting, &ended);
            let exponent = before.saturating_sub(1).min(16);
            let delay = match before {
                0 => Duration::from_secs(1),
                _ => (CRASH_BACKOFF * 2_u32.pow(exponent)).min(CRASH_BACKOFF_MOST),
            };
            self.at(Instant::now() + delay, Task::Pod(key.clone(), uid, Step::Run));
        } else {
            let restart = self.pods.get(&uid).map_or(0, |progress| progress.restart);
            let last = pod.pointer("/status/containerStatuses/0/lastState").cloned().unwrap_or(json!({}));
            let phase = if code == 0 { "Succeeded" } else { "Failed" };
            entry(&mut changed, "status").insert("phase".into(), json!(phase));
            set_container(&mut changed, restart, false, &ended, &last);
            let why = if code == 0 { "PodCompleted" } else { "PodFailed" };
            for kind in ["Ready", "ContainersReady"] {
                set_condition(&mut changed, kind, "False", Some((why, "")), &self.now_text());
            }
        }
        self.store_pod(pod, changed);
    }

    /// The kubelet ends what runs and lets the pod go.
    fn kill(&mut self, key: &Key, pod: &Value) {
        let mut changed = pod.clone();
        let is_running = self.pods.get(object::uid(pod)).is_some_and(|progress| progress.run.is_some());
        if is_running {
            let ended = self.close(pod, 137, "Error");
            let restart = self.pods.get(object::uid(pod)).map_or(0, |progress| progress.restart);
            set_container(&mut changed, restart, false, &ended, &json!({}));
        }
        entry(&mut changed, "status").insert("phase".into(), json!("Failed"));
        self.store_pod(pod, changed);
        let now = self.cluster.now();
        let uid = Some(object::uid(pod).to_owned());
        let options = DeleteOptions { uid, grace_seconds: Some(0), ..DeleteOptions::default() };
        // Gone meanwhile is as well.
        let _ = self.cluster.with_store(|store| delete::delete(store, now, Resource::Pods, key, &options));
    }

    /// The Job controller lets go of a pod whose Job is gone.
    pub(super) fn release(&mut self, key: &Key) {
        self.cluster.with_store(|store| {
            let Some(pod) = store.get(Resource::Pods, key).cloned() else { return };
            if object::has_finalizer(&pod, TRACKING) {
                collector::drop_finalizer(store, Resource::Pods, &pod, TRACKING);
            }
        });
    }

    /// Notes the end of what runs, and answers the container's state.
    fn close(&mut self, pod: &Value, code: i32, reason: &str) -> Value {
        let now = self.cluster.now();
        let place = self.pods.get_mut(object::uid(pod)).and_then(|progress| progress.run.take());
        let started = self.cluster.with_store(|store| {
            let run = place.and_then(|place| store.journal.runs.get_mut(place))?;
            run.ended = Some((now, code));
            Some(crate::fake::clock::seconds(run.started))
        });
        json!({"terminated": {
            "exitCode": code,
            "reason": reason,
            "startedAt": started,
            "finishedAt": self.now_text(),
        }})
    }

    fn ask(&self, key: &Key, pod: &Value, restart: u32) -> Play {
        let owner = object::controller(pod).unwrap_or(&Value::Null);
        let job = self.cluster.get(Resource::Jobs, &key.0, object::text(owner, "/name"));
        let job = job.as_deref().unwrap_or(&Value::Null);
        let runs = self.cluster.with_store(|store| {
            let uid = object::text(owner, "/uid");
            let runs = store.journal.runs.iter();
            runs.filter(|run| run.job_uid == uid && run.pod != key.1 && run.restart == 0).count()
        });
        self.script.play(&Attempt { job, pod, number: runs as u32, restart })
    }

    fn store_pod(&self, before: &Value, after: Value) {
        if after != *before {
            self.cluster.with_store(|store| store.put(Resource::Pods, after));
        }
    }
}

fn set_container(pod: &mut Value, restarts: u32, is_ready: bool, state: &Value, last: &Value) {
    let status = json!([{
        "name": object::text(pod, "/spec/containers/0/name"),
        "image": object::text(pod, "/spec/containers/0/image"),
        "imageID": "",
        "ready": is_ready,
        "started": is_ready,
        "restartCount": restarts,
        "state": state,
        "lastState": last,
    }]);
    entry(pod, "status").insert("containerStatuses".into(), status);
}

fn set_condition(pod: &mut Value, kind: &str, status: &str, why: Option<(&str, &str)>, now: &Value) {
    let mut condition =
        json!({"type": kind, "status": status, "lastProbeTime": null, "lastTransitionTime": now});
    if let Some((reason, message)) = why {
        condition["reason"] = json!(reason);
        if !message.is_empty() {
            condition["message"] = json!(message);
        }
    }
    let slot = entry(pod, "status").entry("conditions").or_insert(json!([]));
    if let Some(list) = slot.as_array_mut() {
        list.retain(|old| old["type"] != kind);
        list.push(condition);
    }
}
