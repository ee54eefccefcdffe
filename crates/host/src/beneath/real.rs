//! [`Beneath`] on this machine.

use std::{
    ffi::OsStr,
    io::{self, Read as _},
    path::{Component, Path, PathBuf},
};

use async_trait::async_trait;
use rustix::{
    fd::{AsRawFd, OwnedFd},
    fs::{AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, fchmod, mkdirat, openat, openat2, statat},
    io::Errno,
    mount::UnmountFlags,
};

use super::{Beneath, BeneathError};
use crate::blocking::Blocking;

/// Mode of the directories made above a bind mount's target, and of the target for a directory.
const TARGET_DIRECTORY_MODE: u32 = 0o750;
/// Mode of the target for anything else.
const TARGET_FILE_MODE: u32 = 0o640;

const PATH: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);
const PATH_NO_LINK: OFlags = PATH.union(OFlags::NOFOLLOW);
const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// This machine's volumes.
#[derive(Debug, Clone, Default)]
pub struct RealBeneath {
    blocking: Blocking,
}

impl RealBeneath {
    /// Sub paths that block in `blocking`.
    pub fn new(blocking: Blocking) -> Self {
        Self { blocking }
    }

    async fn on<T: Send + 'static>(
        &self,
        base: &Path,
        call: impl FnOnce(&Path) -> Result<T, BeneathError> + Send + 'static,
    ) -> Result<T, BeneathError> {
        let owned = base.to_owned();
        match self.blocking.run(base, move || call(&owned)).await {
            Ok(answer) => answer,
            Err(_stuck) => Err(BeneathError::Stuck { base: base.to_owned() }),
        }
    }
}

/// A sub path of a volume, for its errors.
#[derive(Clone, Copy)]
struct SubPath<'a> {
    base: &'a Path,
    sub_path: &'a Path,
}

