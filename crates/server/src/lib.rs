//! What the kubelet answers to others on its node: one file per endpoint.
//!
//! | server | where | for whom |
//! |---|---|---|
//! | [`health`] | TCP, `healthzBindAddress:healthzPort` (127.0.0.1:10248) | systemd units, installers |
//! | [`local`] | Unix socket `<root-dir>/kubelet.sock`, root only, read-only | `kubelet ps`, `describe`, `logs`; programs of the node's owner |
//!
//! Inputs: a [`PodDirectory`] (pods with their status, log files, events), health [`health::Check`]s and a metrics
//! registry, all given by the wiring. Outputs: HTTP/1.1 answers. Tasks: one accept loop per server, one task per
//! connection, one per log stream; each of them bounded in number, time and memory, so that a slow or hostile reader
//! costs a slot and nothing else.

pub mod directory;
pub mod health;
pub mod local;
pub mod logs;
pub mod resolve;

mod connections;
mod status;

pub use directory::PodDirectory;
pub use health::{Check, HealthServer};
pub use local::LocalApi;
pub use resolve::{ResolveContainerError, ResolvePodError, resolve_container, resolve_pod};
