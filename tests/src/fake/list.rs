//! Lists: the newest state or that of a revision, in pages.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use super::{
    refusal::Refusal,
    request::Request,
    selector::Selection,
    store::{Key, Store},
    view,
};

/// Answers a list. A list that takes any version (`resourceVersion=0`) is answered as of `stale` revisions ago, which a
/// cache of a real API server may do, too.
///
/// # Errors
/// A selector that is none, a revision that is forgotten or not yet there.
pub fn list(store: &Store, request: &Request, stale: u64) -> Result<Value, Refusal> {
    let selection = selection(request)?;
    let current = store.revision();
    let (revision, start) = match request.parameter("continue") {
        "" => (wanted_revision(store, request, stale)?, None),
        token => {
            let (revision, start) = read_token(token)?;
            (revision, Some(start))
        }
    };
    let objects: BTreeMap<Key, Arc<Value>> = store.at(request.resource, revision).ok_or_else(|| {
        if start.is_some() {
            Refusal::expired(
                "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
            )
        } else {
            Refusal::expired(format!("too old resource version: {revision} ({current})"))
        }
    })?;
    let limit = request.parameter("limit").parse().unwrap_or(0_usize);
    let mut selected = objects
        .iter()
        .filter(|(key, _)| start.as_ref().is_none_or(|start| **key > *start))
        .filter(|(key, object)| selection.takes(key, object));
    let mut page = Vec::new();
    let mut last = None;
    for (key, object) in selected.by_ref() {
        page.push(view::item(object, request.is_metadata_only));
        last = Some(key);
        if limit > 0 && page.len() == limit {
            break;
        }
    }
    let remaining = selected.count();
    let mut metadata = json!({"resourceVersion": revision.to_string()});
    if remaining > 0
        && let Some(last) = last
    {
        metadata["continue"] = json!(format!("{revision}/{}/{}", last.0, last.1));
        metadata["remainingItemCount"] = json!(remaining);
    }
    Ok(view::list(request.resource, &page, &metadata, request.is_metadata_only))
}

/// The selection of a list or watch.
///
/// # Errors
/// A selector that is none.
pub fn selection(request: &Request) -> Result<Selection, Refusal> {
    let fields = request.parameter("fieldSelector");
    Selection::parse(request.resource, request.namespace.clone(), request.parameter("labelSelector"), fields)
}

fn wanted_revision(store: &Store, request: &Request, stale: u64) -> Result<u64, Refusal> {
    let current = store.revision();
    let is_exact = request.parameter("resourceVersionMatch") == "Exact";
    let wanted = match request.parameter("resourceVersion") {
        "" => return Ok(current),
        "0" => {
            let old = current.saturating_sub(stale);
            return Ok(if store.changes_after(old).is_some() { old } else { current });
        }
        text => text
            .parse::<u64>()
            .map_err(|_| Refusal::bad_request(format!("invalid resource version \"{text}\"")))?,
    };
    if wanted > current {
        let message = format!("Timeout: Too large resource version: {wanted}, current: {current}");
        let causes = json!([{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]);
        let details = json!({"retryAfterSeconds": 1, "causes": causes});
        return Err(Refusal { details, ..Refusal::new(504, "Timeout", message) });
    }
    Ok(if is_exact { wanted } else { current })
}

fn read_token(token: &str) -> Result<(u64, Key), Refusal> {
    let mut parts = token.splitn(3, '/');
    let revision = parts.next().and_then(|text| text.parse().ok());
    match (revision, parts.next(), parts.next()) {
        (Some(revision), Some(namespace), Some(name)) => {
            Ok((revision, (namespace.to_owned(), name.to_owned())))
        }
        _ => Err(Refusal::bad_request("continue key is not valid")),
    }
}
