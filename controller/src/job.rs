//! The Job of a vertex.
//!
//! Its name is the key that makes creating it twice harmless; its labels say which vertex it is, so that
//! everything can be told again from the Jobs alone.

mod escape;
mod resources;
mod task;
mod volumes;

use gene_engine::Failure;
use gene_types::{
    Execution,
    field::grouped,
    limits::MAX_ARGUMENT_BYTES,
    names::{
        ENV_ARGUMENT_PREFIX, ENV_ATTEMPT, ENV_EXECUTION, ENV_INDEX, ENV_TASK, LABEL_ATTEMPT,
        LABEL_CONTROLLER_UID, LABEL_INDEX, job_name,
    },
    plan::Command,
    v1alpha1::{API_VERSION, KIND, Task},
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use serde_json::{Map, Value, json};

use self::escape::escape;

/// Label by which Kueue finds the queue of a Job; one on the Execution is copied to its Jobs.
pub const LABEL_QUEUE: &str = "kueue.x-k8s.io/queue-name";

pub use crate::owner::Owner;

/// The Jobs of one task: all that they have in common, made once.
#[derive(Clone, Debug)]
pub struct TaskJob {
    owner: Owner,
    task: String,
    /// Labels of Job and pods.
    labels: Map<String, Value>,
    /// Kueue's queue.
    queue: Option<String>,
    /// What precedes the command's text: `sh -c`.
    shell: Vec<Value>,
    /// The user's variables, which stand after ours and so may refer to them.
    env: Vec<Value>,
    /// The Job's `spec` without its `template`.
    job: Map<String, Value>,
    /// The pod's `metadata`.
    metadata: Map<String, Value>,
    /// The pod's `spec` without its `containers`.
    pod: Map<String, Value>,
    /// The container without name, command and `env`.
    container: Map<String, Value>,
    /// Containers beside it.
    others: Vec<Value>,
}

/// The name of the container that runs the command, as the original made it from the Job's.
pub fn container_name(job: &str) -> String {
    job.replace('.', "-")
}

impl Owner {
    /// What names the Execution in all that it owns.
    pub fn reference(&self) -> OwnerReference {
        OwnerReference {
            api_version: API_VERSION.to_owned(),
            kind: KIND.to_owned(),
            name: self.name.clone(),
            uid: self.uid.clone(),
            controller: Some(true),
            block_owner_deletion: Some(true),
        }
    }
}

impl TaskJob {
    /// Lays out the Jobs of one of the Execution's tasks.
    pub fn new(execution: &Execution, owner: &Owner, task: &Task) -> Self {
        task::lay_out(execution, owner, task)
    }

    /// The Job of one attempt, from 0, ready to be created.
    ///
    /// # Errors
    /// What the vertex fails with, where Linux could not execute the command.
    pub fn job(&self, index: u32, attempt: u32, command: &Command) -> Result<Value, Failure> {
        check(command)?;
        let name = job_name(&self.owner.name, &self.task, u64::from(index), attempt);
        let number = |number: u32| Value::from(number.to_string());

        let mut labels = self.labels.clone();
        labels.insert(LABEL_INDEX.to_owned(), number(index));
        labels.insert(LABEL_ATTEMPT.to_owned(), number(attempt));
        let mut job_labels = labels.clone();
        job_labels.insert(LABEL_CONTROLLER_UID.to_owned(), self.owner.uid.as_str().into());
        job_labels.extend(self.queue.iter().map(|queue| (LABEL_QUEUE.to_owned(), queue.as_str().into())));

        let mut metadata = self.metadata.clone();
        match metadata.get_mut("labels") {
            Some(Value::Object(given)) => given.extend(labels),
            _ => _ = metadata.insert("labels".to_owned(), labels.into()),
        }

        let mut container = self.container.clone();
        container.insert("name".to_owned(), container_name(&name).into());
        let mut words = self.shell.clone();
        words.push(escape(&command.text).into());
        container.insert("command".to_owned(), words.into());
        container.insert("env".to_owned(), self.env(index, attempt, command).into());

        let mut pod = self.pod.clone();
        let containers = std::iter::once(container.into()).chain(self.others.iter().cloned());
        pod.insert("containers".to_owned(), containers.collect());

        let mut spec = self.job.clone();
        spec.insert("template".to_owned(), json!({"metadata": metadata, "spec": pod}));
        Ok(json!({
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {
                "name": name,
                "namespace": self.owner.namespace,
                "labels": job_labels,
                "ownerReferences": [self.owner.reference()],
            },
            "spec": spec,
        }))
    }

    fn env(&self, index: u32, attempt: u32, command: &Command) -> Vec<Value> {
        let variable = |name: &str, value: &str| json!({"name": name, "value": value});
        let mut env = Vec::with_capacity(4 + command.arguments.len() + self.env.len());
        env.push(variable(ENV_EXECUTION, &self.owner.name));
        env.push(variable(ENV_TASK, &self.task));
        env.push(variable(ENV_INDEX, &index.to_string()));
        env.push(variable(ENV_ATTEMPT, &attempt.to_string()));
        env.extend(named_arguments(command).map(|(name, argument)| variable(&name, &escape(argument))));
        env.extend(self.env.iter().cloned());
        env
    }
}

/// Refuses what no process can be started with. Static commands are checked when an Execution is
/// admitted; what a task printed is not known until now.
fn check(command: &Command) -> Result<(), Failure> {
    let text = ("its command".to_owned(), command.text.len(), command.text.contains('\0'));
    let arguments = named_arguments(command).map(|(name, argument)| {
        let bytes = name.len() + 1 + argument.len();
        (format!("its variable {name}"), bytes, argument.contains('\0'))
    });
    for (what, bytes, has_nul) in std::iter::once(text).chain(arguments) {
        if has_nul {
            return Err(Failure::new(
                "UnsafeValue",
                format!("{what} holds a NUL, which no process can be given"),
            ));
        }
        if bytes > MAX_ARGUMENT_BYTES {
            let message = format!(
                "{what} has {} bytes; at most {} can be executed",
                grouped(bytes as u64),
                grouped(MAX_ARGUMENT_BYTES as u64)
            );
            return Err(Failure::new("TooLong", message));
        }
    }
    Ok(())
}

fn named_arguments(command: &Command) -> impl Iterator<Item = (String, &str)> {
    let numbered = (1_usize..).zip(&command.arguments);
    numbered.map(|(number, argument)| (format!("{ENV_ARGUMENT_PREFIX}{number}"), argument.as_str()))
}

#[cfg(test)]
mod tests;
