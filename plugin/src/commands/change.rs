//! `kubectl gene suspend`, `resume` and `cancel`: one switch of the spec each.

use std::process::ExitCode;

use gene_types::v1alpha1::status::phase;
use kube::core::params::{GetParams, Patch, PatchParams};
use serde_json::{Value, json};

use crate::{
    cli::{ChangeArgs, without_kind},
    cluster::{self, Error, Session, error::not_found, execution::Summary},
    print,
    render::text::printable,
};

/// Who writes, for the server's book-keeping.
pub const FIELD_MANAGER: &str = "kubectl-gene";

/// A switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Start nothing new.
    Suspend,
    /// Go on.
    Resume,
    /// End everything.
    Cancel,
}

/// What is to be done to an Execution in some state.
#[derive(Clone, Debug, PartialEq)]
enum Verdict {
    /// Write this, then say so.
    Write(Value, &'static str),
    /// Nothing; say so.
    Already(&'static str),
    /// It cannot be done: why.
    Refuse(String),
}

/// Runs the command.
pub fn run(args: &ChangeArgs, change: Change) -> ExitCode {
    cluster::block_on(&args.connection, async |session| {
        each(without_kind(&args.names), async |name| apply(session, name, change).await).await
    })
}

/// Does something to each of the named ones, and tells what became of each. One that fails keeps no other from its
/// turn, a server that is away does.
///
/// # Errors
/// No name is given, or the server is away.
pub async fn each(
    names: &[String],
    mut act: impl AsyncFnMut(&str) -> Result<String, Error>,
) -> Result<ExitCode, Error> {
    if names.is_empty() {
        return Err(Error::command_with_help(
            "no name is given",
            "\"kubectl gene get executions\" lists them",
        ));
    }
    let mut code = ExitCode::SUCCESS;
    for name in names {
        match act(name).await {
            Ok(line) => code = print::finish(&line, code),
            Err(error @ (Error::Refused { .. } | Error::Command { .. })) => {
                print::talk(&error.report());
                code = ExitCode::FAILURE;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(code)
}

pub(super) async fn apply(session: &Session, name: &str, change: Change) -> Result<String, Error> {
    let objects = session.executions();
    let read = session.read(objects.get(name, &GetParams::default())).await;
    let summary: Summary = read.map_err(|error| named(error, name, session))?;
    match decide(&summary, change) {
        Verdict::Already(done) => Ok(format!("{} already {done}\n", summary.resource())),
        Verdict::Refuse(why) => Err(Error::command(format!("execution {name:?} {why}"))),
        Verdict::Write(patch, done) => {
            let request = objects.patch(name, &params(), &Patch::Merge(patch));
            session.text(request).await.map_err(|error| named(error, name, session))?;
            Ok(format!("{} {done}\n", summary.resource()))
        }
    }
}

/// With the name where the server's own words may lack it.
pub fn named(error: Error, name: &str, session: &Session) -> Error {
    if error.is_not_found() { not_found(name, session.namespace()) } else { error }
}

/// How this program writes.
pub fn params() -> PatchParams {
    PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() }
}

fn decide(summary: &Summary, change: Change) -> Verdict {
    let is_cancelled = summary.spec.cancel == Some(true);
    let is_suspended = summary.spec.suspend == Some(true);
    if change == Change::Cancel && is_cancelled {
        return Verdict::Already("cancelled");
    }
    if summary.metadata.deletion_timestamp.is_some() {
        return Verdict::Refuse("is being deleted".to_owned());
    }
    if change == Change::Resume && !is_suspended {
        return Verdict::Already("resumed");
    }
    // The switch of one that ended may be turned back, for a retry.
    if summary.has_ended() && change != Change::Resume {
        let how = match summary.status.phase.as_str() {
            phase::SUCCEEDED => "has succeeded already".to_owned(),
            phase::FAILED => format!("has failed already: {}", printable(&summary.status.message)),
            _ => "is in phase Error: nothing of it runs".to_owned(),
        };
        return Verdict::Refuse(how);
    }
    match change {
        Change::Suspend if is_suspended => Verdict::Already("suspended"),
        Change::Suspend => Verdict::Write(json!({"spec": {"suspend": true}}), "suspended"),
        Change::Resume => Verdict::Write(json!({"spec": {"suspend": false}}), "resumed"),
        Change::Cancel => Verdict::Write(json!({"spec": {"cancel": true}}), "cancelled"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_is_turned_once_and_only_where_it_means_something() {
        let cases = [
            (json!({}), Change::Suspend, "write suspended"),
            (json!({"spec": {"suspend": true}}), Change::Suspend, "already suspended"),
            (json!({"spec": {"suspend": true}}), Change::Resume, "write resumed"),
            (json!({}), Change::Resume, "already resumed"),
            (json!({"spec": {"suspend": false}}), Change::Resume, "already resumed"),
            (json!({"status": {"phase": "Running"}}), Change::Cancel, "write cancelled"),
            (
                json!({"spec": {"cancel": true}, "status": {"phase": "Failed"}}),
                Change::Cancel,
                "already cancelled",
            ),
            (json!({"status": {"phase": "Succeeded"}}), Change::Cancel, "has succeeded already"),
            (
                json!({"status": {"phase": "Failed", "message": "m"}}),
                Change::Suspend,
                "has failed already: m",
            ),
            (
                json!({"spec": {"suspend": true}, "status": {"phase": "Failed"}}),
                Change::Resume,
                "write resumed",
            ),
            (json!({"status": {"phase": "Error"}}), Change::Cancel, "is in phase Error: nothing of it runs"),
            (
                json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}),
                Change::Suspend,
                "is being deleted",
            ),
        ];
        for (object, change, expected) in cases {
            let summary: Summary = serde_json::from_value(object.clone()).unwrap();
            let verdict = match decide(&summary, change) {
                Verdict::Write(_, done) => format!("write {done}"),
                Verdict::Already(done) => format!("already {done}"),
                Verdict::Refuse(why) => why,
            };
            assert_eq!(verdict, expected, "{change:?} {object}");
        }
    }
}
