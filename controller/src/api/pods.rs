//! Pods: those of one Job, and what one printed.

use serde::Deserialize;

use super::{Api, CallError, call};
use crate::{owner::Owner, slim::SlimPod};

/// A Job of ours has one pod, and a few more where it was started again.
const PODS_AT_MOST: u32 = 20;

#[derive(Deserialize)]
struct Pods {
    items: Vec<SlimPod>,
}

impl Api {
    /// The pods of a Job that are still there.
    ///
    /// # Errors
    /// As any call.
    pub async fn pods_of(&self, owner: &Owner, job_uid: &str) -> Result<Vec<SlimPod>, CallError> {
        let selector = format!("labelSelector=batch.kubernetes.io%2Fcontroller-uid%3D{job_uid}");
        let uri = format!("{}?{selector}&limit={PODS_AT_MOST}", path(owner));
        let pods: Pods = self.json("list", "pods", call::get(&uri)).await?;
        Ok(pods.items)
    }

    /// What a container printed, at most so many bytes of it.
    ///
    /// # Errors
    /// [`CallError::is_not_found`] where the pod is gone.
    pub async fn log(
        &self,
        owner: &Owner,
        pod: &str,
        container: &str,
        bytes: usize,
    ) -> Result<bytes::Bytes, CallError> {
        let uri = format!("{}/{pod}/log?container={container}&limitBytes={bytes}", path(owner));
        self.bytes("get", "pods/log", call::get(&uri)).await
    }
}

fn path(owner: &Owner) -> String {
    format!("/api/v1/namespaces/{}/pods", owner.namespace)
}
