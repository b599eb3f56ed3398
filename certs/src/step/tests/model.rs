//! The model: a Secret and two bundles under optimistic concurrency, and replicas that may stop between any two reads or
//! writes.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{Mint, settings};
use crate::certificate::{Certificate, Fingerprint};
use crate::contents::Contents;
use crate::serving::Validity;
use crate::settings::Settings;
use crate::step::{Action, Bundles, Entry, Held, Kind, Moment, Read, Seen, Step, Stored, good_for, step};

/// What may happen next. Replicas are counted from 0.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A replica reads one more object of its look: the configurations, then the Secret; then it decides.
    Read(usize),
    /// It does the next thing that it decided.
    Act(usize),
    /// The same, and the answer is lost: it never hears that it was done, and does nothing more of what it decided.
    ActUnheard(usize),
    /// It cannot read anything now.
    Away(usize),
    /// It ends and another begins in its place.
    Crash(usize),
    /// So many seconds pass.
    Pass(u16),
    /// The Secret is deleted.
    DeleteSecret,
    /// Somebody empties a bundle.
    Empty(usize),
    /// Somebody asks for a rotation.
    Rotate,
    /// The API server's clock steps by so many times ten seconds.
    Clock(i16),
}

#[derive(Clone, Debug, Default)]
struct Replica {
    held: Held,
    configurations: Vec<Read<Bundles>>,
    actions: Vec<Action>,
    /// The time of the decision that the actions are of.
    decided: Timestamp,
    /// When the look that is under way began, and the one on which it decided.
    looks: Duration,
    began: Duration,
    /// Whether the authority of what it shows was once trusted while it showed it.
    was_trusted: bool,
}

struct World {
    settings: Settings,
    mint: Mint,
    wall: Timestamp,
    steady: Duration,
    version: u32,
    secret: Option<(Contents, u32)>,
    bundles: [(Vec<Certificate>, u32); 2],
    replicas: Vec<Replica>,
    /// Since when each authority is in both bundles.
    trusted: BTreeMap<Fingerprint, Duration>,
    /// Whether somebody has changed a bundle or a clock, from which no decision of ours protects.
    meddled: bool,
}

impl World {
    fn new(replicas: usize) -> Self {
        Self {
            settings: settings(),
            mint: Mint::default(),
            wall: Timestamp::from_second(2_000_000_000).unwrap(),
            steady: Duration::ZERO,
            version: 0,
            secret: None,
            bundles: [(Vec::new(), 0), (Vec::new(), 0)],
            replicas: vec![Replica::default(); replicas],
            trusted: BTreeMap::new(),
            meddled: false,
        }
    }

    fn moment(&self) -> Moment {
        Moment { wall: self.wall, steady: self.steady }
    }

    fn next_version(&mut self) -> u32 {
        self.version += 1;
        self.version
    }

    fn happen(&mut self, event: Event) {
        let count = self.replicas.len();
        match event {
            Event::Read(of) => self.read(of % count),
            Event::Act(of) => self.act(of % count, true),
            Event::ActUnheard(of) => self.act(of % count, false),
            Event::Away(of) => {
                let configurations = [(Kind::Validating, Read::Unknown), (Kind::Mutating, Read::Unknown)];
                let step = self.decide(of % count, &Seen { configurations, secret: Read::Unknown });
                assert_eq!(step.actions, [], "nothing is done by who knows nothing");
            }
            Event::Crash(of) => self.replicas[of % count] = Replica::default(),
            Event::Pass(seconds) => self.pass(seconds),
            Event::DeleteSecret => self.secret = None,
            Event::Empty(of) => {
                self.meddled = true;
                let version = self.next_version();
                self.bundles[of % 2] = (Vec::new(), version);
            }
            Event::Rotate => {
                let version = self.next_version();
                let next = self.mint.make(self.wall, &self.settings);
                let secret = self.secret.as_mut().filter(|(contents, _)| contents.next.is_none());
                if let Some((contents, at)) = secret {
                    contents.next = Some(next);
                    *at = version;
                }
            }
            Event::Clock(tens) => {
                self.meddled = true;
                self.wall += SignedDuration::from_secs(i64::from(tens) * 10);
            }
        }
        self.check();
    }

