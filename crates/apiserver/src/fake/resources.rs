//! The kinds of objects that a kubelet deals with.

/// One kind of objects.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// Version.
    pub version: &'static str,
    /// Name in paths.
    pub plural: &'static str,
    /// Kind.
    pub kind: &'static str,
    /// Whether its objects live in namespaces.
    pub scope: Scope,
    /// Where its status is written.
    pub status: StatusWrites,
}

/// Where objects live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// In a namespace.
    Namespaced,
    /// In the cluster.
    Cluster,
}

/// How a status is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatusWrites {
    /// Through the subresource alone.
    Subresource,
    /// There is none.
    Without,
}

const fn resource(
    path: (&'static str, &'static str, &'static str),
    kind: &'static str,
    scope: Scope,
    status: StatusWrites,
) -> Resource {
    Resource { group: path.0, version: path.1, plural: path.2, kind, scope, status }
}

/// Pods.
pub static PODS: Resource = resource(("", "v1", "pods"), "Pod", Scope::Namespaced, StatusWrites::Subresource);
/// Nodes.
pub static NODES: Resource = resource(("", "v1", "nodes"), "Node", Scope::Cluster, StatusWrites::Subresource);
/// Leases.
pub static LEASES: Resource =
    resource(("coordination.k8s.io", "v1", "leases"), "Lease", Scope::Namespaced, StatusWrites::Without);
/// Events, of the core group as the kubelet writes them.
pub static EVENTS: Resource =
    resource(("", "v1", "events"), "Event", Scope::Namespaced, StatusWrites::Without);
/// Secrets.
pub static SECRETS: Resource =
    resource(("", "v1", "secrets"), "Secret", Scope::Namespaced, StatusWrites::Without);
/// Config maps.
pub static CONFIG_MAPS: Resource =
    resource(("", "v1", "configmaps"), "ConfigMap", Scope::Namespaced, StatusWrites::Without);
/// Services.
pub static SERVICES: Resource =
    resource(("", "v1", "services"), "Service", Scope::Namespaced, StatusWrites::Subresource);
/// Service accounts, and the tokens below them.
pub static SERVICE_ACCOUNTS: Resource =
    resource(("", "v1", "serviceaccounts"), "ServiceAccount", Scope::Namespaced, StatusWrites::Without);
/// Namespaces.
pub static NAMESPACES: Resource =
    resource(("", "v1", "namespaces"), "Namespace", Scope::Cluster, StatusWrites::Subresource);
/// Runtime classes.
pub static RUNTIME_CLASSES: Resource =
    resource(("node.k8s.io", "v1", "runtimeclasses"), "RuntimeClass", Scope::Cluster, StatusWrites::Without);
/// Cluster trust bundles.
pub static CLUSTER_TRUST_BUNDLES: Resource = resource(
    ("certificates.k8s.io", "v1beta1", "clustertrustbundles"),
    "ClusterTrustBundle",
    Scope::Cluster,
    StatusWrites::Without,
);

/// Requests for certificates of pods.
pub static POD_CERTIFICATE_REQUESTS: Resource = resource(
    ("certificates.k8s.io", "v1", "podcertificaterequests"),
    "PodCertificateRequest",
    Scope::Namespaced,
    StatusWrites::Subresource,
);

static ALL: [&Resource; 12] = [
    &PODS,
    &NODES,
    &LEASES,
    &EVENTS,
    &SECRETS,
    &CONFIG_MAPS,
    &SERVICES,
    &SERVICE_ACCOUNTS,
    &NAMESPACES,
    &RUNTIME_CLASSES,
    &CLUSTER_TRUST_BUNDLES,
    &POD_CERTIFICATE_REQUESTS,
];

impl Resource {
    /// The kind with this group, version and name in paths.
    pub fn find(group: &str, version: &str, plural: &str) -> Option<&'static Resource> {
        ALL.iter()
            .copied()
            .find(|known| known.group == group && known.version == version && known.plural == plural)
    }

    /// `apiVersion` of its objects.
    pub fn api_version(&self) -> String {
        match self.group {
            "" => self.version.to_owned(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// As errors name it: `pods`, `leases.coordination.k8s.io`.
    pub fn qualified(&self) -> String {
        match self.group {
            "" => self.plural.to_owned(),
            group => format!("{}.{group}", self.plural),
        }
    }

    /// As errors name its kind: `Pod`, `Lease.coordination.k8s.io`.
    pub fn qualified_kind(&self) -> String {
        match self.group {
            "" => self.kind.to_owned(),
            group => format!("{}.{group}", self.kind),
        }
    }
}
