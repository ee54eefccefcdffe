//! Objects and their versions.

use serde_json::json;

use super::peer::refused;
use super::setting::{pod, uid, version};
use super::{Outcome, Setting, ensure};

pub(super) async fn created_object_has_an_identity(setting: &Setting) -> Outcome {
    let object = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "identity" }, "data": { "a": "1" } });
    let created = setting.admin.create(&setting.path("configmaps", ""), &object).await?;
    ensure!(!uid(&created).is_empty() && !version(&created).is_empty(), "no identity: {created}");
    let created_at = created["metadata"]["creationTimestamp"].as_str().unwrap_or_default();
    ensure!(created_at.len() == "2000-01-01T00:00:00Z".len(), "created at {created_at:?}");
    ensure!(created["metadata"]["namespace"] == setting.namespace.as_str(), "elsewhere: {created}");
    let read = setting.admin.get(&setting.path("configmaps", "identity")).await?;
    ensure!(read == created, "read {read}, created {created}");
    Ok(())
}

pub(super) async fn created_pod_is_defaulted_and_pending(setting: &Setting) -> Outcome {
    let mut wanted = pod("defaulted");
    wanted["status"] = json!({ "phase": "Running" });
    let created = setting.admin.create(&setting.path("pods", ""), &wanted).await?;
    ensure!(created["metadata"]["generation"] == 1, "generation: {}", created["metadata"]);
    ensure!(created["status"]["phase"] == "Pending", "status: {}", created["status"]);
    ensure!(created["status"]["qosClass"] == "BestEffort", "status: {}", created["status"]);
    let spec = &created["spec"];
    ensure!(spec["restartPolicy"] == "Always", "restart policy of {spec}");
    ensure!(spec["terminationGracePeriodSeconds"] == 30, "grace of {spec}");
    ensure!(spec["dnsPolicy"] == "ClusterFirst" && spec["enableServiceLinks"] == true, "defaults of {spec}");
    let container = &spec["containers"][0];
    ensure!(container["imagePullPolicy"] == "IfNotPresent", "pull policy of {container}");
    ensure!(container["terminationMessagePath"] == "/dev/termination-log", "message path of {container}");
    Ok(())
}

pub(super) async fn object_is_created_once(setting: &Setting) -> Outcome {
    let pods = setting.path("pods", "");
    setting.admin.create(&pods, &pod("once")).await?;
    let again = setting.admin.create(&pods, &pod("once")).await;
    refused("created twice", again, 409, "AlreadyExists")
}

pub(super) async fn name_is_generated(setting: &Setting) -> Outcome {
    let mut wanted = pod("");
    wanted["metadata"] = json!({ "generateName": "generated-" });
    let created = setting.admin.create(&setting.path("pods", ""), &wanted).await?;
    let name = created["metadata"]["name"].as_str().unwrap_or_default();
    let suffix = name.strip_prefix("generated-").unwrap_or_default();
    ensure!(suffix.len() == 5, "named {name:?}");
    Ok(())
}

pub(super) async fn absent_object_is_not_found(setting: &Setting) -> Outcome {
    let path = setting.path("pods", "absent");
    refused("get", setting.admin.get(&path).await, 404, "NotFound")?;
    refused("patch", setting.admin.patch(&path, &json!({})).await, 404, "NotFound")?;
    refused("delete", setting.admin.delete(&path, &json!({})).await, 404, "NotFound")
}

pub(super) async fn old_version_is_not_written(setting: &Setting) -> Outcome {
    let mut wanted = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "versions" }, "data": { "a": "1" } });
    let path = setting.path("configmaps", "versions");
    let first = setting.admin.create(&setting.path("configmaps", ""), &wanted).await?;
    wanted["data"]["a"] = json!("2");
    let second = setting.admin.replace(&path, &wanted).await?;
    ensure!(version(&second) != version(&first), "a write without a version was not written");
    wanted["data"]["a"] = json!("3");
    wanted["metadata"]["resourceVersion"] = json!(version(&first));
    refused("old version", setting.admin.replace(&path, &wanted).await, 409, "Conflict")?;
    wanted["metadata"]["resourceVersion"] = json!(version(&second));
    wanted["metadata"]["uid"] = json!("somebody-else");
    refused("other UID", setting.admin.replace(&path, &wanted).await, 409, "Conflict")
}

pub(super) async fn write_that_changes_nothing_makes_no_version(setting: &Setting) -> Outcome {
    let object = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "same" }, "data": { "a": "1" } });
    let created = setting.admin.create(&setting.path("configmaps", ""), &object).await?;
    let path = setting.path("configmaps", "same");
    let patched = setting.admin.patch(&path, &json!({ "data": { "a": "1" } })).await?;
    ensure!(version(&patched) == version(&created), "{patched} after {created}");
    Ok(())
}

pub(super) async fn list_is_filtered_by_node(setting: &Setting) -> Outcome {
    setting.bound_pod("listed").await?;
    setting.admin.create(&setting.path("pods", ""), &pod("not-listed")).await?;
    let path = format!("/api/v1/pods?fieldSelector=spec.nodeName%3D{}", setting.node_name);
    let list = setting.admin.get(&path).await?;
    let names: Vec<_> =
        list["items"].as_array().into_iter().flatten().map(|pod| &pod["metadata"]["name"]).collect();
    ensure!(names.contains(&&json!("listed")), "not among {names:?}");
    ensure!(!names.contains(&&json!("not-listed")), "among {names:?}");
    ensure!(!version(&list).is_empty(), "a list without a version");
    Ok(())
}
