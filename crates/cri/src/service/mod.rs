//! The traits that the rest of the kubelet talks to, one file per group of verbs.
//!
//! They take and return the messages of [`crate::v1`], unwrapped where a request or an answer has one field. All are
//! `async_trait`s: usable as `Arc<dyn Runtime>`, `&dyn RuntimeService`, `&dyn ImageService`. Dropping a future cancels
//! the call; the effect may be there nevertheless.

mod checkpoints;
mod containers;
mod images;
mod sandboxes;
mod state;
mod stats;
mod streaming;

pub use checkpoints::CheckpointService;
pub use containers::ContainerService;
pub use images::ImageService;
pub use sandboxes::SandboxService;
pub use state::{EventStream, StateService};
pub use stats::StatsService;
pub use streaming::StreamingService;

/// Everything of the CRI's `RuntimeService`, as one bound or trait object.
pub trait RuntimeService:
    StateService + SandboxService + ContainerService + StreamingService + StatsService + CheckpointService
{
}

impl<T> RuntimeService for T where
    T: StateService
        + SandboxService
        + ContainerService
        + StreamingService
        + StatsService
        + CheckpointService
        + ?Sized
{
}

/// Both services of one endpoint, the usual case.
pub trait Runtime: RuntimeService + ImageService {}

impl<T> Runtime for T where T: RuntimeService + ImageService + ?Sized {}

/// An answer of the runtime, or why there is none.
pub(crate) type Answer<T> = Result<T, crate::CriError>;
