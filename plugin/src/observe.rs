//! Reads what the pictures of [`crate::view`] are made of: an Execution, its pods, and Events.

#[cfg(test)]
mod tests;

use gene_types::names::LABEL_NAME;
use kube::core::params::{GetParams, ListParams};
use serde_json::Value;

use crate::{
    cluster::{Error, Session, error, page::Page, path},
    render::progress::State,
    view::{
        Pod, Subject,
        vertex::{Event, Surroundings, Vertices},
    },
};

/// So many pods are read at once. A picture is made from these; more are said to be left out.
const PODS: u32 = 1000;
/// So many Events of one kind are read.
const EVENTS: u32 = 500;

/// The Execution, as the server has it.
///
/// # Errors
/// There is none of this name, or no answer.
pub async fn execution(session: &Session, name: &str) -> Result<Value, Error> {
    let found = session.read(session.executions().get(name, &GetParams::default())).await;
    found.map_err(
        |refusal| if refusal.is_not_found() { error::not_found(name, session.namespace()) } else { refusal },
    )
}

/// What explains an Execution's state: its unfinished and failed pods, and what Jobs without pods complain of.
/// Of one that went well nothing is asked. That it cannot be had is said in what is returned.
pub async fn surroundings(session: &Session, subject: &Subject) -> Surroundings {
    let has_running = subject.status.tasks.iter().any(|task| task.running > 0);
    let has_failed = subject.has_failed() || subject.status.tasks.iter().any(|task| task.failed > 0);
    let has_begun = !subject.status.vertices.is_empty() || !subject.status.tasks.is_empty();
    if !has_begun || (subject.is_over() && !has_failed && !has_running) {
        return Surroundings::default();
    }
    let mut around = match pods(session, &subject.name, true).await {
        Ok((pods, are_pods_cut)) => Surroundings { pods, are_pods_cut, ..Surroundings::default() },
        Err(error) => return Surroundings { fault: Some(error.message()), ..Surroundings::default() },
    };
    if !subject.is_over() && lacks_pods(subject, &around) {
        // Beside the pods this only adds a word.
        around.complaints = complaints(session).await.unwrap_or_default();
    }
    around
}

/// The Execution's pods: those that have not succeeded, or all. The second says whether there are more.
///
/// # Errors
/// There was no answer.
pub async fn pods(session: &Session, name: &str, unfinished: bool) -> Result<(Vec<Pod>, bool), Error> {
    let mut params = ListParams::default().labels(&format!("{LABEL_NAME}={name}")).limit(PODS);
    if unfinished {
        params = params.fields("status.phase!=Succeeded");
    }
    let list: Page<Pod> = session.read(path::pods(Some(session.namespace())).list(&params)).await?;
    Ok((list.items, !list.metadata.next.is_empty()))
}

/// The Events about one object.
///
/// # Errors
/// There was no answer.
pub async fn events(session: &Session, uid: &str) -> Result<Vec<Event>, Error> {
    let params = ListParams::default().fields(&format!("involvedObject.uid={uid}")).limit(EVENTS);
    let list: Page<Event> = session.read(path::events(Some(session.namespace())).list(&params)).await?;
    Ok(list.items)
}

/// What Jobs of the namespace say that could not make a pod: a quota, a policy.
async fn complaints(session: &Session) -> Result<Vec<Event>, Error> {
    let params = ListParams::default().fields("involvedObject.kind=Job,reason=FailedCreate").limit(EVENTS);
    let list: Page<Event> = session.read(path::events(Some(session.namespace())).list(&params)).await?;
    Ok(list.items)
}

/// Whether vertices run for which there is no pod. One that has just succeeded is among them for a moment.
fn lacks_pods(subject: &Subject, around: &Surroundings) -> bool {
    let vertices = Vertices::new(subject, around, false);
    (0..subject.spec.tasks.len())
        .flat_map(|task| vertices.of(task))
        .any(|vertex| vertex.state == State::Running && vertex.pod.is_none())
}
