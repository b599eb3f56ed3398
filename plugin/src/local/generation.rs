//! The beginning of a generation: the directory made ready, what outlived an earlier one ended, and
//! the engine told what was done.

use std::{collections::HashMap, io, sync::Arc};

use gene_engine::{Event, Options, Run, Vertex};
use gene_types::{ValidExecution, plan::Plan};
use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use super::{
    candidate::{Intent, Left},
    directory::RunDir,
    history::{History, milliseconds, vertex_name},
    journal::{Journal, Record},
    orphans::{self, Earlier},
    result,
    runner::process::reason,
};
use crate::print;

/// What there is when a generation begins.
#[derive(Debug)]
pub struct Generation {
    /// Its directory.
    pub directory: RunDir,
    /// What is recorded in it.
    pub journal: Journal,
    /// What decides.
    pub run: Run,
    /// The attempts, beyond the first, by which vertices succeeded in earlier generations.
    pub attempts: HashMap<Vertex, u32>,
}

/// What there is to do.
#[derive(Debug)]
pub enum Begun {
    /// This.
    Generation(Box<Generation>),
    /// Nothing: an earlier generation has done everything.
    Nothing(RunDir),
}

/// What a generation is of.
#[derive(Debug)]
pub struct Of<'a> {
    /// What is run.
    pub valid: &'a Arc<ValidExecution>,
    /// What the file says.
    pub recorded: &'a Value,
    /// The run's id, where it is a new one.
    pub run_id: &'a str,
    /// What its vertices become, as a journal calls it.
    pub runner: &'a str,
    /// When it begins.
    pub began: Timestamp,
    /// The most vertices at once.
    pub parallelism: u32,
}

impl Generation {
    /// Begins a generation, unless everything is done. What an earlier one left running has been ended then.
    ///
    /// # Errors
    /// A sentence on what cannot be read, written or ended.
    pub fn begin(directory: RunDir, intent: Intent, of: &Of) -> Result<Begun, String> {
        let mut options = Options {
            parallelism: Some(of.parallelism),
            started_at: Some(of.began),
            deadline_from: Some(of.began),
        };
        let (directory, mut journal, history) = match intent {
            Intent::Nothing => return Ok(Begun::Nothing(directory)),
            Intent::Begin => new(directory, of)?,
            Intent::Anew(left) => {
                end_orphans(&left)?;
                new(directory.start_anew().map_err(|error| error.to_string())?, of)?
            }
            Intent::Resume(history) => {
                end_orphans(&Left::of(&history))?;
                let journal = directory
                    .go_on()
                    .and_then(|()| Journal::append(&directory.journal(), history.extent))
                    .map_err(|error| unusable(&directory, &error))?;
                (directory, journal, Some(history))
            }
        };
        options.started_at = history.as_ref().and_then(|history| history.started).or(options.started_at);
        let mut run = Run::new(Arc::clone(of.valid), options);
        let mut attempts = HashMap::new();
        if let Some(history) = history {
            let plan = of.valid.plan();
            let results = results(&directory, &history, plan)?;
            for event in history.events(plan).into_iter().chain(results) {
                run.observe(event);
            }
            attempts = history.attempts(plan);
        }
        journal.push(&Record::Generation {
            at: milliseconds(of.began),
            boot: orphans::boot_id(),
            runner: of.runner.to_owned(),
        });
        journal.write().map_err(|error| unusable(&directory, &error))?;
        Ok(Begun::Generation(Box::new(Self { directory, journal, run, attempts })))
    }
}

/// A sentence on a directory that cannot be read or written.
pub fn unusable(directory: &RunDir, error: &io::Error) -> String {
    format!("directory \"{}\" cannot be used: {}", directory.place().shown.display(), reason(error))
}

fn new(directory: RunDir, of: &Of) -> Result<(RunDir, Journal, Option<Box<History>>), String> {
    let journal = directory
        .write_execution(of.recorded)
        .and_then(|()| Journal::create(&directory.journal(), of.run_id))
        .map_err(|error| unusable(&directory, &error))?;
    Ok((directory, journal, None))
}

/// The results that earlier generations kept.
fn results(directory: &RunDir, history: &History, plan: &Plan) -> Result<Vec<Event>, String> {
    let load = |(vertex, bytes)| {
        let name = vertex_name(plan, vertex);
        let text = result::load(&directory.results(), &name, bytes).map_err(|error| {
            let path = directory.results().join(&name);
            let why = reason(&error);
            format!("\"{}\" cannot be read: {why}\nhelp: --fresh starts anew", path.display())
        })?;
        Ok(Event::Result { vertex, text: Ok(text) })
    };
    history.results(plan).into_iter().map(load).collect()
}

fn end_orphans(left: &Left) -> Result<(), String> {
    let Some(run_id) = &left.run_id else { return Ok(()) };
    let earlier =
        Earlier { run_id, runner: left.runner, boot_id: left.boot.as_deref(), processes: &left.processes };
    let ended = orphans::end(&earlier)
        .map_err(|error| format!("what is left of the earlier run cannot be ended: {}", reason(&error)))?;
    if ended > 0 {
        let what = if ended == 1 {
            "1 process or container".to_owned()
        } else {
            format!("{ended} processes or containers")
        };
        print::talk(&format!("note: {what} of the earlier run still ran, and had to be ended\n"));
    }
    Ok(())
}
