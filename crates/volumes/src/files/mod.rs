//! Volumes made of files that the kubelet writes: configMap, downwardAPI, projected, secret.
//!
//! ```text
//! Volume ──▶ FilesVolume ──gather──▶ Payload ──write──▶ <pod dir>/volumes/kubernetes.io~<kind>/<name>
//!               ▲    │ changed           when the pod is prepared (`set_up`), and from then on (`keep`)
//!         API ──┘    └──▶ gather again
//! ```
//!
//! As upstream's `pkg/volume/{configmap,downwardapi,projected,secret}`, which look for changes about once a minute;
//! here the change itself is waited for. Each source of a volume is one [`FileSource`]; all kinds but projected have one.

mod keep;
mod keys;
mod labels;
mod owner;
mod pod_certificate;
mod source;
mod token;
mod trust_bundle;
mod write;

pub use labels::InvalidOperator;
pub use trust_bundle::TrustBundleError;

use std::collections::BTreeMap;

use futures::future::{join_all, pending, select_all};
use k8s_openapi::api::core::v1::{ProjectedVolumeSource, Volume};

use crate::{
    PodVolumes, Volumes,
    error::SetUpError,
    payload::{self, Payload},
    set_up::used_volumes,
};
use source::{FileSource, Files, Origin};

/// Of a file without one of its own, as the API defaults it.
const DEFAULT_MODE: i32 = 0o644;

/// Kinds of volumes that are made of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    ConfigMap,
    DownwardApi,
    Projected,
    Secret,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::ConfigMap, Self::DownwardApi, Self::Projected, Self::Secret];

    /// The kind's directory below `volumes`.
    pub(crate) fn directory(self) -> &'static str {
        match self {
            Self::ConfigMap => "kubernetes.io~configmap",
            Self::DownwardApi => "kubernetes.io~downward-api",
            Self::Projected => "kubernetes.io~projected",
            Self::Secret => "kubernetes.io~secret",
        }
    }

    /// The medium of the directory: config maps alone are written to the disk, as upstream does.
    fn medium(self) -> &'static str {
        match self {
            Self::ConfigMap => "",
            Self::DownwardApi | Self::Projected | Self::Secret => "Memory",
        }
    }
}

/// One volume of files.
#[derive(Clone)]
pub(crate) struct FilesVolume {
    name: String,
    kind: Kind,
    sources: Vec<FileSource>,
    /// Whether it has been gathered, so that there is something that can have changed.
    is_gathered: bool,
    /// Whether it lacks something that no change will tell of, such as a token that the server would not give.
    must_be_tried_again: bool,
}

/// What the files of a pod's volumes come from. Its objects are followed as long as this lives.
#[derive(Clone)]
pub struct PodFiles {
    pod: PodVolumes,
    volumes: Vec<FilesVolume>,
}

/// The content of a pod's volumes of files, by volume, or why it cannot be had.
#[derive(Default)]
pub struct Gathered(pub(crate) BTreeMap<String, (Kind, Result<Payload, SetUpError>)>);

impl PodFiles {
    /// Whether the pod has no such volume.
    pub fn is_empty(&self) -> bool {
        self.volumes.is_empty()
    }

    /// Resolves when gathering again would bring something else, as far as that is known: an object changed, appeared
    /// or went away, a token has to be renewed.
    pub async fn changed(&mut self) {
        first(self.volumes.iter_mut().map(|volume| Box::pin(volume.changed()))).await;
    }
}

impl Volumes {
    /// What the files of a pod's volumes come from. Objects are asked for at once, without waiting for them.
    pub fn files_of(&self, pod: &PodVolumes) -> PodFiles {
        let spec = types::pod::spec(&pod.pod);
        let used = used_volumes(spec);
        let volumes = spec.volumes.iter().flatten().filter(|volume| used.contains(volume.name.as_str()));
        let volumes = volumes.filter_map(|volume| self.files_volume(pod, volume)).collect();
        PodFiles { pod: pod.clone(), volumes }
    }

    /// Asks for the content of all volumes of files, at the same time. Waits for the API server, within its bounds.
    pub async fn gather(&self, files: &mut PodFiles) -> Gathered {
        let PodFiles { pod, volumes } = files;
        let gathered = volumes.iter_mut().map(|volume| async {
            let content = self.gather_volume(pod, volume).await;
            (volume.name.clone(), (volume.kind, content))
        });
        Gathered(join_all(gathered).await.into_iter().collect())
    }

