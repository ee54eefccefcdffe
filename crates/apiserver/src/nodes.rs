//! The node's own object.

use crate::call::Call;
use crate::caller::{Built, Caller};
use crate::error::ApiError;
use crate::watch::{Change, Follower, Selection};
use futures::{Stream, stream};
use k8s_openapi::api::core::v1::Node;
use kube::Resource;
use kube::core::Request;
use kube::core::params::{Patch, PatchParams, PostParams};
use serde_json::Value;
use std::sync::Arc;

const NODES: &str = "nodes";

/// Nodes of the API server.
#[derive(Clone)]
pub struct Nodes {
    main: Caller,
    heartbeat: Caller,
}

impl Nodes {
    pub(crate) fn new(main: Caller, heartbeat: Caller) -> Self {
        Self { main, heartbeat }
    }

    /// The node as the server has it.
    pub async fn get(&self, name: &str) -> Result<Arc<Node>, ApiError> {
        object(&self.main, Call::new("get", NODES, "", name), path().get(name, &Default::default())).await
    }

    /// Registers the node.
    pub async fn create(&self, node: &Node) -> Result<Arc<Node>, ApiError> {
        let call = Call::new("create", NODES, "", node.metadata.name.as_deref().unwrap_or_default());
        let body = serde_json::to_vec(node).map_err(|cause| ApiError::unsendable(&call, &cause))?;
        object(&self.main, call, path().create(&PostParams::default(), body)).await
    }

    /// Sends a strategic merge patch of the object without its status: labels, annotations, taints.
    pub async fn patch(&self, name: &str, patch: &Value) -> Result<Arc<Node>, ApiError> {
        let request = path().patch(name, &PatchParams::default(), &Patch::Strategic(patch));
        object(&self.main, Call::new("patch", NODES, "", name), request).await
    }

    /// Sends a strategic merge patch of `status`, through the heartbeat client.
    pub async fn patch_status(&self, name: &str, patch: &Value) -> Result<Arc<Node>, ApiError> {
        let patch = Patch::Strategic(patch);
        let request = path().patch_subresource("status", name, &PatchParams::default(), &patch);
        object(&self.heartbeat, Call::new("patch", "nodes/status", "", name), request).await
    }

    /// The node called `name`, for ever: at first and at each change, `None` when there is none. An API server
    /// that is away is waited for.
    pub fn watch(&self, name: &str) -> impl Stream<Item = Option<Arc<Node>>> + Send + 'static + use<> {
        let selection = Selection::named(Node::url_path(&(), None), NODES, "", name);
        let follower = Follower::<Node>::new(self.main.clone(), selection);
        stream::unfold(follower, |mut follower| async move {
            let node = loop {
                match follower.next().await {
                    Change::Listed(nodes) => break nodes.into_iter().next(),
                    Change::Applied(node) => break Some(node),
                    Change::Deleted(_) => break None,
                    Change::Failed(_) => {}
                }
            };
            Some((node.map(slim), follower))
        })
    }
}

async fn object(caller: &Caller, call: Call, request: Built) -> Result<Arc<Node>, ApiError> {
    caller.call(call, request).await.map(slim)
}

/// `managedFields` are of no use here.
fn slim(mut node: Node) -> Arc<Node> {
    node.metadata.managed_fields = None;
    Arc::new(node)
}

fn path() -> Request {
    Request::new(Node::url_path(&(), None))
}
