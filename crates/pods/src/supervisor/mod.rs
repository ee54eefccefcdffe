//! One actor per pod UID: started when a pod is wanted, told when it changes, told to end when it is not wanted any
//! more, started again when it panicked.
//!
//! Rules: pods of one name and one origin follow each other, the next one starts when nothing is left of the one before; a pod that is
//! wanted again while it ends starts anew afterwards; nothing is ended before every source has told all it knows; what
//! the runtime, the disk or the control groups have of pods that nobody wants gets an actor that ends it.

mod desired;
mod handle;
mod orphans;
mod task;
#[cfg(test)]
mod tests;
mod turns;

pub use handle::{PodsHandle, States};
pub use task::{Supervisor, SupervisorSettings};
