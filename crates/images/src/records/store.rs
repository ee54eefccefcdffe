//! The records' files below `<root-dir>/image_manager` (`fs_pullrecords.go`).

use host::files::{FileError, Files};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A record has some hundred bytes for each name.
const MAX_RECORD_BYTES: u64 = 1024 * 1024;

/// Start of the names of records.
const PREFIX: &str = "sha256-";

/// One directory of records.
pub(super) struct Store {
    files: Arc<dyn Files>,
    manager: PathBuf,
    directory: PathBuf,
}

/// What a directory has.
pub(super) struct Content<T> {
    pub(super) records: Vec<T>,
    /// Names of files that are no records any more.
    pub(super) unreadable: BTreeSet<String>,
}

impl Store {
    pub(super) fn new(files: Arc<dyn Files>, root_directory: &Path, name: &str) -> Self {
        let manager = root_directory.join("image_manager");
        Self { files, directory: manager.join(name), manager }
    }

    /// Puts the record of `key` in place.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub(super) async fn write(&self, key: &str, record: &impl Serialize) -> Result<(), FileError> {
        let mut bytes = serde_json::to_vec(record).expect("texts and times have a JSON form");
        // As upstream's encoder ends what it writes.
        bytes.push(b'\n');
        self.files.make_dir(&self.manager, 0o700).await?;
        self.files.make_dir(&self.directory, 0o700).await?;
        self.files.write_unsynced(&self.directory.join(file_name(key)), &bytes, 0o600).await
    }

    /// Removes the record of `key`.
    ///
    /// # Errors
    /// When it stays.
    pub(super) async fn remove(&self, key: &str) -> Result<(), FileError> {
        self.files.remove(&self.directory.join(file_name(key))).await
    }

    /// All records. Files of others are left alone.
    pub(super) async fn read_all<T: DeserializeOwned>(&self) -> Content<T> {
        let mut content = Content { records: Vec::new(), unreadable: BTreeSet::new() };
        let entries = match self.files.list_dir(&self.directory).await {
            Ok(entries) => entries.unwrap_or_default(),
            Err(error) => {
                tracing::error!(path = %self.directory.display(), err = %error, "Failed to list image pull records");
                return content;
            }
        };
        let names: BTreeSet<String> =
            entries.into_iter().filter_map(|entry| entry.name.into_string().ok()).collect();
        for name in names.into_iter().filter(|name| name.starts_with(PREFIX) && !name.ends_with(".tmp")) {
            let path = self.directory.join(&name);
            let read = match self.files.read(&path, MAX_RECORD_BYTES).await {
                Ok(Some(bytes)) => serde_json::from_slice(&bytes).map_err(|error| error.to_string()),
                Ok(None) => continue,
                Err(error) => Err(types::error::chain(&error)),
            };
            match read {
                Ok(record) => content.records.push(record),
                Err(error) => {
                    tracing::error!(path = %path.display(), err = %error, "Unreadable image pull record");
                    content.unreadable.insert(name);
                }
            }
        }
        content
    }
}

/// The name of the file for `key`.
pub(super) fn file_name(key: &str) -> String {
    let digest = Sha256::digest(key.as_bytes());
    digest.iter().fold(PREFIX.to_owned(), |name, byte| format!("{name}{byte:02x}"))
}
