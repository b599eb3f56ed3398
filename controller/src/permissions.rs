//! What the controller asks of the API server: every call that it makes, and none besides. The rules in
//! `manifests/base/controller/rbac.yaml` are this table, and docs/install.md explains them; a test compares all three.

/// The Lease by which one replica is elected, in the controller's own namespace.
pub const LEASE: &str = "gene-controller";

/// Where a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// In every namespace: wherever there may be Executions.
    Cluster,
    /// In the controller's own namespace, for objects of any name.
    OwnNamespace,
    /// In the controller's own namespace, for [`LEASE`] alone.
    OwnLease,
}

/// One resource, and what is done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Where it holds.
    pub scope: Scope,
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// In the plural, with its subresource: `pods/log`.
    pub resource: &'static str,
    /// The verbs of RBAC, in the order in which they stand in the manifest.
    pub verbs: &'static [&'static str],
}

/// All rules. A create cannot be limited to a name, as the API server does not know it when it asks for permission.
pub const RULES: &[Rule] = &[
    cluster("execution.kubegene.io", "executions", &["get", "list", "watch"]),
    cluster("execution.kubegene.io", "executions/status", &["patch"]),
    // Asked by the admission plugin OwnerReferencesPermissionEnforcement of whoever creates an object whose owner
    // reference has blockOwnerDeletion; nothing is ever sent there.
    cluster("execution.kubegene.io", "executions/finalizers", &["update"]),
    cluster("batch", "jobs", &["create", "get", "list", "watch", "delete"]),
    cluster("", "pods", &["get", "list", "watch"]),
    cluster("", "pods/log", &["get"]),
    cluster("", "configmaps", &["get", "create"]),
    cluster("events.k8s.io", "events", &["create"]),
    Rule { scope: Scope::OwnNamespace, group: "coordination.k8s.io", resource: "leases", verbs: &["create"] },
    Rule {
        scope: Scope::OwnLease,
        group: "coordination.k8s.io",
        resource: "leases",
        verbs: &["get", "update"],
    },
];

/// Whether a call is in the table.
pub fn allows(group: &str, resource: &str, verb: &str) -> bool {
    RULES.iter().any(|rule| rule.group == group && rule.resource == resource && rule.verbs.contains(&verb))
}

const fn cluster(group: &'static str, resource: &'static str, verbs: &'static [&'static str]) -> Rule {
    Rule { scope: Scope::Cluster, group, resource, verbs }
}
