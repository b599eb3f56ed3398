//! Who may create an Execution, and who may make one go on.

use gene_tests::resources;
use kube::api::{Api, DynamicObject, PostParams};
use serde_json::{Value, json};

use super::place::{
    EXECUTIONS, MAY_CREATE_JOBS, bind, client_as, create, documents, execution, executions_as, is_asked,
    remove, task, try_create, try_patch, unbind,
};
use crate::cluster::{Place, until};

/// May do what they like with Executions, and nothing else.
const ELSE_NOTHING: &str = "gene-test-no-jobs";
/// May create Jobs too.
const WITH_JOBS: &str = "gene-test-jobs";

/// Gives both users their rights in the namespace.
async fn give_rights(place: &Place) {
    for (user, resources_of) in [
        (ELSE_NOTHING, vec![("execution.kubegene.io", "executions")]),
        (WITH_JOBS, vec![("execution.kubegene.io", "executions"), ("batch", "jobs")]),
    ] {
        let rules: Vec<Value> = resources_of
            .iter()
            .map(|(group, resource)| json!({"apiGroups": [group], "resources": [resource], "verbs": ["get", "create", "update", "patch", "delete"]}))
            .collect();
        let group = "rbac.authorization.k8s.io";
        let role = json!({"apiVersion": format!("{group}/v1"), "kind": "Role", "metadata": {"name": user}, "rules": rules});
        let binding = json!({
            "apiVersion": format!("{group}/v1"), "kind": "RoleBinding", "metadata": {"name": user},
            "roleRef": {"apiGroup": group, "kind": "Role", "name": user},
            "subjects": [{"apiGroup": group, "kind": "User", "name": user}],
        });
        for (kind, object) in [("Role", role), ("RoleBinding", binding)] {
            let api = resources::api(&place.client, place.name(), group, "v1", kind);
            api.create(&PostParams::default(), &resources::object(object)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn who_may_not_create_jobs_cannot_start_any() {
    let place = Place::new("requesters").await;
    give_rights(&place).await;
    let (stranger, user) =
        (executions_as(&place, ELSE_NOTHING).await, executions_as(&place, WITH_JOBS).await);
    let wgs = execution("wgs", &json!({"tasks": [task("a")], "parallelism": 1}));
    until("the rights to hold", async || try_create(&stranger, &wgs, true).await.ok()).await;
    until("the rights to hold", async || try_create(&user, &wgs, true).await.ok()).await;
    bind(&place, MAY_CREATE_JOBS, async || try_create(&stranger, &wgs, true).await.is_err()).await;

    let (code, reason, message) = try_create(&stranger, &wgs, false).await.unwrap_err();
    assert_eq!((code, reason.as_str()), (403, "Forbidden"));
    let expected = format!(
        "an Execution creates Jobs, and user \"{ELSE_NOTHING}\" may not create jobs.batch in namespace \"{}\"",
        place.name()
    );
    assert!(message.contains(&expected), "{message}");
    try_create(&user, &wgs, false).await.unwrap();

    for (patch, starts_jobs) in [
        (json!({"metadata": {"labels": {"team": "genomics"}}}), false),
        (json!({"spec": {"suspend": true}}), false),
        (json!({"spec": {"cancel": true}}), false),
        (json!({"spec": {"parallelism": 5}}), true),
        (json!({"spec": {"retryGeneration": 1}}), true),
    ] {
        let said = try_patch(&stranger, "wgs", &patch, true).await;
        assert_eq!(said.is_err(), starts_jobs, "{patch}: {said:?}");
        try_patch(&user, "wgs", &patch, true).await.unwrap();
    }
    try_patch(&stranger, "wgs", &json!({"spec": {"suspend": true}}), false).await.unwrap();
    assert!(try_patch(&stranger, "wgs", &json!({"spec": {"suspend": false}}), false).await.is_err());
    try_patch(&user, "wgs", &json!({"spec": {"suspend": false}}), false).await.unwrap();
    stranger.delete("wgs", &kube::api::DeleteParams::default()).await.unwrap();
    unbind(&place, MAY_CREATE_JOBS).await;
    place.namespace.delete().await.unwrap();
}

#[tokio::test]
async fn only_who_submits_can_be_named() {
    let place = Place::new("submitted").await;
    give_rights(&place).await;
    bind(&place, EXECUTIONS, async || is_asked(&place).await).await;
    let user = executions_as(&place, WITH_JOBS).await;
    let named = |name: &str| {
        let mut wgs = execution("wgs", &json!({"tasks": [task("a")]}));
        wgs["metadata"]["annotations"] = json!({"execution.kubegene.io/submitted-by": name});
        wgs
    };
    until("the rights to hold", async || try_create(&user, &named(WITH_JOBS), true).await.ok()).await;
    let (code, reason, message) = try_create(&user, &named("jane"), true).await.unwrap_err();
    assert_eq!((code, reason.as_str()), (403, "Forbidden"));
    assert!(message.contains("leave it out"), "{message}");
    unbind(&place, EXECUTIONS).await;
    place.namespace.delete().await.unwrap();
}

/// A role cannot limit a create to a name or a type; what it allows to read would then be another account's token.
#[tokio::test]
async fn the_webhook_creates_its_own_secret_alone() {
    let place = Place::new("secrets").await;
    let user = format!("system:serviceaccount:{}:gene-webhook", place.name());
    let group = "rbac.authorization.k8s.io";
    let rules = json!([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]}]);
    let role = json!({"apiVersion": format!("{group}/v1"), "kind": "Role", "metadata": {"name": "w"}, "rules": rules});
    let binding = json!({
        "apiVersion": format!("{group}/v1"), "kind": "RoleBinding", "metadata": {"name": "w"},
        "roleRef": {"apiGroup": group, "kind": "Role", "name": "w"},
        "subjects": [{"kind": "ServiceAccount", "name": "gene-webhook", "namespace": place.name()}],
    });
    for (kind, object) in [("Role", role), ("RoleBinding", binding)] {
        let api = resources::api(&place.client, place.name(), group, "v1", kind);
        api.create(&PostParams::default(), &resources::object(object)).await.unwrap();
    }
    let policy = format!("gene-webhook-secret-{}", place.name());
    for object in documents("base/webhook/secret-policy.yaml") {
        // The namespace stands in the selector and in the account's name.
        let text = object.to_string().replace("kubegene-system", place.name());
        let text = text.replace("\"gene-webhook-secret\"", &format!("\"{policy}\""));
        create(&place.client, serde_json::from_str(&text).unwrap()).await;
    }
    let secrets = resources::api(&client_as(&user).await, place.name(), "", "v1", "Secret");
    let secret = |name: &str, kind: &str| {
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": kind,
            "metadata": {"name": name, "annotations": {"kubernetes.io/service-account.name": "default"}},
        })
    };
    let good = secret("gene-webhook-ca", "Opaque");
    until("the rights to hold", async || try_create(&secrets, &good, true).await.ok()).await;
    let other = secret("other", "Opaque");
    until("the policy to hold", async || try_create(&secrets, &other, true).await.err()).await;
    for (name, kind) in [("other", "Opaque"), ("gene-webhook-ca", "kubernetes.io/service-account-token")] {
        let (code, _, message) = try_create(&secrets, &secret(name, kind), true).await.unwrap_err();
        assert_eq!(code, 403);
        assert!(message.contains("the webhook may create one Secret, \"gene-webhook-ca\""), "{message}");
    }
    try_create(&secrets, &good, true).await.unwrap();
    remove(&place, &policy).await;
    place.namespace.delete().await.unwrap();
}

