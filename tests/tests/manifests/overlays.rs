//! The overlays, as kustomize makes them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::place::{base, built, find, one, string};

type Names = BTreeSet<(String, String)>;

fn names(objects: &[Value]) -> Names {
    objects.iter().map(|object| (string(&object["kind"]), string(&object["metadata"]["name"]))).collect()
}

fn set(names: &[(&str, &str)]) -> Names {
    names.iter().map(|(kind, name)| ((*kind).to_owned(), (*name).to_owned())).collect()
}

/// What an overlay has beyond the base, and what it lacks of it.
fn differences(overlay: &[Value]) -> (Names, Names) {
    let (base, overlay) = (names(&base()), names(overlay));
    (&overlay - &base, &base - &overlay)
}

#[test]
fn kustomize_makes_of_the_base_what_lies_there() {
    let Some(made) = built(".") else { return };
    assert_eq!(made.len(), base().len());
    for there in base() {
        let (kind, name) = (string(&there["kind"]), string(&there["metadata"]["name"]));
        assert!(normal(one(&made, &kind, &name)) == normal(there), "{kind} {name}");
    }
    // kubectl sorts by kind; what would refuse Executions that nobody judges yet is last there too.
    let last: Vec<String> = made[made.len() - 2..].iter().map(|object| string(&object["kind"])).collect();
    assert!(last.iter().all(|kind| kind.ends_with("WebhookConfiguration")), "{last:?}");
}

/// Numbers lose a zero behind the point in kustomize.
fn normal(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.into_iter().map(normal).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, normal(value))).collect(),
        other => other,
    }
}

#[test]
fn without_job_check_lacks_that_policy_alone() {
    let Some(objects) = built("overlays/without-job-check") else { return };
    let name = "gene-executions-may-create-jobs";
    let expected = set(&[("ValidatingAdmissionPolicy", name), ("ValidatingAdmissionPolicyBinding", name)]);
    assert_eq!(differences(&objects), (Names::new(), expected));
}

#[test]
fn prometheus_adds_what_collects_from_both_programs() {
    let Some(objects) = built("overlays/prometheus") else { return };
    let added = set(&[("PodMonitor", "kubegene"), ("PrometheusRule", "kubegene")]);
    assert_eq!(differences(&objects), (added, Names::new()));
    let monitor = one(&objects, "PodMonitor", "kubegene");
    let wanted = &monitor["spec"]["selector"]["matchLabels"];
    for name in ["gene-controller", "gene-webhook"] {
        let deployment = one(&objects, "Deployment", name);
        let labels = &deployment["spec"]["template"]["metadata"]["labels"];
        assert!(wanted.as_object().unwrap().iter().all(|(key, value)| &labels[key] == value), "{name}");
        let ports = deployment["spec"]["template"]["spec"]["containers"][0]["ports"].as_array().unwrap();
        let port = &monitor["spec"]["podMetricsEndpoints"][0]["port"];
        assert!(ports.iter().any(|known| &known["name"] == port), "{name}");
    }
}

/// Certificates come as files: no right is left, no token, no way out.
fn has_files_instead_of_rights(objects: &[Value]) {
    let deployment = one(objects, "Deployment", "gene-webhook");
    let pod = &deployment["spec"]["template"]["spec"];
    assert_eq!(pod["automountServiceAccountToken"], false);
    assert_eq!(pod["volumes"][0]["secret"]["secretName"], "gene-webhook-tls");
    let container = &pod["containers"][0];
    assert_eq!(container["volumeMounts"], json!([{"name": "tls", "mountPath": "/tls", "readOnly": true}]));
    let args: Vec<String> = serde_json::from_value(container["args"].clone()).unwrap();
    assert!(args.contains(&"--tls-dir=/tls".to_owned()), "{args:?}");
    assert!(!args.iter().any(|arg| arg.starts_with("--secret") || arg.contains("$(")), "{args:?}");
    let network = one(objects, "NetworkPolicy", "gene-webhook");
    assert_eq!(network["spec"]["policyTypes"], json!(["Ingress", "Egress"]));
    assert_eq!(network["spec"]["egress"], Value::Null);
    for kind in ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"] {
        assert_eq!(find(objects, kind, "gene-webhook"), None, "{kind}");
    }
}

#[test]
fn with_cert_manager_the_webhook_has_no_rights() {
    let Some(objects) = built("overlays/cert-manager") else { return };
    has_files_instead_of_rights(&objects);
    for kind in ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"] {
        let annotations = &one(&objects, kind, "gene-webhook")["metadata"]["annotations"];
        assert_eq!(annotations["cert-manager.io/inject-ca-from"], "kubegene-system/gene-webhook");
    }
    let certificate = one(&objects, "Certificate", "gene-webhook");
    assert_eq!(certificate["spec"]["dnsNames"], json!(["gene-webhook.kubegene-system.svc"]));
    assert_eq!(certificate["spec"]["secretName"], "gene-webhook-tls");
    let (added, _) = differences(&objects);
    assert_eq!(added.len(), 4, "{added:?}");
}

#[test]
fn namespaced_is_split_by_who_may_apply_it() {
    let (Some(admin), Some(app)) = (built("overlays/namespaced/admin"), built("overlays/namespaced/app"))
    else {
        return;
    };
    has_files_instead_of_rights(&app);
    // What the role "edit" of Kubernetes may create.
    let allowed = ["NetworkPolicy", "PodDisruptionBudget", "Deployment", "Service"];
    for object in &app {
        assert!(allowed.contains(&object["kind"].as_str().unwrap()), "{}", object["kind"]);
        assert_eq!(object["metadata"]["namespace"], "kubegene");
    }
    let controller = one(&app, "Deployment", "gene-controller");
    let args = &controller["spec"]["template"]["spec"]["containers"][0]["args"];
    assert_eq!(args[0], "--namespace=$(POD_NAMESPACE)");

    for object in &admin {
        let kind = object["kind"].as_str().unwrap();
        let is_namespaced = ["ServiceAccount", "Role", "RoleBinding"].contains(&kind);
        let namespace = if is_namespaced { json!("kubegene") } else { Value::Null };
        assert_eq!(object["metadata"]["namespace"], namespace, "{kind}");
        assert_ne!(kind, "ClusterRoleBinding");
    }
    for kind in ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"] {
        let configuration = one(&admin, kind, "gene-webhook");
        let webhook = &configuration["webhooks"][0];
        assert_eq!(webhook["clientConfig"]["service"]["namespace"], "kubegene");
        let expected = json!({"matchLabels": {"kubernetes.io/metadata.name": "kubegene"}});
        assert_eq!(webhook["namespaceSelector"], expected);
    }
    // Together they have what the base has, but for the namespace and the rights that nobody needs any more.
    let missing = &names(&base()) - &(&names(&admin) | &names(&app));
    let expected = set(&[
        ("Namespace", "kubegene-system"),
        ("NetworkPolicy", "kubegene-default-deny"),
        ("ClusterRole", "gene-controller"),
        ("ClusterRoleBinding", "gene-controller"),
        ("ClusterRole", "gene-webhook"),
        ("ClusterRoleBinding", "gene-webhook"),
        ("Role", "gene-webhook"),
        ("RoleBinding", "gene-webhook"),
        ("ValidatingAdmissionPolicy", "gene-webhook-secret"),
        ("ValidatingAdmissionPolicyBinding", "gene-webhook-secret"),
    ]);
    assert_eq!(missing, expected);
}
