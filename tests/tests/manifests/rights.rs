//! Rights: those of our pods are the calls that the code makes; those of people are added to the roles they have.

use gene_controller::permissions::{LEASE, RULES, Rule, Scope};
use serde_json::{Value, json};

use crate::place::{NAMESPACE, base, built, one, text};

/// A rule of RBAC.
fn as_manifest(rule: &Rule) -> Value {
    let mut manifest = json!({"apiGroups": [rule.group], "resources": [rule.resource], "verbs": rule.verbs});
    if rule.scope == Scope::OwnLease {
        manifest["resourceNames"] = json!([LEASE]);
    }
    manifest
}

fn rules(is_wanted: fn(Scope) -> bool) -> Value {
    RULES.iter().filter(|rule| is_wanted(rule.scope)).map(as_manifest).collect()
}

#[test]
fn rights_are_the_calls_that_the_controller_makes() {
    let objects = base();
    let of = |kind: &str| one(&objects, kind, "gene-controller")["rules"].clone();
    assert_eq!(of("ClusterRole"), rules(|scope| scope == Scope::Cluster));
    assert_eq!(of("Role"), rules(|scope| scope != Scope::Cluster));
}

/// For reviews it makes no calls; these are for its certificates.
#[test]
fn rights_of_the_webhook_are_of_its_certificates_alone() {
    let objects = base();
    let of = |kind: &str| one(&objects, kind, "gene-webhook")["rules"].clone();
    assert_eq!(
        of("ClusterRole"),
        json!([{
            "apiGroups": ["admissionregistration.k8s.io"],
            "resources": ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
            "resourceNames": ["gene-webhook"],
            "verbs": ["get", "patch"],
        }])
    );
    assert_eq!(
        of("Role"),
        json!([
            {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]},
            {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["gene-webhook-ca"], "verbs": ["get", "update"]},
        ])
    );
}

#[test]
fn rights_are_bound_to_the_accounts_of_the_pods() {
    let objects = base();
    for name in ["gene-controller", "gene-webhook"] {
        let deployment = one(&objects, "Deployment", name);
        assert_eq!(deployment["spec"]["template"]["spec"]["serviceAccountName"], name);
        assert_eq!(one(&objects, "ServiceAccount", name)["automountServiceAccountToken"], false);
        for (kind, role) in [("ClusterRoleBinding", "ClusterRole"), ("RoleBinding", "Role")] {
            let binding = one(&objects, kind, name);
            let subject = json!({"kind": "ServiceAccount", "name": name, "namespace": NAMESPACE});
            assert_eq!(binding["subjects"], json!([subject]), "{kind}");
            assert_eq!(binding["roleRef"]["kind"], role);
            assert_eq!(binding["roleRef"]["name"], name);
        }
    }
}

#[test]
fn a_namespaced_controller_has_the_same_rights_there_alone() {
    let Some(admin) = built("overlays/namespaced/admin") else { return };
    assert_eq!(one(&admin, "Role", "gene-controller")["rules"], rules(|_| true));
}

/// A role that holds less for more people would be a surprise.
#[test]
fn each_role_of_people_has_what_the_one_before_has() {
    let objects = base();
    let may = |role: &str| -> Vec<(String, String, String)> {
        let rules = one(&objects, "ClusterRole", role)["rules"].as_array().unwrap().clone();
        let list = |rule: &Value, field: &str| -> Vec<String> {
            serde_json::from_value(rule[field].clone()).unwrap()
        };
        let mut all = Vec::new();
        for rule in &rules {
            for group in list(rule, "apiGroups") {
                for resource in list(rule, "resources") {
                    all.extend(
                        list(rule, "verbs").into_iter().map(|verb| (group.clone(), resource.clone(), verb)),
                    );
                }
            }
        }
        all
    };
    let roles = ["view", "edit", "admin"];
    for role in roles {
        let labels = one(&objects, "ClusterRole", &format!("gene-{role}"))["metadata"]["labels"].clone();
        assert_eq!(labels[format!("rbac.authorization.k8s.io/aggregate-to-{role}")], "true");
        for (group, resource, verb) in may(&format!("gene-{role}")) {
            assert!(!resource.ends_with("/status") || verb == "get", "{role} may {verb} {resource}{group}");
        }
    }
    for pair in roles.windows(2) {
        let (less, more) = (may(&format!("gene-{}", pair[0])), may(&format!("gene-{}", pair[1])));
        for right in less {
            assert!(more.contains(&right), "{} lacks {right:?}", pair[1]);
        }
    }
}

#[test]
fn every_rule_of_the_controller_is_explained() {
    let page = text("docs/install.md");
    let section =
        page.split("\n## What the controller may do\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows: Vec<(&str, &str)> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('|'))
        .map(|(resource, rest)| {
            (resource.trim().trim_end_matches('`'), rest.split('|').next().unwrap().trim())
        })
        .collect();
    let expected = RULES.iter().map(|rule| {
        let group = if rule.group.is_empty() { String::new() } else { format!(".{}", rule.group) };
        let (resource, part) = rule
            .resource
            .split_once('/')
            .map_or((rule.resource, String::new()), |(whole, part)| (whole, format!("/{part}")));
        (format!("{resource}{group}{part}"), rule.verbs.join(", "))
    });
    let rows: Vec<_> =
        rows.iter().map(|(resource, verbs)| ((*resource).to_owned(), (*verbs).to_owned())).collect();
    assert_eq!(rows, expected.collect::<Vec<_>>());
}

#[test]
fn every_object_is_explained() {
    let page = text("docs/install.md");
    for object in base() {
        let name = crate::place::string(&object["metadata"]["name"]);
        assert!(
            page.contains(&format!("`{name}`")),
            "docs/install.md does not tell what {} \"{name}\" is for",
            object["kind"]
        );
    }
}
