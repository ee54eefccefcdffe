//! Files and mounts in memory.
//!
//! Nodes belong to a file system (a number) and have a path in it; a mount shows a file system's directory at a path.
//! File system 0 is the machine's root.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Component, Path, PathBuf},
};

use crate::{
    files::{DirectoryEntry, FileKind, FileState},
    mounts::{FsKind, Mount},
};

/// As the kernel's: how many links one path may go through.
const MAX_LINKS: usize = 40;

type FsId = u64;

#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) kind: FileKind,
    pub(super) mode: u32,
    pub(super) user_id: u32,
    pub(super) group_id: u32,
    pub(super) bytes: Vec<u8>,
    /// Of a link.
    pub(super) link: PathBuf,
    inode: u64,
}

#[derive(Debug)]
struct Mounted {
    point: PathBuf,
    fs: FsId,
    root: PathBuf,
    fs_type: String,
    source: String,
    read_only: bool,
    options: Vec<String>,
    shared: bool,
}

#[derive(Debug)]
pub(super) struct Tree {
    nodes: BTreeMap<(FsId, PathBuf), Node>,
    mounts: Vec<Mounted>,
    next_fs: FsId,
    next_inode: u64,
}

/// A path after links and mounts: where it is seen, and where it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The path without links.
    pub(super) seen: PathBuf,
    fs: FsId,
    kept: PathBuf,
}

impl Default for Tree {
    fn default() -> Self {
        let mut tree = Self { nodes: BTreeMap::new(), mounts: Vec::new(), next_fs: 1, next_inode: 1 };
        tree.insert(0, Path::new("/"), FileKind::Directory, 0o755);
        tree
    }
}

impl Tree {
    fn insert(&mut self, fs: FsId, kept: &Path, kind: FileKind, mode: u32) -> &mut Node {
        let inode = self.next_inode;
        self.next_inode += 1;
        self.nodes.entry((fs, kept.to_owned())).or_insert(Node {
            kind,
            mode,
            user_id: 0,
            group_id: 0,
            bytes: Vec::new(),
            link: PathBuf::new(),
            inode,
        })
    }

    /// Where a path leads. The last part need not exist; all above it must. `follow_last`: a link at the end is
    /// followed too.
    pub(super) fn resolve(&self, path: &Path, follow_last: bool) -> Result<Place, i32> {
        let mut links = 0;
        self.walk(path, follow_last, &mut links)
    }

    fn walk(&self, path: &Path, follow_last: bool, links: &mut usize) -> Result<Place, i32> {
        let mut place = self.enter(Place { seen: "/".into(), fs: 0, kept: "/".into() });
        let parts: Vec<Component<'_>> = path.components().collect();
        for (index, part) in parts.iter().enumerate() {
            let name = match part {
                Component::Normal(name) => name,
                Component::ParentDir => {
                    let above = place.seen.parent().unwrap_or(Path::new("/")).to_owned();
                    place = self.walk(&above, true, links)?;
                    continue;
                }
                Component::RootDir | Component::CurDir | Component::Prefix(_) => continue,
            };
            let parent = self.node(&place).ok_or(libc::ENOENT)?;
            if parent.kind != FileKind::Directory {
                return Err(libc::ENOTDIR);
            }
            let next =
                self.enter(Place { seen: place.seen.join(name), fs: place.fs, kept: place.kept.join(name) });
            let last = index + 1 == parts.len();
            match self.node(&next) {
                Some(node) if node.kind == FileKind::Link && (!last || follow_last) => {
                    *links += 1;
                    if *links > MAX_LINKS {
                        return Err(libc::ELOOP);
                    }
                    place = self.walk(&place.seen.join(&node.link), true, links)?;
                }
                Some(_) => place = next,
                None if last => place = next,
                None => return Err(libc::ENOENT),
            }
        }
        Ok(place)
    }

    /// Steps onto whatever is mounted last at a place.
    fn enter(&self, place: Place) -> Place {
        match self.mounts.iter().rev().find(|mounted| mounted.point == place.seen) {
            Some(mounted) => Place { seen: place.seen, fs: mounted.fs, kept: mounted.root.clone() },
            None => place,
        }
    }

    fn node(&self, place: &Place) -> Option<&Node> {
        self.nodes.get(&(place.fs, place.kept.clone()))
    }

    pub(super) fn node_mut(&mut self, place: &Place) -> Option<&mut Node> {
        self.nodes.get_mut(&(place.fs, place.kept.clone()))
    }

