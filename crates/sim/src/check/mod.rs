//! What must never happen, and what must be true in the end.
//!
//! The ledger follows what the runtime and the machine went through and what the kubelet asked of them, and writes down
//! each broken invariant: an assertion inside an actor would be hidden by its restart.

mod api;
mod backoff;
mod calls;
mod content;
mod ledger;
mod model;
mod quiet;
mod requests;
mod server;

pub use api::is_mirror;
pub use ledger::Ledger;
pub use model::{ContainerModel, ContainerState, PodModel, SandboxModel};
pub use quiet::{Observed, check_quiet};
pub use requests::Sources;
pub use server::{Served, check_server};
