//! How pods are deleted.

use serde_json::{Value, json};

use super::peer::refused;
use super::setting::{pod, uid};
use super::{Outcome, Setting, ensure};

fn grace(seconds: i64) -> Value {
    json!({ "gracePeriodSeconds": seconds })
}

pub(super) async fn pod_is_given_grace_which_is_only_shortened(setting: &Setting) -> Outcome {
    setting.bound_pod("grace").await?;
    let path = setting.path("pods", "grace");
    let rows = [
        ("its own", json!({}), 30),
        ("longer", grace(60), 30),
        ("shorter", grace(20), 20),
        ("longer than that", grace(25), 20),
        ("none said", json!({}), 20),
    ];
    for (name, options, expected) in rows {
        let deleted = setting.admin.delete(&path, &options).await?;
        let metadata = &deleted["metadata"];
        ensure!(metadata["deletionGracePeriodSeconds"] == expected, "{name}: {metadata}");
        ensure!(!metadata["deletionTimestamp"].is_null(), "{name}: {metadata}");
        ensure!(metadata["generation"] == 2, "{name}: {metadata}");
    }
    // An update brings nobody back.
    let patch = json!({ "metadata": { "deletionTimestamp": null, "deletionGracePeriodSeconds": null } });
    let patched = setting.admin.patch(&path, &patch).await?;
    ensure!(patched["metadata"]["deletionGracePeriodSeconds"] == 20, "{}", patched["metadata"]);
    Ok(())
}

pub(super) async fn last_delete_of_the_node_removes_the_pod(setting: &Setting) -> Outcome {
    let created = setting.bound_pod("last").await?;
    let path = setting.path("pods", "last");
    setting.admin.delete(&path, &json!({})).await?;
    let options = json!({ "gracePeriodSeconds": 0, "preconditions": { "uid": uid(&created) } });
    let what = "the node's last delete";
    setting.eventually(what, || setting.node.delete(&path, &options)).await?;
    refused("gone", setting.admin.get(&path).await, 404, "NotFound")
}

pub(super) async fn delete_of_another_pod_is_a_conflict(setting: &Setting) -> Outcome {
    setting.bound_pod("recreated").await?;
    let path = setting.path("pods", "recreated");
    let options = json!({ "gracePeriodSeconds": 0, "preconditions": { "uid": "somebody-else" } });
    refused("other UID", setting.admin.delete(&path, &options).await, 409, "Conflict")?;
    setting.admin.get(&path).await?;
    Ok(())
}

pub(super) async fn pod_without_node_goes_at_once(setting: &Setting) -> Outcome {
    setting.admin.create(&setting.path("pods", ""), &pod("unbound")).await?;
    let path = setting.path("pods", "unbound");
    setting.admin.delete(&path, &json!({})).await?;
    refused("gone", setting.admin.get(&path).await, 404, "NotFound")
}

pub(super) async fn ended_pod_goes_at_once(setting: &Setting) -> Outcome {
    setting.bound_pod("ended").await?;
    setting.report("ended", &json!({ "phase": "Failed" })).await?;
    let path = setting.path("pods", "ended");
    setting.admin.delete(&path, &json!({})).await?;
    refused("gone", setting.admin.get(&path).await, 404, "NotFound")
}

pub(super) async fn finalizer_holds_a_pod_back(setting: &Setting) -> Outcome {
    let mut wanted = pod("held");
    wanted["metadata"]["finalizers"] = json!(["example.com/hold"]);
    setting.admin.create(&setting.path("pods", ""), &wanted).await?;
    let path = setting.path("pods", "held");
    let deleted = setting.admin.delete(&path, &grace(0)).await?;
    let metadata = &deleted["metadata"];
    ensure!(metadata["deletionGracePeriodSeconds"] == 0, "{metadata}");
    setting.admin.get(&path).await?;
    let released = json!({ "metadata": { "$deleteFromPrimitiveList/finalizers": ["example.com/hold"] } });
    setting.admin.patch(&path, &released).await?;
    refused("released", setting.admin.get(&path).await, 404, "NotFound")
}

pub(super) async fn status_is_written_during_the_grace(setting: &Setting) -> Outcome {
    setting.bound_pod("ending").await?;
    setting.admin.delete(&setting.path("pods", "ending"), &json!({})).await?;
    let reported = setting.report("ending", &json!({ "phase": "Failed" })).await?;
    ensure!(reported["status"]["phase"] == "Failed", "{}", reported["status"]);
    ensure!(!reported["metadata"]["deletionTimestamp"].is_null(), "{}", reported["metadata"]);
    Ok(())
}
