//! `kubectl gene logs`.

mod follow;
mod source;
mod text;

use std::{collections::HashSet, io::IsTerminal as _, process::ExitCode};

use futures::{StreamExt as _, stream};
use gene_types::{
    names::{LABEL_CONTROLLER_UID, LABEL_INDEX, LABEL_NAME, LABEL_TASK},
    nearest::Nearest,
};
use kube::core::{params::ListParams, subresource::LogParams};
use serde::Deserialize;

use crate::{
    cli::{LogsArgs, Target},
    cluster::{self, Error, Session, lines::Lines, page, path},
    observe, print,
    render::text::printable,
    view::{Pod, Subject},
};
use source::{Source, Sources};
use text::Printer;

/// So many answers are asked for ahead while one is printed.
const AHEAD: usize = 8;

/// Runs the command.
pub fn run(args: &LogsArgs) -> ExitCode {
    cluster::block_on(&args.connection, async |session| {
        let subject = Subject::from_document(&observe::execution(session, &args.target.execution).await?);
        check(&subject, &args.target)?;
        let printer =
            Printer::new(source::is_of_many(&subject, &args.target), std::io::stdout().is_terminal());
        if args.follow {
            return follow::follow(session, args, subject, &printer).await;
        }
        let pods = pods(session, &subject, &args.target).await?;
        let sources = Sources::new(&subject, &pods, args);
        let has_shown = print_each(session, args, &sources.found, &printer).await?;
        sources.tell();
        Ok(if has_shown { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

/// Prints the sources one after the other; says whether there was one.
async fn print_each(
    session: &Session,
    args: &LogsArgs,
    sources: &[Source],
    printer: &Printer,
) -> Result<bool, Error> {
    let (waiting, started): (Vec<_>, Vec<_>) = sources.iter().partition(|source| source.waits.is_some());
    let asked = started
        .iter()
        .map(|source| async move { (source, open(session, source, &params(args, source)).await) });
    let mut answers = stream::iter(asked).buffered(AHEAD);
    let mut has_shown = false;
    while let Some((source, answer)) = answers.next().await {
        let mut lines = match answer {
            Ok(lines) => lines,
            // The server itself is away: no other log can be had either.
            Err(error) if error.status().is_none() => return Err(error),
            Err(error) => {
                source.note(&reason(&error));
                continue;
            }
        };
        has_shown = true;
        loop {
            match lines.next().await {
                Ok(Some(line)) => printer.print(source, &line),
                Ok(None) => break,
                Err(why) => {
                    source.note(&format!("its log broke off: {why}"));
                    break;
                }
            }
        }
    }
    for source in waiting {
        source.note(&format!("has printed nothing yet: {}", source.waits.as_deref().unwrap_or_default()));
    }
    Ok(has_shown)
}

/// What is asked of one source's log.
fn params(args: &LogsArgs, source: &Source) -> LogParams {
    LogParams {
        container: Some(args.container.clone().unwrap_or_else(|| source.container.clone())),
        previous: source.is_previous,
        tail_lines: args.tail.map(i64::from),
        timestamps: args.timestamps,
        ..LogParams::default()
    }
}

async fn open(session: &Session, source: &Source, params: &LogParams) -> Result<Lines, Error> {
    session.lines(path::pods(Some(session.namespace())).logs(&source.pod, params)).await
}

/// The server's words on why there is no log, without those that name the pod again.
fn reason(error: &Error) -> String {
    let message = error.message();
    match message.split_once(" is waiting to start: ") {
        Some((_, why)) => format!("has printed nothing yet: {why}"),
        None => message,
    }
}

/// Whether there is such a task and vertex.
///
/// # Errors
/// There is none; what there is.
pub fn check(subject: &Subject, target: &Target) -> Result<(), Error> {
    let Some(task) = &target.task else { return Ok(()) };
    let names = || subject.spec.tasks.iter().map(|task| task.name.as_str());
    let Some(position) = names().position(|name| name == task) else {
        let help = match Nearest::new().find(task, names()) {
            Some(near) => format!("there is a task {near:?}"),
            None => format!("see its tasks: kubectl gene tree {}", target.execution),
        };
        return Err(Error::command_with_help(format!("{:?} has no task {task:?}", target.execution), help));
    };
    let total = subject.task_statuses().get(position).copied().flatten().and_then(|status| status.total);
    match target.index.zip(total.and_then(|total| u32::try_from(total).ok())) {
        Some((index, total)) if index >= total => Err(Error::command(format!(
            "task {task:?} has {total} vertices, counted from 0; there is no {task}[{index}]"
        ))),
        _ => Ok(()),
    }
}

/// The pods that a target has, of this Execution alone: another one may have had its name before.
async fn pods(session: &Session, subject: &Subject, target: &Target) -> Result<Vec<Pod>, Error> {
    let mut selector = format!("{LABEL_NAME}={}", subject.name);
    if let Some(task) = &target.task {
        selector = format!("{selector},{LABEL_TASK}={task}");
    }
    if let Some(index) = target.index {
        selector = format!("{selector},{LABEL_INDEX}={index}");
    }
    let of_owner = format!("{selector},{LABEL_CONTROLLER_UID}={}", subject.uid);
    let list = ListParams::default().labels(&of_owner);
    let jobs = path::jobs(Some(session.namespace()));
    let (jobs, _): (Vec<Owner>, _) = page::all(session, &list, |params| jobs.list_metadata(params)).await?;
    let list = ListParams::default().labels(&selector);
    let pods = path::pods(Some(session.namespace()));
    let (mut pods, _): (Vec<Pod>, _) = page::all(session, &list, |params| pods.list(params)).await?;
    let known: HashSet<&str> = jobs.iter().map(|job| job.metadata.uid.as_str()).collect();
    pods.retain(|pod| pod.job_uid().is_some_and(|uid| known.contains(uid)));
    Ok(pods)
}

/// What of a Job says that it is this one.
#[derive(Deserialize)]
struct Owner {
    metadata: OwnerMetadata,
}

#[derive(Deserialize)]
struct OwnerMetadata {
    uid: String,
}

/// Says something beside the logs.
fn note(text: &str) {
    print::talk(&format!("note: {}\n", printable(text)));
}
