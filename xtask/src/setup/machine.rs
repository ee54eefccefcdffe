//! What no package gives: root, overlayfs, cgroups.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::bail;

/// Checks that this machine can run containers at all.
///
/// # Errors
/// One sentence with the cure.
pub fn check() -> anyhow::Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("containers need Linux: use a Linux machine, for example a virtual one");
    }
    if !rustix::process::geteuid().is_root() {
        bail!("this needs root: run it again with sudo, or as root");
    }
    if !has_file_system("overlay") && (!load_module("overlay") || !has_file_system("overlay")) {
        bail!(
            "the kernel has no overlayfs: boot a kernel with CONFIG_OVERLAY_FS, or load the module `overlay` on the host"
        );
    }
    if !fs::read_to_string("/proc/self/mounts").is_ok_and(|mounts| mounts.contains(" cgroup")) {
        bail!("no cgroups are mounted: mount cgroup2 at /sys/fs/cgroup, or give the container --privileged");
    }
    Ok(())
}

/// File system magic of overlayfs (`statfs(2)`).
const OVERLAYFS_MAGIC: u64 = 0x794c_7630;

/// Whether a directory is on an overlay, which cannot hold the upper layer of another one.
pub fn is_overlay(directory: &Path) -> bool {
    rustix::fs::statfs(directory).is_ok_and(|found| found.f_type as u64 == OVERLAYFS_MAGIC)
}

fn has_file_system(name: &str) -> bool {
    fs::read_to_string("/proc/filesystems")
        .is_ok_and(|known| known.lines().any(|line| line.split_whitespace().last() == Some(name)))
}

fn load_module(name: &str) -> bool {
    Command::new("modprobe").arg(name).output().is_ok_and(|output| output.status.success())
}
