//! Values that are lists.

use super::scalars::{canonical, parse_unsigned_31};
use crate::text::quote;
use serde_json::{Map, Value, json};

pub(super) fn list(previous: Option<&Value>) -> Vec<Value> {
    previous.and_then(Value::as_array).cloned().unwrap_or_default()
}

/// One record of Go's `encoding/csv`.
pub(super) fn csv(text: &str) -> Result<Vec<String>, String> {
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Ok(Vec::new());
    }
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let column = |rest: &str| line.len() - rest.len() + 1;
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut field = String::new();
            let mut tail = quoted;
            loop {
                let Some(quote) = tail.find('"') else {
                    return Err(format!(
                        "parse error on line 1, column {}: extraneous or missing \" in quoted-field",
                        line.len() + 1
                    ));
                };
                field.push_str(&tail[..quote]);
                tail = &tail[quote + 1..];
                let Some(after) = tail.strip_prefix('"') else {
                    break;
                };
                field.push('"');
                tail = after;
            }
            fields.push(field);
            match tail.strip_prefix(',') {
                Some(after) => rest = after,
                None if tail.is_empty() => return Ok(fields),
                None => {
                    return Err(format!(
                        "parse error on line 1, column {}: extraneous or missing \" in quoted-field",
                        column(tail) - 1
                    ));
                }
            }
        } else {
            let (field, after) = match rest.split_once(',') {
                Some((field, after)) => (field, Some(after)),
                None => (rest, None),
            };
            if let Some(quote) = field.find('"') {
                return Err(format!(
                    "parse error on line 1, column {}: bare \" in non-quoted-field",
                    column(rest) + quote
                ));
            }
            fields.push(field.to_owned());
            match after {
                Some(after) => rest = after,
                None => return Ok(fields),
            }
        }
    }
}

/// `pkg/util/taints.ParseTaints` for the forms that may add: `key`, `key=value`, each with `:Effect`. The last
/// occurrence of the flag replaces earlier ones.
pub(super) fn taints(text: &str) -> Result<Value, String> {
    let mut taints: Vec<Value> = Vec::new();
    let mut seen: Vec<(String, String)> = Vec::new();
    for specification in text.split(',').filter(|_| !text.is_empty()) {
        if specification.ends_with('-') {
            // A removal, which upstream parses and then drops.
            crate::taints::parse_removal(specification)?;
            continue;
        }
        let (key, value, effect) = crate::taints::parse(specification)?;
        let identity = (key.clone(), effect.clone());
        if seen.contains(&identity) {
            return Err(format!(
                "duplicated taints with the same key and effect: {{{key} {value} {effect} <nil>}}"
            ));
        }
        seen.push(identity);
        taints.push(json!({"key": key, "value": value, "effect": effect}));
    }
    Ok(Value::Array(taints))
}

pub(super) fn reserved_memory(text: &str, previous: Option<&Value>) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(previous.cloned().unwrap_or(Value::Null));
    }
    let mut reservations = list(previous);
    for reservation in text.split(';') {
        let format_error = || {
            format!(
                "the reserved memory has incorrect format, expected numaNodeID:type=quantity[,type=quantity...], got {reservation}"
            )
        };
        let (node, limits_text) = reservation.split_once(':').ok_or_else(format_error)?;
        if limits_text.contains(':') {
            return Err(format_error());
        }
        let node: i32 = node
            .parse()
            .map_err(|_| format!("failed to convert the NUMA node ID, expected integer, got {node}"))?;
        let mut limits = Map::new();
        for limit in limits_text.split(',') {
            let parts: Vec<&str> = limit.split('=').collect();
            let [resource, quantity] = parts[..] else {
                return Err(format!(
                    "the reserved limit has incorrect value, expected type=quantity, got {limit}"
                ));
            };
            if resource != "memory" && !resource.starts_with("hugepages-") {
                return Err(format!("memory type conversion error, unknown type: {}", quote(resource)));
            }
            let canonical =
                canonical(quantity).map_err(|_| format!("failed to parse the quantity: {quantity}"))?;
            limits.insert(resource.to_owned(), canonical.into());
        }
        reservations.push(json!({"numaNode": node, "limits": limits}));
    }
    Ok(Value::Array(reservations))
}

pub(super) fn vmodule(text: &str, previous: Option<&Value>) -> Result<Value, String> {
    let mut rules = list(previous);
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let halves: Vec<&str> = part.split('=').collect();
        let (pattern, level) = match halves[..] {
            [pattern, level] if !pattern.is_empty() && !level.is_empty() => (pattern, level),
            _ => return Err(format!("{} does not have the pattern=N format", quote(part))),
        };
        let verbosity = parse_unsigned_31(level)
            .map_err(|error| format!("parsing verbosity in {}: {error}", quote(part)))?;
        rules.push(json!({"filePattern": pattern, "verbosity": verbosity}));
    }
    Ok(Value::Array(rules))
}
