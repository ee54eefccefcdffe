//! What the kubelet's list of pods says.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// UID, rejection and waiting containers of each pod, by the pod's name.
pub(super) fn statuses(pods: Vec<Value>) -> BTreeMap<String, Value> {
    pods.into_iter()
        .filter_map(|pod| {
            let name = pod.pointer("/metadata/name")?.as_str()?.to_owned();
            let status = pod.get("status").cloned().unwrap_or_default();
            let failed = status.get("phase") == Some(&json!("Failed")) && status.get("reason").is_some();
            let rejection = if failed {
                json!({"reason": status.get("reason"), "message": status.get("message")})
            } else {
                Value::Null
            };
            let mut waiting = BTreeMap::new();
            for list in ["initContainerStatuses", "containerStatuses"] {
                for container in status.get(list).and_then(Value::as_array).into_iter().flatten() {
                    let reason = container.pointer("/state/waiting/reason").and_then(Value::as_str);
                    if let (Some(name), Some(reason)) =
                        (container.get("name").and_then(Value::as_str), reason)
                    {
                        waiting.insert(name.to_owned(), reason.to_owned());
                    }
                }
            }
            let uid = pod.pointer("/metadata/uid").cloned();
            Some((name, json!({"uid": uid, "rejection": rejection, "waiting": waiting})))
        })
        .collect()
}
