//! [`Processes`] on this machine: pidfds (Linux 5.3).

use std::{fs, io};

use async_trait::async_trait;
use rustix::{
    event::{PollFd, PollFlags, Timespec},
    fd::OwnedFd,
    io::Errno,
    process::{Pid, PidfdFlags},
};
use tokio::io::unix::AsyncFd;

use super::{Expect, Process, ProcessError, Processes, Signal};

/// This machine's processes, as this process's pid namespace sees them. `/proc` answers from memory, so nothing here
/// blocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealProcesses;

#[derive(Debug)]
struct RealProcess {
    pid: u32,
    pidfd: AsyncFd<OwnedFd>,
}

fn failed(action: &'static str, pid: u32, source: impl Into<io::Error>) -> ProcessError {
    let source = source.into();
    match source.raw_os_error() {
        Some(libc::ESRCH | libc::ENOENT) => ProcessError::Ended { pid },
        _ => ProcessError::Io { action, pid, source },
    }
}

fn start_time_ticks(pid: u32) -> Result<u64, ProcessError> {
    let action = "read the start time of";
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).map_err(|error| failed(action, pid, error))?;
    // The second field is the command in brackets, which may itself contain brackets and spaces; field 22 is the 20th
    // after it.
    let after = stat.rsplit_once(')').map(|(_, after)| after);
    let ticks = after.and_then(|after| after.split_whitespace().nth(19)?.parse().ok());
    ticks.ok_or_else(|| failed(action, pid, io::Error::from(io::ErrorKind::InvalidData)))
}

fn cgroup_contains(pid: u32, text: &str) -> Result<bool, ProcessError> {
    let cgroups = fs::read_to_string(format!("/proc/{pid}/cgroup"));
    let cgroups = cgroups.map_err(|error| failed("read the control group of", pid, error))?;
    // `hierarchy:controllers:path`.
    Ok(cgroups.lines().any(|line| line.splitn(3, ':').nth(2).is_some_and(|path| path.contains(text))))
}

/// A process taken hold of: its id is not another one's while it has not ended.
pub(crate) struct Held {
    pid: u32,
    pidfd: OwnedFd,
}

impl Held {
    /// Takes hold of whatever process has this id now.
    pub(crate) fn open(pid: u32) -> Result<Self, ProcessError> {
        let id = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or(ProcessError::InvalidId { pid })?;
        let pidfd = rustix::process::pidfd_open(id, PidfdFlags::NONBLOCK);
        Ok(Self { pid, pidfd: pidfd.map_err(|error| failed("open", pid, error))? })
    }

    /// Whether it is the first of a PID namespace below ours, with which all others in that end.
    pub(crate) fn is_first_of_namespace(&self) -> Result<bool, ProcessError> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid));
        let status = status.map_err(|error| failed("read the namespaces of", self.pid, error))?;
        // Its id in each namespace from ours on.
        let ids = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
        let ids: Vec<&str> = ids.unwrap_or_default().split_whitespace().collect();
        Ok(ids.len() > 1 && ids.last() == Some(&"1"))
    }

    /// Still running after its id was looked up: so the id was its own all the time, and what was read is about it.
    pub(crate) fn is_still_running(&self) -> Result<(), ProcessError> {
        match has_ended(&self.pidfd) {
            Ok(false) => Ok(()),
            Ok(true) => Err(ProcessError::Ended { pid: self.pid }),
            Err(error) => Err(failed("open", self.pid, error)),
        }
    }

    /// Waits for its end from now on. Called within the runtime.
    pub(crate) fn watch(self) -> Result<Box<dyn Process>, ProcessError> {
        let pidfd = crate::descriptor::wait_readable(self.pidfd);
        let pidfd = pidfd.map_err(|error| failed("watch", self.pid, error))?;
        Ok(Box::new(RealProcess { pid: self.pid, pidfd }))
    }
}

fn open(pid: u32, expect: &Expect) -> Result<Box<dyn Process>, ProcessError> {
    let held = Held::open(pid)?;
    let same_start = match expect.start_time_ticks {
        Some(ticks) => start_time_ticks(pid)? == ticks,
        None => true,
    };
    let same_cgroup = match &expect.cgroup_contains {
        Some(text) => cgroup_contains(pid, text)?,
        None => true,
    };
    held.is_still_running()?;
    if !same_start || !same_cgroup {
        return Err(ProcessError::AnotherProcess { pid });
    }
    held.watch()
}

fn has_ended(pidfd: &OwnedFd) -> Result<bool, Errno> {
    let mut poll = [PollFd::new(pidfd, PollFlags::IN)];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    rustix::event::poll(&mut poll, Some(&now))?;
    Ok(!poll[0].revents().is_empty())
}

#[async_trait]
impl Processes for RealProcesses {
    async fn open(&self, pid: u32, expect: &Expect) -> Result<Box<dyn Process>, ProcessError> {
        open(pid, expect)
    }

    async fn start_time_ticks(&self, pid: u32) -> Result<u64, ProcessError> {
        start_time_ticks(pid)
    }
}

#[async_trait]
impl Process for RealProcess {
    fn pid(&self) -> u32 {
        self.pid
    }

    async fn ended(&self) -> Result<(), ProcessError> {
        let fail = |error: io::Error| failed("watch", self.pid, error);
        loop {
            let mut ready = self.pidfd.readable().await.map_err(fail)?;
            match has_ended(self.pidfd.get_ref()) {
                Ok(true) => return Ok(()),
                Ok(false) => ready.clear_ready(),
                Err(error) => return Err(failed("watch", self.pid, error)),
            }
        }
    }

    fn signal(&self, signal: Signal) -> Result<(), ProcessError> {
        let signal = match signal {
            Signal::Terminate => rustix::process::Signal::TERM,
            Signal::Kill => rustix::process::Signal::KILL,
        };
        let sent = rustix::process::pidfd_send_signal(self.pidfd.get_ref(), signal);
        sent.map_err(|error| failed("signal", self.pid, error))
    }
}
