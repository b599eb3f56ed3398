//! Volumes for processes: bubblewrap gives the command a root of its own.
//!
//! The root is a tmpfs with the host's directories bound read-only, private `/tmp`, `/dev` and
//! `/proc`, and the volumes bound at their mount paths; a mount path that the host does not have is
//! made in a tmpfs laid over its parent, so that nothing is ever written to the host's own path.
//! The command has a process namespace of its own, so that whatever it leaves behind ends with it.
//! It stays in its process group (no `--new-session`), so that the group can be signalled.

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs, io,
    path::{Component, Path, PathBuf},
    process,
};

use super::process::{check_directory, find_program, reason};
use crate::local::volumes::{Mount, Ready, make_inside};

/// A task's view of the machine; its volumes are filled in for each attempt.
#[derive(Clone, Debug)]
pub struct Sandbox {
    /// bubblewrap.
    pub program: PathBuf,
    /// All but the volumes.
    base: Vec<OsString>,
    /// Where each mount is mounted, in the order of the mounts, free of symbolic links.
    points: Vec<PathBuf>,
    /// Where `run` was called.
    current_dir: PathBuf,
}

/// Finds bubblewrap and asks it once to do what will be asked of it: it may be there, and the
/// system forbid it the namespaces that it needs.
///
/// # Errors
/// Why there is none, as a sentence.
pub fn find() -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH");
    let program = find_program("bwrap", path.as_deref(), Path::new("/"))
        .ok_or_else(|| "bubblewrap (bwrap) is not installed".to_owned())?;
    let base = base(Path::new("/")).map_err(|error| format!("/: {}", reason(&error)))?;
    let output = process::Command::new(&program)
        .args(base)
        .args(["--chdir", "/", "--", "sh", "-c", ":"])
        .stdin(process::Stdio::null())
        .output()
        .map_err(|error| format!("{}: {}", program.display(), reason(&error)))?;
    if output.status.success() {
        return Ok(program);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "bubblewrap does not work here ({})",
        said.lines().next().unwrap_or("it says nothing").trim()
    ))
}

impl Sandbox {
    /// The view of a task with these volumes, which are sorted for mounting.
    ///
    /// # Errors
    /// The position of a mount, and why it cannot be mounted there.
    pub fn new(program: &Path, mounts: &[Mount], current_dir: &Path) -> Result<Self, (usize, String)> {
        let mut sandbox = Self {
            program: program.to_owned(),
            base: base(current_dir).map_err(|error| (0, format!("/: {}", reason(&error))))?,
            points: Vec::new(),
            current_dir: current_dir.to_owned(),
        };
        let mut covered = BTreeSet::new();
        for (position, mount) in mounts.iter().enumerate() {
            let (exists, rest) = resolve(&mount.path).map_err(|error| (position, reason(&error)))?;
            let point = exists.join(&rest);
            if point == Path::new("/") || point.starts_with("/proc") {
                return Err((position, format!("nothing can be mounted at {}", point.display())));
            }
            let is_inside_another = sandbox.points.iter().any(|other| point.starts_with(other));
            if !rest.as_os_str().is_empty() && !is_inside_another && sandbox.is_of_the_host(&exists) {
                covered.insert(exists);
            }
            sandbox.points.push(point);
        }
        // In the order of the set an outer directory is covered before an inner one.
        for directory in &covered {
            sandbox.base.extend(["--tmpfs".into(), directory.into()]);
            let entries = bind_entries(directory, |_| true)
                .map_err(|error| (0, format!("{}: {}", directory.display(), reason(&error))))?;
            sandbox.base.extend(entries);
        }
        Ok(sandbox)
    }

