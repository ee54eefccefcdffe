//! [`Files`] on this machine.

mod content;
mod opened;
mod ownership;
mod remove;

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use rustix::fs::OFlags;

use super::{DirectoryEntry, DiskSpace, FileError, FileKind, FileState, Files, Laid, Ownership};
use crate::blocking::Blocking;
use content::{Sync, read, read_end, write};

/// This machine's files.
#[derive(Debug, Clone, Default)]
pub struct RealFiles {
    blocking: Blocking,
}

impl RealFiles {
    /// Files that block in `blocking`.
    pub fn new(blocking: Blocking) -> Self {
        Self { blocking }
    }

    /// Runs `call` with an owned path where it may block.
    async fn on<T: Send + 'static>(
        &self,
        path: &Path,
        call: impl FnOnce(&Path) -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, FileError> {
        let owned = path.to_owned();
        match self.blocking.run(path, move || call(&owned)).await {
            Ok(answer) => answer,
            Err(_stuck) => Err(FileError::Stuck { path: path.to_owned() }),
        }
    }
}

/// The error for a failed call: the kinds that callers tell apart, or `Io`.
fn failed(action: &'static str, path: &Path, source: impl Into<io::Error>) -> FileError {
    let source = source.into();
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => FileError::NotFound { path },
        io::ErrorKind::NotADirectory => FileError::NotADirectory { path },
        _ => FileError::Io { action, path, source },
    }
}

/// Absence as a value.
fn optional<T>(found: Result<T, FileError>) -> Result<Option<T>, FileError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(FileError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn kind(kind: fs::FileType) -> FileKind {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_dir() {
        FileKind::Directory
    } else if kind.is_symlink() {
        FileKind::Link
    } else if kind.is_socket() {
        FileKind::Socket
    } else if kind.is_char_device() {
        FileKind::CharacterDevice
    } else if kind.is_block_device() {
        FileKind::BlockDevice
    } else if kind.is_fifo() {
        FileKind::Pipe
    } else {
        FileKind::File
    }
}

fn state(found: &fs::Metadata) -> FileState {
    FileState {
        kind: kind(found.file_type()),
        mode: found.mode() & 0o7777,
        user_id: found.uid(),
        group_id: found.gid(),
        size_bytes: found.size(),
        identity: (found.dev(), found.ino()),
    }
}

/// A look; a part of the path that is no directory means that nothing is there.
fn look(path: &Path, found: io::Result<fs::Metadata>) -> Result<Option<FileState>, FileError> {
    match found {
        Ok(found) => Ok(Some(state(&found))),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(failed("look at", path, error)),
    }
}

/// Makes a directory with exactly `mode`, and what is missing above it.
fn make_dir(path: &Path, mode: u32) -> Result<(), FileError> {
    match fs::DirBuilder::new().mode(mode).create(path) {
        // The umask may have taken bits away.
        Ok(()) => set_mode(path, mode),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let found = fs::metadata(path).map_err(|error| failed("look at", path, error))?;
            if found.is_dir() { Ok(()) } else { Err(FileError::NotADirectory { path: path.to_owned() }) }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => match path.parent() {
            Some(parent) => {
                make_dir(parent, mode)?;
                make_dir(path, mode)
            }
            None => Err(failed("make directory", path, error)),
        },
        Err(error) => Err(failed("make directory", path, error)),
    }
}

fn set_mode(path: &Path, mode: u32) -> Result<(), FileError> {
    let set = fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o7777));
    set.map_err(|error| failed("set the mode of", path, error))
}

fn make_file(path: &Path, mode: u32) -> Result<(), FileError> {
    let made = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .custom_flags(OFlags::NOFOLLOW.bits() as i32)
        .open(path);
    match made {
        Ok(_) => set_mode(path, mode),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(failed("make file", path, error)),
    }
}

fn link(path: &Path, target: &Path) -> Result<(), FileError> {
    match std::os::unix::fs::symlink(target, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failed("link", path, error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn list_dir(path: &Path) -> Result<Vec<DirectoryEntry>, FileError> {
    let listed = fs::read_dir(path).and_then(|entries| {
        entries
            .map(|entry| {
                let entry = entry?;
                Ok(DirectoryEntry { name: entry.file_name(), kind: kind(entry.file_type()?) })
            })
            .collect::<io::Result<Vec<_>>>()
    });
    let mut entries = listed.map_err(|error| failed("list", path, error))?;
    entries.sort();
    Ok(entries)
}

fn remove(path: &Path) -> Result<(), FileError> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", path, error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn read_link(path: &Path) -> Result<Option<PathBuf>, FileError> {
    match fs::read_link(path) {
        Ok(target) => Ok(Some(target)),
        // Not a link, or nothing.
        Err(error) if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOENT | libc::ENOTDIR)) => {
            Ok(None)
        }
        Err(error) => Err(failed("read the link", path, error)),
    }
}

/// How many names are tried.
const MAX_DATED_NAMES: u32 = 100;

