//! What the node says it can do (`status.declaredFeatures`, KEP-5328), so that the scheduler sends no pod that needs more.

use cri::v1::RuntimeFeatures;

/// Of the features of release 1.37, those that this kubelet has: each by its gate, and what the runtime must have for it.
/// `is_enabled` tells whether a gate is on. Sorted.
///
/// Not declared, because not there: web sockets to the kubelet, resizing of pod-level resources, init containers and memory-backed volumes in place, dynamic resource allocation.
///
/// Source: `component-helpers/nodedeclaredfeatures/features`.
pub fn declared_features(
    is_enabled: impl Fn(&str) -> bool,
    runtime: Option<&RuntimeFeatures>,
) -> Vec<String> {
    let of_runtime = runtime.copied().unwrap_or_default();
    let known = [
        ("RestartAllContainersOnContainerExits", true),
        ("UserNamespacesHostNetworkSupport", of_runtime.user_namespaces_host_network),
        ("VolumeBindMountOptions", of_runtime.mount_options),
    ];
    if !is_enabled("NodeDeclaredFeatures") {
        return Vec::new();
    }
    let declared = known.into_iter().filter(|(gate, is_possible)| *is_possible && is_enabled(gate));
    declared.map(|(gate, _)| gate.to_owned()).collect()
}
