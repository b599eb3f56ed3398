//! Pieces of the schema that the derive cannot say: untyped leaves, bounded maps, defaults.
//!
//! A leaf is untyped where the original took anything; [`crate::validate()`] judges it. Every list,
//! map and string is bounded, so that no object can cost the API server without limit.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::v1alpha1::{VertexStatus, Volume};

/// Any value at all.
fn any() -> Schema {
    json_schema!({ "x-kubernetes-preserve-unknown-fields": true })
}

pub(crate) fn quantity(_: &mut SchemaGenerator) -> Schema {
    // Not int-or-string: that refuses `cpu: 0.5`, which the original took.
    any()
}

pub(crate) fn quantities(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "maxProperties": 64, "nullable": true, "additionalProperties": any() })
}

pub(crate) fn any_list(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "maxItems": 1000, "items": any() })
}

pub(crate) fn rows(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "maxItems": 100_000, "nullable": true, "items": any() })
}

pub(crate) fn seconds(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "number", "minimum": 0, "nullable": true })
}

pub(crate) fn backoff_factor(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "number", "minimum": 1, "maximum": 100, "nullable": true })
}

/// A partial pod template: its own rules are those of validation.
pub(crate) fn template(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "nullable": true, "x-kubernetes-preserve-unknown-fields": true })
}

pub(crate) fn string_map(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object", "maxProperties": 1000, "nullable": true,
        "additionalProperties": { "type": "string", "maxLength": 4096 }
    })
}

pub(crate) fn volumes(generator: &mut SchemaGenerator) -> Schema {
    let volume = generator.subschema_for::<Volume>();
    json_schema!({ "type": "object", "maxProperties": 1000, "nullable": true, "additionalProperties": volume })
}

pub(crate) fn vertices(generator: &mut SchemaGenerator) -> Schema {
    let vertex = generator.subschema_for::<VertexStatus>();
    json_schema!({ "type": "object", "maxProperties": 10_000, "additionalProperties": vertex })
}

pub(crate) fn attempts(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object", "maxProperties": 1_000_000,
        "additionalProperties": { "type": "integer", "format": "int32", "minimum": 0 }
    })
}

pub(crate) fn task_type(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["Job", "Spark"], "nullable": true, "default": crate::default::TASK_TYPE })
}

pub(crate) fn dependency_type(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": ["whole", "iterate"], "nullable": true, "default": crate::default::DEPENDENCY_TYPE })
}
