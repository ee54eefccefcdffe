//! Taking a pod's volumes down, from what is on disk alone.

use std::path::{Path, PathBuf};

use host::{files::FileError, mounts::Unmount};

use crate::{Volumes, container_mounts::SUB_PATHS, empty_dir, error::TearDownError, files::Kind};
use types::PodUid;

impl Volumes {
    /// Unmounts and removes all volumes of a pod: sub paths first, then the volumes. Needs only the pod's directory, so
    /// it serves pods that nobody remembers. What other parts keep in the directory stays.
    ///
    /// The caller has made sure that no container runs.
    ///
    /// # Errors
    /// [`TearDownError`]; content that is mounted is never deleted. Calling again goes on where this ended.
    pub async fn tear_down(&self, pod_dir: &Path) -> Result<(), TearDownError> {
        // Most pods have a volume or none: a look costs less than trying each kind.
        let entries = self.files.list_dir(pod_dir).await?.unwrap_or_default();
        let has = |name: &str| entries.iter().any(|entry| entry.name == name);
        let volumes =
            if has("volumes") { self.own_kinds(&pod_dir.join("volumes")).await? } else { Vec::new() };
        if has("plugins") && !volumes.is_empty() {
            // A volume without its mark is set up again from the start, whatever happens from here on.
            self.remove_tree(&pod_dir.join("plugins").join(empty_dir::DIRECTORY)).await?;
        }
        let mut ours = Vec::new();
        if has(SUB_PATHS) {
            ours.push(pod_dir.join(SUB_PATHS));
        }
        ours.extend(volumes);
        let mut foreign = Vec::new();
        // The last one made lies uppermost.
        for mount in self.mounts.below(pod_dir).await?.into_iter().rev() {
            if ours.iter().any(|ours| mount.mount_point.starts_with(ours)) {
                self.mounts.unmount(&mount.mount_point, Unmount::IfUnused).await?;
            } else {
                foreign.push(mount.mount_point);
            }
        }
        for directory in &ours {
            self.remove_tree(directory).await?;
        }
        self.forget_credentials(pod_dir);
        if !foreign.is_empty() {
            foreign.reverse();
            return Err(TearDownError::ForeignMounts { mount_points: foreign });
        }
        Ok(())
    }

    /// The directories of this crate's kinds of volumes that a pod has.
    async fn own_kinds(&self, volumes: &Path) -> Result<Vec<PathBuf>, FileError> {
        let own: Vec<&str> =
            Kind::ALL.map(Kind::directory).into_iter().chain([empty_dir::DIRECTORY]).collect();
        let entries = self.files.list_dir(volumes).await?.unwrap_or_default();
        let kinds = entries.into_iter().filter(|entry| own.iter().any(|kind| entry.name == *kind));
        Ok(kinds.map(|kind| volumes.join(kind.name)).collect())
    }

    /// Removes the pod's directory with all that is left in it, once its volumes are down. Absent is success.
    ///
    /// # Errors
    /// [`TearDownError`]: something is still mounted in it, and was not touched.
    pub async fn remove_pod_dir(&self, pod_dir: &Path) -> Result<(), TearDownError> {
        self.remove_tree(pod_dir).await
    }

    /// The names of the volumes of a pod that are on disk, by the directory of their kind: what a tear-down has left,
    /// or would find.
    ///
    /// # Errors
    /// [`FileError`].
    pub async fn on_disk(&self, pod_dir: &Path) -> Result<Vec<PathBuf>, FileError> {
        let volumes = pod_dir.join("volumes");
        let mut found = Vec::new();
        for kind in self.files.list_dir(&volumes).await?.unwrap_or_default() {
            let kind = volumes.join(kind.name);
            for volume in self.files.list_dir(&kind).await?.unwrap_or_default() {
                found.push(kind.join(volume.name));
            }
        }
        Ok(found)
    }

    /// A pod whose volumes are down needs no token and no certificate any more.
    fn forget_credentials(&self, pod_dir: &Path) {
        let uid = pod_dir.file_name().and_then(|name| name.to_str()).map(PodUid::from);
        let (Some(api), Some(uid)) = (&self.api, uid) else { return };
        api.tokens.forget_pod(&uid);
        if let Some(certificates) = &api.pod_certificates {
            certificates.forget_pod(&uid);
        }
    }

    async fn remove_tree(&self, path: &Path) -> Result<(), TearDownError> {
        match self.files.remove_tree(path).await {
            Ok(()) => Ok(()),
            Err(FileError::CrossesMount { mount_point, .. }) => {
                Err(TearDownError::ForeignMounts { mount_points: vec![mount_point] })
            }
            Err(error) => Err(error.into()),
        }
    }
}
