//! What a server says of an Execution, as faults at paths.

mod path;

use gene_types::field::{FieldError, FieldErrorKind, FieldPath};
use kube::core::{Status, response::StatusCause};

use path::parse;

/// What stands before the reason of a policy of the cluster.
const DENIED: &str = " denied request: ";
/// What stands before that of an admission webhook.
const DENIED_BY_WEBHOOK: &str = " denied the request: ";
/// What stands before fields that the installed schema does not know.
const STRICT: &str = "strict decoding error: ";

/// The faults of a refusal, where at least one of them names a place; else the refusal is best read in words.
pub fn faults(status: &Status) -> Vec<FieldError> {
    if ![400, 403, 422].contains(&status.code) {
        return Vec::new();
    }
    let faults: Vec<FieldError> = if let Some((_, unknown)) = status.message.split_once(STRICT) {
        unknown.split(", ").filter_map(undecoded).collect()
    } else {
        let causes = status.details.iter().flat_map(|details| &details.causes);
        let causes: Vec<FieldError> = causes.map(caused).collect();
        if causes.iter().any(is_placed) { causes } else { vec![denied(&status.message)] }
    };
    if faults.iter().any(is_placed) { faults } else { Vec::new() }
}

/// Whether a policy or a webhook refused, which look at the object and not only at who asks.
pub fn is_of_admission(status: &Status) -> bool {
    [DENIED, DENIED_BY_WEBHOOK].iter().any(|denied| status.message.contains(denied))
}

/// A warning as a fault at a place, where it names one.
pub fn warned(warning: &str) -> FieldError {
    match leading_path(warning) {
        Some((path, said)) => fault(path, FieldErrorKind::Invalid, said),
        None => FieldError::new(FieldPath::root(), FieldErrorKind::Invalid, warning),
    }
}

fn is_placed(fault: &FieldError) -> bool {
    !fault.path.segments().is_empty()
}

fn caused(cause: &StatusCause) -> FieldError {
    if matches!(cause.field.as_str(), "" | "<nil>") {
        return denied(&cause.message);
    }
    let path = parse(&cause.field);
    let kind = match cause.reason.as_str() {
        _ if cause.message.starts_with("Unknown field") => FieldErrorKind::Unknown,
        "FieldValueRequired" => FieldErrorKind::Required,
        "FieldValueNotSupported" => FieldErrorKind::NotSupported,
        "FieldValueNotFound" => FieldErrorKind::NotFound,
        "FieldValueDuplicate" => FieldErrorKind::Duplicate,
        "FieldValueForbidden" => FieldErrorKind::Forbidden,
        "FieldValueTooLong" => FieldErrorKind::TooLong,
        "FieldValueTooMany" => FieldErrorKind::TooMany,
        "FieldValueTypeInvalid" => FieldErrorKind::TypeInvalid,
        _ => FieldErrorKind::Invalid,
    };
    let said = without_kind(&cause.message);
    // The schema's words repeat the path: `spec.tasks[0].image in body must be of type string`.
    match said.strip_prefix(&format!("{} in body ", cause.field)) {
        Some(rest) => {
            let name = cause.field.rsplit('.').next().unwrap_or_default();
            fault(path, kind, &format!("{name} {rest}"))
        }
        None => fault(path, kind, said),
    }
}

/// A policy's words, or those of whoever else names no field by itself.
fn denied(message: &str) -> FieldError {
    let said = message.split_once(DENIED).map_or(message, |(_, said)| said);
    match leading_path(said) {
        Some((path, said)) => fault(path, FieldErrorKind::Forbidden, said),
        None => FieldError::new(FieldPath::root(), FieldErrorKind::Forbidden, message),
    }
}

/// `unknown field "spec.tasks[0].imagee"`
fn undecoded(said: &str) -> Option<FieldError> {
    let (what, quoted) = said.split_once(" field \"")?;
    let field = quoted.split('"').next()?;
    let message = format!("the server refuses this: {what} field {field:?}");
    let help = "install this version's Executions: kubectl apply --server-side -k manifests";
    Some(FieldError::new(parse(field), FieldErrorKind::Unknown, message).help(help))
}

/// The last `; ` stands before the remedy.
fn fault(path: FieldPath, kind: FieldErrorKind, said: &str) -> FieldError {
    match said.rsplit_once("; ") {
        Some((message, help)) if !message.is_empty() && !help.is_empty() => {
            FieldError::new(path, kind, message).help(help)
        }
        _ => FieldError::new(path, kind, said),
    }
}

