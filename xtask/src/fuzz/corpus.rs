//! The committed corpus: few small files that together go as far as all that was ever found.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};

/// What a corpus may have, and one file of it.
const FILES: usize = 200;
const BYTES: u64 = 400_000;
const FILE_BYTES: u32 = 16_384;

/// Puts the least that covers what both cover in place of what is committed. What it has then, in words.
pub(super) fn replace(program: &Path, committed: &Path, found: &Path) -> Result<String> {
    let merged = found.with_file_name("merged");
    if merged.exists() {
        fs::remove_dir_all(&merged)?;
    }
    fs::create_dir(&merged)?;
    // By edges alone: how often each was gone along would keep thousands.
    let status = Command::new(program)
        .args(["-merge=1", "-set_cover_merge=1", "-use_counters=0"])
        .arg(format!("-max_len={FILE_BYTES}"))
        .args([&merged, committed, found])
        .stderr(Stdio::null())
        .status()
        .with_context(|| format!("cannot run {}", program.display()))?;
    ensure!(status.success(), "what was found cannot be merged: {status}");

    let mut files = sized(&merged)?;
    ensure!(!files.is_empty(), "merging has left nothing");
    // What is small goes as far as what is large, most often.
    files.sort();
    let mut bytes = 0;
    let kept: Vec<PathBuf> = files
        .into_iter()
        .take(FILES)
        .take_while(|(size, _)| {
            bytes += size;
            bytes <= BYTES
        })
        .map(|(_, path)| path)
        .collect();
    for (_, old) in sized(committed)? {
        fs::remove_file(old)?;
    }
    for file in &kept {
        let name = file.file_name().context("a file has a name")?;
        fs::copy(file, committed.join(name))?;
    }
    let bytes: u64 = sized(committed)?.iter().map(|(size, _)| size).sum();
    Ok(format!("{} files with {bytes} bytes are in {}", kept.len(), committed.display()))
}

fn sized(directory: &Path) -> Result<Vec<(u64, PathBuf)>> {
    let entries = fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))?;
    entries
        .map(|entry| {
            let entry = entry?;
            Ok((entry.metadata()?.len(), entry.path()))
        })
        .collect()
}
