//! Mounts: making them, ending them, and knowing what is mounted where.

use std::path::{Path, PathBuf};

use async_trait::async_trait;

pub(crate) mod free;
mod real;
pub(crate) mod table;

pub use real::RealMounts;

/// One line of `/proc/self/mountinfo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Where it is mounted.
    pub mount_point: PathBuf,
    /// The directory of the file system that is seen there (`/` unless a bind mount of a part).
    pub root: PathBuf,
    /// `ext4`, `tmpfs`, ….
    pub fs_type: String,
    /// What is mounted: a device, a remote directory, `tmpfs`.
    pub source: String,
    /// Whether this mount point is read-only.
    pub read_only: bool,
    /// Options of the file system itself, such as `pagesize=2M`.
    pub fs_options: Vec<String>,
    /// Whether mounts made below appear in other mount namespaces (`shared:N`).
    pub shared: bool,
}

/// What a path lies on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountState {
    /// Whether the path itself is where something is mounted.
    pub is_mount_point: bool,
    /// The kind of file system, as far as the kubelet tells them apart.
    pub fs: FsKind,
}

/// Kinds of file systems that mean something to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FsKind {
    /// In memory.
    Tmpfs,
    /// Huge pages.
    Hugetlbfs,
    /// Any other.
    Other,
}

/// A tmpfs to mount.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TmpfsOptions {
    /// Size in bytes; none: the kernel's default, half of the memory.
    pub size_bytes: Option<u64>,
}

/// How hard to unmount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmount {
    /// Only if nobody uses it.
    IfUnused,
    /// Take it out of the tree now and let the kernel end it when its last user goes. Only where waiting is worse: a
    /// file system whose server is dead, a stale bind mount that a restarted container must get past.
    Detach,
}

/// Why a mount operation failed.
#[derive(Debug, thiserror::Error)]
pub enum MountError {
    /// Somebody still uses it.
    #[error("{mount_point} is still in use")]
    Busy {
        /// What.
        mount_point: PathBuf,
    },
    /// The source or the place to mount at is not there.
    #[error("{path} does not exist")]
    NotFound {
        /// Which.
        path: PathBuf,
    },
    /// An earlier operation on this path has not come back: its file system hangs.
    #[error("an earlier operation on {path} has not come back")]
    Stuck {
        /// Where.
        path: PathBuf,
    },
    /// A line of `/proc/self/mountinfo` that we do not understand. Nothing is decided on half a table.
    #[error("/proc/self/mountinfo has a line that cannot be read: {line:?}")]
    MalformedTable {
        /// The line.
        line: String,
    },
    /// A system call failed.
    #[error("cannot {action} {path}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

/// Mount operations.
#[async_trait]
pub trait Mounts: Send + Sync {
    /// Mounts a new tmpfs on a directory; without swap where the kernel can.
    ///
    /// # Errors
    /// [`MountError::NotFound`], `Io`, `Stuck`.
    async fn tmpfs(&self, target: &Path, options: TmpfsOptions) -> Result<(), MountError>;

    /// Mounts huge pages of one size on a directory.
    ///
    /// # Errors
    /// [`MountError::NotFound`], `Io` (the kernel has no such size), `Stuck`.
    async fn hugetlbfs(&self, target: &Path, page_size_bytes: u64) -> Result<(), MountError>;

    /// Makes `source` visible at `target` too (this mount alone, not what is mounted below it).
    ///
    /// # Errors
    /// [`MountError::NotFound`], `Io`, `Stuck`.
    async fn bind(&self, source: &Path, target: &Path) -> Result<(), MountError>;

    /// Makes a bind mount read-only.
    ///
    /// # Errors
    /// [`MountError::Io`] (not a mount point), `Stuck`.
    async fn make_read_only(&self, target: &Path) -> Result<(), MountError>;

    /// Ends the uppermost mount at `target`. Not a mount point, or nothing there, is success.
    ///
    /// # Errors
    /// [`MountError::Busy`], `Io`, `Stuck`.
    async fn unmount(&self, target: &Path, how: Unmount) -> Result<(), MountError>;

    /// What is mounted at or below `path`, in the order it was mounted. `path` has no links.
    ///
    /// # Errors
    /// [`MountError::MalformedTable`], `Io`, `Stuck`.
    async fn below(&self, path: &Path) -> Result<Vec<Mount>, MountError>;

    /// What `path` lies on; `None` if nothing is there.
    ///
    /// # Errors
    /// `Io`, `Stuck`.
    async fn at(&self, path: &Path) -> Result<Option<MountState>, MountError>;

    /// Makes sure that mounts below `path` reach containers and the other way round: if `path` is not on a shared
    /// mount, it becomes one. Done once at start, for the kubelet's root directory.
    ///
    /// # Errors
    /// [`MountError::NotFound`], `Io`, `Stuck`.
    async fn make_shared(&self, path: &Path) -> Result<(), MountError>;
}
