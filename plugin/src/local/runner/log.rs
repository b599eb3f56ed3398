//! The log files of a run: `<task>.<index>.<attempt>.log`, both outputs of the attempt's last try.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use gene_engine::Vertex;

/// The log of an attempt; those of its earlier tries stand beside it.
pub fn path(run_dir: &Path, task: &str, vertex: Vertex, attempt: u32) -> PathBuf {
    run_dir.join("logs").join(format!("{}.log", stem(task, vertex, attempt)))
}

/// What names an attempt in the run's directory.
pub fn stem(task: &str, vertex: Vertex, attempt: u32) -> String {
    format!("{task}.{}.{attempt}", vertex.index)
}

/// An empty log. One that an interrupted run left under this name is kept as `….interrupted.log`,
/// `….interrupted.2.log` and so on.
///
/// # Errors
/// The system's own.
pub fn create(path: &Path) -> io::Result<File> {
    match create_new(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::rename(path, free_name(path))?;
            create_new(path)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(directory) = path.parent() {
                fs::create_dir_all(directory)?;
            }
            create_new(path)
        }
        other => other,
    }
}

/// Keeps the log of a try, numbered from 1, as `….try<n>.log`.
///
/// # Errors
/// The system's own.
pub fn keep_try(path: &Path, number: u32) -> io::Result<()> {
    fs::rename(path, path.with_extension(format!("try{number}.log")))
}

/// The last line that is not blank, at most its first 400 characters; empty where there is none.
pub fn last_line(path: &Path) -> String {
    const TAIL: u64 = 4096;
    let read = || -> io::Result<Vec<u8>> {
        use std::io::{Read, Seek, SeekFrom};
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut bytes = Vec::new();
        file.take(TAIL).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().unwrap_or_default(); // a log that is gone has no last line
    let text = String::from_utf8_lossy(&bytes);
    text.lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default()
        .chars()
        .take(400)
        .collect()
}

fn create_new(path: &Path) -> io::Result<File> {
    File::create_new(path)
}

fn free_name(path: &Path) -> PathBuf {
    let first = path.with_extension("interrupted.log");
    if !first.exists() {
        return first;
    }
    (2..=u32::MAX)
        .map(|number| path.with_extension(format!("interrupted.{number}.log")))
        .find(|name| !name.exists())
        .unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn an_interrupted_log_is_kept() {
        let root = tempfile::tempdir().unwrap();
        let path = path(root.path(), "a", Vertex { task: 0, index: 3 }, 1);
        assert_eq!(path, root.path().join("logs/a.3.1.log"));
        for text in ["first", "second", "third"] {
            create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        }
        let read = |name: &str| fs::read_to_string(root.path().join("logs").join(name)).unwrap();
        assert_eq!(read("a.3.1.interrupted.log"), "first");
        assert_eq!(read("a.3.1.interrupted.2.log"), "second");
        assert_eq!(read("a.3.1.log"), "third");
    }

    #[test]
    fn the_last_line_is_the_last_that_says_something() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("log");
        let long = "x".repeat(10_000);
        for (text, expected) in [
            ("", String::new()),
            ("one\ntwo\n\n  \n", "two".to_owned()),
            ("no newline", "no newline".to_owned()),
            (long.as_str(), "x".repeat(400)),
        ] {
            fs::write(&path, text).unwrap();
            assert_eq!(last_line(&path), expected);
        }
        assert_eq!(last_line(&root.path().join("absent")), "");
    }
}
