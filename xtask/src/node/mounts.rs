//! Mounts of this process's namespace.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use rustix::mount::{UnmountFlags, unmount};

/// Takes away all mounts that `is_ours` picks by where they are.
pub(crate) fn unmount_all(is_ours: impl Fn(&Path) -> bool) -> anyhow::Result<()> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").context("/proc/self/mountinfo cannot be read")?;
    let points = mounts.lines().filter_map(|line| line.split(' ').nth(4)).map(PathBuf::from);
    let points: Vec<PathBuf> = points.filter(|point| is_ours(point)).collect();
    // Later mounts lie above earlier ones.
    for point in points.iter().rev() {
        unmount(point, UnmountFlags::DETACH)
            .with_context(|| format!("{} cannot be unmounted", point.display()))?;
    }
    Ok(())
}
