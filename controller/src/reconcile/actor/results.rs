//! What a source printed: read once, kept, and read from there ever after.

use std::time::Duration;

use gene_engine::Vertex;
use gene_types::v1alpha1::{KIND, KeptResult};
use k8s_openapi::api::core::v1::ConfigMap;
use tokio::time::{Instant, sleep};

use super::{Actor, backoff, outcome::Outcome};
use crate::{
    api::CallError,
    events::Kind,
    job,
    kept::{self, MAX_RESULT_BYTES},
    owner::Owner,
    reconcile::Shared,
};

/// How long a pod's log is asked for where the API server cannot get at it: its node may be away for a while. It is
/// the log that counts: an API server that is in trouble itself says nothing about the node.
const LOG_WITHIN: Duration = Duration::from_mins(2);

/// A result that is to be read.
struct Read {
    shared: Shared,
    owner: Owner,
    task: String,
    /// The UID of the vertex's Job, where that is still there.
    job: Option<String>,
    container: String,
    /// What the status says of it.
    kept: Option<KeptResult>,
}

impl Actor {
    /// After a restart: what was kept is read again before anything is made from it.
    pub(super) fn read_kept_results(&mut self) {
        let kept: Vec<Vertex> = self.run.kept_results().map(|(vertex, _)| vertex).collect();
        for vertex in kept {
            self.read_result(vertex);
        }
    }

    /// Reads and keeps what a vertex printed.
    pub(super) fn read_result(&mut self, vertex: Vertex) {
        let Some(task) = self.run.valid().plan().tasks.get(vertex.task as usize) else { return };
        let attempt = self.run.attempt(vertex).unwrap_or(0);
        let read = Read {
            shared: self.shared.clone(),
            owner: self.owner.clone(),
            task: task.name.clone(),
            job: self.jobs.get(&vertex).map(|job| job.uid.clone()),
            container: job::container_name(&self.job_name(vertex, attempt)),
            kept: self.run.kept_result(vertex).cloned(),
        };
        self.calls.push(Box::pin(async move { Outcome::Read { vertex, text: read.carry_out().await } }));
    }
}

/// Why a try came to nothing.
enum Trouble {
    /// It never will.
    Final(String),
    /// The API server may answer otherwise soon.
    Call(CallError),
    /// The pod's log cannot be read now, perhaps because its node is away.
    Log(CallError),
    /// The name belongs to an Execution that is gone: the garbage collector is on its way.
    Former,
}

impl Read {
    /// The text and where it is kept; or why it cannot be had.
    async fn carry_out(self) -> Result<(String, KeptResult), String> {
        let mut backoff = backoff();
        let mut log_away = None;
        let mut told = None;
        loop {
            // What waits for another try holds neither a permit nor a text. The semaphore is never closed.
            let permit = self.shared.results.acquire().await;
            let tried = self.try_once().await;
            drop(permit);
            let error = match tried {
                Ok(result) => return Ok(result),
                Err(Trouble::Final(why)) => return Err(why),
                Err(Trouble::Log(error)) => {
                    let since = *log_away.get_or_insert_with(Instant::now);
                    if since.elapsed() > LOG_WITHIN {
                        return Err(format!("what it printed cannot be read: {error}"));
                    }
                    Some(error)
                }
                Err(Trouble::Call(error)) => {
                    log_away = None;
                    Some(error)
                }
                Err(Trouble::Former) => None,
            };
            if let Some(error) = &error {
                self.say(&mut told, error);
            }
            sleep(backoff.next(error.and_then(|error| error.retry_after()))).await;
        }
    }

    /// Tells people once for each kind of hindrance: a quota or a policy may stand in the way until somebody acts.
    fn say(&self, told: &mut Option<u16>, error: &CallError) {
        self.shared.metrics.reconcile_error("FailedResult");
        tracing::warn!(execution = self.owner.name, namespace = self.owner.namespace,
            task = self.task, error = %error, "what the task printed cannot be kept yet");
        if told.replace(error.code()) != Some(error.code()) {
            let note = format!(
                "what task {:?} printed cannot be read and kept yet, it is tried again: {error}",
                self.task
            );
            self.shared.recorder.publish(&self.owner, Kind::Warning, "FailedResult", note);
        }
    }

