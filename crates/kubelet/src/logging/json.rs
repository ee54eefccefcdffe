//! component-base's JSON format (`k8s.io/component-base/logs/json`): `ts`, `caller`, `msg`, `v`, `err`, then the keys.

use super::clock::epoch_milliseconds;
use super::fields::Value;
use super::layer::{Line, Severity};
use std::fmt::Write;

/// One object on one line. Errors have no `v`.
pub(super) fn write(line: &Line<'_>) -> String {
    let mut text = String::with_capacity(160);
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "{{\"ts\":{:.4},\"caller\":{},\"msg\":{}",
        epoch_milliseconds(line.now),
        string(&format!("{}:{}", short(line.file), line.line)),
        string(line.message),
    );
    match line.severity {
        Severity::Info | Severity::Warning => {
            let _ = write!(text, ",\"v\":{}", line.verbosity);
        }
        Severity::Error => {}
    }
    for (key, value) in line.pairs {
        let value = match value {
            Value::Bare(bare) => bare.clone(),
            Value::Text(value) => reference(key, value).unwrap_or_else(|| string(value)),
        };
        let _ = write!(text, ",{}:{value}", string(key));
    }
    text.push_str("}\n");
    text
}

/// klog's `ObjectRef`: an object of name and namespace where the text form is `namespace/name`.
fn reference(key: &str, value: &str) -> Option<String> {
    if key != "pod" && key != "object" {
        return None;
    }
    let (namespace, name) = value.split_once('/')?;
    Some(format!("{{\"name\":{},\"namespace\":{}}}", string(name), string(namespace)))
}

/// Directory and file, as zap's short caller.
fn short(file: &str) -> &str {
    match file.rmatch_indices('/').nth(1) {
        Some((slash, _)) => &file[slash + 1..],
        None => file,
    }
}

fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
