//! What of an Execution may change, held by the webhook, and by the policies where no webhook is asked.

use serde_json::{Value, json};

use super::{
    request::{Answer, Patch, Requester},
    rules::user,
    scene::{Scene, Unasked, cyclic, execution},
};
use crate::cluster::until;

const SUBMITTED_BY: &str = gene_types::names::ANNOTATION_SUBMITTED_BY;

/// One with every field of a spec that there is.
fn full(name: &str) -> Value {
    execution(
        name,
        &json!({
            "failurePolicy": "Continue",
            "startOn": "PodSucceeded",
            "activeDeadlineSeconds": 60,
            "retry": {"limit": 1},
            "nodeSelector": {"a": "b"},
            "tolerations": [{"key": "k", "operator": "Exists"}],
            "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
            "template": {"spec": {"hostname": "h"}},
            "tasks": [
                {"name": "trim", "image": "trim:1", "commands": ["echo a"], "description": "d"},
                {"name": "align", "image": "bwa:1", "commands": ["echo b"], "dependents": [{"target": "trim"}],
                 "env": [{"name": "A", "value": "b"}], "workingDir": "/data", "parallelism": 1,
                 "resources": {"cpu": 0.5, "memory": "4G"}},
            ],
        }),
    )
}

/// A change of the spec, as a function of it.
type Change = (&'static str, fn(&mut Value), Verdict);

enum Verdict {
    Allowed,
    /// The webhook's field and what it says at least; what the policy says at least.
    Refused(&'static str, &'static str, &'static str),
}

use Verdict::{Allowed, Refused};

#[expect(clippy::too_many_lines, reason = "a table")]
fn changes() -> Vec<Change> {
    vec![
        ("nothing", |_| {}, Allowed),
        (
            "defaults left out",
            |spec| {
                for task in spec["tasks"].as_array_mut().unwrap() {
                    task.as_object_mut().unwrap().remove("type");
                }
            },
            Allowed,
        ),
        ("suspended", |spec| spec["suspend"] = json!(true), Allowed),
        ("bounded", |spec| spec["parallelism"] = json!(7), Allowed),
        ("cancelled", |spec| spec["cancel"] = json!(true), Allowed),
        ("retried", |spec| spec["retryGeneration"] = json!(1), Allowed),
        (
            "another image",
            |spec| spec["tasks"][1]["image"] = json!("bwa:2"),
            Refused("spec.tasks[1].image", "align", "align"),
        ),
        (
            "another command",
            |spec| spec["tasks"][0]["commands"][0] = json!("echo z"),
            Refused("spec.tasks[0].commands[0]", "trim", "trim"),
        ),
        (
            "another name",
            |spec| spec["tasks"][0]["name"] = json!("cut"),
            Refused("spec.tasks[0].name", "trim", "cut"),
        ),
        (
            "another type",
            |spec| spec["tasks"][0]["type"] = json!("Spark"),
            Refused("spec.tasks[0].type", "trim", "trim"),
        ),
        (
            "another description",
            |spec| spec["tasks"][0]["description"] = json!("e"),
            Refused("spec.tasks[0].description", "trim", "trim"),
        ),
        (
            "no dependents",
            |spec| spec["tasks"][1]["dependents"] = json!([]),
            Refused("spec.tasks[1].dependents", "align", "align"),
        ),
        (
            "another parallelism of a task",
            |spec| spec["tasks"][1]["parallelism"] = json!(2),
            Refused("spec.tasks[1].parallelism", "align", "align"),
        ),
        (
            "a task more",
            |spec| {
                let task = json!({"name": "more", "image": "u:1", "commands": ["x"]});
                spec["tasks"].as_array_mut().unwrap().push(task);
            },
            Refused("spec.tasks[2]", "more", "more"),
        ),
        (
            "a task fewer",
            |spec| {
                spec["tasks"].as_array_mut().unwrap().pop();
            },
            Refused("spec.tasks", "align", "align"),
        ),
        (
            "tasks in another order",
            |spec| spec["tasks"].as_array_mut().unwrap().reverse(),
            Refused("spec.tasks[0]", "align", ""),
        ),
        (
            "another failurePolicy",
            |spec| spec["failurePolicy"] = json!("Abort"),
            Refused("spec.failurePolicy", "", "failurePolicy"),
        ),
        (
            "another startOn",
            |spec| spec["startOn"] = json!("JobComplete"),
            Refused("spec.startOn", "", "startOn"),
        ),
        (
            "another deadline",
            |spec| spec["activeDeadlineSeconds"] = json!(61),
            Refused("spec.activeDeadlineSeconds", "", "activeDeadlineSeconds"),
        ),
        (
            "no deadline",
            |spec| {
                spec.as_object_mut().unwrap().remove("activeDeadlineSeconds");
            },
            Refused("spec.activeDeadlineSeconds", "", "activeDeadlineSeconds"),
        ),
        ("another retry", |spec| spec["retry"]["limit"] = json!(2), Refused("spec.retry.limit", "", "retry")),
        (
            "another nodeSelector",
            |spec| spec["nodeSelector"]["a"] = json!("c"),
            Refused("spec.nodeSelector.a", "", "nodeSelector"),
        ),
        (
            "other tolerations",
            |spec| spec["tolerations"] = json!([]),
            Refused("spec.tolerations", "", "tolerations"),
        ),
        (
            "another affinity",
            |spec| spec["affinity"] = json!({}),
            Refused("spec.affinity.nodeAffinity", "", "affinity"),
        ),
        (
            "another template",
            |spec| spec["template"]["spec"]["hostname"] = json!("i"),
            Refused("spec.template.spec.hostname", "", "template"),
        ),
    ]
}

#[tokio::test]
async fn the_webhook_lets_nothing_change_that_must_not() {
    let scene = Scene::new("updates").await;
    check(&scene.admin, Held::ByWebhook).await;
    scene.remove().await;
}

/// Nothing but the configurations says that a webhook is asked: without them it is as if there never was one.
#[tokio::test]
async fn policies_alone_let_nothing_change_that_must_not() {
    let scene = Unasked::new("policies").await;
    check(&scene.admin, Held::ByPolicy).await;
    scene.remove().await;
}

async fn check(admin: &Requester, held: Held) {
    admin.create(&full("full")).await.admitted();
    check_changes(admin, held).await;
    check_steering(admin, held).await;
    check_submitted_by(admin, held).await;
    check_metadata(admin).await;
    check_deletion(admin).await;
    check_server_side_apply(admin, held).await;
}

/// Who refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    ByWebhook,
    ByPolicy,
}

async fn check_changes(admin: &Requester, held: Held) {
    for (about, change, verdict) in changes() {
        let mut object = admin.get("full").await;
        change(&mut object["spec"]);
        let answer = admin.try_replace("full", &object).await;
        match verdict {
            Allowed => assert!(answer.is_admitted(), "{held:?}, {about}: {}", answer.message()),
            Refused(field, says, policy_says) => refused(held, about, &answer, field, says, policy_says),
        }
    }
}

fn refused(held: Held, about: &str, answer: &Answer, field: &str, says: &str, policy_says: &str) {
    assert_eq!(answer.code, 422, "{held:?}, {about}: {}", answer.message());
    let message = answer.message();
    match held {
        Held::ByWebhook => {
            let causes = answer.causes();
            let is_said = causes.iter().any(|cause| {
                cause.field == field && cause.reason == "FieldValueForbidden" && cause.message.contains(says)
            });
            assert!(is_said, "{about}: {causes:#?}");
        }
        Held::ByPolicy => {
            assert!(message.contains("ValidatingAdmissionPolicy"), "{about}: {message}");
            assert!(message.contains(policy_says), "{about}: {message}");
        }
    }
}

/// `cancel` and `retryGeneration` go one way, save that a retry takes a cancel back.
async fn check_steering(admin: &Requester, held: Held) {
    let name = "steered";
    admin.create(&full(name)).await.admitted();
    let steps = [
        (json!({"suspend": true, "parallelism": 3}), None),
        (json!({"suspend": null, "parallelism": null}), None),
        (json!({"retryGeneration": 2}), None),
        (json!({"retryGeneration": 1}), Some("retryGeneration")),
        (json!({"retryGeneration": null}), Some("retryGeneration")),
        (json!({"cancel": true}), None),
        (json!({"cancel": false}), Some("cancel")),
        (json!({"cancel": null}), Some("cancel")),
        (json!({"suspend": true}), None),
        // What "kubectl gene retry" sends.
        (json!({"cancel": null, "retryGeneration": 3}), None),
    ];
    for (patch, fault) in steps {
        let answer = admin.merge(name, &json!({"spec": patch})).await;
        match fault {
            None => assert!(answer.is_admitted(), "{held:?}, {patch}: {}", answer.message()),
            Some(field) => refused(held, &patch.to_string(), &answer, &format!("spec.{field}"), "", field),
        }
    }
    let spec = admin.get(name).await["spec"].take();
    assert_eq!((&spec["cancel"], &spec["retryGeneration"]), (&Value::Null, &json!(3)), "{held:?}");
    admin.delete(name).await.admitted();
}

/// The requester is recorded by admission, and by nobody else.
async fn check_submitted_by(admin: &Requester, held: Held) {
    let user = user(admin).await;
    let name = "whose";
    let mut forged = execution(name, &json!({}));
    forged["metadata"]["annotations"] = json!({SUBMITTED_BY: "somebody-else"});
    let answer = admin.create(&forged).await;
    let recorded = match held {
        Held::ByWebhook => {
            let object = answer.admitted();
            assert_eq!(object["metadata"]["annotations"][SUBMITTED_BY], json!(user));
            json!(user)
        }
        Held::ByPolicy => {
            assert_eq!(answer.code, 403, "{}", answer.message());
            assert!(answer.message().contains(SUBMITTED_BY), "{}", answer.message());
            let object = admin.create(&execution(name, &json!({}))).await.admitted();
            assert_eq!(object["metadata"]["annotations"][SUBMITTED_BY], Value::Null);
            Value::Null
        }
    };
    for value in [json!("somebody-else"), json!(null), json!("")] {
        let patch = json!({"metadata": {"annotations": {SUBMITTED_BY: value, "mine": "1"}}});
        let answer = admin.merge(name, &patch).await;
        let is_change = value != recorded;
        match held {
            Held::ByWebhook => {
                let object = answer.admitted();
                assert_eq!(object["metadata"]["annotations"][SUBMITTED_BY], recorded, "{value}");
                assert_eq!(object["metadata"]["annotations"]["mine"], "1");
            }
            // Empty is as good as absent.
            Held::ByPolicy if is_change && value != json!("") => {
                assert_eq!(answer.code, 403, "{value}: {}", answer.message());
            }
            Held::ByPolicy => assert!(answer.is_admitted(), "{value}: {}", answer.message()),
        }
    }
    admin.delete(name).await.admitted();
}

/// Labels, annotations, finalizers and owners are anybody's who may write; a status is not looked at.
async fn check_metadata(admin: &Requester) {
    let name = "marked";
    admin.create(&full(name)).await.admitted();
    let owner = admin.get("full").await;
    let owner = json!({"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": "full", "uid": owner["metadata"]["uid"]});
    for metadata in [
        json!({"labels": {"a": "b"}}),
        json!({"labels": null}),
        json!({"annotations": {"a": "b"}}),
        json!({"finalizers": ["example.org/wait"]}),
        json!({"finalizers": null}),
        json!({"ownerReferences": [owner]}),
        json!({"ownerReferences": null}),
    ] {
        admin.merge(name, &json!({"metadata": metadata})).await.admitted();
    }
    let status = json!({"status": {"phase": "Running", "progress": "0/2"}});
    admin.merge(&format!("{name}/status"), &status).await.admitted();
    let object = admin.get(name).await;
    assert_eq!(object["status"]["phase"], "Running");
    assert_eq!(object["metadata"]["generation"], 1, "the spec is the same");
    admin.delete(name).await.admitted();
}

/// What is being deleted can always lose its finalizers.
async fn check_deletion(admin: &Requester) {
    let name = "leaving";
    let mut object = full(name);
    object["metadata"]["finalizers"] = json!(["example.org/wait", "example.org/too"]);
    admin.create(&object).await.admitted();
    admin.delete(name).await.admitted();
    let finalizers = |list: Value| json!({"metadata": {"finalizers": list}});
    admin.merge(name, &finalizers(json!(["example.org/too"]))).await.admitted();
    // Whatever else changes with them.
    let mut object = admin.get(name).await;
    assert!(object["metadata"]["deletionTimestamp"].is_string());
    object["metadata"]["finalizers"] = json!([]);
    object["spec"]["tasks"][0]["image"] = json!("another:1");
    admin.replace(name, &object).await.admitted();
    until("its end", || async { (admin.try_get(name).await.code == 404).then_some(()) }).await;
}

/// Server-side apply: twice the same, of two managers, with a change that is allowed and one that is not.
async fn check_server_side_apply(admin: &Requester, held: Held) {
    let name = "applied";
    let apply = async |object: &Value, manager: &str| {
        admin.patch(name, Patch::Apply, object, &format!("fieldManager={manager}")).await
    };
    let mut object = full(name);
    assert_eq!(apply(&object, "one").await.code, 201);
    let first = apply(&object, "one").await.admitted();
    assert_eq!(first["metadata"]["generation"], 1);
    // The list is one value, so that another manager agrees only with all of it.
    assert_eq!(apply(&object, "two").await.code, 409);
    let mut complete = object.clone();
    gene_types::default::apply(&mut complete);
    apply(&complete, "two").await.admitted();
    object["spec"]["parallelism"] = json!(4);
    let second = admin.patch(name, Patch::Apply, &object, "fieldManager=one&force=true").await.admitted();
    assert_eq!(second["metadata"]["generation"], 2);
    let steering =
        json!({"apiVersion": object["apiVersion"], "kind": object["kind"], "spec": {"suspend": true}});
    let steered = apply(&steering, "three").await.admitted();
    assert_eq!(steered["spec"]["tasks"], second["spec"]["tasks"]);
    object["spec"]["tasks"][1]["image"] = json!("bwa:2");
    let query = "fieldManager=one&force=true";
    let answer = admin.patch(name, Patch::Apply, &object, query).await;
    refused(held, "server-side apply", &answer, "spec.tasks[1].image", "align", "align");
    admin.delete(name).await.admitted();
}

/// What was stored while nobody looked can be labelled, suspended, cancelled and deleted, and not be made another.
#[tokio::test]
async fn what_was_stored_before_a_rule_can_still_be_handled() {
    let scene = Scene::over("stored", &[cyclic("cyclic"), too_many("wide")]).await;
    let admin = &scene.admin;
    for name in ["cyclic", "wide"] {
        admin.merge(name, &json!({"metadata": {"labels": {"a": "b"}}})).await.admitted();
        admin.merge(name, &json!({"spec": {"suspend": true}})).await.admitted();
        admin.merge(name, &json!({"spec": {"cancel": true}})).await.admitted();
        admin.merge(&format!("{name}/status"), &json!({"status": {"phase": "Error"}})).await.admitted();
        let mut object = admin.get(name).await;
        object["spec"]["tasks"][0]["image"] = json!("another:1");
        let answer = admin.replace(name, &object).await;
        refused(Held::ByWebhook, name, &answer, "spec.tasks[0].image", "a", "");
        admin.delete(name).await.admitted();
    }
    scene.remove().await;
}

/// More vertices than a cluster bears.
fn too_many(name: &str) -> Value {
    let task = json!({"name": "a", "image": "u:1", "commandsIter": {"command": "x", "count": 100_001}});
    execution(name, &json!({"tasks": [task]}))
}
