//! What can be asked, and in which order it was.

use types::{ContainerId, PodUid, SandboxId};

/// A point in the order of questions. Later ones are larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::observe) struct Stamp(pub(in crate::observe) u64);

/// Something to ask the runtime about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::observe) enum Question {
    /// A container's status.
    Container {
        /// Whose.
        uid: PodUid,
        /// Its sandbox.
        sandbox_id: SandboxId,
        /// Which.
        id: ContainerId,
    },
    /// A sandbox's status.
    Sandbox {
        /// Whose.
        uid: PodUid,
        /// Which.
        id: SandboxId,
    },
}

impl Question {
    /// The pod it is about.
    pub(in crate::observe) fn uid(&self) -> &PodUid {
        match self {
            Self::Container { uid, .. } | Self::Sandbox { uid, .. } => uid,
        }
    }
}
