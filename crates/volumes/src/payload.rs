//! Files of a volume that change all at once.
//!
//! ```text
//! <volume>/name   → ..data/name        what the container reads
//! <volume>/deep   → ..data/deep
//! <volume>/..data → ..2026_11_21_…     swapped in one step
//! <volume>/..2026_11_21_…/name         one version of the content
//!                        /deep/cpu
//! ```
//!
//! A container sees the old version or the new one, never a mixture. The layout is that of upstream's `AtomicWriter`,
//! and either kubelet goes on with what the other wrote.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::{Component, Path, PathBuf},
};

use host::files::{FileKind, Ownership};

use crate::{Volumes, error::SetUpError};

/// The link that is swapped.
pub(crate) const DATA: &str = "..data";
/// The link that takes its place.
const NEXT_DATA: &str = "..data_tmp";
/// Of directories in a version.
const DIRECTORY_MODE: u32 = 0o755;

/// The longest name of a file.
const MAX_NAME_BYTES: usize = 255;
/// The longest path of a file.
const MAX_PATH_BYTES: usize = 4096;

/// Files by their path in the volume.
pub(crate) type Payload = BTreeMap<String, PayloadFile>;

/// One file.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PayloadFile {
    pub(crate) content: Vec<u8>,
    /// Permission bits.
    pub(crate) mode: u32,
    /// Who owns it; `None`: the kubelet.
    pub(crate) user: Option<u32>,
}

/// Without the content, which may be a secret.
impl fmt::Debug for PayloadFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} bytes, {:o}, {:?}", self.content.len(), self.mode, self.user)
    }
}

/// A mode of the API as permission bits.
pub(crate) fn file_mode(mode: i32) -> u32 {
    u32::try_from(mode).unwrap_or(0) & 0o777
}

/// The payload with its paths in their shortest form.
///
/// # Errors
/// [`SetUpError::InvalidPath`] for one that would leave the volume, or stand in the way of the volume's own files.
pub(crate) fn clean(payload: Payload) -> Result<Payload, SetUpError> {
    payload.into_iter().map(|(path, file)| Ok((clean_path(path)?, file))).collect()
}

impl Volumes {
    /// Makes the payload what is in the volume. Nothing is written if it is already.
    pub(crate) async fn write_payload(
        &self,
        directory: &Path,
        payload: &Payload,
        group: Option<Ownership>,
    ) -> Result<(), SetUpError> {
        let data = directory.join(DATA);
        let old = self.files.read_link(&data).await?;
        let is_current = match &old {
            Some(old) => self.is_payload(&directory.join(old), payload).await?,
            None => false,
        };
        if !is_current {
            let version = self.write_version(directory, payload).await?;
            // Before anybody can see it. All of the volume, since it may be the first time.
            if let Some(group) = group {
                self.files.change_ownership(directory, group).await?;
            }
            self.remove_version(&directory.join(NEXT_DATA)).await?;
            if let Some(name) = version.file_name() {
                self.files.link(&directory.join(NEXT_DATA), Path::new(name)).await?;
            }
            self.files.rename(&directory.join(NEXT_DATA), &data).await?;
        }
        let mut visible = BTreeSet::new();
        for (path, file) in payload {
            let name = path.split('/').next().unwrap_or_default();
            if visible.insert(name) {
                let link = directory.join(name);
                self.files.link(&link, &Path::new(DATA).join(name)).await?;
                if file.user.is_some() && !is_current {
                    self.files.set_owner(&link, file.user, None).await?;
                }
            }
        }
        self.remove_what_is_old(directory, &visible).await
    }

    async fn write_version(&self, directory: &Path, payload: &Payload) -> Result<PathBuf, SetUpError> {
        let version = self.files.make_dated_dir(directory).await?;
        for (path, file) in payload {
            let path = version.join(path);
            if let Some(parent) = path.parent() {
                self.files.make_dir(parent, DIRECTORY_MODE).await?;
            }
            self.files.write_unsynced(&path, &file.content, file.mode).await?;
            if file.user.is_some() {
                self.files.set_owner(&path, file.user, None).await?;
            }
        }
        Ok(version)
    }

    /// Whether a version is exactly this. Modes are not compared: a group may have been given its bits.
    async fn is_payload(&self, version: &Path, payload: &Payload) -> Result<bool, SetUpError> {
        let mut found = BTreeSet::new();
        let mut open = vec![String::new()];
        while let Some(directory) = open.pop() {
            let Some(entries) = self.files.list_dir(&version.join(&directory)).await? else {
                return Ok(false);
            };
            for entry in entries {
                let Some(name) = entry.name.to_str() else { return Ok(false) };
                let path = if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") };
                match entry.kind {
                    FileKind::Directory => open.push(path),
                    FileKind::File => {
                        let _new = found.insert(path);
                    }
                    FileKind::Link
                    | FileKind::Socket
                    | FileKind::CharacterDevice
                    | FileKind::BlockDevice
                    | FileKind::Pipe => return Ok(false),
                }
            }
        }
        if !found.iter().eq(payload.keys()) {
            return Ok(false);
        }
        for (path, file) in payload {
            let size = file.content.len() as u64;
            let content = self.files.read(&version.join(path), size).await;
            // A larger one is another one.
            if !matches!(content, Ok(Some(content)) if content == file.content) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Removes versions that are not the current one, and links to what is no longer there.
    async fn remove_what_is_old(&self, directory: &Path, visible: &BTreeSet<&str>) -> Result<(), SetUpError> {
        let current = self.files.read_link(&directory.join(DATA)).await?;
        for entry in self.files.list_dir(directory).await?.unwrap_or_default() {
            let path = directory.join(&entry.name);
            let name = entry.name.to_string_lossy();
            match entry.kind {
                FileKind::Directory if name.starts_with("..") => {
                    if current.as_deref() != Some(Path::new(&entry.name)) {
                        self.remove_version(&path).await?;
                    }
                }
                FileKind::Link if name != DATA && !visible.contains(name.as_ref()) => {
                    let target = self.files.read_link(&path).await?;
                    // Only our own.
                    if name == NEXT_DATA || target.is_some_and(|target| target.starts_with(DATA)) {
                        self.files.remove(&path).await?;
                    }
                }
                FileKind::Directory
                | FileKind::Link
                | FileKind::File
                | FileKind::Socket
                | FileKind::CharacterDevice
                | FileKind::BlockDevice
                | FileKind::Pipe => {}
            }
        }
        Ok(())
    }

    async fn remove_version(&self, path: &Path) -> Result<(), SetUpError> {
        Ok(self.files.remove_tree(path).await?)
    }
}

/// A path without `.` and empty parts, if it stays in the volume, and apart from our own names.
fn clean_path(path: String) -> Result<String, SetUpError> {
    let mut names = Vec::new();
    for part in Path::new(&path).components() {
        match part {
            Component::Normal(name) if name.len() <= MAX_NAME_BYTES => names.push(name.to_string_lossy()),
            Component::CurDir => {}
            Component::Normal(_) | Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(SetUpError::InvalidPath { path });
            }
        }
    }
    let is_ours = names.first().is_none_or(|name| name.starts_with(".."));
    let clean = names.join("/");
    if is_ours || path.len() > MAX_PATH_BYTES {
        return Err(SetUpError::InvalidPath { path });
    }
    Ok(clean)
}

#[cfg(test)]
mod tests;
