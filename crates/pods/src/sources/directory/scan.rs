//! Reading the directory, and remembering what was read.

use super::watcher::Change;
use crate::sources::decode::{NodeIdentity, decode};
use crate::sources::{SourceEvent, snapshot};
use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tasks::Clock;
use tokio::time::Instant;
use types::{PodSource, PodUid, WantedPod};

/// A manifest may have ten MiB at most, as upstream's `maxConfigLength`.
const MAX_MANIFEST_BYTES: u64 = 10 * 1024 * 1024;

/// Longer than anybody takes to put another directory in the place of the old one.
pub(super) const REPLACEMENT: Duration = Duration::from_secs(1);

/// At most so many files of a directory are read; a node cannot run as many pods.
const MAX_FILES: usize = 10_000;

/// What tells a changed file from an unchanged one without reading it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Fingerprint {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Fingerprint {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

#[derive(Default)]
struct Known {
    fingerprint: Option<Fingerprint>,
    pods: BTreeMap<PodUid, Arc<WantedPod>>,
    /// The last complaint, said once.
    complaint: Option<String>,
}

/// Everything this source has read.
pub(super) struct Scanner {
    path: Option<PathBuf>,
    node: NodeIdentity,
    clock: Clock,
    files: BTreeMap<PathBuf, Known>,
    complaint: Option<String>,
    /// Since when there is nothing at the path.
    gone_since: Option<Instant>,
}

impl Scanner {
    pub(super) fn new(path: Option<PathBuf>, node: NodeIdentity, clock: Clock) -> Self {
        Self { path, node, clock, files: BTreeMap::new(), complaint: None, gone_since: None }
    }

    /// Whether the path has gone so lately that it may be in the middle of being replaced.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.gone_since.is_some() && !self.files.is_empty()
    }

    /// A directory is replaced by two renames; in between its pods must not end.
    fn is_really_gone(&mut self) -> bool {
        let since = *self.gone_since.get_or_insert_with(Instant::now);
        self.files.is_empty() || since.elapsed() >= REPLACEMENT
    }

    /// Looks elsewhere from the next rescan on; pods of the old place are not wanted any more then.
    pub(super) fn set_path(&mut self, path: Option<PathBuf>) {
        self.path = path;
    }

    /// Looks at what changed and returns the differences in pods.
    pub(super) fn apply(&mut self, changes: &[Change]) -> Vec<SourceEvent> {
        if changes.contains(&Change::Everything) {
            return self.rescan();
        }
        let mut names: Vec<_> = changes
            .iter()
            .filter_map(|change| match change {
                Change::Name(name) => self.path_of(name),
                Change::Created(name) => self.path_of(name).filter(|path| is_link(path)),
                Change::Everything => None,
            })
            .filter(|path| is_manifest_name(path))
            .collect();
        names.sort();
        names.dedup();
        names.into_iter().flat_map(|path| self.look_at(path)).collect()
    }

    fn path_of(&self, name: &std::ffi::OsStr) -> Option<PathBuf> {
        let path = self.path.as_ref()?;
        Some(if path.is_dir() { path.join(name) } else { path.clone() })
    }

    fn rescan(&mut self) -> Vec<SourceEvent> {
        let found = self.path.as_deref().map_or_else(|| Ok(Listing::Manifests(Vec::new())), list);
        let present = match found {
            Ok(Listing::Manifests(present)) => {
                self.gone_since = None;
                present
            }
            Ok(Listing::NoDirectory) if !self.is_really_gone() => return Vec::new(),
            Ok(Listing::NoDirectory) => Vec::new(),
            Err(error) => {
                // Not knowing is no reason to end pods.
                let path = self.path.clone().unwrap_or_default();
                let complaint = format!("{}: {error}", path.display());
                if self.complaint.as_ref() != Some(&complaint) {
                    tracing::error!(
                        path = %path.display(), err = %error,
                        "Unable to read the manifest path; its pods stay as they are. Make it readable for the kubelet"
                    );
                    self.complaint = Some(complaint);
                }
                return Vec::new();
            }
        };
        self.complaint = None;
        let gone: Vec<PathBuf> =
            self.files.keys().filter(|path| present.binary_search(path).is_err()).cloned().collect();
        let mut events: Vec<_> = gone.into_iter().flat_map(|path| self.forget(&path)).collect();
        for path in present {
            events.extend(self.look_at(path));
        }
        events
    }

    fn forget(&mut self, path: &Path) -> Vec<SourceEvent> {
        match self.files.remove(path) {
            Some(mut known) => snapshot::replace(PodSource::File, &mut known.pods, Vec::new()),
            None => Vec::new(),
        }
    }

    fn look_at(&mut self, path: PathBuf) -> Vec<SourceEvent> {
        let content = match read(&path, self.files.get(&path).and_then(|known| known.fingerprint)) {
            Ok(Content::Absent) => return self.forget(&path),
            Ok(Content::Unchanged) => return Vec::new(),
            Ok(Content::New(fingerprint, bytes)) => Ok((fingerprint, bytes)),
            Err(error) => Err(error),
        };
        let known = self.files.entry(path.clone()).or_default();
        let pods = match content {
            Ok((fingerprint, bytes)) => {
                known.fingerprint = Some(fingerprint);
                let name = path.to_string_lossy();
                let kind = manifest::OriginKind::File { path: &name };
                decode(&bytes, kind, &self.node, self.clock.now()).map_err(|error| error.to_string())
            }
            Err(error) => {
                known.fingerprint = None;
                Err(format!("{}: {error}", path.display()))
            }
        };
        match pods {
            Ok(pods) => {
                known.complaint = None;
                snapshot::replace(PodSource::File, &mut known.pods, pods)
            }
            Err(complaint) => {
                if known.complaint.as_ref() != Some(&complaint) {
                    let kept =
                        if known.pods.is_empty() { "no pod is started" } else { "its last good pod goes on" };
                    tracing::error!(path = %path.display(), err = %complaint, effect = kept, "Could not process manifest file");
                    known.complaint = Some(complaint);
                }
                Vec::new()
            }
        }
    }
}

