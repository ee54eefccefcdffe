//! Patches of a status, as kubelets and others write it.

use serde_json::{Value, json};

use super::peer::refused;
use super::setting::{pod, uid, version};
use super::{Outcome, Setting, ensure};

pub(super) async fn status_is_apart_from_specification(setting: &Setting) -> Outcome {
    let created = setting.bound_pod("apart").await?;
    let path = setting.path("pods", "apart");
    let both = json!({
        "metadata": { "annotations": { "seen": "yes" } },
        "spec": { "activeDeadlineSeconds": 100 },
        "status": { "message": "hello" },
    });
    let patched = setting.admin.patch(&format!("{path}/status"), &both).await?;
    ensure!(patched["status"]["message"] == "hello", "status: {}", patched["status"]);
    ensure!(patched["spec"] == created["spec"], "the specification changed: {}", patched["spec"]);
    let both = json!({ "spec": { "activeDeadlineSeconds": 100 }, "status": { "message": "no" } });
    let patched = setting.admin.patch(&path, &both).await?;
    ensure!(patched["spec"]["activeDeadlineSeconds"] == 100, "specification: {}", patched["spec"]);
    ensure!(patched["status"]["message"] == "hello", "the status changed: {}", patched["status"]);
    Ok(())
}

pub(super) async fn conditions_are_merged_by_type(setting: &Setting) -> Outcome {
    setting.bound_pod("conditions").await?;
    let path = format!("{}/status", setting.path("pods", "conditions"));
    let theirs = json!({ "status": { "conditions": [{ "type": "example.com/gate", "status": "True" }] } });
    setting.admin.patch(&path, &theirs).await?;
    let ours = json!({ "conditions": [{ "type": "Ready", "status": "False", "reason": "NotYet" }] });
    setting.report("conditions", &ours).await?;
    let ours = json!({ "conditions": [{ "type": "Ready", "status": "True", "reason": null }] });
    let patched = setting.report("conditions", &ours).await?;
    let conditions = patched["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let find = |name: &str| conditions.iter().find(|condition| condition["type"] == name);
    ensure!(find("example.com/gate").is_some(), "the other's condition is lost: {conditions:?}");
    let ready = find("Ready").cloned().unwrap_or_default();
    ensure!(ready["status"] == "True" && ready["reason"].is_null(), "Ready: {ready}");
    let gone = json!({ "conditions": [{ "$patch": "delete", "type": "Ready" }] });
    let patched = setting.report("conditions", &gone).await?;
    ensure!(!patched["status"]["conditions"].to_string().contains("Ready"), "{}", patched["status"]);
    Ok(())
}

pub(super) async fn addresses_of_pods_are_merged_by_address(setting: &Setting) -> Outcome {
    setting.bound_pod("addresses").await?;
    let path = format!("{}/status", setting.path("pods", "addresses"));
    let first = json!({ "podIP": "10.1.0.1", "podIPs": [{ "ip": "10.1.0.1" }] });
    setting.report("addresses", &first).await?;
    // The single address counts, the list follows it.
    let patched = setting.report("addresses", &json!({ "podIPs": [{ "ip": "10.1.0.2" }] })).await?;
    ensure!(patched["status"]["podIPs"] == json!([{ "ip": "10.1.0.1" }]), "{}", patched["status"]);
    // The former address stays in the list, and two of a family may not be.
    let second = json!({ "status": { "podIP": "10.1.0.2", "podIPs": [{ "ip": "10.1.0.2" }] } });
    refused("two addresses", setting.node.patch(&path, &second).await, 422, "Invalid")?;
    let replaced = json!({ "podIP": "10.1.0.2", "podIPs": [{ "$patch": "replace" }, { "ip": "10.1.0.2" }] });
    let patched = setting.report("addresses", &replaced).await?;
    ensure!(patched["status"]["podIPs"] == json!([{ "ip": "10.1.0.2" }]), "{}", patched["status"]);
    let deleted = json!({ "podIP": "10.1.0.3", "podIPs": [{ "$patch": "delete", "ip": "10.1.0.2" }, { "ip": "10.1.0.3" }] });
    let patched = setting.report("addresses", &deleted).await?;
    ensure!(patched["status"]["podIPs"] == json!([{ "ip": "10.1.0.3" }]), "{}", patched["status"]);
    Ok(())
}

pub(super) async fn addresses_of_nodes_are_merged_by_type(setting: &Setting) -> Outcome {
    let path = format!("/api/v1/nodes/{}/status", setting.node_name);
    let addresses =
        |address: &str| json!({ "status": { "addresses": [{ "type": "InternalIP", "address": address }] } });
    setting.node.patch(&path, &addresses("192.0.2.1")).await?;
    let hostname = json!({ "status": { "addresses": [{ "type": "Hostname", "address": "here" }] } });
    setting.node.patch(&path, &hostname).await?;
    let patched = setting.node.patch(&path, &addresses("192.0.2.2")).await?;
    let mut listed = patched["status"]["addresses"].as_array().cloned().unwrap_or_default();
    listed.sort_by_key(Value::to_string);
    let expected = [
        json!({ "type": "Hostname", "address": "here" }),
        json!({ "type": "InternalIP", "address": "192.0.2.2" }),
    ];
    let mut expected = expected.to_vec();
    expected.sort_by_key(Value::to_string);
    ensure!(listed == expected, "{listed:?}");
    Ok(())
}

pub(super) async fn container_statuses_are_replaced(setting: &Setting) -> Outcome {
    setting.bound_pod("statuses").await?;
    let container =
        |name: &str| json!({ "name": name, "image": "i", "imageID": "", "ready": false, "restartCount": 0 });
    let two = json!({ "containerStatuses": [container("main"), container("side")] });
    setting.report("statuses", &two).await?;
    let one = json!({ "containerStatuses": [container("main")] });
    let patched = setting.report("statuses", &one).await?;
    let listed = patched["status"]["containerStatuses"].as_array().map_or(0, Vec::len);
    ensure!(listed == 1, "{}", patched["status"]);
    Ok(())
}

pub(super) async fn patch_of_another_pod_is_invalid(setting: &Setting) -> Outcome {
    let created = setting.bound_pod("other").await?;
    let path = format!("{}/status", setting.path("pods", "other"));
    let patch = |uid: &str| json!({ "metadata": { "uid": uid }, "status": { "message": "for you" } });
    refused("other UID", setting.node.patch(&path, &patch("somebody-else")).await, 422, "Invalid")?;
    setting.node.patch(&path, &patch(uid(&created))).await?;
    Ok(())
}

pub(super) async fn patch_of_an_old_version_is_a_conflict(setting: &Setting) -> Outcome {
    let created = setting.bound_pod("old-version").await?;
    setting.report("old-version", &json!({ "message": "newer" })).await?;
    let path = format!("{}/status", setting.path("pods", "old-version"));
    let patch =
        json!({ "metadata": { "resourceVersion": version(&created) }, "status": { "message": "older" } });
    refused("old version", setting.node.patch(&path, &patch).await, 409, "Conflict")
}

pub(super) async fn ended_container_does_not_run_again(setting: &Setting) -> Outcome {
    let mut wanted = pod("ended-container");
    wanted["spec"]["nodeName"] = json!(setting.node_name);
    wanted["spec"]["restartPolicy"] = json!("Never");
    setting.admin.create(&setting.path("pods", ""), &wanted).await?;
    let status = |state: Value| {
        json!({ "containerStatuses": [
            { "name": "main", "image": "i", "imageID": "", "ready": false, "restartCount": 0, "state": state }
        ] })
    };
    setting.report("ended-container", &status(json!({ "terminated": { "exitCode": 1 } }))).await?;
    let path = format!("{}/status", setting.path("pods", "ended-container"));
    let running = json!({ "status": status(json!({ "running": {} })) });
    refused("running again", setting.node.patch(&path, &running).await, 422, "Invalid")
}

pub(super) async fn quality_of_service_stays(setting: &Setting) -> Outcome {
    setting.bound_pod("quality").await?;
    let path = format!("{}/status", setting.path("pods", "quality"));
    let other = json!({ "status": { "qosClass": "Guaranteed" } });
    refused("other class", setting.node.patch(&path, &other).await, 422, "Invalid")?;
    let patched = setting.report("quality", &json!({ "qosClass": null, "message": "m" })).await?;
    ensure!(patched["status"]["qosClass"] == "BestEffort", "{}", patched["status"]);
    Ok(())
}

pub(super) async fn generation_counts_specifications(setting: &Setting) -> Outcome {
    setting.bound_pod("generation").await?;
    let reported = setting.report("generation", &json!({ "observedGeneration": 1 })).await?;
    ensure!(reported["metadata"]["generation"] == 1, "after a status: {}", reported["metadata"]);
    let image = json!({ "spec": { "containers": [{ "name": "main", "image": "registry.example/app:2" }] } });
    let patched = setting.admin.patch(&setting.path("pods", "generation"), &image).await?;
    ensure!(patched["metadata"]["generation"] == 2, "after an image: {}", patched["metadata"]);
    let labels = json!({ "metadata": { "labels": { "a": "b" } } });
    let patched = setting.admin.patch(&setting.path("pods", "generation"), &labels).await?;
    ensure!(patched["metadata"]["generation"] == 2, "after a label: {}", patched["metadata"]);
    let patched = setting.report("generation", &json!({ "observedGeneration": null })).await?;
    ensure!(patched["status"]["observedGeneration"] == 1, "cleared: {}", patched["status"]);
    Ok(())
}
