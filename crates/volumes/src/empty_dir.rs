//! emptyDir volumes (`kubernetes.io/empty-dir`): a directory that lives as long as the pod.
//!
//! On the kubelet's own disk, in memory (tmpfs), or of huge pages. Rules, modes and layout are those of upstream's
//! `pkg/volume/emptydir`.

use std::path::{Path, PathBuf};

use host::mounts::{FsKind, TmpfsOptions};
use k8s_openapi::api::core::v1::{EmptyDirVolumeSource, PodSpec};
use types::{
    quantity::Quantity,
    resources::{self, HUGE_PAGES_PREFIX, Side},
};

use crate::{
    MountedVolume, PodVolumes, Source, Volumes,
    error::{HugePagesError, SetUpError},
    ownership::{fs_group, ownership},
};

/// The kind's directory below `volumes` and `plugins`.
pub(crate) const DIRECTORY: &str = "kubernetes.io~empty-dir";
/// Everybody may do everything: the containers run as any user.
const MODE: u32 = 0o777;
/// Of the directory that holds a pod's emptyDirs.
const PARENT_MODE: u32 = 0o755;
/// Of the directory that says that a volume is ready.
const READY_DIRECTORY_MODE: u32 = 0o750;
pub(crate) const READY_FILE: &str = "ready";
const READY_FILE_MODE: u32 = 0o644;
const HUGE_PAGES: &str = "HugePages";
const HUGE_PAGES_SIZED: &str = "HugePages-";

/// What an emptyDir is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Medium {
    Disk,
    Memory { size_bytes: Option<u64> },
    HugePages { page_size_bytes: u64 },
}

impl Volumes {
    pub(crate) async fn set_up_empty_dir(
        &self,
        pod: &PodVolumes,
        name: &str,
        source: &EmptyDirVolumeSource,
    ) -> Result<MountedVolume, SetUpError> {
        let directory = volume_directory(&pod.pod_dir, name);
        self.set_up_at(pod, &directory, &ready_directory(&pod.pod_dir, name), source).await?;
        Ok(MountedVolume {
            source: Source::Path(directory),
            read_only: false,
            selinux_relabel: self.settings.selinux,
        })
    }

    /// Makes an emptyDir at any place: kinds with content of their own keep it in one.
    pub(crate) async fn set_up_at(
        &self,
        pod: &PodVolumes,
        directory: &Path,
        ready: &Path,
        source: &EmptyDirVolumeSource,
    ) -> Result<(), SetUpError> {
        let spec = types::pod::spec(&pod.pod);
        let medium = medium(source, spec, self.settings.allocatable_memory_bytes)?;
        if self.is_ready(medium, directory, ready).await? {
            return Ok(());
        }
        self.make_directory(directory, source.mode).await?;
        self.mount_medium(medium, directory, source).await?;
        self.set_ownership(spec, directory).await;
        self.files.make_dir(ready, READY_DIRECTORY_MODE).await?;
        Ok(self.files.make_file(&ready.join(READY_FILE), READY_FILE_MODE).await?)
    }

    /// Whether an earlier call got to its end, and what it made is still there.
    async fn is_ready(&self, medium: Medium, directory: &Path, ready: &Path) -> Result<bool, SetUpError> {
        if self.files.look(&ready.join(READY_FILE)).await?.is_none() {
            return Ok(false);
        }
        let state = self.mounts.at(directory).await?;
        Ok(match medium {
            Medium::Disk => state.is_some(),
            Medium::Memory { .. } => {
                state.is_some_and(|state| state.is_mount_point && state.fs == FsKind::Tmpfs)
            }
            // Looked at more closely by `mount_medium`.
            Medium::HugePages { .. } => false,
        })
    }

    async fn make_directory(&self, directory: &Path, mode: Option<i32>) -> Result<(), SetUpError> {
        if let Some(parent) = directory.parent() {
            self.files.make_dir(parent, PARENT_MODE).await?;
        }
        self.files.make_dir(directory, MODE).await?;
        let mode = mode.filter(|_| self.settings.empty_dir_mode).and_then(|mode| u32::try_from(mode).ok());
        if let Some(mode) = mode {
            self.files.set_mode(directory, mode & 0o7777).await?;
        }
        Ok(())
    }

    async fn mount_medium(
        &self,
        medium: Medium,
        directory: &Path,
        source: &EmptyDirVolumeSource,
    ) -> Result<(), SetUpError> {
        let state = self.mounts.at(directory).await?;
        let mounted = state.filter(|state| state.is_mount_point).map(|state| state.fs);
        let other_mount = || SetUpError::OtherMount {
            path: directory.to_owned(),
            medium: source.medium.clone().unwrap_or_default(),
        };
        match (medium, mounted) {
            (Medium::Disk, None) => {
                // The directory may have been there, made under another umask or by a kubelet that was interrupted.
                let mode = source.mode.filter(|_| self.settings.empty_dir_mode);
                if mode.is_none() {
                    self.files.set_mode(directory, MODE).await?;
                }
                Ok(())
            }
            (Medium::Memory { .. }, Some(FsKind::Tmpfs)) => Ok(()),
            (Medium::Memory { size_bytes }, None) => {
                Ok(self.mounts.tmpfs(directory, TmpfsOptions { size_bytes }).await?)
            }
            (Medium::HugePages { page_size_bytes }, Some(FsKind::Hugetlbfs)) => {
                let mounts = self.mounts.below(directory).await?;
                let there = mounts.iter().rev().find(|mount| mount.mount_point == directory);
                match there.and_then(|mount| mounted_page_size(&mount.fs_options)) {
                    Some(size) if size == page_size_bytes => Ok(()),
                    Some(_) | None => Err(other_mount()),
                }
            }
            (Medium::HugePages { page_size_bytes }, None) => {
                Ok(self.mounts.hugetlbfs(directory, page_size_bytes).await?)
            }
            (Medium::Disk | Medium::Memory { .. } | Medium::HugePages { .. }, Some(_)) => Err(other_mount()),
        }
    }

