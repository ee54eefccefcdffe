//! What a kubelet leaves behind: the next one would take it for its own, and take it down while it is measured.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use cri::SandboxService;

use crate::node::{cgroups, mounts};

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
    // The root directory itself may be a mount of the box.
    mounts::unmount_all(|point| point.starts_with(root) && point != root)?;
    for directory in [root].into_iter().chain(LOGS.map(Path::new)) {
        empty(directory)?;
    }
    cgroups::remove(&cgroups::groups(ALL_PODS, cgroups::Parent::Root)?)
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