/// Without apimachinery's kind of fault and value, where something is said after them.
fn without_kind(message: &str) -> &str {
    const KINDS: [&str; 9] = [
        "Required value",
        "Invalid value",
        "Unsupported value",
        "Not found",
        "Duplicate value",
        "Forbidden",
        "Too long",
        "Too many",
        "Unknown field",
    ];
    let Some(rest) = KINDS.iter().find_map(|kind| message.strip_prefix(kind)?.strip_prefix(": ")) else {
        return message;
    };
    let said = after_value(rest).unwrap_or(rest);
    // Alone, a list of what is supported does not say what is wrong.
    if said.is_empty() || said.starts_with("supported values: ") || rest.starts_with('"') && said == rest {
        message
    } else {
        said
    }
}

/// What follows a value that is shown as text, number, list or object.
fn after_value(text: &str) -> Option<&str> {
    let end = if let Some(quoted) = text.strip_prefix('"') {
        let mut escaped = false;
        let end = quoted.char_indices().find(|(_, character)| {
            let ends = *character == '"' && !escaped;
            escaped = *character == '\\' && !escaped;
            ends
        })?;
        end.0 + 2
    } else {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
        values.next()?.ok()?;
        values.byte_offset()
    };
    text.get(end..)?.strip_prefix(": ")
}

/// `spec.tasks[0].image: …`
fn leading_path(text: &str) -> Option<(FieldPath, &str)> {
    let (path, said) = text.split_once(": ")?;
    let begins = ["spec", "metadata"].iter().any(|root| {
        path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    });
    (begins && !path.contains(' ')).then(|| (parse(path), said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_faults_at_paths() {
        let cause = |reason: &str, field: &str, message: &str| serde_json::json!({"reason": reason, "field": field, "message": message});
        let status = |code: u16, message: &str, causes: &[serde_json::Value]| -> Status {
            serde_json::from_value(serde_json::json!({"code": code, "status": "Failure", "message": message,
                "reason": "Invalid", "details": {"name": "wgs", "causes": causes}}))
            .unwrap()
        };
        let cycle = "Invalid value: \"a: \\\"b\": dependents form a cycle; remove one";
        let typed =
            "Invalid value: \"integer\": spec.tasks[0].image in body must be of type string: \"integer\"";
        let told = [
            cause("FieldValueInvalid", "spec.tasks[1].dependents[0].target", cycle),
            cause("FieldValueTypeInvalid", "spec.tasks[0].image", typed),
            cause("FieldValueRequired", "spec.tasks[0].name", "Required value"),
            cause("", "<nil>", "some validation rules were not checked"),
        ];
        let policy = "executions \"wgs\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: spec.tasks: cannot change; submit another";
        let strict = "Execution in version \"v1alpha1\" cannot be handled: strict decoding error: unknown field \"spec.tasks[0].imagee\", unknown field \"spec.x\"";
        let strict_said = |field: &str| {
            format!(
                "{field}: the server refuses this: unknown field \"{field}\"; install this version's Executions: kubectl apply --server-side -k manifests"
            )
        };
        let cases: [(Status, Vec<String>); 6] = [
            (
                status(422, "x is invalid: []", &told),
                vec![
                    "spec.tasks[1].dependents[0].target: dependents form a cycle; remove one".to_owned(),
                    "spec.tasks[0].image: image must be of type string: \"integer\"".to_owned(),
                    "spec.tasks[0].name: Required value".to_owned(),
                    "some validation rules were not checked".to_owned(),
                ],
            ),
            (status(422, policy, &[]), vec!["spec.tasks: cannot change; submit another".to_owned()]),
            (status(400, strict, &[]), vec![strict_said("spec.tasks[0].imagee"), strict_said("spec.x")]),
            (status(403, "exceeded quota: q, requested: count/executions=1", &[]), vec![]),
            (status(409, "x", &told), vec![]),
            (status(422, "no", &[cause("", "", "no")]), vec![]),
        ];
        for (status, expected) in cases {
            let shown: Vec<String> = faults(&status).iter().map(ToString::to_string).collect();
            assert_eq!(shown, expected, "{}", status.message);
        }
    }
}
