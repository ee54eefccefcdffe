//! A process's end, seen without polling, and signals that cannot hit another process.
//!
//! Ids are reused. A [`Process`] is opened once, checked once, and from then on is that process or its corpse, never a
//! successor: it holds a pidfd.

use std::fmt;

use async_trait::async_trait;

mod real;

pub(crate) use real::Held;
pub use real::RealProcesses;

/// What must be true of a process before it is believed to be the one that is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expect {
    /// When it was started, in clock ticks since boot (field 22 of `/proc/<pid>/stat`).
    pub start_time_ticks: Option<u64>,
    /// A text that its control group's path contains on some hierarchy: a container's id.
    pub cgroup_contains: Option<String>,
}

/// A signal that the kubelet sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ask to end.
    Terminate,
    /// End.
    Kill,
}

/// Why a process could not be opened or signalled.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// It has ended. For a watcher this is the answer, not a failure.
    #[error("process {pid} has ended")]
    Ended {
        /// The id.
        pid: u32,
    },
    /// The id belongs to another process now, so the one that was meant has ended too.
    #[error("process {pid} is another one than expected")]
    AnotherProcess {
        /// The id.
        pid: u32,
    },
    /// The id is no process's: 0, or beyond what the kernel has.
    #[error("{pid} is not a process id")]
    InvalidId {
        /// The id.
        pid: u32,
    },
    /// A system call failed.
    #[error("cannot {action} process {pid}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The id.
        pid: u32,
        /// Why not.
        source: std::io::Error,
    },
}

/// Processes of this machine.
#[async_trait]
pub trait Processes: Send + Sync {
    /// Takes hold of a process.
    ///
    /// # Errors
    /// [`ProcessError::Ended`] and [`ProcessError::AnotherProcess`] both say that the process meant is gone.
    async fn open(&self, pid: u32, expect: &Expect) -> Result<Box<dyn Process>, ProcessError>;

    /// When a process was started, in clock ticks since boot: with its id, what names it for all time.
    ///
    /// # Errors
    /// [`ProcessError::Ended`], `Io`.
    async fn start_time_ticks(&self, pid: u32) -> Result<u64, ProcessError>;
}

/// One process, held.
#[async_trait]
pub trait Process: Send + Sync + fmt::Debug {
    /// Its id.
    fn pid(&self) -> u32;

    /// Comes back when the process has ended (at once if it has). May be dropped and called again.
    ///
    /// # Errors
    /// [`ProcessError::Io`] if the kernel cannot say; the caller falls back to asking the runtime.
    async fn ended(&self) -> Result<(), ProcessError>;

    /// Sends a signal to exactly this process.
    ///
    /// # Errors
    /// [`ProcessError::Ended`], `Io`.
    fn signal(&self, signal: Signal) -> Result<(), ProcessError>;
}
