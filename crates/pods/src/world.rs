//! Everything outside that actors act on. Made once, by the wiring.

use crate::backoff::BackoffPolicy;
use crate::chains::Chains;
use crate::events::EventSink;
use crate::metrics::Metrics;
use crate::observe::ObserverHandle;
use crate::status;
use crate::user_namespaces::UserNamespaces;
use apiserver::{Objects, RuntimeClasses, Services};
use host::cgroups::Cgroups;
use host::cgroups::resources::Enforcement;
use host::files::Files;
use host::processes::Processes;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tasks::{Clock, watch};
use types::PodUid;

/// Handles to runtime, host and time, and the settings that every pod shares.
pub struct World {
    /// The container runtime.
    pub runtime: Arc<dyn cri::RuntimeService>,
    /// Image pulls.
    pub images: images::Images,
    /// The pods' control groups.
    pub cgroups: Arc<dyn Cgroups>,
    /// Its processes.
    pub processes: Arc<dyn Processes>,
    /// Files and directories.
    pub files: Arc<dyn Files>,
    /// Volumes.
    pub volumes: volumes::Volumes,
    /// Objects of the API that pods name; `None` for a kubelet without an API server.
    pub references: Option<References>,
    /// What the runtime is seen to have.
    pub observer: ObserverHandle,
    /// Why pods get no network of the runtime; `None` while they do.
    pub network: watch::Receiver<Option<String>>,
    /// Where events go.
    pub events: EventSink,
    /// Wall time.
    pub clock: Clock,
    /// What CRI configurations need of the node.
    pub facts: translate::NodeFacts,
    /// What statuses, and fields of pods as variables, say of the node as it is now.
    pub node: watch::Receiver<Arc<status::Facts>>,
    /// Which user ids belong to which pod.
    pub user_namespaces: UserNamespaces,
    /// Metrics of pods.
    pub metrics: Metrics,
    /// Places for chains of runtime calls that start or stop something: about twice the cores, in turn.
    pub chains: Chains,
    /// Settings.
    pub settings: Settings,
}

/// What pods name in the API, beside what their volumes do.
#[derive(Clone)]
pub struct References {
    /// Secrets and config maps that variables come from.
    pub objects: Objects,
    /// The cluster's services, which variables tell of.
    pub services: Services,
    /// Runtime classes.
    pub runtime_classes: RuntimeClasses,
}

/// What the configuration says about all pods.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `--root-dir`.
    pub root_directory: PathBuf,
    /// Where links with upstream's legacy names of log files go: `/var/log/containers`.
    pub container_logs_directory: PathBuf,
    /// How container restarts are slowed down; may change.
    pub restart_backoff: watch::Receiver<BackoffPolicy>,
    /// The file that `resolvConf` names, read anew for each sandbox; `None` when look-ups are turned off.
    pub resolv_conf: Option<PathBuf>,
    /// How limits become cgroup values.
    pub enforcement: Enforcement,
}

impl World {
    /// The node's addresses as its object has them, else as the kubelet found them at its start.
    pub fn host_ips(&self) -> Vec<IpAddr> {
        self.node.borrow().host_ips.clone()
    }

    /// `<root-dir>/pods/<uid>`.
    pub fn pod_directory(&self, uid: &PodUid) -> PathBuf {
        self.pods_directory().join(uid.as_str())
    }

    /// `<root-dir>/pods`.
    pub fn pods_directory(&self) -> PathBuf {
        self.settings.root_directory.join("pods")
    }

    /// The pod's directory of logs.
    pub fn pod_log_directory(&self, name: &types::PodName, uid: &PodUid) -> PathBuf {
        let directory = translate::pod_log_directory(
            &self.facts.pod_logs_directory,
            &name.namespace,
            &name.name,
            uid.as_str(),
        );
        Path::new(&directory).to_owned()
    }
}
