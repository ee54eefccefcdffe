//! Giving a tree to a group.

use std::path::Path;

use rustix::{
    fd::OwnedFd,
    fs::{AtFlags, CWD, Gid, Mode, OFlags, chownat, fchmod, fstat, openat, statat},
    io::Errno,
};

use super::{
    FileError, FileKind, Ownership, failed,
    opened::{entries, shown},
};

/// A tree deeper than this was not made by anybody who means well; the walk ends with an error.
const MAX_DEPTH: usize = 256;

/// See [`crate::files::Files::change_ownership`].
pub(super) fn change(path: &Path, wanted: Ownership) -> Result<(), FileError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let root = openat(CWD, path, flags, Mode::empty()).map_err(|error| failed("open", path, error))?;
    directory(root, path, wanted, 0)
}

/// The content first, then the directory: whoever finds the root right finds all of it right.
fn directory(opened: OwnedFd, path: &Path, wanted: Ownership, depth: usize) -> Result<(), FileError> {
    if depth > MAX_DEPTH {
        return Err(failed("change the group of", path, Errno::NAMETOOLONG));
    }
    let opened = entries(opened, path)?;
    for (name, kind) in &opened.entries {
        let child = shown(path, name);
        let fail = |error: Errno| failed("change the group of", &child, error);
        match kind {
            FileKind::Directory => {
                let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let inner = openat(&opened.directory, name.as_c_str(), flags, Mode::empty());
                directory(inner.map_err(fail)?, &child, wanted, depth + 1)?;
            }
            FileKind::Link
            | FileKind::File
            | FileKind::Socket
            | FileKind::CharacterDevice
            | FileKind::BlockDevice
            | FileKind::Pipe => {
                entry(&opened.directory, name, *kind, wanted).map_err(fail)?;
            }
        }
    }
    let fail = |error: Errno| failed("change the group of", path, error);
    rustix::fs::fchown(&opened.directory, None, Some(Gid::from_raw(wanted.group_id))).map_err(fail)?;
    let mode = fstat(&opened.directory).map_err(fail)?.st_mode & 0o7777;
    let mode = mode | wanted.add_mode | wanted.add_directory_mode;
    fchmod(&opened.directory, Mode::from_raw_mode(mode)).map_err(fail)
}

/// Anything but a directory, never through a link.
fn entry(
    directory: &OwnedFd,
    name: &std::ffi::CStr,
    kind: FileKind,
    wanted: Ownership,
) -> rustix::io::Result<()> {
    let no_follow = AtFlags::SYMLINK_NOFOLLOW;
    chownat(directory, name, None, Some(Gid::from_raw(wanted.group_id)), no_follow)?;
    if kind == FileKind::Link {
        return Ok(());
    }
    // By handle, so that a link swapped in meanwhile is not followed; O_PATH opens no device and waits for no pipe.
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let handle = openat(directory, name, flags, Mode::empty())?;
    let mode = statat(&handle, c"", AtFlags::EMPTY_PATH)?.st_mode;
    if rustix::fs::FileType::from_raw_mode(mode) == rustix::fs::FileType::Symlink {
        return Ok(());
    }
    let mode = Mode::from_raw_mode(mode & 0o7777 | wanted.add_mode);
    let by_handle = format!("/proc/self/fd/{}", rustix::fd::AsRawFd::as_raw_fd(&handle));
    rustix::fs::chmod(by_handle.as_str(), mode)
}
