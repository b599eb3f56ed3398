//! What changed between the Execution that a run began with and the one that it is to go on with.

use std::collections::BTreeMap;

use gene_types::field::{FieldPath, shorten};
use serde_json::{Map, Value};

/// So many changes are named; of the rest, the number.
const NAMED: usize = 10;

/// The fields of the spec that may change while an Execution runs.
const STEERING: [&str; 4] = ["parallelism", "suspend", "cancel", "retryGeneration"];

/// Every change that keeps a run from going on, one line each: `spec.tasks[1].image: "a" -> "b"`.
/// A bounded number of lines; none: it may go on.
pub fn changes(old: &Value, new: &Value) -> Vec<String> {
    let mut found = Found::default();
    let name = |execution: &Value| execution.pointer("/metadata/name").cloned();
    found.compare(&FieldPath::root().key("metadata").key("name"), name(old).as_ref(), name(new).as_ref());

    let (old, new) = (spec(old), spec(new));
    let path = FieldPath::root().key("spec");
    found.compare_maps(&path, &without_tasks(old), &without_tasks(new));
    found.compare_tasks(&path.key("tasks"), &tasks(old), &tasks(new));
    found.lines()
}

#[derive(Default)]
struct Found {
    named: Vec<String>,
    count: usize,
}

impl Found {
    fn add(&mut self, line: impl FnOnce() -> String) {
        self.count += 1;
        if self.count <= NAMED {
            self.named.push(line());
        }
    }

    fn compare(&mut self, path: &FieldPath, old: Option<&Value>, new: Option<&Value>) {
        match (old, new) {
            (Some(old), Some(new)) if old == new => {}
            (None, None) => {}
            (Some(Value::Object(old)), Some(Value::Object(new))) => self.compare_maps(path, old, new),
            (Some(Value::Array(old)), Some(Value::Array(new))) => {
                for index in 0..old.len().max(new.len()) {
                    self.compare(&path.index(index), old.get(index), new.get(index));
                }
            }
            (old, new) => self.add(|| format!("{path}: {} -> {}", shown(old), shown(new))),
        }
    }

    fn compare_maps(&mut self, path: &FieldPath, old: &Map<String, Value>, new: &Map<String, Value>) {
        for (key, value) in old {
            self.compare(&path.key(key), Some(value), new.get(key));
        }
        for (key, value) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
            self.compare(&path.key(key), None, Some(value));
        }
    }

    /// Tasks are compared by name, so that one that was put in between is one change.
    fn compare_tasks(&mut self, path: &FieldPath, old: &[(&str, &Value)], new: &[(&str, &Value)]) {
        let former: BTreeMap<&str, &Value> = old.iter().copied().collect();
        let count = self.count;
        for (index, (name, task)) in new.iter().enumerate() {
            match former.get(name) {
                Some(former) => self.compare(&path.index(index), Some(former), Some(task)),
                None => self.add(|| format!("{}: task \"{name}\" is new", path.index(index))),
            }
        }
        let present: BTreeMap<&str, &Value> = new.iter().copied().collect();
        for (name, _) in old.iter().filter(|(name, _)| !present.contains_key(name)) {
            self.add(|| format!("{path}: task \"{name}\" is gone"));
        }
        let names =
            |tasks: &[(&str, &Value)]| tasks.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>();
        if self.count == count && names(old) != names(new) {
            self.add(|| format!("{path}: the order of the tasks"));
        }
    }

    fn lines(mut self) -> Vec<String> {
        if self.count > NAMED {
            self.named.push(format!("and {} more", self.count - NAMED));
        }
        self.named
    }
}

fn spec(execution: &Value) -> &Value {
    execution.get("spec").unwrap_or(&Value::Null)
}

fn without_tasks(spec: &Value) -> Map<String, Value> {
    let mut spec = spec.as_object().cloned().unwrap_or_default();
    spec.retain(|key, _| key != "tasks" && !STEERING.contains(&key.as_str()));
    spec
}

fn tasks(spec: &Value) -> Vec<(&str, &Value)> {
    let tasks = spec.get("tasks").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    tasks.iter().map(|task| (task.get("name").and_then(Value::as_str).unwrap_or_default(), task)).collect()
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "absent".to_owned(), |value| shorten(&value.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn execution(spec: &Value) -> Value {
        json!({"metadata": {"name": "x", "labels": {"a": "b"}}, "spec": spec})
    }

    fn check(old: &Value, new: &Value, expected: &[&str]) {
        assert_eq!(changes(&execution(old), &execution(new)), expected, "{old} to {new}");
    }

    #[test]
    fn what_may_change_is_no_change() {
        let (old, new) = (
            json!({"tasks": [], "parallelism": 1}),
            json!({"tasks": [], "suspend": true, "retryGeneration": 1}),
        );
        check(&old, &new, &[]);
        let other_labels = json!({"metadata": {"name": "x"}, "spec": {}});
        assert!(changes(&execution(&json!({})), &other_labels).is_empty());
    }

    #[test]
    fn each_change_is_named() {
        let a = json!({"name": "a", "image": "i", "commands": ["1", "2"]});
        let b = json!({"name": "b", "image": "i", "commands": ["1"]});
        let mended = json!({"name": "b", "image": "j", "commands": ["1", "x"], "shell": ["bash"]});
        check(
            &json!({"tasks": [a, b]}),
            &json!({"tasks": [mended, a], "failurePolicy": "Abort"}),
            &[
                r#"spec.failurePolicy: absent -> "Abort""#,
                r#"spec.tasks[0].commands[1]: absent -> "x""#,
                r#"spec.tasks[0].image: "i" -> "j""#,
                r#"spec.tasks[0].shell: absent -> ["bash"]"#,
            ],
        );
        check(&json!({"tasks": [a, b]}), &json!({"tasks": [b, a]}), &["spec.tasks: the order of the tasks"]);
        let c = json!({"name": "c"});
        check(
            &json!({"tasks": [a, b]}),
            &json!({"tasks": [c, a]}),
            &[r#"spec.tasks[0]: task "c" is new"#, r#"spec.tasks: task "b" is gone"#],
        );
    }

    #[test]
    fn the_list_is_bounded() {
        let commands = |text: &str| json!({"tasks": [{"name": "a", "commands": vec![text; 1000]}]});
        let found = changes(&execution(&commands("x")), &execution(&commands(&"y".repeat(500))));
        assert_eq!(found.len(), NAMED + 1);
        assert_eq!(found[NAMED], "and 990 more");
        assert!(found.iter().all(|line| line.len() < 200));
    }
}
