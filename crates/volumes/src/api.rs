//! What volumes ask of the API server.

use apiserver::{Objects, Tokens, TrustBundles};
use tasks::Clock;

use crate::pod_certificates::PodCertificates;

/// Handles to the API, for volumes whose content is there. Cheap to clone.
#[derive(Clone)]
pub struct ApiVolumes {
    /// Secrets and config maps, each followed while some pod uses it.
    pub objects: Objects,
    /// Tokens of service accounts.
    pub tokens: Tokens,
    /// Certificates that pods trust; `None` without the gate `ClusterTrustBundleProjection`.
    pub trust_bundles: Option<TrustBundles>,
    /// Certificates of pods; `None` without the gate `PodCertificateRequest`.
    pub pod_certificates: Option<PodCertificates>,
    /// Wall time: says when a token has to be renewed.
    pub clock: Clock,
}
