//! The files of an image: a tree that gives the same bytes whenever it is the same tree.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use tar::{Builder, EntryType, Header};

/// A tree under the root directory. Everything in it belongs to root and has the time zero.
#[derive(Debug, Default)]
pub(super) struct Layer {
    /// By path without the leading `/`. A directory sorts before what is in it.
    entries: BTreeMap<String, Entry>,
}

#[derive(Debug)]
enum Entry {
    Directory(u32),
    File(Vec<u8>, u32),
    Link(String),
}

impl Layer {
    /// Adds a directory, and those that it is in, or changes its mode.
    pub(super) fn directory(&mut self, path: &str, mode: u32) -> Result<()> {
        self.add(path, Entry::Directory(mode))
    }

    /// Adds a file, and the directories that it is in.
    pub(super) fn file(&mut self, path: &str, content: impl Into<Vec<u8>>, mode: u32) -> Result<()> {
        self.add(path, Entry::File(content.into(), mode))
    }

    /// Adds a symbolic link, and the directories that it is in.
    pub(super) fn link(&mut self, path: &str, target: &str) -> Result<()> {
        self.add(path, Entry::Link(target.to_owned()))
    }

    /// The layer as tar.
    pub(super) fn tar(&self) -> Result<Vec<u8>> {
        let mut tar = Builder::new(Vec::new());
        for (path, entry) in &self.entries {
            let none: &[u8] = &[];
            match entry {
                Entry::Directory(mode) => {
                    let mut header = header(EntryType::Directory, *mode, 0);
                    tar.append_data(&mut header, format!("{path}/"), none)?;
                }
                Entry::File(content, mode) => {
                    let mut header = header(EntryType::Regular, *mode, content.len());
                    tar.append_data(&mut header, path, content.as_slice())?;
                }
                Entry::Link(target) => {
                    tar.append_link(&mut header(EntryType::Symlink, 0o777, 0), path, target)?;
                }
            }
        }
        Ok(tar.into_inner()?)
    }

    fn add(&mut self, path: &str, entry: Entry) -> Result<()> {
        let path = path.trim_start_matches('/');
        let folders = path.match_indices('/').filter_map(|(end, _)| path.get(..end));
        for folder in folders {
            self.entries.entry(folder.to_owned()).or_insert(Entry::Directory(0o755));
        }
        let is_again = self
            .entries
            .get(path)
            .is_some_and(|former| !matches!((former, &entry), (Entry::Directory(_), Entry::Directory(_))));
        ensure!(!is_again, "\"{path}\" is twice in the image");
        self.entries.insert(path.to_owned(), entry);
        Ok(())
    }
}

/// A header with nothing of this machine or moment in it.
pub(super) fn header(kind: EntryType, mode: u32, bytes: usize) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(bytes as u64);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

/// A file of this machine.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
