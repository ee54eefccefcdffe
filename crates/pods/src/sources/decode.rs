//! Content of a manifest to wanted pods.

use jiff::Timestamp;
use std::sync::Arc;
use types::{PodName, PodSource, PodUid, WantedPod};

/// Upstream's annotation with the time a kubelet first saw the pod, in nanoseconds.
pub(super) const CONFIG_SEEN: &str = "kubernetes.io/config.seen";

/// Upstream's annotation with the kind of source.
pub(super) const CONFIG_SOURCE: &str = "kubernetes.io/config.source";

/// What a manifest's pods take from their node.
#[derive(Clone, Debug)]
pub struct NodeIdentity {
    /// The node's name: part of each static pod's name and UID.
    pub name: Arc<str>,
}

/// Decodes, defaults and validates; logs what was odd.
pub(super) fn decode(
    bytes: &[u8],
    kind: manifest::OriginKind<'_>,
    node: &NodeIdentity,
    now: Timestamp,
) -> Result<Vec<Arc<WantedPod>>, manifest::ManifestError> {
    let source = match kind {
        manifest::OriginKind::File { .. } => PodSource::File,
        manifest::OriginKind::Url { .. } => PodSource::Http,
    };
    let origin = manifest::Origin { kind, node_name: &node.name };
    let decoded = manifest::decode(bytes, &origin)?;
    for warning in &decoded.warnings {
        tracing::warn!(warning = %format_args!("{}:{warning}", origin.name()), "Odd manifest");
    }
    Ok(decoded.pods.into_iter().map(|pod| wanted(pod, source, now)).collect())
}

fn wanted(mut pod: k8s_openapi::api::core::v1::Pod, source: PodSource, now: Timestamp) -> Arc<WantedPod> {
    let metadata = &mut pod.metadata;
    let annotations = metadata.annotations.get_or_insert_default();
    annotations.insert(CONFIG_SOURCE.to_owned(), source.as_str().to_owned());
    annotations.insert(CONFIG_SEEN.to_owned(), now.to_string());
    let name = PodName::new(
        metadata.namespace.as_deref().unwrap_or_default(),
        metadata.name.as_deref().unwrap_or_default(),
    );
    let uid = PodUid::from(metadata.uid.clone().unwrap_or_default());
    Arc::new(WantedPod { uid, name, source, seen: now, pod: Arc::new(pod) })
}
