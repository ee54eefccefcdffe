//! One pod, from its first start until nothing of it is left.
//!
//! ```text
//!              desired appears              desired gone
//!  (none) ───────────────────▶ Syncing ─────────────────────▶ Ending
//!                                 │ all containers done,        │ all containers seen stopped,
//!                                 ▼ none will restart           ▼ volumes, cgroup, sandbox, directories gone
//!                             Completed ──────────────────▶ (finished)
//! ```
//!
//! The actor plans again from everything wanted and seen whenever either changes. At most one group of actions is
//! under way; it is held inside the `select!`, so that a removal is noticed during a slow pull. Start-up work is
//! dropped then, stop work never. After an action whose effect is not known the runtime is asked before the next plan.

mod container;
mod early_ends;
mod environment;
mod failure;
mod follow;
mod grace;
mod image_volumes;
mod logs;
mod memory;
mod network;
mod place;
mod plan;
mod prepare;
mod pull_secrets;
mod release;
mod reset;
mod restart;
mod sandbox;
mod start;
mod state;
mod stop;
mod task;
#[cfg(test)]
mod tests;
mod tidy;

pub(crate) use restart::{Rule, matching_rule, may_restart_all, restarts_after};
pub use state::{FailureKind, Goal, PodFailure, PodPhase, PodState, Waiting};
pub use task::{Actor, Ended};
