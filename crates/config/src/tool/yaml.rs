//! JSON values as YAML that people read, with a remark behind each value.

use crate::schema::child_path;
use serde_json::Value;

/// Column at which remarks start, unless the line is longer.
const REMARK_COLUMN: usize = 56;

/// Writes an object; `remark` is asked for each leaf by its path.
pub(super) fn write(value: &Value, remark: &dyn Fn(&str) -> Option<String>) -> String {
    let mut text = String::new();
    if let Value::Object(entries) = value {
        for (key, entry) in entries {
            write_entry(&mut text, key, entry, key, 0, remark);
        }
    }
    text
}

fn write_entry(
    text: &mut String,
    key: &str,
    value: &Value,
    path: &str,
    indent: usize,
    remark: &dyn Fn(&str) -> Option<String>,
) {
    let margin = " ".repeat(indent);
    let key = scalar(&Value::from(key));
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            text.push_str(&format!("{margin}{key}:\n"));
            for (name, entry) in entries {
                let below = child_path(path, name);
                write_entry(text, name, entry, &below, indent + 2, remark);
            }
        }
        _ => line(text, &format!("{margin}{key}: {}", flow(value)), remark(path)),
    }
}

fn line(text: &mut String, content: &str, remark: Option<String>) {
    text.push_str(content);
    if let Some(remark) = remark {
        let width = content.chars().count();
        text.push_str(&" ".repeat(REMARK_COLUMN.saturating_sub(width).max(1)));
        text.push_str(&format!("# {remark}"));
    }
    text.push('\n');
}

/// A value on one line.
pub(super) fn flow(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", scalar(&Value::from(key.as_str())), flow(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        scalar_value => scalar(scalar_value),
    }
}

/// A scalar, in quotes unless it surely reads as the same text.
fn scalar(value: &Value) -> String {
    let Value::String(text) = value else {
        return value.to_string();
    };
    let plain = text.bytes().next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'/')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte))
        && !is_reserved(text);
    if plain { text.clone() } else { Value::from(text.as_str()).to_string() }
}

/// Words that YAML 1.1 reads as booleans or null.
fn is_reserved(text: &str) -> bool {
    ["y", "yes", "true", "on", "n", "no", "false", "off", "null"].contains(&text.to_lowercase().as_str())
}
