//! The answers of an API server that say no, with the codes, reasons and words of the real one.

use serde_json::{Value, json};

use super::resource::Resource;

/// A `Status` of kind Failure.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The HTTP status code.
    pub code: u16,
    /// `reason`, as clients match it.
    pub reason: &'static str,
    /// `message`, for people.
    pub message: String,
    /// `details`; `Null` for none.
    pub details: Value,
}

impl Refusal {
    /// A refusal without details.
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: Value::Null }
    }

    fn about(self, resource: Resource, name: &str) -> Self {
        let mut details = json!({"kind": resource.plural()});
        if !name.is_empty() {
            details["name"] = json!(name);
        }
        if !resource.group().is_empty() {
            details["group"] = json!(resource.group());
        }
        Self { details, ..self }
    }

    /// 404 for an object.
    pub fn not_found(resource: Resource, name: &str) -> Self {
        Self::new(404, "NotFound", format!("{} \"{name}\" not found", resource.qualified()))
            .about(resource, name)
    }

    /// 404 for a path that is not served.
    pub fn no_such_path() -> Self {
        Self {
            details: json!({}),
            ..Self::new(404, "NotFound", "the server could not find the requested resource")
        }
    }

    /// 405.
    pub fn wrong_verb() -> Self {
        let message = "the server does not allow this method on the requested resource";
        Self { details: json!({}), ..Self::new(405, "MethodNotAllowed", message) }
    }

    /// 409 for a name that is taken; `terminating`: by an object that is being deleted.
    pub fn already_exists(resource: Resource, name: &str, terminating: bool) -> Self {
        let prefix = if terminating { "object is being deleted: " } else { "" };
        let message = format!("{prefix}{} \"{name}\" already exists", resource.qualified());
        Self::new(409, "AlreadyExists", message).about(resource, name)
    }

    /// 409 for a precondition that does not hold.
    pub fn conflict(resource: Resource, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", resource.qualified());
        Self::new(409, "Conflict", message).about(resource, name)
    }

    /// 409 for a resourceVersion that is not the current one.
    pub fn modified(resource: Resource, name: &str) -> Self {
        let why =
            "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(resource, name, why)
    }

    /// 422 with one cause for each `(field, what is wrong)`; the latter begins as the real ones do
    /// (`Invalid value: …`, `Required value: …`, `Forbidden: …`).
    pub fn invalid(resource: Resource, name: &str, causes: &[(String, String)]) -> Self {
        let list: Vec<String> = causes.iter().map(|(field, body)| format!("{field}: {body}")).collect();
        let words = match list.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let message = format!("{} \"{name}\" is invalid: {words}", resource.qualified_kind());
        let causes: Vec<Value> = causes
            .iter()
            .map(|(field, body)| json!({"reason": cause_type(body), "message": body, "field": field}))
            .collect();
        let mut refusal = Self::new(422, "Invalid", message).about(resource, name);
        refusal.details["kind"] = json!(resource.kind());
        refusal.details["causes"] = json!(causes);
        refusal
    }

    /// 400.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 410: what was asked for is older than what is kept.
    pub fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    /// The body.
    pub fn to_json(&self) -> Value {
        let mut status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
        });
        if !self.details.is_null() {
            status["details"] = self.details.clone();
        }
        status
    }
}

fn cause_type(body: &str) -> &'static str {
    match body.split(':').next() {
        Some("Required value") => "FieldValueRequired",
        Some("Forbidden") => "FieldValueForbidden",
        Some("Unsupported value") => "FieldValueNotSupported",
        Some("Too many") => "FieldValueTooMany",
        Some("Too long") => "FieldValueTooLong",
        _ if body.contains("in body must be of type") => "FieldValueTypeInvalid",
        _ => "FieldValueInvalid",
    }
}
