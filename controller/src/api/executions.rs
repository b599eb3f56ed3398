//! Executions: look at one, write its status.

use http::Method;
use serde::Deserialize;
use serde_json::value::RawValue;

use gene_types::v1alpha1::API_VERSION;

use super::{Api, CallError, call};
use crate::{owner::Owner, slim::SlimExecution};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    metadata: WrittenMeta,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenMeta {
    resource_version: String,
}

impl Api {
    /// The Execution as it is now.
    ///
    /// # Errors
    /// [`CallError::is_not_found`] where none has its name; one of the same name may have another uid.
    pub async fn execution(&self, owner: &Owner) -> Result<SlimExecution, CallError> {
        self.json("get", "executions", call::get(&path(owner))).await
    }

    /// Replaces the status of the Execution of this resourceVersion, and says the next one.
    ///
    /// # Errors
    /// [`CallError::is_conflict`] where the Execution has changed since.
    pub async fn write_status(
        &self,
        owner: &Owner,
        resource_version: &str,
        status: &RawValue,
    ) -> Result<String, CallError> {
        // Replaced whole: a merge would keep what the new status leaves out. The resourceVersion, written
        // to the object, is what makes the API server refuse a stale patch.
        let version = serde_json::Value::from(resource_version);
        let patch = format!(
            r#"[{{"op":"add","path":"/metadata/resourceVersion","value":{version}}},{{"op":"add","path":"/status","value":{status}}}]"#
        );
        let uri = format!("{}/status?{}", path(owner), call::FIELD_MANAGER);
        let request = call::write(Method::PATCH, &uri, "application/json-patch+json", patch.into_bytes());
        let written: Written = self.json("patch", "executions/status", request).await?;
        Ok(written.metadata.resource_version)
    }
}

fn path(owner: &Owner) -> String {
    format!("/apis/{API_VERSION}/namespaces/{}/executions/{}", owner.namespace, owner.name)
}
