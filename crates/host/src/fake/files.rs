//! [`Files`] in memory.

use std::{
    io,
    path::{Path, PathBuf},
};

use async_trait::async_trait;

use super::{FakeHost, Operation};
use crate::files::{DirectoryEntry, DiskSpace, FileError, FileKind, FileState, Files, Ownership};

/// What a machine of the usual size has; nothing in the fake uses it up.
const DISK: DiskSpace = DiskSpace {
    total_bytes: 100 << 30,
    available_bytes: 60 << 30,
    total_inodes: 6_000_000,
    free_inodes: 5_000_000,
};

fn failed(action: &'static str, path: &Path, source: io::Error) -> FileError {
    match source.raw_os_error() {
        Some(libc::ENOENT) => FileError::NotFound { path: path.to_owned() },
        Some(libc::ENOTDIR) => FileError::NotADirectory { path: path.to_owned() },
        _ => FileError::Io { action, path: path.to_owned(), source },
    }
}

fn errno(action: &'static str, path: &Path, errno: i32) -> FileError {
    failed(action, path, io::Error::from_raw_os_error(errno))
}

impl FakeHost {
    async fn file(&self, operation: Operation, action: &'static str, path: &Path) -> Result<(), FileError> {
        self.enter(operation, &path.to_string_lossy()).await.map_err(|source| failed(action, path, source))
    }

    fn look_now(&self, path: &Path, follow: bool) -> Result<Option<FileState>, FileError> {
        let state = self.state();
        match state.tree.resolve(path, follow) {
            Ok(place) => Ok(state.tree.state(&place)),
            Err(libc::ENOENT | libc::ENOTDIR) => Ok(None),
            Err(number) => Err(errno("look at", path, number)),
        }
    }

    /// Puts a link into the fake's tree, for tests: `path` then leads to `target`.
    pub fn make_link(&self, path: &Path, target: &Path) {
        let mut state = self.state();
        let place = state.tree.resolve(path, false).expect("the test made the directory");
        let node = state.tree.create(&place, FileKind::Link, 0o777).expect("the test chose a free name");
        node.link = target.to_owned();
    }

    /// Puts a socket, device or pipe into the fake's tree, for tests.
    pub fn make_special(&self, path: &Path, kind: FileKind) {
        let mut state = self.state();
        let place = state.tree.resolve(path, false).expect("the test made the directory");
        state.tree.create(&place, kind, 0o644).expect("the test chose a free name");
    }
}

#[async_trait]
impl Files for FakeHost {
    async fn look(&self, path: &Path) -> Result<Option<FileState>, FileError> {
        self.file(Operation::FilesLook, "look at", path).await?;
        self.look_now(path, true)
    }

    async fn look_at_link(&self, path: &Path) -> Result<Option<FileState>, FileError> {
        self.file(Operation::FilesLook, "look at", path).await?;
        self.look_now(path, false)
    }

    async fn make_dir(&self, path: &Path, mode: u32) -> Result<(), FileError> {
        let action = "make directory";
        self.file(Operation::FilesMakeDir, action, path).await?;
        let made = self.state().tree.create_dirs(path, mode);
        made.map_err(|number| errno(action, path, number))
    }

    async fn make_file(&self, path: &Path, mode: u32) -> Result<(), FileError> {
        let action = "make file";
        self.file(Operation::FilesMakeFile, action, path).await?;
        let mut state = self.state();
        let place = state.tree.resolve(path, true).map_err(|number| errno(action, path, number))?;
        if state.tree.state(&place).is_none() {
            let made = state.tree.create(&place, FileKind::File, mode);
            made.map_err(|number| errno(action, path, number))?;
        }
        Ok(())
    }

    async fn write_atomic(&self, path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
        let action = "write";
        self.file(Operation::FilesWrite, action, path).await?;
        let mut state = self.state();
        let place = state.tree.resolve(path, false).map_err(|number| errno(action, path, number))?;
        match state.tree.state(&place).map(|found| found.kind) {
            Some(FileKind::Directory) => return Err(errno(action, path, libc::EISDIR)),
            Some(_) => state.tree.remove(&place).map_err(|number| errno(action, path, number))?,
            None => {}
        }
        let node = state.tree.create(&place, FileKind::File, mode);
        node.map_err(|number| errno(action, path, number))?.bytes = bytes.to_vec();
        Ok(())
    }

