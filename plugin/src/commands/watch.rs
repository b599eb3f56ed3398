//! `kubectl gene watch`, which is `tree -w`, and what `submit --watch` shows.

use std::{pin::pin, process::ExitCode, time::Duration};

use futures::future::pending;
use k8s_openapi::jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{Instant, MissedTickBehavior, interval},
};

use super::{tree::look, wait::interrupted};
use crate::{
    cli::WatchArgs,
    cluster::{
        self, Error, Session,
        error::not_found,
        one::{self, One},
    },
    local::Stream,
    observe, print,
    render::screen::Screen,
    view::{
        Subject,
        changes::Changes,
        tree::{Look, tree},
        vertex::Surroundings,
    },
};

/// The exit code where an Execution failed.
const FAILED: u8 = 3;
/// The clock in the picture goes on so often.
const TICK: Duration = Duration::from_secs(1);
/// Pods are read no more often than this.
const BETWEEN_PODS: Duration = Duration::from_secs(2);

/// Runs the command.
pub fn run(args: &WatchArgs) -> ExitCode {
    cluster::block_on(&args.connection, async |session| follow(session, &args.name, false).await)
}

/// Shows an Execution until it ends: a picture on a terminal, one line per change elsewhere. The exit code
/// says how it ended: 0, 3, or 128 and the number of the signal that ended the looking.
///
/// # Errors
/// There is no such Execution, it was deleted, or the server was away for too long.
pub async fn follow(session: &Session, name: &str, expand: bool) -> Result<ExitCode, Error> {
    let mut interrupts =
        [2_u8, 15, 1].map(|number| (number, signal(SignalKind::from_raw(number.into())).ok()));
    let [first, second, third] = &mut interrupts;
    let mut sight = Sight::new(session, expand);
    tokio::select! {
        ended = until_over(&mut sight, name) => ended,
        number = heard(first) => Ok(ExitCode::from(128 + number)),
        number = heard(second) => Ok(ExitCode::from(128 + number)),
        number = heard(third) => Ok(ExitCode::from(128 + number)),
    }
}

/// The number of a signal once it has come.
async fn heard((number, signal): &mut (u8, Option<Signal>)) -> u8 {
    match signal {
        Some(signal) => {
            signal.recv().await;
            *number
        }
        None => pending().await,
    }
}

async fn until_over(sight: &mut Sight<'_>, name: &str) -> Result<ExitCode, Error> {
    let session = sight.session;
    let mut one: One<'_, Value> = One::new(session, session.executions(), name);
    let mut resized = signal(SignalKind::window_change()).ok();
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let seen = {
            // Kept over ticks: an answer that takes longer than one must not be asked for anew.
            let mut next = pin!(one.next());
            loop {
                tokio::select! {
                    seen = &mut next => break seen?,
                    _ = ticks.tick() => sight.tick().await,
                    () = changed(&mut resized) => sight.draw(),
                }
            }
        };
        match seen {
            one::Sight::Now(document) => {
                let seen = document.as_ref().map(Subject::from_document);
                sight.subject = Some(sight.still(seen, name)?);
            }
            one::Sight::Interrupted(error) => {
                sight.interrupted(&error);
                continue;
            }
        }
        sight.read_pods().await;
        sight.draw();
        if let Some(subject) = sight.subject.as_ref().filter(|subject| subject.is_over()) {
            return Ok(if subject.has_failed() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS });
        }
    }
}

async fn changed(resized: &mut Option<Signal>) {
    match resized {
        Some(resized) => {
            resized.recv().await;
        }
        None => pending().await,
    }
}

/// What is seen, and where it is shown.
struct Sight<'a> {
    session: &'a Session,
    expand: bool,
    subject: Option<Subject>,
    around: Surroundings,
    pods_read: Option<Instant>,
    display: Display,
}

enum Display {
    Picture(Screen),
    Lines(Box<Changes>, TimeZone),
}

impl<'a> Sight<'a> {
    fn new(session: &'a Session, expand: bool) -> Self {
        let display = if Stream::Out.is_terminal() {
            Display::Picture(Screen::default())
        } else {
            Display::Lines(Box::default(), TimeZone::system())
        };
        Self { session, expand, subject: None, around: Surroundings::default(), pods_read: None, display }
    }

    /// What is seen, if it is there and the one that was seen before.
    fn still(&self, seen: Option<Subject>, name: &str) -> Result<Subject, Error> {
        match (seen, &self.subject) {
            (None, None) => Err(not_found(name, self.session.namespace())),
            (Some(seen), before) if before.as_ref().is_none_or(|before| before.uid == seen.uid) => Ok(seen),
            _ => Err(Error::command(format!("execution {name:?} was deleted"))),
        }
    }

    /// A picture says by itself what cannot be read, and for how long.
    fn interrupted(&self, error: &Error) {
        if matches!(self.display, Display::Lines(..)) {
            interrupted(error);
        }
    }

    async fn tick(&mut self) {
        self.read_pods().await;
        self.draw();
    }

    /// Reads the pods, unless that was done a moment ago; the last time in any case.
    async fn read_pods(&mut self) {
        let Some(subject) = &self.subject else { return };
        let is_due = self.pods_read.is_none_or(|read| read.elapsed() >= BETWEEN_PODS);
        if is_due || subject.is_over() {
            self.around = observe::surroundings(self.session, subject).await;
            self.pods_read = Some(Instant::now());
        }
    }

    fn draw(&mut self) {
        let Some(subject) = &self.subject else { return };
        match &mut self.display {
            Display::Picture(screen) => {
                let (width, rows) = Stream::Out.size();
                let look = Look { width, height: Some(rows.saturating_sub(1)), ..look(self.expand) };
                Stream::Out.write(&screen.redraw(&tree(subject, &self.around, &look), width));
            }
            Display::Lines(changes, zone) => {
                let mut text = changes.take(subject, &self.around, Timestamp::now(), zone).join("\n");
                if !text.is_empty() {
                    text.push('\n');
                    // What cannot be written is nobody's any more; the exit code still says how it ended.
                    let _ = print::data(&text);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::fixture::{Answer, session};

    #[test]
    fn it_is_followed_until_it_is_gone_or_another() {
        let seen =
            |uid: &str| Some(Subject::from_document(&json!({"metadata": {"name": "wgs", "uid": uid}})));
        let (session, _) = session(|_| Answer::json(&json!({})));
        let mut sight = Sight::new(&session, false);
        let said = |seen: Result<Subject, Error>| seen.map_or_else(|error| error.message(), |seen| seen.uid);
        let absent = "there is no execution \"wgs\" in namespace \"lab\"";
        assert_eq!(said(sight.still(None, "wgs")), absent);
        assert_eq!(said(sight.still(seen("u-1"), "wgs")), "u-1");
        sight.subject = seen("u-1");
        assert_eq!(said(sight.still(seen("u-1"), "wgs")), "u-1");
        for other in [None, seen("u-2")] {
            assert_eq!(said(sight.still(other, "wgs")), "execution \"wgs\" was deleted");
        }
    }
}
