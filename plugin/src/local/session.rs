//! The Executions of one `run`, one after the other.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::mpsc::{self, Receiver, Sender},
};

use gene_engine::{Event, Options, Run};
use gene_types::field::FieldError;
use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use super::{
    candidate::{Candidate, Intent, Left, Refusal, runner_name},
    directory::RunDir,
    display::{Display, Stream},
    driver::{Driver, Ended, Input},
    history::milliseconds,
    journal::{Journal, Record},
    orphans::{self, Earlier},
    outcome::{self, Outcome, Summary},
    pool::Pool,
    prepare::Bindings,
    result,
    signals::{self, Signal},
};
use crate::{cli::RunArgs, manifest::Loaded, print};

/// The exit code where an Execution failed.
const FAILED: u8 = 3;

/// Runs Executions one after the other, each only if all of them could be.
pub fn run(args: &RunArgs, loaded: &[Loaded]) -> ExitCode {
    let Some(candidates) = check(args, loaded) else { return ExitCode::FAILURE };
    let (sender, inputs) = mpsc::channel();
    if let Err(error) = signals::send(sender.clone(), Input::Signal) {
        complain(&format!("signals cannot be watched: {error}"));
        return ExitCode::FAILURE;
    }
    let stream = if args.output.is_some() { Stream::Err } else { Stream::Out };
    let session = Session { args, stream, sender, inputs: &inputs };
    let (mut objects, mut code) = (Vec::new(), ExitCode::SUCCESS);
    for candidate in candidates {
        match session.one(candidate) {
            Ok(done) => {
                objects.push(done.object);
                match done.outcome {
                    Outcome::Succeeded => continue,
                    Outcome::Failed => code = ExitCode::from(FAILED),
                    Outcome::Idle => code = ExitCode::FAILURE,
                    Outcome::Stopped(number) => {
                        code = Signal::exit_code(number);
                        break;
                    }
                }
                if !args.keep_going {
                    break;
                }
            }
            Err(error) => {
                complain(&error);
                code = ExitCode::FAILURE;
                break;
            }
        }
    }
    match args.output.map(|format| outcome::print(format, &objects, loaded.len() > 1)) {
        Some(Err(error)) => {
            complain(&format!("cannot write to standard output: {error}"));
            ExitCode::FAILURE
        }
        _ => code,
    }
}

/// What all Executions of one command share.
struct Session<'a> {
    args: &'a RunArgs,
    stream: Stream,
    sender: Sender<Input>,
    inputs: &'a Receiver<Input>,
}

/// What came of one Execution.
struct Done {
    outcome: Outcome,
    object: Value,
}

impl Session<'_> {
    fn one(&self, candidate: Candidate) -> Result<Done, String> {
        let began = Timestamp::now();
        let Candidate { valid, recorded, directory, intent, run_id, prepared } = candidate;
        let mut options = Options {
            parallelism: Some(self.parallelism()),
            started_at: Some(began),
            deadline_from: Some(began),
        };
        let (directory, journal, history) = match intent {
            Intent::Nothing => {
                let object = directory.finished().map_err(|error| unusable(&directory, &error))?;
                self.stream.write(&format!("{} Succeeded: nothing is left to do\n", valid.name()));
                return Ok(Done { outcome: Outcome::Succeeded, object });
            }
            Intent::Begin => begin(directory, &recorded, &run_id)?,
            Intent::Anew(left) => {
                end_orphans(&left)?;
                let directory = directory.start_anew().map_err(|error| error.to_string())?;
                begin(directory, &recorded, &run_id)?
            }
            Intent::Resume(history) => {
                end_orphans(&Left::of(&history))?;
                let journal = Journal::append(&directory.journal(), history.extent)
                    .map_err(|error| unusable(&directory, &error))?;
                (directory, journal, Some(history))
            }
        };
        if let Some(started) = history.as_ref().and_then(|history| history.started) {
            options.started_at = Some(started);
        }
        let mut run = Run::new(valid.clone(), options);
        let mut attempts = std::collections::HashMap::new();
        if let Some(history) = history {
            for event in history.events(valid.plan()) {
                run.observe(event);
            }
            for event in results(&directory, &history, valid.plan())? {
                run.observe(event);
            }
            attempts = history.attempts(valid.plan());
        }
        let mut display = Display::new(self.stream, &run, directory.place(), options.parallelism);
        let mut driver = Driver {
            run,
            pool: Pool::new(prepared, self.sender.clone()),
            journal,
            directory: &directory,
            inputs: self.inputs,
            display: &mut display,
            attempts,
        };
        driver.journal.push(&Record::Generation {
            at: milliseconds(began),
            boot: orphans::boot_id(),
            runner: runner_name(self.args.runner).to_owned(),
        });
        let ended = driver.drive().map_err(|error| {
            let resume = outcome::next_command(self.args);
            format!("{error}\nhelp: what was recorded until then holds; make room and go on with: {resume}")
        })?;
        self.finish(driver, ended, recorded, began)
    }

    /// Records the end and says how it went.
    fn finish(
        &self,
        mut driver: Driver<'_>,
        ended: Ended,
        mut object: Value,
        began: Timestamp,
    ) -> Result<Done, String> {
        let status = serde_json::to_value(&ended.status).map_err(|error| error.to_string())?;
        if let Some(fields) = object.as_object_mut() {
            fields.insert("status".to_owned(), status);
        }
        if !ended.is_idle {
            let succeeded = ended.succeeded();
            driver
                .directory
                .write_finished(&object)
                .and_then(|()| {
                    driver.journal.push(&Record::End { succeeded, at: milliseconds(Timestamp::now()) });
                    driver.journal.write()
                })
                .map_err(|error| unusable(driver.directory, &error))?;
        }
        driver.display.close(&mut driver.run);
        let summary = Summary {
            name: driver.run.valid().name(),
            ended: &ended,
            place: driver.directory.place(),
            plan: driver.run.valid().plan(),
            began,
            now: Timestamp::now(),
            next: outcome::next_command(self.args),
        };
        let text = summary.text(matches!(driver.display, Display::Lines(_)));
        driver.display.say(&text);
        Ok(Done { outcome: summary.outcome(), object })
    }

    fn parallelism(&self) -> u32 {
        let cores = || std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
        self.args.parallelism.unwrap_or_else(cores)
    }
}

