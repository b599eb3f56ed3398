//! One Execution that is to be run: checked against this machine and against what was run before,
//! as far as that can be done without changing anything.

use std::{path::Path, sync::Arc};

use gene_types::{ValidExecution, field::FieldError, v1alpha1::FailurePolicy, validate};
use serde_json::Value;

use super::{
    attempt::ProcessId,
    change::changes,
    directory::RunDir,
    history::{End, History},
    journal,
    prepare::{Bindings, Prepared, Site, prepare},
    runner::process::reason,
};
use crate::{
    cli::{RunArgs, RunnerKind},
    manifest::Loaded,
};

/// An Execution that can be run.
#[derive(Debug)]
pub struct Candidate {
    /// What is run: what the file says, and what the command line adds.
    pub valid: Arc<ValidExecution>,
    /// What the file says.
    pub recorded: Value,
    /// Its directory, locked.
    pub directory: RunDir,
    /// What is to be done.
    pub intent: Intent,
    /// Its processes carry this.
    pub run_id: String,
    /// What its vertices become.
    pub prepared: Arc<Prepared>,
}

/// What is to be done with an Execution.
#[derive(Debug)]
pub enum Intent {
    /// There is no earlier run.
    Begin,
    /// The earlier run is put aside.
    Anew(Left),
    /// The earlier run goes on.
    Resume(Box<History>),
    /// The earlier run has done everything.
    Nothing,
}

/// What may be left of an earlier run: processes that outlived it.
#[derive(Debug)]
pub struct Left {
    /// Its id; absent where not even that can be read.
    pub run_id: Option<String>,
    /// What its vertices were.
    pub runner: RunnerKind,
    /// The machine's start as of that run.
    pub boot: Option<String>,
    /// What was recorded of them.
    pub processes: Vec<ProcessId>,
}

impl Left {
    /// What an earlier run may have left.
    pub fn of(history: &History) -> Self {
        Self {
            run_id: Some(history.run.clone()),
            runner: runner_called(&history.runner),
            boot: history.boot.clone(),
            processes: history.in_flight(),
        }
    }
}

/// Why an Execution cannot be run.
#[derive(Debug)]
pub enum Refusal {
    /// Faults of its file.
    Fields(Vec<FieldError>),
    /// Anything else: a sentence, and lines on it.
    Other(String, Vec<String>),
}

impl Candidate {
    /// Checks an Execution and locks its directory, which is made where there is none.
    ///
    /// # Errors
    /// It cannot be run. The directory, if it was made for this, is gone again.
    pub fn check(
        loaded: &Loaded,
        shown: &Path,
        args: &RunArgs,
        bindings: &Bindings,
        current_dir: &Path,
    ) -> Result<Self, Refusal> {
        let valid = effective(&loaded.valid, args)?;
        let directory = RunDir::open(shown).map_err(|error| other(error.to_string()))?;
        let recorded = as_recorded(&loaded.valid).map_err(|error| other(error.to_string()))?;
        let ready = decide(&directory, &recorded, args).and_then(|intent| {
            if matches!(intent, Intent::Anew(_)) {
                spare_volumes(&directory, args)?;
            }
            let run_id = match &intent {
                Intent::Resume(history) => history.run.clone(),
                _ => new_run_id(),
            };
            let site = Site {
                run_id: run_id.clone(),
                run_dir: directory.place().path.clone(),
                current_dir: current_dir.to_owned(),
            };
            let prepared = prepare(&valid, args.runner, bindings, site).map_err(Refusal::Fields)?;
            Ok((intent, run_id, Arc::new(prepared)))
        });
        match ready {
            Ok((intent, run_id, prepared)) => {
                Ok(Self { valid, recorded, directory, intent, run_id, prepared })
            }
            Err(refusal) => {
                directory.abandon();
                Err(refusal)
            }
        }
    }
}

/// What a runner is called in a journal.
pub fn runner_name(runner: RunnerKind) -> &'static str {
    match runner {
        RunnerKind::Process => "process",
        RunnerKind::Podman => "podman",
        RunnerKind::Docker => "docker",
    }
}

fn runner_called(name: &str) -> RunnerKind {
    match name {
        "podman" => RunnerKind::Podman,
        "docker" => RunnerKind::Docker,
        _ => RunnerKind::Process,
    }
}

