//! The node's lease, from which the cluster knows that the kubelet lives (KEP-589).
//!
//! Owns the last version of `kube-node-lease/<node>`. Inputs: time, and the node's UID. Effect: the lease is renewed every
//! quarter of its duration, with one call: what was answered last is what is written next. One task.
//!
//! Source: `component-helpers/apimachinery/lease/controller.go`, `node/util/` `SetNodeOwnerFunc`, release 1.37.

mod plan;
mod task;
#[cfg(test)]
mod tests;

pub(crate) use task::LeaseTask;
