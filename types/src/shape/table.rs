//! The schema as both walks need it: one node a value, with all that is asked of it. What is found wrong is told by
//! [`super::walk`], that nothing is wrong by [`super::sound`]; what is wrong is said here once.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::Value;

/// What one value may be.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) nullable: bool,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// Anything, as long as it does not nest too deep.
    Untyped,
    IntOrString,
    Boolean,
    Integer(Integer),
    Number(Range),
    String(Text),
    Array(Array),
    Object(Object),
}

#[derive(Debug)]
pub(super) struct Integer {
    /// The greatest of its width.
    pub(super) most: i64,
    pub(super) range: Range,
}

#[derive(Debug)]
pub(super) struct Range {
    least: Option<f64>,
    most: Option<f64>,
}

/// Which bound of a [`Range`] is passed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Passed {
    Least(f64),
    Most(f64),
}

#[derive(Debug)]
pub(super) enum Text {
    OneOf(Vec<String>),
    Free {
        /// The most characters.
        most: Option<usize>,
        is_time: bool,
    },
}

#[derive(Debug)]
pub(super) struct Array {
    pub(super) least: Option<usize>,
    pub(super) most: Option<usize>,
    /// `None`: items are not looked at.
    pub(super) item: Option<Box<Node>>,
}

#[derive(Debug)]
pub(super) struct Object {
    /// By name, rising.
    pub(super) fields: Vec<Field>,
    /// Positions in `fields`, in the order of the schema.
    pub(super) required: Vec<usize>,
    /// What stands in fields of any other name. `None`, and no fields: anything.
    pub(super) values: Option<Box<Node>>,
    pub(super) most: Option<usize>,
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) node: Node,
    pub(super) is_required: bool,
}

impl Node {
    /// The schema of a value. The depth of the recursion is the schema's.
    pub(super) fn new(schema: &Value) -> Self {
        let kind = match schema["type"].as_str() {
            None if schema["x-kubernetes-int-or-string"] == true => Kind::IntOrString,
            None => Kind::Untyped,
            Some("boolean") => Kind::Boolean,
            Some("integer") => {
                let is_narrow = schema["format"] == "int32";
                let most = if is_narrow { i64::from(i32::MAX) } else { i64::MAX };
                Kind::Integer(Integer { most, range: Range::new(schema) })
            }
            Some("number") => Kind::Number(Range::new(schema)),
            Some("string") => Kind::String(Text::new(schema)),
            Some("array") => Kind::Array(Array {
                least: bound(&schema["minItems"]),
                most: bound(&schema["maxItems"]),
                item: values(&schema["items"]),
            }),
            Some(_) => Kind::Object(Object::new(schema)),
        };
        Self { nullable: schema["nullable"] == true, kind }
    }
}

impl Object {
    fn new(schema: &Value) -> Self {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let fields: Vec<Field> = schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, field)| Field {
                name: name.clone(),
                node: Node::new(field),
                is_required: required.contains(&name.as_str()),
            })
            .collect();
        let position = |name: &&str| fields.iter().position(|field| field.name == *name);
        Self {
            required: required.iter().filter_map(position).collect(),
            values: values(&schema["additionalProperties"]),
            most: bound(&schema["maxProperties"]),
            fields,
        }
    }

    /// The position of a field. Who reads names in their order finds each at once by saying behind which one to begin.
    pub(super) fn position(&self, name: &str, from: usize) -> Option<usize> {
        let (before, behind) = self.fields.split_at_checked(from)?;
        let found = behind.iter().position(|field| field.name == name).map(|position| from + position);
        found.or_else(|| before.iter().position(|field| field.name == name))
    }

    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(self.position(name, 0)?)
    }
}

impl Integer {
    /// Whether it fits its width.
    pub(super) fn holds(&self, number: i64) -> bool {
        (-self.most - 1..=self.most).contains(&number)
    }
}

impl Range {
    fn new(schema: &Value) -> Self {
        Self { least: schema["minimum"].as_f64(), most: schema["maximum"].as_f64() }
    }

    pub(super) fn passed_by(&self, number: f64) -> Option<Passed> {
        match (self.least, self.most) {
            (Some(least), _) if number < least => Some(Passed::Least(least)),
            (_, Some(most)) if number > most => Some(Passed::Most(most)),
            _ => None,
        }
    }
}

impl Text {
    fn new(schema: &Value) -> Self {
        match schema["enum"].as_array() {
            Some(known) => {
                Self::OneOf(known.iter().filter_map(|value| Some(value.as_str()?.to_owned())).collect())
            }
            None => {
                Self::Free { most: bound(&schema["maxLength"]), is_time: schema["format"] == "date-time" }
            }
        }
    }
}

/// Whether a text has more characters than this; they are counted only where there might be.
pub(super) fn is_longer(text: &str, most: Option<usize>) -> bool {
    most.is_some_and(|most| text.len() > most && text.chars().count() > most)
}

/// Whether a text is a point in time.
pub(super) fn is_time(text: &str) -> bool {
    serde_json::from_value::<Time>(text.into()).is_ok()
}

/// The schema of what a list or map holds, where there is one.
fn values(schema: &Value) -> Option<Box<Node>> {
    schema.is_object().then(|| Box::new(Node::new(schema)))
}

/// A bound of the schema, which are never negative.
fn bound(bound: &Value) -> Option<usize> {
    usize::try_from(bound.as_u64()?).ok()
}
