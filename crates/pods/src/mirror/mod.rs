//! Images of static pods on the API server, for people and schedulers to see.
//!
//! ```text
//! static pods (states) ─┐
//! mirror pods (watch) ──┼─▶ plan ─▶ create, delete ─▶ API server
//! the Node object ──────┘
//! ```
//!
//! One mirror per static pod, made once the node is registered: it belongs to the Node. A mirror that somebody deletes, or that
//! shows another version of its pod, is replaced; so is one that tells of ended containers which run again. One whose pod is gone
//! is deleted, once all sources have told what they know. While a static pod ends, its mirror stays. Statuses are the [`report`](crate::report)'s to write.
//!
//! Source: `pkg/kubelet/pod/mirror_client.go`, `kubelet.go` `tryReconcileMirrorPods`, release 1.37.

pub(crate) mod identity;
mod plan;
mod task;
#[cfg(test)]
mod tests;

pub use task::Mirrors;
