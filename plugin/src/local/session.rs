//! The Executions of one `run`, one after the other.

use std::{
    process::ExitCode,
    sync::mpsc::{self, Receiver, Sender},
};

use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use super::{
    candidate::{Candidate, runner_name},
    check::{check, complain},
    display::{Display, Stream},
    driver::{Driver, Ended, Input},
    generation::{Begun, Generation, Of, unusable},
    history::milliseconds,
    journal::Record,
    outcome::{self, Outcome, Summary},
    pool::Pool,
    runner::process::reason,
    signals::{self, Signal},
};
use crate::{cli::RunArgs, manifest::Loaded};

/// The exit code where an Execution failed.
const FAILED: u8 = 3;

/// Runs Executions one after the other, each only if all of them could be.
pub fn run(args: &RunArgs, loaded: &[Loaded]) -> ExitCode {
    let Some(candidates) = check(args, loaded) else { return ExitCode::FAILURE };
    let (sender, inputs) = mpsc::channel();
    if let Err(error) = signals::send(sender.clone(), Input::Signal) {
        complain(&format!("signals cannot be watched: {}", reason(&error)));
        return ExitCode::FAILURE;
    }
    let stream = if args.output.is_some() { Stream::Err } else { Stream::Out };
    let session = Session { args, stream, sender, inputs: &inputs };
    let (mut objects, mut code) = (Vec::new(), ExitCode::SUCCESS);
    let mut candidates = candidates.into_iter();
    for candidate in candidates.by_ref() {
        if let Some(number) = stopped(&inputs) {
            candidate.directory.abandon();
            code = Signal::exit_code(number);
            break;
        }
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
    candidates.for_each(|candidate| candidate.directory.abandon());
    match args.output.map(|format| outcome::print(format, &objects, loaded.len() > 1)) {
        Some(Err(error)) => {
            complain(&format!("cannot write to standard output: {}", reason(&error)));
            ExitCode::FAILURE
        }
        _ => code,
    }
}

/// A signal that came while nothing ran. What else has come is of the Execution before.
fn stopped(inputs: &Receiver<Input>) -> Option<i32> {
    inputs.try_iter().find_map(|input| match input {
        Input::Signal(Signal::Stop(number)) => Some(number),
        _ => None,
    })
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
        let of = Of {
            valid: &valid,
            recorded: &recorded,
            run_id: &run_id,
            runner: runner_name(self.args.runner),
            began,
            parallelism: self.parallelism(),
        };
        let Generation { directory, journal, run, attempts } =
            match Generation::begin(directory, intent, &of)? {
                Begun::Generation(generation) => *generation,
                Begun::Nothing(directory) => {
                    let object = directory.finished().map_err(|error| unusable(&directory, &error))?;
                    self.stream.write(&format!("{} Succeeded: nothing is left to do\n", valid.name()));
                    return Ok(Done { outcome: Outcome::Succeeded, object });
                }
            };
        let mut display = Display::new(self.stream, &run, directory.place(), Some(of.parallelism));
        let mut driver = Driver {
            run,
            pool: Pool::new(prepared, self.sender.clone()),
            journal,
            directory: &directory,
            inputs: self.inputs,
            display: &mut display,
            attempts,
        };
        let ended = driver.drive().map_err(|error| self.given_up(&error.to_string()))?;
        self.finish(driver, &ended, recorded, began)
    }

    /// Records the end and says how it went.
    fn finish(
        &self,
        mut driver: Driver<'_>,
        ended: &Ended,
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
                .map_err(|error| self.given_up(&unusable(driver.directory, &error)))?;
        }
        driver.display.close(&mut driver.run);
        let summary = Summary {
            name: driver.run.valid().name(),
            ended,
            place: driver.directory.place(),
            plan: driver.run.valid().plan(),
            began,
            now: Timestamp::now(),
            next: outcome::next_command(self.args),
        };
        let text = match driver.display {
            Display::Picture(_) => summary.below_picture(),
            Display::Lines(_) => summary.line(),
        };
        driver.display.say(&text);
        Ok(Done { outcome: summary.outcome(), object })
    }

    /// Something could not be written: the disk is full.
    fn given_up(&self, why: &str) -> String {
        let resume = outcome::next_command(self.args);
        format!("{why}\nhelp: what was recorded until then holds; make room and go on with: {resume}")
    }

    fn parallelism(&self) -> u32 {
        let cores = || std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
        self.args.parallelism.unwrap_or_else(cores)
    }
}
