//! Which namespaces a pod shares with the node (`kuberuntime/util`, `NamespacesForPod`).

use crate::{ConfigError, NodeFacts};
use cri::v1;
use cri::v1::NamespaceMode;
use k8s_openapi::api::core::v1::Pod;

/// A range of the node's user and group ids that is a pod's own; both maps are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserNamespaceRange {
    /// The node's id of the pod's root.
    pub first_host_id: u32,
    /// How many ids.
    pub length: u32,
}

/// The namespaces of a pod's sandbox and of its containers.
///
/// # Errors
/// For `hostUsers: false` when the runtime cannot do it, or when no ids were set aside.
pub(crate) fn namespaces(
    pod: &Pod,
    runtime_handler: &str,
    user_namespace: Option<&UserNamespaceRange>,
    facts: &NodeFacts,
) -> Result<v1::NamespaceOption, ConfigError> {
    let spec = types::pod::spec(pod);
    let node_or_pod =
        |host: Option<bool>| if host == Some(true) { NamespaceMode::Node } else { NamespaceMode::Pod };
    let pid = match (spec.host_pid, spec.share_process_namespace) {
        (Some(true), _) => NamespaceMode::Node,
        (_, Some(true)) => NamespaceMode::Pod,
        _ => NamespaceMode::Container,
    };
    let users = match spec.host_users {
        Some(false) => own_users(runtime_handler, user_namespace, facts)?,
        Some(true) | None => v1::UserNamespace { mode: NamespaceMode::Node as i32, ..Default::default() },
    };
    Ok(v1::NamespaceOption {
        network: node_or_pod(spec.host_network) as i32,
        pid: pid as i32,
        ipc: node_or_pod(spec.host_ipc) as i32,
        target_id: String::new(),
        userns_options: Some(users),
    })
}

fn own_users(
    runtime_handler: &str,
    range: Option<&UserNamespaceRange>,
    facts: &NodeFacts,
) -> Result<v1::UserNamespace, ConfigError> {
    let handlers = &facts.runtime_handlers;
    let handler = handlers.get(runtime_handler);
    if !handler.is_some_and(|handler| handler.user_namespaces) {
        let mut problem = if runtime_handler.is_empty() {
            "can't set `spec.hostUsers: false`, runtime does not support user namespaces".to_owned()
        } else {
            format!(
                "can't set `spec.hostUsers: false`, RuntimeClass handler {runtime_handler:?} does not support user namespaces"
            )
        };
        if handler.is_none() && !handlers.is_empty() {
            problem.push_str(&format!(": the handler {runtime_handler:?} is not known"));
        }
        return Err(ConfigError::UserNamespace(problem));
    }
    let range = range.ok_or(ConfigError::UserNamespaceNotAllocated)?;
    let mapping = v1::IdMapping { host_id: range.first_host_id, container_id: 0, length: range.length };
    Ok(v1::UserNamespace { mode: NamespaceMode::Pod as i32, uids: vec![mapping], gids: vec![mapping] })
}
