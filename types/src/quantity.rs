//! Quantities as Kubernetes writes them: `500m`, `4Gi`, `1e3`.

use serde_json::Value;

/// The worth of a quantity, a number or a text, in cores or bytes: exact enough to compare.
///
/// # Errors
/// What is wrong with it, as a sentence without its name.
pub fn parse(value: &Value) -> Result<f64, String> {
    let worth = match value {
        Value::Number(number) => number.as_f64().unwrap_or(f64::NAN),
        Value::String(text) => {
            parse_text(text).ok_or_else(|| format!("{:?} is no quantity", crate::field::shorten(text)))?
        }
        _ => return Err("a quantity is a number or a text".to_owned()),
    };
    if worth < 0.0 {
        return Err("a quantity must not be negative".to_owned());
    }
    if !worth.is_finite() {
        return Err("the quantity is beyond all measure".to_owned());
    }
    Ok(worth)
}

/// What a quantity looks like, for remedies.
pub const EXAMPLES: &str = "write a number, or a number with a unit: 2, 0.5, \"500m\" or \"4Gi\"";

fn parse_text(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned.bytes().position(|b| !b.is_ascii_digit() && b != b'.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    if !number.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let worth = number.parse::<f64>().ok()? * factor(suffix)?;
    Some(if text.starts_with('-') { -worth } else { worth })
}

fn factor(suffix: &str) -> Option<f64> {
    Some(match suffix {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1024.0_f64.powi(2),
        "Gi" => 1024.0_f64.powi(3),
        "Ti" => 1024.0_f64.powi(4),
        "Pi" => 1024.0_f64.powi(5),
        "Ei" => 1024.0_f64.powi(6),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            10.0_f64.powi(exponent.parse().ok()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn quantities_are_read_as_kubernetes_reads_them() {
        let cases = [
            (json!(0.5), 0.5),
            (json!(2), 2.0),
            (json!("2"), 2.0),
            (json!("500m"), 0.5),
            (json!("4Gi"), 4_294_967_296.0),
            (json!("4G"), 4e9),
            (json!(".5"), 0.5),
            (json!("5."), 5.0),
            (json!("+1k"), 1000.0),
            (json!("1e3"), 1000.0),
            (json!("1E-2"), 0.01),
            (json!("1E"), 1e18),
            (json!("-0"), 0.0),
        ];
        for (value, expected) in cases {
            let worth = parse(&value).unwrap();
            assert!((worth - expected).abs() <= expected * 1e-12, "{value}: {worth}");
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for value in [
            json!(""),
            json!("4g"),
            json!("4 Gi"),
            json!("Gi"),
            json!("."),
            json!("1.2.3"),
            json!("1e"),
            json!("inf"),
            json!("1e999"),
            json!("-1"),
            json!(-1),
            json!(true),
            json!([]),
            json!({}),
        ] {
            assert!(parse(&value).is_err(), "{value}");
        }
    }
}
