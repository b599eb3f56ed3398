//! Whether two parts of a spec mean the same, and where they do not.
//!
//! What is absent, null or written out as the default is the same, and so are numbers of one value. In what a person
//! gives as plain data (cells, conditions, templates) a null is a value like any other. Whatever is the same here
//! is the same to `planDigest` too.

use std::sync::LazyLock;

use serde_json::{Map, Number, Value};

use crate::{
    default::{DEPENDENCY_TYPE, TASK_TYPE},
    field::FieldPath,
};

/// What a part of a spec is, as far as it matters to what null and absent mean in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Spec,
    Task,
    Iterator,
    Dependents,
    Dependent,
    /// Anything else with fields of a schema.
    Typed,
    /// Plain data.
    Data,
}

/// Where two values differ, as narrow as one place can tell it.
#[derive(Debug)]
pub(super) struct Difference<'a> {
    pub(super) path: FieldPath,
    /// `None`: nothing stands there.
    pub(super) old: Option<&'a Value>,
    pub(super) new: Option<&'a Value>,
}

impl Part {
    pub(super) fn field(self, name: &str) -> Self {
        match (self, name) {
            (Self::Data, _)
            | (Self::Spec, "template")
            | (Self::Task, "template" | "condition")
            | (Self::Iterator, "vars" | "varsIter") => Self::Data,
            (Self::Task, "commandsIter") => Self::Iterator,
            (Self::Task, "dependents") => Self::Dependents,
            _ => Self::Typed,
        }
    }

    fn item(self) -> Self {
        match self {
            Self::Data => Self::Data,
            Self::Dependents => Self::Dependent,
            _ => Self::Typed,
        }
    }

    /// What stands in a field, its default where nothing does.
    pub(super) fn value<'a>(self, fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
        let given = fields.get(name).filter(|value| self == Self::Data || !value.is_null());
        let given = given.filter(|value| {
            !(self == Self::Task && name == "dependents" && value.as_array().is_some_and(Vec::is_empty))
        });
        given.or_else(|| self.default(name))
    }

    fn default(self, name: &str) -> Option<&'static Value> {
        static DEFAULTS: LazyLock<[(Part, &str, Value); 4]> = LazyLock::new(|| {
            [
                (Part::Task, "type", TASK_TYPE.into()),
                (Part::Dependent, "type", DEPENDENCY_TYPE.into()),
                (Part::Spec, "failurePolicy", "FailFast".into()),
                (Part::Spec, "startOn", "JobComplete".into()),
            ]
        });
        let found = DEFAULTS.iter().find(|(part, field, _)| *part == self && *field == name);
        found.map(|(.., value)| value)
    }
}

/// Whether two values mean the same. It goes as deep as the values, which their parser bounds.
pub(super) fn same(part: Part, old: Option<&Value>, new: Option<&Value>) -> bool {
    match (old, new) {
        (None, None) => true,
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            differing(part, old, new, |_| true).next().is_none()
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            let part = part.item();
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same(part, Some(old), Some(new)))
        }
        (Some(Value::Number(old)), Some(Value::Number(new))) => same_number(old, new),
        (Some(old), Some(new)) => old == new,
        _ => false,
    }
}

/// The fields, of those asked for, that do not mean the same: those of the new object first.
pub(super) fn differing<'a>(
    part: Part,
    old: &'a Map<String, Value>,
    new: &'a Map<String, Value>,
    asked: impl Fn(&str) -> bool,
) -> impl Iterator<Item = &'a str> {
    let gone = old.keys().filter(|name| !new.contains_key(*name));
    new.keys().chain(gone).map(String::as_str).filter(move |name| {
        asked(name) && !same(part.field(name), part.value(old, name), part.value(new, name))
    })
}

/// The narrowest place that holds all that differs between two values which do.
pub(super) fn locate<'a>(
    mut part: Part,
    mut path: FieldPath,
    mut old: Option<&'a Value>,
    mut new: Option<&'a Value>,
) -> Difference<'a> {
    loop {
        match (old, new) {
            (Some(Value::Object(from)), Some(Value::Object(to))) => {
                let mut names = differing(part, from, to, |_| true);
                let (Some(name), None) = (names.next(), names.next()) else { break };
                path = path.key(name);
                (old, new) = (part.value(from, name), part.value(to, name));
                part = part.field(name);
            }
            (Some(Value::Array(from)), Some(Value::Array(to))) if from.len() == to.len() => {
                let item = part.item();
                let mut pairs = from.iter().zip(to).enumerate();
                let mut next = || pairs.find(|(_, (old, new))| !same(item, Some(old), Some(new)));
                let (Some((index, pair)), None) = (next(), next()) else { break };
                path = path.index(index);
                (old, new) = (Some(pair.0), Some(pair.1));
                part = item;
            }
            _ => break,
        }
    }
    Difference { path, old, new }
}

