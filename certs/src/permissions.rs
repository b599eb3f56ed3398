//! What a replica of the webhook asks of the API server for its certificates: every call that [`crate::keep`] makes, and
//! none besides. The rules of the manifests are this table; a test compares them.

/// Where a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// In the webhook's own namespace, for objects of any name: a create cannot be limited to one.
    OwnNamespace,
    /// In the webhook's own namespace, for [`crate::settings::SECRET`] alone.
    OwnSecret,
    /// Outside namespaces, for [`crate::settings::WEBHOOK`] alone.
    OwnConfigurations,
}

/// One resource, and what is done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Where it holds.
    pub scope: Scope,
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// In the plural.
    pub resource: &'static str,
    /// The verbs of RBAC, in the order in which they stand in the manifest.
    pub verbs: &'static [&'static str],
}

/// All rules.
pub const RULES: &[Rule] = &[
    Rule { scope: Scope::OwnNamespace, group: "", resource: "secrets", verbs: &["create"] },
    Rule { scope: Scope::OwnSecret, group: "", resource: "secrets", verbs: &["get", "update"] },
    Rule {
        scope: Scope::OwnConfigurations,
        group: "admissionregistration.k8s.io",
        resource: "validatingwebhookconfigurations",
        verbs: &["get", "patch"],
    },
    Rule {
        scope: Scope::OwnConfigurations,
        group: "admissionregistration.k8s.io",
        resource: "mutatingwebhookconfigurations",
        verbs: &["get", "patch"],
    },
];

/// Whether a call is in the table.
pub fn allows(group: &str, resource: &str, verb: &str) -> bool {
    RULES.iter().any(|rule| rule.group == group && rule.resource == resource && rule.verbs.contains(&verb))
}
