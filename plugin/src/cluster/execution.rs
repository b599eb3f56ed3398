//! What tables and waits read of an Execution: a few fields. Its tasks are passed over as they come in.

use gene_types::v1alpha1::{
    Condition,
    status::{condition_type, phase},
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde::{Deserialize, Deserializer};

/// The name of the kind in messages and in `-o name`, as kubectl writes it.
pub const RESOURCE: &str = "execution.execution.kubegene.io";

/// An Execution without its tasks and vertices.
#[derive(Deserialize, Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Who it is.
    #[serde(default)]
    pub metadata: Metadata,
    /// What may change in its spec.
    #[serde(default)]
    pub spec: Switches,
    /// How far it is.
    #[serde(default, deserialize_with = "or_default")]
    pub status: State,
}

/// Of an object's metadata what is shown or compared.
#[derive(Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// What tells it from an earlier one of the same name.
    pub uid: String,
    /// What tells it from itself before the last change.
    pub resource_version: String,
    /// How often its spec was written.
    pub generation: i64,
    /// Since when it is there.
    pub creation_timestamp: Option<Time>,
    /// Since when it is being deleted.
    pub deletion_timestamp: Option<Time>,
}

/// What may change in the spec.
#[derive(Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct Switches {
    /// Nothing new starts.
    pub suspend: Option<bool>,
    /// Everything is ended.
    pub cancel: Option<bool>,
    /// How often it was opened again.
    pub retry_generation: Option<i64>,
}

/// Of the status what is shown of the whole.
#[derive(Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct State {
    /// Its phase.
    #[serde(deserialize_with = "or_default")]
    pub phase: String,
    /// A sentence on it.
    #[serde(deserialize_with = "or_default")]
    pub message: String,
    /// `3/4`
    #[serde(deserialize_with = "or_default")]
    pub progress: String,
    /// When it began.
    pub started_at: Option<Time>,
    /// When it ended.
    pub finished_at: Option<Time>,
    /// The spec that this speaks of.
    pub observed_generation: Option<i64>,
    /// The `retryGeneration` that this speaks of.
    pub retry_generation: Option<i64>,
    /// As a Job's.
    #[serde(deserialize_with = "or_default")]
    pub conditions: Vec<Condition>,
}

impl Summary {
    /// How it is called in messages.
    pub fn resource(&self) -> String {
        format!("{RESOURCE}/{}", self.metadata.name)
    }

    /// Whether it is at its end, and no `retryGeneration` that nobody looked at yet opens it again.
    pub fn has_ended(&self) -> bool {
        let is_final = [phase::SUCCEEDED, phase::FAILED, phase::ERROR].contains(&self.status.phase.as_str());
        is_final && !self.is_reopened()
    }

    /// Whether it is at its end, and not a good one.
    pub fn has_failed(&self) -> bool {
        self.has_ended() && self.status.phase != phase::SUCCEEDED
    }

    /// Whether a `retry` was asked for and not yet seen by the controller.
    pub fn is_reopened(&self) -> bool {
        self.spec.retry_generation.unwrap_or_default() > self.status.retry_generation.unwrap_or_default()
            && [phase::FAILED].contains(&self.status.phase.as_str())
    }

    /// Whether a condition has this status; one that is absent is False.
    pub fn has_condition(&self, type_: &str, status: &str) -> bool {
        let found = self.status.conditions.iter().find(|condition| condition.type_ == type_);
        found.map_or("False", |condition| condition.status.as_str()) == status
    }

    /// Whether nothing new starts because of `suspend`.
    pub fn is_suspended(&self) -> bool {
        !self.has_ended()
            && (self.spec.suspend == Some(true) || self.has_condition(condition_type::SUSPENDED, "True"))
    }
}

/// What is null where there is none.
pub fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
