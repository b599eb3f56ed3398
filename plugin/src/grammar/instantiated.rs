//! A workflow with everything filled in, as text: its tasks in the order of the Execution, which is that of the file.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::render::object;

/// The key of the tasks.
const TASKS: &str = "workflow";

/// A workflow, its tasks in their order.
#[derive(Debug)]
pub struct Instantiated {
    rest: Map<String, Value>,
    tasks: Vec<(String, Value)>,
}

impl Instantiated {
    /// Brings the tasks of a workflow into the order of the Execution that was made of it, and gives that this name.
    pub fn new(workflow: Value, execution: &Value, name: Option<&str>) -> Self {
        let Value::Object(mut rest) = workflow else { return Self { rest: Map::new(), tasks: Vec::new() } };
        if let Some(name) = name {
            rest.entry("inputs").or_insert_with(|| json!({}))["executionName"] =
                json!({"type": "string", "value": name});
        }
        let mut tasks = match rest.remove(TASKS) {
            Some(Value::Object(tasks)) => tasks,
            _ => Map::new(),
        };
        let listed = execution["spec"]["tasks"].as_array().into_iter().flatten();
        let names = listed.filter_map(|task| task["name"].as_str());
        let tasks = names.filter_map(|name| Some((name.to_owned(), tasks.remove(name)?))).collect();
        Self { rest, tasks }
    }

    /// As YAML, without a document marker.
    pub fn yaml(&self) -> String {
        let mut text = if self.rest.is_empty() { String::new() } else { object::yaml(&self.rest) };
        let _ = writeln!(text, "{TASKS}:");
        for (name, task) in &self.tasks {
            // What goes over several lines goes on with each of them indented alike.
            for line in object::yaml(&json!({ name: task })).lines() {
                let indent = if line.is_empty() { "" } else { "  " };
                let _ = writeln!(text, "{indent}{line}");
            }
        }
        text
    }

    /// As JSON, indented by four.
    pub fn json(&self) -> String {
        let mut text = String::from("{");
        for (key, value) in &self.rest {
            let _ = write!(text, "\n    {}: {},", Value::from(key.as_str()), indented(value, "    "));
        }
        let _ = write!(text, "\n    \"{TASKS}\": {{");
        for (position, (name, task)) in self.tasks.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            let _ = write!(
                text,
                "{comma}\n        {}: {}",
                Value::from(name.as_str()),
                indented(task, "        ")
            );
        }
        text.push_str("\n    }\n}\n");
        text
    }
}

/// A value whose further lines are indented. In JSON no text goes over several lines.
fn indented(value: &Value, indent: &str) -> String {
    object::json(value).trim_end().replace('\n', &format!("\n{indent}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_keep_their_order_and_texts_their_lines() {
        let workflow = json!({"version": "v", "workflow": {
            "b": {"commands": ["one\n\n  two\n"]}, "a": {"commands": ["x"], "depends": [{"target": "b"}]},
        }});
        let execution = json!({"spec": {"tasks": [{"name": "b"}, {"name": "a"}]}});
        let shown = Instantiated::new(workflow.clone(), &execution, None);
        assert_eq!(
            shown.yaml(),
            "version: v\nworkflow:\n  b:\n    commands:\n    - |\n      one\n\n        two\n  a:\n    commands:\n    - x\n    depends:\n    - target: b\n"
        );
        let json: Value = serde_json::from_str(&shown.json()).expect("JSON");
        assert_eq!(json, workflow);
        let text = shown.json();
        assert!(text.find("\"b\"") < text.find("\"a\""), "{text}");
    }
}
