//! Telling the API server how pods are, and letting it forget those that are over.
//!
//! ```text
//! PodState of each actor ─┐                 ┌─ PATCH …/status, what differs alone ─▶ API server
//!                         ├─▶ writer per pod ┤
//! what the server has ────┘                 └─ DELETE, grace 0, once all is released ─▶ API server
//! ```
//!
//! Inputs: the states of the pods ([`PodsHandle`](crate::supervisor::PodsHandle)), what the server has
//! ([`ServerPod`](crate::sources::api::ServerPod)), what statuses say of the node. Outputs: writes. Tasks: one that routes,
//! and a light one per pod.
//!
//! A writer builds the status that the server should have ([`status`](crate::status)), compares it with what the server is
//! known to have, and sends the difference: no read before a write, one write at a time, whatever happens meanwhile goes into
//! the next one. Readiness and phase are written at once; what comes shortly before them (addresses, the sandbox) waits a
//! moment, to go along. A status that the server has already, as after a restart of the kubelet, costs nothing. A static pod's
//! status goes to its mirror pod.
//!
//! Source of the rules: `pkg/kubelet/status/status_manager.go`, `pkg/kubelet/util/pod_startup_latency_tracker.go` of 1.37.

mod memory;
mod metrics;
mod patch;
mod plan;
mod startup;
mod task;
#[cfg(test)]
mod tests;
mod writer;

pub use metrics::ReportMetrics;
pub use task::Reporter;
