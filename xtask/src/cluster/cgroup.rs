//! The control groups of a node's pods, which are the whole machine's and outlive their processes.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use super::{process, state::State};

const MOUNT: &str = "/sys/fs/cgroup";

/// How long killed containers may take to be gone.
const LIMIT: Duration = Duration::from_secs(30);

/// The group under which a cluster's pods are, as seen from the top of each hierarchy.
pub(super) fn name(state: &State) -> String {
    format!("/kubegene-{}", state.id())
}

/// Makes the group in every hierarchy, where kubelet wants to find it.
pub(super) fn make(state: &State) -> Result<()> {
    for hierarchy in hierarchies() {
        if hierarchy.join("cgroup.subtree_control").exists() {
            // What cannot be handed down kubelet will name.
            let controllers = fs::read_to_string(hierarchy.join("cgroup.controllers")).unwrap_or_default();
            for controller in controllers.split_whitespace() {
                let _ = fs::write(hierarchy.join("cgroup.subtree_control"), format!("+{controller}"));
            }
        }
        let group = group(&hierarchy, state);
        fs::create_dir_all(&group).with_context(|| format!("cannot create {}", group.display()))?;
    }
    Ok(())
}

/// Kills what is in the groups and removes them.
pub(super) fn remove(state: &State) -> Result<()> {
    let since = Instant::now();
    let groups: Vec<PathBuf> = hierarchies().iter().map(|hierarchy| group(hierarchy, state)).collect();
    loop {
        let mut left = None;
        for group in &groups {
            if let Err(error) = remove_tree(group) {
                left = Some((group, error));
            }
        }
        let Some((group, error)) = left else { return Ok(()) };
        if since.elapsed() > LIMIT {
            bail!("cannot remove {} within {} s: {error}", group.display(), LIMIT.as_secs());
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// From the leaves up, without following how deep it is: an entry waits until those in it are gone.
fn remove_tree(group: &Path) -> io::Result<()> {
    let mut found = vec![group.to_owned()];
    let mut seen = 0;
    while let Some(directory) = found.get(seen).cloned() {
        seen += 1;
        match fs::read_dir(&directory) {
            Ok(entries) => {
                for entry in entries {
                    let entry = entry?;
                    if entry.file_type()?.is_dir() {
                        found.push(entry.path());
                    }
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    for directory in found.iter().rev() {
        let processes = || fs::read_to_string(directory.join("cgroup.procs")).unwrap_or_default();
        for line in processes().lines() {
            let Ok(pid) = line.parse() else { continue };
            let is_in_it = || processes().lines().any(|other| other == line);
            process::kill(pid, is_in_it).map_err(io::Error::other)?;
        }
        match fs::remove_dir(directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn group(hierarchy: &Path, state: &State) -> PathBuf {
    hierarchy.join(name(state).trim_start_matches('/'))
}

/// The mounted hierarchies: one, or one for each controller, some of which have a second name.
fn hierarchies() -> Vec<PathBuf> {
    let root = PathBuf::from(MOUNT);
    if root.join("cgroup.controllers").exists() {
        return vec![root];
    }
    let Ok(entries) = fs::read_dir(&root) else { return Vec::new() };
    let directories =
        entries.filter_map(Result::ok).filter(|entry| entry.file_type().is_ok_and(|t| t.is_dir()));
    directories.map(|entry| entry.path()).filter(|path| path.join("cgroup.procs").exists()).collect()
}
