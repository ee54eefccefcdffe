//! [`Mounts`] on this machine.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use rustix::{
    fs::{AtFlags, CWD, StatVfsMountFlags, StatxAttributes, StatxFlags},
    io::Errno,
    mount::{MountFlags, MountPropagationFlags, UnmountFlags},
};

use super::{FsKind, Mount, MountError, MountState, Mounts, TmpfsOptions, Unmount, free, table};
use crate::blocking::Blocking;

const TMPFS_MAGIC: i64 = 0x0102_1994;
const HUGETLBFS_MAGIC: i64 = 0x9584_58f6;

/// This machine's mounts, as this process's mount namespace sees them.
#[derive(Debug, Clone, Default)]
pub struct RealMounts {
    blocking: Blocking,
    /// Set once the kernel has refused a tmpfs without swap (before Linux 6.4, or in a user namespace).
    swaps: Arc<AtomicBool>,
}

impl RealMounts {
    /// Mounts that block in `blocking`.
    pub fn new(blocking: Blocking) -> Self {
        Self { blocking, swaps: Arc::default() }
    }

    async fn on<T: Send + 'static>(
        &self,
        path: &Path,
        call: impl FnOnce(&Path) -> Result<T, MountError> + Send + 'static,
    ) -> Result<T, MountError> {
        let owned = path.to_owned();
        match self.blocking.run(path, move || call(&owned)).await {
            Ok(answer) => answer,
            Err(_stuck) => Err(MountError::Stuck { path: path.to_owned() }),
        }
    }
}

fn failed(action: &'static str, path: &Path, source: impl Into<io::Error>) -> MountError {
    let source = source.into();
    let path = path.to_owned();
    match source.raw_os_error() {
        Some(libc::ENOENT) => MountError::NotFound { path },
        Some(libc::EBUSY) => MountError::Busy { mount_point: path },
        _ => MountError::Io { action, path, source },
    }
}

fn tmpfs(target: &Path, options: TmpfsOptions, swaps: &AtomicBool) -> Result<(), MountError> {
    let mount = |no_swap: bool| {
        let size = options.size_bytes.map(|size| format!("size={size}"));
        let no_swap = no_swap.then(|| "noswap".to_owned());
        let data: Vec<String> = size.into_iter().chain(no_swap).collect();
        let data = std::ffi::CString::new(data.join(",")).unwrap_or_default();
        rustix::mount::mount("tmpfs", target, "tmpfs", MountFlags::empty(), data.as_c_str())
    };
    let fail = |error: Errno| failed("mount a tmpfs on", target, error);
    if swaps.load(Ordering::Relaxed) {
        return mount(false).map_err(fail);
    }
    match mount(true) {
        Err(Errno::INVAL | Errno::PERM) => {
            mount(false).map_err(fail)?;
            tracing::warn!(
                "The kernel cannot keep a tmpfs out of swap: memory-backed volumes may reach the disk"
            );
            swaps.store(true, Ordering::Relaxed);
            Ok(())
        }
        mounted => mounted.map_err(fail),
    }
}

fn hugetlbfs(target: &Path, page_size_bytes: u64) -> Result<(), MountError> {
    let data = std::ffi::CString::new(format!("pagesize={page_size_bytes}")).unwrap_or_default();
    let mounted = rustix::mount::mount("nodev", target, "hugetlbfs", MountFlags::empty(), data.as_c_str());
    mounted.map_err(|error| failed("mount huge pages on", target, error))
}

fn make_read_only(target: &Path) -> Result<(), MountError> {
    let action = "make read-only";
    let state = at(target)?;
    if !state.is_some_and(|state| state.is_mount_point) {
        return Err(failed(action, target, Errno::INVAL));
    }
    // A remount replaces all flags of the mount; what it has stays.
    let now = rustix::fs::statvfs(target).map_err(|error| failed(action, target, error))?.f_flag;
    let mut flags = MountFlags::BIND | MountFlags::RDONLY;
    for (has, flag) in [
        (StatVfsMountFlags::NOSUID, MountFlags::NOSUID),
        (StatVfsMountFlags::NODEV, MountFlags::NODEV),
        (StatVfsMountFlags::NOEXEC, MountFlags::NOEXEC),
        (StatVfsMountFlags::NOATIME, MountFlags::NOATIME),
        (StatVfsMountFlags::NODIRATIME, MountFlags::NODIRATIME),
        (StatVfsMountFlags::RELATIME, MountFlags::RELATIME),
    ] {
        if now.contains(has) {
            flags |= flag;
        }
    }
    rustix::mount::mount_remount(target, flags, "").map_err(|error| failed(action, target, error))
}

