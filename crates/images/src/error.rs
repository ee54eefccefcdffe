//! Why an image is not there, with the words of the container's status.

use jiff::Timestamp;
use types::reasons::waiting;

/// Why a container's image cannot be used now.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ImageError {
    /// The status's waiting reason, one of `types::reasons`.
    pub reason: &'static str,
    /// The status's waiting message.
    pub message: String,
    /// The moment from which trying again makes sense; `None`: the caller's usual pause.
    pub retry_at: Option<Timestamp>,
}

impl ImageError {
    pub(crate) fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), retry_at: None }
    }

    /// From a failed pull: upstream recognises two kinds by how the runtime's words begin (`evalCRIPullErr`).
    pub(crate) fn from_pull(image: &str, words: &str) -> Self {
        for (reason, explanation) in [
            (waiting::REGISTRY_UNAVAILABLE, "the registry is unavailable"),
            (waiting::SIGNATURE_VALIDATION_FAILED, "the signature validation failed"),
        ] {
            if let Some(rest) = words.strip_prefix(reason) {
                return Self::new(
                    reason,
                    format!("image pull failed for {image} because {explanation}{rest}"),
                );
            }
        }
        Self::new(waiting::ERR_IMAGE_PULL, words)
    }
}
