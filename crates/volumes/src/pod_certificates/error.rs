//! Why a pod has no certificate. Worded as upstream does.

use apiserver::{ApiError, PodCertificateRefusal, RefusalKind};
use types::go::quote;

/// Why there is no certificate to be written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PodCertificateError {
    /// The gate `PodCertificateRequest` is off.
    #[error("unimplemented")]
    NotSupported,
    /// There is none yet.
    #[error("credential bundle is not issued yet")]
    NotIssued(#[source] Option<IssueError>),
    /// There will be none.
    #[error(
        "PodCertificateRequest was permanently {}: reason={} message={}",
        permanently(.0.kind), quote(&.0.reason), quote(&.0.message)
    )]
    Refused(PodCertificateRefusal),
}

/// Why there is none yet, where that is not the signer's doing; it is being tried again.
#[derive(Debug, Clone, thiserror::Error)]
pub enum IssueError {
    /// The pod's service account could not be read.
    #[error("while fetching service account: {}", .0.message())]
    ServiceAccount(ApiError),
    /// There is no key.
    #[error("while generating keypair: {0}")]
    Key(KeyError),
    /// The server did not take the request.
    #[error("while creating on API: {}", .0.message())]
    Create(ApiError),
    /// The request was deleted before it was decided.
    #[error("PodCertificateRequest {} appears to have been deleted", quote(.0))]
    Deleted(String),
    /// The signer gave a certificate without saying how long it lives, which the server should have refused.
    #[error("PodCertificateRequest {} was issued without beginRefreshAt or notAfter", quote(.0))]
    Timeless(String),
}

/// Why a key could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A kind of key that does not exist.
    #[error("unknown key type {}", quote(.0))]
    UnknownType(String),
    /// The machine has no randomness, or what was made cannot be written.
    #[error("{0}")]
    NotMade(String),
}

fn permanently(kind: RefusalKind) -> &'static str {
    match kind {
        RefusalKind::Denied => "denied",
        RefusalKind::Failed => "failed",
    }
}