fn unmount(target: &Path, how: Unmount) -> Result<(), MountError> {
    let flags = match how {
        Unmount::IfUnused => UnmountFlags::NOFOLLOW,
        Unmount::Detach => UnmountFlags::NOFOLLOW | UnmountFlags::DETACH,
    };
    match rustix::mount::unmount(target, flags) {
        // Not a mount point, or nothing there.
        Ok(()) | Err(Errno::INVAL | Errno::NOENT) => Ok(()),
        Err(error) => Err(failed("unmount", target, error)),
    }
}

fn read_table(path: &Path) -> Result<Vec<u8>, MountError> {
    table::read().map_err(|error| failed("read the mounts for", path, error))
}

fn malformed(line: table::Malformed) -> MountError {
    MountError::MalformedTable { line: line.line }
}

/// A path without links, also if its end does not exist.
fn real_path(path: &Path) -> PathBuf {
    let mut missing = Vec::new();
    let mut existing = path;
    loop {
        match (existing.canonicalize(), existing.parent(), existing.file_name()) {
            (Ok(real), _, _) => return missing.iter().rev().fold(real, |real, name| real.join(name)),
            (Err(_), Some(parent), Some(name)) => {
                missing.push(name);
                existing = parent;
            }
            (Err(_), _, _) => return path.to_owned(),
        }
    }
}

fn below(path: &Path) -> Result<Vec<Mount>, MountError> {
    if free::is_free_of_mounts(path) {
        return Ok(Vec::new());
    }
    table::below(&read_table(path)?, &real_path(path)).map_err(malformed)
}

fn at(path: &Path) -> Result<Option<MountState>, MountError> {
    let fail = |error: Errno| failed("look at", path, error);
    let found = match rustix::fs::statx(CWD, path, AtFlags::empty(), StatxFlags::BASIC_STATS) {
        Ok(found) => found,
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
        Err(error) => return Err(fail(error)),
    };
    // Tells since Linux 5.8.
    let is_mount_point = if found.stx_attributes_mask.contains(StatxAttributes::MOUNT_ROOT) {
        found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT)
    } else {
        let real = real_path(path);
        let mounts = table::below(&read_table(path)?, &real).map_err(malformed)?;
        mounts.iter().any(|mount| mount.mount_point == real)
    };
    let fs = match rustix::fs::statfs(path).map_err(fail)?.f_type {
        TMPFS_MAGIC => FsKind::Tmpfs,
        HUGETLBFS_MAGIC => FsKind::Hugetlbfs,
        _ => FsKind::Other,
    };
    Ok(Some(MountState { is_mount_point, fs }))
}

fn make_shared(path: &Path) -> Result<(), MountError> {
    let fail = |error: Errno| failed("share", path, error);
    let real = path.canonicalize().map_err(|error| failed("share", path, error))?;
    let covering = table::covering(&read_table(path)?, &real).map_err(malformed)?;
    match covering {
        Some(mount) if mount.shared => return Ok(()),
        Some(mount) if mount.mount_point == real => {}
        // With what is mounted below it: a kubelet before us may have left volumes.
        Some(_) | None => {
            rustix::mount::mount_bind_recursive(&real, &real).map_err(fail)?;
        }
    }
    let flags = MountPropagationFlags::SHARED | MountPropagationFlags::REC;
    rustix::mount::mount_change(&real, flags).map_err(fail)
}

#[async_trait]
impl Mounts for RealMounts {
    async fn tmpfs(&self, target: &Path, options: TmpfsOptions) -> Result<(), MountError> {
        let swaps = Arc::clone(&self.swaps);
        self.on(target, move |target| tmpfs(target, options, &swaps)).await
    }

    async fn hugetlbfs(&self, target: &Path, page_size_bytes: u64) -> Result<(), MountError> {
        self.on(target, move |target| hugetlbfs(target, page_size_bytes)).await
    }

    async fn bind(&self, source: &Path, target: &Path) -> Result<(), MountError> {
        let source = source.to_owned();
        self.on(target, move |target| {
            if !source.exists() {
                return Err(MountError::NotFound { path: source });
            }
            let bound = rustix::mount::mount_bind(&source, target);
            bound.map_err(|error| failed("bind to", target, error))
        })
        .await
    }

    async fn make_read_only(&self, target: &Path) -> Result<(), MountError> {
        self.on(target, make_read_only).await
    }

    async fn unmount(&self, target: &Path, how: Unmount) -> Result<(), MountError> {
        self.on(target, move |target| unmount(target, how)).await
    }

    async fn below(&self, path: &Path) -> Result<Vec<Mount>, MountError> {
        self.on(path, below).await
    }

    async fn at(&self, path: &Path) -> Result<Option<MountState>, MountError> {
        self.on(path, at).await
    }

    async fn make_shared(&self, path: &Path) -> Result<(), MountError> {
        self.on(path, make_shared).await
    }
}
