//! Paths below a directory whose content a pod's user controls, never left.
//!
//! Between a check and a use the user may swap a directory for a link to the host's `/`. So nothing here is checked by
//! path and then used by path: the kernel resolves the path below an open directory (`openat2` with
//! `RESOLVE_BENEATH`), and what it opened is what is mounted. Links that stay inside are followed, as upstream does.
//! See CVE-2017-1002101 and CVE-2021-25741, and upstream's `pkg/volume/util/subpath`.

use std::path::{Path, PathBuf};

use async_trait::async_trait;

mod real;

pub use real::RealBeneath;

/// Why a sub path could not be used.
#[derive(Debug, thiserror::Error)]
pub enum BeneathError {
    /// The path, or a link on it, leads out of the volume. Not to be told to the pod's user in detail.
    #[error("{sub_path} leads out of {base}")]
    Escapes {
        /// The volume.
        base: PathBuf,
        /// What was asked for.
        sub_path: PathBuf,
    },
    /// A part that exists is not a directory.
    #[error("{sub_path} below {base} is not a directory")]
    NotADirectory {
        /// The volume.
        base: PathBuf,
        /// What was asked for.
        sub_path: PathBuf,
    },
    /// Nothing is there.
    #[error("{sub_path} does not exist below {base}")]
    NotFound {
        /// The volume.
        base: PathBuf,
        /// What was asked for.
        sub_path: PathBuf,
    },
    /// An earlier operation on this volume has not come back: its file system hangs.
    #[error("an earlier operation on {base} has not come back")]
    Stuck {
        /// The volume.
        base: PathBuf,
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

/// Sub paths of volumes.
#[async_trait]
pub trait Beneath: Send + Sync {
    /// Makes the directory `base/sub_path` with what is missing on the way, each with exactly `mode`. One that is
    /// there, also a file, stays as it is.
    ///
    /// # Errors
    /// Any [`BeneathError`].
    async fn make_dir(&self, base: &Path, sub_path: &Path, mode: u32) -> Result<(), BeneathError>;

    /// Makes `base/sub_path` visible at `target`, which is created as a directory (0750) or file (0640) to match, and
    /// the directories above it (0750). If the same file is mounted there already nothing happens; if another one is,
    /// that is detached first.
    ///
    /// # Errors
    /// Any [`BeneathError`]; nothing is left at `target` then that was not there.
    async fn bind(&self, base: &Path, sub_path: &Path, target: &Path) -> Result<(), BeneathError>;

    /// The content of the file `base/sub_path`. What is no regular file, or larger than `max_bytes`, is an error: a pod
    /// could make it a pipe that nobody writes, or without end.
    ///
    /// # Errors
    /// Any [`BeneathError`].
    async fn read_file(&self, base: &Path, sub_path: &Path, max_bytes: u64) -> Result<Vec<u8>, BeneathError>;
}
