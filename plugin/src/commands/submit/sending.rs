//! One Execution to the server, and what that says.

use gene_types::field::FieldError;
use http::Request;
use serde_json::Value;

use super::Submission;
use crate::{
    cli::{DryRun, SubmitOptions},
    cluster::{Error, Session, execution::Metadata, path, refusal},
    commands::change::FIELD_MANAGER,
    print,
};

/// What the server warned of and this program has not said by itself already, and why it refused.
pub fn told<T>(session: &Session, submission: &Submission, outcome: &Result<T, Error>) -> String {
    let Submission { loaded, said, .. } = submission;
    let new = session.take_warnings().into_iter().filter(|warning| !said.contains(warning));
    let warnings: Vec<FieldError> = new.map(|warning| refusal::warned(&warning)).collect();
    let mut text = loaded.warned_by_server(&warnings);
    if let Err(error @ (Error::Refused { .. } | Error::Command { .. })) = outcome {
        let faults = error.status().map(refusal::faults).unwrap_or_default();
        if faults.is_empty() {
            text.push_str(&error.report());
        } else {
            text.push_str(&loaded.refused_by_server(&faults));
        }
    }
    text
}

pub async fn create(
    session: &Session,
    args: &SubmitOptions,
    submission: &Submission,
) -> Result<(Value, Metadata), Error> {
    post(session, args, submission).await.map_err(|error| {
        let name = submission.name();
        explained(
            error,
            submission,
            session,
            &format!(
                "submit this one with --name {name}-2, delete that one (kubectl gene delete {name} --wait), or run again what failed of it (kubectl gene retry {name})"
            ),
        )
    })
}

/// Sends it. What the server stored, and who that is.
///
/// # Errors
/// As the server said it.
pub async fn post(
    session: &Session,
    args: &SubmitOptions,
    submission: &Submission,
) -> Result<(Value, Metadata), Error> {
    let (document, namespace) = (&submission.document, submission.namespace(session));
    let dry_run = if args.dry_run == DryRun::Server { "&dryRun=All" } else { "" };
    let address = format!(
        "{}?fieldManager={FIELD_MANAGER}&fieldValidation=Strict{dry_run}",
        path::executions(Some(namespace)).url_path
    );
    let request = Request::post(address)
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(document.to_string().into_bytes())
        .map_err(kube::core::request::Error::BuildRequest);
    let text = session.text(request).await?;
    let understood = |error| session.not_understood(&error);
    let object: Value = serde_json::from_str(&text).map_err(understood)?;
    let metadata = object.get("metadata").cloned().unwrap_or_default();
    Ok((object, serde_json::from_value(metadata).map_err(understood)?))
}

/// What the person can do where the server refuses for a reason that they can mend; `where_taken` where its name is
/// taken.
pub fn explained(error: Error, submission: &Submission, session: &Session, where_taken: &str) -> Error {
    let name = submission.name();
    if error.is_already_exists() {
        let namespace = submission.namespace(session);
        return Error::command_with_help(
            format!("there is an execution {name:?} in namespace {namespace:?} already"),
            where_taken,
        );
    }
    match &error {
        Error::Refused { status, .. }
            if status.message.contains("strict decoding error") && refusal::faults(status).is_empty() =>
        {
            Error::command_with_help(
                format!("the Executions of this cluster are of another version: {}", status.message),
                "install this version's: kubectl apply --server-side -k manifests",
            )
        }
        Error::Away { why, .. } if !why.contains("refused") => {
            print::talk(&format!("warning: execution {name:?} may have been created all the same\n"));
            error
        }
        _ => error,
    }
}
