//! `kubectl gene wait`, and what else waits for an Execution.

use std::{process::ExitCode, time::Duration};

use kube::core::request::Request;
use tokio::time::{Instant, timeout_at};

use crate::{
    cli::{Goal, WaitArgs, without_kind},
    cluster::{self, Error, Session, error::not_found, execution::Summary, one},
    print,
    render::{duration, text::printable},
};

/// An Execution failed.
pub const FAILED: u8 = 3;

/// What came of waiting.
#[derive(Clone, Debug, PartialEq)]
enum Outcome {
    /// It is as wanted.
    Met,
    /// It is gone.
    Gone,
    /// It cannot become what is wanted any more.
    Never(Box<Summary>),
}

/// Runs the command.
pub fn run(args: &WaitArgs) -> ExitCode {
    cluster::block_on(&args.connection, async |session| wait(session, args).await)
}

async fn wait(session: &Session, args: &WaitArgs) -> Result<ExitCode, Error> {
    let names = without_kind(&args.names);
    if names.is_empty() {
        return Err(Error::command_with_help(
            "no name is given",
            "kubectl gene wait NAME --for=phase=Succeeded",
        ));
    }
    let deadline = Instant::now() + args.timeout;
    let mut code = ExitCode::SUCCESS;
    for name in names {
        let outcome = timeout_at(deadline, reached(session, name, &args.goal)).await.map_err(|_| {
            let what = said(&args.goal);
            Error::command(format!("execution {name:?} is not {what} within {}", seconds(args.timeout)))
        })??;
        let resource = format!("{}/{name}", cluster::execution::RESOURCE);
        match outcome {
            Outcome::Met if args.goal == Goal::Delete => {
                code = print::finish(&format!("{resource} deleted\n"), code);
            }
            Outcome::Met => code = print::finish(&format!("{resource} condition met\n"), code),
            Outcome::Gone => {
                return Err(Error::command(format!(
                    "execution {name:?} was deleted while it was waited for"
                )));
            }
            Outcome::Never(summary) => {
                let what = said(&args.goal);
                let end = ending(&summary);
                print::talk(&format!("error: execution {name:?} can no longer be {what}: it {end}\n"));
                code = ExitCode::from(FAILED);
            }
        }
    }
    Ok(code)
}

async fn reached(session: &Session, name: &str, goal: &Goal) -> Result<Outcome, Error> {
    let mut uid: Option<String> = None;
    let found = |summary: Option<Summary>| {
        let Some(summary) =
            summary.filter(|summary| uid.as_ref().is_none_or(|uid| *uid == summary.metadata.uid))
        else {
            // One that was never there has no uid.
            return Some((Outcome::Gone, uid.is_some()));
        };
        uid.get_or_insert_with(|| summary.metadata.uid.clone());
        judge(&summary, goal).map(|outcome| (outcome, true))
    };
    match one::until(session, &session.executions(), name, found, interrupted).await? {
        (Outcome::Gone, _) if *goal == Goal::Delete => Ok(Outcome::Met),
        (Outcome::Gone, false) => Err(not_found(name, session.namespace())),
        (outcome, _) => Ok(outcome),
    }
}

/// Whether what is wanted is there, or cannot come any more; `None`: it may still come.
fn judge(summary: &Summary, goal: &Goal) -> Option<Outcome> {
    let phase = &summary.status.phase;
    let (is_met, is_past) = match goal {
        Goal::Delete => return None,
        Goal::Phase(wanted) => (phase == wanted, wanted.is_empty() && !phase.is_empty()),
        Goal::Condition(type_, status) => (summary.has_condition(type_, status), false),
    };
    if is_met {
        Some(Outcome::Met)
    } else if is_past || summary.has_ended() {
        Some(Outcome::Never(Box::new(summary.clone())))
    } else {
        None
    }
}

/// Waits for the end of an Execution and says it in one line; the exit code is that of the Execution.
///
/// # Errors
/// The server refuses, was away for too long, or the Execution is gone.
pub async fn until_end(
    session: &Session,
    objects: &Request,
    name: &str,
    uid: &str,
) -> Result<ExitCode, Error> {
    let found = |summary: Option<Summary>| match summary.filter(|summary| summary.metadata.uid == uid) {
        None => Some(None),
        Some(summary) => summary.has_ended().then_some(Some(summary)),
    };
    let Some(summary) = one::until(session, objects, name, found, interrupted).await? else {
        return Err(Error::command(format!("execution {name:?} was deleted while it was waited for")));
    };
    let code = if summary.has_failed() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS };
    Ok(print::finish(&format!("{} {}\n", summary.resource(), ending(&summary)), code))
}

