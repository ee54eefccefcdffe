//! Writing the content of a volume of files.

use k8s_openapi::api::core::v1::EmptyDirVolumeSource;

use super::{Kind, volume_directory};
use crate::{
    MountedVolume, PodVolumes, Source, Volumes, empty_dir,
    error::SetUpError,
    ownership,
    payload::{self, Payload},
};

impl Volumes {
    /// Makes the payload what is in the volume; the volume itself first, if it is not there yet.
    pub(crate) async fn set_up_files(
        &self,
        pod: &PodVolumes,
        kind: Kind,
        name: &str,
        payload: &Payload,
    ) -> Result<MountedVolume, SetUpError> {
        let directory = volume_directory(pod, kind, name);
        let wrapped = EmptyDirVolumeSource {
            medium: Some(kind.medium().to_owned()),
            ..EmptyDirVolumeSource::default()
        };
        self.set_up_at(pod, &directory, &ready_directory(pod, name), &wrapped).await?;
        let spec = types::pod::spec(&pod.pod);
        self.make_nested_mount_points(spec, name, &directory).await?;
        let group = ownership::fs_group(spec).map(ownership::read_only_ownership);
        self.write_payload(&directory, payload, group).await?;
        Ok(self.mounted_files(pod, kind, name))
    }

    /// The volume, if it has been written at any time: its content may be old, but is complete.
    pub(crate) async fn files_as_they_are(
        &self,
        pod: &PodVolumes,
        kind: Kind,
        name: &str,
    ) -> Option<MountedVolume> {
        let mark = ready_directory(pod, name).join(empty_dir::READY_FILE);
        let is_made = self.files.look(&mark).await.ok()?.is_some();
        let data = volume_directory(pod, kind, name).join(payload::DATA);
        let is_written = self.files.look(&data).await.ok()?.is_some();
        (is_made && is_written).then(|| self.mounted_files(pod, kind, name))
    }

    fn mounted_files(&self, pod: &PodVolumes, kind: Kind, name: &str) -> MountedVolume {
        MountedVolume {
            source: Source::Path(volume_directory(pod, kind, name)),
            read_only: true,
            selinux_relabel: self.settings.selinux,
        }
    }
}

/// The mark of the emptyDir that the volume is kept in, named as upstream names it.
fn ready_directory(pod: &PodVolumes, name: &str) -> std::path::PathBuf {
    empty_dir::ready_directory(&pod.pod_dir, &format!("wrapped_{name}"))
}
