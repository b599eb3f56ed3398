//! What a real API server refuses and what matters here: names, labels, Jobs that cannot be, fields that may not change.

use serde_json::Value;

use super::{object, refusal::Refusal, resource::Resource, schema};

type Causes = Vec<(String, String)>;

const LABEL_RULE: &str = "must be no more than 63 bytes";

/// Checks an object that is about to be created.
pub fn created(resource: Resource, object: &Value) -> Result<(), Refusal> {
    let mut causes = Causes::new();
    check_name(resource, object, &mut causes);
    check_metadata(object, &mut causes);
    if resource == Resource::Jobs {
        check_job(object, &mut causes);
    }
    if resource == Resource::Executions && causes.is_empty() {
        schema::check(object)?;
    }
    finish(resource, object, &causes)
}

/// Checks a change of an object.
pub fn updated(resource: Resource, old: &Value, new: &Value) -> Result<(), Refusal> {
    let mut causes = Causes::new();
    check_metadata(new, &mut causes);
    if object::uid(new) != object::uid(old) {
        let body = format!("Invalid value: \"{}\": field is immutable", object::uid(new));
        causes.push(("metadata.uid".to_owned(), body));
    }
    match resource {
        Resource::Executions if causes.is_empty() => schema::check(new)?,
        Resource::Jobs => {
            for field in ["template", "selector", "completions", "completionMode"] {
                if old["spec"][field] != new["spec"][field] {
                    let body = format!("Invalid value: {}: field is immutable", new["spec"][field]);
                    causes.push((format!("spec.{field}"), body));
                }
            }
        }
        Resource::ConfigMaps if old["immutable"] == true => {
            let why = "Forbidden: field is immutable when `immutable` is set";
            for field in ["immutable", "data", "binaryData"] {
                if old[field] != new[field] {
                    causes.push((field.to_owned(), why.to_owned()));
                }
            }
        }
        _ => {}
    }
    finish(resource, new, &causes)
}

fn finish(resource: Resource, object: &Value, causes: &Causes) -> Result<(), Refusal> {
    if causes.is_empty() { Ok(()) } else { Err(Refusal::invalid(resource, object::name(object), causes)) }
}

fn check_name(resource: Resource, object: &Value, causes: &mut Causes) {
    let name = object::name(object);
    if name.is_empty() {
        causes.push(("metadata.name".into(), "Required value: name or generateName is required".into()));
        return;
    }
    let is_good = match resource {
        Resource::Namespaces => name.len() <= 63 && is_dns(name) && !name.contains('.'),
        _ => name.len() <= 253 && is_dns(name),
    };
    if !is_good {
        let rule = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
        causes.push(("metadata.name".into(), format!("Invalid value: \"{name}\": {rule}")));
    }
}

fn check_metadata(object: &Value, causes: &mut Causes) {
    check_labels("metadata.labels", object.pointer("/metadata/labels"), causes);
    for (index, owner) in object::owners(object).iter().enumerate() {
        for field in ["apiVersion", "kind", "name", "uid"] {
            if object::text(owner, &format!("/{field}")).is_empty() {
                let path = format!("metadata.ownerReferences[{index}].{field}");
                causes.push((path, "Invalid value: \"\": must not be empty".into()));
            }
        }
    }
}

fn check_labels(path: &str, labels: Option<&Value>, causes: &mut Causes) {
    for (key, value) in labels.and_then(Value::as_object).into_iter().flatten() {
        let Some(value) = value.as_str() else {
            causes.push((path.to_owned(), format!("Invalid value: {value}: must be a string")));
            continue;
        };
        if value.len() > 63 {
            causes.push((path.to_owned(), format!("Invalid value: \"{value}\": {LABEL_RULE}")));
        } else if !is_label_value(value) {
            causes.push((path.to_owned(), format!("Invalid value: \"{value}\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character")));
        }
        let name = key.rsplit('/').next().unwrap_or_default();
        if name.is_empty() || name.len() > 63 || !is_label_value(name) {
            causes.push((path.to_owned(), format!("Invalid value: \"{key}\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character")));
        }
    }
}

fn check_job(job: &Value, causes: &mut Causes) {
    let template = &job["spec"]["template"];
    let labels = template.pointer("/metadata/labels");
    check_labels("spec.template.labels", labels, causes);
    for (key, expected) in [
        ("batch.kubernetes.io/controller-uid", object::uid(job)),
        ("controller-uid", object::uid(job)),
        ("batch.kubernetes.io/job-name", object::name(job)),
        ("job-name", object::name(job)),
    ] {
        let found = labels.and_then(|l| l.get(key)).and_then(Value::as_str).unwrap_or_default();
        if found != expected {
            let body = format!("Invalid value: {{\"{key}\":\"{found}\"}}: must be '{expected}'");
            causes.push(("spec.template.metadata.labels".into(), body));
        }
    }
    let policy = object::text(template, "/spec/restartPolicy");
    if !matches!(policy, "OnFailure" | "Never") {
        let body = if policy.is_empty() {
            "Required value: valid values: \"OnFailure\", \"Never\"".to_owned()
        } else {
            format!("Unsupported value: \"{policy}\": supported values: \"OnFailure\", \"Never\"")
        };
        causes.push(("spec.template.spec.restartPolicy".into(), body));
    }
    for field in ["backoffLimit", "activeDeadlineSeconds", "parallelism", "completions"] {
        if job["spec"][field].as_i64().is_some_and(|n| n < 0) {
            let body = format!("Invalid value: {}: must be greater than or equal to 0", job["spec"][field]);
            causes.push((format!("spec.{field}"), body));
        }
    }
    let containers = template["spec"]["containers"].as_array().map_or(&[][..], Vec::as_slice);
    if containers.is_empty() {
        causes.push(("spec.template.spec.containers".into(), "Required value".into()));
    }
    for (index, container) in containers.iter().enumerate() {
        let path = format!("spec.template.spec.containers[{index}]");
        let name = object::text(container, "/name");
        if name.is_empty() {
            causes.push((format!("{path}.name"), "Required value".into()));
        } else if name.len() > 63 || !is_dns(name) || name.contains('.') {
            causes.push((format!("{path}.name"), format!("Invalid value: \"{name}\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character")));
        }
        if object::text(container, "/image").is_empty() {
            causes.push((format!("{path}.image"), "Required value".into()));
        }
    }
}

fn is_dns(name: &str) -> bool {
    name.split('.').all(|part| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    })
}

fn is_label_value(value: &str) -> bool {
    let is_edge = |c: char| c.is_ascii_alphanumeric();
    value.is_empty()
        || (value.starts_with(is_edge)
            && value.ends_with(is_edge)
            && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
}
