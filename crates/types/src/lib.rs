//! What all crates talk about: ids, pods wanted and seen, quantities, user-visible reasons. No I/O.

pub mod go;
pub mod hash;
pub mod ids;
pub mod pod;
pub mod qos;
pub mod quantity;
pub mod resources;

pub mod error;
pub mod event;
pub mod reasons;

pub use event::{Event, EventKind, EventObject, EventRing};
pub use ids::{ContainerId, PodName, PodUid, SandboxId};
pub use pod::{PodSource, RestartPolicy, WantedPod};
