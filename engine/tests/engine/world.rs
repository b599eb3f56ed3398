//! A world for the engine: it creates the Jobs that it is asked for, and they end as the test says.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use gene_engine::{Action, Event, Failure, Options, Phase, Run, Steering, Vertex};
use gene_types::{Execution, Limits, ValidExecution, plan::Command, v1alpha1::ExecutionStatus};
use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};

/// What a vertex comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It prints this and succeeds.
    Prints(String),
    /// It fails with this exit code.
    Exits(i32),
    /// So many attempts fail; then it prints this and succeeds.
    Flaky(u32, String),
}

/// One Job of this world.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    pub started: i64,
    pub finished: Option<i64>,
    pub failed: bool,
}

/// The world.
pub struct World {
    pub valid: Arc<ValidExecution>,
    pub run: Run,
    pub options: Options,
    /// The changeable part of the spec, where it was changed.
    pub steering: Option<Steering>,
    pub now: i64,
    /// Jobs that exist.
    pub jobs: BTreeMap<(Vertex, u32), Job>,
    /// Jobs that the engine had ended.
    pub ended: BTreeSet<(Vertex, u32)>,
    /// What was read and stored.
    pub results: BTreeMap<Vertex, String>,
    /// Every start, in order.
    pub starts: Vec<(Vertex, u32)>,
    /// What each of them was given to run.
    pub commands: Vec<Command>,
    /// When the engine wants to be called again.
    pub wake: Option<i64>,
    pub outcomes: BTreeMap<String, Outcome>,
}

/// An Execution of these tasks; every task without one gets an image.
pub fn execution(spec: Value) -> Execution {
    let mut spec = spec;
    for task in spec["tasks"].as_array_mut().unwrap() {
        if task.get("image").is_none() {
            task["image"] = json!("busybox:1.37");
        }
    }
    let document = json!({
        "apiVersion": "execution.kubegene.io/v1alpha1", "kind": "Execution",
        "metadata": {"name": "x", "namespace": "default", "generation": 1}, "spec": spec,
    });
    serde_json::from_value(document).unwrap()
}

pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

impl World {
    /// A world of an Execution with this spec, at second 1000.
    pub fn new(spec: Value) -> Self {
        Self::with(spec, Options::default(), Limits::CLUSTER)
    }

    pub fn with(spec: Value, options: Options, limits: Limits) -> Self {
        let valid = gene_types::validate(execution(spec), &limits).unwrap_or_else(|errors| {
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            panic!("refused: {}", errors.join("\n"))
        });
        let valid = Arc::new(valid);
        Self {
            run: Run::new(Arc::clone(&valid), options),
            valid,
            options,
            steering: None,
            now: 1000,
            jobs: BTreeMap::new(),
            ended: BTreeSet::new(),
            results: BTreeMap::new(),
            starts: Vec::new(),
            commands: Vec::new(),
            wake: None,
            outcomes: BTreeMap::new(),
        }
    }

    /// Says what a vertex (`a[0]`) or all of a task (`a`) come to; the default prints nothing.
    pub fn let_it(mut self, who: &str, outcome: Outcome) -> Self {
        self.outcomes.insert(who.to_owned(), outcome);
        self
    }

    /// What an attempt comes to: `Prints` or `Exits`.
    pub fn outcome(&self, vertex: Vertex, attempt: u32) -> Outcome {
        match self.outcome_of_all(vertex) {
            Outcome::Flaky(failing, _) if attempt < failing => Outcome::Exits(1),
            Outcome::Flaky(_, text) => Outcome::Prints(text),
            outcome => outcome,
        }
    }

    fn outcome_of_all(&self, vertex: Vertex) -> Outcome {
        let task = &self.valid.plan().tasks[vertex.task as usize].name;
        let of_vertex = self.outcomes.get(&format!("{task}[{}]", vertex.index));
        of_vertex.or_else(|| self.outcomes.get(task)).cloned().unwrap_or(Outcome::Prints(String::new()))
    }

    pub fn vertex(&self, text: &str) -> Vertex {
        let (task, index) = text.trim_end_matches(']').split_once('[').unwrap();
        let task = self.valid.plan().tasks.iter().position(|plan| plan.name == task).unwrap();
        Vertex { task: task as u32, index: index.parse().unwrap() }
    }

    pub fn name(&self, vertex: Vertex) -> String {
        format!("{}[{}]", self.valid.plan().tasks[vertex.task as usize].name, vertex.index)
    }

    /// Asks the engine what to do and does it, until it wants nothing more. Returns what it asked for.
    pub fn act(&mut self) -> Vec<Action> {
        let mut all = Vec::new();
        loop {
            let actions = self.run.next(at(self.now), 3);
            if actions.is_empty() {
                return all;
            }
            for action in &actions {
                self.perform(*action);
            }
            all.extend(actions);
        }
    }

    /// Does one thing and tells the engine so.
    pub fn perform(&mut self, action: Action) {
        match action {
            Action::Start { vertex, attempt } => {
                let job = Job { started: self.now, finished: None, failed: false };
                let earlier = self.jobs.insert((vertex, attempt), job);
                assert_eq!(earlier, None, "{} is created twice", self.name(vertex));
                let is_new = !self.ended.contains(&(vertex, attempt));
                assert!(is_new, "attempt {attempt} of {} was made and ended before", self.name(vertex));
                self.starts.push((vertex, attempt));
                self.commands.push(self.run.command(vertex));
                self.run.observe(Event::Started { vertex, attempt, at: at(self.now) });
            }
            Action::ReadResult { vertex } => {
                let text = Ok(self.read(vertex));
                self.run.observe(Event::Result { vertex, text });
            }
            Action::End { vertex, attempt } => {
                self.jobs.remove(&(vertex, attempt)).expect("only what runs is ended");
                self.ended.insert((vertex, attempt));
                self.run.observe(Event::Gone { vertex, attempt, at: at(self.now) });
            }
            Action::WakeAt(time) => self.wake = Some(time.as_second()),
        }
    }

