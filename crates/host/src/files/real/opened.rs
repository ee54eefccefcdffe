//! Directories as handles, for walks through what others may be changing.

use std::{
    mem::MaybeUninit,
    path::{Path, PathBuf},
};

use super::{FileError, FileKind, failed};

/// A directory and the names in it, opened so that no link was followed.
pub(super) struct Opened {
    pub(super) directory: rustix::fd::OwnedFd,
    pub(super) entries: Vec<(std::ffi::CString, FileKind)>,
}

/// What is read of a directory at a time: most have a few entries.
const READ_BYTES: usize = 2048;

/// Reads an open directory; `.` and `..` left out. `path` is for errors only.
pub(super) fn entries(directory: rustix::fd::OwnedFd, path: &Path) -> Result<Opened, FileError> {
    // Straight from the handle, which `Dir` would open once more.
    let listed = rustix::fs::seek(&directory, rustix::fs::SeekFrom::Start(0)).and_then(|_| {
        let mut entries = Vec::new();
        let mut buffer = [MaybeUninit::uninit(); READ_BYTES];
        let mut listing = rustix::fs::RawDir::new(&directory, &mut buffer);
        while let Some(entry) = listing.next() {
            let entry = entry?;
            let name = entry.file_name();
            if name == c"." || name == c".." {
                continue;
            }
            entries.push((name.to_owned(), raw_kind(&directory, &entry)?));
        }
        Ok(entries)
    });
    match listed {
        Ok(entries) => Ok(Opened { directory, entries }),
        Err(error) => Err(failed("list", path, error)),
    }
}

/// A directory entry's kind; file systems that do not tell are asked again.
fn raw_kind(
    directory: &rustix::fd::OwnedFd,
    entry: &rustix::fs::RawDirEntry<'_>,
) -> rustix::io::Result<FileKind> {
    let mut found = entry.file_type();
    if found == rustix::fs::FileType::Unknown {
        let flags = rustix::fs::AtFlags::SYMLINK_NOFOLLOW;
        let stat = rustix::fs::statat(directory, entry.file_name(), flags)?;
        found = rustix::fs::FileType::from_raw_mode(stat.st_mode);
    }
    Ok(match found {
        rustix::fs::FileType::Directory => FileKind::Directory,
        rustix::fs::FileType::Symlink => FileKind::Link,
        rustix::fs::FileType::Socket => FileKind::Socket,
        rustix::fs::FileType::CharacterDevice => FileKind::CharacterDevice,
        rustix::fs::FileType::BlockDevice => FileKind::BlockDevice,
        rustix::fs::FileType::Fifo => FileKind::Pipe,
        rustix::fs::FileType::RegularFile | rustix::fs::FileType::Unknown => FileKind::File,
    })
}

/// A path for messages: what is walked is directories, not paths.
pub(super) fn shown(parent: &Path, name: &std::ffi::CStr) -> PathBuf {
    parent.join(name.to_string_lossy().as_ref())
}
