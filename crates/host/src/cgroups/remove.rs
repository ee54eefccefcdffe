//! Removing control groups, with whatever still runs in them. Everything here blocks.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use rustix::{
    io::Errno,
    process::{Pid, PidfdFlags, Signal},
};

use super::{
    CgroupError,
    tree::{self, failed},
};

/// How long processes may take to die after SIGKILL, and the kernel to let go of a group.
const PATIENCE: Duration = Duration::from_secs(2);
/// The longest pause between two tries.
const MAX_PAUSE: Duration = Duration::from_millis(50);
/// Groups deeper than this below a pod are no runtime's doing.
const MAX_DEPTH: usize = 32;
/// How many processes an error names.
const MAX_NAMED: usize = 8;

/// Removes a group's directories in all hierarchies, deepest first, killing what is in them.
pub(super) fn remove(directories: &[PathBuf]) -> Result<(), CgroupError> {
    let began = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        let mut busy = None;
        for directory in directories {
            if !remove_levels(directory, 0)? {
                busy = Some(directory);
            }
        }
        let Some(busy) = busy else {
            return Ok(());
        };
        if began.elapsed() > PATIENCE {
            let mut pids = BTreeSet::new();
            collect_pids(busy, 0, &mut pids);
            let pids = pids.into_iter().take(MAX_NAMED).collect();
            return Err(CgroupError::Busy { path: busy.clone(), pids });
        }
        kill(directories);
        thread::sleep(pause);
        pause = (pause * 2).min(MAX_PAUSE);
    }
}

/// Whether the directory is gone; `false` if something is in it or below it.
fn remove_levels(directory: &Path, depth: usize) -> Result<bool, CgroupError> {
    match fs::remove_dir(directory) {
        Ok(()) => return Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        // In use, or with groups below.
        Err(error) if matches!(error.raw_os_error(), Some(libc::EBUSY | libc::ENOTEMPTY)) => {}
        Err(error) => return Err(failed("remove control group", directory, error)),
    }
    if depth >= MAX_DEPTH {
        return Ok(false);
    }
    let mut empty = true;
    for child in children(directory) {
        empty &= remove_levels(&child, depth + 1)?;
    }
    if !empty {
        return Ok(false);
    }
    match fs::remove_dir(directory) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) if matches!(error.raw_os_error(), Some(libc::EBUSY | libc::ENOTEMPTY)) => Ok(false),
        Err(error) => Err(failed("remove control group", directory, error)),
    }
}

fn children(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}

/// Kills everything at and below the directories. Best effort: the next round sees what is left.
fn kill(directories: &[PathBuf]) {
    let mut pids = BTreeSet::new();
    for directory in directories {
        // One write that misses nobody (v2, Linux 5.14).
        if tree::write(directory, "cgroup.kill", "1").is_ok() {
            continue;
        }
        thaw(directory, 0);
        collect_pids(directory, 0, &mut pids);
    }
    for pid in pids {
        kill_if_inside(pid, directories);
    }
}

/// A process frozen by the v1 freezer does not die.
fn thaw(directory: &Path, depth: usize) {
    if depth >= MAX_DEPTH || tree::write(directory, "freezer.state", "THAWED").is_err() {
        return;
    }
    for child in children(directory) {
        thaw(&child, depth + 1);
    }
}

fn collect_pids(directory: &Path, depth: usize, pids: &mut BTreeSet<u32>) {
    if let Ok(list) = fs::read_to_string(directory.join("cgroup.procs")) {
        // 0 stands for a process of another pid namespace, which we cannot reach.
        let listed = list.lines().filter_map(|line| line.parse::<u32>().ok());
        pids.extend(listed.filter(|pid| *pid != 0));
    }
    if depth < MAX_DEPTH {
        for child in children(directory) {
            collect_pids(&child, depth + 1, pids);
        }
    }
}

/// Kills a process, unless its id has gone to one outside the groups since it was listed.
fn kill_if_inside(pid: u32, directories: &[PathBuf]) {
    let Some(id) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
        return;
    };
    let Ok(pidfd) = rustix::process::pidfd_open(id, PidfdFlags::empty()) else {
        return;
    };
    let mut now = BTreeSet::new();
    for directory in directories {
        collect_pids(directory, 0, &mut now);
    }
    if !now.contains(&pid) {
        return;
    }
    match rustix::process::pidfd_send_signal(&pidfd, Signal::KILL) {
        Ok(()) => tracing::info!(pid, "Killed a process that was left in a pod's control group"),
        Err(Errno::SRCH) => {}
        Err(error) => tracing::warn!(pid, %error, "Could not kill a process in a pod's control group"),
    }
}
