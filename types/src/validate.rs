//! Whether an Execution can run: every fault at once, each with its path, value, reason and remedy.
//!
//! Each file below `validate/` checks one topic and compiles it as it goes; the plan is put together
//! only when nothing was refused. Bounds are checked by counting, before anything is multiplied out.

mod commands;
pub(crate) mod conditions;
mod cycle;
mod dependents;
mod digest;
mod directory;
mod document;
mod env;
mod iterator;
pub(crate) mod job_names;
mod labels;
mod metadata;
mod numbers;
mod resources;
mod retry;
pub(crate) mod size;
mod source;
mod task;
mod template;
mod text;
mod volumes;

use dependents::Link;
use directory::Directory;
use source::Reference;

pub use document::{Stored, validate_borrowed, validate_document, validate_stored};

use crate::{
    field::{Faults, FieldError, FieldErrorKind, FieldPath},
    limits::Limits,
    plan::{Child, Commands, Condition, Dependency, Generic, Plan, TaskId, TaskPlan},
    retry as retries,
    v1alpha1::{Execution, ExecutionSpec},
};

/// An Execution that passed [`validate`], with its compiled plan. Nothing below accepts another.
#[derive(Clone, Debug)]
pub struct ValidExecution {
    execution: Execution,
    plan: Plan,
    limits: Limits,
}

impl ValidExecution {
    /// The Execution as it was given.
    pub fn execution(&self) -> &Execution {
        &self.execution
    }

    /// Its tasks, compiled.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The limits under which it was accepted; they hold for what dynamic tasks expand to as well.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The name that its Jobs begin with. Where the API server is still to make one of
    /// `generateName`: that prefix without its last dash.
    pub fn name(&self) -> &str {
        let metadata = &self.execution.metadata;
        match metadata.name.as_deref().filter(|name| !name.is_empty()) {
            Some(name) => name,
            None => metadata.generate_name.as_deref().unwrap_or_default().trim_end_matches('-'),
        }
    }

    /// The bytes of the spec as JSON. Costs a walk over all of it.
    pub fn spec_bytes(&self) -> u64 {
        size::json_bytes(&self.execution.spec)
    }

    /// The most bytes that the status can have as JSON, where the tasks have these widths: one for each. Together
    /// with the spec they are held below [`Limits::object_bytes`].
    pub fn status_bytes(&self, widths: &[u64]) -> u64 {
        size::plan_status_bytes(&self.execution, &self.plan, widths)
    }

    /// `status.planDigest`: `sha256:` and the digest of the tasks. The same for the same tasks,
    /// however their file was written, with their defaults or without.
    pub fn digest(&self) -> String {
        digest::digest(&self.execution.spec.tasks)
    }
}

/// Checks an Execution and compiles it.
///
/// # Errors
/// Every fault that it has.
pub fn validate(execution: Execution, limits: &Limits) -> Result<ValidExecution, Vec<FieldError>> {
    let plan = compile(&execution, limits)?;
    Ok(ValidExecution { execution, plan, limits: *limits })
}

/// One task by itself, checked and compiled as far as it is without fault.
struct Draft {
    /// `None`: at fault, and said so.
    commands: Option<Commands>,
    condition: Option<Condition>,
    generic: Option<Generic>,
    references: Vec<Reference>,
}

impl Draft {
    /// The number of vertices, where it is known and without fault.
    fn static_width(&self) -> Option<u64> {
        self.commands.as_ref()?.static_width()
    }
}

fn compile(execution: &Execution, limits: &Limits) -> Result<Plan, Vec<FieldError>> {
    let mut errors = Faults::default();
    let spec = &execution.spec;
    metadata::check(&execution.metadata, &mut errors);
    check_spec(spec, &mut errors);
    let mut directory = Directory::new(&spec.tasks, &mut errors);
    let drafts: Vec<Draft> = spec
        .tasks
        .iter()
        .enumerate()
        .map(|(position, task)| task::compile(spec, task, &directory::task_path(position), &mut errors))
        .collect();
    let links = dependents::resolve(&spec.tasks, &mut directory, &mut errors);
    dependents::check_widths(&drafts, &links, &directory, &mut errors);
    let order = cycle::order(&links);
    if order.len() < drafts.len() {
        cycle::check(&links, &directory, &mut errors);
    }
    let sources: Vec<Option<TaskId>> = (0..drafts.len() as TaskId)
        .map(|task| source::resolve(task, &drafts, &links[task as usize], &mut directory, &mut errors))
        .collect();
    size::check_counts(&drafts, limits, &directory, &mut errors);
    size::check_bytes(execution, &drafts, &links, limits, &mut errors);
    job_names::check(execution, &drafts, &directory, &mut errors);
    if errors.is_empty() {
        Ok(assemble(spec, drafts, &links, &sources, order))
    } else {
        Err(errors.into_vec())
    }
}

fn check_spec(spec: &ExecutionSpec, errors: &mut Faults) {
    let at = FieldPath::root().key("spec");
    numbers::check_at_least(0, spec.parallelism, || at.key("parallelism"), errors);
    numbers::check_at_least(1, spec.active_deadline_seconds, || at.key("activeDeadlineSeconds"), errors);
    numbers::check_at_least(0, spec.retry_generation, || at.key("retryGeneration"), errors);
    if let Some(given) = &spec.retry {
        retry::check(given, &at.key("retry"), errors);
    }
    if let Some(given) = &spec.node_selector {
        labels::check(given, &at.key("nodeSelector"), errors);
    }
    if let Some(given) = &spec.template {
        template::check(given, &at.key("template"), errors);
    }
    if spec.tasks.is_empty() {
        errors.push(
            FieldError::new(
                at.key("tasks"),
                FieldErrorKind::Required,
                "an Execution must have at least one task",
            )
            .help("write a task, like - {name: a, image: ubuntu, commands: [echo A]}"),
        );
    }
}

fn assemble(
    spec: &ExecutionSpec,
    drafts: Vec<Draft>,
    links: &[Vec<Link>],
    sources: &[Option<TaskId>],
    order: Vec<TaskId>,
) -> Plan {
    let bound = |parallelism: i64| u32::try_from(parallelism).unwrap_or(u32::MAX);
    let mut tasks: Vec<TaskPlan> = spec
        .tasks
        .iter()
        .zip(drafts)
        .zip(links.iter().zip(sources))
        .map(|((task, draft), (links, source))| TaskPlan {
            name: task.name.clone(),
            commands: draft.commands.unwrap_or_default(),
            dependencies: links
                .iter()
                .map(|link| Dependency { task: link.task, kind: link.kind, on_skipped: link.on_skipped })
                .collect(),
            children: Vec::new(),
            condition: draft.condition,
            generic: draft.generic,
            source: *source,
            parallelism: task.parallelism.map(bound),
            retry: retries::governing(spec, task).copied(),
            estimate: task.estimate.as_ref().and_then(|estimate| estimate.seconds),
        })
        .collect();
    for (task, links) in links.iter().enumerate() {
        for link in links {
            tasks[link.task as usize].children.push(Child {
                task: task as TaskId,
                kind: link.kind,
                on_skipped: link.on_skipped,
            });
        }
    }
    Plan { tasks, order }
}
