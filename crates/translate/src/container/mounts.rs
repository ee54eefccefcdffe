//! What is mounted into a container beside its volumes (`kubelet_pods.go` and `kuberuntime_container.go`, `makeMounts`).

use super::ContainerInputs;
use crate::termination::absolute;
use crate::{NodeFacts, paths};
use cri::v1;
use k8s_openapi::api::core::v1::{Container, Pod};

const HOSTS_FILE: &str = "/etc/hosts";

pub(super) struct Mounts {
    pub(super) all: Vec<v1::Mount>,
    pub(super) hosts_file: Option<String>,
    pub(super) termination_log: Option<String>,
}

/// The volumes' mounts, then the hosts file, then the file for the last words; all with the pod's user namespace.
pub(super) fn complete(
    inputs: &ContainerInputs<'_>,
    facts: &NodeFacts,
    linux: &v1::LinuxContainerConfig,
) -> Mounts {
    let uid = inputs.pod.metadata.uid.as_deref().unwrap_or_default();
    let container = inputs.container;
    let mut all = inputs.mounts.clone();

    let hosts_file = mounts_hosts_file(inputs.pod, container, inputs.pod_ips)
        .then(|| paths::etc_hosts_path(&facts.root_directory, uid));
    all.extend(hosts_file.as_deref().map(|path| mount(path, HOSTS_FILE.to_owned(), facts)));

    let message_path = container.termination_message_path.as_deref().filter(|path| !path.is_empty());
    let termination_log = message_path.map(|message_path| {
        let path = paths::termination_log_path(
            &facts.root_directory,
            uid,
            &container.name,
            inputs.termination_log_id,
        );
        all.push(mount(&path, absolute(message_path), facts));
        path
    });

    let users = linux
        .security_context
        .as_ref()
        .and_then(|security| security.namespace_options.as_ref())
        .and_then(|namespaces| namespaces.userns_options.as_ref());
    if let Some(users) = users {
        for mount in &mut all {
            mount.uid_mappings.clone_from(&users.uids);
            mount.gid_mappings.clone_from(&users.gids);
        }
    }
    Mounts { all, hosts_file, termination_log }
}

/// Whether the kubelet's hosts file is mounted: not before the pod has an IP, unless it uses the node's network, and not
/// over a volume that the container mounts there itself.
pub fn mounts_hosts_file(pod: &Pod, container: &Container, pod_ips: &[String]) -> bool {
    let has_network = !pod_ips.is_empty() || types::pod::is_host_network(types::pod::spec(pod));
    has_network && !container.volume_mounts.iter().flatten().any(|mount| mount.mount_path == HOSTS_FILE)
}

fn mount(host_path: &str, container_path: String, facts: &NodeFacts) -> v1::Mount {
    v1::Mount {
        host_path: host_path.to_owned(),
        container_path,
        selinux_relabel: facts.selinux_enabled,
        ..Default::default()
    }
}
