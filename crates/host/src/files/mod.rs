//! Files and directories: what the kubelet does below its root directory, and the looks it takes at the host's.
//!
//! Paths are absolute. What a pod's user can write to is never walked by path: [`Files::remove_tree`] and
//! [`Files::change_ownership`] go from one open directory to the next and follow no link; sub paths of volumes are in
//! [`crate::beneath`].

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use async_trait::async_trait;

mod real;

pub use real::RealFiles;

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// A directory.
    Directory,
    /// A regular file.
    File,
    /// A symbolic link (only where links are not followed).
    Link,
    /// A Unix socket.
    Socket,
    /// A character device.
    CharacterDevice,
    /// A block device.
    BlockDevice,
    /// A named pipe.
    Pipe,
}

/// What is known about a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileState {
    /// What it is.
    pub kind: FileKind,
    /// Permission bits with set-id and sticky bits: 0 to 0o7777.
    pub mode: u32,
    /// Owner.
    pub user_id: u32,
    /// Group.
    pub group_id: u32,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Device and inode: two paths with the same are the same file.
    pub identity: (u64, u64),
}

/// One entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirectoryEntry {
    /// Its name.
    pub name: OsString,
    /// What it is; links are not followed.
    pub kind: FileKind,
}

/// Room on the file system of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskSpace {
    /// Size.
    pub total_bytes: u64,
    /// Free for everybody (root's reserve excluded).
    pub available_bytes: u64,
    /// Inodes in all; 0 where the file system has no such number.
    pub total_inodes: u64,
    /// Inodes free.
    pub free_inodes: u64,
}

/// What [`Files::change_ownership`] makes of a tree: the rules of `fsGroup`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ownership {
    /// The group that everything gets. The owner stays.
    pub group_id: u32,
    /// Permission bits added to every file and directory.
    pub add_mode: u32,
    /// Permission bits added to directories besides.
    pub add_directory_mode: u32,
}

/// Something that [`Files::lay_out`] makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Laid {
    /// As [`Files::make_dir`].
    Directory(u32),
    /// As [`Files::make_file`].
    EmptyFile(u32),
    /// As [`Files::write_unsynced`].
    Content(Vec<u8>, u32),
}

