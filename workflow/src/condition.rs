//! `condition` and `generic_condition`: whether a task runs.

use gene_types::field::{FieldErrorKind, shorten};
use serde_json::{Map, Value, json};

use crate::{
    call::{self, only_placeholder},
    fields::{Fields, Keys, described, list, text},
    report::{At, Report},
    scope::{Scope, Unknown},
};

const CHECK_RESULT: &str = "check_result";
const FORMS: &str = "write true, false, ${INPUT} or check_result(TASK, \"EXPECTED\")";

/// The list that an Execution has as its condition.
pub(crate) fn read(value: &Value, at: &At<'_>, scope: &Scope, report: &mut Report) -> Option<Value> {
    match value {
        Value::Bool(value) => Some(json!([value])),
        Value::Array(items) => of_list(items, value, at, scope, report),
        Value::String(text) => match only_placeholder(text) {
            Some(name) => of_input(name, at, scope, report),
            None if call::is_call(text, CHECK_RESULT) => {
                let reading = call::reading(CHECK_RESULT, text, scope, at, report)?;
                Some(json!([CHECK_RESULT, reading.task, reading.text]))
            }
            None => {
                let help = match text.as_str() {
                    "true" | "false" => format!("write {text} without quotes"),
                    _ => FORMS.to_owned(),
                };
                let fault = at.fault(FieldErrorKind::Invalid, "this text is no condition").value(value);
                report.error(at.origin(), fault.help(help));
                None
            }
        },
        other => {
            let message = format!("a condition is wanted, not {}", described(other));
            let fault = at.fault(FieldErrorKind::TypeInvalid, message).value(other);
            report.error(at.origin(), fault.help(FORMS));
            None
        }
    }
}

/// A bool, or a text that is one.
fn of_input(name: &str, at: &At<'_>, scope: &Scope, report: &mut Report) -> Option<Value> {
    let input = scope.required(name, at, report)?;
    match input.text.as_str() {
        "true" if !input.value.is_array() => Some(json!([true])),
        "false" if !input.value.is_array() => Some(json!([false])),
        text => {
            let message =
                format!("input {:?} is {:?}, and a condition is true or false", shorten(name), shorten(text));
            let fault = at.fault(FieldErrorKind::Invalid, message).value(format!("${{{name}}}"));
            report.error(at.origin(), fault.help("give the input type: bool and the value true or false"));
            None
        }
    }
}

/// As an Execution has it: any text may be expected, with commas too.
fn of_list(items: &[Value], value: &Value, at: &At<'_>, scope: &Scope, report: &mut Report) -> Option<Value> {
    match items {
        [Value::Bool(value)] => Some(json!([value])),
        [Value::String(word), Value::String(task), Value::String(expected)] if word == CHECK_RESULT => {
            let expected = scope.fill(expected, Unknown::Kept, &at.index(2), report)?;
            Some(json!([CHECK_RESULT, task, expected]))
        }
        _ => {
            let fault = at.fault(FieldErrorKind::Invalid, "this list is no condition").value(value);
            report.error(at.origin(), fault.help(FORMS));
            None
        }
    }
}

const GENERIC: Keys = Keys { known: &["depend_job_name", "match_rules"], ignored: &[] };
const RULE: Keys = Keys { known: &["key", "operator", "values"], ignored: &[] };

/// A `generic_condition` in both spellings: the Execution's and the workflow's.
pub(crate) struct Generic {
    pub(crate) execution: Value,
    pub(crate) workflow: Value,
}

/// Reads a `generic_condition`. Variables mean nothing in it.
pub(crate) fn read_generic(value: &Value, at: At<'_>, report: &mut Report) -> Option<Generic> {
    let before = report.len();
    let fields = Fields::read(value, at, &GENERIC, report)?;
    let task = fields.text("depend_job_name", report).unwrap_or_default();
    let mut rules = Vec::new();
    if let Some((value, at)) = fields.get("match_rules") {
        for (position, rule) in list(value, &at, report)?.iter().enumerate() {
            if report.is_full() {
                return None;
            }
            rules.extend(read_rule(rule, at.index(position), report));
        }
    }
    (report.len() == before).then(|| Generic {
        execution: json!({"dependJobName": task, "matchRules": rules}),
        workflow: json!({"depend_job_name": task, "match_rules": rules}),
    })
}

fn read_rule(value: &Value, at: At<'_>, report: &mut Report) -> Option<Value> {
    let fields = Fields::read(value, at, &RULE, report)?;
    let mut rule = Map::new();
    let key = fields.text("key", report).unwrap_or_default();
    if key.contains("${") {
        let at = fields.place("key");
        let fault =
            at.fault(FieldErrorKind::Invalid, "a variable cannot stand in the key of a rule").value(&*key);
        report.error(at.origin(), fault.help("write the key itself"));
        return None;
    }
    rule.insert("key".to_owned(), key.into());
    let Some(operator) = fields.text("operator", report) else {
        let help = "write operator: In, or one of NotIn, Exists, DoesNotExist, Gt, Lt, =, ==, !=";
        fields.missing("operator", "the rule has no operator", help, report);
        return None;
    };
    rule.insert("operator".to_owned(), operator.into());
    if let Some((values, at)) = fields.get("values") {
        let values = list(values, &at, report)?;
        let texts: Vec<Value> = values
            .iter()
            .enumerate()
            .filter_map(|(position, value)| {
                Some(text(value, &at.index(position), report)?.into_owned().into())
            })
            .collect();
        rule.insert("values".to_owned(), texts.into());
    }
    Some(Value::Object(rule))
}
