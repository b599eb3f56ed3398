//! `genectl get`.

use std::cmp::Reverse;

use k8s_openapi::jiff::Timestamp;
use kube::core::params::{GetParams, ListParams};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    cli::{GetArgs, Output},
    table::{header, table},
};
use crate::{
    cluster::{Error, Session, execution::Summary, page, path},
    commands::change::named,
    render::{executions::age, object, text::printable},
};

/// What is printed of the Executions with these names, or of all.
///
/// # Errors
/// There is none of a name, or no answer.
pub async fn get(session: &Session, args: &GetArgs, names: &[String]) -> Result<String, Error> {
    if args.output == Output::Wide {
        let found: Vec<Summary> =
            found(session, args, names, |summary: &Summary| &summary.status.phase).await?;
        return Ok(wide(&found, Timestamp::now()));
    }
    let mut objects: Vec<Value> = found(session, args, names, phase).await?;
    objects.iter_mut().for_each(bare);
    Ok(match args.output {
        Output::Json => format!("{}\n", Value::Array(objects)),
        _ => format!("{}\n", object::yaml(&objects)),
    })
}

/// In the order of the names; else by phase from behind (Succeeded, Running, Failed, Error, none yet), then as the
/// server lists them.
async fn found<T: DeserializeOwned>(
    session: &Session,
    args: &GetArgs,
    names: &[String],
    phase: impl Fn(&T) -> &str,
) -> Result<Vec<T>, Error> {
    let mut found = Vec::new();
    for name in names {
        let object = session.read(session.executions().get(name, &GetParams::default())).await;
        found.push(object.map_err(|error| named(error, name, session))?);
    }
    if names.is_empty() {
        let objects = path::executions((!args.all_namespaces).then_some(session.namespace()));
        (found, _) = page::all(session, &ListParams::default(), |params| objects.list(params)).await?;
        found.retain(|object| {
            args.phases.is_empty() || args.phases.iter().any(|wanted| wanted.as_status() == phase(object))
        });
        found.sort_by_cached_key(|object| Reverse(phase(object).to_owned()));
    }
    Ok(found)
}

fn phase(object: &Value) -> &str {
    object.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default()
}

/// As that client printed objects: without their kind. Who wrote which field is of no use to people.
fn bare(object: &mut Value) {
    let Some(fields) = object.as_object_mut() else { return };
    fields.remove("apiVersion");
    fields.remove("kind");
    if let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
}

fn wide(summaries: &[Summary], now: Timestamp) -> String {
    let row = |summary: &Summary| {
        let created = summary.metadata.creation_timestamp.as_ref();
        let seconds = |from: Timestamp| u64::try_from(now.as_second() - from.as_second()).unwrap_or_default();
        vec![
            printable(&summary.metadata.name),
            created.map_or_else(|| "<unknown>".to_owned(), |time| age(seconds(time.0))),
            printable(&summary.status.phase),
            printable(&summary.status.message),
        ]
    };
    let mut rows = Vec::from(header(&["Name", "Age", "Phase", "Message"]));
    rows.extend(summaries.iter().map(row));
    table("", &rows) + "\n"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_table_is_that_clients() {
        let objects = json!([
            {"metadata": {"name": "ok-1", "creationTimestamp": "2026-01-01T00:00:56Z"},
             "status": {"phase": "Succeeded", "message": "execution has run successfully"}},
            {"metadata": {"name": "new"}},
        ]);
        let summaries: Vec<Summary> = serde_json::from_value(objects).unwrap();
        assert_eq!(
            wide(&summaries, "2026-01-01T00:01:00Z".parse().unwrap()),
            "Name  Age        Phase      Message\n\
             ----  ---        -----      -------\n\
             ok-1  4s         Succeeded  execution has run successfully\n\
             new   <unknown>             \n\n"
        );
        assert_eq!(
            wide(&[], Timestamp::UNIX_EPOCH),
            "Name  Age  Phase  Message\n----  ---  -----  -------\n\n"
        );
    }
}
