//! Why a pod does not run, or how it failed.

use gene_types::field::counted;
use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};

use super::{Condition, ContainerStatus, Pod, Terminated, Waiting, image};
use crate::{render::duration, view::seconds_between};

/// What an ordinary start may take before it is worth a word.
const PATIENCE_SECONDS: u64 = 20;

/// What is wrong with a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Why {
    /// In one line: `ImagePullBackOff: gatk:4.0.9: not found`.
    pub short: String,
    /// The system's own words, where they say more.
    pub full: String,
}

impl Pod {
    /// What keeps this pod from running, or made it fail; `None` where all goes well.
    pub fn why(&self, now: Timestamp) -> Option<Why> {
        let status = &self.status;
        // `Evicted`, `NodeLost`, `Preempting`, `DeadlineExceeded`: of the pod as a whole.
        if !status.reason.is_empty() {
            return Some(Why::new(with_detail(&status.reason, &status.message), &status.message));
        }
        if self.metadata.deletion_timestamp.is_some() && !self.is_over() {
            return Some(Why::new("its pod is being deleted".to_owned(), ""));
        }
        if status.phase == "Succeeded" {
            return None;
        }
        let containers = || status.init_container_statuses.iter().chain(&status.container_statuses);
        let of_container = containers().find_map(|container| self.why_container(container));
        of_container.or_else(|| self.why_unscheduled(now)).or_else(|| self.why_slow(now))
    }

    fn why_container(&self, container: &ContainerStatus) -> Option<Why> {
        let state = &container.state;
        if let Some(waiting) = &state.waiting
            && !is_ordinary(&waiting.reason)
        {
            return Some(self.why_waiting(container, waiting));
        }
        if let Some(ended) = state.terminated.as_ref().filter(|ended| ended.exit_code != 0) {
            return Some(Why::new(self.ended(container, ended), &ended.message));
        }
        let before = container.last_state.terminated.as_ref()?;
        let restarts = container.restart_count;
        if restarts == 0 || state.terminated.is_some() {
            return None;
        }
        let times = if restarts == 1 { "once".to_owned() } else { format!("{restarts} times") };
        Some(Why::new(
            format!("{} before, started again {times}", self.ended(container, before)),
            &before.message,
        ))
    }

    fn why_waiting(&self, container: &ContainerStatus, waiting: &Waiting) -> Why {
        let short = match waiting.reason.as_str() {
            reason @ ("ErrImagePull"
            | "ImagePullBackOff"
            | "InvalidImageName"
            | "ErrImageNeverPull"
            | "ImageInspectError"
            | "RegistryUnavailable") => {
                format!("{reason}: {}", image::fault(self.image(container), &waiting.message))
            }
            "CrashLoopBackOff" => {
                let restarts = counted(container.restart_count.into(), "restart", "restarts");
                match &container.last_state.terminated {
                    Some(ended) => format!("CrashLoopBackOff: {}, {restarts}", self.ended(container, ended)),
                    None => format!("CrashLoopBackOff: {restarts}"),
                }
            }
            reason => with_detail(reason, &waiting.message),
        };
        Why::new(short, &waiting.message)
    }

    /// How a container ended: `OOMKilled (limit 4Gi)`, `exit 3`, `StartError: …`.
    pub fn ended(&self, container: &ContainerStatus, ended: &Terminated) -> String {
        match ended.reason.as_str() {
            "OOMKilled" => match self.memory_limit(&container.name) {
                Some(limit) => format!("OOMKilled (limit {limit})"),
                None => "OOMKilled".to_owned(),
            },
            "" | "Error" | "Completed" => exit(ended.exit_code),
            reason => with_detail(reason, &ended.message),
        }
    }

    /// The scheduler's own words.
    fn why_unscheduled(&self, now: Timestamp) -> Option<Why> {
        if !self.spec.node_name.is_empty() || self.is_over() {
            return None;
        }
        let condition = self.condition("PodScheduled").filter(|condition| condition.status == "False");
        match condition {
            Some(Condition { reason, message, .. }) if !reason.is_empty() => {
                // What it says of preemption is of all pods of this priority.
                let short = message.split(" preemption: ").next().unwrap_or_default();
                let short =
                    short.trim_end_matches([',', ' ']).trim_end_matches("no new claims to deallocate");
                Some(Why::new(with_detail(reason, short), message))
            }
            _ => {
                let waited = since(self.metadata.creation_timestamp.as_ref(), now)?;
                Some(Why::new(format!("no node was given to its pod for {}", duration(waited)), ""))
            }
        }
    }

    /// A node took it and nothing has started: an image, a volume or a network that takes long.
    fn why_slow(&self, now: Timestamp) -> Option<Why> {
        if self.status.phase != "Pending" {
            return None;
        }
        let taken =
            self.condition("PodScheduled").and_then(|condition| condition.last_transition_time.as_ref());
        let waited = since(self.status.start_time.as_ref().or(taken), now)?;
        let statuses = self.status.init_container_statuses.iter().chain(&self.status.container_statuses);
        let reason =
            statuses.filter_map(|status| status.state.waiting.as_ref()).map(|waiting| &waiting.reason);
        let reason = reason.into_iter().find(|reason| !reason.is_empty());
        let reason = reason.map_or("its containers are not created", String::as_str);
        Some(Why::new(format!("{reason} for {}", duration(waited)), ""))
    }

    fn condition(&self, type_: &str) -> Option<&Condition> {
        self.status.conditions.iter().find(|condition| condition.type_ == type_)
    }

