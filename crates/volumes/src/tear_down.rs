//! Taking a pod's volumes down, from what is on disk alone.

use std::ffi::OsStr;
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
        let Some(ours) = self.ours(pod_dir).await? else {
            self.forget_credentials(pod_dir);
            return Ok(());
        };
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

    /// What is on disk of this crate's in a pod's directory, but for the marks, which are removed; `None` if there is no such
    /// directory. Most pods have a volume or none, so that a look costs less than trying each kind.
    async fn ours(&self, pod_dir: &Path) -> Result<Option<Vec<PathBuf>>, TearDownError> {
        let Some(entries) = self.files.list_dir(pod_dir).await? else { return Ok(None) };
        let mut ours = Vec::new();
        for name in entries.into_iter().map(|entry| entry.name) {
            if name == "plugins" {
                // A volume without its mark is set up again from the start, whatever happens from here on.
                self.remove_tree(&pod_dir.join(name).join(empty_dir::DIRECTORY)).await?;
            } else if name == SUB_PATHS {
                ours.push(pod_dir.join(name));
            } else if name == "volumes" {
                let volumes = pod_dir.join(name);
                let kinds = self.files.list_dir(&volumes).await?.unwrap_or_default();
                let is_ours = |name: &OsStr| {
                    let mut kinds = Kind::ALL.map(Kind::directory).into_iter().chain([empty_dir::DIRECTORY]);
                    kinds.any(|kind| name == kind)
                };
                let kinds = kinds.into_iter().filter(|kind| is_ours(&kind.name));
                ours.extend(kinds.map(|kind| volumes.join(kind.name)));
            }
        }
        Ok(Some(ours))
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
