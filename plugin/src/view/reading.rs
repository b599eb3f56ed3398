//! What a task reads of what others print: the conditions under which it runs, and the vertices that are made from it.

use gene_types::v1alpha1::{TaskStatus, status::phase};
use serde_json::Value;

use super::Subject;
use crate::render::text::printable;

/// What a task reads of what another prints, as its spec says; of a faulty one as far as that can be understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The task from whose output its vertices are made, where they are.
    pub made_from: Option<String>,
    /// How many of them it has whatever that prints.
    pub own: u64,
    /// When it runs, a sentence for each condition: `if "ask" printed "single"`.
    pub conditions: Vec<String>,
}

impl Reading {
    /// Reads one task of a spec.
    pub fn of(task: &Value) -> Self {
        let count = |list: &Value| list.as_array().map_or(0, |items| items.len() as u64);
        let iter = &task["commandsIter"];
        let axes = iter["varsIter"].as_array().map(Vec::as_slice).unwrap_or_default();
        let made_from = axes.iter().find(|axis| axis[0] == "get_result").and_then(|axis| axis[1].as_str());
        Self {
            made_from: made_from.map(str::to_owned),
            own: count(&task["commands"]) + count(&task["commandSet"]) + count(&iter["vars"]),
            conditions: condition(&task["condition"]["condition"])
                .into_iter()
                .chain(generic(&task["genericCondition"]))
                .collect(),
        }
    }
}

/// What became of the vertices that are made from what another task prints: `3 vertices from what list printed`.
pub fn expansion(subject: &Subject, statuses: &[Option<&TaskStatus>], position: usize) -> Option<String> {
    let reading = &subject.spec.tasks.get(position)?.reading;
    let source = reading.made_from.as_ref()?;
    let name = printable(source);
    let status = statuses.get(position).copied().flatten()?;
    let Some(total) = status.total else {
        let is_open = !subject.is_over() && matches!(status.phase.as_str(), phase::PENDING | phase::RUNNING);
        return is_open.then(|| format!("as many vertices as {name} prints"));
    };
    let total = u64::from(total.unsigned_abs());
    let made = total.saturating_sub(reading.own);
    let position_of = subject.spec.tasks.iter().position(|task| task.name == *source);
    let of_source = position_of.and_then(|source| statuses.get(source).copied().flatten());
    let is_skipped = of_source.is_some_and(|status| status.phase == phase::SKIPPED);
    Some(match (made, total) {
        (0, _) if is_skipped => format!("no vertex from {name}, which was skipped"),
        (0, _) => format!("no vertex from what {name} printed"),
        (made, total) if made < total => format!("{made} of its {total} vertices from what {name} printed"),
        (1, _) => format!("1 vertex from what {name} printed"),
        (made, _) => format!("{made} vertices from what {name} printed"),
    })
}

fn condition(condition: &Value) -> Option<String> {
    match condition.as_array()?.as_slice() {
        [Value::Bool(true), ..] => Some("always: [true]".to_owned()),
        [Value::Bool(false), ..] => Some("never: [false]".to_owned()),
        [word, Value::String(task), Value::String(expected)] if word == "check_result" => {
            Some(format!("if {task:?} prints {expected:?}"))
        }
        _ => None,
    }
}

fn generic(condition: &Value) -> Option<String> {
    let task = condition["dependJobName"].as_str()?;
    let rules = condition["matchRules"].as_array().map(Vec::as_slice).unwrap_or_default();
    let words = |rule: &Value| {
        let text = |key: &str| rule[key].as_str().unwrap_or_default().to_owned();
        let values = rule["values"].as_array().map(Vec::as_slice).unwrap_or_default();
        let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
        format!("{} {} {}", text("key"), text("operator"), values.join(", ")).trim_end().to_owned()
    };
    let rules: Vec<String> = rules.iter().map(words).collect();
    Some(if rules.is_empty() {
        format!("never: it has no rule for what {task:?} prints")
    } else {
        format!("if of what {task:?} prints {}", rules.join(", or "))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_are_said_in_words() {
        for (task, expected) in [
            (json!({"condition": {"condition": [false, 1]}}), "never: [false]"),
            (
                json!({"condition": {"condition": ["check_result", "ask", "a\"b\n"]}}),
                r#"if "ask" prints "a\"b\n""#,
            ),
            (
                json!({"condition": {"condition": [true]}, "genericCondition": {"dependJobName": "ask", "matchRules": [
                {"key": "k", "operator": "In", "values": ["a", "b"]}, {"key": "j", "operator": "Exists"}]}}),
                r#"always: [true]|if of what "ask" prints k In a, b, or j Exists"#,
            ),
            (
                json!({"genericCondition": {"dependJobName": "ask"}}),
                r#"never: it has no rule for what "ask" prints"#,
            ),
            (json!({"condition": {"condition": [7]}, "genericCondition": [], "commandsIter": 3}), ""),
            (json!({"condition": [], "commandsIter": {"varsIter": [[], 3, "get_result"]}}), ""),
            (json!(null), ""),
        ] {
            assert_eq!(Reading::of(&task).conditions.join("|"), expected, "{task}");
            assert_eq!(Reading::of(&task).made_from, None);
        }
    }

    #[test]
    fn what_a_task_expanded_to_is_said_in_words() {
        let said = |own: &Value, status: &Value, source: &str, phase: &str| {
            let mut task =
                json!({"name": "d", "commandsIter": {"varsIter": [["a"], ["get_result", "s", ","]]}});
            task.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
            let subject = Subject::from_document(&json!({
                "spec": {"tasks": [{"name": "s"}, task]},
                "status": {"phase": phase, "tasks": [{"name": "s", "phase": source}, status]}}));
            expansion(&subject, &subject.task_statuses(), 1).unwrap_or_default()
        };
        let status = |total: Option<i32>, phase: &str| json!({"name": "d", "phase": phase, "total": total});
        let none = json!({});
        for (own, status, source, phase, expected) in [
            (&none, status(None, "Pending"), "Running", "Running", "as many vertices as s prints"),
            (&none, status(None, "Pending"), "Failed", "Failed", ""),
            (&none, status(None, "Skipped"), "Succeeded", "Running", ""),
            (&none, status(Some(1), "Running"), "Succeeded", "Running", "1 vertex from what s printed"),
            (&none, status(Some(3), "Failed"), "Succeeded", "Failed", "3 vertices from what s printed"),
            (&none, status(Some(0), "Succeeded"), "Succeeded", "Running", "no vertex from what s printed"),
            (
                &none,
                status(Some(0), "Succeeded"),
                "Skipped",
                "Running",
                "no vertex from s, which was skipped",
            ),
            (
                &json!({"commands": ["x", "y"]}),
                status(Some(5), "Running"),
                "Succeeded",
                "Running",
                "3 of its 5 vertices from what s printed",
            ),
        ] {
            assert_eq!(said(own, &status, source, phase), expected, "{status}");
        }
    }
}
