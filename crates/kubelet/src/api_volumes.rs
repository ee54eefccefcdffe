//! What volumes ask of the server, as far as the gates allow.

use crate::cluster::Cluster;
use anyhow::Result;
use apiserver::TrustBundles;
use config::Gates;
use pods::events::EventSink;
use prometheus::Registry;
use std::sync::Arc;
use tasks::{Clock, Stop};
use types::{EventKind, EventObject};
use volumes::{ApiVolumes, NodeReceiver, PodCertificateStates, PodCertificates};

/// What it takes beside the server.
pub(crate) struct VolumeInputs<'a> {
    /// Which kinds of volumes there are.
    pub(crate) gates: &'a Gates,
    /// The node's name.
    pub(crate) node_name: &'a str,
    /// The node's object.
    pub(crate) node: NodeReceiver,
    /// Where events go.
    pub(crate) events: EventSink,
    /// Wall time.
    pub(crate) clock: Clock,
}

/// Handles for volumes. Their tasks end with `stop`.
pub(crate) fn api_volumes(
    cluster: &Cluster,
    inputs: VolumeInputs<'_>,
    registry: &Registry,
    stop: &Stop,
) -> Result<ApiVolumes> {
    let VolumeInputs { gates, node_name, node, events, clock } = inputs;
    let has_bundles = gates.enabled("ClusterTrustBundleProjection");
    let has_certificates = gates.enabled("PodCertificateRequest");
    let tell = Arc::new(move |kind: EventKind, object: EventObject, reason: &str, message: String| {
        events.tell(kind, object, reason, message);
    });
    let pod_certificates = has_certificates
        .then(|| PodCertificates::new(&cluster.api, node_name, node, tell, clock, stop.clone()));
    if let Some(certificates) = &pod_certificates {
        registry.register(Box::new(PodCertificateStates::new(certificates.clone())?))?;
    }
    Ok(ApiVolumes {
        objects: cluster.objects.clone(),
        tokens: cluster.tokens.clone(),
        trust_bundles: has_bundles.then(|| TrustBundles::new(&cluster.api, stop.clone())),
        pod_certificates,
        clock,
    })
}
