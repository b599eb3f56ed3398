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

/// Brings the least that covers what both cover into what is committed, in place of what the fuzzer had brought there
/// before. What a person put there stays: it may have broken something once, and what is mended is gone along by others as
/// well. What it has then, in words.
pub(super) fn replace(program: &Path, committed: &Path, found: &Path) -> Result<String> {
    let merged = found.with_file_name("merged");
    if merged.exists() {
        fs::remove_dir_all(&merged)?;
    }
    fs::create_dir(&merged)?;
    let (named, by_fuzzer): (Vec<_>, Vec<_>) =
        sized(committed)?.into_iter().partition(|(_, path)| is_named(path));
    // What is there first counts as covered, and stays.
    for (_, path) in &named {
        fs::copy(path, merged.join(path.file_name().context("a file has a name")?))?;
    }
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
    files.retain(|(_, path)| !is_named(path));
    let kept = chosen(files, named.len(), named.iter().map(|(size, _)| size).sum());
    for (_, old) in by_fuzzer {
        fs::remove_file(old)?;
    }
    for file in &kept {
        let name = file.file_name().context("a file has a name")?;
        fs::copy(file, committed.join(name))?;
    }
    let there = sized(committed)?;
    let bytes: u64 = there.iter().map(|(size, _)| size).sum();
    Ok(format!("{} files with {bytes} bytes are in {}", there.len(), committed.display()))
}

/// Whether a person gave the file its name; the fuzzer takes the 40 hexadecimal digits of a digest.
fn is_named(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.len() != 40 || !name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Those for which there is room beside so many files of so many bytes. What is small goes as far as what is large, most
/// often.
fn chosen(mut files: Vec<(u64, PathBuf)>, mut count: usize, mut bytes: u64) -> Vec<PathBuf> {
    files.sort();
    let has_room = |(size, _): &(u64, PathBuf)| {
        count += 1;
        bytes += size;
        count <= FILES && bytes <= BYTES
    };
    files.into_iter().take_while(has_room).map(|(_, path)| path).collect()
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_a_person_named_stays() {
        let place = tempfile::tempdir().unwrap();
        let [committed, found] = ["committed", "found"].map(|name| place.path().join(name));
        let (old, new) = ("0123456789abcdef0123456789abcdef01234567", "f".repeat(40));
        for (directory, name) in
            [(&committed, "bad-quantity"), (&committed, "crash-0123"), (&committed, old), (&found, &*new)]
        {
            fs::create_dir_all(directory).unwrap();
            fs::write(directory.join(name), name).unwrap();
        }
        // A fuzzer to which only what it found last is worth anything.
        let program = place.path().join("fuzzer");
        fs::write(&program, format!("#!/bin/sh\ncp {}/* \"$5\"\n", found.display())).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        replace(&program, &committed, &found).unwrap();
        let mut names: Vec<_> =
            fs::read_dir(&committed).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["bad-quantity", "crash-0123", &*new]);
    }

    #[test]
    fn what_is_small_is_chosen_as_long_as_there_is_room() {
        let files =
            |sizes: &[u64]| sizes.iter().map(|size| (*size, PathBuf::from(size.to_string()))).collect();
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert_eq!(chosen(files(&[BYTES, 3, 1]), 0, 0), paths(&["1", "3"]));
        assert_eq!(chosen(files(&[3, 1]), FILES - 1, 0), paths(&["1"]));
        assert_eq!(chosen(files(&[3, 1]), 0, BYTES), Vec::<PathBuf>::new());
    }
}