/// Checks everything before anything starts. What is refused has been printed.
fn check(args: &RunArgs, loaded: &[Loaded]) -> Option<Vec<Candidate>> {
    let mut seen = BTreeMap::new();
    let mut is_refused = false;
    for one in loaded {
        if let Some(first) = seen.insert(one.valid.name(), &one.file) {
            let files = if *first == one.file { first.clone() } else { format!("{first} and {}", one.file) };
            complain(&format!(
                "two Executions are called \"{}\" ({files})\nhelp: give each a name of its own, or run them by two commands",
                one.valid.name()
            ));
            is_refused = true;
        }
    }
    let current_dir = env::current_dir()
        .map_err(|error| complain(&format!("the current directory cannot be found: {error}")))
        .ok()?;
    let bindings = Bindings::parse(&args.volumes, &args.env)
        .map_err(|errors| errors.iter().for_each(|error| show(error, "")))
        .ok()?;
    let unused = bindings.unused(loaded.iter().map(|one| &one.valid));
    unused.iter().for_each(|error| show(error, ""));
    if is_refused || !unused.is_empty() {
        return None;
    }
    let checked: Vec<Option<Candidate>> = loaded
        .iter()
        .map(|one| {
            let shown = directory_of(args, one.valid.name(), loaded.len() > 1);
            let checked = Candidate::check(one, &shown, args, &bindings, &current_dir);
            checked.map_err(|refusal| refuse(one, refusal)).ok()
        })
        .collect();
    if checked.iter().any(Option::is_none) {
        checked.into_iter().flatten().for_each(|candidate| candidate.directory.abandon());
        return None;
    }
    let candidates: Vec<Candidate> = checked.into_iter().flatten().collect();
    let mut notices: Vec<String> =
        candidates.iter().flat_map(|candidate| candidate.prepared.notices()).collect();
    notices.sort();
    notices.dedup();
    notices.iter().for_each(|notice| print::talk(&format!("note: {notice}\n")));
    Some(candidates)
}

fn directory_of(args: &RunArgs, name: &str, are_several: bool) -> PathBuf {
    match &args.dir {
        Some(dir) if are_several => dir.join(name),
        Some(dir) => dir.clone(),
        None => Path::new(".gene").join(name),
    }
}

fn begin(
    directory: RunDir,
    recorded: &Value,
    run_id: &str,
) -> Result<(RunDir, Journal, Option<Box<super::history::History>>), String> {
    let journal = directory
        .write_execution(recorded)
        .and_then(|()| Journal::create(&directory.journal(), run_id))
        .map_err(|error| unusable(&directory, &error))?;
    Ok((directory, journal, None))
}

/// The results that earlier generations kept.
fn results(
    directory: &RunDir,
    history: &super::history::History,
    plan: &gene_types::plan::Plan,
) -> Result<Vec<Event>, String> {
    let load = |(vertex, bytes)| {
        let name = super::history::vertex_name(plan, vertex);
        let text = result::load(&directory.results(), &name, bytes).map_err(|error| {
            let path = directory.results().join(&name);
            format!("\"{}\" cannot be read: {error}\nhelp: --fresh starts anew", path.display())
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
        .map_err(|error| format!("what is left of the earlier run cannot be ended: {error}"))?;
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

fn unusable(directory: &RunDir, error: &std::io::Error) -> String {
    format!("directory \"{}\" cannot be used: {error}", directory.place().shown.display())
}

fn refuse(loaded: &Loaded, refusal: Refusal) {
    match refusal {
        Refusal::Fields(errors) => {
            let in_file = |error: &FieldError| show(error, &format!("{} {}", loaded.file, error.path));
            errors.iter().for_each(in_file);
        }
        Refusal::Other(sentence, lines) => {
            complain(&std::iter::once(sentence).chain(lines).collect::<Vec<_>>().join("\n"));
        }
    }
}

/// Shows a fault as those of files are shown, though without its line: what reads the file is done.
fn show(error: &FieldError, place: &str) {
    let place = if place.is_empty() { String::new() } else { format!("\n --> {place}") };
    let help = error.help.as_ref().map(|help| format!("\n  = help: {}", help.text)).unwrap_or_default();
    complain(&format!("{}{place}{help}", error.message));
}

fn complain(sentence: &str) {
    print::talk(&format!("error: {sentence}\n"));
}