    fn pass(&mut self, seconds: u16) {
        self.wall += SignedDuration::from_secs(seconds.into());
        self.steady += Duration::from_secs(seconds.into());
    }

    fn read(&mut self, of: usize) {
        let at = self.replicas[of].configurations.len();
        if at == 0 {
            self.replicas[of].looks = self.steady;
        }
        if let Some((certificates, version)) = self.bundles.get(at).cloned() {
            let entry = Entry { place: 0, name: "w".to_owned(), certificates, damaged: false };
            let read = Read::Present(Bundles { entries: vec![entry], version: version.to_string() });
            self.replicas[of].configurations.push(read);
            return;
        }
        let read = std::mem::take(&mut self.replicas[of].configurations);
        let [validating, mutating] = read.try_into().unwrap();
        let secret = match &self.secret {
            None => Read::Absent,
            Some((contents, version)) => Read::Present(Stored {
                contents: contents.clone(),
                faults: Vec::new(),
                version: version.to_string(),
            }),
        };
        let configurations = [(Kind::Validating, validating), (Kind::Mutating, mutating)];
        let step = self.decide(of, &Seen { configurations, secret });
        self.replicas[of].actions = step.actions;
        self.replicas[of].decided = self.wall;
        self.replicas[of].began = self.replicas[of].looks;
    }

    fn decide(&mut self, of: usize, seen: &Seen) -> Step {
        let now = self.moment();
        let Self { replicas, mint, settings, .. } = self;
        let fresh = || Ok::<_, Infallible>(mint.make(now.wall, settings));
        let step = step(&mut replicas[of].held, seen, now, settings, fresh).unwrap();
        assert!(step.wait <= settings.interval && step.wait >= Duration::from_millis(100), "{step:?}");
        step
    }

    fn act(&mut self, of: usize, heard: bool) {
        if self.replicas[of].actions.is_empty() {
            return;
        }
        if self.steady.saturating_sub(self.replicas[of].began) >= good_for(&self.settings) {
            self.replicas[of].actions.clear();
            return;
        }
        match self.replicas[of].actions.remove(0) {
            Action::Show(by) => self.show(of, by.certificate),
            Action::Trust { kind, version, entries } => {
                let at = usize::from(kind == Kind::Mutating);
                if self.bundles[at].1.to_string() == version {
                    let version = self.next_version();
                    let [(0, _, certificates)] = entries.as_slice() else { panic!("{entries:?}") };
                    self.bundles[at] = (certificates.clone(), version);
                }
            }
            Action::Create(contents, _) => {
                if self.secret.is_none() {
                    let version = self.next_version();
                    self.secret = Some((contents, version));
                }
            }
            Action::Replace(contents, version, _) => {
                if self.secret.as_ref().is_some_and(|(_, at)| at.to_string() == version) {
                    let version = self.next_version();
                    self.secret = Some((contents, version));
                }
            }
        }
        if !heard {
            self.replicas[of].actions.clear();
        }
    }

    /// A replica makes a leaf of the time of its decision, and shows it.
    fn show(&mut self, of: usize, by: Certificate) {
        let decided = self.replicas[of].decided;
        let life = SignedDuration::try_from(self.settings.leaf_life).unwrap();
        let validity = Validity {
            not_before: decided - SignedDuration::from_secs(3600),
            not_after: (decided + life).min(by.validity.not_after),
        };
        let since = self.trusted.get(&by.fingerprint);
        let settled = self.is_settled(&by.fingerprint);
        let replaces_a_good_one = self.replicas[of].held.shown().is_some_and(|shown| {
            shown.by.fingerprint != by.fingerprint
                && shown.validity.holds_at(decided)
                && self.is_settled(&shown.by.fingerprint)
        });
        let counts = validity.holds_at(self.wall) && !self.meddled;
        assert!(!counts || settled || !replaces_a_good_one, "{by:?} is not trusted everywhere yet");
        self.replicas[of].was_trusted = since.is_some();
        self.replicas[of].held.show(by, validity);
    }

    /// Whether an authority has been in both bundles for so long that every API server knows it. One that was missing
    /// meanwhile is no better than one that is new.
    fn is_settled(&self, authority: &Fingerprint) -> bool {
        let since = self.trusted.get(authority);
        since.is_some_and(|since| self.steady.saturating_sub(*since) >= self.settings.settle)
    }

