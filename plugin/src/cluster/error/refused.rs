//! A refusal of the server in words: what it says, its causes in lines, and what to do.

use std::collections::BTreeSet;

use kube::core::Status;

use super::{super::refusal, Target};

/// The sentence, the lines below it, and what to do where there is one thing.
pub(super) fn refused(target: &Target, status: &Status) -> (String, Vec<String>, Option<String>) {
    let said = if status.message.is_empty() {
        format!("the server refused with status {}", status.code)
    } else {
        status.message.clone()
    };
    match status.code {
        401 => {
            let message = format!("the server at {} does not know who you are", target.server);
            let help = "log in again, or choose another user with --user or --context".to_owned();
            (message, target.details(), Some(help))
        }
        // Not for who it is, but for what it is; a role would change nothing.
        403 if refusal::is_of_admission(status) => {
            let (causes, help) = causes(status, &said);
            (without(said, help.as_deref()), causes, help)
        }
        403 => {
            let help = barred(&said).to_owned();
            (said.clone(), causes(status, &said).0, Some(help))
        }
        404 if status.details.as_ref().is_some_and(|details| details.kind == "namespaces") => {
            let name = status.details.as_ref().map(|details| details.name.clone()).unwrap_or_default();
            (said, Vec::new(), Some(format!("create it: kubectl create namespace {name}")))
        }
        429 | 503 => {
            let message = format!("the server at {} is too busy: {said}", target.server);
            (message, Vec::new(), Some("try again in a while".to_owned()))
        }
        // The message of an invalid object is its causes in one line; one a line can be read.
        422 => {
            let message = match said.split_once(" is invalid: ") {
                Some((head, _)) if has_causes(status) => format!("{head} is invalid"),
                _ => said.clone(),
            };
            let (causes, help) = causes(status, &message);
            (without(message, help.as_deref()), causes, help)
        }
        _ => (said, Vec::new(), None),
    }
}

/// What to do where the namespace bars what the caller may else do, or who they are; the words are those of the API
/// server's own plugins (`ResourceQuota`, `NamespaceLifecycle`).
fn barred(said: &str) -> &'static str {
    if said.contains(" is forbidden: exceeded quota: ") {
        "delete what is done with, or ask whoever runs the cluster for a larger quota"
    } else if said.contains(" because it is being terminated") {
        "choose another namespace with -n, or wait until this one is gone and create it anew"
    } else {
        "ask whoever runs the cluster for a role that allows it"
    }
}

fn has_causes(status: &Status) -> bool {
    status.details.as_ref().is_some_and(|details| !details.causes.is_empty())
}

/// The causes of a refusal in lines, and what to do: apart where there is one thing, else behind each. What `said` says
/// already is not repeated: a policy's only cause is its message again.
fn causes(status: &Status, said: &str) -> (Vec<String>, Option<String>) {
    let mut faults = refusal::faults(status);
    let helps: BTreeSet<String> =
        faults.iter().filter_map(|fault| Some(fault.help.as_ref()?.text.clone())).collect();
    let help = helps.first().filter(|_| helps.len() == 1).cloned();
    if help.is_some() {
        for fault in &mut faults {
            fault.help = None;
        }
    }
    if !has_causes(status) {
        return (Vec::new(), help);
    }
    let lines: Vec<String> = if faults.is_empty() {
        let causes = status.details.iter().flat_map(|details| &details.causes);
        causes
            .map(|cause| match cause.field.as_str() {
                "" | "<nil>" => cause.message.clone(),
                field => format!("{field}: {}", cause.message),
            })
            .collect()
    } else {
        faults.iter().map(ToString::to_string).collect()
    };
    (lines.into_iter().filter(|line| !said.contains(line.as_str())).collect(), help)
}

/// A sentence without what to do, which is said apart.
fn without(said: String, help: Option<&str>) -> String {
    match help.and_then(|help| said.strip_suffix(help)?.strip_suffix("; ")) {
        Some(rest) => rest.to_owned(),
        None => said,
    }
}
