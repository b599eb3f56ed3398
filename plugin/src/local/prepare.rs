//! Everything that can be decided before anything starts, and everything that is refused.

mod bindings;
mod refusals;
#[cfg(test)]
mod tests;

use std::{
    cell::OnceCell,
    ffi::OsString,
    path::{Path, PathBuf},
    sync::OnceLock,
    time::Duration,
};

use gene_types::{
    ValidExecution,
    field::{FieldError, FieldErrorKind, FieldPath},
    names, quantity,
    v1alpha1::{Resources, Task, Volume},
};

pub use self::bindings::Bindings;
use super::{
    environment::{self, Environment, Own},
    runner::{
        Runner,
        bubblewrap::{self, Sandbox},
        container::{Bounds, Engine},
    },
    volumes::{Mount, Source, sort_for_mounting},
};
use crate::cli::RunnerKind;

/// Where and as what a run happens.
#[derive(Clone, Debug)]
pub struct Site {
    /// Unique to the run and kept when it is resumed: `GENE_RUN_ID` of its processes, by which those
    /// that outlived a kill are found. Letters, digits and `-`.
    pub run_id: String,
    /// State, logs, volumes and scratch directories of the run; absolute. Need not exist yet.
    pub run_dir: PathBuf,
    /// Where `run` was called; absolute.
    pub current_dir: PathBuf,
}

/// An Execution that this machine can run.
#[derive(Debug)]
pub struct Prepared {
    pub(super) site: Site,
    pub(super) execution: String,
    pub(super) runner: Runner,
    pub(super) tasks: Vec<PreparedTask>,
    /// [`Site::current_dir`], where this process is elsewhere.
    pub(super) elsewhere: Option<PathBuf>,
    /// The caller's variables that are withheld.
    pub(super) foreign: Vec<OsString>,
    has_template: bool,
    has_resources: bool,
}

/// One task, ready to be run.
#[derive(Debug)]
pub struct PreparedTask {
    pub(super) name: String,
    /// A program and its arguments; the command is the last one.
    pub(super) shell: Vec<String>,
    pub(super) image: String,
    pub(super) working_dir: Option<PathBuf>,
    pub(super) environment: Environment,
    /// Sorted for mounting.
    pub(super) mounts: Vec<Mount>,
    /// Only for processes with volumes.
    pub(super) sandbox: Option<Sandbox>,
    /// How often a failed command is started again.
    pub(super) restarts: u32,
    pub(super) deadline: Option<Duration>,
    pub(super) bounds: Bounds,
    /// The shell's program, once found.
    pub(super) program: OnceLock<PathBuf>,
}

impl Prepared {
    /// What a person should know once: that templates and images are not used, that resources
    /// do not bind.
    pub fn notices(&self) -> Vec<String> {
        let mut notices = Vec::new();
        if self.has_template {
            notices.push("template is for the pods of a cluster: nothing of it is used here".to_owned());
        }
        if !matches!(self.runner, Runner::Process) {
            return notices;
        }
        notices.push(
            "images are not used: commands run as processes of this machine (--runner podman or docker uses them)"
                .to_owned(),
        );
        if self.has_resources {
            notices.push(
                "resources do not bind processes (--runner podman or docker honours limits)".to_owned(),
            );
        }
        notices
    }
}

/// Decides for each task what its vertices become. Nothing is created or started, except that
/// bubblewrap or the container engine is asked once whether it works.
///
/// # Errors
/// Everything that this machine, the runner or the options cannot honour, each with its path and remedy.
pub fn prepare(
    valid: &ValidExecution,
    runner: RunnerKind,
    bindings: &Bindings,
    site: Site,
) -> Result<Prepared, Vec<FieldError>> {
    let spec = &valid.execution().spec;
    let mut errors = refusals::never_starting(spec);
    let kind = runner;
    let runner = match kind {
        RunnerKind::Process => Ok(Runner::Process),
        RunnerKind::Podman => Engine::find("podman").map(Runner::Container),
        RunnerKind::Docker => Engine::find("docker").map(Runner::Container),
    };
    if let Err(why) = &runner {
        errors.push(refusals::no_engine(why));
    }
    let mut builder = Builder {
        execution: valid.name(),
        bindings,
        site: &site,
        bubblewrap: OnceCell::new(),
        is_process: kind == RunnerKind::Process,
        errors,
    };
    let path = FieldPath::root().key("spec").key("tasks");
    let tasks: Vec<_> = spec
        .tasks
        .iter()
        .enumerate()
        .map(|(position, task)| builder.task(task, &path.index(position)))
        .collect();
    match (runner, builder.errors) {
        (Ok(runner), errors) if errors.is_empty() => Ok(Prepared {
            execution: valid.name().to_owned(),
            runner,
            tasks,
            elsewhere: Some(site.current_dir.clone())
                .filter(|directory| std::env::current_dir().ok().as_ref() != Some(directory)),
            foreign: environment::foreign_arguments(),
            has_template: spec.template.is_some() || spec.tasks.iter().any(|task| task.template.is_some()),
            has_resources: spec.tasks.iter().any(|task| task.resources.is_some()),
            site,
        }),
        (_, errors) => Err(errors),
    }
}

