//! Jobs: create, look at one, delete.

use gene_types::names::LABEL_CONTROLLER_UID;
use http::Method;
use k8s_openapi::jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::{Api, CallError, call};
use crate::{owner::Owner, slim::SlimJob};

const RESOURCE: &str = "jobs";

/// What is wanted of a Job that was just created.
#[derive(Debug)]
pub struct JobMeta {
    /// Tells it from an earlier or later Job of the same name.
    pub uid: String,
    /// When the API server created it.
    pub created: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Created {
    metadata: CreatedMeta,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreatedMeta {
    uid: String,
    creation_timestamp: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Jobs {
    items: Vec<SlimJob>,
}

impl Api {
    /// Creates a Job from its JSON.
    ///
    /// # Errors
    /// [`CallError::is_already_exists`] where the name is taken, perhaps by this very call whose first answer was lost.
    pub async fn create_job(&self, owner: &Owner, job: Vec<u8>) -> Result<JobMeta, CallError> {
        // Strict: a misspelled field of a template is an error, and not silently left out.
        let uri = format!("{}?{}&fieldValidation=Strict", path(owner), call::FIELD_MANAGER);
        let request = call::write(Method::POST, &uri, "application/json", job);
        let Created { metadata } = self.json("create", RESOURCE, request).await?;
        Ok(JobMeta { uid: metadata.uid, created: metadata.creation_timestamp })
    }

    /// One Job.
    ///
    /// # Errors
    /// [`CallError::is_not_found`] where there is none.
    pub async fn job(&self, owner: &Owner, name: &str) -> Result<SlimJob, CallError> {
        self.json("get", RESOURCE, call::get(&format!("{}/{name}", path(owner)))).await
    }

    /// All Jobs of an Execution.
    ///
    /// # Errors
    /// As any call.
    pub async fn jobs_of(&self, owner: &Owner) -> Result<Vec<SlimJob>, CallError> {
        let uri = format!("{}?labelSelector={LABEL_CONTROLLER_UID}%3D{}", path(owner), owner.uid);
        let jobs: Jobs = self.json("list", RESOURCE, call::get(&uri)).await?;
        Ok(jobs.items)
    }

    /// Deletes this very Job, and its pods in the background.
    ///
    /// # Errors
    /// [`CallError::is_not_found`] where it is gone, [`CallError::is_conflict`] where another has its name.
    pub async fn delete_job(&self, owner: &Owner, name: &str, uid: &str) -> Result<(), CallError> {
        let options = json!({"propagationPolicy": "Background", "preconditions": {"uid": uid}});
        let uri = format!("{}/{name}", path(owner));
        let request = call::write(Method::DELETE, &uri, "application/json", options.to_string().into_bytes());
        self.bytes("delete", RESOURCE, request).await.map(|_| ())
    }
}

fn path(owner: &Owner) -> String {
    format!("/apis/batch/v1/namespaces/{}/jobs", owner.namespace)
}