impl SubPath<'_> {
    fn failed(&self, action: &'static str, source: impl Into<io::Error>) -> BeneathError {
        let source = source.into();
        let (base, sub_path) = (self.base.to_owned(), self.sub_path.to_owned());
        match source.raw_os_error() {
            Some(libc::ENOENT) => BeneathError::NotFound { base, sub_path },
            Some(libc::ENOTDIR) => BeneathError::NotADirectory { base, sub_path },
            Some(libc::EXDEV | libc::ELOOP) => BeneathError::Escapes { base, sub_path },
            _ => BeneathError::Io { action, path: self.base.join(self.sub_path), source },
        }
    }

    /// The parts of the sub path; none of them leads up or starts anew.
    fn parts(&self) -> Result<Vec<&OsStr>, BeneathError> {
        let mut parts = Vec::new();
        for part in self.sub_path.components() {
            match part {
                Component::Normal(name) => parts.push(name),
                Component::CurDir => {}
                Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                    return Err(self.failed("resolve", Errno::XDEV));
                }
            }
        }
        Ok(parts)
    }

    /// The volume's root. It may itself be reached through links: its path is the administrator's.
    fn open_base(&self) -> Result<OwnedFd, BeneathError> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        openat(CWD, self.base, flags, Mode::empty()).map_err(|error| self.failed("open", error))
    }

    /// Opens a part of the volume, links inside it followed, never leaving it.
    fn open(&self, root: &OwnedFd, relative: &Path) -> rustix::io::Result<OwnedFd> {
        if relative.as_os_str().is_empty() {
            return openat(root, ".", PATH, Mode::empty());
        }
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        match openat2(root, relative, PATH, Mode::empty(), resolve) {
            // An absolute link, which may lead back inside; or a kernel before 5.6.
            Err(Errno::XDEV | Errno::NOSYS) => self.open_resolved(root, relative),
            // Somebody is renaming directories in the volume.
            Err(Errno::AGAIN) => openat2(root, relative, PATH, Mode::empty(), resolve),
            opened => opened,
        }
    }

    /// Resolves all links by path, and then opens what that gave part by part without following any: whatever is
    /// swapped in between cannot lead out. Upstream's `doSafeOpen` does the same.
    fn open_resolved(&self, root: &OwnedFd, relative: &Path) -> rustix::io::Result<OwnedFd> {
        let errno = |error: io::Error| error.raw_os_error().map_or(Errno::IO, Errno::from_raw_os_error);
        let base = self.base.canonicalize().map_err(errno)?;
        let full = self.base.join(relative).canonicalize().map_err(errno)?;
        let inside = full.strip_prefix(&base).map_err(|_| Errno::XDEV)?;
        let mut handle = openat(root, ".", PATH, Mode::empty())?;
        for part in inside {
            handle = openat(&handle, part, PATH_NO_LINK, Mode::empty())?;
            if kind(&handle)? == FileType::Symlink {
                return Err(Errno::LOOP);
            }
        }
        Ok(handle)
    }

    fn make_dir(&self, mode: u32) -> Result<(), BeneathError> {
        let action = "make directory";
        let fail = |error: Errno| self.failed(action, error);
        let parts = self.parts()?;
        let root = self.open_base()?;
        if self.open(&root, &parts.iter().collect::<PathBuf>()).is_ok() {
            return Ok(());
        }
        // What exists may go through links; what is made does not.
        let mut existing = parts.len();
        let mut parent = loop {
            existing = existing.saturating_sub(1);
            match self.open(&root, &parts[..existing].iter().collect::<PathBuf>()) {
                Ok(parent) => break parent,
                Err(Errno::NOENT) if existing > 0 => {}
                Err(error) => return Err(fail(error)),
            }
        };
        for part in &parts[existing..] {
            match mkdirat(&parent, *part, Mode::from_raw_mode(mode & 0o7777)) {
                // Made by another container of the pod meanwhile, or a link that leads nowhere: the open tells.
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(fail(error)),
            }
            let made = openat(&parent, *part, DIRECTORY, Mode::empty()).map_err(fail)?;
            // The umask may have taken bits away.
            fchmod(&made, Mode::from_raw_mode(mode & 0o7777)).map_err(fail)?;
            parent = made;
        }
        Ok(())
    }

    fn bind(&self, target: &Path) -> Result<(), BeneathError> {
        let parts = self.parts()?;
        let root = self.open_base()?;
        let source = self.open(&root, &parts.iter().collect::<PathBuf>());
        let source = source.map_err(|error| self.failed("open", error))?;
        let at_target = |error: Errno| target_failed("prepare", target, error);
        let found =
            statat(&source, c"", AtFlags::EMPTY_PATH).map_err(|error| self.failed("look at", error))?;
        if is_mount_point(target)? {
            let there = statat(CWD, target, AtFlags::SYMLINK_NOFOLLOW).map_err(at_target)?;
            if (there.st_dev, there.st_ino) == (found.st_dev, found.st_ino) {
                return Ok(());
            }
            // A container that was restarted must get past a mount of what is no longer there.
            let flags = UnmountFlags::DETACH | UnmountFlags::NOFOLLOW;
            rustix::mount::unmount(target, flags).map_err(at_target)?;
        }
        let is_directory = FileType::from_raw_mode(found.st_mode) == FileType::Directory;
        make_target(target, is_directory)?;
        let by_handle = format!("/proc/self/fd/{}", source.as_raw_fd());
        rustix::mount::mount_bind(by_handle.as_str(), target).map_err(|error| {
            // Best effort: what is left is empty, and goes with the pod's directory.
            let _removed =
                if is_directory { std::fs::remove_dir(target) } else { std::fs::remove_file(target) };
            self.failed("bind", error)
        })
    }

    fn read(&self, max_bytes: u64) -> Result<Vec<u8>, BeneathError> {
        let action = "read";
        let parts = self.parts()?;
        let root = self.open_base()?;
        let found = self.open(&root, &parts.iter().collect::<PathBuf>());
        let found = found.map_err(|error| self.failed("open", error))?;
        if kind(&found).map_err(|error| self.failed("look at", error))? != FileType::RegularFile {
            return Err(self.failed(action, Errno::INVAL));
        }
        // What was looked at is what is read, whatever is swapped in under its name.
        let by_handle = format!("/proc/self/fd/{}", found.as_raw_fd());
        let file = std::fs::File::open(by_handle).map_err(|error| self.failed("open", error))?;
        let mut content = Vec::new();
        let read = file.take(max_bytes.saturating_add(1)).read_to_end(&mut content);
        read.map_err(|error| self.failed(action, error))?;
        if u64::try_from(content.len()).unwrap_or(u64::MAX) > max_bytes {
            return Err(self.failed(action, Errno::FBIG));
        }
        Ok(content)
    }
}

