//! Node info, the kubelet's port, images, runtime handlers, features.

use super::Facts;
use crate::settings::NodeSettings;
use crate::tell::NodeEvent;
use k8s_openapi::api::core::v1::{
    DaemonEndpoint, NodeDaemonEndpoints, NodeFeatures, NodeRuntimeHandler, NodeRuntimeHandlerFeatures,
    NodeStatus, NodeSwapStatus, NodeSystemInfo,
};

/// Writes them; says so when the machine was started anew since the server last heard of it.
pub(super) fn write(status: &mut NodeStatus, settings: &NodeSettings, facts: &Facts) -> Option<NodeEvent> {
    let identity = &settings.identity;
    let info = status.node_info.get_or_insert_default();
    let rebooted = !info.boot_id.is_empty() && info.boot_id != identity.boot_id;
    *info = NodeSystemInfo {
        architecture: identity.architecture.clone(),
        boot_id: identity.boot_id.clone(),
        container_runtime_version: facts.runtime.version.clone(),
        kernel_version: identity.kernel_version.clone(),
        // Deprecated, and empty since 1.33 (gate `DisableNodeKubeProxyVersion`).
        kube_proxy_version: String::new(),
        kubelet_version: settings.kubelet_version.clone(),
        machine_id: identity.machine_id.clone(),
        operating_system: "linux".to_owned(),
        os_image: identity.os_image.clone(),
        running_in_user_namespace: identity.in_user_namespace,
        swap: match identity.swap_bytes {
            0 => info.swap.take(),
            bytes => Some(NodeSwapStatus { capacity: Some(bytes) }),
        },
        system_uuid: identity.system_uuid.clone(),
    };
    status.daemon_endpoints =
        Some(NodeDaemonEndpoints { kubelet_endpoint: Some(DaemonEndpoint { port: settings.kubelet_port }) });
    status.images = Some(facts.images.to_vec()).filter(|images| !images.is_empty());
    status.runtime_handlers = handlers(facts);
    if let Some(features) = &facts.runtime.features {
        status.features =
            Some(NodeFeatures { supplemental_groups_policy: Some(features.supplemental_groups_policy) });
    }
    status.declared_features =
        Some(settings.declared_features.clone()).filter(|features| !features.is_empty());
    // Volumes that a controller attaches are not mounted by this kubelet.
    status.volumes_in_use = None;
    rebooted.then(|| NodeEvent::Rebooted { boot_id: identity.boot_id.clone() })
}

fn handlers(facts: &Facts) -> Option<Vec<NodeRuntimeHandler>> {
    let handler = |handler: &crate::runtime::Handler| NodeRuntimeHandler {
        name: Some(handler.name.clone()),
        features: Some(NodeRuntimeHandlerFeatures {
            recursive_read_only_mounts: Some(handler.recursive_read_only_mounts),
            user_namespaces: Some(handler.user_namespaces),
        }),
    };
    let handlers: Vec<NodeRuntimeHandler> = facts.runtime.handlers.iter().map(handler).collect();
    (!handlers.is_empty()).then_some(handlers)
}
