//! What happened in a run, one line of JSON each, appended before anything else learns of it.
//!
//! Written with one `write` and no `fsync`: what was written survives the death of this process at
//! any instant, though not the loss of power. A line that was cut short by such a death is the
//! last one, and is dropped; any other line that cannot be read is an error.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::runner::process::reason;

/// The number of this format; another one is refused.
pub const FORMAT: u32 = 1;

/// No record is longer; what is, is no journal.
const LONGEST_LINE: u64 = 1 << 20;

/// One line. Times are milliseconds since 1970 in UTC; a vertex is `align.3`.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Record {
    /// The first line.
    Journal {
        /// [`FORMAT`].
        format: u32,
        /// What the run's processes carry in their environment, so that they can be told from others.
        run: String,
    },
    /// `run` was called, for the first time or to resume.
    Generation {
        /// When.
        at: i64,
        /// The start of the machine, for which process numbers mean something.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        boot: Option<String>,
        /// What vertices became: `process`, `podman` or `docker`.
        runner: String,
    },
    /// An attempt has a process (or container).
    Start {
        /// Which vertex.
        vertex: String,
        /// From 0.
        attempt: u32,
        /// Its process.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pid: Option<u32>,
        /// When that process started, in the kernel's ticks since the machine did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ticks: Option<u64>,
        /// When.
        at: i64,
    },
    /// An attempt ended well.
    Succeeded {
        /// Which vertex.
        vertex: String,
        /// From 0.
        attempt: u32,
        /// When it started.
        started: i64,
        /// When it ended.
        finished: i64,
    },
    /// An attempt failed.
    Failed {
        /// Which vertex.
        vertex: String,
        /// From 0.
        attempt: u32,
        /// When it ended.
        finished: i64,
        /// One word.
        reason: String,
        /// A sentence.
        message: String,
        /// The exit code, where there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exit: Option<i32>,
    },
    /// An attempt was ended by this program, and does not count.
    Ended {
        /// Which vertex.
        vertex: String,
        /// From 0.
        attempt: u32,
        /// When.
        at: i64,
    },
    /// What a vertex printed stands in `results`.
    Result {
        /// Which vertex.
        vertex: String,
        /// How many bytes.
        bytes: u64,
    },
    /// The Execution has come to its end in this generation.
    End {
        /// Whether it ended well.
        succeeded: bool,
        /// When.
        at: i64,
    },
}

/// Why a journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be read.
    #[error("{}", reason(.0))]
    Io(#[from] io::Error),
    /// A line is not what this program writes.
    #[error("line {line} is damaged: {reason}")]
    Line {
        /// From 1.
        line: u64,
        /// In what way.
        reason: String,
    },
    /// Another version of this program wrote it.
    #[error("it has format {0}, and this program reads format {FORMAT}")]
    Format(u32),
}

/// How far a journal can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The bytes of whole lines; a line that was cut short begins there.
    pub bytes: u64,
}

/// Hands every record after the first line to `each`, which may refuse one with a reason. Absent: the
/// first line was never written whole, so nothing was ever started. Otherwise the run's id.
///
/// # Errors
/// The file cannot be read, a line other than a last one without its end is damaged, or the format is another.
pub fn read(
    path: &Path,
    mut each: impl FnMut(Record) -> Result<(), String>,
) -> Result<Option<(String, Extent)>, JournalError> {
    let mut reader = BufReader::with_capacity(1 << 16, File::open(path)?);
    let (mut buffer, mut line, mut bytes, mut run) = (Vec::new(), 0, 0, None);
    loop {
        buffer.clear();
        line += 1;
        let damaged = |reason: String| JournalError::Line { line, reason };
        let length = io::Read::take(&mut reader, LONGEST_LINE).read_until(b'\n', &mut buffer)? as u64;
        if length == LONGEST_LINE {
            return Err(damaged(format!("it is longer than {LONGEST_LINE} bytes")));
        }
        if buffer.pop_if(|last| *last == b'\n').is_none() {
            return Ok(run.map(|run| (run, Extent { bytes })));
        }
        let record = serde_json::from_slice(&buffer).map_err(|error| damaged(error.to_string()))?;
        match (record, &run) {
            (Record::Journal { format: FORMAT, run: id }, None) => run = Some(id),
            (Record::Journal { format, .. }, None) => return Err(JournalError::Format(format)),
            (_, None) => return Err(damaged("it is not the first line of a journal".to_owned())),
            (Record::Journal { .. }, Some(_)) => {
                return Err(damaged("the first line stands here again".to_owned()));
            }
            (record, Some(_)) => each(record).map_err(damaged)?,
        }
        bytes += length;
    }
}

