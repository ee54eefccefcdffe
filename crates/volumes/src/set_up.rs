//! Making a pod's volumes ready.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{PodSpec, Volume};

use crate::{
    MountedVolume, PodVolumes, Volumes,
    error::{SetUpError, VolumeError},
};

impl Volumes {
    /// Makes the volumes that a pod's containers mount ready, in order, and ends at the first that fails. What is ready
    /// already is left alone, so that it may be called again at any time: after a failure, after a restart of the
    /// kubelet. A volume that nobody mounts is not looked at, as upstream does, whatever its kind.
    ///
    /// # Errors
    /// [`VolumeError`] with the first volume that failed; see [`VolumeError::may_pass`].
    pub async fn set_up(&self, pod: &PodVolumes) -> Result<BTreeMap<String, MountedVolume>, VolumeError> {
        let mut mounted = BTreeMap::new();
        let spec = types::pod::spec(&pod.pod);
        let used = used_volumes(spec);
        for volume in spec.volumes.iter().flatten().filter(|volume| used.contains(volume.name.as_str())) {
            let ready = self.set_up_one(pod, volume).await;
            let ready = ready.map_err(|cause| VolumeError { volume: volume.name.clone(), cause })?;
            mounted.insert(volume.name.clone(), ready);
        }
        Ok(mounted)
    }

    async fn set_up_one(&self, pod: &PodVolumes, volume: &Volume) -> Result<MountedVolume, SetUpError> {
        if !is_directory_name(&volume.name) {
            return Err(SetUpError::InvalidName);
        }
        if let Some(empty_dir) = &volume.empty_dir {
            self.set_up_empty_dir(pod, &volume.name, empty_dir).await
        } else if let Some(host_path) = &volume.host_path {
            self.set_up_host_path(host_path).await
        } else if let (Some(downward_api), Some(facts)) = (&volume.downward_api, &self.facts) {
            self.set_up_downward_api(pod, &volume.name, downward_api, facts).await
        } else if volume.image.is_some() {
            Ok(crate::image::mounted())
        } else {
            Err(refusal(volume))
        }
    }
}

/// The volumes that some container mounts, or has as a device.
fn used_volumes(spec: &PodSpec) -> BTreeSet<&str> {
    let containers = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let mut used = BTreeSet::new();
    for container in containers {
        used.extend(container.volume_mounts.iter().flatten().map(|mount| mount.name.as_str()));
        used.extend(container.volume_devices.iter().flatten().map(|device| device.name.as_str()));
    }
    for container in spec.ephemeral_containers.iter().flatten() {
        used.extend(container.volume_mounts.iter().flatten().map(|mount| mount.name.as_str()));
    }
    used
}

/// Whether a name can be joined to a path without leaving the directory. Validation has made sure of more.
pub(crate) fn is_directory_name(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\0'])
}

/// Why a volume that is none of our kinds is not set up.
fn refusal(volume: &Volume) -> SetUpError {
    let needs_api_server = [
        (volume.config_map.is_some(), "configMap"),
        (volume.ephemeral.is_some(), "ephemeral"),
        (volume.persistent_volume_claim.is_some(), "persistentVolumeClaim"),
        (volume.projected.is_some(), "projected"),
        (volume.secret.is_some(), "secret"),
    ];
    if let Some((_, kind)) = needs_api_server.into_iter().find(|(is_set, _)| *is_set) {
        return SetUpError::NeedsApiServer { kind };
    }
    let unsupported = [
        (volume.aws_elastic_block_store.is_some(), "awsElasticBlockStore"),
        (volume.azure_disk.is_some(), "azureDisk"),
        (volume.azure_file.is_some(), "azureFile"),
        (volume.cephfs.is_some(), "cephfs"),
        (volume.cinder.is_some(), "cinder"),
        (volume.csi.is_some(), "csi"),
        (volume.downward_api.is_some(), "downwardAPI"),
        (volume.fc.is_some(), "fc"),
        (volume.flex_volume.is_some(), "flexVolume"),
        (volume.flocker.is_some(), "flocker"),
        (volume.gce_persistent_disk.is_some(), "gcePersistentDisk"),
        (volume.git_repo.is_some(), "gitRepo"),
        (volume.glusterfs.is_some(), "glusterfs"),
        (volume.iscsi.is_some(), "iscsi"),
        (volume.nfs.is_some(), "nfs"),
        (volume.photon_persistent_disk.is_some(), "photonPersistentDisk"),
        (volume.portworx_volume.is_some(), "portworxVolume"),
        (volume.quobyte.is_some(), "quobyte"),
        (volume.rbd.is_some(), "rbd"),
        (volume.scale_io.is_some(), "scaleIO"),
        (volume.storageos.is_some(), "storageos"),
        (volume.vsphere_volume.is_some(), "vsphereVolume"),
    ];
    let kind = unsupported.into_iter().find(|(is_set, _)| *is_set).map_or("none", |(_, kind)| kind);
    SetUpError::UnsupportedKind { kind }
}
