//! The node as the server has it.
//!
//! Owns the newest version seen of the node's own object. Inputs: a watch of that one object, and the server's answers to
//! what this crate sends. Outputs: the whole object for the other parts of this crate, and one without images for everybody
//! else (admission, tokens, mirror pods). One task.

mod task;
#[cfg(test)]
mod tests;

pub(crate) use task::ViewTask;

use k8s_openapi::api::core::v1::Node;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tasks::watch;
use tokio::time::Instant;

/// The node as it was last seen; `None` while that is not known, and when it does not exist.
pub type NodeReceiver = watch::Receiver<Option<Arc<Node>>>;

/// So long the server's answer to a write is believed before a watch that tells of an older version. Longer than any watch
/// is behind; afterwards the watch is right, because the server may have been set back to an older state.
const LEAD: Duration = Duration::from_secs(10);

/// What is known of the node's object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Sight {
    /// Nothing yet.
    #[default]
    Unknown,
    /// It does not exist.
    Absent,
    /// It exists.
    Present(Arc<Node>),
}

impl Sight {
    /// The object, if it is known to exist.
    pub(crate) fn node(&self) -> Option<&Arc<Node>> {
        match self {
            Self::Present(node) => Some(node),
            Self::Unknown | Self::Absent => None,
        }
    }
}

/// The newest version. Cheap to clone; the lock is held for a comparison.
#[derive(Clone)]
pub(crate) struct View(Arc<Shared>);

struct Shared {
    whole: watch::Sender<Sight>,
    public: watch::Sender<Option<Arc<Node>>>,
    /// The version that the server last answered a write with, and when.
    answered: Mutex<Option<(u64, Instant)>>,
}

impl View {
    /// Nothing is known yet.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Shared {
            whole: watch::Sender::default(),
            public: watch::Sender::default(),
            answered: Mutex::default(),
        }))
    }

    /// The whole object.
    pub(crate) fn whole(&self) -> watch::Receiver<Sight> {
        self.0.whole.subscribe()
    }

    /// The object without images.
    pub(crate) fn public(&self) -> NodeReceiver {
        self.0.public.subscribe()
    }

    /// The server answered a write, or a question, with this version.
    pub(crate) fn answered(&self, node: Arc<Node>) {
        let mut answered = self.0.answered.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.0.whole.borrow().node().and_then(|node| version(node));
        let version = version(&node);
        if known > version {
            return;
        }
        *answered = version.map(|version| (version, Instant::now()));
        self.publish(Sight::Present(node));
    }

    /// The watch tells of this version, or that there is none.
    pub(crate) fn watched(&self, node: Option<Arc<Node>>) {
        let mut answered = self.0.answered.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some((newer, at)), Some(node)) = (*answered, &node)
            && at.elapsed() < LEAD
            && version(node).is_some_and(|version| version < newer)
        {
            return;
        }
        *answered = None;
        self.publish(node.map_or(Sight::Absent, Sight::Present));
    }

    fn publish(&self, sight: Sight) {
        let public = sight.node().map(|node| public(node));
        let is_new = self.0.whole.send_if_modified(|known| {
            let is_new = *known != sight;
            *known = sight;
            is_new
        });
        if is_new {
            self.0.public.send_replace(public);
        }
    }
}

/// Versions of one object are numbers that grow (KEP-5504).
fn version(node: &Node) -> Option<u64> {
    node.metadata.resource_version.as_deref()?.parse().ok()
}

fn public(node: &Node) -> Arc<Node> {
    let mut node = node.clone();
    node.metadata.managed_fields = None;
    if let Some(status) = &mut node.status {
        status.images = None;
    }
    Arc::new(node)
}