/// The Execution with what the command line adds.
fn effective(valid: &ValidExecution, args: &RunArgs) -> Result<Arc<ValidExecution>, Refusal> {
    if !args.keep_going {
        return Ok(Arc::new(valid.clone()));
    }
    let mut execution = valid.execution().clone();
    execution.spec.failure_policy = Some(FailurePolicy::Continue);
    validate(execution, valid.limits()).map(Arc::new).map_err(Refusal::Fields)
}

/// The Execution as it will be read from its directory: written and read again, so that numbers
/// compare equal that were written equal.
fn as_recorded(valid: &ValidExecution) -> serde_json::Result<Value> {
    serde_json::from_slice(&serde_json::to_vec(valid.execution())?)
}

fn decide(directory: &RunDir, recorded: &Value, args: &RunArgs) -> Result<Intent, Refusal> {
    let shown = directory.place().shown.display();
    let history = match History::read(&directory.journal()) {
        Ok(None) => return Ok(Intent::Begin),
        Ok(Some(history)) => history,
        Err(_) if args.fresh => {
            let run_id = journal::run_id(&directory.journal());
            let (runner, boot, processes) = (args.runner, None, Vec::new());
            return Ok(Intent::Anew(Left { run_id, runner, boot, processes }));
        }
        Err(error) => {
            let path = directory.journal();
            return Err(other(format!("\"{}\" cannot be read: {error}", path.display()))
                .with(&["help: --fresh starts anew and keeps the earlier run once, as .previous"]));
        }
    };
    if args.resume {
        let former = directory.execution().map_err(|error| {
            other(format!("the Execution in \"{shown}\" cannot be read: {}", reason(&error)))
        })?;
        let changes = changes(&former, recorded);
        if !changes.is_empty() {
            let lines: Vec<String> = changes.iter().map(|change| format!("  {change}")).collect();
            let help = "help: take the change back to resume, or start anew with --fresh";
            return Err(Refusal::Other(
                format!("the Execution is not the one that was run in \"{shown}\"; what changed:"),
                lines.into_iter().chain([help.to_owned()]).collect(),
            ));
        }
    }
    match (history.end, args.resume, args.fresh) {
        (End::Succeeded, true, _) => Ok(Intent::Nothing),
        (_, true, _) => Ok(Intent::Resume(Box::new(history))),
        (_, _, true) | (End::Succeeded, ..) => Ok(Intent::Anew(Left::of(&history))),
        (End::Open, ..) => Err(other(format!("the run in \"{shown}\" was not finished")).with(&HELP)),
        (End::Failed, ..) => Err(other(format!("the run in \"{shown}\" failed")).with(&HELP)),
    }
}

/// Data that is to be used must be neither moved away nor removed with a former run.
fn spare_volumes(directory: &RunDir, args: &RunArgs) -> Result<(), Refusal> {
    for volume in &args.volumes {
        let Some((_, given)) = volume.split_once('=') else { continue };
        let Ok(path) = Path::new(given).canonicalize() else { continue };
        if let Some(goes) = directory.goes_with(&path) {
            let sentence =
                format!("--volume \"{volume}\" is in \"{}\", which makes way for a new run", goes.display());
            return Err(
                other(sentence).with(&["help: move the data elsewhere, or give --dir another directory"])
            );
        }
    }
    Ok(())
}

const HELP: [&str; 2] = [
    "help: --resume goes on with what did not succeed",
    "help: --fresh starts anew and keeps the earlier run once, as .previous",
];

fn other(sentence: String) -> Refusal {
    Refusal::Other(sentence, Vec::new())
}

impl Refusal {
    fn with(self, lines: &[&str]) -> Self {
        match self {
            Self::Other(sentence, _) => {
                Self::Other(sentence, lines.iter().map(|&line| line.to_owned()).collect())
            }
            fields @ Self::Fields(_) => fields,
        }
    }
}

/// Different for every run, also for two that begin in one instant.
fn new_run_id() -> String {
    use std::hash::{BuildHasher, RandomState};
    // The keys of the two hashers come from the system's source of random numbers.
    let random = || RandomState::new().hash_one(std::process::id());
    format!("{:016x}{:016x}", random(), random())
}
