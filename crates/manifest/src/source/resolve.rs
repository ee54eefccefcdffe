//! Which value a YAML scalar stands for, by the rules of go-yaml 2.4 (YAML 1.1).

use super::go;

/// A scalar's value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    /// No value.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number that fits 64 bits, signed or not.
    Int(i128),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// A text.
    String,
    /// A text that is no UTF-8, from base 64.
    Binary(Vec<u8>),
}

const TAG_PREFIX: &str = "tag:yaml.org,2002:";

/// The value of a scalar with a tag (empty where the source has none) that may be resolved.
pub(super) fn resolve(tag: &str, text: &str) -> Result<Scalar, String> {
    let short = tag.strip_prefix(TAG_PREFIX);
    match (tag, short) {
        ("", _) => Ok(untagged(text)),
        (_, Some("str")) => Ok(Scalar::String),
        (_, Some("binary")) => decode_base64(text)
            .map(Scalar::Binary)
            .ok_or_else(|| "!!binary value contains invalid base64 data".to_owned()),
        (_, Some(wanted @ ("bool" | "int" | "float" | "null" | "timestamp"))) => {
            let found = untagged(text);
            match (wanted, found) {
                ("bool", found @ Scalar::Bool(_))
                | ("int", found @ Scalar::Int(_))
                | ("float", found @ Scalar::Float(_))
                | ("null", found @ Scalar::Null) => Ok(found),
                ("float", Scalar::Int(value)) if i64::try_from(value).is_ok() => {
                    Ok(Scalar::Float(value as f64))
                }
                ("timestamp", Scalar::String) if is_timestamp(text) => Ok(Scalar::String),
                _ => Err(format!("cannot decode {} as a !!{wanted}", super::shorten(text))),
            }
        }
        _ => Ok(Scalar::String),
    }
}

fn untagged(text: &str) -> Scalar {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Scalar::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Scalar::Bool(false);
        }
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        _ => {}
    }
    match text.as_bytes()[0] {
        b'.' if text.len() > 1 && is_float(text) => float(text),
        b'0'..=b'9' | b'+' | b'-' => {
            let plain = text.replace('_', "");
            match go::parse_int(&plain) {
                Some(value) => Scalar::Int(value),
                None if is_float(&plain) => float(&plain),
                None => Scalar::String,
            }
        }
        _ => Scalar::String,
    }
}

fn float(text: &str) -> Scalar {
    match text.parse::<f64>() {
        // Out of range is no number to Go.
        Ok(value) if value.is_finite() => Scalar::Float(value),
        Ok(_) | Err(_) => Scalar::String,
    }
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(index) => (&text[..index], Some(&text[index + 1..])),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some((whole, fraction)) => {
            digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty())
        }
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    mantissa_fits && exponent_fits
}

/// Whether go-yaml would read a moment. It then gives the text all the same, so this only matters under an explicit tag.
fn is_timestamp(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't', ' ']) else { return is_date(text) };
    let time = time.strip_suffix('Z').unwrap_or(time);
    is_date(date) && time.split(':').count() >= 3
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let number = |text: &str, range: std::ops::RangeInclusive<u32>| {
        (1..=2).contains(&text.len()) && text.parse().is_ok_and(|value| range.contains(&value))
    };
    year.len() == 4
        && year.bytes().all(|byte| byte.is_ascii_digit())
        && number(month, 1..=12)
        && number(day, 1..=31)
}

/// Standard base 64 with padding; line breaks are skipped, as Go's decoder does.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let symbols: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    if !symbols.len().is_multiple_of(4) {
        return None;
    }
    let mut bytes = Vec::with_capacity(symbols.len() / 4 * 3);
    let last = symbols.len() / 4;
    for (index, chunk) in symbols.chunks(4).enumerate() {
        let padding = chunk.iter().rev().take_while(|byte| **byte == b'=').count();
        if padding > 2 || (padding > 0 && index + 1 != last) {
            return None;
        }
        let mut bits: u32 = 0;
        for byte in &chunk[..4 - padding] {
            let value = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(value);
        }
        bits <<= 6 * padding as u32;
        bytes.extend_from_slice(&bits.to_be_bytes()[1..4 - padding]);
    }
    Some(bytes)
}