struct Builder<'a> {
    execution: &'a str,
    bindings: &'a Bindings,
    site: &'a Site,
    /// Asked for at the first volume, and refused once.
    bubblewrap: OnceCell<Option<PathBuf>>,
    is_process: bool,
    errors: Vec<FieldError>,
}

impl Builder<'_> {
    fn task(&mut self, task: &Task, at: &FieldPath) -> PreparedTask {
        let own = self.own_variables(task, &at.key("env"));
        let mut mounts = Vec::new();
        for (name, volume) in task.volumes.iter().flatten() {
            mounts.extend(self.mount(name, volume, &at.key("volumes").key(name)));
        }
        sort_for_mounting(&mut mounts);
        let sandbox = if self.is_process && !mounts.is_empty() {
            self.sandbox(&mounts, &at.key("volumes"))
        } else {
            None
        };
        PreparedTask {
            name: task.name.clone(),
            shell: task.shell.clone().unwrap_or_else(|| vec!["sh".to_owned(), "-c".to_owned()]),
            image: task.image.clone(),
            working_dir: task
                .working_dir
                .as_deref()
                .filter(|directory| !directory.is_empty())
                .map(PathBuf::from),
            environment: Environment::new(self.execution, &task.name, &self.site.run_id, own),
            mounts,
            sandbox,
            restarts: task.backoff_limit.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(0),
            deadline: task.active_deadline_seconds.map(|seconds| Duration::from_secs(seconds.unsigned_abs())),
            bounds: task.resources.as_ref().map(bounds).unwrap_or_default(),
            program: OnceLock::new(),
        }
    }

    fn own_variables(&mut self, task: &Task, at: &FieldPath) -> Vec<Own> {
        let mut own = Vec::new();
        for (position, variable) in task.env.iter().flatten().enumerate() {
            let value = match &variable.value_from {
                None => Some(variable.value.clone().unwrap_or_default()),
                Some(_) => self.bindings.value(&variable.name).map(str::to_owned),
            };
            match value {
                Some(value) => own.push(Own {
                    name: variable.name.clone(),
                    value,
                    is_expanded: variable.value_from.is_none(),
                }),
                None => self
                    .errors
                    .push(refusals::value_from(&variable.name, at.index(position).key("valueFrom"))),
            }
        }
        own
    }

    fn mount(&mut self, name: &str, volume: &Volume, at: &FieldPath) -> Option<Mount> {
        let from = &volume.mount_from;
        let given = self.bindings.directory(name).or_else(|| self.bindings.directory(from.pvc.as_deref()?));
        let source = match (given, &from.pvc) {
            (Some(directory), _) => Source::Given(directory.to_owned()),
            (None, Some(claim)) => Source::Kept(self.site.run_dir.join("volumes").join(claim)),
            (None, None) if from.empty_dir.is_some() => Source::Scratch,
            (None, None) => {
                self.errors.push(refusals::foreign_volume(name, from, &at.key("mountFrom")));
                return None;
            }
        };
        Some(Mount {
            name: name.to_owned(),
            path: Path::new(&volume.mount_path).components().collect(),
            // In a pod these two cannot be written to either.
            is_read_only: volume.read_only == Some(true)
                || from.config_map.is_some()
                || from.secret.is_some(),
            sub_path: volume.sub_path.as_deref().filter(|path| !path.is_empty()).map(PathBuf::from),
            source,
        })
    }

    fn sandbox(&mut self, mounts: &[Mount], at: &FieldPath) -> Option<Sandbox> {
        let errors = &mut self.errors;
        let program = self
            .bubblewrap
            .get_or_init(|| {
                bubblewrap::find().map_err(|why| errors.push(refusals::no_bubblewrap(&why, at.clone()))).ok()
            })
            .as_deref()?;
        Sandbox::new(program, mounts, &self.site.current_dir)
            .map_err(|(position, why)| {
                let mount = &mounts[position];
                let at = at.key(&mount.name).key("mountPath");
                self.errors.push(refusals::mount_path(&mount.path, &why, at));
            })
            .ok()
    }
}

/// What binds a container. A request only helps a scheduler to choose a node, and here there is one.
fn bounds(resources: &Resources) -> Bounds {
    let limit = |name: &str| resources.limits.as_ref().and_then(|limits| limits.get(name));
    let worth = |value: Option<&serde_json::Value>| {
        value.and_then(|value| quantity::parse(value).ok()).filter(|worth| *worth > 0.0)
    };
    #[expect(clippy::cast_sign_loss, reason = "quantities below 0 are refused, and the cast saturates")]
    let memory =
        worth(resources.memory.as_ref().or_else(|| limit("memory"))).map(|bytes| bytes.ceil() as u64);
    Bounds { memory, cpus: worth(limit("cpu")) }
}

/// The name of an attempt's Job, as the cluster would call it.
pub(super) fn job_name(prepared: &Prepared, task: &PreparedTask, index: u32, attempt: u32) -> String {
    names::job_name(&prepared.execution, &task.name, u64::from(index), attempt)
}

/// A fault of the kind that names something which is not to be had here.
fn unavailable(at: FieldPath, message: impl Into<String>) -> FieldError {
    FieldError::new(at, FieldErrorKind::NotSupported, message)
}
