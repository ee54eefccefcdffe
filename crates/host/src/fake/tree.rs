//! Files and mounts in memory.
//!
//! Nodes belong to a file system (a number) and have a path in it; a mount shows a file system's directory at a path.
//! File system 0 is the machine's root.

mod mounts;
mod paths;

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::files::{DirectoryEntry, FileKind, FileState};

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
}
