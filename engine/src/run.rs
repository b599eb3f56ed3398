//! One Execution in progress.
//!
//! Everything is counted, nothing is searched: a `whole` dependency is one counter of its task, an
//! `iterate` dependency one counter of its vertex, and an event touches only what waits for it.

mod end;
mod expand;
mod gate;
mod observe;
mod priority;
mod reading;
mod ready;
mod recorded;
mod reopened;
mod retrying;
mod skipped;
mod start;
mod status;
mod task;
mod vertices;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use gene_types::{
    ValidExecution,
    plan::{Command, TaskId, TaskPlan},
    v1alpha1::{Condition, DependencyType, ExecutionSpec, ExecutionStatus, status::phase},
};
use k8s_openapi::jiff::Timestamp;

use crate::{Failure, Steering, Vertex};
use end::Ending;
use gate::Work;
use ready::ReadyTasks;
use retrying::Pauses;
use task::{Ended, TaskState};
use vertices::{UNKNOWN, Vertices};

/// What the adapter adds to the Execution.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// A bound of the adapter's own on unfinished vertices, beside the Execution's.
    pub parallelism: Option<u32>,
    /// When the Execution started, if it did before this `Run`.
    pub started_at: Option<Timestamp>,
    /// From when `activeDeadlineSeconds` counts, where that is not the start: when it was opened again.
    pub deadline_from: Option<Timestamp>,
}

/// The phase of an Execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing has started yet.
    New,
    /// Something has.
    Running,
    /// Everything is done.
    Succeeded,
    /// Something failed, was cancelled or took too long, and nothing runs any more.
    Failed,
}

impl Phase {
    /// The phase as a status names it.
    pub fn text(self) -> &'static str {
        match self {
            Self::New => phase::NEW,
            Self::Running => phase::RUNNING,
            Self::Succeeded => phase::SUCCEEDED,
            Self::Failed => phase::FAILED,
        }
    }

    /// Whether nothing will ever change it.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// One Execution in progress.
#[derive(Debug)]
pub struct Run {
    valid: Arc<ValidExecution>,
    options: Options,
    steering: Steering,
    tasks: Vec<TaskState>,
    by_name: HashMap<String, TaskId>,
    vertices: Vertices,
    ready: ReadyTasks,
    /// Those that were asked to start and have not finished.
    unfinished: BTreeSet<Vertex>,
    /// Those that failed and wait for another attempt.
    pauses: Pauses,
    /// The attempt with which a vertex's budget began anew, where that is not the first. Above the one at
    /// which it is: whatever becomes of that, the next one has this number.
    budget_from: BTreeMap<Vertex, u32>,
    /// Why vertices (and tasks, as index [`WHOLE_TASK`]) failed, the earliest first.
    failures: BTreeMap<(i64, Vertex), Failure>,
    /// Succeeded vertices whose end is not known: it was recorded without a time.
    without_end: BTreeSet<Vertex>,
    /// What succeeded vertices had to say beyond `success`.
    messages: BTreeMap<Vertex, String>,
    /// Tasks that are neither done nor skipped.
    unsettled: u32,
    totals: Totals,
    /// Consequences not drawn yet; empty between calls.
    work: Vec<Work>,
    /// Source vertices whose output is wanted, and how many of those were asked for and not answered.
    reads: VecDeque<Vertex>,
    reads_asked: u32,
    /// Why everything is being ended, if it is, and what is still to be told to end.
    ending: Option<Ending>,
    to_end: VecDeque<Vertex>,
    phase: Phase,
    /// Unix seconds.
    started: Option<i64>,
    finished: Option<i64>,
    /// The first start and the last end of anything that ran, or [`UNKNOWN`].
    first_started: i64,
    last_finished: i64,
    wake: Option<i64>,
    conditions: Vec<Condition>,
    /// Whether the status lists all vertices; decided when the widths are known.
    lists_all: bool,
    /// The digest of the tasks, made when a status first asks for it.
    digest: Option<String>,
    /// The bytes of the spec, counted when a task first expands.
    spec_bytes: Option<u64>,
    /// The `retryGeneration` that was last acted upon, and when, in Unix seconds.
    retry_generation: Option<i64>,
    retried_at: Option<i64>,
    /// What an earlier run recorded, where that is the status still: the run has ended, or what it was
    /// made from is to be read again.
    recorded: Option<Box<ExecutionStatus>>,
    /// What ran when that was recorded, until it is known whether everything is being ended.
    was_running: Vec<Ended>,
    /// The sources of which something was made that is recorded: nothing starts before they are read.
    held_by: Vec<TaskId>,
}

