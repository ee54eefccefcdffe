//! What volumes ask of the API server.

use apiserver::{Objects, Tokens};
use tasks::Clock;

/// Handles to the API, for volumes whose content is there. Cheap to clone.
#[derive(Clone)]
pub struct ApiVolumes {
    /// Secrets and config maps, each followed while some pod uses it.
    pub objects: Objects,
    /// Tokens of service accounts.
    pub tokens: Tokens,
    /// Wall time: says when a token has to be renewed.
    pub clock: Clock,
}
