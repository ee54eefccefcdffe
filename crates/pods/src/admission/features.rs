//! Features of pods that a node declares (KEP-5328), and resources for the pod as a whole.
//!
//! Source: `component-helpers/nodedeclaredfeatures/features`, `pkg/kubelet/lifecycle/{handlers,features_linux}.go`.

use super::node::NodeView;
use super::rejection::Rejection;
use k8s_openapi::api::core::v1::{Container, PodSpec};

/// What this node can do of that which pods may need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// The gate `PodLevelResources`.
    pub pod_level_resources: bool,
    /// The gate `NodeDeclaredFeatures`: without it nothing below is asked for.
    pub declared: bool,
    /// `RestartAllContainersOnContainerExits`: the gate.
    pub restart_all_containers: bool,
    /// `UserNamespacesHostNetworkSupport`: the gate, and a runtime that can do it.
    pub user_namespaces_host_network: bool,
    /// `VolumeBindMountOptions`: the gate, and a runtime that can do it.
    pub volume_bind_mount_options: bool,
}

/// Rejects a pod that needs what the node does not have.
pub(super) fn check(node: &NodeView, spec: &PodSpec) -> Result<(), Rejection> {
    let features = &node.features;
    if types::resources::pod_level_resources_set(spec) && !features.pod_level_resources {
        return Err(Rejection::new(
            "PodLevelResourcesNotSupported",
            "PodLevelResources feature gate is disabled",
        ));
    }
    if !features.declared {
        return Ok(());
    }
    let missing: Vec<&str> = [
        ("RestartAllContainersOnContainerExits", features.restart_all_containers, restarts_all(spec)),
        (
            "UserNamespacesHostNetworkSupport",
            features.user_namespaces_host_network,
            spec.host_network == Some(true) && spec.host_users == Some(false),
        ),
        ("VolumeBindMountOptions", features.volume_bind_mount_options, has_bind_mount_options(spec)),
    ]
    .into_iter()
    .filter(|(_, is_there, is_needed)| *is_needed && !is_there)
    .map(|(name, _, _)| name)
    .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("Pod requires node features that are not available: {}", missing.join(", "));
    Err(Rejection::new("PodFeatureUnsupported", message))
}

fn containers(spec: &PodSpec) -> impl Iterator<Item = &Container> {
    spec.containers.iter().chain(spec.init_containers.iter().flatten())
}

fn restarts_all(spec: &PodSpec) -> bool {
    let mut rules = containers(spec).flat_map(|container| container.restart_policy_rules.iter().flatten());
    rules.any(|rule| rule.action == "RestartAllContainers")
}

fn has_bind_mount_options(spec: &PodSpec) -> bool {
    let of_ephemeral = spec
        .ephemeral_containers
        .iter()
        .flatten()
        .flat_map(|container| container.volume_mounts.iter().flatten());
    let mut mounts =
        containers(spec).flat_map(|container| container.volume_mounts.iter().flatten()).chain(of_ephemeral);
    mounts.any(|mount| mount.bind_mount_options.as_ref().is_some_and(|options| !options.is_empty()))
}
