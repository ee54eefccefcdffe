//! Pods: what is bound to this node, and the calls about one pod.

mod diff;
mod object;

use crate::call::Call;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::watch::{Follower, Selection};
use diff::Known;
use futures::{Stream, stream};
use k8s_openapi::api::core::v1::{Pod, PodSpec};
use kube::Resource;
use kube::core::Request;
use kube::core::params::{DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use object::{ReadPod, ReadStatus};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::Arc;
use types::PodUid;

const PODS: &str = "pods";

/// Pods of the API server.
#[derive(Clone)]
pub struct Pods {
    caller: Caller,
}

/// What happened to a pod of this node. Pods are told apart by UID: one that was made anew under its old name
/// is another pod, and the old one is gone.
#[derive(Clone, Debug)]
pub enum PodChange {
    /// It is bound to this node, or changed.
    Applied {
        /// The pod but for its specification, without `managedFields`.
        pod: Arc<Pod>,
        /// Its specification: apart, as few keep more than one.
        spec: Box<PodSpec>,
    },
    /// It is gone.
    Deleted {
        /// Its UID.
        uid: PodUid,
        /// Its last known state, without its specification.
        last: Arc<Pod>,
    },
    /// All that existed at the beginning has been told. Comes once.
    Synced,
}

impl Pods {
    pub(crate) fn new(caller: Caller) -> Self {
        Self { caller }
    }

    /// Everything that is bound to `node_name`, for ever. An API server that is away is waited for.
    ///
    /// Needs `list` and `watch` of pods with the field selector `spec.nodeName`, which the node authorizer grants.
    pub fn watch(&self, node_name: &str) -> impl Stream<Item = PodChange> + Send + 'static + use<> {
        let selection = Selection {
            path: Pod::url_path(&(), None),
            resource: PODS,
            namespace: String::new(),
            fields: format!("spec.nodeName={node_name}"),
        };
        let follower = Follower::<ReadPod>::new(self.caller.clone(), selection);
        let state = (follower, Known::default(), VecDeque::new());
        stream::unfold(state, |(mut follower, mut known, mut pending)| async move {
            loop {
                if let Some(change) = pending.pop_front() {
                    return Some((change, (follower, known, pending)));
                }
                known.apply(follower.next().await, &mut pending);
            }
        })
    }

    /// The pod as the server has it.
    pub async fn get(&self, namespace: &str, name: &str) -> Result<Arc<Pod>, ApiError> {
        let call = Call::new("get", PODS, namespace, name);
        self.object(call, path(namespace).get(name, &Default::default())).await
    }

    /// Sends a strategic merge patch of `status`; returns what the server made of it, without the specification.
    pub async fn patch_status(
        &self,
        namespace: &str,
        name: &str,
        patch: &Value,
    ) -> Result<Arc<Pod>, ApiError> {
        let call = Call::new("patch", "pods/status", namespace, name);
        let patch = Patch::Strategic(patch);
        let request = path(namespace).patch_subresource("status", name, &PatchParams::default(), &patch);
        self.caller.call(call, request).await.map(ReadStatus::into_pod)
    }

    /// Creates `pod` in its namespace: a mirror pod, the only kind that a node may create.
    pub async fn create(&self, pod: &Pod) -> Result<Arc<Pod>, ApiError> {
        let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
        let call = Call::new("create", PODS, namespace, pod.metadata.name.as_deref().unwrap_or_default());
        let body = serde_json::to_vec(pod).map_err(|cause| ApiError::unsendable(&call, &cause))?;
        self.object(call, path(namespace).create(&PostParams::default(), body)).await
    }

    /// Deletes the pod if it still has this UID; [`ApiError::Conflict`] when it has another one. With a grace of
    /// 0 the object is gone afterwards.
    pub async fn delete(
        &self,
        namespace: &str,
        name: &str,
        uid: &PodUid,
        grace_seconds: i64,
    ) -> Result<(), ApiError> {
        let call = Call::new("delete", PODS, namespace, name);
        let seconds = u32::try_from(grace_seconds.max(0)).unwrap_or(u32::MAX);
        let uid = Some(uid.as_str().to_owned());
        let preconditions = Some(Preconditions { uid, resource_version: None });
        let parameters =
            DeleteParams { grace_period_seconds: Some(seconds), preconditions, ..DeleteParams::default() };
        self.caller.exchange(&call, path(namespace).delete(name, &parameters)).await.map(|_| ())
    }

    async fn object(&self, call: Call, request: crate::caller::Built) -> Result<Arc<Pod>, ApiError> {
        let mut pod: Pod = self.caller.call(call, request).await?;
        pod.metadata.managed_fields = None;
        Ok(Arc::new(pod))
    }
}

fn path(namespace: &str) -> Request {
    Request::new(Pod::url_path(&(), Some(namespace)))
}

#[cfg(test)]
mod tests;