fn make_dated_dir(parent: &Path) -> Result<PathBuf, FileError> {
    let now = jiff::Timestamp::now();
    let date = now.strftime("..%Y_%m_%d_%H_%M_%S.");
    let first = now.subsec_nanosecond().unsigned_abs();
    for number in 0..MAX_DATED_NAMES {
        let path = parent.join(format!("{date}{}", first.wrapping_add(number)));
        match fs::DirBuilder::new().mode(0o755).create(&path) {
            Ok(()) => return set_mode(&path, 0o755).map(|()| path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed("make directory", &path, error)),
        }
    }
    Err(failed("make a dated directory in", parent, io::Error::from(io::ErrorKind::AlreadyExists)))
}

fn disk_space(path: &Path) -> Result<DiskSpace, FileError> {
    let found = rustix::fs::statvfs(path).map_err(|error| failed("measure", path, error))?;
    Ok(DiskSpace {
        total_bytes: found.f_blocks.saturating_mul(found.f_frsize),
        available_bytes: found.f_bavail.saturating_mul(found.f_frsize),
        total_inodes: found.f_files,
        free_inodes: found.f_ffree,
    })
}

fn set_owner(path: &Path, user_id: Option<u32>, group_id: Option<u32>) -> Result<(), FileError> {
    let set = std::os::unix::fs::lchown(path, user_id, group_id);
    set.map_err(|error| failed("set the owner of", path, error))
}

#[async_trait]
impl Files for RealFiles {
    async fn look(&self, path: &Path) -> Result<Option<FileState>, FileError> {
        self.on(path, |path| look(path, fs::metadata(path))).await
    }

    async fn look_at_link(&self, path: &Path) -> Result<Option<FileState>, FileError> {
        self.on(path, |path| look(path, fs::symlink_metadata(path))).await
    }

    async fn make_dir(&self, path: &Path, mode: u32) -> Result<(), FileError> {
        self.on(path, move |path| make_dir(path, mode)).await
    }

    async fn make_file(&self, path: &Path, mode: u32) -> Result<(), FileError> {
        self.on(path, move |path| make_file(path, mode)).await
    }

    async fn write_atomic(&self, path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
        let bytes = bytes.to_vec();
        self.on(path, move |path| write(path, &bytes, mode, Sync::Durable)).await
    }

    async fn write_unsynced(&self, path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
        let bytes = bytes.to_vec();
        self.on(path, move |path| write(path, &bytes, mode, Sync::InMemory)).await
    }

    async fn lay_out(&self, laid: Vec<(PathBuf, Laid)>) -> Result<(), FileError> {
        let Some((first, _)) = laid.first() else { return Ok(()) };
        let turn = first.clone();
        self.on(&turn, move |_| {
            laid.iter().try_for_each(|(path, laid)| match laid {
                Laid::Directory(mode) => make_dir(path, *mode),
                Laid::EmptyFile(mode) => make_file(path, *mode),
                Laid::Content(bytes, mode) => write(path, bytes, *mode, Sync::InMemory),
            })
        })
        .await
    }

    async fn read(&self, path: &Path, max_bytes: u64) -> Result<Option<Vec<u8>>, FileError> {
        self.on(path, move |path| optional(read(path, max_bytes))).await
    }

    async fn read_end(&self, path: &Path, max_bytes: u64) -> Result<Option<Vec<u8>>, FileError> {
        self.on(path, move |path| optional(read_end(path, max_bytes))).await
    }

    async fn link(&self, path: &Path, target: &Path) -> Result<(), FileError> {
        let target = target.to_owned();
        self.on(path, move |path| link(path, &target)).await
    }

    async fn list_dir(&self, path: &Path) -> Result<Option<Vec<DirectoryEntry>>, FileError> {
        self.on(path, |path| optional(list_dir(path))).await
    }

    async fn remove(&self, path: &Path) -> Result<(), FileError> {
        self.on(path, remove).await
    }

    async fn remove_tree(&self, path: &Path) -> Result<(), FileError> {
        self.on(path, remove::remove_tree).await
    }

    async fn read_link(&self, path: &Path) -> Result<Option<PathBuf>, FileError> {
        self.on(path, read_link).await
    }

    async fn rename(&self, from: &Path, to: &Path) -> Result<(), FileError> {
        let to = to.to_owned();
        self.on(from, move |from| fs::rename(from, to).map_err(|error| failed("rename", from, error))).await
    }

    async fn make_dated_dir(&self, parent: &Path) -> Result<PathBuf, FileError> {
        self.on(parent, make_dated_dir).await
    }

    async fn set_mode(&self, path: &Path, mode: u32) -> Result<(), FileError> {
        self.on(path, move |path| set_mode(path, mode)).await
    }

    async fn set_owner(
        &self,
        path: &Path,
        user_id: Option<u32>,
        group_id: Option<u32>,
    ) -> Result<(), FileError> {
        self.on(path, move |path| set_owner(path, user_id, group_id)).await
    }

    async fn change_ownership(&self, path: &Path, wanted: Ownership) -> Result<(), FileError> {
        self.on(path, move |path| ownership::change(path, wanted)).await
    }

    async fn disk_space(&self, path: &Path) -> Result<DiskSpace, FileError> {
        self.on(path, disk_space).await
    }
}
