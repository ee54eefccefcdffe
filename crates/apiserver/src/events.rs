//! Events (`v1`), as upstream's recorder writes them.

use crate::call::Call;
use crate::caller::Caller;
use crate::error::ApiError;
use k8s_openapi::api::core::v1::Event;
use kube::Resource;
use kube::core::Request;
use kube::core::params::{Patch, PatchParams, PostParams};
use serde_json::Value;

const EVENTS: &str = "events";

/// Events, through a client of their own.
#[derive(Clone)]
pub struct Events {
    caller: Caller,
}

impl Events {
    pub(crate) fn new(caller: Caller) -> Self {
        Self { caller }
    }

    /// Creates an event in its namespace. What the server answers is what it was sent, and is not read.
    pub async fn create(&self, event: &Event) -> Result<(), ApiError> {
        let namespace = event.metadata.namespace.as_deref().unwrap_or_default();
        let call = Call::new("create", EVENTS, namespace, event.metadata.name.as_deref().unwrap_or_default());
        let body = serde_json::to_vec(event).map_err(|cause| ApiError::unsendable(&call, &cause))?;
        self.caller.exchange(&call, path(namespace).create(&PostParams::default(), body)).await.map(drop)
    }

    /// Sends a strategic merge patch: one more of the same. Returns what the server made of it: somebody else may have counted too.
    pub async fn patch(&self, namespace: &str, name: &str, patch: &Value) -> Result<Event, ApiError> {
        let call = Call::new("patch", EVENTS, namespace, name);
        let request = path(namespace).patch(name, &PatchParams::default(), &Patch::Strategic(patch));
        self.caller.call(call, request).await
    }
}

fn path(namespace: &str) -> Request {
    Request::new(Event::url_path(&(), Some(namespace)))
}
