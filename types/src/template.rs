//! `template`: a partial pod template, and how it goes together with what the fields of a task say.
//!
//! Its form is that of a pod template, `{metadata: {labels, annotations}, spec: {…}}`. Of two that say
//! different things the later one of `spec.template`, `task.template` and the explicit fields holds.
//! Objects are merged field by field; lists whose items have names by `name` (`volumeMounts` by
//! `mountPath`); everything else is replaced. The container called [`MAIN`] is the one that runs the
//! command, whatever its name is in the pod.

use serde_json::{Map, Value, json};

use crate::v1alpha1::{ExecutionSpec, Task};

/// In a template: the container that runs the command.
pub const MAIN: &str = "main";

/// The template of a task's pods, the task's own laid over the Execution's: an object with an object
/// `metadata` and an object `spec`, whose `containers` begin with [`MAIN`]. Nothing of the task's explicit
/// fields is in it; lay them over it with [`lay_over`], and give the container its real name at the end.
pub fn merged(spec: &ExecutionSpec, task: &Task) -> Value {
    let mut merged = json!({"metadata": {}, "spec": {"containers": [{"name": MAIN}]}});
    for template in [&spec.template, &task.template].into_iter().flatten() {
        for part in ["metadata", "spec"] {
            if let Some(given) = template.get(part).filter(|given| given.is_object()) {
                lay_over(&mut merged[part], given.clone());
            }
        }
    }
    merged
}

/// Lays an object over another by the rules of this module: what it says holds, what it does not say
/// stays, and what it calls null is taken away. New items of a list come after those that are there.
///
/// Items of `containers` and `initContainers` are merged field by field. Of other lists (`env`,
/// `volumes`, `volumeMounts`, `imagePullSecrets` …) an item replaces the one of its name as a whole, as
/// the fields of such an item exclude each other.
pub fn lay_over(under: &mut Value, over: Value) {
    lay_field_over(under, over, "");
}

fn lay_field_over(under: &mut Value, over: Value, field: &str) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                if value.is_null() {
                    under.remove(&name);
                } else {
                    lay_field_over(under.entry(&name).or_insert(Value::Null), value, &name);
                }
            }
        }
        (Value::Array(under), Value::Array(over)) if is_keyed(under, field) && is_keyed(&over, field) => {
            for item in over {
                let same = under.iter_mut().find(|other| key(other, field) == key(&item, field));
                match same {
                    Some(other) if CONTAINERS.contains(&field) => lay_field_over(other, item, ""),
                    Some(other) => *other = item,
                    None => under.push(item),
                }
            }
        }
        (under, over @ Value::Object(_)) => {
            // Laid over nothing, so that nulls within it are left out.
            *under = Value::Object(Map::new());
            lay_field_over(under, over, field);
        }
        (under, over) => *under = over,
    }
}

/// The lists of containers.
const CONTAINERS: [&str; 2] = ["containers", "initContainers"];

fn is_keyed(items: &[Value], field: &str) -> bool {
    items.iter().all(|item| key(item, field).is_some())
}

fn key<'a>(item: &'a Value, field: &str) -> Option<&'a str> {
    item.get(if field == "volumeMounts" { "mountPath" } else { "name" })?.as_str()
}