/// Where the configurations are there and nobody answers, no Execution gets in; without them, the policies decide.
#[tokio::test]
async fn with_nobody_to_ask_every_execution_is_refused() {
    let place = Place::new("nobody").await;
    let api = place.executions();
    let mut names = Vec::new();
    for file in ["mutating", "validating"] {
        let mut object = documents(&format!("base/configurations/{file}.yaml")).remove(0);
        let name = format!("gene-webhook-{}", place.name());
        object["metadata"]["name"] = json!(name);
        object["webhooks"][0]["namespaceSelector"] =
            json!({"matchLabels": {"kubernetes.io/metadata.name": place.name()}});
        object["webhooks"][0]["clientConfig"]["service"]["name"] = json!("gene-webhook-that-is-not-there");
        names.push((object["kind"].as_str().unwrap().to_owned(), name));
        create(&place.client, object).await;
    }
    let wgs = execution("wgs", &json!({"tasks": [task("a")]}));
    let (_, _, message) = until("the refusal", async || try_create(&api, &wgs, true).await.err()).await;
    assert!(message.contains("failed calling webhook \"mutate.execution.kubegene.io\""), "{message}");
    for (kind, name) in names {
        let resource = kube::api::ApiResource::from_gvk(&kube::core::GroupVersionKind::gvk(
            "admissionregistration.k8s.io",
            "v1",
            &kind,
        ));
        let api: Api<DynamicObject> = Api::all_with(place.client.clone(), &resource);
        api.delete(&name, &kube::api::DeleteParams::default()).await.unwrap();
    }
    until("the way in", async || try_create(&api, &wgs, true).await.ok()).await;
    place.namespace.delete().await.unwrap();
}
