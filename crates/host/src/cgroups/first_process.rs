//! The first process of a container, found by its control group. Everything here blocks.
//!
//! `/proc/PID/cgroup` would say of a process what group it is in, but on v1 the kernel takes the lock for it that every start of a
//! container holds for long. So the group is listed again once the process is held.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    CgroupError,
    hierarchies::Hierarchies,
    tree::{failed, read},
};
use crate::processes::Held;

/// Processes of a container that are looked at.
const MAX_PROCESSES: usize = 16;

/// Takes hold of it.
pub(super) fn find(
    hierarchies: &Hierarchies,
    pod: &str,
    container_id: &str,
) -> Result<Option<Held>, CgroupError> {
    let Some(group) = group_of(hierarchies, pod, container_id)? else { return Ok(None) };
    for pid in processes(&group)?.into_iter().take(MAX_PROCESSES) {
        // One that has ended meanwhile, or that nothing can be said of, is not it.
        let Ok(held) = Held::open(pid) else { continue };
        let is_first = held.is_first_of_namespace().unwrap_or(false);
        if is_first && processes(&group)?.contains(&pid) && held.is_still_running().is_ok() {
            return Ok(Some(held));
        }
    }
    Ok(None)
}

/// The group that the runtime made. Its name is the container's id, or has that in it, whatever the driver and the runtime put around it.
fn group_of(
    hierarchies: &Hierarchies,
    pod: &str,
    container_id: &str,
) -> Result<Option<PathBuf>, CgroupError> {
    let Some(root) = hierarchies.root_of("memory") else { return Ok(None) };
    let directory = root.join(pod.trim_start_matches('/'));
    let bare = directory.join(container_id);
    if bare.is_dir() {
        return Ok(Some(bare));
    }
    let entries = match fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("list", &directory, error)),
    };
    let mut names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Ok(names.find(|name| name.contains(container_id)).map(|name| directory.join(name)))
}

fn processes(group: &Path) -> Result<Vec<u32>, CgroupError> {
    match read(group, "cgroup.procs") {
        Ok(listed) => Ok(listed.lines().filter_map(|line| line.parse().ok()).collect()),
        // The group went meanwhile.
        Err(error) if matches!(error.raw_os_error(), Some(libc::ENOENT | libc::ENODEV)) => Ok(Vec::new()),
        Err(error) => Err(failed("read the processes of", group, error)),
    }
}
