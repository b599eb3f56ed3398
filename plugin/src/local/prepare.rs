//! Everything that can be decided before anything starts, and everything that is refused.

use std::path::PathBuf;

use gene_types::{ValidExecution, field::FieldError};

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

/// `--volume` and `--env`, taken apart.
#[derive(Clone, Debug, Default)]
pub struct Bindings {}

impl Bindings {
    /// Takes `NAME=DIR` and `NAME=VALUE` apart.
    ///
    /// # Errors
    /// Everything that is malformed, given twice, or no directory. These have no path in a document.
    pub fn parse(_volumes: &[String], _env: &[String]) -> Result<Self, Vec<FieldError>> {
        Ok(Self {})
    }

    /// Everything that names nothing in any of these Executions.
    pub fn unused<'a>(&self, _executions: impl IntoIterator<Item = &'a ValidExecution>) -> Vec<FieldError> {
        Vec::new()
    }
}

/// An Execution that this machine can run.
#[derive(Debug)]
pub struct Prepared {}

impl Prepared {
    /// What a person should know once: that images are not used, that resources do not bind.
    pub fn notices(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Decides for each task what its vertices become. Nothing is created or started, except that
/// bubblewrap or the container engine is asked once whether it works.
///
/// # Errors
/// Everything that this machine, the runner or the options cannot honour, each with its path and remedy.
pub fn prepare(
    _valid: &ValidExecution,
    _runner: RunnerKind,
    _bindings: &Bindings,
    _site: Site,
) -> Result<Prepared, Vec<FieldError>> {
    Ok(Prepared {})
}
