//! A template that runs a container: what a task of an Execution is made of.

use std::collections::BTreeMap;

use gene_types::{
    field::{FieldErrorKind, FieldPath, shorten},
    template::MAIN,
};
use serde_json::{Map, Value};

use super::{
    budget::{Budget, Kind, Stop},
    items::filled,
    notes::Notes,
    reading::{Object, wrong},
    retry,
    scope::Scope,
    text, volumes,
    words::{Form, expanded, takes_script},
};

/// One use of a template that runs a container.
#[derive(Clone, Debug, PartialEq)]
pub struct Container {
    /// Where it stands.
    pub path: FieldPath,
    /// The fields of the task that do not say what is run.
    pub body: Map<String, Value>,
    /// What is run.
    pub form: Form,
}

/// Fields of a container that are as in a pod, and that a task has no field of its own for.
const OF_THE_POD: [&str; 15] = [
    "envFrom",
    "imagePullPolicy",
    "securityContext",
    "ports",
    "lifecycle",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "volumeDevices",
    "stdin",
    "stdinOnce",
    "tty",
    "resizePolicy",
];

/// Fields of a template that go into the specification of its pods.
const OF_THE_TEMPLATE: [&str; 6] = [
    "serviceAccountName",
    "schedulerName",
    "priorityClassName",
    "securityContext",
    "hostAliases",
    "automountServiceAccountToken",
];

/// Reads one use of a template whose `container` or `script` is `key`; `None` where something is wrong with it.
///
/// # Errors
/// A bound was met.
pub fn read(
    template: &Object<'_>,
    key: &str,
    spec: &Object<'_>,
    scope: &Scope<'_>,
    budget: &mut Budget,
    notes: &mut Notes,
) -> Result<Option<Container>, Stop> {
    let Some(container) = template.object(key, notes) else { return Ok(None) };
    let mut body = Map::new();
    match container.text("image", notes) {
        Some(image) => {
            let image = text::fill(image, scope, &container.at("image"), budget, notes)?;
            body.insert("image".to_owned(), image.unwrap_or_default().into());
        }
        None if container.get("image").is_none() => {
            let message = "the container has no image";
            notes.error(&container.path, FieldErrorKind::Required, message, "write image: and its name");
        }
        None => {}
    }
    let mut copy = |from: &Object<'_>, key: &str, into: &mut Map<String, Value>, notes: &mut Notes| {
        let Some(value) = from.get(key) else { return Ok(()) };
        into.insert(key.to_owned(), filled(value, scope, &from.at(key), budget, notes)?);
        Ok(())
    };
    for key in ["workingDir", "env", "resources"] {
        copy(&container, key, &mut body, notes)?;
    }
    for key in ["nodeSelector", "tolerations", "affinity"] {
        copy(template, key, &mut body, notes)?;
    }
    let (mut main, mut pod, mut pod_template) = (Map::new(), Map::new(), Map::new());
    for key in OF_THE_POD {
        copy(&container, key, &mut main, notes)?;
    }
    for key in OF_THE_TEMPLATE {
        copy(template, key, &mut pod, notes)?;
    }
    copy(template, "metadata", &mut pod_template, notes)?;

    if container.get("volumeMounts").is_some() {
        let volumes = [template, spec].map(|owner| owner.list("volumes", notes).len());
        let amount: usize = volumes.iter().sum();
        let mounts = container.list("volumeMounts", notes).len();
        budget.take(Kind::Text, amount.saturating_mul(mounts) as u64, &container.path, notes)?;
    }
    let mounted = volumes::mounted(&container, [template, spec], scope, budget, notes)?;
    insert(&mut body, "volumes", Value::Object(mounted.volumes));
    insert(&mut pod, "volumes", mounted.template_volumes.into());
    insert(&mut main, "volumeMounts", mounted.template_mounts.into());
    if !main.is_empty() {
        main.insert("name".to_owned(), MAIN.into());
        pod.insert("containers".to_owned(), vec![Value::Object(main)].into());
    }
    insert(&mut pod_template, "spec", Value::Object(pod));
    insert(&mut body, "template", Value::Object(pod_template));

    if let Some(retry) = retry::of(template, scope, budget, notes)? {
        body.insert("retry".to_owned(), retry);
    }
    let deadline = retry::duration(template, "activeDeadlineSeconds", scope, budget, notes)?;
    let timeout = retry::duration(template, "timeout", scope, budget, notes)?;
    if deadline.is_some() && body.contains_key("retry") {
        let message = "activeDeadlineSeconds bounds the task with all its attempts here, not each attempt";
        let help = "allow for the attempts that retryStrategy adds, and for the pauses between them";
        notes.warn(&template.at("activeDeadlineSeconds"), message, help);
    }
    if let Some(seconds) = deadline.into_iter().chain(timeout).min() {
        body.insert("activeDeadlineSeconds".to_owned(), seconds.into());
    }
    let form = match key {
        "script" => script(&container, scope, budget, notes)?,
        _ => words(&container, &body, scope, budget, notes)?,
    };
    Ok(form.map(|form| Container { path: container.path, body, form }))
}

