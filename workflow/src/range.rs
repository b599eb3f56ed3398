//! `range(start, end, step)`: the numbers from start up to before end, exact to the last digit.
//!
//! Reckoned in whole multiples of the smallest decimal that occurs: a sum of floats drifts (the original gave
//! 0.8999999999999999 for 0.9), and so does a product.

use gene_types::field::{FieldErrorKind, grouped, shorten};
use serde_json::{Number, Value};

use crate::{
    call::{only_placeholder, range as arguments},
    report::{At, Report},
    scope::Scope,
};

/// The largest whole number that a float holds with all that are smaller, in units of the last digit.
const MOST: i128 = 9_007_199_254_740_992;

/// A number with so many digits after its point.
#[derive(Clone, Copy, Debug)]
struct Decimal {
    units: i128,
    digits: u32,
}

/// The numbers of a range, at most `most` of them.
pub(crate) fn range(
    text: &str,
    scope: &Scope,
    most: u32,
    at: &At<'_>,
    report: &mut Report,
) -> Option<Vec<Value>> {
    let (start, end, step) = arguments(text, at, report)?;
    let start = number(start, text, scope, at, report);
    let end = number(end, text, scope, at, report);
    let step = number(step.unwrap_or("1"), text, scope, at, report);
    let (start, end, step) = (start?, end?, step?);
    let digits = start.digits.max(end.digits).max(step.digits);
    let scaled = [start, end, step].map(|number| number.scaled(digits));
    let [Some(start), Some(end), Some(step)] = scaled else {
        refuse(text, "the numbers of the range have too many digits", "write at most 15 digits", at, report);
        return None;
    };
    if step <= 0 {
        let message = if step == 0 {
            "the step of a range must not be 0"
        } else {
            "the step of a range must not be negative"
        };
        refuse(text, message, "write a step above 0, like range(0, 10, 2)", at, report);
        return None;
    }
    if start >= end {
        let message = "the range is empty: its start must be below its end";
        refuse(
            text,
            message,
            "write range(START, END) with START below END; END itself is not in it",
            at,
            report,
        );
        return None;
    }
    let count = (end - start + step - 1) / step;
    if count > i128::from(most) {
        let message = format!(
            "the range has {} numbers; at most {} are allowed",
            grouped(u64::try_from(count).unwrap_or(u64::MAX)),
            grouped(u64::from(most))
        );
        let fault = at.fault(FieldErrorKind::TooMany, message).value(text);
        report
            .error(at.origin(), fault.help("let one command work on several numbers: give the range a step"));
        return None;
    }
    scope.charge(usize::try_from(count).unwrap_or(usize::MAX), 0, at, report)?;
    Some((0..count).map(|index| value(start + index * step, digits)).collect())
}

fn number(argument: &str, text: &str, scope: &Scope, at: &At<'_>, report: &mut Report) -> Option<Decimal> {
    let written = match only_placeholder(argument) {
        None => argument,
        Some(name) => {
            let input = scope.required(name, at, report)?;
            if !input.value.is_number() {
                let message = format!("input {:?} is no number", shorten(name));
                let help = "declare it with type: number, and give it a number";
                refuse(text, &message, help, at, report);
                return None;
            }
            &input.text
        }
    };
    let decimal = Decimal::parse(written);
    if decimal.is_none() {
        let message = format!("{:?} is no number of at most 15 digits", shorten(written));
        let help = "write numbers like 3 or 0.5, or the number input ${NAME}";
        refuse(text, &message, help, at, report);
    }
    decimal
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) || unsigned.ends_with('.') {
            return None;
        }
        let fraction = fraction.trim_end_matches('0');
        let whole = whole.trim_start_matches('0');
        if whole.len() + fraction.len() > 16 {
            return None;
        }
        let units: i128 = format!("0{whole}{fraction}").parse().ok()?;
        let units = if text.starts_with('-') { -units } else { units };
        Some(Self { units, digits: fraction.len() as u32 })
    }

    /// The number in units of so many digits after the point, where a float can hold it.
    fn scaled(self, digits: u32) -> Option<i128> {
        let units = self.units.checked_mul(10_i128.checked_pow(digits - self.digits)?)?;
        (units.abs() <= MOST).then_some(units)
    }
}

fn value(units: i128, digits: u32) -> Value {
    let one = 10_i128.pow(digits);
    if units % one == 0 {
        return Value::from((units / one) as i64);
    }
    let sign = if units < 0 { "-" } else { "" };
    let text = format!("{sign}{}.{:0width$}", units.abs() / one, units.abs() % one, width = digits as usize);
    // What has at most 15 digits reads back as itself.
    text.parse().ok().and_then(Number::from_f64).map_or(Value::String(text), Value::Number)
}

fn refuse(text: &str, message: &str, help: &str, at: &At<'_>, report: &mut Report) {
    report.error(at.origin(), at.fault(FieldErrorKind::Invalid, message).value(text).help(help));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Origin;

    fn numbers(text: &str) -> Result<Value, String> {
        let mut report = Report::default();
        let scope = Scope::new(crate::scope::Inputs::new());
        let list = range(text, &scope, 1_000, &At::Root(Origin::Workflow), &mut report);
        match (list, report.finish()) {
            (Some(list), Ok(_)) => Ok(Value::Array(list)),
            (_, Err(errors)) => Err(errors[0].error.message.clone()),
            (None, Ok(_)) => Err("refused in silence".to_owned()),
        }
    }

    #[test]
    fn ranges_are_half_open_and_exact() {
        for (text, expected) in [
            ("range(0,3)", json!([0, 1, 2])),
            ("range(0, 7, 3)", json!([0, 3, 6])),
            ("range( 1,2)", json!([1])),
            ("range(0,1,0.3)", json!([0, 0.3, 0.6, 0.9])),
            ("range(0.1,0.4,0.1)", json!([0.1, 0.2, 0.3])),
            ("range(-1,1,0.50)", json!([-1, -0.5, 0, 0.5])),
            ("range(-0.75,0,0.5)", json!([-0.75, -0.25])),
        ] {
            assert_eq!(numbers(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_never_ends_is_refused() {
        for (text, expected) in [
            ("range(0,3,0)", "must not be 0"),
            ("range(0,3,-1)", "must not be negative"),
            ("range(3,3)", "is empty"),
            ("range(0,1,0.0001)", "has 10,000 numbers"),
            ("range(0,9007199254740992)", "has 9,007,199,254,740,992 numbers"),
            ("range(0,1,0.00000000000000000001)", "is no number"),
            ("range(1)", "two or three"),
            ("range(1,2,3,4)", "two or three"),
            ("range(a,2)", "\"a\" is no number"),
            ("range(1e3,2e3)", "is no number"),
            ("range(0 ,3)", "a blank"),
            ("range(0,3 )", "a blank"),
            ("range(0,3", "no call of range"),
            ("range(0,${n})", "no input is called \"n\""),
            ("range(0,99999999999,0.0000001)", "too many digits"),
        ] {
            let message = numbers(text).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
