//! Whether a small tree is free of mounts, by a look at the tree itself.
//!
//! The mount table of a node grows with its pods, and the kernel makes all of its lines anew for each who reads it. Most trees that
//! are taken down hold a few files and no mount, and to see that each of them is no mount costs the same on every node.

use std::{ffi::CStr, mem::MaybeUninit, path::Path};

use rustix::{
    fd::{AsFd, OwnedFd},
    fs::{AtFlags, CWD, FileType, Mode, OFlags, RawDir, ResolveFlags, StatxAttributes, StatxFlags},
    io::Errno,
};

/// More than a pod without volumes has; of larger trees the table knows sooner.
const MAX_ENTRIES: usize = 64;

/// What is read of a directory at a time.
const READ_BYTES: usize = 1024;

/// Deeper than what the kubelet makes. Each level holds a handle.
const MAX_DEPTH: usize = 8;

/// The tree is not so simple, or this kernel does not tell: ask the table.
struct Unknown;

impl From<Errno> for Unknown {
    fn from(_: Errno) -> Self {
        Self
    }
}

/// Whether it is certain that neither this directory nor anything below is a mount. No link is followed.
pub(crate) fn is_free_of_mounts(directory: &Path) -> bool {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let look = || -> Result<(), Unknown> {
        let opened = rustix::fs::open(directory, flags, Mode::empty())?;
        is_no_mount(CWD, directory)?;
        let mut entries_left = MAX_ENTRIES;
        look_into(opened, &mut entries_left, MAX_DEPTH)
    };
    look().is_ok()
}

fn look_into(directory: OwnedFd, entries_left: &mut usize, depth_left: usize) -> Result<(), Unknown> {
    let below = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut buffer = [MaybeUninit::uninit(); READ_BYTES];
    let mut entries = RawDir::new(&directory, &mut buffer);
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name: &CStr = entry.file_name();
        if name == c"." || name == c".." {
            continue;
        }
        *entries_left = entries_left.checked_sub(1).ok_or(Unknown)?;
        is_no_mount(&directory, name)?;
        match entry.file_type() {
            FileType::Directory if depth_left == 0 => return Err(Unknown),
            FileType::Directory => {
                let inner = rustix::fs::openat2(&directory, name, flags, Mode::empty(), below)?;
                look_into(inner, entries_left, depth_left - 1)?;
            }
            FileType::Unknown => return Err(Unknown),
            _ => {}
        }
    }
    Ok(())
}

/// Told since Linux 5.8.
fn is_no_mount(directory: impl AsFd, name: impl rustix::path::Arg) -> Result<(), Unknown> {
    let found = rustix::fs::statx(directory, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE)?;
    let is_told = found.stx_attributes_mask.contains(StatxAttributes::MOUNT_ROOT);
    match is_told && !found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT) {
        true => Ok(()),
        false => Err(Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_simple_is_left_to_the_table() {
        let root = tempfile::tempdir().unwrap();
        let make = |path: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(&path).unwrap();
            path
        };
        let (few, many, deep) = (make("few/a/b"), make("many"), make("deep/2/3/4/5/6/7/8/9/10"));
        std::fs::write(few.join("file"), "").unwrap();
        std::os::unix::fs::symlink("/proc", few.join("link")).unwrap();
        for number in 0..=MAX_ENTRIES {
            std::fs::write(many.join(number.to_string()), "").unwrap();
        }
        let few = root.path().join("few");
        let deep = deep.ancestors().find(|path| path.ends_with("deep")).unwrap();
        for (path, expected) in [
            (few.as_path(), true),
            (many.as_path(), false),
            (deep, false),
            (&few.join("a/b/link"), false),
            (&few.join("a/b/file"), false),
            (&few.join("absent"), false),
            (Path::new("/proc"), false),
        ] {
            assert_eq!(is_free_of_mounts(path), expected, "{}", path.display());
        }
    }
}
