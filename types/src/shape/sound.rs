//! Whether nothing at all is wrong with the shape of a JSON text: in one pass over it, without making anything of it.
//!
//! What is sound needs no words, and most documents are. Whatever this does not like is left to [`super::walk`], which
//! sees the document as it was meant (of a field that is given twice the last one) and knows what to say. So "no" may be
//! wrong here, "yes" never.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{
    MAX_DEPTH,
    table::{Array, Kind, Node, Object, Text, is_longer, is_time},
};

/// Whether a text has the shape that the schema asks for, and no field that it does not know.
pub(super) fn is_sound(text: &str, schema: &Node) -> bool {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Typed(schema).deserialize(&mut deserializer).is_ok() && deserializer.end().is_ok()
}

/// A value that must be as its schema says.
struct Typed<'t>(&'t Node);

/// A value that may be anything; so deep is it nested in what began as such.
struct Untyped(usize);

/// The name of a field. What follows it is read by what is known of it.
struct Name<'t> {
    object: &'t Object,
    from: usize,
}

/// What a name stands for.
enum Named {
    Field(usize),
    Other,
}

/// The JSON parser's own wrapping of values begins so, and means something else to it than to us.
const RESERVED: &str = "$serde_json::";

impl<'de> DeserializeSeed<'de> for Typed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match &self.0.kind {
            Kind::Untyped => Untyped(0).deserialize(deserializer),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Typed<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("what the schema says")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        accept(self.0.nullable)
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        accept(matches!(self.0.kind, Kind::Boolean))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        accept(match &self.0.kind {
            Kind::IntOrString => true,
            Kind::Integer(integer) => {
                integer.holds(number) && integer.range.passed_by(number as f64).is_none()
            }
            Kind::Number(range) => range.passed_by(number as f64).is_none(),
            _ => false,
        })
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<(), E> {
        match (i64::try_from(number), &self.0.kind) {
            (Ok(number), _) => self.visit_i64(number),
            (Err(_), Kind::Number(range)) => accept(range.passed_by(number as f64).is_none()),
            (Err(_), _) => accept(false),
        }
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<(), E> {
        accept(matches!(&self.0.kind, Kind::Number(range) if range.passed_by(number).is_none()))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        accept(match &self.0.kind {
            Kind::IntOrString => true,
            Kind::String(Text::OneOf(known)) => known.iter().any(|known| known == text),
            Kind::String(Text::Free { most, is_time: time }) => {
                !is_longer(text, *most) && (!time || is_time(text))
            }
            _ => false,
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Kind::Array(Array { least, most, item }) = &self.0.kind else { return accept(false) };
        let mut count = 0_usize;
        loop {
            let next = match item {
                Some(item) => items.next_element_seed(Typed(item))?,
                None => items.next_element_seed(Untyped(0))?,
            };
            if next.is_none() {
                break;
            }
            count += 1;
        }
        accept(most.is_none_or(|most| count <= most) && least.is_none_or(|least| count >= least))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let Kind::Object(object) = &self.0.kind else { return accept(false) };
        let (mut from, mut count, mut found) = (0, 0_usize, Found::default());
        while let Some(name) = entries.next_key_seed(Name { object, from })? {
            count += 1;
            match (name, &object.values) {
                (Named::Field(position), _) => {
                    let Some(field) = object.fields.get(position) else { return accept(false) };
                    // As the API server does it: a null that a field does not take counts as absent.
                    if field.is_required {
                        found.put(position);
                        entries.next_value_seed(Typed(&field.node))?;
                    } else {
                        entries.next_value_seed(OrNull(Typed(&field.node)))?;
                    }
                    from = position + 1;
                }
                (Named::Other, Some(values)) => entries.next_value_seed(Typed(values))?,
                (Named::Other, None) if object.fields.is_empty() => entries.next_value_seed(Untyped(0))?,
                (Named::Other, None) => return accept(false),
            }
        }
        let is_whole = object.required.iter().all(|position| found.has(*position));
        accept(is_whole && object.most.is_none_or(|most| count <= most))
    }
}

/// A value that may be null as well.
struct OrNull<'t>(Typed<'t>);

impl<'de> DeserializeSeed<'de> for OrNull<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for OrNull<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(formatter)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.deserialize(deserializer)
    }
}

impl<'de> DeserializeSeed<'de> for Untyped {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.0 > MAX_DEPTH {
            return accept(false);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Untyped {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Self(self.0 + 1))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while entries.next_key_seed(Plain)?.is_some() {
            entries.next_value_seed(Self(self.0 + 1))?;
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Named;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Named, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Named;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Named, E> {
        match self.object.position(name, self.from) {
            Some(position) => Ok(Named::Field(position)),
            None => Plain.visit_str(name).map(|()| Named::Other),
        }
    }
}

/// A name of which nothing is known, and nothing wanted but that it means itself.
struct Plain;

impl<'de> DeserializeSeed<'de> for Plain {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Plain {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<(), E> {
        accept(!name.starts_with(RESERVED))
    }
}

/// Positions of fields that are there, of the first 64; of any other none is ever found.
#[derive(Default)]
struct Found(u64);

impl Found {
    fn put(&mut self, position: usize) {
        self.0 |= bit(position);
    }

    fn has(&self, position: usize) -> bool {
        self.0 & bit(position) != 0
    }
}

fn bit(position: usize) -> u64 {
    u32::try_from(position).ok().and_then(|position| 1_u64.checked_shl(position)).unwrap_or_default()
}

fn accept<E: serde::de::Error>(is_sound: bool) -> Result<(), E> {
    if is_sound { Ok(()) } else { Err(E::custom("")) }
}
