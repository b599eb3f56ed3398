//! What an attempt becomes: a process of this machine, or a container of the task's image.

pub mod bubblewrap;
pub mod container;
pub mod log;
pub mod outcome;
pub mod process;

use std::{
    fs::File,
    io,
    os::unix::process::CommandExt,
    process::{Command, Stdio},
};

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

/// Makes a command the leader of a process group of its own, with nothing to read and both outputs
/// going to the log, in the order in which they are written.
///
/// # Errors
/// The system's own.
pub fn connect(command: &mut Command, log: File) -> io::Result<()> {
    let same = log.try_clone()?;
    command.stdin(Stdio::null()).stdout(log).stderr(same).process_group(0);
    Ok(())
}

/// What could not even be started.
pub fn start_failure(message: String) -> Failure {
    Failure { reason: "StartError".to_owned(), message, exit_code: None }
}