    /// The arguments up to `--`.
    ///
    /// # Errors
    /// The working directory is not there, as a sentence.
    pub fn arguments(&self, ready: &[Ready], working_dir: Option<&Path>) -> Result<Vec<OsString>, String> {
        let mut arguments = self.base.clone();
        for (ready, point) in ready.iter().zip(&self.points) {
            let bind = if ready.is_read_only { "--ro-bind" } else { "--bind" };
            arguments.extend([bind.into(), ready.host.clone().into(), point.into()]);
        }
        let directory = working_dir.unwrap_or(&self.current_dir);
        if working_dir.is_some() {
            if self.make_working_dir(ready, directory)? {
                arguments.extend(["--dir".into(), directory.into()]);
            }
        } else if let Some(ready) = ready.iter().find(|ready| directory.starts_with(&ready.path)) {
            return Err(format!(
                "the directory in which run was called, {}, is hidden by the volume at {}; set workingDir",
                directory.display(),
                ready.path.display()
            ));
        }
        arguments.extend(["--chdir".into(), directory.into()]);
        Ok(arguments)
    }

    /// Sees to it that the working directory is there, as a container's runtime does: in a writable
    /// volume it is made. Returns whether the sandbox has to make it.
    fn make_working_dir(&self, ready: &[Ready], directory: &Path) -> Result<bool, String> {
        let around = ready.iter().filter(|ready| directory.starts_with(&ready.path));
        let Some(volume) = around.max_by_key(|ready| ready.path.components().count()) else {
            if !self.is_of_the_host(directory) {
                return Ok(true);
            }
            return check_directory(directory).map(|()| false);
        };
        let inside = directory.strip_prefix(&volume.path).unwrap_or(Path::new(""));
        if volume.is_read_only {
            return check_directory(&volume.host.join(inside)).map(|()| false);
        }
        match make_inside(&volume.host, inside) {
            Ok(_) => Ok(false),
            Err(error) => Err(format!("workingDir \"{}\": {}", directory.display(), reason(&error))),
        }
    }

    /// Whether what stands at this path in the sandbox is the host's, and so cannot be written to.
    fn is_of_the_host(&self, path: &Path) -> bool {
        let is_private = ["/tmp", "/dev", "/proc"].iter().any(|private| path.starts_with(private));
        path != Path::new("/")
            && (!is_private || (self.current_dir != Path::new("/tmp") && path.starts_with(&self.current_dir)))
    }
}

/// The host's directories read-only, and the private ones.
fn base(current_dir: &Path) -> io::Result<Vec<OsString>> {
    let mut arguments: Vec<OsString> = ["--die-with-parent", "--unshare-pid"].map(OsString::from).into();
    arguments.extend(bind_entries(Path::new("/"), |name| !matches!(name, "proc" | "dev" | "tmp"))?);
    arguments.extend(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"].map(OsString::from));
    if current_dir.starts_with("/tmp") && current_dir != Path::new("/tmp") {
        arguments.extend(["--ro-bind".into(), current_dir.into(), current_dir.into()]);
    }
    Ok(arguments)
}

/// Every entry of a directory, bound read-only; symbolic links as such.
fn bind_entries(directory: &Path, is_wanted: impl Fn(&str) -> bool) -> io::Result<Vec<OsString>> {
    let mut entries: Vec<_> = fs::read_dir(directory)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut arguments = Vec::with_capacity(entries.len() * 3);
    for entry in entries {
        if entry.file_name().to_str().is_some_and(|name| !is_wanted(name)) {
            continue;
        }
        let path = entry.path();
        if entry.file_type()?.is_symlink() {
            arguments.extend(["--symlink".into(), fs::read_link(&path)?.into(), path.into()]);
        } else {
            // It may be gone by the time that it is needed.
            arguments.extend(["--ro-bind-try".into(), path.clone().into(), path.into()]);
        }
    }
    Ok(arguments)
}

/// The part of a path that the host has, free of symbolic links, and the rest.
fn resolve(path: &Path) -> io::Result<(PathBuf, PathBuf)> {
    let mut clean = PathBuf::from("/");
    for component in path.components() {
        match component {
            Component::Normal(name) => clean.push(name),
            Component::ParentDir => {
                clean.pop();
            }
            _ => {}
        }
    }
    for ancestor in clean.ancestors() {
        if fs::metadata(ancestor).is_ok() {
            let rest = clean.strip_prefix(ancestor).unwrap_or(Path::new("")).to_owned();
            return Ok((fs::canonicalize(ancestor)?, rest));
        }
    }
    Ok((PathBuf::from("/"), clean.strip_prefix("/").unwrap_or(&clean).to_owned()))
}
