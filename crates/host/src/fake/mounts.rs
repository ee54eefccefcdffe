//! [`Mounts`] in memory.

use std::{io, path::Path};

use async_trait::async_trait;

use super::{FakeHost, Operation, State, tree::Place};
use crate::mounts::{Mount, MountError, MountState, Mounts, TmpfsOptions, Unmount};

fn failed(action: &'static str, path: &Path, source: io::Error) -> MountError {
    match source.raw_os_error() {
        Some(libc::ENOENT) => MountError::NotFound { path: path.to_owned() },
        Some(libc::EBUSY) => MountError::Busy { mount_point: path.to_owned() },
        _ => MountError::Io { action, path: path.to_owned(), source },
    }
}

fn errno(action: &'static str, path: &Path, errno: i32) -> MountError {
    failed(action, path, io::Error::from_raw_os_error(errno))
}

/// A place that exists.
fn existing(state: &State, action: &'static str, path: &Path) -> Result<Place, MountError> {
    let place = state.tree.resolve(path, true).map_err(|number| errno(action, path, number))?;
    match state.tree.state(&place) {
        Some(_) => Ok(place),
        None => Err(errno(action, path, libc::ENOENT)),
    }
}

impl FakeHost {
    async fn mount(&self, operation: Operation, action: &'static str, path: &Path) -> Result<(), MountError> {
        self.enter(operation, &path.to_string_lossy()).await.map_err(|source| failed(action, path, source))
    }
}

#[async_trait]
impl Mounts for FakeHost {
    async fn tmpfs(&self, target: &Path, options: TmpfsOptions) -> Result<(), MountError> {
        self.mount(Operation::MountsTmpfs, "mount a tmpfs on", target).await?;
        let mut state = self.state();
        let place = existing(&state, "mount a tmpfs on", target)?;
        let options = options.size_bytes.map(|size| format!("size={}k", size.div_ceil(1024)));
        state.tree.mount_new(&place, "tmpfs", 0o1777, options.into_iter().collect());
        Ok(())
    }

    async fn hugetlbfs(&self, target: &Path, page_size_bytes: u64) -> Result<(), MountError> {
        self.mount(Operation::MountsHugetlbfs, "mount huge pages on", target).await?;
        let mut state = self.state();
        let place = existing(&state, "mount huge pages on", target)?;
        let options = vec![format!("pagesize={}M", page_size_bytes >> 20)];
        state.tree.mount_new(&place, "hugetlbfs", 0o755, options);
        Ok(())
    }

    async fn bind(&self, source: &Path, target: &Path) -> Result<(), MountError> {
        self.mount(Operation::MountsBind, "bind to", target).await?;
        let mut state = self.state();
        let from = existing(&state, "bind", source)?;
        let to = existing(&state, "bind to", target)?;
        state.tree.mount_bind(&from, &to);
        Ok(())
    }

    async fn make_read_only(&self, target: &Path) -> Result<(), MountError> {
        let action = "make read-only";
        self.mount(Operation::MountsMakeReadOnly, action, target).await?;
        let mut state = self.state();
        let place = existing(&state, action, target)?;
        if state.tree.set_read_only(&place.seen) { Ok(()) } else { Err(errno(action, target, libc::EINVAL)) }
    }

    async fn unmount(&self, target: &Path, how: Unmount) -> Result<(), MountError> {
        self.mount(Operation::MountsUnmount, "unmount", target).await?;
        let mut state = self.state();
        let Ok(place) = state.tree.resolve(target, false) else {
            return Ok(());
        };
        let ended = state.tree.unmount(&place.seen, how == Unmount::Detach);
        ended.map_err(|number| errno("unmount", target, number))
    }

    async fn below(&self, path: &Path) -> Result<Vec<Mount>, MountError> {
        self.mount(Operation::MountsBelow, "list the mounts below", path).await?;
        let mut mounts = self.state().tree.mounts();
        mounts.retain(|mount| mount.mount_point.starts_with(path));
        Ok(mounts)
    }

    async fn at(&self, path: &Path) -> Result<Option<MountState>, MountError> {
        self.mount(Operation::MountsAt, "look at", path).await?;
        let state = self.state();
        let Ok(place) = state.tree.resolve(path, true) else {
            return Ok(None);
        };
        Ok(state.tree.state(&place).map(|_| MountState {
            is_mount_point: state.tree.is_mount_point(&place.seen),
            fs: state.tree.fs_kind(&place.seen),
        }))
    }

    async fn make_shared(&self, path: &Path) -> Result<(), MountError> {
        self.mount(Operation::MountsMakeShared, "share", path).await?;
        let mut state = self.state();
        let place = existing(&state, "share", path)?;
        if !state.tree.is_shared(&place.seen) {
            if !state.tree.is_mount_point(&place.seen) {
                state.tree.mount_bind(&place, &place);
            }
            state.tree.set_shared(&place.seen);
        }
        Ok(())
    }
}
