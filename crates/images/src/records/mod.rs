//! What this kubelet pulled, under which names (KEP-2535).
//!
//! An image that a pod could not have pulled itself must not be had by naming what another pod pulled. So for an image
//! that the kubelet pulled once, only names under which it was pulled count as present; another name for the same image
//! is pulled again, which asks its registry. What was on the machine before is anybody's. Records are files in upstream's
//! format below `<root-dir>/image_manager`, so that either kubelet knows them; here without credentials every image that
//! was pulled is for all pods of the node.
//!
//! Source: `pkg/kubelet/images/pullmanager` of 1.37.

use crate::name::without_tag;
use host::files::Files;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Version of the records' format.
const API_VERSION: &str = "kubelet.config.k8s.io/v1beta1";

/// A record has some hundred bytes for each name.
const MAX_RECORD_BYTES: u64 = 1024 * 1024;

/// Start of the names of records.
const PREFIX: &str = "sha256-";

/// `imagePullCredentialsVerificationPolicy`: when an image that is there must have been pulled under the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// `NeverVerify`.
    Never,
    /// `NeverVerifyPreloadedImages`, the default: if this kubelet pulled it.
    Pulled,
    /// `NeverVerifyAllowlistedImages`: unless one of these is its name, or, with `/*` at the end, its beginning.
    NotListed(Vec<String>),
    /// `AlwaysVerify`.
    Always,
}

/// The records. Shared by all pulls.
pub struct PullRecords {
    files: Arc<dyn Files>,
    directory: PathBuf,
    verification: Verification,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// By what the runtime calls the image.
    pulled: BTreeMap<String, PulledRecord>,
    /// Names whose pull began. One that was given up stays until the next pull of that name ends.
    intents: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PulledRecord {
    kind: String,
    api_version: String,
    last_updated_time: Timestamp,
    image_ref: String,
    #[serde(default)]
    credential_mapping: BTreeMap<String, Credentials>,
}

/// Who may use a name. What is here beside the one field we set is somebody else's, and kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credentials {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    node_pods_accessible: bool,
    #[serde(flatten)]
    other: BTreeMap<String, serde_json::Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Intent {
    kind: String,
    api_version: String,
    image: String,
}

impl PullRecords {
    /// The records below `root_directory` that earlier kubelets left. What cannot be read is told and counts as nothing.
    pub async fn load(files: Arc<dyn Files>, root_directory: &Path, verification: Verification) -> Self {
        let directory = root_directory.join("image_manager");
        let mut known = Known::default();
        for record in read_all::<PulledRecord>(files.as_ref(), &directory.join("pulled")).await {
            known.pulled.insert(record.image_ref.clone(), record);
        }
        for intent in read_all::<Intent>(files.as_ref(), &directory.join("pulling")).await {
            known.intents.insert(intent.image);
        }
        Self { files, directory, verification, known: Mutex::new(known) }
    }

    /// Whether an image that is there, as `image_ref`, has to be pulled all the same to be used as `image`.
    pub(crate) fn must_pull(&self, image: &str, image_ref: &str) -> bool {
        let known = self.known();
        let record = known.pulled.get(image_ref);
        let name = without_tag(image);
        let is_verified = match &self.verification {
            Verification::Never => false,
            Verification::Pulled => record.is_some() || known.intents.contains(image),
            Verification::NotListed(list) => !list.iter().any(|pattern| match pattern.strip_suffix('*') {
                Some(beginning) => name.starts_with(beginning),
                None => name == pattern,
            }),
            Verification::Always => true,
        };
        let of_name = record.and_then(|record| record.credential_mapping.get(name));
        is_verified && !of_name.is_some_and(|credentials| credentials.node_pods_accessible)
    }

    /// A pull begins: should the kubelet end before the pull does, the image is known as one that it pulled.
    pub(crate) async fn begins(&self, image: &str) {
        if self.known().intents.insert(image.to_owned()) {
            let intent = Intent {
                kind: "ImagePullIntent".to_owned(),
                api_version: API_VERSION.to_owned(),
                image: image.to_owned(),
            };
            self.write(&self.intent_path(image), &intent).await;
        }
    }

    /// A pull ended, as `image_ref` if it ended well.
    pub(crate) async fn ended(&self, image: &str, image_ref: Option<&str>, now: Timestamp) {
        if let Some(image_ref) = image_ref
            && let Some(record) = self.note_pulled(image, image_ref, now)
        {
            self.write(&self.directory.join("pulled").join(file_name(image_ref)), &record).await;
        }
        let was_there = self.known().intents.remove(image);
        if was_there && let Err(error) = self.files.remove(&self.intent_path(image)).await {
            tracing::warn!(image, err = %error, "Failed to remove image pull intent");
        }
    }

    /// The record, if this changed it.
    fn note_pulled(&self, image: &str, image_ref: &str, now: Timestamp) -> Option<PulledRecord> {
        let mut known = self.known();
        let record = known.pulled.entry(image_ref.to_owned()).or_insert_with(|| PulledRecord {
            kind: "ImagePulledRecord".to_owned(),
            api_version: API_VERSION.to_owned(),
            last_updated_time: now,
            image_ref: image_ref.to_owned(),
            credential_mapping: BTreeMap::new(),
        });
        let all = Credentials { node_pods_accessible: true, other: BTreeMap::new() };
        let before = record.credential_mapping.insert(without_tag(image).to_owned(), all.clone());
        if before.as_ref() == Some(&all) {
            return None;
        }
        record.last_updated_time = now;
        Some(record.clone())
    }

    fn intent_path(&self, image: &str) -> PathBuf {
        self.directory.join("pulling").join(file_name(image))
    }

    /// A record that cannot be written costs another pull after a restart, never the pod.
    async fn write(&self, path: &Path, record: &impl Serialize) {
        let bytes = serde_json::to_vec(record).expect("texts and times have a JSON form");
        let directory = path.parent().unwrap_or(&self.directory);
        let written = async {
            self.files.make_dir(&self.directory, 0o700).await?;
            self.files.make_dir(directory, 0o700).await?;
            self.files.write_unsynced(path, &bytes, 0o600).await
        };
        if let Err(error) = written.await {
            tracing::error!(path = %path.display(), err = %error, "Failed to write image pull record");
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn file_name(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().fold(PREFIX.to_owned(), |name, byte| format!("{name}{byte:02x}"))
}

async fn read_all<T: serde::de::DeserializeOwned>(files: &dyn Files, directory: &Path) -> Vec<T> {
    let entries = match files.list_dir(directory).await {
        Ok(entries) => entries.unwrap_or_default(),
        Err(error) => {
            tracing::error!(path = %directory.display(), err = %error, "Failed to list image pull records");
            return Vec::new();
        }
    };
    let names: BTreeSet<String> =
        entries.into_iter().filter_map(|entry| entry.name.into_string().ok()).collect();
    let mut records = Vec::new();
    for name in names.iter().filter(|name| name.starts_with(PREFIX) && !name.ends_with(".tmp")) {
        let path = directory.join(name);
        let read = match files.read(&path, MAX_RECORD_BYTES).await {
            Ok(Some(bytes)) => serde_json::from_slice(&bytes).map_err(|error| error.to_string()),
            Ok(None) => continue,
            Err(error) => Err(error.to_string()),
        };
        match read {
            Ok(record) => records.push(record),
            Err(error) => {
                tracing::error!(path = %path.display(), err = %error, "Ignoring an unreadable image pull record")
            }
        }
    }
    records
}

#[cfg(test)]
mod tests;
