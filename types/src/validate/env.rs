//! `env`: variables, as in a pod.

use k8s_openapi::api::core::v1::EnvVar;

use super::text;
use crate::{
    field::{Faults, FieldError, FieldErrorKind, FieldPath},
    limits::MAX_ARGUMENT_BYTES,
    names::ENV_RESERVED_PREFIX,
};

pub(super) fn check(variables: &[EnvVar], at: &FieldPath, errors: &mut Faults) {
    for (position, variable) in variables.iter().enumerate() {
        check_name(&variable.name, || at.index(position).key("name"), errors);
        check_value(variable, &|| at.index(position), errors);
    }
}

fn check_name(name: &str, at: impl FnOnce() -> FieldPath, errors: &mut Faults) {
    let fault = if name.is_empty() {
        FieldError::new(at(), FieldErrorKind::Required, "the variable must have a name").help("write a name")
    } else if name.starts_with(ENV_RESERVED_PREFIX) {
        let message = format!("names that begin with {ENV_RESERVED_PREFIX} are set by the system");
        FieldError::new(at(), FieldErrorKind::Forbidden, message).value(name).help("choose another name")
    } else if name.bytes().any(|b| !(b' '..=b'~').contains(&b) || b == b'=') {
        FieldError::new(at(), FieldErrorKind::Invalid, "the name has a character that no variable's may have")
            .value(name)
            .help("use letters, digits and \"_\"")
    } else {
        return;
    };
    errors.push(fault);
}

fn check_value(variable: &EnvVar, at: &impl Fn() -> FieldPath, errors: &mut Faults) {
    if let Some(value) = &variable.value {
        let bytes = variable.name.len() + 1 + value.len();
        if bytes > MAX_ARGUMENT_BYTES {
            let what = format!("the variable {:?}", crate::field::shorten(&variable.name));
            errors.push(text::too_long(bytes, &what, at().key("value")).value(value));
        }
        text::check_nul(value, "the value", || at().key("value"), errors);
    }
    let Some(source) = &variable.value_from else { return };
    if variable.value.is_some() {
        errors.push(
            FieldError::new(
                at().key("valueFrom"),
                FieldErrorKind::Forbidden,
                "valueFrom must not stand beside value",
            )
            .help("remove one of the two"),
        );
    }
    let sources = [
        source.config_map_key_ref.is_some(),
        source.field_ref.is_some(),
        source.resource_field_ref.is_some(),
        source.secret_key_ref.is_some(),
    ];
    if sources.into_iter().filter(|is_given| *is_given).count() != 1 {
        errors.push(
            FieldError::new(
                at().key("valueFrom"),
                FieldErrorKind::Invalid,
                "valueFrom must name exactly one source",
            )
            .help("write one of configMapKeyRef, secretKeyRef, fieldRef and resourceFieldRef"),
        );
    }
}
