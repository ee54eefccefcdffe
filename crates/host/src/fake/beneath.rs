//! [`Beneath`] in memory.

use std::{
    io,
    path::{Path, PathBuf},
};

use async_trait::async_trait;

use super::{FakeHost, Operation, State, tree::Place};
use crate::{
    beneath::{Beneath, BeneathError},
    files::FileKind,
};

fn failed(action: &'static str, base: &Path, sub_path: &Path, source: io::Error) -> BeneathError {
    let (base, sub_path) = (base.to_owned(), sub_path.to_owned());
    match source.raw_os_error() {
        Some(libc::ENOENT) => BeneathError::NotFound { base, sub_path },
        Some(libc::ENOTDIR) => BeneathError::NotADirectory { base, sub_path },
        _ => BeneathError::Io { action, path: base.join(sub_path), source },
    }
}

fn errno(action: &'static str, base: &Path, sub_path: &Path, errno: i32) -> BeneathError {
    failed(action, base, sub_path, io::Error::from_raw_os_error(errno))
}

fn resolve(state: &State, action: &'static str, base: &Path, sub_path: &Path) -> Result<Place, BeneathError> {
    let place = state.tree.resolve(base, true).map_err(|number| errno(action, base, sub_path, number))?;
    match state.tree.resolve_beneath(&place, sub_path) {
        Ok(Some(place)) => Ok(place),
        Ok(None) => Err(BeneathError::Escapes { base: base.to_owned(), sub_path: sub_path.to_owned() }),
        Err(number) => Err(errno(action, base, sub_path, number)),
    }
}

#[async_trait]
impl Beneath for FakeHost {
    async fn make_dir(&self, base: &Path, sub_path: &Path, mode: u32) -> Result<(), BeneathError> {
        let action = "make directory";
        let entered = self.enter(Operation::BeneathMakeDir, &base.join(sub_path).to_string_lossy()).await;
        entered.map_err(|source| failed(action, base, sub_path, source))?;
        let mut state = self.state();
        let mut so_far = PathBuf::new();
        let parts: Vec<_> = sub_path.components().collect();
        for (index, part) in parts.iter().enumerate() {
            so_far.push(part);
            let place = resolve(&state, action, base, &so_far)?;
            match state.tree.state(&place).map(|found| found.kind) {
                None => {
                    let made = state.tree.create(&place, FileKind::Directory, mode);
                    made.map_err(|number| errno(action, base, sub_path, number))?;
                }
                Some(FileKind::Directory) => {}
                Some(_) if index + 1 == parts.len() => {}
                Some(_) => return Err(errno(action, base, sub_path, libc::ENOTDIR)),
            }
        }
        Ok(())
    }

    async fn bind(&self, base: &Path, sub_path: &Path, target: &Path) -> Result<(), BeneathError> {
        let action = "bind";
        let entered = self.enter(Operation::BeneathBind, &target.to_string_lossy()).await;
        entered.map_err(|source| failed(action, base, sub_path, source))?;
        let mut state = self.state();
        let from = resolve(&state, action, base, sub_path)?;
        let at_target = |number| errno(action, target, Path::new(""), number);
        let Some(found) = state.tree.state(&from) else {
            return Err(errno(action, base, sub_path, libc::ENOENT));
        };
        if let Some(parent) = target.parent() {
            state.tree.create_dirs(parent, 0o750).map_err(at_target)?;
        }
        let mut to = state.tree.resolve(target, false).map_err(at_target)?;
        if state.tree.is_mount_point(&to.seen) {
            if state.tree.state(&to).map(|mounted| mounted.identity) == Some(found.identity) {
                return Ok(());
            }
            state.tree.unmount(&to.seen, true).map_err(at_target)?;
            to = state.tree.resolve(target, false).map_err(at_target)?;
        }
        let (kind, mode) = match found.kind {
            FileKind::Directory => (FileKind::Directory, 0o750),
            FileKind::File
            | FileKind::Link
            | FileKind::Socket
            | FileKind::CharacterDevice
            | FileKind::BlockDevice
            | FileKind::Pipe => (FileKind::File, 0o640),
        };
        match state.tree.state(&to).map(|there| there.kind) {
            Some(there) if there == kind => {}
            Some(_) => {
                state.tree.remove(&to).map_err(at_target)?;
                state.tree.create(&to, kind, mode).map_err(at_target)?;
            }
            None => {
                state.tree.create(&to, kind, mode).map_err(at_target)?;
            }
        }
        state.tree.mount_bind(&from, &to);
        Ok(())
    }

    async fn read_file(&self, base: &Path, sub_path: &Path, max_bytes: u64) -> Result<Vec<u8>, BeneathError> {
        let action = "read";
        let entered = self.enter(Operation::FilesRead, &base.join(sub_path).to_string_lossy()).await;
        entered.map_err(|source| failed(action, base, sub_path, source))?;
        let state = self.state();
        let place = resolve(&state, action, base, sub_path)?;
        match state.tree.state(&place).map(|found| found.kind) {
            None => return Err(errno(action, base, sub_path, libc::ENOENT)),
            Some(FileKind::File) => {}
            Some(_) => return Err(errno(action, base, sub_path, libc::EINVAL)),
        }
        let content = state.tree.bytes(&place).unwrap_or_default();
        if u64::try_from(content.len()).unwrap_or(u64::MAX) > max_bytes {
            return Err(errno(action, base, sub_path, libc::EFBIG));
        }
        Ok(content.to_vec())
    }
}
