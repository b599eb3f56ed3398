//! What a source printed: read once, kept, and read from there ever after.

use std::time::Duration;

use gene_engine::Vertex;
use gene_types::v1alpha1::{KIND, KeptResult};
use k8s_openapi::api::core::v1::ConfigMap;
use tokio::time::{Instant, sleep};

use super::{Actor, backoff, outcome::Outcome};
use crate::{
    api::CallError,
    job,
    kept::{self, MAX_RESULT_BYTES},
    owner::Owner,
    reconcile::Shared,
};

/// How long a pod's log is asked for where the API server cannot get at it: its node may be away for a while.
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

impl Read {
    /// The text and where it is kept; or why it cannot be had.
    async fn carry_out(self) -> Result<(String, KeptResult), String> {
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
            None => Err(format!("config map \"{name}\", in which it was kept, is gone")),
        }
    }

    fn checked(&self, config_map: String, text: String) -> Result<(String, KeptResult), String> {
        let digest = kept::digest(&text);
        match &self.kept {
            Some(kept) if kept.digest != digest => {
                Err(format!("what config map \"{config_map}\" holds is not what was kept there before"))
            }
            _ => Ok((text, KeptResult { config_map, digest })),
        }
    }

    /// What is kept under this name, if anything is.
    async fn find(&self, name: &str) -> Result<Option<String>, String> {
        let Some(first) = self.part(name).await? else { return Ok(None) };
        let count = kept::parts(&first).map_err(|error| error.to_string())?;
        let mut parts = vec![first];
        for part in 1..count {
            let name = kept::name(&self.owner.name, &self.task, part);
            match self.part(&name).await? {
                Some(part) => parts.push(part),
                // Its writer stopped half-way.
                None => return Ok(None),
            }
        }
        kept::text(&parts, None).map(Some).map_err(|error| error.to_string())
    }

    async fn part(&self, name: &str) -> Result<Option<ConfigMap>, String> {
        let mut backoff = backoff();
        loop {
            match self.shared.api.config_map(&self.owner, name).await {
                Ok(map) if kept::is_owned(&map, &self.owner) => return Ok(Some(map)),
                // Of an Execution that had our name: the garbage collector is on its way.
                Ok(map) if is_of_former(&map, &self.owner) => sleep(backoff.next(None)).await,
                Ok(_) => return Err(format!("config map \"{name}\" belongs to somebody else")),
                Err(error) if error.is_not_found() => return Ok(None),
                Err(error) => self.wait(&error, &mut backoff).await,
            }
        }
    }

    async fn keep(&self, map: &ConfigMap) -> Result<(), String> {
        let mut backoff = backoff();
        loop {
            match self.shared.api.create_config_map(&self.owner, map).await {
                Ok(()) => return Ok(()),
                Err(error) if error.is_already_exists() => return Ok(()),
                Err(error) if error.is_permanent() => return Err(format!("it cannot be kept: {error}")),
                Err(error) => self.wait(&error, &mut backoff).await,
            }
        }
    }

    /// What the vertex's pod printed.
    async fn print(&self) -> Result<String, String> {
        const GONE: &str = "its pod is gone, and with it what it printed";
        let Some(job) = &self.job else { return Err(GONE.into()) };
        let began = Instant::now();
        let mut backoff = backoff();
        loop {
            let error = match self.shared.api.pods_of(&self.owner, job).await {
                Ok(pods) => {
                    let Some(pod) = pods.into_iter().find(|pod| pod.phase == "Succeeded") else {
                        return Err(GONE.into());
                    };
                    let pod = pod.metadata.name.unwrap_or_default();
                    match self.shared.api.log(&self.owner, &pod, &self.container, MAX_RESULT_BYTES + 1).await
                    {
                        Ok(bytes) => return text(&bytes),
                        Err(error) if error.is_not_found() => return Err(GONE.into()),
                        Err(error) => error,
                    }
                }
                Err(error) => error,
            };
            if began.elapsed() > LOG_WITHIN {
                return Err(format!("what it printed cannot be read: {error}"));
            }
            self.wait(&error, &mut backoff).await;
        }
    }

    async fn wait(&self, error: &CallError, backoff: &mut crate::backoff::Backoff) {
        self.shared.metrics.reconcile_error("FailedResult");
        tracing::warn!(execution = self.owner.name, namespace = self.owner.namespace, task = self.task,
            error = %error, "what the task printed cannot be kept yet");
        sleep(backoff.next(error.retry_after())).await;
    }
}

fn is_of_former(map: &ConfigMap, owner: &Owner) -> bool {
    let mut owners = map.metadata.owner_references.iter().flatten();
    owners.any(|of| of.kind == KIND && of.name == owner.name && of.uid != owner.uid)
}

fn text(bytes: &[u8]) -> Result<String, String> {
    if bytes.len() > MAX_RESULT_BYTES {
        return Err(format!(
            "it printed more than {} bytes, which is the most that another task can be made from",
            gene_types::field::grouped(MAX_RESULT_BYTES as u64)
        ));
    }
    String::from_utf8(bytes.to_vec()).map_err(|error| {
        format!("what it printed is no UTF-8 text: byte {} is at fault", error.utf8_error().valid_up_to())
    })
}