/// The run's id, where at least the first line can be read.
pub fn run_id(path: &Path) -> Option<String> {
    let mut line = Vec::new();
    let mut reader = io::Read::take(BufReader::new(File::open(path).ok()?), LONGEST_LINE);
    reader.read_until(b'\n', &mut line).ok()?;
    match serde_json::from_slice(&line) {
        Ok(Record::Journal { run, .. }) => Some(run),
        _ => None,
    }
}

/// A journal that is being written.
#[derive(Debug)]
pub struct Journal {
    file: File,
    buffer: Vec<u8>,
}

impl Journal {
    /// A new journal in place of whatever was there.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn create(path: &Path, run: &str) -> io::Result<Self> {
        File::create(path)?;
        let mut journal = Self::append(path, Extent { bytes: 0 })?;
        journal.push(&Record::Journal { format: FORMAT, run: run.to_owned() });
        journal.write()?;
        Ok(journal)
    }

    /// A journal to be continued after its last whole line.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn append(path: &Path, extent: Extent) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).open(path)?;
        file.set_len(extent.bytes)?;
        Ok(Self { file, buffer: Vec::new() })
    }

    /// Notes a record for the next [`Self::write`].
    pub fn push(&mut self, record: &Record) {
        // Records hold nothing that JSON cannot express, and memory takes all that is written to it.
        if serde_json::to_writer(&mut self.buffer, record).is_ok() {
            self.buffer.push(b'\n');
        }
    }

    /// Writes what was noted. After an error the journal may end in a line cut short, and nothing
    /// more may be written to it.
    ///
    /// # Errors
    /// The file cannot be written, or the disk is full.
    pub fn write(&mut self) -> io::Result<()> {
        if !self.buffer.is_empty() {
            self.file.write_all(&self.buffer)?;
            self.buffer.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn result(vertex: &str) -> Record {
        Record::Result { vertex: vertex.to_owned(), bytes: 5 }
    }

    fn records(path: &Path) -> Result<Option<(String, Extent, Vec<Record>)>, String> {
        let mut records = Vec::new();
        let read = read(path, |record| {
            records.push(record);
            Ok(())
        });
        read.map(|read| read.map(|(run, extent)| (run, extent, records))).map_err(|error| error.to_string())
    }

    #[test]
    fn what_was_written_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal.jsonl");
        let mut journal = Journal::create(&path, "id").unwrap();
        journal.push(&result("a.0"));
        journal.push(&result("b.0"));
        journal.write().unwrap();
        let (run, extent, read) = records(&path).unwrap().unwrap();
        assert_eq!((run.as_str(), read), ("id", vec![result("a.0"), result("b.0")]));
        assert_eq!(extent.bytes, fs::metadata(&path).unwrap().len());
    }

    /// Whatever instant the writer died at: a prefix of the records is read, and writing goes on behind it.
    #[test]
    fn cut_at_every_byte() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal.jsonl");
        let mut journal = Journal::create(&path, "id").unwrap();
        journal.push(&result("a.0"));
        journal.write().unwrap();
        let whole = fs::read(&path).unwrap();
        let first = whole.iter().position(|&b| b == b'\n').unwrap() + 1;
        for cut in 0..=whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let Some((_, extent, read)) = records(&path).unwrap() else {
                assert!(cut < first);
                continue;
            };
            assert_eq!(read.len(), usize::from(cut == whole.len()));
            let mut journal = Journal::append(&path, extent).unwrap();
            journal.push(&result("b.0"));
            journal.write().unwrap();
            assert_eq!(records(&path).unwrap().unwrap().2.last(), Some(&result("b.0")));
        }
    }

    #[test]
    fn any_other_bad_line_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal.jsonl");
        let head = "{\"journal\":{\"format\":1,\"run\":\"id\"}}\n";
        for (text, expected) in [
            (format!("{head}{{\"result\"\n{{}}\n"), "line 2 is damaged: "),
            (format!("{head}\n"), "line 2 is damaged: "),
            (format!("{head}{head}"), "line 2 is damaged: the first line stands here again"),
            (
                "{\"end\":{\"succeeded\":true,\"at\":1}}\n".to_owned(),
                "line 1 is damaged: it is not the first line",
            ),
            (head.replace('1', "7"), "it has format 7, and this program reads format 1"),
            (format!("{head}{}\n", "x".repeat(2_000_000)), "line 2 is damaged: it is longer than"),
        ] {
            fs::write(&path, text).unwrap();
            let error = records(&path).unwrap_err();
            assert!(error.starts_with(expected), "{error} against {expected}");
        }
    }
}