/// Whether two numbers have one value: 1 and 1.0. Of whole numbers that a float does not hold exactly only the
/// same writing counts.
fn same_number(old: &Number, new: &Number) -> bool {
    const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
    old == new
        || match (old.as_f64(), new.as_f64()) {
            (Some(old), Some(new)) => old.abs() < EXACT && (old - new).abs() == 0.0,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_means_the_same() {
        let cases = [
            (Part::Task, json!({}), json!({"type": "Job", "env": null, "dependents": []}), true),
            (Part::Task, json!({"type": "Job"}), json!({"type": "Spark"}), false),
            (Part::Task, json!({}), json!({"shell": ["sh", "-c"]}), false),
            (
                Part::Task,
                json!({"dependents": [{"target": "a"}]}),
                json!({"dependents": [{"target": "a", "type": "whole", "onSkipped": null}]}),
                true,
            ),
            (
                Part::Task,
                json!({"dependents": [{"target": "a"}]}),
                json!({"dependents": [{"target": "a", "type": "iterate"}]}),
                false,
            ),
            (Part::Task, json!({"commands": []}), json!({}), false),
            (
                Part::Task,
                json!({"resources": {"cpu": 1}}),
                json!({"resources": {"cpu": 1.0, "memory": null}}),
                true,
            ),
            (Part::Task, json!({"resources": {"cpu": 1}}), json!({"resources": {"cpu": "1"}}), false),
            (
                Part::Task,
                json!({"commandsIter": {"command": "c", "vars": null}}),
                json!({"commandsIter": {"command": "c"}}),
                true,
            ),
            (
                Part::Task,
                json!({"commandsIter": {"vars": [[{"a": null}]]}}),
                json!({"commandsIter": {"vars": [[{}]]}}),
                false,
            ),
            (
                Part::Task,
                json!({"commandsIter": {"vars": [[null]]}}),
                json!({"commandsIter": {"vars": [[]]}}),
                false,
            ),
            (Part::Task, json!({"template": {"spec": null}}), json!({"template": {}}), false),
            (Part::Task, json!({"future": 1}), json!({}), false),
            (
                Part::Spec,
                json!({"startOn": null}),
                json!({"startOn": "JobComplete", "failurePolicy": "FailFast"}),
                true,
            ),
            (Part::Spec, json!({}), json!({"failurePolicy": "Abort"}), false),
            (Part::Data, json!(9_007_199_254_740_993_i64), json!(9_007_199_254_740_992.0), false),
            (Part::Data, json!(u64::MAX), json!(u64::MAX), true),
            (Part::Data, json!(0.0), json!(0), true),
        ];
        for (part, old, new, expected) in cases {
            assert_eq!(same(part, Some(&old), Some(&new)), expected, "{old} {new}");
            assert_eq!(same(part, Some(&new), Some(&old)), expected, "{new} {old}");
        }
    }

    #[test]
    fn the_narrowest_place_is_found() {
        let cases = [
            (json!({"commands": ["a", "b", "c"]}), json!({"commands": ["a", "x", "c"]}), "commands[1]"),
            (json!({"commands": ["a", "b", "c"]}), json!({"commands": ["a", "x", "y"]}), "commands"),
            (json!({"commands": ["a"]}), json!({"commands": ["a", "b"]}), "commands"),
            (json!({"env": [{"name": "A", "value": "b"}]}), json!({"env": [{"name": "A"}]}), "env[0].value"),
            (json!({"image": "a", "env": null}), json!({"image": "b"}), "image"),
            (json!({"image": "a", "shell": ["b"]}), json!({"image": "b"}), ""),
        ];
        for (old, new, expected) in cases {
            let found = locate(Part::Task, FieldPath::root(), Some(&old), Some(&new));
            assert_eq!(found.path.to_string(), expected, "{old} {new}");
        }
    }
}
