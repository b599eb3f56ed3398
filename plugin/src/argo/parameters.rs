//! Parameters: those of the Workflow, what a task passes on, and what a template takes.

use std::collections::BTreeMap;

use gene_types::field::{FieldErrorKind, FieldPath, shorten};
use serde_json::Value;

use super::{
    budget::{Budget, Stop},
    known,
    notes::Notes,
    reading::{Object, scalar, wrong},
    scope::{Parameters, Scope},
    survey, text,
};

/// The Workflow's own parameters, those that were given in place of their values.
pub fn of_workflow(spec: &Object<'_>, given: &[(String, String)], notes: &mut Notes) -> Parameters {
    let mut parameters = Parameters::new();
    let arguments = spec.object("arguments", notes);
    for parameter in declared(arguments.as_ref(), &known::ARGUMENTS, notes) {
        let Some(name) = parameter.text("name", notes) else { continue };
        let value = given.iter().rev().find(|(given, _)| given == name).map(|(_, value)| value.clone());
        let value = value.or_else(|| {
            survey::check(&parameter, &known::PARAMETER, notes);
            written(&parameter, "value", notes).or_else(|| written(&parameter, "default", notes))
        });
        let Some(value) = value else {
            if parameter.get("valueFrom").is_none() {
                let message = format!("parameter \"{}\" has no value", shorten(name));
                let help = format!("give it one: --parameter {}=VALUE", shorten(name));
                notes.error(&parameter.path, FieldErrorKind::Required, message, help);
            }
            // So that each use of it is not one more fault.
            parameters.insert(name.to_owned(), String::new());
            continue;
        };
        allowed(&parameter, &value, notes);
        parameters.insert(name.to_owned(), value);
    }
    for (name, _) in given {
        if !parameters.contains_key(name) {
            let message = format!("--parameter {}: the Workflow has no such parameter", shorten(name));
            let path = spec.at("arguments").key("parameters");
            notes.error(&path, FieldErrorKind::NotFound, message, "check its name");
        }
    }
    parameters
}

/// What a task or step passes to its template.
///
/// # Errors
/// A bound was met.
pub fn passed(
    task: &Object<'_>,
    scope: &Scope<'_>,
    budget: &mut Budget,
    notes: &mut Notes,
) -> Result<BTreeMap<String, String>, Stop> {
    let mut passed = BTreeMap::new();
    let Some(arguments) = task.object("arguments", notes) else { return Ok(passed) };
    for parameter in declared(Some(&arguments), &known::ARGUMENTS, notes) {
        survey::check(&parameter, &known::PARAMETER, notes);
        let Some(name) = parameter.text("name", notes) else { continue };
        // What is wrong with the value has been noted: the name is kept, so that its lack is no second fault.
        let value = written(&parameter, "value", notes).unwrap_or_default();
        let filled = text::fill(&value, scope, &parameter.at("value"), budget, notes)?;
        passed.insert(name.to_owned(), filled.unwrap_or_default());
    }
    Ok(passed)
}

/// What a template takes of that; `by` is the task that uses it.
///
/// # Errors
/// A bound was met.
pub fn taken(
    template: &Object<'_>,
    mut passed: BTreeMap<String, String>,
    by: &FieldPath,
    scope: &Scope<'_>,
    budget: &mut Budget,
    notes: &mut Notes,
) -> Result<Parameters, Stop> {
    let mut taken = Parameters::new();
    let inputs = template.object("inputs", notes);
    for parameter in declared(inputs.as_ref(), &known::INPUTS, notes) {
        let Some(name) = parameter.text("name", notes) else { continue };
        let mut value = passed.remove(name);
        if value.is_none() {
            survey::check(&parameter, &known::PARAMETER, notes);
            let key = if parameter.get("value").is_some() { "value" } else { "default" };
            if let Some(default) = written(&parameter, key, notes) {
                value = text::fill(&default, scope, &parameter.at(key), budget, notes)?;
            } else if parameter.get("valueFrom").is_none() {
                let message =
                    format!("the template's input parameter \"{}\" gets no value here", shorten(name));
                let help = "pass it in arguments.parameters, or give it a default";
                notes.error(by, FieldErrorKind::Required, message, help);
            }
        }
        let value = value.unwrap_or_default();
        allowed(&parameter, &value, notes);
        taken.insert(name.to_owned(), value);
    }
    for name in passed.keys() {
        let message = format!("the template has no input parameter \"{}\"", shorten(name));
        notes.warn(
            by,
            message,
            "take it out of the arguments, or add it to inputs.parameters of the template",
        );
    }
    Ok(taken)
}

fn declared<'a>(list: Option<&Object<'a>>, known: &survey::Known, notes: &mut Notes) -> Vec<Object<'a>> {
    let Some(list) = list else { return Vec::new() };
    survey::check(list, known, notes);
    let parameters = list.objects("parameters", notes);
    for parameter in &parameters {
        if parameter.get("name").is_none() {
            let message = "the parameter has no name";
            notes.error(&parameter.path, FieldErrorKind::Required, message, "give it one");
        }
    }
    parameters
}

fn written(parameter: &Object<'_>, key: &str, notes: &mut Notes) -> Option<String> {
    let value = parameter.get(key)?;
    let text = scalar(value);
    if text.is_none() {
        wrong(value, &parameter.at(key), "a text, a number or a boolean", notes);
    }
    text
}

/// Checks a value against `enum`.
fn allowed(parameter: &Object<'_>, value: &str, notes: &mut Notes) {
    let Some(Value::Array(choices)) = parameter.get("enum") else { return };
    if !choices.iter().any(|choice| scalar(choice).as_deref() == Some(value)) {
        let message = format!("\"{}\" is none of the values that the parameter may have", shorten(value));
        notes.error(&parameter.at("enum"), FieldErrorKind::NotSupported, message, "give it one of them");
    }
}
