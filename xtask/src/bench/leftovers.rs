//! What a kubelet leaves behind: the next one would take it for its own, and take it down while it is measured.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use cri::SandboxService;
use rustix::mount::{UnmountFlags, unmount};

use crate::node::cgroups::{self, Group};

/// Where kubelets keep logs and the links to them; the box's own.
const LOGS: [&str; 2] = ["/var/log/pods", "/var/log/containers"];
/// The group of all pods, in each hierarchy.
const ALL_PODS: &str = "kubepods";

/// Removes what a kubelet that has ended left in the runtime, below its root directory, among logs and control groups.
///
/// # Errors
/// When something cannot be removed.
pub async fn clear(runtime: &cri::Client, root: &Path) -> anyhow::Result<()> {
    for sandbox in runtime.list_pod_sandbox(None).await? {
        runtime.stop_pod_sandbox(&sandbox.id).await?;
        runtime.remove_pod_sandbox(&sandbox.id).await?;
    }
    let mounts = fs::read_to_string("/proc/self/mountinfo")?;
    for point in mount_points(&mounts).filter(|point| point.starts_with(root) && *point != root).rev() {
        unmount(point, UnmountFlags::DETACH).with_context(|| point.display().to_string())?;
    }
    for directory in [root].into_iter().chain(LOGS.map(Path::new)) {
        empty(directory)?;
    }
    let groups = mount_points(&mounts).filter(|point| point.starts_with("/sys/fs/cgroup"));
    let groups = groups.map(|hierarchy| hierarchy.join(ALL_PODS)).filter(|group| group.is_dir());
    let groups: Vec<Group> = groups.map(|path| Group { controllers: String::new(), path }).collect();
    cgroups::remove(&groups)
}

/// In the order in which they were mounted.
fn mount_points(mounts: &str) -> impl DoubleEndedIterator<Item = &Path> {
    mounts.lines().filter_map(|line| line.split(' ').nth(4)).map(Path::new)
}

/// Removes what is in a directory.
fn empty(directory: &Path) -> anyhow::Result<()> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries.with_context(|| directory.display().to_string())?,
    };
    for path in entries.flatten().map(|entry| entry.path()).collect::<Vec<PathBuf>>() {
        let is_directory = path.symlink_metadata().is_ok_and(|found| found.is_dir());
        if is_directory { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }
            .with_context(|| path.display().to_string())?;
    }
    Ok(())
}
