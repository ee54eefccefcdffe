//! Ranges of user and group ids for pods with `hostUsers: false` (KEP-127).
//!
//! Owns which range of the node's ids belongs to which pod. A range is a block of `ids_per_pod` ids, given to a pod
//! before its first sandbox, recorded in the pod's directory in upstream's format so that either kubelet knows it, and
//! free again when nothing is left of the pod. Two pods never share a block.
//!
//! Source: `pkg/kubelet/userns/userns_manager.go` of 1.37.

use host::files::{FileError, Files};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use translate::UserNamespaceRange;
use types::PodUid;

/// The record's name in the pod's directory.
const FILE: &str = "userns";

/// A record is a hundred bytes; a larger file is not one.
const MAX_RECORD_BYTES: u64 = 4096;

/// Ids of each pod unless `userNamespaces.idsPerPod` says otherwise.
pub const DEFAULT_IDS_PER_POD: u32 = 65_536;

/// Which of the node's ids pods may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdSpace {
    /// The first one.
    pub first: u32,
    /// How many.
    pub length: u32,
    /// How many of them a pod gets.
    pub per_pod: u32,
}

/// Why ids cannot be given to pods.
#[derive(Debug, thiserror::Error)]
pub enum UserNamespaceError {
    /// The ids set aside for the kubelet do not divide into ranges for pods.
    #[error("the ids set aside for pods start at {} and are {} long: both must be multiples of {}, and the start not 0", .0.first, .0.length, .0.per_pod)]
    Misaligned(IdSpace),
    /// There are fewer ranges than pods may run.
    #[error("the ids set aside for pods are not enough for {max_pods} pods")]
    TooFew {
        /// `maxPods`.
        max_pods: u32,
    },
    /// All ranges are taken.
    #[error("could not find an empty slot to allocate a user namespace")]
    Exhausted,
    /// A record is not one of ours, or of another pod's range.
    #[error("the record of user ids in {path} cannot be used: {problem}")]
    Record {
        /// Which file.
        path: PathBuf,
        /// Why not.
        problem: String,
    },
    /// A record cannot be read or written.
    #[error("the record of user ids cannot be kept")]
    File(#[from] FileError),
}

/// The ranges, and who has them.
#[derive(Debug)]
pub struct UserNamespaces {
    space: IdSpace,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    by_pod: BTreeMap<PodUid, u32>,
    /// Where the search goes on, so that a range rests before it is used again.
    next: u32,
}

/// Upstream's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    uid_mappings: Vec<Mapping>,
    gid_mappings: Vec<Mapping>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mapping {
    host_id: u32,
    container_id: u32,
    length: u32,
}

impl IdSpace {
    /// All ids from the second block on: what upstream uses where nothing is configured.
    pub fn unconfigured(per_pod: u32) -> Self {
        Self { first: per_pod, length: 0_u32.wrapping_sub(per_pod), per_pod }
    }

    /// Blocks, numbered from the first. The one that ends with the largest id is left out: that id means "none".
    fn blocks(&self) -> u32 {
        let ends_at_last = u64::from(self.first) + u64::from(self.length) == 1 << 32;
        self.length / self.per_pod - u32::from(ends_at_last)
    }
}

impl UserNamespaces {
    /// No range taken yet, of a space that must have room for `max_pods`.
    ///
    /// # Errors
    /// [`UserNamespaceError::Misaligned`], [`UserNamespaceError::TooFew`].
    pub fn new(space: IdSpace, max_pods: u32) -> Result<Self, UserNamespaceError> {
        let is_aligned = space.per_pod > 0
            && space.first.is_multiple_of(space.per_pod)
            && space.length.is_multiple_of(space.per_pod)
            // Root of the node is nobody's.
            && space.first >= space.per_pod;
        if !is_aligned {
            return Err(UserNamespaceError::Misaligned(space));
        }
        if space.length / space.per_pod < max_pods {
            return Err(UserNamespaceError::TooFew { max_pods });
        }
        Ok(Self { space, taken: Mutex::default() })
    }

