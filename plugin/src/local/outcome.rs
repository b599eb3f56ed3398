//! How a run went: in words, as an object, and what to type next.

use std::io;

use gene_types::{plan::Plan, v1alpha1::status::phase};
use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

use super::{directory::Place, driver::Ended, history::vertex_label};
use crate::{
    cli::{ObjectFormat, RunArgs, RunnerKind},
    print,
    render::{self, object, shell, text::printable},
};

/// What came of one Execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything is done.
    Succeeded,
    /// It failed.
    Failed,
    /// Nothing runs and nothing can start.
    Idle,
    /// A signal of this number ended it.
    Stopped(i32),
}

/// What is said at the end.
pub struct Summary<'a> {
    /// The Execution's name.
    pub name: &'a str,
    /// How it ended.
    pub ended: &'a Ended,
    /// Where its logs are.
    pub place: &'a Place,
    /// The names of its tasks.
    pub plan: &'a Plan,
    /// When this generation began.
    pub began: Timestamp,
    /// Now.
    pub now: Timestamp,
    /// The command that goes on with it.
    pub next: String,
}

impl Summary<'_> {
    /// What it came to.
    pub fn outcome(&self) -> Outcome {
        match self.ended.stopped {
            Some(number) => Outcome::Stopped(number),
            None if self.ended.is_idle => Outcome::Idle,
            None if self.ended.succeeded() => Outcome::Succeeded,
            None => Outcome::Failed,
        }
    }

    /// One line that says everything, for a pipe.
    pub fn line(&self) -> String {
        let status = &self.ended.status;
        let elapsed = u64::try_from(self.now.as_second() - self.began.as_second()).unwrap_or_default();
        let elapsed = render::duration(elapsed);
        let phase = if status.phase.is_empty() { phase::PENDING } else { &status.phase };
        let line = format!("{} {phase} {} after {elapsed}", self.name, status.progress);
        if self.ended.succeeded() {
            return line + "\n";
        }
        let log = self.ended.failed.map(|(vertex, attempt)| self.place.shown_log(self.plan, vertex, attempt));
        // What could not be started printed nothing.
        let log = log.filter(|log| log.exists());
        let log = log.map_or_else(String::new, |log| format!("; log: {}", log.display()));
        format!("{line}: {}{log}; next: {}\n", printable(&self.why()), self.next)
    }

    /// What the last picture does not say: where it did not go well, why, and what to do.
    pub fn below_picture(&self) -> String {
        if self.ended.succeeded() {
            return String::new();
        }
        format!("{}\nnext: {}\n", printable(&self.why()), self.next)
    }

    fn why(&self) -> String {
        let status = &self.ended.status;
        if self.ended.is_idle {
            let reasons = status.tasks.iter().map(|task| &task.message).filter(|message| !message.is_empty());
            let reason = reasons.chain([&status.message]).next().map_or("", String::as_str);
            return format!("nothing runs and nothing can start ({reason})");
        }
        match self.ended.failed {
            Some((vertex, _)) if self.ended.stopped.is_none() => {
                let others = status.tasks.iter().map(|task| i64::from(task.failed)).sum::<i64>() - 1;
                let others = if others > 0 { format!(" (and {others} more)") } else { String::new() };
                format!("{}: {}{others}", vertex_label(self.plan, vertex), status.message)
            }
            _ => status.message.clone(),
        }
    }
}

/// The command that goes on with a run, ready for a shell. Values of `--env` may be secrets, and are
/// taken from the shell's variables of those names.
pub fn next_command(args: &RunArgs) -> String {
    let mut words = vec!["kubectl gene run".to_owned()];
    words.extend(args.files.iter().map(|file| shell::word(&file.to_string_lossy())));
    match args.runner {
        RunnerKind::Process => {}
        RunnerKind::Podman => words.push("--runner podman".to_owned()),
        RunnerKind::Docker => words.push("--runner docker".to_owned()),
    }
    words.extend(args.parallelism.map(|bound| format!("--parallelism {bound}")));
    words.extend(args.keep_going.then(|| "--keep-going".to_owned()));
    words.extend(args.dir.iter().map(|dir| format!("--dir {}", shell::word(&dir.to_string_lossy()))));
    words.extend(args.volumes.iter().map(|volume| format!("--volume {}", shell::word(volume))));
    let workflow = &args.workflow;
    words.extend(
        workflow.input.iter().map(|input| format!("--input {}", shell::word(&input.to_string_lossy()))),
    );
    words.extend(workflow.set.iter().map(|set| format!("--set {}", shell::word(set))));
    words.extend(workflow.tool_repo.iter().map(|place| format!("--tool-repo {}", shell::word(place))));
    for variable in &args.env {
        let name = variable.split('=').next().unwrap_or_default();
        words.push(format!("--env {name}=\"${name}\""));
    }
    words.push("--resume".to_owned());
    words.join(" ")
}

/// Prints the finished Executions on standard output.
///
/// # Errors
/// Standard output cannot be written.
pub fn print(format: ObjectFormat, objects: &[Value], are_several: bool) -> io::Result<()> {
    let text = match (format, are_several) {
        (ObjectFormat::Yaml, _) => objects.iter().map(object::yaml).collect::<Vec<_>>().join("---\n"),
        (ObjectFormat::Json, false) => objects.iter().map(object::json).collect(),
        (ObjectFormat::Json, true) => {
            object::json(&json!({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": objects}))
        }
    };
    print::data(&text)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    #[test]
    fn the_next_command_can_be_typed() {
        for (typed, expected) in [
            ("kubectl-gene run a.yaml", "kubectl gene run a.yaml --resume"),
            (
                "kubectl-gene run a.yaml b'c.yaml --fresh -o json --env TOKEN=secret --dir d --parallelism 2",
                r#"kubectl gene run a.yaml 'b'\''c.yaml' --parallelism 2 --dir d --env TOKEN="$TOKEN" --resume"#,
            ),
            (
                "kubectl-gene run - --resume --runner podman --keep-going --volume ref=/d",
                "kubectl gene run - --runner podman --keep-going --volume ref=/d --resume",
            ),
            (
                "kubectl-gene run w.yaml --tool-repo tools --tool-repo https://t.example/t --set a=b;c --input s.csv",
                "kubectl gene run w.yaml --input s.csv --set 'a=b;c' --tool-repo tools --tool-repo https://t.example/t --resume",
            ),
        ] {
            let Command::Run(args) = Cli::try_parse_from(typed.split(' ')).unwrap().command else {
                panic!("{typed} is no run");
            };
            assert_eq!(next_command(&args), expected);
        }
    }
}
