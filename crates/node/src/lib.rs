//! The Node object: registration, status, lease, and the health of the runtime.
//!
//! Owns what the cluster knows of this node, and what the kubelet knows of its own object in the cluster.
//!
//! ```text
//!  CRI Status, Version ─▶ runtime ───┐                     ┌─▶ POST, PATCH nodes/status
//!  CRI ListImages ──────▶ images ────┤                     │
//!  interfaces, names ───▶ addresses ─┼─▶ object ─▶ status ─┤
//!  vitals, settings ─────────────────┤   (pure)            └─▶ events
//!  watch of the node ───▶ view ──────┘ ─▶ lease ──────────────▶ PUT leases
//!                           └───────▶ pod_cidr ───────────────▶ CRI UpdateRuntimeConfig
//! ```
//!
//! Inputs: [`NodeSettings`] (what was configured), [`NodeWorld`] (runtime, API server, machine, [`Vitals`]). Outputs:
//! [`NodeChannels`]: the node as the server has it, the [`RuntimeHealth`], and whether pods get a network. One task per
//! box with a name; each starts again should it panic. Without an API server only the runtime's health is looked at, and
//! the runtime told which range was configured for pods.

pub mod addresses;
pub mod capacity;
mod host_ips;
mod images;
mod lease;
mod manager;
mod metrics;
pub mod object;
mod patch;
mod pod_cidr;
mod registration;
mod runtime;
mod settings;
mod startup;
mod status;
mod tell;
#[cfg(test)]
mod tests;
mod view;
mod vitals;

pub use host_ips::host_ips;
pub use manager::{NodeChannels, NodeManager, NodeWorld};
pub use metrics::Metrics;
pub use runtime::{FirstAnswers, Handler, HealthReceiver, NetworkReceiver, RuntimeHealth};
pub use settings::{CloudProvider, Frequencies, History, Identity, NodeSettings, Registration};
pub use tell::{NodeEvent, Tell};
pub use view::NodeReceiver;
pub use vitals::{Pressure, Vitals};
