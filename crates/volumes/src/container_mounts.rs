//! The mounts of one container, as the runtime is told.
//!
//! Order, values and texts are those of upstream's `makeMounts` in `pkg/kubelet/kubelet_pods.go`. Mounts that are no
//! volumes (hosts file, termination log) are the caller's.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use cri::v1::{ImageSpec, Mount, MountPropagation};
use host::beneath::BeneathError;
use k8s_openapi::api::core::v1::{Container, VolumeMount};

use crate::{
    MountedVolume, Source, Volumes,
    error::{ContainerMountsError, RecursiveReadOnlyError, SubPathError},
};
use translate::{Environment, expand};

/// The directory below a pod's that holds its bind-mounted sub paths.
pub(crate) const SUB_PATHS: &str = "volume-subpaths";

/// What one container's mounts are made from.
#[derive(Debug, Clone, Copy)]
pub struct ContainerMounts<'a> {
    /// `<root dir>/pods/<uid>`.
    pub pod_dir: &'a Path,
    /// The container.
    pub container: &'a Container,
    /// From [`Volumes::set_up`].
    pub volumes: &'a BTreeMap<String, MountedVolume>,
    /// The container's environment, for `subPathExpr`.
    pub environment: &'a Environment,
    /// The pulled images of the pod's image volumes, by volume.
    pub images: &'a BTreeMap<String, ImageSpec>,
    /// Whether the runtime handler can mount recursively read-only.
    pub recursive_read_only: bool,
}

impl Volumes {
    /// The container's volume mounts in the pod's order. Sub paths are made and bound here, and so are ready when this
    /// returns; they go away with the pod's volumes.
    ///
    /// # Errors
    /// [`ContainerMountsError`]. Show the user [`ContainerMountsError::user_message`].
    pub async fn container_mounts(
        &self,
        request: &ContainerMounts<'_>,
    ) -> Result<Vec<Mount>, ContainerMountsError> {
        check_devices(request.container)?;
        let mut mounts = Vec::new();
        for (index, mount) in request.container.volume_mounts.iter().flatten().enumerate() {
            mounts.push(self.container_mount(request, index, mount).await?);
        }
        Ok(mounts)
    }

    async fn container_mount(
        &self,
        request: &ContainerMounts<'_>,
        index: usize,
        mount: &VolumeMount,
    ) -> Result<Mount, ContainerMountsError> {
        let no_volume = || ContainerMountsError::NoVolume {
            volume: mount.name.clone(),
            container: request.container.name.clone(),
        };
        let volume = request.volumes.get(&mount.name).ok_or_else(no_volume)?;
        let sub_path = sub_path(mount, request.environment)?;
        let (host_path, image) = match &volume.source {
            Source::Path(path) if sub_path.is_empty() => (path.clone(), None),
            Source::Path(path) => (self.bind_sub_path(request, index, mount, path, &sub_path).await?, None),
            Source::Image => {
                let image = request.images.get(&mount.name).cloned();
                let no_image = || ContainerMountsError::NoImage {
                    volume: mount.name.clone(),
                    container: request.container.name.clone(),
                };
                (PathBuf::new(), Some(image.ok_or_else(no_image)?))
            }
        };
        let container_path = if mount.mount_path.starts_with('/') {
            mount.mount_path.clone()
        } else {
            format!("/{}", mount.mount_path)
        };
        Ok(Mount {
            container_path,
            host_path: host_path.to_string_lossy().into_owned(),
            readonly: mount.read_only.unwrap_or(false) || volume.read_only,
            selinux_relabel: volume.selinux_relabel,
            propagation: propagation(mount)?.into(),
            recursive_read_only: recursive_read_only(mount, request.recursive_read_only)?,
            // As upstream: told for every sub path of a pod that has image volumes at all; the runtime looks at it only
            // where there is an image.
            image_sub_path: if request.images.is_empty() { String::new() } else { sub_path },
            image,
            mount_options: mount.bind_mount_options.clone().unwrap_or_default(),
            ..Mount::default()
        })
    }

