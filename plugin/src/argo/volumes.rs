//! The volumes that a container mounts: as volumes of the task where these say the same, else in its pod template.

use std::collections::HashMap;

use gene_types::field::{FieldErrorKind, shorten};
use serde_json::{Map, Value, json};

use super::{
    budget::{Budget, Stop},
    items::filled,
    notes::Notes,
    reading::Object,
    scope::Scope,
};

/// What is mounted.
#[derive(Debug, Default)]
pub struct Mounted {
    /// `volumes` of the task.
    pub volumes: Map<String, Value>,
    /// `volumes` of its pod template.
    pub template_volumes: Vec<Value>,
    /// `volumeMounts` of the container in its pod template.
    pub template_mounts: Vec<Value>,
}

/// What a container mounts of the volumes of its template and of the Workflow.
///
/// # Errors
/// A bound was met.
pub fn mounted(
    container: &Object<'_>,
    owners: [&Object<'_>; 2],
    scope: &Scope<'_>,
    budget: &mut Budget,
    notes: &mut Notes,
) -> Result<Mounted, Stop> {
    let mut mounted = Mounted::default();
    let mounts = container.objects("volumeMounts", notes);
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for mount in &mounts {
        *uses.entry(mount.get("name").and_then(Value::as_str).unwrap_or_default()).or_default() += 1;
    }
    for mount in &mounts {
        let Some(name) = mount.text("name", notes) else { continue };
        let is_called = |volume: &Object<'_>| volume.get("name").and_then(Value::as_str) == Some(name);
        let mut known = owners.iter().flat_map(|owner| owner.objects("volumes", notes));
        let Some(volume) = known.find(is_called) else {
            drop(known);
            let message = format!("no volume is called \"{}\"", shorten(name));
            let help = "declare it in the volumes of the template or of the Workflow";
            notes.error(&mount.at("name"), FieldErrorKind::NotFound, message, help);
            continue;
        };
        drop(known);
        let volume = filled(&Value::Object(volume.map.clone()), scope, &volume.path, budget, notes)?;
        let written = filled(&Value::Object(mount.map.clone()), scope, &mount.path, budget, notes)?;
        let is_mounted_once = uses.get(name) == Some(&1);
        if let Some(entry) = simple(&volume, &written).filter(|_| is_mounted_once) {
            mounted.volumes.insert(name.to_owned(), entry);
            continue;
        }
        if !mounted.template_volumes.contains(&volume) {
            mounted.template_volumes.push(volume);
        }
        mounted.template_mounts.push(written);
    }
    Ok(mounted)
}

/// A volume and its one mount as an entry of a task's `volumes`, where that says the same.
fn simple(volume: &Value, mount: &Value) -> Option<Value> {
    let mount = mount.as_object()?;
    if mount.keys().any(|key| !["name", "mountPath", "readOnly", "subPath"].contains(&key.as_str())) {
        return None;
    }
    let volume = volume.as_object()?;
    let mut sources = volume.iter().filter(|(key, _)| *key != "name");
    let (Some((kind, source)), None) = (sources.next(), sources.next()) else { return None };
    let only = |key: &str| {
        let fields = source.as_object()?;
        fields.get(key).filter(|_| fields.len() == 1).cloned()
    };
    let from = match kind.as_str() {
        "persistentVolumeClaim" => json!({"pvc": only("claimName")?}),
        "configMap" => json!({"configMap": only("name")?}),
        "secret" => json!({"secret": only("secretName")?}),
        "emptyDir" | "hostPath" | "nfs" => json!({kind: source}),
        _ => return None,
    };
    let mut entry = Map::new();
    entry.insert("mountFrom".to_owned(), from);
    for key in ["mountPath", "readOnly", "subPath"] {
        if let Some(value) = mount.get(key).filter(|value| !value.is_null() && **value != json!(false)) {
            entry.insert(key.to_owned(), value.clone());
        }
    }
    Some(Value::Object(entry))
}
