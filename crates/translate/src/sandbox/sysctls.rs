//! Kernel parameters of a pod (`generatePodSandboxLinuxConfig`, `applyPodSysctls`,
//! `ConvertPodSysctlsVariableToDotsSeparator`).

use crate::NodeFacts;
use k8s_openapi::api::core::v1::PodSpec;
use std::collections::BTreeMap;

/// Parameters of the IPC namespace, beside `fs.mqueue.*`.
const IPC_SYSCTLS: [&str; 8] = [
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.sem",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
    "kernel.shm_rmid_forced",
];

/// The node's defaults that apply to the pod's own namespaces, then what the pod itself asks for.
pub(super) fn sysctls(spec: &PodSpec, facts: &NodeFacts) -> BTreeMap<String, String> {
    let mut sysctls: BTreeMap<String, String> = facts
        .default_pod_sysctls
        .iter()
        .map(|(name, value)| (normalized(name), value.clone()))
        .filter(|(name, _)| is_in_pod_namespace(name, spec))
        .collect();
    let asked =
        spec.security_context.as_ref().and_then(|context| context.sysctls.as_deref()).unwrap_or_default();
    sysctls.extend(asked.iter().map(|sysctl| (normalized(&sysctl.name), sysctl.value.clone())));
    sysctls
}

fn is_in_pod_namespace(name: &str, spec: &PodSpec) -> bool {
    if IPC_SYSCTLS.contains(&name) || name.starts_with("fs.mqueue.") {
        !spec.host_ipc.unwrap_or(false)
    } else if name.starts_with("net.") || name == "kernel.domainname" {
        !types::pod::is_host_network(spec)
    } else if name.starts_with("user.") {
        spec.host_users == Some(false)
    } else {
        false
    }
}

/// The dotted spelling of a parameter written with slashes (`component-helpers/node/util/sysctl`, `NormalizeName`):
/// when the first separator is a slash, slashes and dots change places.
fn normalized(name: &str) -> String {
    if name.find(['.', '/']).is_none_or(|first| name.as_bytes()[first] == b'.') {
        return name.to_owned();
    }
    name.chars()
        .map(|character| match character {
            '.' => '/',
            '/' => '.',
            other => other,
        })
        .collect()
}
