//! The node's status: registered once, then reported when it changes, and every five minutes when it does not.
//!
//! Owns what the server has been told of the node, and when. Inputs: health of the runtime, addresses, images, vitals,
//! and the node as the server has it, all watch channels. Effects: create and patches of the node's object, events. One
//! task.
//!
//! ```text
//!  runtime, vitals ────────── at once, at most every second ─┐
//!  addresses, images, edits ─ within 10 s ───────────────────┼─▶ compute ─▶ differs? ─▶ PATCH ─▶ events
//!  nothing ────────────────── every 5 min ± 50 %, then 5 min ┘
//! ```
//!
//! Between those moments it does nothing: upstream computes every 10 s whether anything changed, and polls every 100 ms
//! until the node is ready for the first time.
//!
//! Source: `pkg/kubelet/kubelet_node_status.go` `syncNodeStatus`, `tryUpdateNodeStatus`, `fastNodeStatusUpdate`, release 1.37.

mod inputs;
mod plan;
mod task;
#[cfg(test)]
mod tests;

pub(crate) use inputs::Inputs;
pub(crate) use task::{StatusParts, StatusTask};
