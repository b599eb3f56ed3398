//! An attempt as a process: the task's shell, given the command as its last argument.

use std::{
    borrow::Cow,
    ffi::{OsStr, OsString},
    io,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process,
};

use crate::local::{
    attempt::Launch,
    prepare::{Prepared, PreparedTask},
    volumes::Ready,
};

/// The command of one try.
///
/// # Errors
/// What keeps it from being started, as a sentence.
pub fn command(
    prepared: &Prepared,
    task: &PreparedTask,
    launch: &Launch,
    ready: &[Ready],
) -> Result<process::Command, String> {
    let variables = task.environment.variables(launch.vertex.index, launch.attempt, &launch.command);
    let mut command = if let Some(sandbox) = &task.sandbox {
        let mut command = process::Command::new(&sandbox.program);
        command.args(sandbox.arguments(ready, task.working_dir.as_deref())?).arg("--").arg(&task.shell[0]);
        command
    } else {
        let directory = task.working_dir.as_deref();
        let mut command = process::Command::new(find_shell(task, &variables, &prepared.site.current_dir)?);
        command.arg0(&task.shell[0]);
        if let Some(directory) = directory.or(prepared.elsewhere.as_deref()) {
            command.current_dir(directory);
        }
        command
    };
    command.args(&task.shell[1..]).arg(&launch.command.text);
    for name in &prepared.foreign {
        command.env_remove(name);
    }
    for (name, value) in &variables {
        command.env(name.as_ref(), value.as_ref());
    }
    Ok(command)
}

/// Why a process could not be started, in words.
pub fn explain(error: &io::Error, command: &process::Command) -> String {
    use rustix::io::Errno;
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::TOOBIG) => too_big(command),
        Some(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS) => {
            if let Some(Err(message)) = command.get_current_dir().map(check_directory) {
                return message;
            }
            format!("{}: {}", command.get_program().display(), reason(error))
        }
        _ if error.kind() == io::ErrorKind::InvalidInput => {
            "the command or one of its variables holds a NUL character".to_owned()
        }
        _ => format!("cannot start {}: {}", command.get_program().display(), reason(error)),
    }
}

/// Whether a process can run there.
///
/// # Errors
/// A sentence with the remedy.
pub fn check_directory(directory: &Path) -> Result<(), String> {
    match std::fs::metadata(directory) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(format!("workingDir \"{}\" is not a directory on this machine", directory.display())),
        Err(error) => Err(format!(
            "workingDir \"{}\": {} on this machine; make it, mount a volume there, or use --runner podman or docker",
            directory.display(),
            reason(&error)
        )),
    }
}

/// The program of this name, as a shell would find it.
pub fn find_program(name: &str, path: Option<&OsStr>, directory: &Path) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(directory.join(name)).filter(|program| is_executable(program));
    }
    // Without PATH the C library looks here.
    let path: Cow<OsStr> = path.map_or_else(|| OsString::from("/bin:/usr/bin").into(), Cow::Borrowed);
    std::env::split_paths(&path)
        .map(|entry| directory.join(entry).join(name))
        .find(|program| is_executable(program))
}

/// The text of a system error without Rust's `(os error 2)`.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut characters = text.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}

fn find_shell(
    task: &PreparedTask,
    variables: &[(Cow<str>, Cow<str>)],
    current_dir: &Path,
) -> Result<PathBuf, String> {
    if let Some(found) = task.program.get() {
        return Ok(found.clone());
    }
    let name = task.shell[0].as_str();
    let own_path = variables.iter().rev().find(|(known, _)| known == "PATH").map(|(_, value)| value.as_ref());
    let caller_path = std::env::var_os("PATH");
    let path = own_path.map(OsStr::new).or(caller_path.as_deref());
    let directory = task.working_dir.as_deref().unwrap_or(current_dir);
    let found = find_program(name, path, directory).ok_or_else(|| {
        if name.contains('/') {
            format!("shell {name:?} is no program on this machine")
        } else {
            format!("shell {name:?} was not found in PATH on this machine")
        }
    })?;
    if own_path.is_none() {
        // A PATH of the task's own may differ from vertex to vertex. Losing a race is harmless.
        let _ = task.program.set(found.clone());
    }
    Ok(found)
}

fn is_executable(path: &Path) -> bool {
    std::fs::metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

fn too_big(command: &process::Command) -> String {
    let arguments: usize = command.get_args().map(|argument| argument.len() + 1).sum();
    let mut environment: std::collections::BTreeMap<OsString, usize> =
        std::env::vars_os().map(|(name, value)| (name, value.len())).collect();
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => environment.insert(name.to_owned(), value.len()),
            None => environment.remove(name),
        };
    }
    let variables: usize = environment.iter().map(|(name, value)| name.len() + value + 2).sum();
    format!(
        "the command is too long for this machine: {arguments} bytes, and {variables} bytes of variables; \
         one argument or variable has at most {} bytes, all together a quarter of the stack limit (ulimit -s)",
        gene_types::limits::MAX_ARGUMENT_BYTES
    )
}