    /// What is shown and was trusted stays trusted as long as it is valid.
    fn check(&mut self) {
        let [one, two] = &self.bundles;
        let holds = |bundle: &[Certificate], authority: &Fingerprint| {
            bundle.iter().any(|other| other.fingerprint == *authority)
        };
        self.trusted.retain(|authority, _| holds(&one.0, authority) && holds(&two.0, authority));
        for certificate in one.0.iter().filter(|certificate| holds(&two.0, &certificate.fingerprint)) {
            self.trusted.entry(certificate.fingerprint).or_insert(self.steady);
        }
        for replica in &mut self.replicas {
            let Some(shown) = replica.held.shown() else { continue };
            let trusted = self.trusted.contains_key(&shown.by.fingerprint);
            let lost = replica.was_trusted && !trusted && shown.validity.holds_at(self.wall);
            assert!(!lost || self.meddled, "{:?} is shown and no longer trusted", shown.by.fingerprint);
            replica.was_trusted = trusted;
        }
    }

    /// Everybody looks and does what it decided, again and again; in the end all is as it should be.
    fn settle(&mut self) {
        let rounds = 2 * (self.settings.ca_life.as_secs() / 3 + self.settings.leaf_life.as_secs()) / 5;
        for _ in 0..rounds {
            for of in 0..self.replicas.len() {
                self.replicas[of].configurations.clear();
                self.replicas[of].actions.clear();
                (0..3).for_each(|_| self.read(of));
                while !self.replicas[of].actions.is_empty() {
                    self.act(of, true);
                    self.check();
                }
            }
            self.happen(Event::Pass(5));
            if self.is_at_rest() {
                return;
            }
        }
        panic!("no rest: {:?} {:?}", self.secret, self.bundles);
    }

    /// One authority signs, everybody shows a leaf of it, and the bundles hold what the Secret says: that authority
    /// alone, save that after a step of the clock others may take long to go.
    fn is_at_rest(&self) -> bool {
        let Some((contents @ Contents { current: Some(current), next: None, previous, .. }, _)) =
            &self.secret
        else {
            return false;
        };
        let own = &current.certificate;
        let sorted = |certificates: &[Certificate]| {
            let mut all: Vec<Fingerprint> = certificates.iter().map(|other| other.fingerprint).collect();
            all.sort_unstable();
            all
        };
        (previous.is_empty() || self.meddled)
            && self.bundles.iter().all(|(bundle, _)| sorted(bundle) == sorted(&contents.trusted()))
            && self.replicas.iter().all(|replica| {
                replica.held.standing(self.moment(), &self.settings).is_ok()
                    && replica.held.shown().is_some_and(|shown| shown.by == *own)
            })
    }
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        30 => (0..3_usize).prop_map(Event::Read),
        20 => (0..3_usize).prop_map(Event::Act),
        2 => (0..3_usize).prop_map(Event::ActUnheard),
        1 => (0..3_usize).prop_map(Event::Away),
        1 => (0..3_usize).prop_map(Event::Crash),
        8 => (1..40_u16).prop_map(Event::Pass),
        1 => (100..700_u16).prop_map(Event::Pass),
        1 => Just(Event::DeleteSecret),
        1 => Just(Event::Rotate),
    ]
}

fn meddling() -> impl Strategy<Value = Event> {
    prop_oneof![
        20 => event(),
        1 => (0..2_usize).prop_map(Event::Empty),
        1 => any::<i16>().prop_map(Event::Clock),
    ]
}

fn play(replicas: usize, events: Vec<Event>) {
    let mut world = World::new(replicas);
    for event in events {
        world.happen(event);
    }
    world.settle();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_looks_writes_and_deaths_shows_what_is_not_trusted(
        replicas in 1..4_usize,
        events in prop::collection::vec(event(), 0..400),
    ) {
        play(replicas, events);
    }

    #[test]
    fn whatever_others_do_heals(
        replicas in 1..4_usize,
        events in prop::collection::vec(meddling(), 0..300),
    ) {
        play(replicas, events);
    }
}
