//! Values that are maps.

use super::scalars::parse_bool;
use serde_json::{Map, Value, json};

pub(super) fn object(previous: Option<&Value>) -> Map<String, Value> {
    previous.and_then(Value::as_object).cloned().unwrap_or_default()
}

pub(super) fn pair(text: &str, separator: char, expected: &str) -> Result<(String, String), String> {
    let (key, value) =
        text.split_once(separator).ok_or_else(|| format!("malformed pair, expect {expected}"))?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

pub(super) fn pairs(
    text: &str,
    separator: char,
    expected: &str,
    previous: Option<&Value>,
) -> Result<Value, String> {
    let mut entries = object(previous);
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (key, value) = pair(part, separator, expected)?;
        entries.insert(key, value.into());
    }
    Ok(Value::Object(entries))
}

pub(super) fn labels(text: &str, previous: Option<&Value>) -> Value {
    let mut entries = object(previous);
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        entries.insert(key.trim().to_owned(), value.trim().into());
    }
    Value::Object(entries)
}

pub(super) fn bool_map(text: &str, previous: Option<&Value>) -> Result<Value, String> {
    let mut entries = object(previous);
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (key, value) = pair(part, '=', "string=bool")?;
        let switch =
            parse_bool(&value).map_err(|error| format!("invalid value of {key}: {value}, err: {error}"))?;
        entries.insert(key, switch.into());
    }
    Ok(Value::Object(entries))
}

pub(super) fn header_map(text: &str, previous: Option<&Value>) -> Result<Value, String> {
    let mut entries = object(previous);
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (key, value) = pair(part, ':', "string:string")?;
        if let Value::Array(values) = entries.entry(key).or_insert_with(|| json!([])) {
            values.push(value.into());
        }
    }
    Ok(Value::Object(entries))
}
