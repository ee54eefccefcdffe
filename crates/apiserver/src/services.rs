//! Services, for the environment of containers.

use crate::cluster_copy::{ClusterCopy, Copied, Identity};
use crate::server::ApiServer;
use crate::watch::Selection;
use k8s_openapi::api::core::v1::Service;
use kube::Resource;
use serde::Deserialize;
use std::sync::Arc;
use tasks::Stop;

/// Headless services are of no use for environments: there are many, and upstream leaves them out too
/// (`kubelet.go`, <https://issues.k8s.io/122394>).
const WITHOUT_HEADLESS: &str = "spec.clusterIP!=None";

/// A copy of all services of the cluster that have an address. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    copy: Arc<ClusterCopy<ServiceInfo>>,
}

/// What a container's environment tells of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceInfo {
    /// Its namespace.
    pub namespace: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// Its address, empty while it has none.
    pub cluster_ip: Box<str>,
    /// Its ports, in the order of the object.
    pub ports: Box<[ServicePort]>,
}

/// A port of a service.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ServicePort {
    /// Its name, empty without one.
    #[serde(default)]
    pub name: Box<str>,
    /// Its number.
    pub port: i32,
    /// `TCP`, `UDP` or `SCTP`.
    #[serde(default = "tcp")]
    pub protocol: Box<str>,
}

fn tcp() -> Box<str> {
    "TCP".into()
}

/// A service as it is read, without the rest.
#[derive(Deserialize)]
struct Read {
    metadata: Identity,
    #[serde(default)]
    spec: ReadSpec,
}

#[derive(Default, Deserialize)]
struct ReadSpec {
    #[serde(default, rename = "clusterIP")]
    cluster_ip: Box<str>,
    #[serde(default)]
    ports: Option<Box<[ServicePort]>>,
}

impl Copied for Read {
    type Kept = ServiceInfo;

    fn keep(self) -> (Identity, ServiceInfo) {
        let Self { metadata, spec: ReadSpec { cluster_ip, ports } } = self;
        let Identity { namespace, name } = metadata;
        let ports = ports.unwrap_or_default();
        let kept = ServiceInfo { namespace: namespace.clone(), name: name.clone(), cluster_ip, ports };
        (Identity { namespace, name }, kept)
    }
}

impl Services {
    /// Begins to follow all services, until `stop`.
    pub fn start(api_server: &ApiServer, stop: Stop) -> Self {
        let selection = Selection {
            path: Service::url_path(&(), None),
            resource: "services",
            namespace: String::new(),
            fields: WITHOUT_HEADLESS.to_owned(),
        };
        Self { copy: ClusterCopy::start::<Read>(api_server.main.clone(), selection, stop) }
    }

    /// Resolves once all services are known.
    pub async fn synced(&self) {
        self.copy.synced().await;
    }

    /// Whether all services are known.
    pub fn is_synced(&self) -> bool {
        self.copy.is_synced()
    }

    /// One service.
    pub fn get(&self, namespace: &str, name: &str) -> Option<Arc<ServiceInfo>> {
        self.copy.get(namespace, name)
    }

    /// All services of a namespace, by name.
    pub fn of_namespace(&self, namespace: &str) -> Vec<Arc<ServiceInfo>> {
        self.copy.of_namespace(namespace)
    }
}
