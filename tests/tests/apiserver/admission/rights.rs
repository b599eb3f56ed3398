//! Who may create Executions: whoever may create Jobs.

use serde_json::{Value, json};

use super::{
    installed::{Behind, Installed},
    probe::free_port,
    request::Requester,
    scene::{Scene, cyclic, execution},
};
use crate::cluster::{Place, until};

/// May do all that there is to do with Executions, and nothing with Jobs.
const WITHOUT_JOBS: &str = "without-jobs";
/// May create Jobs too.
const WITH_JOBS: &str = "with-jobs";

/// Roles in the namespace for both.
async fn grant(place: &Place) {
    let admin = Requester::new(&place.client, place.name());
    let executions =
        json!({"apiGroups": ["execution.kubegene.io"], "resources": ["executions"], "verbs": ["*"]});
    let jobs = json!({"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create"]});
    let group = "rbac.authorization.k8s.io";
    let path = format!("/apis/{group}/v1/namespaces/{}", place.name());
    for (user, rules) in [(WITHOUT_JOBS, json!([executions])), (WITH_JOBS, json!([executions, jobs]))] {
        let metadata = json!({"name": user});
        let role = json!({"apiVersion": format!("{group}/v1"), "kind": "Role", "metadata": metadata, "rules": rules});
        admin.create_at(&format!("{path}/roles"), &role).await.admitted();
        let binding = json!({
            "apiVersion": format!("{group}/v1"),
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": group, "kind": "Role", "name": user},
            "subjects": [{"apiGroup": group, "kind": "User", "name": user}],
        });
        admin.create_at(&format!("{path}/rolebindings"), &binding).await.admitted();
        let requester = admin.as_user(user);
        // The authorizer learns of it by a watch.
        until("rights", || async { (requester.try_get("nothing").await.code == 404).then_some(()) }).await;
    }
}

#[tokio::test]
async fn whoever_may_not_create_jobs_cannot_by_way_of_an_execution() {
    let scene = Scene::new("rights").await;
    grant(&scene.place).await;
    check(&scene.place, true).await;
    let scene = scene.without_webhook().await;
    check(&scene.place, false).await;
    scene.remove().await;
}

async fn check(place: &Place, has_webhook: bool) {
    let admin = Requester::new(&place.client, place.name());
    let (with, without) = (admin.as_user(WITH_JOBS), admin.as_user(WITHOUT_JOBS));
    let refused = without.create(&execution("run", &json!({}))).await;
    assert_eq!(refused.code, 403, "{}", refused.message());
    for says in [WITHOUT_JOBS, "jobs.batch", place.name(), "ask for a role"] {
        assert!(refused.message().contains(says), "{says}: {}", refused.message());
    }
    assert_eq!(admin.try_get("run").await.code, 404);
    let made = with.create(&execution("run", &json!({}))).await.admitted();
    let recorded = &made["metadata"]["annotations"][gene_types::names::ANNOTATION_SUBMITTED_BY];
    assert_eq!(*recorded, if has_webhook { json!(WITH_JOBS) } else { Value::Null });

    // What starts nothing is allowed to both, what starts more to one.
    for (spec, starts_more) in [
        (json!({"suspend": true}), false),
        (json!({"suspend": false}), true),
        (json!({"suspend": true, "parallelism": 1}), true),
        (json!({"cancel": true}), false),
        (json!({"cancel": null, "retryGeneration": 1}), true),
    ] {
        let patch = json!({"spec": spec});
        let answer = without.merge("run", &patch).await;
        let expected = if starts_more { 403 } else { 200 };
        assert_eq!(answer.code, expected, "{patch}: {}", answer.message());
        with.merge("run", &patch).await.admitted();
    }
    without.merge("run", &json!({"metadata": {"labels": {"a": "b"}}})).await.admitted();
    without.delete("run").await.admitted();
}

/// The configurations are there, and nobody answers: no Execution is created or changed, and all else goes on.
#[tokio::test]
async fn without_a_webhook_that_answers_no_execution_is_admitted_and_nothing_else_is_touched() {
    let place = Place::new("nobody").await;
    let admin = Requester::new(&place.client, place.name());
    admin.create(&execution("before", &json!({}))).await.admitted();
    let port = free_port();
    let behind = Behind { mutate: port, validate: port };
    let configurations = Installed::configurations(&place.client, place.name(), behind).await;
    let good = execution("good", &json!({}));
    until("a refusal", || async { (!admin.try_create(&good).await.is_admitted()).then_some(()) }).await;
    for document in [&good, &cyclic("bad")] {
        let answer = admin.create(document).await;
        assert_eq!(answer.code, 500, "{}", answer.message());
        assert!(answer.message().contains("mutate.execution.kubegene.io"), "{}", answer.message());
    }
    let answer = admin.merge("before", &json!({"spec": {"suspend": true}})).await;
    assert_eq!(answer.code, 500, "{}", answer.message());

    // The controller goes on: neither status nor Jobs are asked about.
    let status = json!({"status": {"phase": "Running"}});
    admin.merge("before/status", &status).await.admitted();
    let namespace = place.name();
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "map"}, "data": {}});
    admin.create_at(&format!("/api/v1/namespaces/{namespace}/configmaps"), &map).await.admitted();
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "job"}, "spec": {
        "suspend": true,
        "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "busybox:1.37"}]}},
    }});
    admin.create_at(&format!("/apis/batch/v1/namespaces/{namespace}/jobs"), &job).await.admitted();
    admin.delete("before").await.admitted();
    // Executions elsewhere are none of this configuration's.
    let other = Place::new("elsewhere").await;
    Requester::new(&place.client, other.name()).create(&good).await.admitted();

    configurations.delete();
    for place in [place, other] {
        place.namespace.delete().await.unwrap();
    }
}
