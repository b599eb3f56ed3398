//! What a Workflow says of all its tasks at once.

use serde_json::{Map, Value, json};

use super::{
    super::{
        budget::Stop,
        items::filled,
        retry,
        scope::{Parameters, Scope},
    },
    Expansion,
};

/// Fields that an Execution has too.
const AS_THEY_ARE: [&str; 5] = ["parallelism", "suspend", "nodeSelector", "tolerations", "affinity"];

/// Fields of the specification of a pod, by their names in a Workflow.
const OF_THE_PODS: [(&str, &str); 10] = [
    ("serviceAccountName", "serviceAccountName"),
    ("imagePullSecrets", "imagePullSecrets"),
    ("securityContext", "securityContext"),
    ("hostNetwork", "hostNetwork"),
    ("hostAliases", "hostAliases"),
    ("dnsPolicy", "dnsPolicy"),
    ("dnsConfig", "dnsConfig"),
    ("schedulerName", "schedulerName"),
    ("podPriorityClassName", "priorityClassName"),
    ("automountServiceAccountToken", "automountServiceAccountToken"),
];

impl Expansion<'_, '_> {
    /// Fills the Execution's `spec` but for its tasks.
    pub(super) fn whole(&mut self) -> Result<(), Stop> {
        let spec = &self.workflow.spec;
        let none = Parameters::new();
        let scope = Scope { globals: &self.globals, inputs: &none, item: None };
        let (budget, notes) = (&mut self.budget, &mut *self.notes);
        let mut whole = Map::new();
        for key in AS_THEY_ARE {
            if let Some(value) = spec.get(key) {
                whole.insert(key.to_owned(), filled(value, &scope, &spec.at(key), budget, notes)?);
            }
        }
        let mut pods = Map::new();
        for (key, name) in OF_THE_PODS {
            if let Some(value) = spec.get(key) {
                pods.insert(name.to_owned(), filled(value, &scope, &spec.at(key), budget, notes)?);
            }
        }
        let mut template = Map::new();
        if let Some(metadata) = spec.get("podMetadata") {
            let metadata = filled(metadata, &scope, &spec.at("podMetadata"), budget, notes)?;
            template.insert("metadata".to_owned(), metadata);
        }
        if !pods.is_empty() {
            template.insert("spec".to_owned(), Value::Object(pods));
        }
        if !template.is_empty() {
            whole.insert("template".to_owned(), Value::Object(template));
        }
        // Argo starts nothing again by itself.
        let retry = retry::of(spec, &scope, budget, notes)?;
        whole.insert("retry".to_owned(), retry.unwrap_or_else(|| json!({"limit": 0})));
        if let Some(seconds) = retry::duration(spec, "activeDeadlineSeconds", &scope, budget, notes)? {
            whole.insert("activeDeadlineSeconds".to_owned(), seconds.into());
        }
        self.spec = whole;
        Ok(())
    }
}
