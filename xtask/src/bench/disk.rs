//! The file system that boxes of a benchmark lie on: ext4 with a journal, in a file, as the disks of nodes have one.
//!
//! Where a machine's ext4 has no journal, as on small virtual machines, the kernel does not use the inodes of what was deleted in the
//! last minute, and looks at each of them again for every new file (`recently_deleted` in `fs/ext4/ialloc.c`). Pods come and go by the
//! hundred here, so that making one of their directories would cost more with each round: up to half of a kubelet's CPU time.

use std::convert::Infallible;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use crate::places;
use crate::steps;

/// The flag that says that [`enter`] was there.
pub const FLAG: &str = "--on-own-disk";
/// Larger than anything that benchmarks keep; the file has holes.
const BYTES: u64 = 32 << 30;

/// Becomes `program` with the arguments of this command and [`FLAG`], in a mount namespace of its own. Does not return on success.
///
/// # Errors
/// When `unshare` cannot be executed.
pub fn enter(program: &Path) -> anyhow::Result<Infallible> {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "--"]).arg(program);
    let error = command.args(std::env::args_os().skip(1)).arg(FLAG).exec();
    Err(error).context("unshare (package util-linux) cannot be executed")
}

/// Mounts it where boxes are made. It goes with the mount namespace, however that ends: the file has no name any more.
///
/// # Errors
/// When it cannot be made or mounted.
pub fn mount() -> anyhow::Result<()> {
    let boxes = places::boxes();
    std::fs::create_dir_all(&boxes).with_context(|| format!("{} cannot be made", boxes.display()))?;
    // Beside them: what it is mounted over could not be removed by name.
    let beside = boxes.parent().unwrap_or(&boxes);
    let file = tempfile::NamedTempFile::new_in(beside).context("the file of the disk cannot be made")?;
    file.as_file().set_len(BYTES).context("the file of the disk cannot get its length")?;
    steps::output(Command::new("mkfs.ext4").args(["-q", "-F", "-O", "has_journal"]).arg(file.path()))
        .context("the disk (mkfs.ext4 is in package e2fsprogs)")?;
    steps::output(Command::new("mount").args(["-o", "loop"]).arg(file.path()).arg(&boxes)).map(drop)
}
