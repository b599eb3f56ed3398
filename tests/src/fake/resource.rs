//! The resources that the fake serves, and in what they differ.

/// A resource of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// `executions.execution.kubegene.io`
    Executions,
    /// `jobs.batch`
    Jobs,
    /// `pods`
    Pods,
    /// `configmaps`
    ConfigMaps,
    /// `leases.coordination.k8s.io`
    Leases,
    /// `events.events.k8s.io`
    Events,
    /// `namespaces`
    Namespaces,
}

impl Resource {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Executions,
        Self::Jobs,
        Self::Pods,
        Self::ConfigMaps,
        Self::Leases,
        Self::Events,
        Self::Namespaces,
    ];

    /// The API group; empty for the core group.
    pub fn group(self) -> &'static str {
        match self {
            Self::Executions => "execution.kubegene.io",
            Self::Jobs => "batch",
            Self::Pods | Self::ConfigMaps | Self::Namespaces => "",
            Self::Leases => "coordination.k8s.io",
            Self::Events => "events.k8s.io",
        }
    }

    /// The version that is served.
    pub fn version(self) -> &'static str {
        if self == Self::Executions { "v1alpha1" } else { "v1" }
    }

    /// `apiVersion` of its objects.
    pub fn api_version(self) -> String {
        if self.group().is_empty() {
            self.version().to_owned()
        } else {
            format!("{}/{}", self.group(), self.version())
        }
    }

    /// The name in paths.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Executions => "executions",
            Self::Jobs => "jobs",
            Self::Pods => "pods",
            Self::ConfigMaps => "configmaps",
            Self::Leases => "leases",
            Self::Events => "events",
            Self::Namespaces => "namespaces",
        }
    }

    /// `kind` of its objects.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Executions => "Execution",
            Self::Jobs => "Job",
            Self::Pods => "Pod",
            Self::ConfigMaps => "ConfigMap",
            Self::Leases => "Lease",
            Self::Events => "Event",
            Self::Namespaces => "Namespace",
        }
    }

    /// As messages name it: `jobs.batch`, `pods`.
    pub fn qualified(self) -> String {
        qualify(self.plural(), self.group())
    }

    /// As messages about invalid objects name it: `Job.batch`, `Pod`.
    pub fn qualified_kind(self) -> String {
        qualify(self.kind(), self.group())
    }

    /// Whether its objects live in a namespace.
    pub fn is_namespaced(self) -> bool {
        self != Self::Namespaces
    }

    /// Whether `status` is written through `/status` alone.
    pub fn has_status(self) -> bool {
        matches!(self, Self::Executions | Self::Jobs | Self::Pods)
    }

    /// Whether `metadata.generation` is kept.
    pub fn has_generation(self) -> bool {
        self.has_status()
    }

    /// Whether an update without a resourceVersion is taken.
    pub fn may_update_unconditionally(self) -> bool {
        !matches!(self, Self::Executions | Self::Leases)
    }

    /// Whether a `PUT` of what does not exist creates it.
    pub fn may_create_on_update(self) -> bool {
        matches!(self, Self::Leases | Self::Events)
    }

    /// Whether a delete that says nothing about dependents leaves them: batch/v1 keeps this for old clients.
    pub fn orphans_by_default(self) -> bool {
        self == Self::Jobs
    }

    /// The resource that an owner reference means.
    pub fn of_owner(api_version: &str, kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.kind() == kind && r.api_version() == api_version)
    }

    /// The resource at `group`, `version`, `plural` of a path.
    pub fn of_path(group: &str, version: &str, plural: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.group() == group && r.version() == version && r.plural() == plural)
    }
}

fn qualify(name: &str, group: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{name}.{group}") }
}