    async fn gather_volume(&self, pod: &PodVolumes, volume: &mut FilesVolume) -> Result<Payload, SetUpError> {
        let gathered = self.read_sources(pod, volume).await;
        volume.is_gathered = true;
        volume.must_be_tried_again = gathered.as_ref().is_err_and(|error| !error.waits_for_api());
        gathered
    }

    async fn read_sources(&self, pod: &PodVolumes, volume: &mut FilesVolume) -> Result<Payload, SetUpError> {
        let directory = volume_directory(pod, volume.kind, &volume.name);
        let files = Files { host: self.files.as_ref(), directory: &directory };
        let contents = join_all(volume.sources.iter_mut().map(|source| source.read(files))).await;
        let mut payload = Payload::new();
        let mut errors = Vec::new();
        for content in contents {
            match content {
                // Of two files with the same path the later one counts.
                Ok(content) => payload.extend(content),
                Err(error) => errors.push(error),
            }
        }
        match errors.pop() {
            None => payload::clean(payload),
            Some(only) if errors.is_empty() => Err(only),
            Some(last) => {
                errors.push(last);
                Err(SetUpError::Several(errors))
            }
        }
    }

    /// The volume as one of files, if it is one, and if what it comes from is there to be asked.
    fn files_volume(&self, pod: &PodVolumes, volume: &Volume) -> Option<FilesVolume> {
        let origin = Origin { pod, facts: self.facts.as_ref(), api: self.api.as_ref() };
        let (kind, sources) = if let Some(secret) = &volume.secret {
            let mode = secret.default_mode.unwrap_or(DEFAULT_MODE);
            let name = secret.secret_name.as_deref().unwrap_or_default();
            let items = secret.items.as_deref().unwrap_or_default();
            (Kind::Secret, vec![origin.secret(name, items, mode, secret.optional)?])
        } else if let Some(config_map) = &volume.config_map {
            let mode = config_map.default_mode.unwrap_or(DEFAULT_MODE);
            let items = config_map.items.as_deref().unwrap_or_default();
            (Kind::ConfigMap, vec![origin.config_map(&config_map.name, items, mode, config_map.optional)?])
        } else if let Some(downward_api) = &volume.downward_api {
            let mode = downward_api.default_mode.unwrap_or(DEFAULT_MODE);
            let items = downward_api.items.as_deref().unwrap_or_default();
            (Kind::DownwardApi, vec![origin.downward_api(items, mode)?])
        } else {
            (Kind::Projected, projected(&origin, &volume.name, volume.projected.as_ref()?)?)
        };
        Some(FilesVolume {
            name: volume.name.clone(),
            kind,
            sources,
            is_gathered: false,
            must_be_tried_again: false,
        })
    }
}

fn projected(
    origin: &Origin<'_>,
    volume: &str,
    projected: &ProjectedVolumeSource,
) -> Option<Vec<FileSource>> {
    // As upstream, even one that has nothing of the API needs a kubelet that has one.
    origin.api?;
    let mode = projected.default_mode.unwrap_or(DEFAULT_MODE);
    let sources = projected.sources.iter().flatten().enumerate();
    let sources = sources.filter_map(|(index, source)| origin.projection(volume, index, source, mode));
    Some(sources.collect())
}

impl FilesVolume {
    async fn changed(&mut self) {
        if self.is_gathered {
            first(self.sources.iter_mut().map(|source| Box::pin(source.changed()))).await;
        }
    }
}

/// Waits for the first of them; for ever if there is none.
async fn first(futures: impl Iterator<Item = impl Future<Output = ()> + Unpin>) {
    let futures: Vec<_> = futures.collect();
    if futures.is_empty() {
        pending::<()>().await;
    }
    select_all(futures).await;
}

/// `<pod dir>/volumes/kubernetes.io~<kind>/<name>`.
pub(crate) fn volume_directory(pod: &PodVolumes, kind: Kind, name: &str) -> std::path::PathBuf {
    pod.pod_dir.join("volumes").join(kind.directory()).join(name)
}

#[cfg(test)]
mod tests;