    /// Binds `volume/sub_path` to `<pod dir>/volume-subpaths/<volume>/<container>/<index>`.
    async fn bind_sub_path(
        &self,
        request: &ContainerMounts<'_>,
        index: usize,
        mount: &VolumeMount,
        volume: &Path,
        sub_path: &str,
    ) -> Result<PathBuf, ContainerMountsError> {
        let names = || (mount.name.clone(), request.container.name.clone());
        match self.make_sub_path(volume, Path::new(sub_path)).await {
            // As upstream, what is in the way is told of when it is bound.
            Ok(()) | Err(SubPathError::Beneath(BeneathError::NotADirectory { .. })) => {}
            Err(source) => {
                let (volume, container) = names();
                return Err(ContainerMountsError::CreateSubPath { volume, container, source });
            }
        }
        let target = request
            .pod_dir
            .join(SUB_PATHS)
            .join(&mount.name)
            .join(&request.container.name)
            .join(index.to_string());
        let bound = self.beneath.bind(volume, Path::new(sub_path), &target).await;
        bound.map_err(|source| {
            let (volume, container) = names();
            ContainerMountsError::PrepareSubPath { volume, container, source: source.into() }
        })?;
        Ok(target)
    }

    /// Makes the directory if nothing is there, like the volume itself: a group that may write to the volume may
    /// write to it.
    async fn make_sub_path(&self, volume: &Path, sub_path: &Path) -> Result<(), SubPathError> {
        // What is there, whatever it is, is looked at when it is bound.
        if self.files.look(&volume.join(sub_path)).await?.is_some() {
            return Ok(());
        }
        let Some(state) = self.files.look(volume).await? else {
            return Err(host::files::FileError::NotFound { path: volume.to_owned() }.into());
        };
        Ok(self.beneath.make_dir(volume, sub_path, state.mode).await?)
    }
}

/// The mount's sub path with its variables, if it is one that may be; empty if it has none.
fn sub_path(mount: &VolumeMount, environment: &Environment) -> Result<String, ContainerMountsError> {
    let mut sub_path = mount.sub_path.clone().unwrap_or_default();
    let expression = mount.sub_path_expr.as_deref().unwrap_or_default();
    if !expression.is_empty() {
        let mut missing = BTreeSet::new();
        sub_path = expand(expression, |name| match environment.text(name) {
            Some(value) if !value.is_empty() => Some(value.into_owned()),
            Some(_) | None => {
                missing.insert(name.to_owned());
                None
            }
        });
        if !missing.is_empty() {
            let variables = missing.into_iter().collect();
            return Err(ContainerMountsError::MissingVariables { variables });
        }
    }
    if sub_path.starts_with('/') {
        return Err(ContainerMountsError::AbsoluteSubPath { sub_path });
    }
    if sub_path.split('/').any(|part| part == "..") {
        return Err(ContainerMountsError::Backsteps { sub_path });
    }
    Ok(sub_path)
}

fn propagation(mount: &VolumeMount) -> Result<MountPropagation, ContainerMountsError> {
    match mount.mount_propagation.as_deref() {
        None | Some("None") => Ok(MountPropagation::PropagationPrivate),
        Some("HostToContainer") => Ok(MountPropagation::PropagationHostToContainer),
        Some("Bidirectional") => Ok(MountPropagation::PropagationBidirectional),
        Some(mode) => Err(ContainerMountsError::InvalidPropagation { mode: mode.to_owned() }),
    }
}

fn recursive_read_only(mount: &VolumeMount, supported: bool) -> Result<bool, RecursiveReadOnlyError> {
    let volume = || mount.name.clone();
    let mode = match mount.recursive_read_only.as_deref() {
        None | Some("Disabled") => return Ok(false),
        Some(mode) => mode,
    };
    if !mount.read_only.unwrap_or(false) {
        return Err(RecursiveReadOnlyError::NotReadOnly { volume: volume() });
    }
    match mount.mount_propagation.as_deref() {
        None | Some("None") => {}
        Some(propagation) => {
            let propagation = propagation.to_owned();
            return Err(RecursiveReadOnlyError::WithPropagation { volume: volume(), propagation });
        }
    }
    match mode {
        "IfPossible" => Ok(supported),
        "Enabled" if supported => Ok(true),
        "Enabled" => Err(RecursiveReadOnlyError::NotSupported { volume: volume() }),
        other => Err(RecursiveReadOnlyError::UnknownMode { mode: other.to_owned() }),
    }
}

/// Block devices come from claims alone, and those from the API server.
fn check_devices(container: &Container) -> Result<(), ContainerMountsError> {
    match container.volume_devices.iter().flatten().next() {
        None => Ok(()),
        Some(device) if !device.device_path.starts_with('/') => {
            Err(ContainerMountsError::RelativeDevicePath { path: device.device_path.clone() })
        }
        Some(device) => Err(ContainerMountsError::NoDevice {
            volume: device.name.clone(),
            container: container.name.clone(),
        }),
    }
}

#[cfg(test)]
mod tests;
