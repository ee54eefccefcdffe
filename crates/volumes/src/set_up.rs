//! Making a pod's volumes ready.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use k8s_openapi::api::core::v1::{PodSpec, Volume};

use crate::{
    Gathered, MountedVolume, PodVolumes, Volumes,
    error::{SetUpError, VolumeError},
    files::Kind,
    payload::Payload,
};

/// What setting up a pod's volumes came to.
#[derive(Debug, Default)]
pub struct SetUp {
    /// Volumes that are ready, by name.
    pub mounted: BTreeMap<String, MountedVolume>,
    /// Why the others are not, in the pod's order: the pod cannot start without them.
    pub failed: Vec<VolumeError>,
    /// Why some that are ready have the content of an earlier time, in the pod's order.
    pub outdated: Vec<VolumeError>,
}

/// One volume that is ready.
struct Ready {
    mounted: MountedVolume,
    outdated: Option<SetUpError>,
}

impl From<MountedVolume> for Ready {
    fn from(mounted: MountedVolume) -> Self {
        Self { mounted, outdated: None }
    }
}

impl Volumes {
    /// Makes the volumes that a pod's containers mount ready, all at once. What is ready already is left alone, so that
    /// it may be called again at any time: after a failure, after a restart of the kubelet. A volume that nobody mounts
    /// is not looked at, as upstream does, whatever its kind.
    ///
    /// A volume of files that was ready once stays so, with its old content, when its content cannot be had: the API
    /// server is away, or somebody deleted the secret under the running pod.
    pub async fn set_up(&self, pod: &PodVolumes, gathered: Gathered) -> SetUp {
        let mut gathered = gathered.0;
        let spec = types::pod::spec(&pod.pod);
        let used = used_volumes(spec);
        let volumes = spec.volumes.iter().flatten().filter(|volume| used.contains(volume.name.as_str()));
        let ready = volumes.map(|volume| {
            let content = gathered.remove(&volume.name);
            async { (volume.name.clone(), self.set_up_one(pod, volume, content).await) }
        });
        let mut result = SetUp::default();
        for (volume, ready) in join_all(ready.collect::<Vec<_>>()).await {
            match ready {
                Ok(Ready { mounted, outdated }) => {
                    let error = outdated.map(|cause| VolumeError { volume: volume.clone(), cause });
                    result.outdated.extend(error);
                    result.mounted.insert(volume, mounted);
                }
                Err(cause) => result.failed.push(VolumeError { volume, cause }),
            }
        }
        result
    }

    async fn set_up_one(
        &self,
        pod: &PodVolumes,
        volume: &Volume,
        content: Option<(Kind, Result<Payload, SetUpError>)>,
    ) -> Result<Ready, SetUpError> {
        if !is_directory_name(&volume.name) {
            return Err(SetUpError::InvalidName);
        }
        if let Some((kind, content)) = content {
            self.set_up_gathered(pod, &volume.name, kind, content).await
        } else if let Some(empty_dir) = &volume.empty_dir {
            self.set_up_empty_dir(pod, &volume.name, empty_dir).await.map(Ready::from)
        } else if let Some(host_path) = &volume.host_path {
            self.set_up_host_path(host_path).await.map(Ready::from)
        } else if volume.image.is_some() {
            Ok(crate::image::mounted().into())
        } else {
            Err(self.refusal(volume))
        }
    }

    /// Why a volume that is none of our kinds is not set up.
    fn refusal(&self, volume: &Volume) -> SetUpError {
        match kind_of_api(volume).filter(|_| self.api.is_none()) {
            Some(kind) => SetUpError::NeedsApiServer { kind },
            None => SetUpError::UnsupportedKind { kind: unsupported_kind(volume) },
        }
    }

    async fn set_up_gathered(
        &self,
        pod: &PodVolumes,
        name: &str,
        kind: Kind,
        content: Result<Payload, SetUpError>,
    ) -> Result<Ready, SetUpError> {
        match content {
            Ok(payload) => self.set_up_files(pod, kind, name, &payload).await.map(Ready::from),
            Err(cause) => match self.files_as_they_are(pod, kind, name).await {
                Some(mounted) => Ok(Ready { mounted, outdated: Some(cause) }),
                None => Err(cause),
            },
        }
    }
}

/// The volumes that some container mounts, or has as a device.
pub(crate) fn used_volumes(spec: &PodSpec) -> BTreeSet<&str> {
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

/// The kind of a volume that only an API server can say more of.
fn kind_of_api(volume: &Volume) -> Option<&'static str> {
    let kinds = [
        (volume.config_map.is_some(), "configMap"),
        (volume.ephemeral.is_some(), "ephemeral"),
        (volume.persistent_volume_claim.is_some(), "persistentVolumeClaim"),
        (volume.projected.is_some(), "projected"),
        (volume.secret.is_some(), "secret"),
    ];
    kinds.into_iter().find(|(is_set, _)| *is_set).map(|(_, kind)| kind)
}

/// The kind of a volume that this kubelet does not set up, whatever it can ask.
fn unsupported_kind(volume: &Volume) -> &'static str {
    let kinds = [
        (volume.aws_elastic_block_store.is_some(), "awsElasticBlockStore"),
        (volume.azure_disk.is_some(), "azureDisk"),
        (volume.azure_file.is_some(), "azureFile"),
        (volume.cephfs.is_some(), "cephfs"),
        (volume.cinder.is_some(), "cinder"),
        (volume.csi.is_some(), "csi"),
        (volume.downward_api.is_some(), "downwardAPI"),
        (volume.ephemeral.is_some(), "ephemeral"),
        (volume.fc.is_some(), "fc"),
        (volume.flex_volume.is_some(), "flexVolume"),
        (volume.flocker.is_some(), "flocker"),
        (volume.gce_persistent_disk.is_some(), "gcePersistentDisk"),
        (volume.git_repo.is_some(), "gitRepo"),
        (volume.glusterfs.is_some(), "glusterfs"),
        (volume.iscsi.is_some(), "iscsi"),
        (volume.nfs.is_some(), "nfs"),
        (volume.persistent_volume_claim.is_some(), "persistentVolumeClaim"),
        (volume.photon_persistent_disk.is_some(), "photonPersistentDisk"),
        (volume.portworx_volume.is_some(), "portworxVolume"),
        (volume.quobyte.is_some(), "quobyte"),
        (volume.rbd.is_some(), "rbd"),
        (volume.scale_io.is_some(), "scaleIO"),
        (volume.storageos.is_some(), "storageos"),
        (volume.vsphere_volume.is_some(), "vsphereVolume"),
    ];
    kinds.into_iter().find(|(is_set, _)| *is_set).map_or("none", |(_, kind)| kind)
}