/// How an Execution ended, or where it stands: `succeeded: 98/98 in 1h02m`.
fn ending(summary: &Summary) -> String {
    use gene_types::v1alpha1::status::phase;
    let status = &summary.status;
    let took = match (&status.started_at, &status.finished_at) {
        (Some(from), Some(to)) => {
            let seconds = u64::try_from(to.0.as_second() - from.0.as_second()).unwrap_or_default();
            format!(" in {}", duration(seconds))
        }
        _ => String::new(),
    };
    let progress = printable(&status.progress);
    let message = printable(&status.message);
    match status.phase.as_str() {
        phase::SUCCEEDED => format!("succeeded: {progress}{took}"),
        phase::FAILED => format!("failed: {message} ({progress} done{took})"),
        phase::ERROR => format!("is at fault itself: {message}"),
        other => format!("is {}", if other.is_empty() { "Pending" } else { other }),
    }
}

/// Tells a person who waits that the server is away.
pub fn interrupted(error: &Error) {
    print::talk(&format!("warning: {}; asking again\n", error.message()));
}

fn said(goal: &Goal) -> String {
    match goal {
        Goal::Phase(phase) if phase.is_empty() => "Pending".to_owned(),
        Goal::Phase(phase) => phase.clone(),
        Goal::Condition(type_, status) if status == "True" => type_.clone(),
        Goal::Condition(type_, status) => format!("{type_}={status}"),
        Goal::Delete => "deleted".to_owned(),
    }
}

fn seconds(span: Duration) -> String {
    if span < Duration::from_secs(1) { format!("{} ms", span.as_millis()) } else { duration(span.as_secs()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(phase: &str, conditions: &[(&str, &str)]) -> Summary {
        let conditions: Vec<_> =
            conditions.iter().map(|(type_, status)| json!({"type": type_, "status": status})).collect();
        serde_json::from_value(json!({
            "metadata": {"name": "wgs"},
            "status": {"phase": phase, "message": "m", "progress": "3/4", "conditions": conditions,
                       "startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:01:12Z"},
        }))
        .unwrap()
    }

    #[test]
    fn what_can_no_longer_come_is_not_waited_for() {
        let (met, never, open) = (Some("met"), Some("never"), None);
        let cases = [
            ("", "phase=Succeeded", open),
            ("Running", "phase=Succeeded", open),
            ("Succeeded", "phase=Succeeded", met),
            ("Failed", "phase=Succeeded", never),
            ("Error", "phase=Succeeded", never),
            ("Failed", "phase=Failed", met),
            ("Succeeded", "phase=Failed", never),
            ("Running", "phase=Running", met),
            ("Succeeded", "phase=Running", never),
            ("", "phase=Pending", met),
            ("Running", "phase=Pending", never),
            ("Running", "condition=Complete", open),
            ("Failed", "condition=Complete", never),
            ("Running", "condition=Complete=False", met),
            ("Failed", "delete", open),
        ];
        for (phase, goal, expected) in cases {
            let outcome = judge(&at(phase, &[]), &goal.parse().unwrap()).map(|outcome| match outcome {
                Outcome::Met => "met",
                Outcome::Gone => "gone",
                Outcome::Never(_) => "never",
            });
            assert_eq!(outcome, expected, "{phase:?} {goal}");
        }
        let suspended = at("Running", &[("Suspended", "True")]);
        assert_eq!(judge(&suspended, &"condition=Suspended".parse().unwrap()), Some(Outcome::Met));
    }

    #[test]
    fn a_retry_that_nobody_saw_yet_opens_what_failed() {
        let mut failed = at("Failed", &[]);
        failed.spec.retry_generation = Some(1);
        assert_eq!(judge(&failed, &"phase=Succeeded".parse().unwrap()), None);
        failed.status.retry_generation = Some(1);
        assert!(judge(&failed, &"phase=Succeeded".parse().unwrap()).is_some());
    }

    #[test]
    fn an_end_is_said_in_one_line() {
        assert_eq!(ending(&at("Succeeded", &[])), "succeeded: 3/4 in 1m12s");
        assert_eq!(ending(&at("Failed", &[])), "failed: m (3/4 done in 1m12s)");
        assert_eq!(ending(&at("Error", &[])), "is at fault itself: m");
    }
}
