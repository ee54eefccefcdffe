//! Image volumes (`kubernetes.io/image`): the runtime mounts the image itself, when it makes the container.
//!
//! All that is needed of us is to pull the image, as for a container, and to name it in the container's mount.

use crate::{MountedVolume, Source};

/// Nothing to do on this machine.
pub(crate) fn mounted() -> MountedVolume {
    MountedVolume { source: Source::Image, read_only: true, selinux_relabel: false }
}
