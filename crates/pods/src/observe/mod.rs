//! What the runtime is seen to have: one value per pod, that actors watch.
//!
//! ```text
//! GetContainerEvents ─┐
//! pidfd of a process ─┼─▶ ask about that one container ─┐
//! actor's own action ─┘                                 ├─▶ records ─▶ watch per pod (changed pods only)
//! relist (the net) ─────▶ differences, asked about ─────┘
//! ```
//!
//! Every question carries a stamp taken before it was asked; an answer never overwrites a younger one. A pod
//! is published when nothing about it is being asked, so that nobody acts on half an answer; a question that
//! hangs holds up its own pod alone. A relist that finds nothing changed touches no pod.

mod follow;
mod handle;
mod health;
mod last_words;
mod records;
mod seen;
mod task;

pub use handle::{ObserverGone, ObserverHandle};
pub use health::{ObserverHealth, health};
pub use seen::{Exit, SeenContainer, SeenPod, SeenResources, SeenSandbox, SeenState, SeenUser};
pub use task::{Observer, ObserverSettings};
