//! A namespace for one test, on a real cluster or on the fake.

use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, Client,
    api::{DeleteParams, PostParams},
};
use serde_json::json;

/// A namespace that a test made, with a name that nobody else has.
pub struct TempNamespace {
    client: Client,
    /// Its name.
    pub name: String,
}

impl TempNamespace {
    /// Makes one; its name begins with `prefix`.
    ///
    /// # Errors
    /// The API server refuses, or is away.
    pub async fn create(client: Client, prefix: &str) -> kube::Result<Self> {
        let api: Api<Namespace> = Api::all(client.clone());
        let body = json!({"metadata": {"generateName": format!("{prefix}-")}});
        let namespace: Namespace = serde_json::from_value(body).map_err(kube::Error::SerdeError)?;
        let made = api.create(&PostParams::default(), &namespace).await?;
        Ok(Self { client, name: made.metadata.name.unwrap_or_default() })
    }

    /// Deletes it and all that is in it, in the background.
    ///
    /// # Errors
    /// The API server refuses, or is away.
    pub async fn delete(self) -> kube::Result<()> {
        let api: Api<Namespace> = Api::all(self.client);
        api.delete(&self.name, &DeleteParams::background()).await.map(|_| ())
    }
}
