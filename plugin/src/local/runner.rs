//! What an attempt becomes: a process of this machine, or a container of the task's image.

pub mod bubblewrap;
pub mod container;
pub mod log;
pub mod outcome;
pub mod output;
pub mod process;

use gene_engine::Failure;

use self::container::Engine;

/// What attempts become.
#[derive(Clone, Debug)]
pub enum Runner {
    /// Processes, in a sandbox where the task has volumes.
    Process,
    /// Containers.
    Container(Engine),
}

/// What could not even be started.
pub fn start_failure(message: String) -> Failure {
    Failure { reason: "StartError".to_owned(), message, exit_code: None }
}
