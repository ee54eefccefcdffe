//! downwardAPI volumes (`kubernetes.io/downward-api`): the pod's own facts as files, in memory, read-only.
//!
//! As upstream's `pkg/volume/downwardapi`. The facts of a static pod do not change while it lives, so its files are
//! written when it is set up, and put right when it is set up again.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{DownwardAPIVolumeSource, EmptyDirVolumeSource};
use translate::NodeFacts;

use crate::{
    MountedVolume, PodVolumes, Source, Volumes, empty_dir, error::SetUpError, ownership, payload::PayloadFile,
};

/// The kind's directory below `volumes`.
pub(crate) const DIRECTORY: &str = "kubernetes.io~downward-api";

/// Of a file without one of its own, as the API defaults it.
const DEFAULT_MODE: i32 = 0o644;

impl Volumes {
    pub(crate) async fn set_up_downward_api(
        &self,
        pod: &PodVolumes,
        name: &str,
        source: &DownwardAPIVolumeSource,
        facts: &NodeFacts,
    ) -> Result<MountedVolume, SetUpError> {
        let mut payload = BTreeMap::new();
        for item in source.items.iter().flatten() {
            let mode = item.mode.or(source.default_mode).unwrap_or(DEFAULT_MODE);
            let content = translate::downward_api_file(item, &pod.pod, facts)?;
            let file =
                PayloadFile { content: content.into_bytes(), mode: u32::try_from(mode).unwrap_or(0) & 0o777 };
            payload.insert(item.path.clone(), file);
        }
        let directory = pod.pod_dir.join("volumes").join(DIRECTORY).join(name);
        let ready = empty_dir::ready_directory(&pod.pod_dir, &format!("wrapped_{name}"));
        let in_memory =
            EmptyDirVolumeSource { medium: Some("Memory".to_owned()), ..EmptyDirVolumeSource::default() };
        self.set_up_at(pod, &directory, &ready, &in_memory).await?;
        let spec = types::pod::spec(&pod.pod);
        self.make_nested_mount_points(spec, name, &directory).await?;
        let group = ownership::fs_group(spec).map(ownership::read_only_ownership);
        self.write_payload(&directory, &payload, group).await?;
        Ok(MountedVolume {
            source: Source::Path(directory),
            read_only: true,
            selinux_relabel: self.settings.selinux,
        })
    }
}

#[cfg(test)]
mod tests;
