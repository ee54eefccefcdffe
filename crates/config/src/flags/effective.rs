//! The values of flags that set no field of the configuration.

use crate::Duration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Options that exist on the command line only (`KubeletFlags` upstream): they belong to one machine, not to a fleet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Flags {
    /// Path of the configuration file; empty for none.
    pub config: String,
    /// Directory of drop-ins; empty for none.
    pub config_dir: String,
    /// Path of the kubeconfig; empty means standalone, without an API server.
    pub kubeconfig: String,
    /// Kubeconfig used to ask for a client certificate while `kubeconfig` does not exist.
    pub bootstrap_kubeconfig: String,
    /// Node name; empty for the host name.
    pub hostname_override: String,
    /// One address, or two separated by a comma; `0.0.0.0` and `::` choose a family.
    pub node_ip: String,
    /// Directory of certificates.
    pub cert_dir: String,
    /// Ours: start the last known pods of the API server while it cannot be reached.
    pub offline_pods: bool,
    /// Empty or `external`.
    pub cloud_provider: String,
    /// Directory of the kubelet's own files.
    pub root_dir: String,
    /// Wins over `seccompDefault` when true: the two are combined with "or".
    pub seccomp_default: bool,
    /// Labels of the node at registration.
    pub node_labels: BTreeMap<String, String>,
    /// Cgroup of the runtime, for its statistics.
    pub runtime_cgroups: String,
    /// File or directory of `CredentialProviderConfig`.
    pub image_credential_provider_config: String,
    /// Directory of credential provider programs.
    pub image_credential_provider_bin_dir: String,
    /// File that is locked while the kubelet runs.
    pub lock_file: String,
    /// Exit when somebody else opens the lock file.
    pub exit_on_lock_contention: bool,
    /// Time between two measurements of containers.
    pub housekeeping_interval: Duration,
    /// Youngest dead container that may be removed.
    pub minimum_container_ttl_duration: Duration,
    /// Dead containers that are kept of each container.
    pub maximum_dead_containers_per_container: i32,
    /// Dead containers that are kept in total; negative for no limit.
    pub maximum_dead_containers: i32,
    /// Formerly the mounter program.
    pub experimental_mounter_path: String,
    /// Leave hard eviction thresholds out of allocatable.
    pub experimental_allocatable_ignore_eviction: bool,
}

impl Default for Flags {
    fn default() -> Self {
        Self {
            config: String::new(),
            config_dir: String::new(),
            kubeconfig: String::new(),
            bootstrap_kubeconfig: String::new(),
            hostname_override: String::new(),
            node_ip: String::new(),
            cert_dir: "/var/lib/kubelet/pki".to_owned(),
            offline_pods: false,
            cloud_provider: String::new(),
            root_dir: "/var/lib/kubelet".to_owned(),
            seccomp_default: false,
            node_labels: BTreeMap::new(),
            runtime_cgroups: String::new(),
            image_credential_provider_config: String::new(),
            image_credential_provider_bin_dir: String::new(),
            lock_file: String::new(),
            exit_on_lock_contention: false,
            housekeeping_interval: Duration::from_seconds(10),
            minimum_container_ttl_duration: Duration::ZERO,
            maximum_dead_containers_per_container: 1,
            maximum_dead_containers: -1,
            experimental_mounter_path: String::new(),
            experimental_allocatable_ignore_eviction: false,
        }
    }
}
