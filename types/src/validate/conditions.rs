//! `condition` and `genericCondition`.

use serde_json::Value;

use super::source::{Reference, Use};
use crate::{
    field::{Faults, FieldError, FieldErrorKind, FieldPath, counted},
    plan::{Condition, Generic, Rule},
    v1alpha1::{ConditionSpec, GenericCondition, MatchRule, Operator},
};

const CHECK_RESULT: &str = "check_result";
const FORMS: &str = "write [true], [false] or [check_result, TASK, \"EXPECTED\"]";

/// Compiles `condition`.
pub(super) fn compile(
    spec: &ConditionSpec,
    at: &FieldPath,
    references: &mut Vec<Reference>,
    errors: &mut Faults,
) -> Option<Condition> {
    let at = at.key("condition");
    let fault = match spec.condition.as_slice() {
        [Value::Bool(value), ..] => return Some(Condition::Literal(*value)),
        [Value::String(word), Value::String(task), Value::String(expected)] if word == CHECK_RESULT => {
            references.push(Reference { at: at.index(1), task: task.clone(), by: Use::CheckResult });
            return Some(Condition::CheckResult { expected: expected.clone() });
        }
        [] => FieldError::new(at, FieldErrorKind::Required, "the condition must not be empty").help(FORMS),
        [Value::String(word), ..] if word == CHECK_RESULT => {
            let message = "check_result needs a task and the expected text, both strings";
            FieldError::new(at, FieldErrorKind::Invalid, message)
                .value(Value::from(spec.condition.clone()))
                .help("write [check_result, TASK, \"EXPECTED\"], the text in quotes")
        }
        [first, ..] => {
            FieldError::new(at.index(0), FieldErrorKind::Invalid, "a condition cannot begin with this value")
                .value(first)
                .help(FORMS)
        }
    };
    errors.push(fault);
    None
}

/// Compiles `genericCondition`.
pub(super) fn compile_generic(
    spec: &GenericCondition,
    at: &FieldPath,
    references: &mut Vec<Reference>,
    errors: &mut Faults,
) -> Generic {
    if spec.depend_job_name.is_empty() {
        errors.push(
            FieldError::new(
                at.key("dependJobName"),
                FieldErrorKind::Required,
                "dependJobName must not be empty",
            )
            .help("name the task whose output is read"),
        );
    } else {
        references.push(Reference {
            at: at.key("dependJobName"),
            task: spec.depend_job_name.clone(),
            by: Use::GenericCondition,
        });
    }
    let rules = spec.match_rules.iter().enumerate();
    Generic {
        rules: rules.map(|(i, rule)| compile_rule(rule, &at.key("matchRules").index(i), errors)).collect(),
    }
}

fn compile_rule(rule: &MatchRule, at: &FieldPath, errors: &mut Faults) -> Rule {
    if rule.key.is_empty() {
        errors.push(
            FieldError::new(at.key("key"), FieldErrorKind::Required, "the key must not be empty")
                .help("write the key whose value is compared"),
        );
    }
    let values = rule.values.clone().unwrap_or_default();
    let wanted = match rule.operator {
        Operator::Exists | Operator::DoesNotExist => (!values.is_empty()).then_some("takes no values"),
        Operator::Gt | Operator::Lt => (values.len() != 1).then_some("needs exactly one value"),
        _ => values.is_empty().then_some("needs at least one value"),
    };
    if let Some(wanted) = wanted {
        let operator = operator_word(rule.operator);
        let given = counted(values.len() as u64, "is given", "are given");
        let (kind, help) = match rule.operator {
            Operator::Exists | Operator::DoesNotExist => (FieldErrorKind::Forbidden, "remove values"),
            Operator::Gt | Operator::Lt => {
                (FieldErrorKind::Invalid, "write one whole number, like values: [\"5\"]")
            }
            _ => (FieldErrorKind::Required, "write values: [TEXT]"),
        };
        errors.push(
            FieldError::new(at.key("values"), kind, format!("operator {operator} {wanted}; {given}"))
                .help(help),
        );
    }
    Rule { key: rule.key.clone(), operator: rule.operator, values }
}

pub(crate) fn operator_word(operator: Operator) -> &'static str {
    match operator {
        Operator::In => "In",
        Operator::NotIn => "NotIn",
        Operator::Exists => "Exists",
        Operator::DoesNotExist => "DoesNotExist",
        Operator::Gt => "Gt",
        Operator::Lt => "Lt",
        Operator::Equals => "=",
        Operator::DoubleEquals => "==",
        Operator::NotEquals => "!=",
    }
}
