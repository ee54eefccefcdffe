//! What a node may write.

use serde_json::{Value, json};

use super::peer::refused;
use super::setting::{pod, uid};
use super::{Outcome, Setting, ensure};

/// A mirror pod, as a kubelet makes it.
fn mirror_pod(setting: &Setting, name: &str, node_uid: &str) -> Value {
    let mut mirror = pod(name);
    mirror["metadata"]["annotations"] = json!({
        "kubernetes.io/config.mirror": "0123456789",
        "kubernetes.io/config.hash": "0123456789",
        "kubernetes.io/config.source": "file",
    });
    mirror["metadata"]["ownerReferences"] = json!([
        { "apiVersion": "v1", "kind": "Node", "name": setting.node_name, "uid": node_uid, "controller": true }
    ]);
    mirror["spec"]["nodeName"] = json!(setting.node_name);
    mirror
}

pub(super) async fn node_makes_mirror_pods_alone(setting: &Setting) -> Outcome {
    let node = setting.node.get(&format!("/api/v1/nodes/{}", setting.node_name)).await?;
    let pods = setting.path("pods", "");
    let good = mirror_pod(setting, "mirror", uid(&node));
    let mut rows = Vec::new();
    let mut plain = good.clone();
    plain["metadata"]["annotations"] = json!({});
    rows.push(("without the annotation", plain));
    let mut elsewhere = good.clone();
    elsewhere["spec"]["nodeName"] = json!("other");
    rows.push(("elsewhere", elsewhere));
    let mut orphan = good.clone();
    orphan["metadata"]["ownerReferences"] = json!([]);
    rows.push(("without an owner", orphan));
    rows.push(("of a former node", mirror_pod(setting, "mirror", "somebody-else")));
    let mut reader = good.clone();
    reader["spec"]["volumes"] = json!([{ "name": "v", "secret": { "secretName": "mine" } }]);
    rows.push(("that reads a secret", reader));
    for (name, object) in rows {
        refused(name, setting.node.create(&pods, &object).await, 403, "Forbidden")?;
    }
    // What the server knows of the node may lag.
    let created = setting.eventually("a mirror pod", || setting.node.create(&pods, &good)).await?;
    let path = setting.path("pods", "mirror");
    let change = json!({ "metadata": { "labels": { "a": "b" } } });
    refused("changed", setting.node.patch(&path, &change).await, 403, "Forbidden")?;
    let options = json!({ "gracePeriodSeconds": 0, "preconditions": { "uid": uid(&created) } });
    setting.eventually("deleted", || setting.node.delete(&path, &options)).await?;
    Ok(())
}

pub(super) async fn node_writes_the_status_of_its_pods_alone(setting: &Setting) -> Outcome {
    setting.bound_pod("own").await?;
    setting.admin.create(&setting.path("pods", ""), &pod("foreign")).await?;
    let path = |name: &str| format!("{}/status", setting.path("pods", name));
    let status = json!({ "status": { "message": "m" } });
    setting.node.patch(&path("own"), &status).await?;
    refused("foreign", setting.node.patch(&path("foreign"), &status).await, 403, "Forbidden")?;
    let labelled = json!({ "metadata": { "labels": { "a": "b" } } });
    refused("labels", setting.node.patch(&path("own"), &labelled).await, 403, "Forbidden")?;
    let options = json!({ "gracePeriodSeconds": 0 });
    let deleted = setting.node.delete(&setting.path("pods", "foreign"), &options).await;
    refused("deleted", deleted, 403, "Forbidden")
}

pub(super) async fn node_does_not_taint_itself(setting: &Setting) -> Outcome {
    let path = format!("/api/v1/nodes/{}", setting.node_name);
    let tainted = json!({ "spec": { "taints": [{ "key": "mine", "effect": "NoSchedule" }] } });
    refused("taints", setting.node.patch(&path, &tainted).await, 403, "Forbidden")?;
    let labelled = |label: &str| json!({ "metadata": { "labels": { label: "x" } } });
    let forbidden = labelled("node-role.kubernetes.io/control-plane");
    refused("role", setting.node.patch(&path, &forbidden).await, 403, "Forbidden")?;
    let restricted = labelled("node-restriction.kubernetes.io/a");
    refused("restricted", setting.node.patch(&path, &restricted).await, 403, "Forbidden")?;
    for label in ["kubernetes.io/hostname", "node.kubernetes.io/a", "example.com/a"] {
        let patched = setting.node.patch(&path, &labelled(label)).await?;
        ensure!(patched["metadata"]["labels"][label] == "x", "{label}: {}", patched["metadata"]);
    }
    let other = setting.node.patch("/api/v1/nodes/other", &labelled("example.com/a")).await;
    ensure!(other.is_err(), "another node: {other:?}");
    refused("deleted", setting.node.delete(&path, &json!({})).await, 403, "Forbidden")
}

pub(super) async fn node_tells_events(setting: &Setting) -> Outcome {
    let event = json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": { "name": "event.1", "namespace": setting.namespace },
        "involvedObject": { "kind": "Pod", "namespace": setting.namespace, "name": "own" },
        "reason": "Started",
        "message": "Container started",
        "type": "Normal",
        "count": 1,
        "source": { "component": "kubelet", "host": setting.node_name },
        "firstTimestamp": "2026-01-01T00:00:00Z",
        "lastTimestamp": "2026-01-01T00:00:00Z",
    });
    setting.node.create(&setting.path("events", ""), &event).await?;
    let again = json!({ "count": 2, "lastTimestamp": "2026-01-01T00:00:10Z" });
    let patched = setting.node.patch(&setting.path("events", "event.1"), &again).await?;
    ensure!(patched["count"] == 2 && patched["reason"] == "Started", "{patched}");
    let read = setting.node.get(&setting.path("events", "event.1")).await;
    refused("read", read, 403, "Forbidden")
}