    async fn write_unsynced(&self, path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
        self.write_atomic(path, bytes, mode).await
    }

    async fn read(&self, path: &Path, max_bytes: u64) -> Result<Option<Vec<u8>>, FileError> {
        let action = "read";
        self.file(Operation::FilesRead, action, path).await?;
        let state = self.state();
        let place = match state.tree.resolve(path, true) {
            Ok(place) => place,
            Err(libc::ENOENT) => return Ok(None),
            Err(number) => return Err(errno(action, path, number)),
        };
        let Some(found) = state.tree.state(&place) else {
            return Ok(None);
        };
        if found.kind == FileKind::Directory {
            return Err(errno(action, path, libc::EISDIR));
        }
        if found.size_bytes > max_bytes {
            return Err(FileError::TooLarge { path: path.to_owned(), max_bytes });
        }
        Ok(state.tree.bytes(&place).map(<[u8]>::to_vec))
    }

    async fn read_end(&self, path: &Path, max_bytes: u64) -> Result<Option<Vec<u8>>, FileError> {
        let bytes = self.read(path, u64::MAX).await?;
        Ok(bytes.map(|bytes| {
            let kept = usize::try_from(max_bytes).unwrap_or(usize::MAX).min(bytes.len());
            bytes[bytes.len() - kept..].to_vec()
        }))
    }

    async fn link(&self, path: &Path, target: &Path) -> Result<(), FileError> {
        self.file(Operation::FilesWrite, "link", path).await?;
        let mut state = self.state();
        let place = state.tree.resolve(path, false).map_err(|number| errno("link", path, number))?;
        if state.tree.state(&place).is_none() {
            let node = state.tree.create(&place, FileKind::Link, 0o777);
            node.map_err(|number| errno("link", path, number))?.link = target.to_owned();
        }
        Ok(())
    }

    async fn list_dir(&self, path: &Path) -> Result<Option<Vec<DirectoryEntry>>, FileError> {
        self.file(Operation::FilesListDir, "list", path).await?;
        let state = self.state();
        let place = match state.tree.resolve(path, true) {
            Ok(place) => place,
            Err(libc::ENOENT) => return Ok(None),
            Err(number) => return Err(errno("list", path, number)),
        };
        match state.tree.state(&place).map(|found| found.kind) {
            None => Ok(None),
            Some(FileKind::Directory) => Ok(Some(state.tree.entries(&place))),
            Some(_) => Err(errno("list", path, libc::ENOTDIR)),
        }
    }

    async fn remove(&self, path: &Path) -> Result<(), FileError> {
        self.file(Operation::FilesRemove, "remove", path).await?;
        let mut state = self.state();
        let place = match state.tree.resolve(path, false) {
            Ok(place) => place,
            Err(libc::ENOENT) => return Ok(()),
            Err(number) => return Err(errno("remove", path, number)),
        };
        state.tree.remove(&place).map_err(|number| errno("remove", path, number))
    }

    async fn remove_tree(&self, path: &Path) -> Result<(), FileError> {
        self.file(Operation::FilesRemoveTree, "remove", path).await?;
        let mut state = self.state();
        let place = match state.tree.resolve(path, false) {
            Ok(place) => place,
            Err(libc::ENOENT) => return Ok(()),
            Err(number) => return Err(errno("remove", path, number)),
        };
        let mounts = state.tree.mounts();
        if let Some(mount) = mounts.iter().find(|mount| mount.mount_point.starts_with(&place.seen)) {
            return Err(FileError::CrossesMount {
                path: path.to_owned(),
                mount_point: mount.mount_point.clone(),
            });
        }
        state.tree.remove_all(&place);
        Ok(())
    }