/// The index that stands for a task as a whole among the failures.
const WHOLE_TASK: u32 = u32::MAX;

/// Sums over the tasks, for `progress` and limits.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    /// Vertices, a task of unknown width counting 1.
    known: u64,
    /// What tasks of unknown width had beyond that 1 when it was recorded.
    reserved: u64,
    succeeded: u64,
    skipped: u64,
    /// Vertices that ran and were ended.
    cancelled: u64,
}

impl Run {
    /// A run of which nothing has happened yet. Steering is the spec's own.
    pub fn new(valid: Arc<ValidExecution>, options: Options) -> Self {
        let plan = valid.plan();
        let mut run = Self {
            steering: Steering::of(&valid.execution().spec),
            options,
            tasks: plan.tasks.iter().map(TaskState::new).collect(),
            by_name: plan.tasks.iter().map(|task| task.name.clone()).zip(0..).collect(),
            vertices: Vertices::default(),
            ready: ReadyTasks::new(priority::by_priority(plan)),
            unfinished: BTreeSet::new(),
            pauses: Pauses::default(),
            budget_from: BTreeMap::new(),
            failures: BTreeMap::new(),
            without_end: BTreeSet::new(),
            messages: BTreeMap::new(),
            unsettled: plan.tasks.len() as u32,
            totals: Totals::default(),
            work: Vec::new(),
            reads: VecDeque::new(),
            reads_asked: 0,
            ending: None,
            to_end: VecDeque::new(),
            phase: Phase::New,
            started: options.started_at.map(Timestamp::as_second),
            finished: None,
            first_started: UNKNOWN,
            last_finished: UNKNOWN,
            wake: None,
            conditions: Vec::new(),
            lists_all: true,
            digest: None,
            spec_bytes: None,
            retry_generation: None,
            retried_at: None,
            recorded: None,
            was_running: Vec::new(),
            held_by: Vec::new(),
            valid,
        };
        let valid = Arc::clone(&run.valid);
        for (task, task_plan) in valid.plan().tasks.iter().enumerate() {
            if let Some(source) = task_plan.source {
                run.tasks[source as usize].readers += 1;
            }
            match task_plan.commands.static_width() {
                // Validation holds it below the limit of vertices.
                Some(width) => run.lay_out(task as TaskId, width as u32),
                None => run.totals.known += 1,
            }
            run.work.push(Work::Begin(task as TaskId));
        }
        run.draw_consequences();
        run.lists_all = run.can_list_all();
        run
    }

    /// The phase as of the last call of [`Self::next`].
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The Execution that this is a run of.
    pub fn valid(&self) -> &Arc<ValidExecution> {
        &self.valid
    }

    /// The command of a vertex whose start was asked for, until it has succeeded.
    pub fn command(&self, vertex: Vertex) -> Command {
        let task = vertex.task as usize;
        self.valid.plan().tasks[task].commands.command(u64::from(vertex.index), &self.tasks[task].pieces)
    }

    /// The vertices that were asked to start and have not finished.
    pub fn unfinished(&self) -> impl Iterator<Item = Vertex> + '_ {
        self.unfinished.iter().copied()
    }

    /// Gives a task its vertices.
    fn lay_out(&mut self, task: TaskId, width: u32) {
        let plan = self.task_plan(task);
        let iterates = plan.dependencies.iter().filter(|d| d.kind == DependencyType::Iterate).count();
        let first = self.vertices.add(width, iterates as u32);
        let state = &mut self.tasks[task as usize];
        state.first = first;
        state.width = Some(width);
        state.status = None;
        self.totals.known += u64::from(width);
    }

    fn task_plan(&self, task: TaskId) -> &TaskPlan {
        &self.valid.plan().tasks[task as usize]
    }

    /// The number of a vertex; only where the task's width is known and above the index.
    fn number(&self, vertex: Vertex) -> usize {
        (self.tasks[vertex.task as usize].first + vertex.index) as usize
    }
}

impl Steering {
    /// What the spec says.
    pub fn of(spec: &ExecutionSpec) -> Self {
        Self {
            suspend: spec.suspend.unwrap_or(false),
            cancel: spec.cancel.unwrap_or(false),
            parallelism: spec.parallelism.map(|bound| u32::try_from(bound.max(0)).unwrap_or(u32::MAX)),
        }
    }
}
