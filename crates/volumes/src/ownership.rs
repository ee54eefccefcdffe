//! `fsGroup`: which group may use a volume that the kubelet made.
//!
//! The bits are those of upstream's `pkg/volume/volume_linux.go`. An emptyDir is gone through as a whole when it is made,
//! whatever `fsGroupChangePolicy` says: that is for kinds that outlive a pod.

use host::files::Ownership;
use k8s_openapi::api::core::v1::PodSpec;

/// The group may read and write.
const READ_WRITE: u32 = 0o660;
/// The group may read.
const READ: u32 = 0o440;
/// The group may enter directories, and what is made in them gets the group.
const DIRECTORY: u32 = 0o2110;

/// What a writable volume's tree becomes for a group.
pub(crate) fn ownership(fs_group: u32) -> Ownership {
    Ownership { group_id: fs_group, add_mode: READ_WRITE, add_directory_mode: DIRECTORY }
}

/// What a read-only volume's tree becomes for a group.
pub(crate) fn read_only_ownership(fs_group: u32) -> Ownership {
    Ownership { add_mode: READ, ..ownership(fs_group) }
}

/// `spec.securityContext.fsGroup`, if it is a group's number.
pub(crate) fn fs_group(spec: &PodSpec) -> Option<u32> {
    let group = spec.security_context.as_ref().and_then(|context| context.fs_group)?;
    u32::try_from(group).ok()
}
