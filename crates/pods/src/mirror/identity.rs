//! Which mirror belongs to which pod.

use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use types::{PodName, PodUid};

/// The annotation of a mirror pod: the hash of its static pod.
pub(crate) const CONFIG_MIRROR: &str = "kubernetes.io/config.mirror";

/// The annotation of a static pod with its hash.
const CONFIG_HASH: &str = "kubernetes.io/config.hash";

/// Whether a pod is the image of a static pod.
pub(crate) fn is_mirror(pod: &Pod) -> bool {
    annotation(pod, CONFIG_MIRROR).is_some()
}

/// Whether it is the image of this very pod (`IsMirrorPodOf`).
pub(crate) fn is_mirror_of(mirror: &Pod, pod: &Pod) -> bool {
    annotation(mirror, CONFIG_MIRROR) == Some(hash(pod))
}

/// The pod's UID; the server gives every pod one.
pub(crate) fn uid_of(pod: &Pod) -> PodUid {
    PodUid::from(pod.metadata.uid.as_deref().unwrap_or_default())
}

/// The pod's namespace and name.
pub(crate) fn name_of(pod: &Pod) -> PodName {
    PodName::new(
        pod.metadata.namespace.as_deref().unwrap_or_default(),
        pod.metadata.name.as_deref().unwrap_or_default(),
    )
}

/// The image of a static pod on this node. The node restriction admits no mirror that belongs to anything but its node
/// (KEP-1314).
pub(super) fn mirror_of(pod: &Pod, node: &Node) -> Pod {
    let mut mirror = pod.clone();
    let hash = hash(pod).to_owned();
    mirror.metadata.annotations.get_or_insert_default().insert(CONFIG_MIRROR.to_owned(), hash);
    mirror.metadata.uid = None;
    mirror.metadata.resource_version = None;
    mirror.metadata.owner_references = Some(vec![OwnerReference {
        api_version: "v1".to_owned(),
        kind: "Node".to_owned(),
        name: node.metadata.name.clone().unwrap_or_default(),
        uid: node.metadata.uid.clone().unwrap_or_default(),
        controller: Some(true),
        block_owner_deletion: None,
    }]);
    mirror
}

fn hash(pod: &Pod) -> &str {
    annotation(pod, CONFIG_HASH).unwrap_or_default()
}

fn annotation<'a>(pod: &'a Pod, key: &str) -> Option<&'a str> {
    pod.metadata.annotations.as_ref()?.get(key).map(String::as_str)
}