    async fn read_link(&self, path: &Path) -> Result<Option<PathBuf>, FileError> {
        self.file(Operation::FilesLook, "read the link", path).await?;
        let mut state = self.state();
        let Ok(place) = state.tree.resolve(path, false) else {
            return Ok(None);
        };
        let node = state.tree.node_mut(&place).filter(|node| node.kind == FileKind::Link);
        Ok(node.map(|node| node.link.clone()))
    }

    async fn rename(&self, from: &Path, to: &Path) -> Result<(), FileError> {
        self.file(Operation::FilesRename, "rename", from).await?;
        let mut state = self.state();
        let fail = |number| errno("rename", from, number);
        let source = state.tree.resolve(from, false).map_err(fail)?;
        let target = state.tree.resolve(to, false).map_err(fail)?;
        state.tree.rename(&source, &target).map_err(fail)
    }

    async fn make_dated_dir(&self, parent: &Path) -> Result<PathBuf, FileError> {
        let action = "make a dated directory in";
        self.file(Operation::FilesMakeDir, action, parent).await?;
        let mut state = self.state();
        // A number alone, so that every run is the same.
        for number in 0u64.. {
            let path = parent.join(format!("..1970_01_01_00_00_00.{number}"));
            let place = state.tree.resolve(&path, false).map_err(|number| errno(action, parent, number))?;
            match state.tree.create(&place, FileKind::Directory, 0o755) {
                Ok(_) => return Ok(path),
                Err(libc::EEXIST) => {}
                Err(number) => return Err(errno(action, parent, number)),
            }
        }
        Err(errno(action, parent, libc::EEXIST))
    }

    async fn set_mode(&self, path: &Path, mode: u32) -> Result<(), FileError> {
        let action = "set the mode of";
        self.file(Operation::FilesSetMode, action, path).await?;
        let mut state = self.state();
        let place = state.tree.resolve(path, true).map_err(|number| errno(action, path, number))?;
        let node = state.tree.node_mut(&place);
        node.ok_or_else(|| errno(action, path, libc::ENOENT))?.mode = mode & 0o7777;
        Ok(())
    }

    async fn set_owner(
        &self,
        path: &Path,
        user_id: Option<u32>,
        group_id: Option<u32>,
    ) -> Result<(), FileError> {
        let action = "set the owner of";
        self.file(Operation::FilesSetOwner, action, path).await?;
        let mut state = self.state();
        let place = state.tree.resolve(path, false).map_err(|number| errno(action, path, number))?;
        let node = state.tree.node_mut(&place);
        let node = node.ok_or_else(|| errno(action, path, libc::ENOENT))?;
        node.user_id = user_id.unwrap_or(node.user_id);
        node.group_id = group_id.unwrap_or(node.group_id);
        Ok(())
    }

    async fn change_ownership(&self, path: &Path, ownership: Ownership) -> Result<(), FileError> {
        let action = "change the group of";
        self.file(Operation::FilesChangeOwnership, action, path).await?;
        let mut state = self.state();
        let below = state.tree.paths_below(path);
        for path in std::iter::once(path.to_owned()).chain(below) {
            let place = state.tree.resolve(&path, false);
            let place = place.map_err(|number| errno(action, &path, number))?;
            let node = state.tree.node_mut(&place);
            let node = node.ok_or_else(|| errno(action, &path, libc::ENOENT))?;
            node.group_id = ownership.group_id;
            match node.kind {
                FileKind::Link => {}
                FileKind::Directory => {
                    node.mode |= ownership.add_mode | ownership.add_directory_mode;
                }
                FileKind::File
                | FileKind::Socket
                | FileKind::CharacterDevice
                | FileKind::BlockDevice
                | FileKind::Pipe => node.mode |= ownership.add_mode,
            }
        }
        Ok(())
    }

    async fn disk_space(&self, path: &Path) -> Result<DiskSpace, FileError> {
        self.file(Operation::FilesDiskSpace, "measure", path).await?;
        match self.look_now(path, true)? {
            Some(_) => Ok(DISK),
            None => Err(FileError::NotFound { path: path.to_owned() }),
        }
    }
}
