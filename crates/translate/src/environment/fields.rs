//! Fields of the pod as values (`podFieldSelectorRuntimeValue`, `pkg/fieldpath`).

use crate::{ConfigError, NodeFacts, sorted_pod_ips};
use k8s_openapi::api::core::v1::{ObjectFieldSelector, Pod};
use std::collections::BTreeMap;
use std::net::IpAddr;
use types::go::quote;

/// Addresses that fields of the status tell.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Addresses<'a> {
    /// The pod's, as the runtime reported them.
    pub(super) pod: &'a [String],
    /// The node's.
    pub(super) host: &'a [IpAddr],
}

/// The value of one field.
pub(super) fn value(
    selector: &ObjectFieldSelector,
    pod: &Pod,
    addresses: Addresses<'_>,
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
    let pod_ips = || sorted_pod_ips(addresses.pod, &facts.node_ips);
    Ok(match path {
        "metadata.annotations" => format_map(metadata.annotations.as_ref()),
        "metadata.labels" => format_map(metadata.labels.as_ref()),
        "metadata.name" => text(&metadata.name),
        "metadata.namespace" => text(&metadata.namespace),
        "metadata.uid" => text(&metadata.uid),
        "spec.nodeName" | "spec.host" => text(&spec.node_name),
        "spec.serviceAccountName" => text(&spec.service_account_name),
        "status.hostIP" => addresses.host.first().ok_or(ConfigError::HostIpUnknown)?.to_string(),
        "status.hostIPs" if addresses.host.is_empty() => return Err(ConfigError::HostIpUnknown),
        "status.hostIPs" => addresses.host.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        "status.podIP" => pod_ips().into_iter().next().unwrap_or_default(),
        "status.podIPs" => pod_ips().join(","),
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
        map.into_iter().flatten().map(|(key, value)| format!("{key}={}", quote(value))).collect();
    lines.join("\n")
}
