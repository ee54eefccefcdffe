//! Removing a tree that a pod's user may be changing meanwhile.
//!
//! Each directory is opened from its parent's handle, with the kernel told to follow no link and to enter no mount, so
//! that nothing swapped in leads out of the tree (CVE-2017-1002102) and no mounted data is deleted.

use std::{ffi::CStr, path::Path};

use rustix::{
    fd::{AsFd, OwnedFd},
    fs::{AtFlags, CWD, Mode, OFlags, ResolveFlags, openat, openat2, unlinkat},
    io::Errno,
};

use super::{
    FileError, FileKind, failed,
    opened::{entries, shown},
};
use crate::mounts::{free, table};

/// Directories deeper than this are moved up first: each level takes a handle and some stack.
const MAX_DEPTH: usize = 64;

/// How often a directory is gone through when somebody keeps putting files into it.
const MAX_ROUNDS: usize = 1000;

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// See [`crate::files::Files::remove_tree`].
pub(super) fn remove_tree(path: &Path) -> Result<(), FileError> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => return super::remove(path),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed("look at", path, error)),
    }
    // Said before anything is removed. A mount that appears later is not entered either.
    if let Some(mount_point) = first_mount(path)? {
        return Err(FileError::CrossesMount { path: path.to_owned(), mount_point });
    }
    let top = match openat(CWD, path, DIRECTORY, Mode::empty()) {
        Ok(top) => top,
        Err(Errno::NOENT) => return Ok(()),
        Err(error) => return Err(failed("open", path, error)),
    };
    let mut walk = Walk { top, moved: 0 };
    for _ in 0..MAX_ROUNDS {
        let moved_before = walk.moved;
        let top = walk.top.try_clone().map_err(|error| failed("open", path, error))?;
        walk.empty(top, path, 0)?;
        if walk.moved > moved_before {
            continue;
        }
        match std::fs::remove_dir(path) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty => {}
            Err(error) => return Err(failed("remove", path, error)),
        }
    }
    Err(failed("remove", path, Errno::NOTEMPTY))
}

fn first_mount(path: &Path) -> Result<Option<std::path::PathBuf>, FileError> {
    if free::is_free_of_mounts(path) {
        return Ok(None);
    }
    let real = path.canonicalize().map_err(|error| failed("look at", path, error))?;
    let table = table::read().map_err(|error| failed("read the mounts for", path, error))?;
    let below = table::below(&table, &real)
        .map_err(|line| failed("read the mounts for", path, std::io::Error::other(line.line)))?;
    Ok(below.into_iter().next().map(|mount| mount.mount_point))
}

struct Walk {
    /// The directory to remove; what lies too deep is moved here.
    top: OwnedFd,
    /// How many were.
    moved: u64,
}

impl Walk {
    /// Removes what is in a directory. `path` is for errors only.
    fn empty(&mut self, directory: OwnedFd, path: &Path, depth: usize) -> Result<(), FileError> {
        let opened = entries(directory, path)?;
        for (name, kind) in &opened.entries {
            let child = shown(path, name);
            let flags = if *kind == FileKind::Directory { AtFlags::REMOVEDIR } else { AtFlags::empty() };
            match unlinkat(&opened.directory, name.as_c_str(), flags) {
                Ok(()) | Err(Errno::NOENT) => continue,
                Err(Errno::NOTEMPTY | Errno::EXIST) if *kind == FileKind::Directory => {}
                // Swapped for something else meanwhile: the next round sees it as it is.
                Err(Errno::NOTDIR | Errno::ISDIR) => continue,
                Err(Errno::BUSY) => return Err(crosses(path, child)),
                Err(error) => return Err(failed("remove", &child, error)),
            }
            if depth >= MAX_DEPTH {
                self.move_up(&opened.directory, name, &child)?;
                continue;
            }
            match open_below(&opened.directory, name) {
                Ok(inner) => self.empty(inner, &child, depth + 1)?,
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => continue,
                Err(Errno::XDEV) => return Err(crosses(path, child)),
                Err(error) => return Err(failed("open", &child, error)),
            }
            match unlinkat(&opened.directory, name.as_c_str(), AtFlags::REMOVEDIR) {
                // Not empty: something was put in or moved meanwhile, and the next round finds it.
                Ok(()) | Err(Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST | Errno::NOTDIR) => {}
                Err(Errno::BUSY) => return Err(crosses(path, child)),
                Err(error) => return Err(failed("remove", &child, error)),
            }
        }
        Ok(())
    }

    fn move_up(&mut self, directory: &OwnedFd, name: &CStr, child: &Path) -> Result<(), FileError> {
        self.moved += 1;
        let moved = rustix::fs::renameat(
            directory,
            name,
            &self.top,
            format!(".removing-{}-{}", std::process::id(), self.moved).as_str(),
        );
        match moved {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(failed("move", child, error)),
        }
    }
}

fn crosses(path: &Path, mount_point: std::path::PathBuf) -> FileError {
    FileError::CrossesMount { path: path.to_owned(), mount_point }
}

/// Opens a directory in a directory: no link, no other mount.
fn open_below(directory: &OwnedFd, name: &CStr) -> rustix::io::Result<OwnedFd> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
    match openat2(directory, name, DIRECTORY, Mode::empty(), resolve) {
        // Before Linux 5.6. Bind mounts of the same file system are seen in the mount table alone there.
        Err(Errno::NOSYS) => {
            let inner = openat(directory, name, DIRECTORY, Mode::empty())?;
            let outside = rustix::fs::fstat(directory.as_fd())?.st_dev;
            if rustix::fs::fstat(&inner)?.st_dev == outside { Ok(inner) } else { Err(Errno::XDEV) }
        }
        opened => opened,
    }
}
