//! `kubectl gene describe`.

use std::process::ExitCode;

use gene_types::{
    Limits,
    names::{LABEL_CONTROLLER_UID, LABEL_INDEX, LABEL_NAME, LABEL_TASK},
    plan::Pieces,
    validate_stored,
};
use k8s_openapi::jiff::{Timestamp, tz::TimeZone};
use kube::core::{params::ListParams, subresource::LogParams};
use serde_json::Value;

use super::logs;
use crate::{
    cli::{DescribeArgs, Target},
    cluster::{self, Error, Session, page, path},
    observe, print,
    render::{progress::State, text::printable},
    view::{
        Pod, Subject,
        story::{Job, Story, story},
        summary::{self, Page},
        vertex::{Event, Surroundings, Vertex, Vertices},
    },
};

/// The last lines of a log that failed …
const LAST_LINES: i64 = 5;
/// … and the most bytes that are read of them.
const LAST_BYTES: i64 = 16 * 1024;
/// The exit code where the command line was wrong.
const USAGE: u8 = 2;

/// Runs the command.
pub fn run(args: &DescribeArgs) -> ExitCode {
    let target = match args.target() {
        Ok(target) => target,
        Err(why) => {
            print::talk(&format!("error: {}\n", printable(&why)));
            return ExitCode::from(USAGE);
        }
    };
    cluster::block_on(&args.connection, async |session| {
        let lines = describe(session, &target).await?;
        Ok(print::finish(&(lines.join("\n") + "\n"), ExitCode::SUCCESS))
    })
}

/// The lines about what was meant.
async fn describe(session: &Session, target: &Target) -> Result<Vec<String>, Error> {
    let document = observe::execution(session, &target.execution).await?;
    let subject = Subject::from_document(&document);
    logs::check(&subject, target)?;
    let position = target.task.as_ref().and_then(|task| subject.spec.positions().get(task.as_str()).copied());
    if let Some((position, index)) = position.zip(target.index) {
        return vertex(session, document, &subject, position, index).await;
    }
    let around = observe::surroundings(session, &subject).await;
    let events = match position {
        Some(_) => None,
        None => observe::events(session, &subject.uid).await.ok(),
    };
    let zone = TimeZone::system();
    let page = Page {
        subject: &subject,
        around: &around,
        events: events.as_deref(),
        now: Timestamp::now(),
        zone: &zone,
    };
    Ok(match position {
        Some(position) => summary::task(&page, position),
        None => summary::execution(&page),
    })
}

async fn vertex(
    session: &Session,
    document: Value,
    subject: &Subject,
    position: usize,
    index: u32,
) -> Result<Vec<String>, Error> {
    let task = subject.spec.tasks.get(position).map_or("", |task| task.name.as_str());
    let selector = format!("{LABEL_NAME}={},{LABEL_TASK}={task},{LABEL_INDEX}={index}", subject.name);
    let of_owner =
        ListParams::default().labels(&format!("{selector},{LABEL_CONTROLLER_UID}={}", subject.uid));
    let jobs = path::jobs(Some(session.namespace()));
    let (mut jobs, _): (Vec<Job>, _) = page::all(session, &of_owner, |params| jobs.list(params)).await?;
    jobs.sort_by_key(Job::attempt);
    let pods = path::pods(Some(session.namespace()));
    let of_vertex = ListParams::default().labels(&selector);
    let (mut pods, _): (Vec<Pod>, _) = page::all(session, &of_vertex, |params| pods.list(params)).await?;
    pods.retain(|pod| jobs.iter().any(|job| pod.job_uid() == Some(&job.metadata.uid)));
    pods.sort_by_key(|pod| pod.vertex().map(|(_, _, attempt)| attempt));
    let events = events(session, &jobs, &pods).await;
    let complaints: Vec<Event> =
        events.iter().filter(|event| event.reason == "FailedCreate").cloned().collect();
    let around = Surroundings { pods, complaints, ..Surroundings::default() };
    let vertices = Vertices::new(subject, &around, true);
    let unknown = Vertex { index, ..Vertex::default() };
    let vertex = vertices.get(position, index).unwrap_or(&unknown);
    let has_failed = vertex.state == State::Failed
        || vertex.pod.is_some_and(|pod| pod.last_end().is_some_and(|ended| ended.exit_code != 0));
    let last_lines = match vertex.pod.filter(|_| has_failed) {
        Some(pod) => last_lines(session, pod).await,
        None => Vec::new(),
    };
    let command = command(document, position, index);
    Ok(story(&Story {
        subject,
        position,
        vertex,
        jobs: &jobs,
        pods: &around.pods,
        events: &events,
        command,
        last_lines: &last_lines,
        now: Timestamp::now(),
    }))
}

/// What is said about the latest Job and the latest pod. Without them the story is still one.
async fn events(session: &Session, jobs: &[Job], pods: &[Pod]) -> Vec<Event> {
    let mut events = Vec::new();
    let job = jobs.last().map(|job| job.metadata.uid.as_str());
    let pod = pods.last().map(|pod| pod.metadata.uid.as_str());
    for uid in job.into_iter().chain(pod).filter(|uid| !uid.is_empty()) {
        events.extend(observe::events(session, uid).await.unwrap_or_default());
    }
    events
}

/// The last lines of what the container printed; of one that runs again, of the one before it.
async fn last_lines(session: &Session, pod: &Pod) -> Vec<String> {
    let params = LogParams {
        container: pod.spec.containers.first().map(|container| container.name.clone()),
        previous: pod.restarts() > 0 && !pod.is_over(),
        tail_lines: Some(LAST_LINES),
        limit_bytes: Some(LAST_BYTES),
        ..LogParams::default()
    };
    let Ok(mut lines) =
        session.lines(path::pods(Some(session.namespace())).logs(&pod.metadata.name, &params)).await
    else {
        return Vec::new();
    };
    let mut last = Vec::new();
    while let Ok(Some(line)) = lines.next().await {
        last.push(String::from_utf8_lossy(&line).into_owned());
    }
    last
}

/// The command of a vertex of a static task; that of a dynamic one is only known to its Job.
fn command(mut document: Value, position: usize, index: u32) -> Option<String> {
    if let Some(fields) = document.as_object_mut() {
        fields.remove("status");
    }
    let valid = validate_stored(document, &Limits::LOCAL).ok()?.valid;
    let commands = &valid.plan().tasks.get(position)?.commands;
    let width = commands.static_width()?;
    (u64::from(index) < width).then(|| commands.command(index.into(), &Pieces::default()).text)
}