    fn image<'a>(&'a self, status: &'a ContainerStatus) -> &'a str {
        let mut all = self.spec.containers.iter().chain(&self.spec.init_containers);
        all.find(|asked| asked.name == status.name).map_or(&status.image, |asked| &asked.image)
    }
}

impl Why {
    fn new(short: String, full: &str) -> Self {
        Self { short, full: full.trim().to_owned() }
    }
}

/// The end of a process as people say it; above 128 it is a signal's.
pub fn exit(code: i32) -> String {
    match code {
        137 => "exit 137 (killed)".to_owned(),
        143 => "exit 143 (terminated)".to_owned(),
        139 => "exit 139 (segmentation fault)".to_owned(),
        134 => "exit 134 (aborted)".to_owned(),
        126 => "exit 126 (cannot be executed)".to_owned(),
        127 => "exit 127 (command not found)".to_owned(),
        code => format!("exit {code}"),
    }
}

/// `Reason: message`, or the one that is there.
pub fn with_detail(reason: &str, message: &str) -> String {
    match (reason.trim(), message.trim()) {
        (reason, "") => reason.to_owned(),
        ("", message) => message.to_owned(),
        (reason, message) => format!("{reason}: {message}"),
    }
}

/// What every pod waits for on its way.
fn is_ordinary(reason: &str) -> bool {
    matches!(reason, "" | "ContainerCreating" | "PodInitializing")
}

fn since(start: Option<&Time>, now: Timestamp) -> Option<u64> {
    let waited = seconds_between(start?.0, now);
    (waited >= PATIENCE_SECONDS).then_some(waited)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn why(status: &Value, node: &str) -> Option<String> {
        let pod = json!({
            "metadata": {"name": "p", "creationTimestamp": "2026-11-22T12:00:00Z"},
            "spec": {"nodeName": node, "containers": [
                {"name": "main", "image": "gatk:4", "resources": {"limits": {"memory": "4Gi"}}}]},
            "status": status,
        });
        let pod: Pod = serde_json::from_value(pod).unwrap();
        pod.why("2026-11-22T12:01:00Z".parse().unwrap()).map(|why| why.short)
    }

    fn main(state: &Value, last: &Value, restarts: u32) -> Value {
        let status = json!({"name": "main", "state": state, "lastState": last, "restartCount": restarts});
        json!({"phase": "Running", "containerStatuses": [status]})
    }

    #[test]
    fn what_a_pod_waits_for_and_how_it_failed() {
        let none = json!({});
        let waiting =
            |reason: &str, message: &str| json!({"waiting": {"reason": reason, "message": message}});
        let ended = |reason: &str, code: i32| json!({"terminated": {"reason": reason, "exitCode": code}});
        let cases = [
            (main(&json!({"running": {}}), &none, 0), None),
            (main(&ended("Completed", 0), &none, 0), None),
            (json!({"phase": "Succeeded"}), None),
            (main(&waiting("ContainerCreating", ""), &none, 0), None),
            (
                main(&waiting("ImagePullBackOff", "x: code = NotFound y"), &none, 0),
                Some("ImagePullBackOff: gatk:4: not found"),
            ),
            (
                main(&waiting("CreateContainerConfigError", "secret \"s\" not found"), &none, 0),
                Some("CreateContainerConfigError: secret \"s\" not found"),
            ),
            (
                main(&waiting("CrashLoopBackOff", "back-off 10s"), &ended("OOMKilled", 137), 3),
                Some("CrashLoopBackOff: OOMKilled (limit 4Gi), 3 restarts"),
            ),
            (main(&json!({"running": {}}), &ended("Error", 3), 1), Some("exit 3 before, started again once")),
            (main(&ended("OOMKilled", 137), &none, 0), Some("OOMKilled (limit 4Gi)")),
            (main(&ended("Error", 137), &none, 0), Some("exit 137 (killed)")),
            (main(&ended("StartError", 128), &none, 0), Some("StartError")),
            (
                json!({"phase": "Failed", "reason": "Evicted", "message": "The node was low on memory."}),
                Some("Evicted: The node was low on memory."),
            ),
            (
                json!({"phase": "Pending", "startTime": "2026-11-22T12:00:02Z",
                    "containerStatuses": [{"name": "main", "state": {"waiting": {"reason": "ContainerCreating"}}}]}),
                Some("ContainerCreating for 58s"),
            ),
            (json!({"phase": "Pending", "startTime": "2026-11-22T12:00:55Z"}), None),
        ];
        for (status, expected) in cases {
            assert_eq!(why(&status, "node-1").as_deref(), expected, "{status}");
        }
    }

    #[test]
    fn a_pod_without_a_node_waits_in_the_schedulers_words() {
        let scheduled = |reason: &str, message: &str| {
            json!({"phase": "Pending", "conditions": [
                {"type": "PodScheduled", "status": "False", "reason": reason, "message": message}]})
        };
        let said = "0/3 nodes are available: 3 Insufficient memory.";
        let more = "no new claims to deallocate, preemption: 0/3 nodes are available: 3 No preemption victims found.";
        let expected = format!("Unschedulable: {said}");
        for message in [said.to_owned(), format!("{said} {more}")] {
            assert_eq!(why(&scheduled("Unschedulable", &message), ""), Some(expected.clone()));
        }
        assert_eq!(
            why(&json!({"phase": "Pending"}), "").as_deref(),
            Some("no node was given to its pod for 1m00s")
        );
    }
}
