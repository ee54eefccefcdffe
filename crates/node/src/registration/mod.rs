//! Registration: the node's object comes to be, or is put right after an earlier life of this node.
//!
//! Owns nothing that lasts; the status task calls it once. Input: the node as it should be. Effect: a create; if the node
//! is there already, a patch of what must not be left from before. Output: the server's object, in the
//! [`View`](crate::view::View). It goes on trying, 100 ms to 7 s apart, for as long as it takes.
//!
//! Source: `pkg/kubelet/kubelet_node_status.go` `registerWithAPIServer`, `tryRegisterWithAPIServer`, release 1.37.

mod plan;
mod task;
#[cfg(test)]
mod tests;

pub(crate) use task::{Registered, Registrar};
