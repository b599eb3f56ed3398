//! `ConfigMaps`: where results are kept.

use http::Method;
use k8s_openapi::api::core::v1::ConfigMap;

use super::{Api, CallError, call};
use crate::owner::Owner;

const RESOURCE: &str = "configmaps";

impl Api {
    /// One ConfigMap.
    ///
    /// # Errors
    /// [`CallError::is_not_found`] where there is none.
    pub async fn config_map(&self, owner: &Owner, name: &str) -> Result<ConfigMap, CallError> {
        self.json("get", RESOURCE, call::get(&format!("{}/{name}", path(owner)))).await
    }

    /// Creates a ConfigMap.
    ///
    /// # Errors
    /// [`CallError::is_already_exists`] where the name is taken.
    pub async fn create_config_map(&self, owner: &Owner, map: &ConfigMap) -> Result<(), CallError> {
        let uri = format!("{}?{}", path(owner), call::FIELD_MANAGER);
        let body = serde_json::to_vec(map).map_err(|error| CallError::Unanswered(error.to_string()))?;
        let request = call::write(Method::POST, &uri, "application/json", body);
        self.bytes("create", RESOURCE, request).await.map(|_| ())
    }
}

fn path(owner: &Owner) -> String {
    format!("/api/v1/namespaces/{}/configmaps", owner.namespace)
}
