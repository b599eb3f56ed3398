//! What each replica of the webhook does as long as it runs: look, decide ([`crate::step`]), act.

#[cfg(test)]
mod tests;
pub mod time;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use gene_daemon::admin::Gate;
use kube::Client;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use self::time::Time;
use crate::api::Server;
use crate::authority::Authority;
use crate::serving::Serving;
use crate::settings::Settings;
use crate::step::{Action, Held, Moment, good_for, step};

/// The pause after the first look in which something went wrong; each further one doubles it, up to the interval.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// How often in a row a look follows at once upon a write. More of them, and somebody else writes the same objects.
const AT_ONCE: u32 = 5;

/// Keeps the authority in the Secret, the leaf that `serving` shows and `caBundle` of the webhook configurations right,
/// until `stop` is true or its sender is gone. `gate` is open while the leaf is valid and trusted, and says in words
/// what is missing while it is closed.
///
/// The time of day is the API server's, which judges the certificates. Nothing ends it early: what goes wrong is
/// logged, said by `gate`, and tried again. It may be dropped at any moment: what it has written is right by itself.
pub async fn keep(
    client: Client,
    settings: Settings,
    serving: Arc<Serving>,
    gate: Gate,
    mut stop: watch::Receiver<bool>,
) {
    let mut keeper = Keeper {
        server: Server::new(client),
        settings,
        serving,
        gate,
        time: Time::new(),
        held: Held::default(),
        said: BTreeSet::new(),
        failures: 0,
        writes: 0,
    };
    let work = async {
        loop {
            let pause = keeper.look().await;
            sleep(pause).await;
        }
    };
    tokio::select! {
        biased;
        // An error says that the sender is gone.
        _ = stop.wait_for(|stop| *stop) => {}
        () = work => {}
    }
}

struct Keeper {
    server: Server,
    settings: Settings,
    serving: Arc<Serving>,
    gate: Gate,
    time: Time,
    held: Held,
    /// What was logged and is still so.
    said: BTreeSet<String>,
    /// How many looks in a row something went wrong in.
    failures: u32,
    /// How many looks in a row have written.
    writes: u32,
}

/// What became of an action.
enum Outcome {
    Done,
    /// What was read is no longer so.
    Outdated,
    Failed(String),
}

impl Keeper {
    /// Looks once, does what is to be done, and says how long nothing is.
    async fn look(&mut self) -> Duration {
        let (began, clock) = (Instant::now(), SystemTime::now());
        let look = self.server.look(&self.settings).await;
        let now = self.time.moment(look.date);
        let mut faults = look.faults;
        let mut notes = look.notes;
        notes.extend(self.time.difference());
        let life = self.settings.ca_life;
        let decided =
            step(&mut self.held, &look.seen, now, &self.settings, || Authority::new(now.wall, life));
        let mut again = false;
        let wait = match decided {
            Err(error) => {
                faults.push(format!("an authority {error}"));
                self.settings.interval
            }
            Ok(step) => {
                for action in step.actions {
                    // Also where only the machine's clock tells, as after the machine itself was stopped.
                    let good_for = good_for(&self.settings);
                    let late = began.elapsed() >= good_for
                        || clock.elapsed().is_ok_and(|elapsed| elapsed >= good_for);
                    if late {
                        again = true;
                        break;
                    }
                    // A leaf is no write: nothing new is to be read after it.
                    let writes = !matches!(action, Action::Show(_));
                    match self.act(action, look.secret.as_ref(), now).await {
                        Outcome::Done => again |= writes,
                        Outcome::Outdated => again = true,
                        Outcome::Failed(fault) => faults.push(fault),
                    }
                }
                step.wait
            }
        };
        match self.held.standing(now, &self.settings) {
            Ok(()) => self.gate.open(),
            Err(missing) if faults.is_empty() => self.gate.close(missing),
            Err(missing) => self.gate.close(format!("{missing}; {}", faults.join("; "))),
        }
        let failed = !faults.is_empty();
        self.say(faults, notes);
        self.pause(again, failed, wait)
    }

    async fn act(&mut self, action: Action, secret: Option<&Value>, now: Moment) -> Outcome {
        if let Action::Show(by) = action {
            return self.show(&by, now);
        }
        let (written, what) = self.server.write(&self.settings, action, secret).await;
        match written {
            Ok(()) => {
                tracing::info!("wrote {what}");
                Outcome::Done
            }
            Err(error) if error.is_conflict() => {
                tracing::debug!("not written, as another was first: {what}");
                Outcome::Outdated
            }
            Err(error) => Outcome::Failed(format!("cannot write {what}: {error}")),
        }
    }

    fn show(&mut self, by: &Authority, now: Moment) -> Outcome {
        let leaf = by.leaf(&self.settings.leaf_names(), now.wall, self.settings.leaf_life);
        let made = leaf.and_then(|leaf| Ok((leaf.certified()?, leaf.certificate)));
        match made {
            Ok((key, certificate)) => {
                let validity = certificate.validity;
                tracing::info!(until = %validity.not_after, authority = ?by.certificate.fingerprint, "shows a new leaf");
                self.serving.publish(key, validity);
                self.held.show(by.certificate.clone(), validity);
                Outcome::Done
            }
            Err(error) => Outcome::Failed(format!("a leaf {error}")),
        }
    }

    /// Logs what is new, and what is no longer so.
    fn say(&mut self, faults: Vec<String>, notes: Vec<String>) {
        for fault in faults.iter().filter(|fault| !self.said.contains(*fault)) {
            tracing::warn!("{fault}");
        }
        for note in notes.iter().filter(|note| !self.said.contains(*note)) {
            tracing::info!("{note}");
        }
        let now: BTreeSet<String> = faults.into_iter().chain(notes).collect();
        for past in self.said.difference(&now) {
            tracing::info!("no longer so: {past}");
        }
        self.said = now;
    }

    fn pause(&mut self, again: bool, failed: bool, wait: Duration) -> Duration {
        self.failures = if failed { self.failures.saturating_add(1) } else { 0 };
        self.writes = if again { self.writes.saturating_add(1) } else { 0 };
        if failed {
            let doubled = FIRST_PAUSE.saturating_mul(1_u32 << (self.failures - 1).min(16));
            return doubled.min(self.settings.interval);
        }
        if again && self.writes <= AT_ONCE {
            return Duration::ZERO;
        }
        wait
    }
}
