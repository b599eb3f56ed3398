//! Why a Job failed, as a person would say it.

use gene_engine::Failure;
use gene_types::{field::within, limits::MAX_STATUS_MESSAGE_BYTES};
use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};

use crate::{
    observe::{JobState, main_container},
    slim::{SlimContainer, SlimPod, Terminated},
};

/// The Job controller's reason for a Job whose pod failed more often than its `backoffLimit`.
const BACKOFF_LIMIT_EXCEEDED: &str = "BackoffLimitExceeded";
/// The Job controller's reason for a Job that took longer than its `activeDeadlineSeconds`.
const DEADLINE_EXCEEDED: &str = "DeadlineExceeded";

/// Why the Job failed: its pod's reason where the pod can still be read, else the Job's own message.
///
/// A deadline is the Job's reason whatever its pod says, as the pod was killed for it. A message is one
/// line of at most [`MAX_STATUS_MESSAGE_BYTES`]. Where the pod is gone because the Job could start it again
/// (its `backoff_limit`, as it was given), the message says how to keep it.
pub fn failure(job: &JobState, pods: &[SlimPod], backoff_limit: Option<i32>) -> Failure {
    let (reason, message) = match job {
        JobState::Failed { reason, message, .. } => (reason.as_str(), message.as_str()),
        JobState::Unfinished { .. } | JobState::Complete { .. } => ("", ""),
    };
    let of_pod = latest(pods).and_then(pod_failure);
    let failure = match of_pod {
        Some(failure) if reason != DEADLINE_EXCEEDED => failure,
        _ if reason == DEADLINE_EXCEEDED => {
            let waited = latest(pods).and_then(waiting).map(|why| format!("; its pod waited: {why}"));
            Failure::new(reason, format!("{message}{}", waited.unwrap_or_default()))
        }
        _ if reason == BACKOFF_LIMIT_EXCEEDED && backoff_limit != Some(0) => {
            Failure::new(reason, format!("{message} (backoffLimit: 0 would keep the pod and its log)"))
        }
        _ => Failure::new(reason, message),
    };
    Failure { message: one_line(&failure.message), ..failure }
}

/// The pod that failed last; before all, one that failed.
fn latest(pods: &[SlimPod]) -> Option<&SlimPod> {
    let ended = |pod: &SlimPod| {
        let containers = pod.containers.iter().chain(&pod.init_containers);
        containers.filter_map(|container| ending(pod, container)?.finished_at).max()
    };
    let created = |pod: &SlimPod| pod.metadata.creation_timestamp.as_ref().map(|Time(created)| *created);
    pods.iter().max_by_key(|pod| (pod_failure(pod).is_some(), ended(pod), created(pod)))
}

/// Why a pod failed; `None` where it has not.
fn pod_failure(pod: &SlimPod) -> Option<Failure> {
    let main = main_container(pod);
    let end = main.and_then(|main| ending(pod, main)).filter(|end| is_failure(end));
    if pod.phase == "Failed" && !pod.reason.is_empty() {
        // Evicted, killed as its node went down, refused by the kubelet …: the container's exit code
        // tells only how.
        let message = if pod.message.is_empty() { "its pod was ended by the node" } else { &pod.message };
        let exit_code = end.map(|end| end.exit_code);
        return Some(Failure { reason: pod.reason.clone(), message: message.to_owned(), exit_code });
    }
    if let (Some(main), Some(end)) = (main, end) {
        return Some(container_failure(end, limit(pod, &main.name)));
    }
    let of_init = |container| Some((container, ending(pod, container).filter(|end| is_failure(end))?));
    let (container, end) = pod.init_containers.iter().find_map(of_init)?;
    let failure = container_failure(end, None);
    let message = format!("its init container {:?}: {}", container.name, failure.message);
    (pod.phase == "Failed" || main.is_none_or(|main| main.terminated.is_none()))
        .then_some(Failure { message, ..failure })
}

/// How the container ended: of its own doing where that is known. A pod that the Job controller deletes
/// as it gives up may have been starting its container again, which is then killed.
fn ending<'a>(pod: &SlimPod, container: &'a SlimContainer) -> Option<&'a Terminated> {
    let (now, before) = (container.terminated.as_ref(), container.last_terminated.as_ref());
    match (now, before) {
        (Some(now), Some(before)) if is_killed_by_deletion(pod, now) => Some(before),
        (Some(now), _) => Some(now),
        (None, before) => before,
    }
}

fn is_killed_by_deletion(pod: &SlimPod, end: &Terminated) -> bool {
    let Some(deleted) = deletion_asked(pod) else { return false };
    end.finished_at.is_none_or(|finished| finished >= deleted)
}

/// When somebody asked for the pod's deletion: its timestamp is when its grace ends.
fn deletion_asked(pod: &SlimPod) -> Option<Timestamp> {
    let Time(deletion) = pod.metadata.deletion_timestamp.as_ref()?;
    let grace = pod.metadata.deletion_grace_period_seconds.unwrap_or_default();
    Timestamp::from_second(deletion.as_second().saturating_sub(grace)).ok()
}

fn is_failure(end: &Terminated) -> bool {
    end.exit_code != 0
}

fn container_failure(end: &Terminated, memory_limit: Option<&str>) -> Failure {
    let code = end.exit_code;
    let message = match (end.reason.as_str(), memory_limit) {
        ("OOMKilled", Some(limit)) => format!("used its limit of {limit} (exit {code})"),
        ("OOMKilled", None) => format!("was killed as its node ran out of memory (exit {code})"),
        // Of what the container never was, the runtime says why.
        ("StartError" | "ContainerCannotRun", _) if !end.message.is_empty() => end.message.clone(),
        _ => {
            let signal = end.signal.or((129..=159).contains(&code).then_some(code - 128));
            let signal = signal.and_then(signal_name).map(|name| format!(" ({name})")).unwrap_or_default();
            let said = Some(end.message.trim()).filter(|said| !said.is_empty());
            format!("exit code {code}{signal}{}", said.map(|said| format!(": {said}")).unwrap_or_default())
        }
    };
    let reason = if end.reason.is_empty() { "Error" } else { &end.reason };
    Failure { reason: reason.to_owned(), message, exit_code: Some(code) }
}

fn limit<'a>(pod: &'a SlimPod, container: &str) -> Option<&'a str> {
    pod.memory_limits.iter().find(|(name, _)| name == container)?.1.as_deref()
}

/// What keeps a container of the pod from starting: an image that cannot be pulled, a ConfigMap that is not there.
fn waiting(pod: &SlimPod) -> Option<String> {
    let containers = pod.init_containers.iter().chain(&pod.containers);
    let (reason, message) = containers
        .filter_map(|container| container.waiting.as_ref())
        .find(|(reason, _)| !matches!(reason.as_str(), "" | "ContainerCreating" | "PodInitializing"))?;
    Some(if message.is_empty() { reason.clone() } else { format!("{reason}: {message}") })
}

fn one_line(message: &str) -> String {
    // Bounded before it is rewritten: what a container left may be long.
    let start = &message[..message.floor_char_boundary(4 * MAX_STATUS_MESSAGE_BYTES)];
    let words: Vec<&str> =
        start.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    within(words.join(" "), MAX_STATUS_MESSAGE_BYTES)
}

/// The signals that end programs, as Linux on most processors numbers them.
fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
