//! `kubectl gene delete`.

use std::{collections::BTreeSet, process::ExitCode, time::Duration};

use gene_types::names::{LABEL_CONTROLLER_UID, LABEL_NAME};
use kube::core::params::{DeleteParams, ListParams};
use serde::Deserialize;
use tokio::time::{Instant, sleep, timeout_at};

use super::{
    change::{each, named},
    wait::interrupted,
};
use crate::{
    cli::{DeleteArgs, without_kind},
    cluster::{
        self, Error, Session,
        execution::{RESOURCE, Summary},
        one, page, path,
    },
    print,
};

/// How often it is looked whether the last Jobs and pods are gone, once the Execution is.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The answer to a deletion: the object as it waits for its dependents, or a word that it is gone.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Deleted {
    metadata: Identity,
    details: Option<Identity>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Identity {
    name: String,
    uid: String,
    owner_references: Vec<Owner>,
}

#[derive(Deserialize)]
struct Owner {
    uid: String,
}

/// An object of which only its identity counts.
#[derive(Deserialize)]
struct Identified {
    metadata: Identity,
}

/// Runs the command.
pub fn run(args: &DeleteArgs) -> ExitCode {
    cluster::block_on(&args.connection, async |session| {
        if args.all || args.selector.is_some() {
            let names = names(session, args.selector.as_deref()).await?;
            if names.is_empty() {
                print::talk(&format!("No resources found in {} namespace.\n", session.namespace()));
                return Ok(ExitCode::SUCCESS);
            }
            return each(&names, async |name| delete(session, args, name).await).await;
        }
        each(without_kind(&args.names), async |name| delete(session, args, name).await).await
    })
}

/// The names of all Executions of the namespace, or of those with these labels.
async fn names(session: &Session, selector: Option<&str>) -> Result<Vec<String>, Error> {
    let params = ListParams { label_selector: selector.map(str::to_owned), ..ListParams::default() };
    let objects = session.executions();
    let (found, _): (Vec<Identified>, _) =
        page::all(session, &params, |params| objects.list_metadata(params)).await?;
    Ok(found.into_iter().map(|item| item.metadata.name).collect())
}

pub(super) async fn delete(session: &Session, args: &DeleteArgs, name: &str) -> Result<String, Error> {
    let objects = session.executions();
    let how = if args.wait { DeleteParams::foreground() } else { DeleteParams::background() };
    let answer: Deleted = match session.read(objects.delete(name, &how)).await {
        Ok(answer) => answer,
        Err(error) if error.is_not_found() && args.ignore_not_found => return Ok(String::new()),
        Err(error) => return Err(named(error, name, session)),
    };
    if args.wait {
        let uid = answer.details.map_or(answer.metadata.uid, |details| details.uid);
        let deadline = Instant::now() + args.timeout;
        let late = |_| {
            Error::command_with_help(
                format!("execution {name:?} is not gone within {:?}", args.timeout),
                format!(
                    "it is being deleted; see what is left: kubectl get jobs,pods -l {LABEL_NAME}={name}"
                ),
            )
        };
        timeout_at(deadline, gone(session, name, &uid)).await.map_err(late)??;
    }
    Ok(format!("{RESOURCE} {name:?} deleted\n"))
}

/// Deletes an Execution; its Jobs and pods go in the background.
///
/// # Errors
/// There is none of this name, or no answer.
pub async fn delete_in_background(session: &Session, name: &str) -> Result<(), Error> {
    session.text(session.executions().delete(name, &DeleteParams::background())).await.map(drop)
}

/// Returns when the Execution with this uid, its Jobs and their pods are gone.
async fn gone(session: &Session, name: &str, uid: &str) -> Result<(), Error> {
    // A pod knows only its Job's uid, and a Job may go before its pods: so whose they are is read first.
    let mut jobs = jobs_of(session, uid).await?;
    let is_gone =
        |summary: Option<Summary>| summary.is_none_or(|summary| summary.metadata.uid != uid).then_some(());
    one::until(session, &session.executions(), name, is_gone, interrupted).await?;
    loop {
        let left = jobs_of(session, uid).await?;
        let is_empty = left.is_empty();
        jobs.extend(left);
        if is_empty && !has_pods_of(session, name, &jobs).await? {
            return Ok(());
        }
        sleep(LOOK_EVERY).await;
    }
}

async fn jobs_of(session: &Session, uid: &str) -> Result<BTreeSet<String>, Error> {
    let params = ListParams::default().labels(&format!("{LABEL_CONTROLLER_UID}={uid}"));
    let jobs = path::jobs(Some(session.namespace()));
    let (found, _): (Vec<Identified>, _) =
        page::all(session, &params, |params| jobs.list_metadata(params)).await?;
    Ok(found.into_iter().map(|item| item.metadata.uid).collect())
}

async fn has_pods_of(session: &Session, name: &str, jobs: &BTreeSet<String>) -> Result<bool, Error> {
    if jobs.is_empty() {
        return Ok(false);
    }
    let params = ListParams::default().labels(&format!("{LABEL_NAME}={name}"));
    let pods = path::pods(Some(session.namespace()));
    let (found, _): (Vec<Identified>, _) =
        page::all(session, &params, |params| pods.list_metadata(params)).await?;
    let mut owners = found.iter().flat_map(|item| &item.metadata.owner_references);
    Ok(owners.any(|owner| jobs.contains(&owner.uid)))
}
