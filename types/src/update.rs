//! What may change in an Execution that is there: `suspend`, `parallelism`, `cancel`, `retryGeneration`, and nothing
//! else of its spec.
//!
//! It is judged on raw JSON, so that fields which this version does not know cannot change either, and it judges
//! only what changed: an object that was stored before a rule existed can still be labelled, suspended and
//! deleted. Metadata is not looked at.

mod difference;
mod tasks;

use serde_json::{Map, Value};

use crate::{
    field::{Faults, FieldError, FieldErrorKind, FieldPath, Shown},
    shape,
};
use difference::{Difference, Part, differing, locate, same};

/// The fields of a spec that may change at any time.
pub const MUTABLE: [&str; 4] = ["suspend", "parallelism", "cancel", "retryGeneration"];

/// Every change that is not allowed, bounded in number. Both objects are as the API server has them; their defaults
/// count. Of an Execution that is being deleted every change is allowed, or its finalizers could not be removed.
pub fn check(old: &Value, new: &Value) -> Vec<FieldError> {
    let mut faults = Faults::default();
    let metadata = [old, new].map(|object| &object["metadata"]["deletionTimestamp"]);
    if !metadata.iter().all(|deleted| deleted.is_null()) {
        return faults.into_vec();
    }
    let subject = Subject { name: new["metadata"]["name"].as_str().unwrap_or_default() };
    let (from, to) = (old.get("spec"), new.get("spec"));
    match (from, to) {
        (Some(Value::Object(from)), Some(Value::Object(to))) => check_spec(from, to, &subject, &mut faults),
        _ if same(Part::Spec, from, to) => {}
        _ => {
            let path = FieldPath::root().key("spec");
            let change = Difference { path, old: from, new: to };
            faults.push(subject.changed(&change, "the spec of an Execution cannot be changed: it"));
        }
    }
    faults.into_vec()
}

fn check_spec(
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    subject: &Subject<'_>,
    faults: &mut Faults,
) {
    let at = FieldPath::root().key("spec");
    for field in differing(Part::Spec, old, new, |field| field != "tasks") {
        let (from, to) = (Part::Spec.value(old, field), Part::Spec.value(new, field));
        if MUTABLE.contains(&field) {
            check_mutable(field, from, to, (old, new), subject, faults);
        } else {
            let change = locate(Part::Spec.field(field), at.key(field), from, to);
            let what = format!("{field} of an Execution cannot be changed: it");
            faults.push(subject.changed(&change, &what));
        }
    }
    match (Part::Spec.value(old, "tasks"), Part::Spec.value(new, "tasks")) {
        (Some(Value::Array(old)), Some(Value::Array(new))) => tasks::check(old, new, subject, faults),
        (old, new) if same(Part::Typed, old, new) => {}
        (old, new) => {
            let change = Difference { path: at.key("tasks"), old, new };
            faults.push(subject.changed(&change, "the tasks of an Execution cannot be changed: they"));
        }
    }
}

/// A field that may change, and did: whether to this value.
fn check_mutable(
    field: &str,
    from: Option<&Value>,
    to: Option<&Value>,
    (old, new): (&Map<String, Value>, &Map<String, Value>),
    subject: &Subject<'_>,
    faults: &mut Faults,
) {
    if let Some(to) = to {
        let misshapen = shape::check_field(field, to);
        if !misshapen.is_empty() {
            for fault in misshapen {
                faults.push(fault);
            }
            return;
        }
    }
    let at = FieldPath::root().key("spec").key(field);
    let generation =
        |spec: &Map<String, Value>| spec.get("retryGeneration").and_then(whole).unwrap_or_default();
    let (was, is) = (generation(old), generation(new));
    match field {
        "cancel" if from == Some(&Value::Bool(true)) && is <= was => {
            let help = format!(
                "\"kubectl gene retry {}\" runs once more what was cancelled or failed: it takes cancel back as it raises retryGeneration",
                subject.name
            );
            let message = "an Execution that was cancelled stays cancelled";
            faults.push(FieldError::new(at, FieldErrorKind::Forbidden, message).help(help));
        }
        "retryGeneration" if is < was => {
            let message = format!("retryGeneration may only grow: it was {was} and would be {is}");
            let help = format!("leave it at {was}, or write {} to retry what failed", was.saturating_add(1));
            faults.push(FieldError::new(at, FieldErrorKind::Forbidden, message).help(help));
        }
        _ => {}
    }
}

/// A whole number, however it is written.
fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        let float = value.as_f64().filter(|float| float.fract() == 0.0)?;
        #[expect(clippy::cast_possible_truncation, reason = "it is whole, and the cast saturates")]
        let whole = float as i64;
        Some(whole)
    })
}

/// The Execution that is to be changed.
struct Subject<'a> {
    name: &'a str,
}

impl Subject<'_> {
    /// The refusal of a change from one value to another. `what` begins the message: `task "align" cannot be changed:
    /// image`.
    fn changed(&self, change: &Difference<'_>, what: &str) -> FieldError {
        let was = if what.ends_with("they") { "were" } else { "was" };
        let old = change.old.map_or_else(|| "not set".to_owned(), |value| Shown::from(value).to_string());
        let new = change.new.map_or_else(|| "gone".to_owned(), |value| Shown::from(value).to_string());
        self.forbidden(change.path.clone(), format!("{what} {was} {old} and would be {new}"))
    }

    fn forbidden(&self, at: FieldPath, message: String) -> FieldError {
        let help = match self.name {
            "" => "submit it under another name".to_owned(),
            name => format!(
                "submit it under another name, like \"kubectl gene submit FILE --name {}\", or delete {name:?} and submit it again",
                next_name(name)
            ),
        };
        FieldError::new(at, FieldErrorKind::Forbidden, message).help(help)
    }
}

/// A name like this one: `wgs-2` after `wgs`, `wgs-3` after that.
fn next_name(name: &str) -> String {
    let numbered = name.rsplit_once('-').and_then(|(stem, number)| Some((stem, number.parse::<u32>().ok()?)));
    match numbered {
        Some((stem, number)) if !stem.is_empty() && number < 1_000 => format!("{stem}-{}", number + 1),
        _ => format!("{name}-2"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_name_is_offered() {
        for (name, expected) in [
            ("wgs", "wgs-2"),
            ("wgs-2", "wgs-3"),
            ("wgs-x", "wgs-x-2"),
            ("-1", "-1-2"),
            ("run-20260131", "run-20260131-2"),
            ("run-99999999999", "run-99999999999-2"),
        ] {
            assert_eq!(next_name(name), expected);
        }
    }
}
