//! `resources`: cores like `2`, `0.5` or `2c`, bytes like `4G`, `4g` or `4` (which are four bytes).

use gene_types::field::FieldErrorKind;

use crate::{
    fields::Fields,
    report::{At, Report},
    scope::{Scope, Unknown},
};

/// Cores and memory as an Execution has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Resources {
    pub(crate) cpu: Option<String>,
    pub(crate) memory: Option<String>,
}

impl Resources {
    /// Reads `cpu` and `memory`; with a scope, variables are filled in.
    pub(crate) fn read(fields: &Fields<'_>, scope: Option<&Scope>, report: &mut Report) -> Self {
        let mut read = |key: &str, unit: char, examples: &str| {
            let (value, at) = fields.get(key)?;
            let text = crate::fields::text(value, &at, report)?;
            let text = match scope {
                Some(scope) => scope.fill(&text, Unknown::Refused, &at, report)?,
                None => text.into_owned(),
            };
            let number = text.strip_suffix([unit, unit.to_ascii_uppercase()]).unwrap_or(&text);
            if !is_number(number) {
                let fault =
                    at.fault(FieldErrorKind::Invalid, format!("{text:?} is no amount of {key}")).value(value);
                report.error(at.origin(), fault.help(format!("write {examples}")));
                return None;
            }
            let has_unit = number.len() < text.len();
            if unit == 'g' && !has_unit {
                warn_of_bytes(number, &at, report);
            }
            Some(if unit == 'g' && has_unit { format!("{number}G") } else { number.to_owned() })
        };
        let cpu = read("cpu", 'c', "a number of cores, like 2, 0.5 or 2c");
        let memory = read("memory", 'g', "a number of gigabytes, like 4G or 0.5G");
        Self { cpu, memory }
    }

    /// What is absent here as another has it.
    pub(crate) fn or(self, other: Self) -> Self {
        Self { cpu: self.cpu.or(other.cpu), memory: self.memory.or(other.memory) }
    }
}

/// `^\d+(\.\d+)?$`
fn is_number(text: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_once('.') {
        Some((whole, fraction)) => is_digits(whole) && is_digits(fraction),
        None => is_digits(text),
    }
}

/// No program runs in less than this.
const LEAST_BYTES: f64 = 1_048_576.0;

fn warn_of_bytes(number: &str, at: &At<'_>, report: &mut Report) {
    if number.parse::<f64>().is_ok_and(|bytes| bytes > 0.0 && bytes < LEAST_BYTES) {
        let message = format!("memory {number} without a unit is {number} bytes");
        report.warn(
            at.origin(),
            at.fault(FieldErrorKind::Invalid, message).help(format!("write {number}G for gigabytes")),
        );
    }
}
