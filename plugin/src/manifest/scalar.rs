//! What a plain YAML scalar means: what kubectl takes it for, which is YAML 1.1 as Go's yaml.v2 reads
//! it (`resolve.go` of sigs.k8s.io/yaml/goyaml.v2), sent on as JSON.

use serde_json::{Number, Value};

/// A number that JSON has no way to write: `.inf`, `.nan`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotInJson;

/// The value of a plain scalar without a tag.
///
/// # Errors
/// It is a number that JSON cannot hold.
pub fn plain(text: &str) -> Result<Value, NotInJson> {
    if let Some(word) = word(text) {
        return word;
    }
    let number = match text.as_bytes().first() {
        Some(b'0'..=b'9' | b'+' | b'-') => number(text),
        // Go's table sends a leading point to the float parser at once: no underscores there.
        Some(b'.') if is_decimal(text) => float(text),
        _ => None,
    };
    Ok(number.map_or_else(|| Value::String(text.to_owned()), Value::Number))
}

/// A float as Go writes it into JSON and Kubernetes reads it from there: a whole one is an integer.
pub fn json_number(value: f64) -> Option<Number> {
    // 2^63: what is below it is exact as an i64, and nothing above it is one.
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    if value.fract() == 0.0 && (-BOUND..BOUND).contains(&value) {
        return Some(Number::from(value as i64));
    }
    Number::from_f64(value)
}

fn word(text: &str) -> Option<Result<Value, NotInJson>> {
    Some(Ok(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Value::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Value::Bool(false)
        }
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf"
        | "-.Inf" | "-.INF" => return Some(Err(NotInJson)),
        _ => return None,
    }))
}

fn number(text: &str) -> Option<Number> {
    let text: String = text.chars().filter(|&c| c != '_').collect();
    integer(&text).or_else(|| if is_decimal(&text) { float(&text) } else { None })
}

/// Go's `ParseInt(text, 0, 64)`: the prefix says the base, a leading 0 means octal.
fn integer(text: &str) -> Option<Number> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // from_str_radix would take a second sign.
    if !digits.starts_with(|c: char| c.is_digit(base)) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, base).ok();
    match magnitude {
        Some(magnitude) if negative => 0i64.checked_sub_unsigned(magnitude).map(Number::from),
        Some(magnitude) => Some(Number::from(magnitude)),
        // Beyond 64 bits kubectl too goes on with a float; a decimal one is read as such.
        None if base != 10 && digits.chars().all(|c| c.is_digit(base)) => {
            let value = digits
                .chars()
                .filter_map(|c| c.to_digit(base))
                .fold(0.0, |value, digit| value * f64::from(base) + f64::from(digit));
            json_number(if negative { -value } else { value })
        }
        None => None,
    }
}

/// Go's `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`.
fn is_decimal(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let whole = digits(rest);
    rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let count = digits(fraction);
        if whole + count == 0 {
            return false;
        }
        rest = &fraction[count..];
    } else if whole == 0 {
        return false;
    }
    match rest.strip_prefix(['e', 'E']) {
        None => rest.is_empty(),
        Some(exponent) => {
            let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent) == exponent.len()
        }
    }
}

/// A number out of range is no number to Go, and so stays text.
fn float(text: &str) -> Option<Number> {
    text.parse::<f64>().ok().filter(|value| value.is_finite()).and_then(json_number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_scalars_mean_what_kubectl_takes_them_for() {
        let check = |texts: &[&str], expected: Value| {
            for text in texts {
                assert_eq!(plain(text), Ok(expected.clone()), "{text:?}");
            }
        };
        check(&["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"], json!(true));
        check(&["n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"], json!(false));
        check(&["", "~", "null", "Null", "NULL"], json!(null));
        check(
            &["8", "+8", "010", "0o10", "0O10", "0x8", "0X8", "0b1000", "0b_1000", "08", "8.0", ".8e1"],
            json!(8),
        );
        check(&["-16", "-0x10", "-020", "-0b10000", "-1_6", "-16.", "-1.6e1"], json!(-16));
        check(&["1000", "1_000", "1__000_", "1e3", "1E+3", "01750"], json!(1000));
        check(&["0", "-0", "+0", "00", "0.0", "-0.0"], json!(0));
        check(&["0.5", ".5", "+.5", "5e-1", "0_0.5"], json!(0.5));
        check(&["9223372036854775807"], json!(i64::MAX));
        check(&["-9223372036854775808"], json!(i64::MIN));
        check(&["18446744073709551615", "0xFFFFFFFFFFFFFFFF"], json!(u64::MAX));
        check(&["100000000000000000000"], json!(1e20));
        check(&["0x10000000000000000"], json!(18_446_744_073_709_551_616.0));
    }

    #[test]
    fn what_looks_like_something_else_stays_text() {
        for text in [
            "yEs",
            "tRue",
            "oN",
            "nULL",
            "t",
            "f",
            "_1",
            "1.2.3",
            "0x",
            "0o",
            "0b",
            "0b2",
            "0xg",
            "+",
            "-",
            ".",
            "+-1",
            "--1",
            "1e",
            "1e+",
            ".e3",
            "._5",
            ".5_0",
            "1e999",
            "0x1p-2",
            "12:30:45",
            "2019-04-08",
            "2019-04-08T10:00:00Z",
            "4Gi",
            "100m",
            "Infinity",
            "nan",
            "inf",
            "bwa:0.7.17",
            "é",
        ] {
            assert_eq!(plain(text), Ok(json!(text)));
        }
    }

    #[test]
    fn json_has_no_infinity() {
        for text in [".inf", "+.Inf", "-.INF", ".nan", ".NaN", ".NAN"] {
            assert_eq!(plain(text), Err(NotInJson), "{text}");
        }
    }
}
