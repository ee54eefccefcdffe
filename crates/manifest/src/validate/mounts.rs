//! Where a container mounts volumes and finds block devices.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Container, Volume, VolumeMount};

use super::errors::{Errors, Value};
use super::{paths, text};
use crate::path::Path;

/// The pod's volumes in which nothing was found wrong, by name.
pub(super) type Volumes<'a> = BTreeMap<&'a str, &'a Volume>;

/// A container's mounts and devices.
pub(super) fn all(container: &Container, volumes: &Volumes<'_>, path: &Path<'_>, errors: &mut Errors<'_>) {
    mounts(container, volumes, &path.child("volumeMounts"), errors);
    devices(container, volumes, &path.child("volumeDevices"), errors);
}

fn mounts(container: &Container, volumes: &Volumes<'_>, path: &Path<'_>, errors: &mut Errors<'_>) {
    let devices = || container.volume_devices.iter().flatten();
    let device_names: BTreeSet<&str> = devices().map(|device| device.name.as_str()).collect();
    let device_paths: BTreeSet<&str> = devices().map(|device| device.device_path.as_str()).collect();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (index, mount) in container.volume_mounts.iter().flatten().enumerate() {
        let here = path.index(index);
        let (name, mount_path) = (mount.name.as_str(), mount.mount_path.as_str());
        if name.is_empty() {
            errors.required(&here.child("name"), "");
        }
        if !volumes.contains_key(name) {
            errors.not_found(&here.child("name"), name, "");
        }
        if mount_path.is_empty() {
            errors.required(&here.child("mountPath"), "");
        }
        if !seen.insert(mount_path) {
            errors.invalid(&here.child("mountPath"), mount_path, "must be unique");
        }
        if device_names.contains(name) {
            errors.invalid(&here.child("name"), name, "must not already exist in volumeDevices");
        }
        if device_paths.contains(mount_path) {
            let detail = "must not already exist as a path in volumeDevices";
            errors.invalid(&here.child("mountPath"), mount_path, detail);
        }
        sub_path(mount, path, &here, errors);
        options(mount, container, volumes, path, &here, errors);
    }
}

fn sub_path(mount: &VolumeMount, path: &Path<'_>, here: &Path<'_>, errors: &mut Errors<'_>) {
    let (sub_path, expression) = (text(&mount.sub_path), text(&mount.sub_path_expr));
    if !sub_path.is_empty() {
        paths::local_descending(sub_path, &path.child("subPath"), errors);
    }
    if !expression.is_empty() {
        if !sub_path.is_empty() {
            let detail = "subPathExpr and subPath are mutually exclusive";
            errors.invalid(&here.child("subPathExpr"), expression, detail);
        }
        paths::local_descending(expression, &path.child("subPathExpr"), errors);
    }
}

fn options(
    mount: &VolumeMount,
    container: &Container,
    volumes: &Volumes<'_>,
    path: &Path<'_>,
    here: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let privileged = container.security_context.as_ref().and_then(|context| context.privileged) == Some(true);
    if let Some(propagation) = &mount.mount_propagation {
        let path = path.child("mountPropagation");
        errors.one_of(&path, propagation, &["Bidirectional", "HostToContainer", "None"]);
        if propagation == "Bidirectional" && !privileged {
            let detail = "Bidirectional mount propagation is available only to privileged containers";
            errors.forbidden(&path, detail);
        }
    }
    match mount.recursive_read_only.as_deref() {
        None | Some("Disabled") => {}
        Some("Enabled" | "IfPossible") => {
            let path = path.child("recursiveReadOnly");
            if mount.read_only != Some(true) {
                errors.forbidden(&path, "may only be specified when readOnly is true");
            }
            if mount.mount_propagation.as_deref().is_some_and(|propagation| propagation != "None") {
                let detail = "may only be specified when mountPropagation is None or not specified";
                errors.forbidden(&path, detail);
            }
        }
        Some(other) => {
            errors.one_of(&path.child("recursiveReadOnly"), other, &["Disabled", "Enabled", "IfPossible"]);
        }
    }
    let given = mount.bind_mount_options.as_deref().unwrap_or_default();
    let options_path = here.child("bindMountOptions");
    for (index, option) in given.iter().enumerate() {
        let path = options_path.index(index);
        const SUPPORTED: [&str; 3] = ["nodev", "noexec", "nosuid"];
        if !SUPPORTED.contains(&option.as_str()) {
            errors.not_supported(&path, option, &SUPPORTED);
        }
        if given[..index].contains(option) {
            errors.duplicate(&path, option);
        }
    }
    if !given.is_empty() && volumes.get(mount.name.as_str()).is_some_and(|volume| volume.image.is_some()) {
        let detail = "bindMountOptions may not be used with image volumes";
        errors.invalid(&options_path, Value::Texts(given), detail);
    }
}

fn devices(container: &Container, volumes: &Volumes<'_>, path: &Path<'_>, errors: &mut Errors<'_>) {
    let mounts = || container.volume_mounts.iter().flatten();
    let mount_names: BTreeSet<&str> = mounts().map(|mount| mount.name.as_str()).collect();
    let mount_paths: BTreeSet<&str> = mounts().map(|mount| mount.mount_path.as_str()).collect();
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let mut device_paths: BTreeSet<&str> = BTreeSet::new();
    for (index, device) in container.volume_devices.iter().flatten().enumerate() {
        let here = path.index(index);
        let (name, device_path) = (device.name.as_str(), device.device_path.as_str());
        let name_path = here.child("name");
        if name.is_empty() {
            errors.required(&name_path, "");
        }
        if names.contains(name) {
            errors.invalid(&name_path, name, "must be unique");
        }
        match volumes.get(name) {
            Some(volume) if volume.persistent_volume_claim.is_none() && volume.ephemeral.is_none() => {
                let detail =
                    "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
                errors.invalid(&name_path, name, detail);
            }
            Some(_) => {}
            None => errors.not_found(&name_path, name, ""),
        }
        let device_path_path = here.child("devicePath");
        if device_path.is_empty() {
            errors.required(&device_path_path, "");
        }
        if device_paths.contains(device_path) {
            errors.invalid(&device_path_path, device_path, "must be unique");
        }
        if paths::has_backsteps(device_path) {
            errors.invalid(&device_path_path, device_path, "can not contain backsteps ('..')");
        } else {
            device_paths.insert(device_path);
        }
        if mount_names.contains(name) {
            errors.invalid(&name_path, name, "must not already exist in volumeMounts");
        }
        if mount_paths.contains(device_path) {
            let detail = "must not already exist as a path in volumeMounts";
            errors.invalid(&device_path_path, device_path, detail);
        }
        if !name.is_empty() {
            names.insert(name);
        }
    }
}
