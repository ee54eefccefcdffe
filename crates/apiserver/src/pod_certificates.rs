//! Requests for certificates of pods (KEP-4317).

use crate::call::Call;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::watch::{Change, Follower, Selection};
use jiff::Timestamp;
use k8s_openapi::api::certificates::v1::PodCertificateRequest;
use kube::Resource;
use kube::core::Request;
use kube::core::params::PostParams;
use std::sync::Arc;

const RESOURCE: &str = "podcertificaterequests";

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PodCertificateDecision {
    /// There is a certificate.
    Issued(IssuedPodCertificate),
    /// There will be none.
    Refused(PodCertificateRefusal),
    /// The request was deleted before its signer decided.
    Deleted,
}

/// A certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedPodCertificate {
    /// The certificate and those between it and its root, as PEM.
    pub certificate_chain: String,
    /// When the signer would like to be asked again. The server has made sure that it is there.
    pub begin_refresh_at: Option<Timestamp>,
    /// When it expires. The server has made sure that it is there.
    pub not_after: Option<Timestamp>,
}

/// Why there is no certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodCertificateRefusal {
    /// How the signer said no.
    pub kind: RefusalKind,
    /// The signer's word for it.
    pub reason: String,
    /// The signer's sentence.
    pub message: String,
}

/// How a signer says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// It does not want to.
    Denied,
    /// It cannot.
    Failed,
}

impl RefusalKind {
    /// The type of the condition, which is the reason of the event too.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "Denied",
            Self::Failed => "Failed",
        }
    }
}

/// `podcertificaterequests` of the node's pods.
#[derive(Clone)]
pub struct PodCertificateRequests {
    caller: Caller,
    node_name: Arc<str>,
}

impl PodCertificateRequests {
    pub(crate) fn new(caller: Caller, node_name: &str) -> Self {
        Self { caller, node_name: node_name.into() }
    }

    /// The node that the pods are bound to.
    pub fn node_name(&self) -> &str {
        &self.node_name
    }

    /// Makes a request. The server takes those for pods of this node only (`plugin/pkg/admission/noderestriction`).
    pub async fn create(
        &self,
        namespace: &str,
        request: &PodCertificateRequest,
    ) -> Result<PodCertificateRequest, ApiError> {
        let call = Call::new("create", RESOURCE, namespace, "");
        let body = serde_json::to_vec(request).map_err(|cause| ApiError::unsendable(&call, &cause))?;
        let path = Request::new(PodCertificateRequest::url_path(&(), Some(namespace)));
        self.caller.call(call, path.create(&PostParams::default(), body)).await
    }

    /// Waits for the signer's decision. Outages are waited out.
    ///
    /// One watch of this one object, which ends with the decision. Upstream watches all requests of the node, for as long as
    /// it runs, and takes one that it does not see after ten minutes for deleted.
    pub async fn decision(&self, request: &PodCertificateRequest) -> PodCertificateDecision {
        let metadata = &request.metadata;
        let namespace = metadata.namespace.as_deref().unwrap_or_default();
        let path = PodCertificateRequest::url_path(&(), Some(namespace));
        let name = metadata.name.as_deref().unwrap_or_default();
        let mut selection = Selection::named(path, RESOURCE, namespace, name);
        // What the node authorizer asks for.
        selection.fields.push_str(&format!(",spec.nodeName={}", self.node_name));
        let version = metadata.resource_version.clone();
        let mut follower =
            Follower::<PodCertificateRequest>::not_older(self.caller.clone(), selection, version);
        loop {
            let present = match follower.next().await {
                Change::Listed(listed) => listed.into_iter().next(),
                Change::Applied(object) => Some(object),
                Change::Deleted(_) => None,
                Change::Failed(_) => continue,
            };
            let Some(present) = present.filter(|present| present.metadata.uid == metadata.uid) else {
                return PodCertificateDecision::Deleted;
            };
            if let Some(decision) = decision_in(present) {
                return decision;
            }
        }
    }
}

/// What the conditions say; the server allows one of the three.
fn decision_in(request: PodCertificateRequest) -> Option<PodCertificateDecision> {
    let status = request.status?;
    for condition in status.conditions.into_iter().flatten() {
        let kind = match condition.type_.as_str() {
            "Denied" => RefusalKind::Denied,
            "Failed" => RefusalKind::Failed,
            "Issued" => {
                return Some(PodCertificateDecision::Issued(IssuedPodCertificate {
                    certificate_chain: status.certificate_chain.unwrap_or_default(),
                    begin_refresh_at: status.begin_refresh_at.map(|time| time.0),
                    not_after: status.not_after.map(|time| time.0),
                }));
            }
            _ => continue,
        };
        let refusal = PodCertificateRefusal { kind, reason: condition.reason, message: condition.message };
        return Some(PodCertificateDecision::Refused(refusal));
    }
    None
}

#[cfg(test)]
#[path = "pod_certificates_tests.rs"]
mod tests;