    pub(super) fn state(&self, place: &Place) -> Option<FileState> {
        self.node(place).map(|node| FileState {
            kind: node.kind,
            mode: node.mode,
            user_id: node.user_id,
            group_id: node.group_id,
            size_bytes: node.bytes.len() as u64,
            identity: (place.fs, node.inode),
        })
    }

    pub(super) fn bytes(&self, place: &Place) -> Option<&[u8]> {
        self.node(place).map(|node| node.bytes.as_slice())
    }

    /// Makes a node where nothing is.
    pub(super) fn create(&mut self, place: &Place, kind: FileKind, mode: u32) -> Result<&mut Node, i32> {
        if self.node(place).is_some() {
            return Err(libc::EEXIST);
        }
        if self.is_read_only(&place.seen) {
            return Err(libc::EROFS);
        }
        let (fs, kept) = (place.fs, place.kept.clone());
        Ok(self.insert(fs, &kept, kind, mode))
    }

    /// Makes a directory and all above it.
    pub(super) fn create_dirs(&mut self, path: &Path, mode: u32) -> Result<(), i32> {
        let mut so_far = PathBuf::from("/");
        for part in path.components() {
            so_far.push(part);
            let place = self.resolve(&so_far, true)?;
            match self.node(&place).map(|node| node.kind) {
                None => {
                    self.create(&place, FileKind::Directory, mode)?;
                }
                Some(FileKind::Directory) => {}
                Some(_) => return Err(libc::ENOTDIR),
            }
        }
        Ok(())
    }

    /// Names directly below a directory.
    pub(super) fn entries(&self, place: &Place) -> Vec<DirectoryEntry> {
        self.children(place.fs, &place.kept)
            .map(|(path, node)| DirectoryEntry {
                name: path.file_name().map(OsString::from).unwrap_or_default(),
                kind: node.kind,
            })
            .collect()
    }

