//! Places in a read-only volume where a container mounts something else.
//!
//! The runtime cannot make them, so they are made with the volume, as upstream's `nested_volumes.go` does.

use std::path::{Path, PathBuf};

use k8s_openapi::api::core::v1::{PodSpec, VolumeMount};

use crate::{Volumes, error::SetUpError};

const MODE: u32 = 0o755;

impl Volumes {
    pub(crate) async fn make_nested_mount_points(
        &self,
        spec: &PodSpec,
        volume: &str,
        directory: &Path,
    ) -> Result<(), SetUpError> {
        for nested in nested_mount_points(spec, volume) {
            self.files.make_dir(&directory.join(nested), MODE).await?;
        }
        Ok(())
    }
}

/// Directories of the volume at which some container that mounts it mounts another one; none of them below another.
fn nested_mount_points(spec: &PodSpec, volume: &str) -> Vec<PathBuf> {
    let containers = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let containers = containers.map(|container| container.volume_mounts.as_deref());
    let ephemeral = spec.ephemeral_containers.iter().flatten();
    let ephemeral = ephemeral.map(|container| container.volume_mounts.as_deref());
    containers.chain(ephemeral).flatten().flat_map(|mounts| nested_in(mounts, volume)).collect()
}

fn nested_in(mounts: &[VolumeMount], volume: &str) -> Vec<PathBuf> {
    // Without `.` and `..`: validation has refused the latter, and nothing is made of one that slipped through.
    let clean = |mount: &VolumeMount| -> Option<PathBuf> {
        let path = Path::new(&mount.mount_path);
        let parts = path.components().filter(|part| !matches!(part, std::path::Component::CurDir));
        let path: PathBuf = parts.collect();
        (!path.components().any(|part| matches!(part, std::path::Component::ParentDir))).then_some(path)
    };
    let mut all: Vec<PathBuf> = mounts.iter().filter_map(clean).collect();
    all.sort();
    let mut found = Vec::new();
    for own in mounts.iter().filter(|mount| mount.name == volume).filter_map(clean) {
        let mut nested: Vec<&Path> = Vec::new();
        for path in all.iter().filter(|path| **path != own) {
            let Ok(relative) = path.strip_prefix(&own) else { continue };
            if !nested.iter().any(|above| relative.starts_with(above)) {
                nested.push(relative);
            }
        }
        found.extend(nested.into_iter().map(Path::to_owned));
    }
    found
}

#[cfg(test)]
mod tests;
