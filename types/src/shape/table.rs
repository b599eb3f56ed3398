//! The schema as both walks need it: one node a value, with all that is asked of it. What is found wrong is told by
//! [`super::walk`], that nothing is wrong by [`super::sound`]; what is wrong is said here once.

use k8s_openapi::{
    apiextensions_apiserver::pkg::apis::apiextensions::v1::{
        JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
    },
    apimachinery::pkg::apis::meta::v1::Time,
};

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
    pub(super) fn new(schema: &JSONSchemaProps) -> Self {
        let kind = match schema.type_.as_deref() {
            None if schema.x_kubernetes_int_or_string == Some(true) => Kind::IntOrString,
            None => Kind::Untyped,
            Some("boolean") => Kind::Boolean,
            Some("integer") => {
                let is_narrow = schema.format.as_deref() == Some("int32");
                let most = if is_narrow { i64::from(i32::MAX) } else { i64::MAX };
                Kind::Integer(Integer { most, range: Range::new(schema) })
            }
            Some("number") => Kind::Number(Range::new(schema)),
            Some("string") => Kind::String(Text::new(schema)),
            Some("array") => Kind::Array(Array {
                least: bound(schema.min_items),
                most: bound(schema.max_items),
                item: match &schema.items {
                    Some(JSONSchemaPropsOrArray::Schema(item)) => Some(Box::new(Self::new(item))),
                    _ => None,
                },
            }),
            Some(_) => Kind::Object(Object::new(schema)),
        };
        Self { nullable: schema.nullable == Some(true), kind }
    }
}

impl Object {
    fn new(schema: &JSONSchemaProps) -> Self {
        let required = schema.required.as_deref().unwrap_or_default();
        let fields: Vec<Field> = schema
            .properties
            .iter()
            .flatten()
            .map(|(name, field)| Field {
                name: name.clone(),
                node: Node::new(field),
                is_required: required.contains(name),
            })
            .collect();
        let position = |name: &String| fields.iter().position(|field| field.name == *name);
        Self {
            required: required.iter().filter_map(position).collect(),
            values: match &schema.additional_properties {
                Some(JSONSchemaPropsOrBool::Schema(values)) => Some(Box::new(Node::new(values))),
                _ => None,
            },
            most: bound(schema.max_properties),
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
    fn new(schema: &JSONSchemaProps) -> Self {
        Self { least: schema.minimum, most: schema.maximum }
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
    fn new(schema: &JSONSchemaProps) -> Self {
        match &schema.enum_ {
            Some(known) => {
                Self::OneOf(known.iter().filter_map(|value| Some(value.0.as_str()?.to_owned())).collect())
            }
            None => Self::Free {
                most: bound(schema.max_length),
                is_time: schema.format.as_deref() == Some("date-time"),
            },
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

/// A bound of the schema, which are never negative.
fn bound(bound: Option<i64>) -> Option<usize> {
    usize::try_from(bound?).ok()
}