    fn children<'a>(&'a self, fs: FsId, kept: &'a Path) -> impl Iterator<Item = (&'a Path, &'a Node)> {
        self.nodes
            .range((fs, kept.to_owned())..)
            .take_while(move |((other, path), _)| *other == fs && path.starts_with(kept))
            .filter(move |((_, path), _)| path.parent() == Some(kept))
            .map(|((_, path), node)| (path.as_path(), node))
    }

    /// Removes a file, link or empty directory.
    pub(super) fn remove(&mut self, place: &Place) -> Result<(), i32> {
        let Some(node) = self.node(place) else {
            return Ok(());
        };
        if self.is_mount_point(&place.seen) {
            return Err(libc::EBUSY);
        }
        if node.kind == FileKind::Directory && self.children(place.fs, &place.kept).next().is_some() {
            return Err(libc::ENOTEMPTY);
        }
        if self.is_read_only(&place.seen) {
            return Err(libc::EROFS);
        }
        self.nodes.remove(&(place.fs, place.kept.clone()));
        Ok(())
    }

    /// Gives what is at a place, and below it, another name.
    pub(super) fn rename(&mut self, from: &Place, to: &Place) -> Result<(), i32> {
        let moving = self.node(from).ok_or(libc::ENOENT)?.kind;
        if from.fs != to.fs {
            return Err(libc::EXDEV);
        }
        match self.node(to).map(|node| node.kind) {
            Some(FileKind::Directory) if moving != FileKind::Directory => return Err(libc::EISDIR),
            Some(kind) if kind != FileKind::Directory && moving == FileKind::Directory => {
                return Err(libc::ENOTDIR);
            }
            Some(_) => self.remove(to)?,
            None => {}
        }
        let nodes = std::mem::take(&mut self.nodes);
        let renamed = |(fs, path): (FsId, PathBuf)| match path.strip_prefix(&from.kept) {
            Ok(rest) if fs == from.fs && rest.as_os_str().is_empty() => (fs, to.kept.clone()),
            Ok(rest) if fs == from.fs => (fs, to.kept.join(rest)),
            Ok(_) | Err(_) => (fs, path),
        };
        self.nodes = nodes.into_iter().map(|(key, node)| (renamed(key), node)).collect();
        Ok(())
    }

    /// Removes everything at and below a place; the caller has made sure that nothing is mounted there.
    pub(super) fn remove_all(&mut self, place: &Place) {
        let (fs, kept) = (place.fs, place.kept.clone());
        self.nodes.retain(|(other, path), _| *other != fs || !path.starts_with(&kept));
    }

    /// Everything seen below a path, entering mounts.
    pub(super) fn paths_below(&self, directory: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut open = vec![directory.to_owned()];
        while let Some(path) = open.pop() {
            let Ok(place) = self.resolve(&path, true) else { continue };
            for entry in self.entries(&place) {
                let child = path.join(&entry.name);
                if entry.kind == FileKind::Directory {
                    open.push(child.clone());
                }
                found.push(child);
            }
        }
        found.sort();
        found
    }

    pub(super) fn is_mount_point(&self, seen: &Path) -> bool {
        seen == Path::new("/") || self.mounts.iter().any(|mounted| mounted.point == seen)
    }

    fn is_read_only(&self, seen: &Path) -> bool {
        self.covering(seen).is_some_and(|mounted| mounted.read_only)
    }

    fn covering(&self, seen: &Path) -> Option<&Mounted> {
        self.mounts
            .iter()
            .enumerate()
            .filter(|(_, mounted)| seen.starts_with(&mounted.point))
            .max_by_key(|(index, mounted)| (mounted.point.components().count(), *index))
            .map(|(_, mounted)| mounted)
    }

    pub(super) fn fs_kind(&self, seen: &Path) -> FsKind {
        match self.covering(seen).map(|mounted| mounted.fs_type.as_str()) {
            Some("tmpfs") => FsKind::Tmpfs,
            Some("hugetlbfs") => FsKind::Hugetlbfs,
            Some(_) | None => FsKind::Other,
        }
    }

    /// Mounts a new, empty file system.
    pub(super) fn mount_new(&mut self, point: &Place, fs_type: &str, mode: u32, options: Vec<String>) {
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
    pub(super) fn mount_bind(&mut self, source: &Place, point: &Place) {
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

    pub(super) fn is_shared(&self, seen: &Path) -> bool {
        self.covering(seen).is_some_and(|mounted| mounted.shared)
    }

    pub(super) fn set_shared(&mut self, seen: &Path) {
        if let Some(mounted) = self.mounts.iter_mut().rev().find(|mounted| mounted.point == seen) {
            mounted.shared = true;
        }
    }

    /// Whether there was a mount to make read-only.
    pub(super) fn set_read_only(&mut self, seen: &Path) -> bool {
        let mounted = self.mounts.iter_mut().rev().find(|mounted| mounted.point == seen);
        mounted.map(|mounted| mounted.read_only = true).is_some()
    }

    /// Ends the uppermost mount at a path. A file system that nothing shows any more is gone with its content.
    /// `Err(EBUSY)` if something is mounted below it, unless `detach`, which takes that along.
    pub(super) fn unmount(&mut self, seen: &Path, detach: bool) -> Result<(), i32> {
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

    pub(super) fn mounts(&self) -> Vec<Mount> {
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

    /// As `resolve`, but never above `base`: `None` if the path or a link on it leads out.
    pub(super) fn resolve_beneath(&self, base: &Place, sub_path: &Path) -> Result<Option<Place>, i32> {
        if sub_path.components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir)) {
            return Ok(None);
        }
        let mut place = base.clone();
        let mut parts: Vec<PathBuf> = sub_path.iter().rev().map(PathBuf::from).collect();
        let mut links = 0;
        while let Some(part) = parts.pop() {
            if part == Path::new("..") {
                if place.seen == base.seen {
                    return Ok(None);
                }
                let above = place.seen.parent().unwrap_or(Path::new("/")).to_owned();
                place = self.resolve(&above, false)?;
                continue;
            }
            let next = self.resolve(&place.seen.join(&part), false)?;
            match self.node(&next) {
                Some(node) if node.kind == FileKind::Link => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(libc::ELOOP);
                    }
                    if node.link.is_absolute() {
                        // May lead back inside.
                        let rest = parts.iter().rev().fold(node.link.clone(), |path, part| path.join(part));
                        let place = self.resolve(&rest, true)?;
                        return Ok(place.seen.starts_with(&base.seen).then_some(place));
                    }
                    parts.extend(node.link.iter().rev().map(PathBuf::from));
                }
                Some(_) => place = next,
                None if parts.is_empty() => place = next,
                None => return Err(libc::ENOENT),
            }
        }
        Ok(Some(place))
    }
}
