//! `fsGroup`: which group may use a volume that the kubelet made.
//!
//! The bits are those of upstream's `pkg/volume/volume_linux.go`. An emptyDir is gone through as a whole when it is made,
//! whatever `fsGroupChangePolicy` says: that is for kinds that outlive a pod.

use host::files::Ownership;

/// The group may read and write.
const READ_WRITE: u32 = 0o660;
/// The group may enter directories, and what is made in them gets the group.
const DIRECTORY: u32 = 0o2110;

/// What a writable volume's tree becomes for a group.
pub(crate) fn ownership(fs_group: u32) -> Ownership {
    Ownership { group_id: fs_group, add_mode: READ_WRITE, add_directory_mode: DIRECTORY }
}
