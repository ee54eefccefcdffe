//! Registers, and goes on trying.

use super::plan::reconciled;
use crate::patch;
use crate::settings::History;
use apiserver::{ApiError, Nodes};
use k8s_openapi::api::core::v1::Node;
use std::sync::Arc;
use std::time::Duration;

/// Pause after the first failed attempt; it doubles. The first attempt is made at once, where upstream waits as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(7);

/// How the node came to be registered.
#[derive(Clone, Debug)]
pub(crate) enum Registered {
    /// It is new.
    Created(Arc<Node>),
    /// It was there before.
    Found(Arc<Node>),
}

/// See the module.
#[derive(Clone)]
pub(crate) struct Registrar {
    nodes: Nodes,
    name: String,
    history: History,
}

impl Registrar {
    pub(crate) fn new(nodes: Nodes, name: &str, history: History) -> Self {
        Self { nodes, name: name.to_owned(), history }
    }

    /// Until it has succeeded. `initial` makes the node as it should be at each attempt.
    pub(crate) async fn register(&self, mut initial: impl FnMut() -> Node) -> Registered {
        let mut pause = FIRST_PAUSE;
        loop {
            tracing::info!(node = self.name, "Attempting to register node");
            match self.attempt(&initial()).await {
                Ok(registered) => {
                    tracing::info!(node = self.name, "Successfully registered node");
                    return registered;
                }
                Err(error) => {
                    tracing::error!(node = self.name, err = %error, "Unable to register node with API server");
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn attempt(&self, initial: &Node) -> Result<Registered, ApiError> {
        match self.nodes.create(initial).await {
            Ok(node) => return Ok(Registered::Created(node)),
            // Who may not create nodes may still have one.
            Err(error) if error.is_already_exists() || error.is_forbidden() => {}
            Err(error) => return Err(error),
        }
        let existing = self.nodes.get(&self.name).await?;
        tracing::info!(node = self.name, "Node was previously registered");
        match patch::between(&existing, &reconciled(&existing, initial, self.history)) {
            Ok(Some(patch)) => Ok(Registered::Found(self.nodes.patch_status(&self.name, &patch).await?)),
            Ok(None) => Ok(Registered::Found(existing)),
            Err(error) => {
                tracing::error!(node = self.name, err = %error, "Unable to reconcile node with API server");
                Ok(Registered::Found(existing))
            }
        }
    }
}
