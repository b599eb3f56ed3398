//! Deleting, and what becomes of what is owned.

use serde_json::{Value, json};

use crate::talk::{MERGE_PATCH, Talk, config_map, execution, owned_by, refusal, version};

fn options(policy: &str) -> Value {
    json!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": policy})
}

async fn owner_and_dependent(talk: &Talk) -> (Value, Value) {
    let owner = talk.create("executions", &execution("owner")).await;
    let mut body = config_map("dependent");
    body["metadata"]["ownerReferences"] = owned_by(&owner);
    let dependent = talk.create("configmaps", &body).await;
    (owner, dependent)
}

pub async fn a_deletion_for_another_uid_is_a_conflict(talk: &Talk) {
    let created = talk.create("executions", &execution("a")).await;
    let uid = created["metadata"]["uid"].as_str().unwrap();
    let of = |uid: &str| json!({"preconditions": {"uid": uid}, "propagationPolicy": "Background"});
    let answer = talk.delete("executions/a", &of("another")).await;
    let (code, reason, message) = refusal(&answer);
    assert_eq!((code, reason), (409, "Conflict"));
    let expected = format!(
        "the UID in the precondition (another) does not match the UID in record ({uid}). The object might have been deleted and then recreated"
    );
    assert!(message.ends_with(&expected), "{message}");
    assert_eq!(talk.get("executions/a").await.0, 200);
    assert_eq!(talk.delete("executions/a", &of(uid)).await.0, 200);
    assert_eq!(talk.get("executions/a").await.0, 404);
}

pub async fn a_deletion_of_another_version_is_a_conflict(talk: &Talk) {
    let created = talk.create("configmaps", &config_map("a")).await;
    let of = |version: &str| json!({"preconditions": {"resourceVersion": version}});
    let (_, patched) = talk.patch("configmaps/a", MERGE_PATCH, &json!({"data": {"a": "2"}})).await;
    let answer = talk.delete("configmaps/a", &of(version(&created))).await;
    let (code, reason, message) = refusal(&answer);
    assert_eq!((code, reason), (409, "Conflict"));
    assert!(message.contains("the ResourceVersion in the precondition"), "{message}");
    assert_eq!(talk.delete("configmaps/a", &of(version(&patched))).await.0, 200);
}

pub async fn a_deletion_says_what_it_deleted(talk: &Talk) {
    let created = talk.create("executions", &execution("a")).await;
    let (code, status) = talk.delete("executions/a", &options("Background")).await;
    assert_eq!((code, &status["kind"], &status["status"]), (200, &json!("Status"), &json!("Success")));
    let uid = &created["metadata"]["uid"];
    let details = json!({"name": "a", "group": "execution.kubegene.io", "kind": "executions", "uid": uid});
    assert_eq!(status["details"], details);
    talk.create("configmaps", &config_map("b")).await;
    let (_, status) = talk.delete("configmaps/b", &Value::Null).await;
    assert_eq!(status["details"]["kind"], "configmaps");
    talk.create("configmaps", &config_map("b")).await;
    let answer = talk.delete("configmaps/b", &options("Sometime")).await;
    assert_eq!((answer.0, &answer.1["reason"]), (422, &json!("Invalid")), "{}", answer.1);
}

pub async fn an_owner_takes_its_dependents_with_it(talk: &Talk) {
    owner_and_dependent(talk).await;
    talk.delete("executions/owner", &options("Background")).await;
    assert_eq!(talk.get("executions/owner").await.0, 404, "the owner goes at once");
    talk.until_gone("configmaps/dependent").await;
}

pub async fn an_owner_in_the_foreground_goes_last(talk: &Talk) {
    let (owner, dependent) = owner_and_dependent(talk).await;
    let hold = json!({"metadata": {"finalizers": ["kubegene.io/test"]}});
    talk.patch("configmaps/dependent", MERGE_PATCH, &hold).await;
    let (code, marked) = talk.delete("executions/owner", &options("Foreground")).await;
    assert_eq!(code, 200);
    assert_eq!(marked["kind"], "Execution");
    assert_eq!(marked["metadata"]["finalizers"], json!(["foregroundDeletion"]));
    assert!(marked["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(marked["metadata"]["deletionGracePeriodSeconds"], 0);
    assert_eq!(marked["metadata"]["generation"], 2);
    let is_marked = |found: &Value| found["metadata"]["deletionTimestamp"].is_string();
    let held = talk.until("configmaps/dependent", "being deleted", is_marked).await;
    assert_eq!(held["metadata"]["uid"], dependent["metadata"]["uid"]);
    let (code, waiting) = talk.get("executions/owner").await;
    assert_eq!((code, &waiting["metadata"]["uid"]), (200, &owner["metadata"]["uid"]));
    let (code, _) =
        talk.patch("executions/owner/status", MERGE_PATCH, &json!({"status": {"phase": "Failed"}})).await;
    assert_eq!(code, 200, "its status can be written while it waits");
    talk.patch("configmaps/dependent", MERGE_PATCH, &json!({"metadata": {"finalizers": null}})).await;
    talk.until_gone("executions/owner").await;
    assert_eq!(talk.get("configmaps/dependent").await.0, 404);
}

pub async fn orphans_stay(talk: &Talk) {
    owner_and_dependent(talk).await;
    talk.delete("executions/owner", &options("Orphan")).await;
    talk.until_gone("executions/owner").await;
    let (code, dependent) = talk.get("configmaps/dependent").await;
    assert_eq!(code, 200);
    assert!(dependent["metadata"].get("ownerReferences").is_none(), "{dependent}");
}

pub async fn a_dependent_of_nobody_is_collected(talk: &Talk) {
    let mut owner = talk.create("executions", &execution("owner")).await;
    owner["metadata"]["uid"] = json!("00000000-0000-4000-8000-000000000000");
    let mut body = config_map("dependent");
    body["metadata"]["ownerReferences"] = owned_by(&owner);
    talk.create("configmaps", &body).await;
    talk.until_gone("configmaps/dependent").await;
    assert_eq!(talk.get("executions/owner").await.0, 200, "the name alone makes no owner");
}

pub async fn a_finalizer_holds_an_object(talk: &Talk) {
    let mut body = execution("a");
    body["metadata"]["finalizers"] = json!(["kubegene.io/test"]);
    talk.create("executions", &body).await;
    let (code, marked) = talk.delete("executions/a", &options("Background")).await;
    assert_eq!((code, &marked["metadata"]["finalizers"]), (200, &json!(["kubegene.io/test"])));
    let (code, again) = talk.delete("executions/a", &options("Background")).await;
    assert_eq!((code, version(&again)), (200, version(&marked)));
    let (_, gone) = talk.patch("executions/a", MERGE_PATCH, &json!({"metadata": {"finalizers": []}})).await;
    assert_eq!(gone["metadata"]["uid"], marked["metadata"]["uid"]);
    assert_eq!(talk.get("executions/a").await.0, 404);
}
