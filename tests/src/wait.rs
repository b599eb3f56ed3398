//! Waiting for an object to become something, by watching it, with a bound.

use std::time::Duration;

use futures::TryStreamExt;
use kube::{
    Api,
    api::{DynamicObject, WatchEvent, WatchParams},
};
use tokio::time::timeout;

/// How long anything may take that depends on controllers of a real cluster.
pub const BOUND: Duration = Duration::from_mins(1);

/// Returns the first state of the object for which `fits` holds; `None` stands for its absence.
///
/// # Panics
/// When it takes longer than [`BOUND`], or the API server refuses: what is waited for is what the test is about.
pub async fn until(
    api: &Api<DynamicObject>,
    name: &str,
    what: &str,
    fits: impl Fn(Option<&DynamicObject>) -> bool,
) -> Option<DynamicObject> {
    match timeout(BOUND, watch_until(api, name, &fits)).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => refuse(name, what, &error.to_string()),
        Err(_) => {
            let last = api.get_opt(name).await;
            refuse(name, what, &format!("it took too long; last seen: {last:?}"))
        }
    }
}

#[expect(clippy::panic, reason = "it is called by tests alone, and ends them")]
fn refuse(name: &str, what: &str, why: &str) -> ! {
    panic!("waited for \"{name}\" to {what}: {why}")
}

async fn watch_until(
    api: &Api<DynamicObject>,
    name: &str,
    fits: &impl Fn(Option<&DynamicObject>) -> bool,
) -> kube::Result<Option<DynamicObject>> {
    let field = format!("metadata.name={name}");
    loop {
        let list = api.list(&kube::api::ListParams::default().fields(&field)).await?;
        let version = list.metadata.resource_version.unwrap_or_default();
        let found = list.items.into_iter().next();
        if fits(found.as_ref()) {
            return Ok(found);
        }
        let params = WatchParams::default().fields(&field).timeout(30);
        let mut events = std::pin::pin!(api.watch(&params, &version).await?);
        while let Some(event) = events.try_next().await? {
            match event {
                WatchEvent::Added(object) | WatchEvent::Modified(object) if fits(Some(&object)) => {
                    return Ok(Some(object));
                }
                WatchEvent::Deleted(_) if fits(None) => return Ok(None),
                WatchEvent::Error(_) => break,
                _ => {}
            }
        }
    }
}

/// Returns when the object is gone.
pub async fn gone(api: &Api<DynamicObject>, name: &str) {
    until(api, name, "be gone", |found| found.is_none()).await;
}
