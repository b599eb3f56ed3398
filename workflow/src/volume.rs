//! `volumes`: claims that every task mounts.

use serde_json::{Map, Value, json};

use crate::{
    fields::{Fields, Keys, object},
    report::{At, Report},
    scope::{Scope, Unknown},
};

const KEYS: Keys = Keys { known: &["mount_path", "mount_from"], ignored: &[] };
const FROM: Keys = Keys { known: &["pvc"], ignored: &[] };

/// The volumes in both spellings: the Execution's and the workflow's.
#[derive(Debug, Default)]
pub(crate) struct Volumes {
    pub(crate) execution: Map<String, Value>,
    pub(crate) workflow: Map<String, Value>,
}

/// Reads all volumes.
pub(crate) fn read(value: &Value, at: &At<'_>, scope: &Scope, report: &mut Report) -> Volumes {
    let mut volumes = Volumes::default();
    let Some(given) = object(value, at, report) else { return volumes };
    for (name, volume) in given {
        if let Some((path, claim)) = read_one(volume, at.key(name), scope, report) {
            volumes.execution.insert(name.clone(), json!({"mountPath": path, "mountFrom": {"pvc": claim}}));
            volumes.workflow.insert(name.clone(), json!({"mount_path": path, "mount_from": {"pvc": claim}}));
        }
    }
    volumes
}

fn read_one(value: &Value, at: At<'_>, scope: &Scope, report: &mut Report) -> Option<(String, String)> {
    let fields = Fields::read(value, at, &KEYS, report)?;
    let path = filled(
        &fields,
        "mount_path",
        "write where the containers see it, like mount_path: /data",
        scope,
        report,
    );
    let Some((from, at)) = fields.get("mount_from") else {
        let message = "the volume must come from somewhere";
        fields.missing("mount_from", message, "write mount_from: {pvc: NAME}", report);
        return None;
    };
    let from = Fields::read(from, at, &FROM, report)?;
    let claim = filled(
        &from,
        "pvc",
        "write the name of a persistent volume claim, like pvc: sample-data",
        scope,
        report,
    );
    Some((path?, claim?))
}

fn filled(
    fields: &Fields<'_>,
    key: &'static str,
    help: &str,
    scope: &Scope,
    report: &mut Report,
) -> Option<String> {
    let before = report.len();
    if let Some(text) = fields.text(key, report).filter(|text| !text.is_empty()) {
        return scope.fill(&text, Unknown::Refused, &fields.place(key), report);
    }
    if report.len() == before {
        fields.missing(key, &format!("{key} must not be empty"), help, report);
    }
    None
}
