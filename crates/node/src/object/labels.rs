//! Labels, taints, annotations and provider id of a node that registers.

use crate::settings::{CloudProvider, NodeSettings};
use k8s_openapi::api::core::v1::{Node, NodeSpec, Taint};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::BTreeMap;

/// The cluster's controller attaches volumes to this node.
pub const ATTACH_DETACH_ANNOTATION: &str = "volumes.kubernetes.io/controller-managed-attach-detach";

/// Keeps pods away until a cloud controller has looked at the node.
const UNINITIALIZED_TAINT: &str = "node.cloudprovider.kubernetes.io/uninitialized";

const OS: &str = "kubernetes.io/os";
const ARCHITECTURE: &str = "kubernetes.io/arch";
const LINUX: &str = "linux";

/// Labels that a node which registered before gets anew (`updateDefaultLabels`).
pub(crate) const DEFAULT_LABELS: [&str; 11] = [
    "kubernetes.io/hostname",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
    "node.kubernetes.io/instance-type",
    "beta.kubernetes.io/instance-type",
    OS,
    ARCHITECTURE,
    "beta.kubernetes.io/os",
    "beta.kubernetes.io/arch",
];

/// The node's labels: the default ones, overruled by `--node-labels`.
pub fn node_labels(
    name: &str,
    architecture: &str,
    configured: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let own = [
        ("kubernetes.io/hostname", name),
        (OS, LINUX),
        (ARCHITECTURE, architecture),
        ("beta.kubernetes.io/os", LINUX),
        ("beta.kubernetes.io/arch", architecture),
    ];
    let mut labels: BTreeMap<String, String> =
        own.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    labels.extend(configured.iter().map(|(key, value)| (key.clone(), value.clone())));
    labels
}

/// A node without status.
pub(super) fn node(settings: &NodeSettings) -> Node {
    let mut taints = settings.taints.clone();
    if settings.cloud_provider == CloudProvider::External {
        taints.push(Taint {
            key: UNINITIALIZED_TAINT.to_owned(),
            value: Some("true".to_owned()),
            effect: "NoSchedule".to_owned(),
            time_added: None,
        });
    }
    let attached = [(ATTACH_DETACH_ANNOTATION.to_owned(), "true".to_owned())];
    Node {
        metadata: ObjectMeta {
            name: Some(settings.name.clone()),
            labels: Some(node_labels(&settings.name, &settings.identity.architecture, &settings.labels)),
            annotations: settings.controller_attach_detach.then(|| attached.into()),
            ..ObjectMeta::default()
        },
        spec: Some(NodeSpec {
            provider_id: Some(settings.provider_id.clone()).filter(|id| !id.is_empty()),
            taints: Some(taints).filter(|taints| !taints.is_empty()),
            ..NodeSpec::default()
        }),
        status: None,
    }
}

/// Two labels are put right whenever somebody changes them.
pub(super) fn write_required(node: &mut Node, settings: &NodeSettings) {
    let labels = node.metadata.labels.get_or_insert_default();
    for (key, value) in [(OS, LINUX), (ARCHITECTURE, settings.identity.architecture.as_str())] {
        if labels.get(key).map(String::as_str) != Some(value) {
            labels.insert(key.to_owned(), value.to_owned());
        }
    }
}