fn insert(map: &mut Map<String, Value>, key: &str, value: Value) {
    let is_empty =
        value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty);
    if !is_empty {
        map.insert(key.to_owned(), value);
    }
}

fn words(
    container: &Object<'_>,
    body: &Map<String, Value>,
    scope: &Scope<'_>,
    budget: &mut Budget,
    notes: &mut Notes,
) -> Result<Option<Form>, Stop> {
    if container.get("command").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        let message = "the container has no command: which program its image starts is not known here";
        let help = "write command: and the program, as the image's ENTRYPOINT has it";
        notes.error(&container.path, FieldErrorKind::Required, message, help);
        return Ok(None);
    }
    let env = variables(body);
    let mut words = Vec::new();
    let mut is_whole = true;
    for key in ["command", "args"] {
        for (word, path) in texts(container, key, scope, budget, notes)? {
            match expanded(&word, &env) {
                Ok(word) => {
                    // Values of variables can be long, and stand in many words.
                    budget.take(Kind::Text, word.len() as u64, &path, notes)?;
                    words.push(word);
                }
                Err(name) => {
                    is_whole = false;
                    let message = format!("$({}) is known in the pod only", shorten(&name));
                    let help = format!(
                        "let a shell put it in: command: [sh, -c], with ${} in the text",
                        shorten(&name)
                    );
                    notes.error(&path, FieldErrorKind::NotSupported, message, help);
                }
            }
        }
    }
    Ok(is_whole.then_some(Form::Words(words)))
}

fn script(
    script: &Object<'_>,
    scope: &Scope<'_>,
    budget: &mut Budget,
    notes: &mut Notes,
) -> Result<Option<Form>, Stop> {
    if script.get("args").and_then(Value::as_array).is_some_and(|args| !args.is_empty()) {
        let message = "the arguments of a script are not carried over";
        notes.error(&script.at("args"), FieldErrorKind::NotSupported, message, "write them into the script");
    }
    let mut shell: Vec<String> =
        texts(script, "command", scope, budget, notes)?.into_iter().map(|(word, _)| word).collect();
    let Some(interpreter) = shell.first() else {
        let message = "the script has no command to run it";
        notes.error(&script.path, FieldErrorKind::Required, message, "write command: [sh]");
        return Ok(None);
    };
    let Some(option) = takes_script(interpreter) else {
        let message = format!("how \"{}\" is given a script is not known", shorten(interpreter));
        let help = "use sh, bash, python, perl, ruby or node; or mount the script and make it a container";
        notes.error(&script.at("command"), FieldErrorKind::NotSupported, message, help);
        return Ok(None);
    };
    shell.push(option.to_owned());
    let Some(source) = script.text("source", notes) else {
        if script.get("source").is_none() {
            notes.error(&script.path, FieldErrorKind::Required, "the script has no source", "write source:");
        }
        return Ok(None);
    };
    let text = text::fill(source, scope, &script.at("source"), budget, notes)?;
    Ok(text.map(|text| Form::Script { shell, text }))
}

fn texts(
    owner: &Object<'_>,
    key: &str,
    scope: &Scope<'_>,
    budget: &mut Budget,
    notes: &mut Notes,
) -> Result<Vec<(String, FieldPath)>, Stop> {
    let mut texts = Vec::new();
    for (value, path) in owner.list(key, notes) {
        match value {
            // Of a word that cannot be known the fault has been noted, and its place is kept.
            Value::String(word) => {
                let word = text::fill(word, scope, &path, budget, notes)?;
                texts.push((word.unwrap_or_default(), path));
            }
            other => {
                wrong(other, &path, "a text", notes);
                texts.push((String::new(), path));
            }
        }
    }
    Ok(texts)
}

/// The variables that the container has, with their values where these are known.
fn variables(body: &Map<String, Value>) -> BTreeMap<String, Option<String>> {
    let env = body.get("env").and_then(Value::as_array).into_iter().flatten();
    env.filter_map(|variable| {
        let name = variable.get("name")?.as_str()?.to_owned();
        let value = match (variable.get("value"), variable.get("valueFrom")) {
            (Some(Value::String(text)), None) => Some(text.clone()),
            (None, None) => Some(String::new()),
            _ => None,
        };
        Some((name, value))
    })
    .collect()
}