/// Why a file operation failed.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Nothing is there.
    #[error("{path} does not exist")]
    NotFound {
        /// Where.
        path: PathBuf,
    },
    /// Something else is in the way.
    #[error("{path} is not a directory")]
    NotADirectory {
        /// Where.
        path: PathBuf,
    },
    /// More than the caller takes.
    #[error("{path} is larger than {max_bytes} bytes")]
    TooLarge {
        /// Which file.
        path: PathBuf,
        /// The caller's bound.
        max_bytes: u64,
    },
    /// The tree was not removed further, because something is mounted there.
    #[error("{mount_point} is still mounted, so {path} was not removed")]
    CrossesMount {
        /// What was to be removed.
        path: PathBuf,
        /// The mount in the way.
        mount_point: PathBuf,
    },
    /// An earlier operation on this path has not come back: its file system hangs.
    #[error("an earlier operation on {path} has not come back")]
    Stuck {
        /// Where.
        path: PathBuf,
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

/// File operations.
#[async_trait]
pub trait Files: Send + Sync {
    /// What is at `path`, links followed; `None` if nothing.
    ///
    /// # Errors
    /// [`FileError::Io`], [`FileError::Stuck`].
    async fn look(&self, path: &Path) -> Result<Option<FileState>, FileError>;

    /// What is at `path`, a link itself included; `None` if nothing.
    ///
    /// # Errors
    /// [`FileError::Io`], [`FileError::Stuck`].
    async fn look_at_link(&self, path: &Path) -> Result<Option<FileState>, FileError>;

    /// Makes a directory and what is missing above it. New ones get exactly `mode`, whatever the umask; one that is
    /// there stays as it is.
    ///
    /// # Errors
    /// [`FileError::NotADirectory`] if something else is in the way; `Io`, `Stuck`.
    async fn make_dir(&self, path: &Path, mode: u32) -> Result<(), FileError>;

    /// Makes an empty regular file with exactly `mode`; whatever is there already stays.
    ///
    /// # Errors
    /// [`FileError::Io`], [`FileError::Stuck`].
    async fn make_file(&self, path: &Path, mode: u32) -> Result<(), FileError>;

    /// Puts a file in place in one step: a reader sees the old content or the new, also after a crash.
    ///
    /// # Errors
    /// [`FileError::Io`], [`FileError::Stuck`].
    async fn write_atomic(&self, path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError>;

    /// As [`write_atomic`](Self::write_atomic), but without waiting for the disk: after a power cut the file may be gone
    /// or empty. For what is written anew at each start.
    ///
    /// # Errors
    /// [`FileError::Io`], [`FileError::Stuck`].
    async fn write_unsynced(&self, path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError>;

    /// Makes several things, in order, with their modes, in one turn of a thread that may block: a pod's directories and files are made
    /// one after the other anyway, and each turn costs more than what is done in it. Ends at the first that fails.
    ///
    /// # Errors
    /// Those of [`make_dir`](Self::make_dir), [`make_file`](Self::make_file) and [`write_unsynced`](Self::write_unsynced).
    async fn lay_out(&self, laid: Vec<(PathBuf, Laid)>) -> Result<(), FileError> {
        for (path, laid) in laid {
            match laid {
                Laid::Directory(mode) => self.make_dir(&path, mode).await?,
                Laid::EmptyFile(mode) => self.make_file(&path, mode).await?,
                Laid::Content(bytes, mode) => self.write_unsynced(&path, &bytes, mode).await?,
            }
        }
        Ok(())
    }

    /// A file's content; `None` if it is not there.
    ///
    /// # Errors
    /// [`FileError::TooLarge`] if it has more than `max_bytes`; `Io`, `Stuck`.
    async fn read(&self, path: &Path, max_bytes: u64) -> Result<Option<Vec<u8>>, FileError>;

    /// The last `max_bytes` of a file, all of a shorter one; `None` if it is not there.
    ///
    /// # Errors
    /// [`FileError::Io`], [`FileError::Stuck`].
    async fn read_end(&self, path: &Path, max_bytes: u64) -> Result<Option<Vec<u8>>, FileError>;

    /// A symbolic link at `path` that leads to `target`. One that is there stays as it is.
    ///
    /// # Errors
    /// [`FileError::Io`], [`FileError::Stuck`].
    async fn link(&self, path: &Path, target: &Path) -> Result<(), FileError>;

    /// A directory's entries by name; `None` if it is not there.
    ///
    /// # Errors
    /// [`FileError::NotADirectory`], `Io`, `Stuck`.
    async fn list_dir(&self, path: &Path) -> Result<Option<Vec<DirectoryEntry>>, FileError>;

    /// Removes a file, link or empty directory. Absent is success.
    ///
    /// # Errors
    /// [`FileError::Io`] (a directory that is not empty, or is a mount point), `Stuck`.
    async fn remove(&self, path: &Path) -> Result<(), FileError>;

    /// Removes a directory with everything below. Follows no link, enters no mount. Absent is success.
    ///
    /// # Errors
    /// [`FileError::CrossesMount`] names the first mount found at or below `path`; nothing in it was touched. `Io`, `Stuck`.
    async fn remove_tree(&self, path: &Path) -> Result<(), FileError>;

    /// What a link says; `None` if nothing, or something else, is there.
    ///
    /// # Errors
    /// `Io`, `Stuck`.
    async fn read_link(&self, path: &Path) -> Result<Option<PathBuf>, FileError>;

    /// Gives a file, link or directory another name on the same file system, replacing in one step a file or link that
    /// has it.
    ///
    /// # Errors
    /// [`FileError::NotFound`], `Io`, `Stuck`.
    async fn rename(&self, from: &Path, to: &Path) -> Result<(), FileError>;

    /// Makes a directory (0755) with a name that says when, and that no other has: `..2026_11_21_10_55_04.1234`, as
    /// upstream names the versions of a volume's content.
    ///
    /// # Errors
    /// [`FileError::NotFound`] without `parent`; `Io`, `Stuck`.
    async fn make_dated_dir(&self, parent: &Path) -> Result<PathBuf, FileError>;

    /// Sets the permission bits, 0 to 0o7777; follows links.
    ///
    /// # Errors
    /// [`FileError::NotFound`], `Io`, `Stuck`.
    async fn set_mode(&self, path: &Path, mode: u32) -> Result<(), FileError>;

    /// Sets owner and group; `None` leaves it. Follows no link.
    ///
    /// # Errors
    /// [`FileError::NotFound`], `Io`, `Stuck`.
    async fn set_owner(
        &self,
        path: &Path,
        user_id: Option<u32>,
        group_id: Option<u32>,
    ) -> Result<(), FileError>;

    /// Gives a tree to a group. Links keep their mode and are not followed. Mounts below are entered, as upstream does.
    ///
    /// # Errors
    /// [`FileError::NotFound`], `Io`, `Stuck`; the walk ends at the first.
    async fn change_ownership(&self, path: &Path, ownership: Ownership) -> Result<(), FileError>;

    /// Room on the file system of `path`.
    ///
    /// # Errors
    /// [`FileError::NotFound`], `Io`, `Stuck`.
    async fn disk_space(&self, path: &Path) -> Result<DiskSpace, FileError>;
}
