//! Files of variables in a pod's volumes (KEP-3721): read when a container is about to be made, never outside the volume.

use crate::{MountedVolume, Source, Volumes};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Far more than variables need; the whole environment of a process has two megabytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// Content of each file by volume and path; why not, where it cannot be had.
pub type EnvironmentFiles = BTreeMap<(String, String), Result<String, String>>;

impl Volumes {
    /// Reads files of mounted volumes. A volume that is not mounted is left out, which `translate` tells.
    pub async fn environment_files(
        &self,
        mounted: &BTreeMap<String, MountedVolume>,
        wanted: BTreeSet<(String, String)>,
    ) -> EnvironmentFiles {
        let mut files = EnvironmentFiles::new();
        for (volume, path) in wanted {
            let Some(Source::Path(directory)) = mounted.get(&volume).map(|mounted| &mounted.source) else {
                continue;
            };
            let content = self.beneath.read_file(directory, Path::new(&path), MAX_BYTES).await;
            let content = content
                .map_err(|error| error.to_string())
                .and_then(|bytes| String::from_utf8(bytes).map_err(|error| error.to_string()));
            files.insert((volume, path), content);
        }
        files
    }
}
