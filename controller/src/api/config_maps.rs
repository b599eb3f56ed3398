//! ConfigMaps: where results are kept.

use http::Method;
use serde_json::Value;

use super::{Api, CallError, call};
use crate::owner::Owner;

const RESOURCE: &str = "configmaps";

impl Api {
    /// One ConfigMap.
    ///
    /// # Errors
    /// [`CallError::is_not_found`] where there is none.
    pub async fn config_map(&self, owner: &Owner, name: &str) -> Result<Value, CallError> {
        self.json("get", RESOURCE, call::get(&format!("{}/{name}", path(owner)))).await
    }

    /// Creates a ConfigMap.
    ///
    /// # Errors
    /// [`CallError::is_already_exists`] where the name is taken.
    pub async fn create_config_map(&self, owner: &Owner, map: &Value) -> Result<(), CallError> {
        let uri = format!("{}?{}", path(owner), call::FIELD_MANAGER);
        let request = call::write(Method::POST, &uri, "application/json", map.to_string().into_bytes());
        self.bytes("create", RESOURCE, request).await.map(|_| ())
    }
}

fn path(owner: &Owner) -> String {
    format!("/api/v1/namespaces/{}/configmaps", owner.namespace)
}