    /// Reads what a vertex printed and stores it.
    pub fn read(&mut self, vertex: Vertex) -> String {
        let outcome = self.outcome(vertex, u32::MAX);
        let Outcome::Prints(text) = outcome else { panic!("a failed vertex is read") };
        self.results.insert(vertex, text.clone());
        text
    }

    /// Lets a running Job come to its end, and tells the engine.
    pub fn finish(&mut self, who: &str) {
        let vertex = self.vertex(who);
        let attempt = self.running().into_iter().find(|(running, _)| *running == vertex).expect("it runs").1;
        let event = self.end_job(vertex, attempt);
        self.run.observe(event);
    }

    /// Lets a running Job come to its end, and returns what the engine has to be told.
    pub fn end_job(&mut self, vertex: Vertex, attempt: u32) -> Event {
        let failed = matches!(self.outcome(vertex, attempt), Outcome::Exits(_));
        let job = self.jobs.get_mut(&(vertex, attempt)).expect("it exists");
        job.finished = Some(self.now);
        job.failed = failed;
        self.event_of(vertex, attempt)
    }

    /// What a look at a Job tells.
    pub fn event_of(&self, vertex: Vertex, attempt: u32) -> Event {
        let job = &self.jobs[&(vertex, attempt)];
        let outcome = if job.failed { self.outcome_of_all(vertex) } else { Outcome::Prints(String::new()) };
        match (job.finished, outcome) {
            (None, _) => Event::Started { vertex, attempt, at: at(job.started) },
            (Some(finished), outcome) if job.failed => {
                let code = if let Outcome::Exits(code) = outcome { code } else { 1 };
                Event::Failed {
                    vertex,
                    attempt,
                    started: Some(at(job.started)),
                    finished: at(finished),
                    failure: Failure {
                        reason: "Error".into(),
                        message: format!("exit code {code}"),
                        exit_code: Some(code),
                    },
                }
            }
            (Some(finished), _) => Event::Succeeded {
                vertex,
                attempt,
                started: Some(at(job.started)),
                finished: at(finished),
                message: None,
            },
        }
    }

    /// Jobs that exist and have not finished.
    pub fn running(&self) -> Vec<(Vertex, u32)> {
        self.jobs.iter().filter(|(_, job)| job.finished.is_none()).map(|(key, _)| *key).collect()
    }

    /// Names of what runs, in the order of the spec.
    pub fn running_names(&self) -> Vec<String> {
        self.running().into_iter().map(|(vertex, _)| self.name(vertex)).collect()
    }

    /// Runs to the end, one Job after the other in the order of their start; returns the starts by name.
    pub fn run_to_end(&mut self) -> Vec<String> {
        let mut ended = 0;
        loop {
            self.act();
            self.now += 1;
            let is_running = |key| self.jobs.get(key).is_some_and(|job| job.finished.is_none());
            ended += self.starts[ended..].iter().take_while(|key| !is_running(key)).count();
            match self.starts.get(ended).copied() {
                Some((vertex, attempt)) => {
                    let event = self.end_job(vertex, attempt);
                    self.run.observe(event);
                }
                None if self.run.phase().is_terminal() => {
                    return self.starts.iter().map(|(vertex, _)| self.name(*vertex)).collect();
                }
                None if self.wake.is_some_and(|wake| wake >= self.now) => {}
                None => panic!("nothing runs, and it does not end: {:?}", self.run.status()),
            }
        }
    }

    pub fn status(&mut self) -> ExecutionStatus {
        self.run.status()
    }

    pub fn phase(&self) -> Phase {
        self.run.phase()
    }

    /// The phases of the tasks, in the order of the spec: `a Succeeded 2/2`.
    pub fn task_lines(&mut self) -> Vec<String> {
        let line = |task: &gene_types::v1alpha1::TaskStatus| {
            let total = task.total.map_or("?".to_owned(), |total| total.to_string());
            format!("{} {} {}/{total}", task.name, task.phase, task.succeeded)
        };
        self.status().tasks.iter().map(line).collect()
    }

    /// A new engine that knows the recorded status, the stored results and the Jobs that exist.
    pub fn rebuilt(&mut self, recorded: &ExecutionStatus) -> Run {
        let mut run = Run::new(Arc::clone(&self.valid), self.options);
        run.recall(recorded);
        self.tell_all(&mut run);
        run
    }

    /// The engine of an Execution that was opened again, from its status.
    pub fn reopened(&mut self, recorded: &ExecutionStatus, generation: i64) -> Run {
        let (valid, now) = (Arc::clone(&self.valid), at(self.now));
        let mut run = Run::reopened(valid, recorded, generation, now, self.options);
        self.tell_all(&mut run);
        run
    }

    fn tell_all(&self, run: &mut Run) {
        self.steering.map(Event::Steer).into_iter().for_each(|event| run.observe(event));
        for (vertex, text) in &self.results {
            run.observe(Event::Result { vertex: *vertex, text: Ok(text.clone()) });
        }
        for (vertex, attempt) in self.jobs.keys() {
            run.observe(self.event_of(*vertex, *attempt));
        }
    }
}
