//! Executions as the API has them: everything in them is kept, also what this program does not know.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::Query;
use crate::{
    cli::GetFormat,
    cluster::{
        Error,
        execution::RESOURCE,
        page::PageMetadata,
        watch::{Change, Step, Watch},
    },
    commands::wait::interrupted,
    print,
    render::object,
};

pub async fn get(query: &Query<'_>) -> Result<ExitCode, Error> {
    let mut code = ExitCode::SUCCESS;
    let (mut objects, state) = query.found::<Value>(&mut code).await?;
    objects.retain(|object| is_wanted(query, object));
    if query.args.watch {
        for object in objects {
            code = print::finish(&one(query, object), code);
        }
        return follow(query, state, code).await;
    }
    if objects.is_empty() && query.args.output == GetFormat::Name {
        if query.names.is_empty() {
            query.say_nothing_found();
        }
        return Ok(code);
    }
    if query.args.output == GetFormat::Name {
        let names: String = objects.into_iter().map(|object| one(query, object)).collect();
        return Ok(print::finish(&names, code));
    }
    // One that was named stands alone; of several names one may be missing, which makes no other object of them.
    let text = match (query.names.len(), objects.pop()) {
        (1, None) => return Ok(code),
        (1, Some(object)) => one(query, object),
        (_, last) => {
            objects.extend(last);
            let objects: Vec<Value> = objects.into_iter().map(|object| trimmed(query, object)).collect();
            let head = json!({"resourceVersion": ""});
            text(query, &json!({"apiVersion": "v1", "kind": "List", "metadata": head, "items": objects}))
        }
    };
    Ok(print::finish(&text, code))
}

/// Prints each change, until it is interrupted.
async fn follow(query: &Query<'_>, state: PageMetadata, mut code: ExitCode) -> Result<ExitCode, Error> {
    let mut watch: Watch<'_, Value> =
        Watch::new(query.session, query.objects.clone(), query.watch_params(), &state);
    loop {
        let mut changed = Vec::new();
        match watch.next().await? {
            Step::Change(Change::Present(object) | Change::Gone(object)) => changed.push(object),
            Step::Forgotten => {
                let (found, state) = query.list().await?;
                changed = found;
                watch.restart(&state);
            }
            Step::Interrupted(error) => interrupted(&error),
        }
        for object in changed.into_iter().filter(|object| is_wanted(query, object)) {
            code = print::finish(&one(query, object), code);
            if code != ExitCode::SUCCESS {
                return Ok(code);
            }
        }
    }
}

fn is_wanted(query: &Query<'_>, object: &Value) -> bool {
    query.has_phase(object.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default())
}

fn one(query: &Query<'_>, object: Value) -> String {
    if query.args.output == GetFormat::Name {
        let name = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        return format!("{RESOURCE}/{name}\n");
    }
    let text = text(query, &trimmed(query, object));
    // Of several documents each has a beginning.
    if query.args.watch && query.args.output == GetFormat::Yaml { format!("---\n{text}") } else { text }
}

/// Without who wrote which field, which is most of an object's lines and of no use to people.
fn trimmed(query: &Query<'_>, mut object: Value) -> Value {
    if !query.args.show_managed_fields
        && let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
    {
        metadata.remove("managedFields");
    }
    object
}

fn text(query: &Query<'_>, object: &Value) -> String {
    match &query.args.output {
        GetFormat::Yaml => object::yaml(object),
        GetFormat::JsonPath(template) => template.render(object),
        _ => object::json(object),
    }
}