    async fn try_once(&self) -> Result<(String, KeptResult), Trouble> {
        let name = kept::name(&self.owner.name, &self.task, 0);
        if let Some(text) = self.find(&name).await? {
            return self.checked(name, text);
        }
        let text = self.print().await?;
        for map in kept::config_maps(&self.owner, &self.task, &text) {
            self.keep(&map).await?;
        }
        // What is there now counts: another controller may have been faster.
        match self.find(&name).await? {
            Some(text) => self.checked(name, text),
            None => Err(Trouble::Final(format!("config map \"{name}\", in which it was kept, is gone"))),
        }
    }

    fn checked(&self, config_map: String, text: String) -> Result<(String, KeptResult), Trouble> {
        let digest = kept::digest(&text);
        match &self.kept {
            Some(kept) if kept.digest != digest => {
                let why = format!("what config map \"{config_map}\" holds is not what was kept there before");
                Err(Trouble::Final(why))
            }
            _ => Ok((text, KeptResult { config_map, digest })),
        }
    }

    /// What is kept under this name, if anything is.
    async fn find(&self, name: &str) -> Result<Option<String>, Trouble> {
        let damaged = |error: kept::KeptError| Trouble::Final(error.to_string());
        let Some(first) = self.part(name).await? else { return Ok(None) };
        let count = kept::parts(&first).map_err(damaged)?;
        let mut parts = vec![first];
        for part in 1..count {
            let name = kept::name(&self.owner.name, &self.task, part);
            match self.part(&name).await? {
                Some(part) => parts.push(part),
                // Its writer stopped half-way.
                None => return Ok(None),
            }
        }
        kept::text(&parts, None).map(Some).map_err(damaged)
    }

    async fn part(&self, name: &str) -> Result<Option<ConfigMap>, Trouble> {
        match self.shared.api.config_map(&self.owner, name).await {
            Ok(map) if kept::is_owned(&map, &self.owner) => Ok(Some(map)),
            Ok(map) if is_of_former(&map, &self.owner) => Err(Trouble::Former),
            Ok(_) => Err(Trouble::Final(format!("config map \"{name}\" belongs to somebody else"))),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(Trouble::Call(error)),
        }
    }

    async fn keep(&self, map: &ConfigMap) -> Result<(), Trouble> {
        match self.shared.api.create_config_map(&self.owner, map).await {
            Ok(()) => Ok(()),
            Err(error) if error.is_already_exists() => Ok(()),
            Err(error) if error.is_permanent() => Err(Trouble::Final(format!("it cannot be kept: {error}"))),
            Err(error) => Err(Trouble::Call(error)),
        }
    }

    /// What the vertex's pod printed.
    async fn print(&self) -> Result<String, Trouble> {
        let gone = || Trouble::Final("its pod is gone, and with it what it printed".to_owned());
        let Some(job) = &self.job else { return Err(gone()) };
        let pods = self.shared.api.pods_of(&self.owner, job).await.map_err(Trouble::Call)?;
        let pod = pods.into_iter().find(|pod| pod.phase == "Succeeded").ok_or_else(gone)?;
        let pod = pod.metadata.name.unwrap_or_default();
        match self.shared.api.log(&self.owner, &pod, &self.container, MAX_RESULT_BYTES + 1).await {
            Ok(bytes) => text(&bytes).map_err(Trouble::Final),
            Err(error) if error.is_not_found() => Err(gone()),
            Err(error) => Err(Trouble::Log(error)),
        }
    }
}

fn is_of_former(map: &ConfigMap, owner: &Owner) -> bool {
    let mut owners = map.metadata.owner_references.iter().flatten();
    owners.any(|of| of.kind == KIND && of.name == owner.name && of.uid != owner.uid)
}

fn text(bytes: &[u8]) -> Result<String, String> {
    if bytes.len() > MAX_RESULT_BYTES {
        // The message of a task has to hold this beside the name of the source.
        return Err(format!(
            "it has over 1 MiB ({} bytes), the most that is read",
            gene_types::field::grouped(MAX_RESULT_BYTES as u64)
        ));
    }
    String::from_utf8(bytes.to_vec()).map_err(|error| {
        format!("what it printed is no UTF-8 text: byte {} is at fault", error.utf8_error().valid_up_to())
    })
}
