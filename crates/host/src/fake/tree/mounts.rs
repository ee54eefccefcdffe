//! What shows which directory where.

use std::path::Path;

use super::{FsId, Mounted, Place, Tree};
use crate::{
    files::FileKind,
    mounts::{FsKind, Mount},
};

impl Tree {
    pub(in crate::fake) fn is_mount_point(&self, seen: &Path) -> bool {
        seen == Path::new("/") || self.mounts.iter().any(|mounted| mounted.point == seen)
    }

    pub(super) fn is_read_only(&self, seen: &Path) -> bool {
        self.covering(seen).is_some_and(|mounted| mounted.read_only)
    }

    pub(super) fn covering(&self, seen: &Path) -> Option<&Mounted> {
        self.mounts
            .iter()
            .enumerate()
            .filter(|(_, mounted)| seen.starts_with(&mounted.point))
            .max_by_key(|(index, mounted)| (mounted.point.components().count(), *index))
            .map(|(_, mounted)| mounted)
    }

    pub(in crate::fake) fn fs_kind(&self, seen: &Path) -> FsKind {
        match self.covering(seen).map(|mounted| mounted.fs_type.as_str()) {
            Some("tmpfs") => FsKind::Tmpfs,
            Some("hugetlbfs") => FsKind::Hugetlbfs,
            Some(_) | None => FsKind::Other,
        }
    }

    /// Mounts a new, empty file system.
    pub(in crate::fake) fn mount_new(
        &mut self,
        point: &Place,
        fs_type: &str,
        mode: u32,
        options: Vec<String>,
    ) {
        let fs = self.next_fs;
        self.next_fs += 1;
        self.insert(fs, Path::new("/"), FileKind::Directory, mode);
        let shared = self.is_shared(&point.seen);
        self.mounts.push(Mounted {
            point: point.seen.clone(),
            fs,
            root: "/".into(),
            fs_type: fs_type.to_owned(),
            source: fs_type.to_owned(),
            read_only: false,
            options,
            shared,
        });
    }

    /// Shows one place at another.
    pub(in crate::fake) fn mount_bind(&mut self, source: &Place, point: &Place) {
        let (fs_type, name) = match self.covering(&source.seen) {
            Some(mounted) => (mounted.fs_type.clone(), mounted.source.clone()),
            None => ("ext4".to_owned(), "/dev/root".to_owned()),
        };
        let shared = self.is_shared(&point.seen);
        self.mounts.push(Mounted {
            point: point.seen.clone(),
            fs: source.fs,
            root: source.kept.clone(),
            fs_type,
            source: name,
            read_only: false,
            options: Vec::new(),
            shared,
        });
    }

    pub(in crate::fake) fn is_shared(&self, seen: &Path) -> bool {
        self.covering(seen).is_some_and(|mounted| mounted.shared)
    }

    pub(in crate::fake) fn set_shared(&mut self, seen: &Path) {
        if let Some(mounted) = self.mounts.iter_mut().rev().find(|mounted| mounted.point == seen) {
            mounted.shared = true;
        }
    }

    /// Whether there was a mount to make read-only.
    pub(in crate::fake) fn set_read_only(&mut self, seen: &Path) -> bool {
        let mounted = self.mounts.iter_mut().rev().find(|mounted| mounted.point == seen);
        mounted.map(|mounted| mounted.read_only = true).is_some()
    }

    /// Ends the uppermost mount at a path. A file system that nothing shows any more is gone with its content.
    /// `Err(EBUSY)` if something is mounted below it, unless `detach`, which takes that along.
    pub(in crate::fake) fn unmount(&mut self, seen: &Path, detach: bool) -> Result<(), i32> {
        let Some(index) = self.mounts.iter().rposition(|mounted| mounted.point == seen) else {
            return Ok(());
        };
        let below = |mounted: &Mounted| mounted.point != seen && mounted.point.starts_with(seen);
        if self.mounts[index + 1..].iter().any(below) {
            if !detach {
                return Err(libc::EBUSY);
            }
            let mut position = 0;
            self.mounts.retain(|mounted| {
                position += 1;
                position <= index + 1 || !below(mounted)
            });
        }
        self.mounts.remove(index);
        let shown: Vec<FsId> = self.mounts.iter().map(|mounted| mounted.fs).collect();
        self.nodes.retain(|(fs, _), _| *fs == 0 || shown.contains(fs));
        Ok(())
    }

    pub(in crate::fake) fn mounts(&self) -> Vec<Mount> {
        self.mounts
            .iter()
            .map(|mounted| Mount {
                mount_point: mounted.point.clone(),
                root: mounted.root.clone(),
                fs_type: mounted.fs_type.clone(),
                source: mounted.source.clone(),
                read_only: mounted.read_only,
                fs_options: mounted.options.clone(),
                shared: mounted.shared,
            })
            .collect()
    }
}
