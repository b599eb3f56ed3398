//! `down`: the end of a cluster, whatever state it is in.

use std::{fs, io};

use anyhow::{Context as _, Result};

use super::{cgroup, lock, network, process, progress, state::State};

/// Ends all processes and removes what they have left. Namespaces, mounts, links and packet filter
/// rules of the node end with its last process.
pub(super) fn run(state: &State) -> Result<()> {
    state.ensure_ours()?;
    // Not while an `up` is half way; one that has no directory yet has not begun.
    let lock = state.directory().exists().then(|| lock::acquire(state.directory())).transpose()?;
    progress::step("ended", || clear(state))?;
    remove_directory(state)?;
    drop(lock);
    Ok(())
}

/// Ends what runs and removes what is not in the state directory.
pub(super) fn clear(state: &State) -> Result<()> {
    process::end_all(state)?;
    cgroup::remove(state)?;
    // What a container's last breath has started.
    process::end_all(state)?;
    network::close(state)
}

fn remove_directory(state: &State) -> Result<()> {
    match fs::remove_dir_all(state.directory()) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", state.directory().display()))
        }
        _ => Ok(()),
    }
}
