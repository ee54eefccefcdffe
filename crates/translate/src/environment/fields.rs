//! Fields of the pod as values (`podFieldSelectorRuntimeValue`, `pkg/fieldpath`).

use crate::{ConfigError, NodeFacts, sorted_pod_ips};
use k8s_openapi::api::core::v1::{ObjectFieldSelector, Pod};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The value of one field.
pub(super) fn value(
    selector: &ObjectFieldSelector,
    pod: &Pod,
    pod_ips: &[String],
    facts: &NodeFacts,
) -> Result<String, ConfigError> {
    let version = selector.api_version.as_deref().unwrap_or_default();
    if version != "v1" {
        return Err(ConfigError::FieldPath(format!("unsupported pod version: {version}")));
    }
    let path = selector.field_path.as_str();
    let metadata = &pod.metadata;
    let spec = types::pod::spec(pod);
    if let Some((map, key)) = subscript(path) {
        let map = match map {
            "metadata.annotations" => &metadata.annotations,
            "metadata.labels" => &metadata.labels,
            _ => {
                return Err(ConfigError::FieldPath(format!(
                    "field label does not support subscript: {path}"
                )));
            }
        };
        return Ok(map.as_ref().and_then(|map| map.get(key)).cloned().unwrap_or_default());
    }
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    Ok(match path {
        "metadata.annotations" => format_map(metadata.annotations.as_ref()),
        "metadata.labels" => format_map(metadata.labels.as_ref()),
        "metadata.name" => text(&metadata.name),
        "metadata.namespace" => text(&metadata.namespace),
        "metadata.uid" => text(&metadata.uid),
        "spec.nodeName" | "spec.host" => text(&spec.node_name),
        "spec.serviceAccountName" => text(&spec.service_account_name),
        "status.hostIP" => facts.host_ips.first().ok_or(ConfigError::HostIpUnknown)?.to_string(),
        "status.hostIPs" if facts.host_ips.is_empty() => return Err(ConfigError::HostIpUnknown),
        "status.hostIPs" => facts.host_ips.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        "status.podIP" => sorted_pod_ips(pod_ips, &facts.node_ips).into_iter().next().unwrap_or_default(),
        "status.podIPs" => sorted_pod_ips(pod_ips, &facts.node_ips).join(","),
        "spec.restartPolicy" | "spec.schedulerName" | "status.phase" => {
            return Err(ConfigError::FieldPath(format!("unsupported fieldPath: {path}")));
        }
        _ => return Err(ConfigError::FieldPath(format!("field label not supported: {path}"))),
    })
}

/// `path['key']` taken apart.
fn subscript(path: &str) -> Option<(&str, &str)> {
    path.strip_suffix("']")?.split_once("['").filter(|(map, _)| !map.is_empty())
}

/// One `key="value"` per line, sorted by key.
fn format_map(map: Option<&BTreeMap<String, String>>) -> String {
    let lines: Vec<String> =
        map.into_iter().flatten().map(|(key, value)| format!("{key}={}", quote_as_go(value))).collect();
    lines.join("\n")
}

/// Go's `strconv.Quote`: what can be printed stays, the rest is escaped.
fn quote_as_go(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{b}' => quoted.push_str("\\v"),
            '\0'..='\u{1f}' | '\u{7f}' => {
                let _ = write!(quoted, "\\x{:02x}", u32::from(character));
            }
            _ if is_printable(character) => quoted.push(character),
            _ if u32::from(character) < 0x1_0000 => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            _ => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(character));
            }
        }
    }
    quoted.push('"');
    quoted
}

/// Go's `strconv.IsPrint` by Rust's own tables: letters, marks, numbers, punctuation, symbols and the plain blank. They
/// differ only in characters that came to Unicode after version 15: Go 1.26 escapes those.
fn is_printable(character: char) -> bool {
    // A mark would be escaped where nothing stands before it to combine with.
    character == '\'' || String::from_iter(['a', character]).escape_debug().eq(['a', character])
}
