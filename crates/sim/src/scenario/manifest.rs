//! A pod of a scenario as a manifest, and through the real decoder to what the sources deliver.

use super::{Manifest, Medium, PodSpec, Policy};
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};
use std::sync::Arc;
use types::PodSource;

/// The node.
pub const NODE_NAME: &str = "node";

/// Where pods of the URL source come from.
pub const MANIFEST_URL: &str = "http://manifests.example/pods";

/// The pod of one version of a manifest.
///
/// # Panics
/// When the generator made a manifest that is refused: its own mistake.
pub fn decode(index: usize, manifest: &Manifest, version: usize) -> Arc<Pod> {
    let content = serde_json::to_vec(&content(
        &manifest.pod_name,
        manifest.uid.as_deref(),
        &manifest.versions[version],
    ))
    .expect("it is JSON already");
    let path = format!("/etc/kubernetes/manifests/{index}.yaml");
    let kind = match manifest.source {
        PodSource::File | PodSource::Api => manifest::OriginKind::File { path: &path },
        PodSource::Http => manifest::OriginKind::Url { url: MANIFEST_URL },
    };
    let origin = manifest::Origin { kind, node_name: NODE_NAME };
    let decoded = manifest::decode(&content, &origin).expect("the generator makes good manifests");
    Arc::new(decoded.pods.into_iter().next().expect("there is one pod in it"))
}

/// A pod's object.
pub(super) fn content(name: &str, uid: Option<&str>, spec: &PodSpec) -> Value {
    let mut metadata = json!({ "name": name, "labels": { "version": format!("v{}", spec.label) } });
    if let Some(uid) = uid {
        metadata["uid"] = json!(uid);
    }
    let volumes: Vec<Value> = spec
        .volumes
        .iter()
        .enumerate()
        .map(|(index, medium)| match medium {
            Medium::Disk => json!({ "name": format!("v{index}"), "emptyDir": {} }),
            Medium::Memory => {
                json!({ "name": format!("v{index}"), "emptyDir": { "medium": "Memory", "sizeLimit": "8Mi" } })
            }
        })
        .collect();
    let policy = match spec.policy {
        Policy::Always => "Always",
        Policy::OnFailure => "OnFailure",
        Policy::Never => "Never",
    };
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {
            "restartPolicy": policy,
            "terminationGracePeriodSeconds": spec.grace_seconds,
            "hostNetwork": spec.host_network,
            "initContainers": spec.init.iter().map(|plan| container(spec, plan)).collect::<Vec<_>>(),
            "containers": spec.containers.iter().map(|plan| container(spec, plan)).collect::<Vec<_>>(),
            "volumes": volumes,
        },
    })
}

fn container(spec: &PodSpec, plan: &super::ContainerPlan) -> Value {
    let mounts: Vec<Value> = (0..spec.volumes.len())
        .map(|index| {
            let mut mount = json!({ "name": format!("v{index}"), "mountPath": format!("/v{index}") });
            if plan.sub_path && index == 0 {
                mount["subPath"] = json!("below/here");
            }
            mount
        })
        .collect();
    let mut container = json!({
        "name": plan.name,
        "image": format!("{}:1", plan.image.name()),
        "imagePullPolicy": if plan.always_pull { "Always" } else { "IfNotPresent" },
        "command": plan.behaviour.command(),
        "volumeMounts": mounts,
    });
    let amounts = json!({ "cpu": "100m", "memory": "16Mi" });
    match spec.qos {
        1 => container["resources"] = json!({ "requests": amounts }),
        2 => container["resources"] = json!({ "requests": amounts, "limits": amounts }),
        _ => {}
    }
    if plan.is_sidecar {
        container["restartPolicy"] = json!("Always");
    }
    container
}