    /// As upstream, a failure is told and borne: the containers find out if they need the group.
    async fn set_ownership(&self, spec: &PodSpec, directory: &Path) {
        let Some(fs_group) = fs_group(spec) else {
            return;
        };
        if let Err(error) = self.files.change_ownership(directory, ownership(fs_group)).await {
            tracing::warn!(path = %directory.display(), fs_group, %error, "Could not give the volume to its group");
        }
    }
}

/// `<pod dir>/volumes/kubernetes.io~empty-dir/<name>`.
pub(crate) fn volume_directory(pod_dir: &Path, name: &str) -> PathBuf {
    pod_dir.join("volumes").join(DIRECTORY).join(name)
}

/// `<pod dir>/plugins/kubernetes.io~empty-dir/<name>`.
pub(crate) fn ready_directory(pod_dir: &Path, name: &str) -> PathBuf {
    pod_dir.join("plugins").join(DIRECTORY).join(name)
}

fn medium(
    source: &EmptyDirVolumeSource,
    spec: &PodSpec,
    allocatable_memory_bytes: u64,
) -> Result<Medium, SetUpError> {
    match source.medium.as_deref().unwrap_or_default() {
        "" => Ok(Medium::Disk),
        "Memory" => Ok(Medium::Memory { size_bytes: memory_size(source, spec, allocatable_memory_bytes) }),
        other if other == HUGE_PAGES || other.starts_with(HUGE_PAGES_SIZED) => {
            Ok(Medium::HugePages { page_size_bytes: page_size(other, spec)? })
        }
        other => Err(SetUpError::UnknownMedium { medium: other.to_owned() }),
    }
}

/// The least of: what all pods may use, what the pod's group may, what the volume says. A value of 0 does not count;
/// none at all leaves it to the kernel (half of the memory).
fn memory_size(source: &EmptyDirVolumeSource, spec: &PodSpec, allocatable_memory_bytes: u64) -> Option<u64> {
    let amounts = host::cgroups::resources::PodAmounts::of_spec(spec);
    let qos = types::qos::QosClass::of_spec(spec);
    let enforcement = host::cgroups::resources::Enforcement::default();
    let group = host::cgroups::resources::pod_resources(qos, &amounts, &enforcement);
    let limits = [
        group.memory_limit_bytes,
        source.size_limit.as_ref().and_then(Quantity::from_api).map(|limit| limit.value()),
    ];
    let mut size = allocatable_memory_bytes;
    for limit in limits.into_iter().flatten().filter_map(|limit| u64::try_from(limit).ok()) {
        if limit > 0 && (limit <= size || size == 0) {
            size = limit;
        }
    }
    (size > 0).then_some(size)
}

/// The page size in bytes of medium `HugePages-<size>`, or, for `HugePages`, the only one that the pod requests.
fn page_size(medium: &str, spec: &PodSpec) -> Result<u64, HugePagesError> {
    let medium_size = match medium.strip_prefix(HUGE_PAGES_SIZED) {
        None => None,
        Some(size) => Some(
            quantity_bytes(size).ok_or_else(|| HugePagesError::InvalidSize { medium: medium.to_owned() })?,
        ),
    };
    let containers = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let pod_level = resources::resource_list(spec.resources.as_ref(), Side::Requests);
    let lists = std::iter::once(pod_level).chain(containers.map(resources::container_requests));
    let mut found = None;
    for name in lists.flat_map(|list| list.into_keys().collect::<Vec<_>>()) {
        let Some(size) = name.strip_prefix(HUGE_PAGES_PREFIX).and_then(quantity_bytes) else {
            continue;
        };
        match (medium_size, found) {
            (None, Some(other)) if other != size => {
                return Err(HugePagesError::SeveralSizes { medium: medium.to_owned() });
            }
            (None, _) => found = Some(size),
            (Some(wanted), _) if wanted == size => found = Some(size),
            (Some(_), _) => {}
        }
    }
    found.ok_or_else(|| HugePagesError::NoRequest { medium: medium.to_owned() })
}

fn quantity_bytes(text: &str) -> Option<u64> {
    u64::try_from(text.parse::<Quantity>().ok()?.value()).ok()
}

/// The page size in bytes of a mounted hugetlbfs, from its option `pagesize=2M`.
fn mounted_page_size(fs_options: &[String]) -> Option<u64> {
    let size = fs_options.iter().find_map(|option| option.strip_prefix("pagesize="))?;
    let digits = size.trim_end_matches(['K', 'M', 'G', 'i']);
    let shift = match size[digits.len()..].chars().next() {
        None => 0,
        Some('K') => 10,
        Some('M') => 20,
        Some('G') => 30,
        Some(_) => return None,
    };
    digits.parse::<u64>().ok()?.checked_shl(shift)
}

#[cfg(test)]
mod tests;