    /// Takes in what an earlier kubelet recorded for the pods below `pods_directory`. A record that cannot be used is told
    /// and left alone: that pod will not start.
    ///
    /// # Errors
    /// When the directory cannot be listed.
    pub async fn recall(&self, files: &dyn Files, pods_directory: &Path) -> Result<(), UserNamespaceError> {
        for entry in files.list_dir(pods_directory).await?.unwrap_or_default() {
            let Some(uid) = entry.name.to_str() else { continue };
            let directory = pods_directory.join(uid);
            if let Err(error) = self.recorded(files, &PodUid::from(uid), &directory).await {
                tracing::error!(podUID = %uid, err = %error, "Unable to take over the user ids of a pod");
            }
        }
        Ok(())
    }

    /// The pod's range: the one it has, else a free one, recorded in `pod_directory` before this returns.
    ///
    /// # Errors
    /// Any [`UserNamespaceError`] but those of [`Self::new`].
    pub async fn of_pod(
        &self,
        files: &dyn Files,
        uid: &PodUid,
        pod_directory: &Path,
    ) -> Result<UserNamespaceRange, UserNamespaceError> {
        if let Some(range) = self.recorded(files, uid, pod_directory).await? {
            return Ok(range);
        }
        let block = self.take(uid).ok_or(UserNamespaceError::Exhausted)?;
        let range = self.range(block);
        let mapping = Mapping { host_id: range.first_host_id, container_id: 0, length: range.length };
        let record = Record { uid_mappings: vec![mapping], gid_mappings: vec![mapping] };
        let bytes = serde_json::to_vec(&record).expect("numbers have a JSON form");
        if let Err(error) = files.write_atomic(&pod_directory.join(FILE), &bytes, 0o600).await {
            self.release(uid);
            return Err(error.into());
        }
        Ok(range)
    }

    /// Nothing is left of the pod: its range is free. The record went with the pod's directory.
    pub fn release(&self, uid: &PodUid) {
        self.taken().by_pod.remove(uid);
    }

    async fn recorded(
        &self,
        files: &dyn Files,
        uid: &PodUid,
        pod_directory: &Path,
    ) -> Result<Option<UserNamespaceRange>, UserNamespaceError> {
        let path = pod_directory.join(FILE);
        let Some(bytes) = files.read(&path, MAX_RECORD_BYTES).await?.filter(|bytes| !bytes.is_empty()) else {
            return Ok(None);
        };
        let block = self.block_of(&bytes).and_then(|block| self.note(uid, block));
        let block = block.map_err(|problem| UserNamespaceError::Record { path, problem })?;
        Ok(Some(self.range(block)))
    }

    /// The block that a record names.
    fn block_of(&self, bytes: &[u8]) -> Result<u32, String> {
        let record: Record = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let [mapping] = record.uid_mappings[..] else { return Err("there must be one mapping".to_owned()) };
        if record.gid_mappings != [mapping] {
            return Err("users and groups must be mapped alike".to_owned());
        }
        if mapping.container_id != 0 {
            return Err("root must be mapped".to_owned());
        }
        let IdSpace { first, per_pod, .. } = self.space;
        if mapping.length != per_pod || !mapping.host_id.is_multiple_of(per_pod) {
            return Err(format!("it is no block of {per_pod} ids"));
        }
        let block = mapping.host_id.checked_sub(first).map(|offset| offset / per_pod);
        block
            .filter(|block| *block < self.space.blocks())
            .ok_or_else(|| "its ids are not set aside for pods".to_owned())
    }

    fn note(&self, uid: &PodUid, block: u32) -> Result<u32, String> {
        let mut taken = self.taken();
        match taken.by_pod.iter().find(|(_, other)| **other == block) {
            Some((owner, _)) if owner != uid => Err(format!("pod {owner} has these ids")),
            Some(_) | None => {
                taken.by_pod.insert(uid.clone(), block);
                Ok(block)
            }
        }
    }

    fn take(&self, uid: &PodUid) -> Option<u32> {
        let blocks = self.space.blocks();
        let mut taken = self.taken();
        let used: BTreeSet<u32> = taken.by_pod.values().copied().collect();
        let start = if taken.next < blocks { taken.next } else { 0 };
        let block = (start..blocks).chain(0..start).find(|block| !used.contains(block))?;
        taken.next = block + 1;
        taken.by_pod.insert(uid.clone(), block);
        Some(block)
    }

    fn range(&self, block: u32) -> UserNamespaceRange {
        let IdSpace { first, per_pod, .. } = self.space;
        UserNamespaceRange { first_host_id: first + block * per_pod, length: per_pod }
    }

    fn taken(&self) -> std::sync::MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
