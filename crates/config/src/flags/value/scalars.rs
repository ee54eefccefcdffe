//! Values of one piece.

use crate::address;
use crate::text::quote;
use serde_json::Value;
use types::quantity::Quantity;

/// The release of Kubernetes whose kubelet this one follows.
const RELEASE: &str = "1.37.1";

/// Go's `strconv.ParseBool`.
pub(super) fn parse_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(format!("strconv.ParseBool: parsing {}: invalid syntax", quote(text))),
    }
}

/// Go's `strconv.ParseInt` with base 0.
pub(super) fn parse_int(text: &str, bits: u32) -> Result<i64, String> {
    let failure = |what: &str| format!("strconv.ParseInt: parsing {}: {what}", quote(text));
    let (negative, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = prefixed(unsigned);
    let plain: String = digits.chars().filter(|digit| *digit != '_').collect();
    let valid = !plain.is_empty() && plain.chars().all(|digit| digit.is_digit(radix));
    if !valid || !underscores_separate_digits(digits, digits.len() < unsigned.len()) {
        return Err(failure("invalid syntax"));
    }
    let magnitude = i128::from_str_radix(&plain, radix).map_err(|_| failure("value out of range"))?;
    let value = if negative { -magnitude } else { magnitude };
    let limit = 1i128 << (bits - 1);
    if !(-limit..limit).contains(&value) {
        return Err(failure("value out of range"));
    }
    i64::try_from(value).map_err(|_| failure("value out of range"))
}

/// Go's rule: an underscore stands between two digits, or between the base prefix and one.
fn underscores_separate_digits(digits: &str, prefixed: bool) -> bool {
    !digits.ends_with('_') && !digits.contains("__") && (prefixed || !digits.starts_with('_'))
}

fn prefixed(text: &str) -> (u32, &str) {
    let lower = text.get(..2).map(str::to_ascii_lowercase);
    match lower.as_deref() {
        Some("0x") => (16, &text[2..]),
        Some("0o") => (8, &text[2..]),
        Some("0b") => (2, &text[2..]),
        Some(_) if text.starts_with('0') => (8, &text[1..]),
        _ => (10, text),
    }
}

/// Go's `strconv.ParseUint` with base 10 and 31 bits, as klog wants verbosities.
pub(super) fn parse_unsigned_31(text: &str) -> Result<u32, String> {
    let failure = |what: &str| format!("strconv.ParseUint: parsing {}: {what}", quote(text));
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(failure("invalid syntax"));
    }
    text.parse::<u32>().ok().filter(|value| *value < 1 << 31).ok_or_else(|| failure("value out of range"))
}

/// A quantity as upstream writes it back: `1024Mi` is `1Gi`.
pub(super) fn canonical(text: &str) -> Result<String, String> {
    text.parse::<Quantity>().map(|quantity| quantity.to_string()).map_err(|error| error.to_string())
}

pub(super) fn ip(text: &str) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    match address::parse_sloppy(text) {
        Some(_) => Ok(text.into()),
        None => Err(format!("{} is not a valid IP address", quote(text))),
    }
}

/// `raw`, a boolean, or a version to report: it must be of the release that is followed
/// (`k8s.io/component-base/version`, `validateDynamicVersion`).
pub(super) fn version(text: &str) -> Result<Value, String> {
    if text == "raw" {
        return Ok("raw".into());
    }
    if !text.starts_with('v') {
        return parse_bool(text).map(|wanted| wanted.to_string().into());
    }
    let rest = &text[1..];
    let end =
        rest.find(|character: char| !(character.is_ascii_digit() || character == '.')).unwrap_or(rest.len());
    let (numbers, suffix) = rest.split_at(end);
    let parts: Vec<&str> = numbers.split('.').collect();
    if parts[0].is_empty() {
        return Err(format!("could not parse {} as version", quote(text)));
    }
    let illegal = |part: &&str| part.is_empty() || (part.len() > 1 && part.starts_with('0'));
    if parts.len() != 3 || parts.iter().any(illegal) {
        return Err(format!("illegal version string {}", quote(text)));
    }
    let marked = suffix.is_empty() || suffix.starts_with(['-', '+']);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-+.".contains(&byte);
    if !marked || suffix.len() == 1 || !suffix.bytes().all(allowed) {
        return Err(format!("could not parse pre-release/metadata ({suffix}) in version {}", quote(text)));
    }
    if numbers != RELEASE {
        return Err(format!(
            "version {} must match major/minor/patch of default version \"v{RELEASE}\"",
            quote(text)
        ));
    }
    Ok(text.into())
}
