//! An attempt as a container of the task's image, by the command line of podman or docker.

#[cfg(test)]
mod tests;

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use gene_engine::Failure;

use super::{
    log::last_line,
    process::{find_program, reason},
    start_failure,
};
use crate::local::{
    attempt::Launch,
    prepare::{Prepared, PreparedTask},
    volumes::Ready,
};

/// The label that marks the containers of a run; its value is the run's id.
pub const LABEL: &str = "io.kubegene.run";

/// A container engine's command line.
#[derive(Clone, Debug)]
pub struct Engine {
    program: PathBuf,
    is_podman: bool,
}

/// What binds a container; from the task's `limits`, and `memory` in the short form.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bounds {
    /// Bytes.
    pub memory: Option<u64>,
    /// Cores.
    pub cpus: Option<f64>,
}

impl Engine {
    /// Finds the engine and asks it once whether it works.
    ///
    /// # Errors
    /// Why there is none, as a sentence.
    pub fn find(name: &str) -> Result<Self, String> {
        let path = std::env::var_os("PATH");
        let program = find_program(name, path.as_deref(), Path::new("/"))
            .ok_or_else(|| format!("{name} is not installed"))?;
        let engine = Self { program, is_podman: name == "podman" };
        engine.output(["version"]).map_err(|said| format!("{name} does not work here ({said})"))?;
        Ok(engine)
    }

    /// The command that runs one try and ends with it.
    pub fn run(
        &self,
        prepared: &Prepared,
        task: &PreparedTask,
        launch: &Launch,
        name: &str,
        ready: &[Ready],
    ) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["run", "--name", name, "--label", &format!("{LABEL}={}", prepared.site.run_id)]);
        if task.bounds.memory.is_none() {
            command.arg("--rm"); // else it is asked afterwards whether its memory was used up
        }
        if self.is_podman && !rustix::process::geteuid().is_root() {
            command.arg("--userns=keep-id"); // what it writes into a volume is the caller's own
        }
        for (name, value) in task.environment.variables(launch.vertex.index, launch.attempt, &launch.command)
        {
            command.args(["--env", &format!("{name}={value}")]);
        }
        for ready in ready {
            command.arg("--mount").arg(mount_option(ready));
        }
        if !ready.is_empty() {
            command.args(["--security-opt", "label=disable"]); // SELinux would hide the caller's files
        }
        if let Some(directory) = &task.working_dir {
            command.arg("--workdir").arg(directory);
        }
        if let Some(memory) = task.bounds.memory {
            command.arg(format!("--memory={memory}b"));
        }
        if let Some(cpus) = task.bounds.cpus {
            command.arg(format!("--cpus={cpus}"));
        }
        command.args(["--entrypoint", &task.shell[0], &task.image]);
        command.args(&task.shell[1..]).arg(&launch.command.text);
        // By this variable the command line itself is found where it outlives the run.
        command.env(crate::local::environment::RUN_ID, &prepared.site.run_id);
        command
    }

    /// Asks a container to end, and kills it after so many seconds. Returns whether there was one.
    pub fn stop(&self, name: &str, seconds: u64) -> bool {
        self.output(["stop", "--time", &seconds.to_string(), name]).is_ok()
    }

    /// Removes a container, killing it where it runs.
    pub fn remove(&self, name: &str) {
        // There may be none any more, which is what was wanted. Killed first: removing alone would ask
        // it to end, and wait ten seconds for that.
        let _ = self.output(["kill", name]);
        let _ = self.output(["rm", "--force", name]);
    }

    /// What the end of the command line means, once the container is out of the way.
    pub fn settle(
        &self,
        name: &str,
        failure: Option<Failure>,
        is_ended: bool,
        memory: Option<u64>,
        log: &Path,
    ) -> Option<Failure> {
        let code = failure.as_ref().and_then(|failure| failure.exit_code);
        let is_killed = code == Some(128 + 9) && !is_ended;
        let used_up = memory.filter(|_| is_killed).map(|bytes| (bytes, self.ran_out_of_memory(name)));
        if memory.is_some() || is_ended {
            self.remove(name);
        }
        if let Some((bytes, is_certain)) = used_up {
            // Not every engine hears of it from every kernel.
            let (reason, message) = if is_certain {
                ("OOMKilled", format!("used up its memory limit of {bytes} bytes"))
            } else {
                (
                    "Error",
                    format!("exit code 137: killed, perhaps for using up its memory limit of {bytes} bytes"),
                )
            };
            return Some(Failure { reason: reason.to_owned(), message, exit_code: code });
        }
        // The engine's own exit code where it could not start a container; it has said why.
        if code == Some(125) {
            let program = if self.is_podman { "podman" } else { "docker" };
            return Some(start_failure(format!("{program}: {}", last_line(log))));
        }
        failure
    }

    fn ran_out_of_memory(&self, name: &str) -> bool {
        self.output(["inspect", "--format", "{{.State.OOMKilled}}", name])
            .is_ok_and(|answer| answer.trim() == "true")
    }

    /// Ends and removes every container of a run. Returns how many there were.
    ///
    /// # Errors
    /// What the engine says.
    pub fn remove_all(&self, run_id: &str) -> Result<usize, String> {
        let filter = format!("label={LABEL}={run_id}");
        let listed = self.output(["ps", "--all", "--quiet", "--filter", &filter])?;
        let ids: Vec<&str> = listed.split_whitespace().collect();
        if !ids.is_empty() {
            let _ = self.output(["kill"].into_iter().chain(ids.iter().copied()));
            self.output(["rm", "--force"].into_iter().chain(ids.iter().copied()))?;
        }
        Ok(ids.len())
    }

    fn output<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Result<String, String> {
        let output = Command::new(&self.program)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{}: {}", self.program.display(), reason(&error)))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(said
            .lines()
            .rev()
            .find(|line| !line.trim().is_empty())
            .unwrap_or("it says nothing")
            .trim()
            .to_owned())
    }
}

/// The name of the container of one try, numbered from 0: unique among all runs.
pub fn container_name(run_id: &str, job: &str, restarts: u32) -> String {
    match restarts {
        0 => format!("gene-{run_id}-{job}"),
        _ => format!("gene-{run_id}-{job}.try{}", restarts + 1),
    }
}

/// `--mount`, whose fields are those of a CSV line: a path may hold a comma or a quote.
fn mount_option(ready: &Ready) -> OsString {
    let mut option = OsString::from("type=bind,");
    option.push(quoted("source=", &ready.host));
    option.push(",");
    option.push(quoted("target=", &ready.path));
    if ready.is_read_only {
        option.push(",readonly");
    }
    option
}

fn quoted(key: &str, path: &Path) -> OsString {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    let path = path.as_os_str().as_bytes();
    if !path.contains(&b',') && !path.contains(&b'"') {
        return OsString::from_vec([key.as_bytes(), path].concat());
    }
    let mut field = vec![b'"'];
    field.extend_from_slice(key.as_bytes());
    for &byte in path {
        field.extend_from_slice(if byte == b'"' { b"\"\"" } else { std::slice::from_ref(&byte) });
    }
    field.push(b'"');
    OsString::from_vec(field)
}
