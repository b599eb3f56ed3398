//! The API server's audit log: one JSON object a line for every request that was answered.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Seek as _, SeekFrom},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context as _, Result};
use k8s_openapi::jiff::Timestamp;
use serde::Deserialize;

/// The log and how far it has been read.
pub struct Audit {
    path: PathBuf,
    read_to: u64,
}

/// A request, as far as it is read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// `RequestReceived`, `ResponseStarted`, `ResponseComplete`, `Panic`.
    pub stage: String,
    /// `get`, `list`, `watch`, `create` …
    pub verb: String,
    user: User,
    object_ref: Option<ObjectRef>,
    request_received_timestamp: Timestamp,
    stage_timestamp: Timestamp,
}

#[derive(Debug, Deserialize)]
struct User {
    username: String,
}

#[derive(Debug, Default, Deserialize)]
struct ObjectRef {
    #[serde(default)]
    resource: String,
    #[serde(default)]
    subresource: String,
    #[serde(default)]
    namespace: String,
}

impl Audit {
    /// The log as it is from now on.
    pub fn open(path: &std::path::Path) -> Result<Self> {
        let mut audit = Self { path: path.to_owned(), read_to: 0 };
        audit.skip()?;
        Ok(audit)
    }

    /// Leaves out what is there. A line that is still being written counts as one that comes.
    pub fn skip(&mut self) -> Result<()> {
        let mut reader = self.reader()?;
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line)? > 0 && line.last() == Some(&b'\n') {
            self.read_to += line.len() as u64;
            line.clear();
        }
        Ok(())
    }

    fn reader(&self) -> Result<BufReader<File>> {
        let mut file =
            File::open(&self.path).with_context(|| format!("audit log {}", self.path.display()))?;
        file.seek(SeekFrom::Start(self.read_to))?;
        Ok(BufReader::new(file))
    }

    /// What has come since the last look.
    pub fn entries(&mut self) -> Result<Vec<Entry>> {
        let of = || format!("audit log {}", self.path.display());
        let mut reader = self.reader()?;
        let (mut entries, mut line) = (Vec::new(), Vec::new());
        loop {
            line.clear();
            reader.read_until(b'\n', &mut line)?;
            // A line that is still being written is read the next time.
            if line.last() != Some(&b'\n') {
                return Ok(entries);
            }
            self.read_to += line.len() as u64;
            entries.push(serde_json::from_slice(&line).with_context(of)?);
        }
    }
}

impl Entry {
    /// Who asked.
    pub fn user(&self) -> &str {
        &self.user.username
    }

    /// Of what, with its subresource: `executions/status`.
    pub fn resource(&self) -> String {
        match &self.object_ref {
            None => String::new(),
            Some(of) if of.subresource.is_empty() => of.resource.clone(),
            Some(of) => format!("{}/{}", of.resource, of.subresource),
        }
    }

    /// The object's namespace.
    pub fn namespace(&self) -> &str {
        self.object_ref.as_ref().map_or("", |of| &of.namespace)
    }

    /// From its arrival to its answer.
    pub fn took(&self) -> Duration {
        Duration::try_from(self.stage_timestamp.duration_since(self.request_received_timestamp))
            .unwrap_or_default()
    }
}
