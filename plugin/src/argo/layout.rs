//! What is laid out of a Workflow: units, which become tasks, and what waits for what.
//!
//! Argo tells a task whose own `when` did not hold (Skipped: what waits for it goes on) from one that waited for what did
//! not come to pass (Omitted: what waits for it is omitted as well). A skipped task of an Execution is one or the other
//! by `onSkipped` of who waits for it. So for each unit is known which of the two it may come to.

use std::collections::BTreeMap;

use gene_types::field::FieldPath;
use serde_json::{Map, Value};

use super::{depends::Wanted, words::Commands};

/// What becomes a task.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// The names on the way to it, joined by points: unique.
    pub id: String,
    /// Where it stands in the order of the file.
    pub order: Vec<usize>,
    /// Where its container stands.
    pub path: FieldPath,
    /// Its fields, but for those below.
    pub body: Map<String, Value>,
    /// What it runs.
    pub commands: Commands,
    /// What it waits for.
    pub waits: Vec<Wait>,
    /// It runs if this unit printed this.
    pub check: Option<(usize, String)>,
    /// It may be left out with what it waits for.
    pub may_omit: bool,
}

impl Unit {
    fn may_not_run(&self) -> bool {
        self.may_omit || self.check.is_some()
    }
}

/// What it means if what is waited for was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// It never is.
    Never,
    /// It counts as done.
    Ignore,
    /// Who waits is left out too.
    Skip,
}

/// One unit that is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Its position.
    pub unit: usize,
    /// What it means if it is left out.
    pub mode: Mode,
}

/// What is known of a task or step before it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It runs, or its condition is asked then.
    Runs,
    /// Its own `when` does not hold, or it has no items.
    Skipped,
    /// It waits for the success of what never runs.
    Omitted,
}

/// A task or step that has been laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// Whether it runs.
    pub fate: Fate,
    /// Which units to wait for, for it to be over. Of one that does not run: what it would have waited for.
    pub waits: Vec<Wait>,
    /// Its own condition is asked when it runs.
    pub may_skip: bool,
    /// It may be left out with what it waits for.
    pub may_omit: bool,
    /// The unit that it is, where that is one with one command.
    pub single: Option<usize>,
}

/// What a task waits for, put together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Before {
    /// Which units.
    pub waits: Vec<Wait>,
    /// It may be left out with them.
    pub may_omit: bool,
    /// It never runs.
    pub is_omitted: bool,
}

/// What a task of a dag waits for.
///
/// # Errors
/// The position in `dones` of what may be left out for two reasons that would have to be told apart.
pub fn before(dones: &[(Wanted, &Done)]) -> Result<Before, usize> {
    let mut before = Before::default();
    let mut waits = BTreeMap::new();
    for (position, (wanted, done)) in dones.iter().enumerate() {
        let succeeded = *wanted == Wanted::Succeeded;
        let mode = match done.fate {
            Fate::Runs if !done.may_skip && !done.may_omit => Mode::Never,
            Fate::Runs if done.may_skip && done.may_omit && !succeeded => return Err(position),
            Fate::Runs if done.may_skip && !succeeded => Mode::Ignore,
            Fate::Runs => Mode::Skip,
            Fate::Skipped | Fate::Omitted => Mode::Never,
        };
        before.may_omit |= done.may_omit || mode == Mode::Skip;
        before.is_omitted |= done.fate == Fate::Omitted || (done.fate == Fate::Skipped && succeeded);
        for wait in &done.waits {
            strictest(&mut waits, wait.unit, wait.mode.max(mode));
        }
    }
    before.waits = listed(&waits);
    Ok(before)
}

/// What to wait for until all of these are over, whether they ran or not.
pub fn over<'d>(dones: impl IntoIterator<Item = &'d Done>, units: &[Unit]) -> Vec<Wait> {
    let mut waits = BTreeMap::new();
    let mut open: Vec<usize> = dones.into_iter().flat_map(|done| &done.waits).map(|wait| wait.unit).collect();
    while let Some(position) = open.pop() {
        let Some(unit) = units.get(position) else { continue };
        let mode = if unit.may_not_run() { Mode::Ignore } else { Mode::Never };
        let is_new = waits.insert(position, mode).is_none();
        // It is left out as soon as one of those it waits for is: the others may still run.
        if is_new && unit.may_omit {
            open.extend(unit.waits.iter().map(|wait| wait.unit));
        }
    }
    listed(&waits)
}

fn strictest(waits: &mut BTreeMap<usize, Mode>, unit: usize, mode: Mode) {
    let known = waits.entry(unit).or_insert(mode);
    *known = mode.max(*known);
}

fn listed(waits: &BTreeMap<usize, Mode>) -> Vec<Wait> {
    waits.iter().map(|(unit, mode)| Wait { unit: *unit, mode: *mode }).collect()
}
