//! Logs as they are written, of pods as they come.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    process::ExitCode,
    rc::Rc,
    time::Duration,
};

use futures::{StreamExt as _, stream::FuturesUnordered};
use k8s_openapi::jiff::Timestamp;
use kube::core::subresource::LogParams;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::{Printer, Source, Sources, note, open, params, pods, reason};
use crate::{
    cli::LogsArgs,
    cluster::{Error, Session},
    observe,
    view::Subject,
};

/// So many logs are followed at once, each by a connection of its own.
const AT_ONCE: usize = 100;
/// Pods are looked for so often.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);
/// The pause before a log that broke off is asked for again.
const PAUSE: Duration = Duration::from_secs(1);
/// So often in a row may the server be away when it is looked at.
const ABSENCES: u32 = 30;

/// The pods that have ended, as seen last.
type Over = Rc<RefCell<HashMap<String, bool>>>;

/// Prints logs as they are written until the Execution has ended and all is printed.
///
/// # Errors
/// There is no such Execution any more, or the server was away for too long.
pub async fn follow(
    session: &Session,
    args: &LogsArgs,
    mut subject: Subject,
    printer: &Printer,
) -> Result<ExitCode, Error> {
    let over: Over = Rc::default();
    let mut known = HashSet::new();
    let mut waiting: Vec<Source> = Vec::new();
    let mut running = FuturesUnordered::new();
    let mut looks = interval(BETWEEN_LOOKS);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut absences = 0;
    let mut is_full = false;
    loop {
        tokio::select! {
            Some(()) = running.next(), if !running.is_empty() => {}
            _ = looks.tick() => match look(session, args, &subject).await {
                Ok((now, found)) => {
                    absences = 0;
                    subject = now;
                    for source in found {
                        over.borrow_mut().insert(source.pod.clone(), source.is_over);
                        if known.insert(source.pod.clone()) {
                            waiting.push(source);
                        }
                    }
                    if subject.is_over() && waiting.is_empty() && running.is_empty() {
                        return Ok(ended(&known));
                    }
                }
                Err(error) if error.is_passing() && absences < ABSENCES => absences += 1,
                Err(error) => return Err(error),
            },
        }
        let room = AT_ONCE.saturating_sub(running.len()).min(waiting.len());
        for source in waiting.drain(..room) {
            running.push(one(session, args, source, printer, Rc::clone(&over)));
        }
        if !waiting.is_empty() && !is_full {
            is_full = true;
            note(&format!("{AT_ONCE} logs are followed at once; others come as these end"));
        }
    }
}

/// The Execution now, and the logs that there are of it.
async fn look(session: &Session, args: &LogsArgs, before: &Subject) -> Result<(Subject, Vec<Source>), Error> {
    let subject = Subject::from_document(&observe::execution(session, &before.name).await?);
    if subject.uid != before.uid {
        return Err(Error::command(format!("execution {:?} was deleted", before.name)));
    }
    let pods = pods(session, &subject, &args.target).await?;
    let found = Sources::new(&subject, &pods, args).found;
    Ok((subject, found))
}

fn ended(known: &HashSet<String>) -> ExitCode {
    if known.is_empty() {
        note("there is no log of it");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// One log to its end, through breaks of the connection and restarts of the container.
async fn one(session: &Session, args: &LogsArgs, source: Source, printer: &Printer, over: Over) {
    let is_over = || over.borrow().get(&source.pod).copied().unwrap_or_default();
    // By the time of the last line is known where to go on; the server takes whole seconds only.
    let mut last: Option<Timestamp> = None;
    loop {
        let was_over = is_over();
        let mut wanted = LogParams { follow: true, timestamps: true, ..params(args, &source) };
        let resumes_after = last;
        if last.is_some() {
            (wanted.since_time, wanted.tail_lines) = (last, None);
        }
        match open(session, &source, &wanted).await {
            Ok(mut lines) => {
                while let Ok(Some(line)) = lines.next().await {
                    let (time, text) = split_time(&line);
                    if time.is_some() && time <= resumes_after {
                        continue;
                    }
                    last = time.or(last);
                    printer.print(&source, if args.timestamps { &line } else { text });
                }
                // The end of a log that was asked for after the pod had ended is its end.
                if was_over {
                    return;
                }
            }
            Err(error) if was_over => {
                source.note(&reason(&error));
                return;
            }
            Err(error) if error.is_not_found() => return,
            // Not started yet, or the server is away: the looks decide how long that may be.
            Err(_) => {}
        }
        sleep(PAUSE).await;
    }
}

/// The time before a line, and the line.
fn split_time(line: &[u8]) -> (Option<Timestamp>, &[u8]) {
    let blank = line.iter().position(|byte| *byte == b' ');
    let (time, text) = blank.map_or((line, &b""[..]), |at| {
        (line.get(..at).unwrap_or_default(), line.get(at + 1..).unwrap_or_default())
    });
    match std::str::from_utf8(time).ok().and_then(|time| time.parse().ok()) {
        Some(time) => (Some(time), text),
        None => (None, line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_before_a_line_is_taken_off() {
        let (time, text) = split_time(b"2026-11-22T12:00:00.123456789Z two words");
        assert_eq!(
            (time.map(|time| time.to_string()).as_deref(), text),
            (Some("2026-11-22T12:00:00.123456789Z"), &b"two words"[..])
        );
        assert_eq!(split_time(b"2026-11-22T12:00:00Z ").1, b"");
        assert_eq!(split_time(b"no time here"), (None, &b"no time here"[..]));
        assert_eq!(split_time(b""), (None, &b""[..]));
    }
}
