//! Conditions, decided: what a task's output must be for another task to run.

use std::fmt;

use crate::{v1alpha1::Operator, validate::conditions::operator_word};

/// `condition`, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `[true]` or `[false]`.
    Literal(bool),
    /// `[check_result, TASK, EXPECTED]`; the task is [`crate::plan::TaskPlan::source`].
    CheckResult {
        /// The text that the task must have printed, to the letter.
        expected: String,
    },
}

/// `genericCondition`, decoded; the task is [`crate::plan::TaskPlan::source`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generic {
    /// One that holds is enough.
    pub rules: Vec<Rule>,
}

/// One match rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The key.
    pub key: String,
    /// How it compares.
    pub operator: Operator,
    /// With what.
    pub values: Vec<String>,
}

/// What a container printed, as KubeGene reads it: one trailing newline does not count.
pub fn result_text(printed: &str) -> &str {
    printed.strip_suffix('\n').unwrap_or(printed)
}

impl Condition {
    /// Whether the condition holds for this output (already without its trailing newline).
    pub fn holds(&self, text: &str) -> bool {
        match self {
            Self::Literal(value) => *value,
            Self::CheckResult { expected } => text == expected,
        }
    }
}

impl Generic {
    /// Whether one of the rules holds for this output: `key:value` pairs between commas, untrimmed,
    /// the last of a key counting, empty pieces not.
    ///
    /// # Errors
    /// A piece without `:`, as a sentence naming it.
    pub fn holds(&self, text: &str) -> Result<bool, String> {
        let mut pairs = std::collections::HashMap::new();
        for piece in text.split(',').filter(|piece| !piece.is_empty()) {
            let mut parts = piece.split(':');
            let (Some(key), Some(value)) = (parts.next(), parts.next()) else {
                return Err(format!(
                    "the output is not made of key:value pairs between commas: {:?} has no \":\"",
                    crate::field::shorten(piece)
                ));
            };
            pairs.insert(key, value);
        }
        Ok(self.rules.iter().any(|rule| rule.holds(pairs.get(rule.key.as_str()).copied())))
    }
}

/// `k Gt 3`, `k In a, b`, `k Exists`.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.key, operator_word(self.operator))?;
        if self.values.is_empty() { Ok(()) } else { write!(f, " {}", self.values.join(", ")) }
    }
}

impl Rule {
    /// Whether the rule holds for the value of its key.
    fn holds(&self, value: Option<&str>) -> bool {
        let is_listed = value.is_some_and(|value| self.values.iter().any(|listed| listed == value));
        match self.operator {
            Operator::In | Operator::Equals | Operator::DoubleEquals => is_listed,
            Operator::NotIn | Operator::NotEquals => !is_listed,
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::Gt => self.numbers(value).is_some_and(|(value, bound)| value > bound),
            Operator::Lt => self.numbers(value).is_some_and(|(value, bound)| value < bound),
        }
    }

    fn numbers(&self, value: Option<&str>) -> Option<(i64, i64)> {
        Some((value?.parse().ok()?, self.values.first()?.parse().ok()?))
    }
}