fn kind(handle: &OwnedFd) -> rustix::io::Result<FileType> {
    let found = statat(handle, c"", AtFlags::EMPTY_PATH)?;
    Ok(FileType::from_raw_mode(found.st_mode))
}

fn target_failed(action: &'static str, path: &Path, source: impl Into<io::Error>) -> BeneathError {
    BeneathError::Io { action, path: path.to_owned(), source: source.into() }
}

fn is_mount_point(target: &Path) -> Result<bool, BeneathError> {
    let fail = |error: io::Error| target_failed("look at", target, error);
    match target.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        // The server of what was mounted there is gone. The mount is still one, and has to make way.
        Err(error) if matches!(error.raw_os_error(), Some(libc::ESTALE | libc::ENOTCONN | libc::EIO)) => {
            return Ok(true);
        }
        Err(error) => return Err(fail(error)),
        Ok(_) => {}
    }
    let real = target.canonicalize().map_err(fail)?;
    let table = crate::mounts::table::read().map_err(fail)?;
    let mounts = crate::mounts::table::below(&table, &real)
        .map_err(|line| fail(io::Error::other(format!("mount table: {}", line.line))))?;
    Ok(mounts.iter().any(|mount| mount.mount_point == real))
}

/// The place to mount at: a directory for a directory, a file for anything else.
fn make_target(target: &Path, is_directory: bool) -> Result<(), BeneathError> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    let fail = |error: io::Error| target_failed("make", target, error);
    let mut directories = std::fs::DirBuilder::new();
    directories.mode(TARGET_DIRECTORY_MODE).recursive(true);
    if let Some(parent) = target.parent() {
        directories.create(parent).map_err(fail)?;
    }
    match target.symlink_metadata() {
        Ok(found) if found.is_dir() == is_directory && !found.is_symlink() => return Ok(()),
        Ok(found) if found.is_dir() => std::fs::remove_dir(target).map_err(fail)?,
        Ok(_) => std::fs::remove_file(target).map_err(fail)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(fail(error)),
    }
    if is_directory {
        directories.create(target).map_err(fail)
    } else {
        let mut file = std::fs::OpenOptions::new();
        file.write(true).create_new(true).mode(TARGET_FILE_MODE);
        file.open(target).map(drop).map_err(fail)
    }
}

#[async_trait]
impl Beneath for RealBeneath {
    async fn make_dir(&self, base: &Path, sub_path: &Path, mode: u32) -> Result<(), BeneathError> {
        let sub_path = sub_path.to_owned();
        self.on(base, move |base| SubPath { base, sub_path: &sub_path }.make_dir(mode)).await
    }

    async fn bind(&self, base: &Path, sub_path: &Path, target: &Path) -> Result<(), BeneathError> {
        let (sub_path, target) = (sub_path.to_owned(), target.to_owned());
        self.on(base, move |base| SubPath { base, sub_path: &sub_path }.bind(&target)).await
    }

    async fn read_file(&self, base: &Path, sub_path: &Path, max_bytes: u64) -> Result<Vec<u8>, BeneathError> {
        let sub_path = sub_path.to_owned();
        self.on(base, move |base| SubPath { base, sub_path: &sub_path }.read(max_bytes)).await
    }
}