/// Dot-files are not manifests: editors and atomic writers park their work there.
fn is_manifest_name(path: &Path) -> bool {
    path.file_name().is_some_and(|name| !name.as_encoded_bytes().starts_with(b"."))
}

/// Whether an entry that was just made is another name of something complete.
fn is_link(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink() || metadata.nlink() > 1)
}

/// What is at the manifest path.
enum Listing {
    /// These files, sorted.
    Manifests(Vec<PathBuf>),
    /// Nothing.
    NoDirectory,
}

/// The manifests below `path`.
fn list(path: &Path) -> std::io::Result<Listing> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Listing::NoDirectory),
        Err(error) => return Err(error),
    };
    if !metadata.is_dir() {
        return Ok(Listing::Manifests(vec![path.to_owned()]));
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path)?.take(MAX_FILES) {
        let path = entry?.path();
        if is_manifest_name(&path) {
            found.push(path);
        }
    }
    found.sort();
    Ok(Listing::Manifests(found))
}

enum Content {
    Absent,
    Unchanged,
    New(Fingerprint, Vec<u8>),
}

fn read(path: &Path, known: Option<Fingerprint>) -> std::io::Result<Content> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Content::Absent),
        Err(error) => return Err(error),
    };
    // Directories below the manifest directory are not followed; opening a pipe would wait for its writer.
    if !metadata.is_file() {
        return Ok(Content::Absent);
    }
    let fingerprint = Fingerprint::of(&metadata);
    if known == Some(fingerprint) {
        return Ok(Content::Unchanged);
    }
    if metadata.len() > MAX_MANIFEST_BYTES {
        return Err(std::io::Error::other(format!(
            "the file has {} bytes, a manifest may have {MAX_MANIFEST_BYTES}",
            metadata.len()
        )));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    match File::open(path) {
        Ok(file) => file.take(MAX_MANIFEST_BYTES + 1).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Content::Absent),
        Err(error) => return Err(error),
    };
    Ok(Content::New(fingerprint, bytes))
}
