//! The pod's volumes. Kinds that a static pod may not have are refused elsewhere; here their form is checked all the
//! same where it is simple, so that one error tells everything.

mod files;
mod network;

use k8s_openapi::api::core::v1::{EmptyDirVolumeSource, HostPathVolumeSource, PodSpec, Volume};
use types::quantity::Quantity;

use super::container;
use super::errors::{Errors, Value};
use super::mounts::Volumes;
use super::{formats, paths, text};
use crate::path::Path;

const MODE_MESSAGE: &str = "must be a number between 0 and 01777 (octal), both inclusive";

/// Checks the volumes; gives those in which nothing is wrong.
pub(super) fn all<'a>(spec: &'a PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) -> Volumes<'a> {
    let mut good = Volumes::new();
    for (index, volume) in spec.volumes.iter().flatten().enumerate() {
        let here = path.index(index);
        let before = errors.count();
        source(volume, &here, errors);
        let name_path = here.child("name");
        if volume.name.is_empty() {
            errors.required(&name_path, "");
        } else {
            errors.invalid_each(&name_path, &volume.name, &formats::dns_label(&volume.name));
        }
        if good.contains_key(volume.name.as_str()) {
            errors.duplicate(&name_path, &volume.name);
        }
        if errors.count() == before {
            good.insert(&volume.name, volume);
        }
    }
    good
}

/// A projected token speaks for a service account, which the pod must name.
pub(super) fn tokens(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    if !text(&spec.service_account_name).is_empty() {
        return;
    }
    for (index, volume) in spec.volumes.iter().flatten().enumerate() {
        let path = path.index(index);
        let path = path.child("projected");
        let path = path.child("sources");
        let sources = volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten());
        for (index, _) in sources.enumerate().filter(|(_, source)| source.service_account_token.is_some()) {
            let path = path.index(index);
            let detail = "must not be specified when serviceAccountName is not set";
            errors.forbidden(&path.child("serviceAccountToken"), detail);
        }
    }
}

/// The name of a kind's field, whether a volume is of it, and what is checked.
type Kind = (&'static str, fn(&Volume) -> bool, fn(&Volume, &Path<'_>, &mut Errors<'_>));

/// Every kind in upstream's order; the first that is given counts.
const KINDS: [Kind; 30] = [
    ("emptyDir", |volume| volume.empty_dir.is_some(), empty_dir),
    ("hostPath", |volume| volume.host_path.is_some(), host_path),
    ("gitRepo", |volume| volume.git_repo.is_some(), files::git_repo),
    ("gcePersistentDisk", |volume| volume.gce_persistent_disk.is_some(), network::gce_persistent_disk),
    (
        "awsElasticBlockStore",
        |volume| volume.aws_elastic_block_store.is_some(),
        network::aws_elastic_block_store,
    ),
    ("secret", |volume| volume.secret.is_some(), files::secret),
    ("nfs", |volume| volume.nfs.is_some(), network::nfs),
    ("iscsi", |volume| volume.iscsi.is_some(), network::iscsi),
    ("glusterfs", |volume| volume.glusterfs.is_some(), network::glusterfs),
    ("flocker", |volume| volume.flocker.is_some(), network::flocker),
    ("persistentVolumeClaim", |volume| volume.persistent_volume_claim.is_some(), persistent_volume_claim),
    ("rbd", |volume| volume.rbd.is_some(), network::rbd),
    ("cinder", |volume| volume.cinder.is_some(), network::cinder),
    ("cephFS", |volume| volume.cephfs.is_some(), network::cephfs),
    ("quobyte", |volume| volume.quobyte.is_some(), network::quobyte),
    ("downwarAPI", |volume| volume.downward_api.is_some(), files::downward_api),
    ("fc", |volume| volume.fc.is_some(), network::fc),
    ("flexVolume", |volume| volume.flex_volume.is_some(), network::flex_volume),
    ("configMap", |volume| volume.config_map.is_some(), files::config_map),
    ("azureFile", |volume| volume.azure_file.is_some(), network::azure_file),
    ("vsphereVolume", |volume| volume.vsphere_volume.is_some(), network::vsphere_volume),
    (
        "photonPersistentDisk",
        |volume| volume.photon_persistent_disk.is_some(),
        network::photon_persistent_disk,
    ),
    ("portworxVolume", |volume| volume.portworx_volume.is_some(), network::portworx_volume),
    ("azureDisk", |volume| volume.azure_disk.is_some(), network::azure_disk),
    ("storageos", |volume| volume.storageos.is_some(), network::storageos),
    ("projected", |volume| volume.projected.is_some(), files::projected),
    ("scaleIO", |volume| volume.scale_io.is_some(), network::scale_io),
    ("csi", |volume| volume.csi.is_some(), network::csi),
    ("ephemeral", |volume| volume.ephemeral.is_some(), ephemeral),
    ("image", |volume| volume.image.is_some(), image),
];

fn source(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let mut given = KINDS.iter().filter(|(_, is_set, _)| is_set(volume));
    match given.next() {
        Some((_, _, check)) => check(volume, path, errors),
        None => errors.required(path, "must specify a volume type"),
    }
    for (field, _, _) in given {
        errors.forbidden(&path.child(field), "may not specify more than 1 volume type");
    }
    network::iscsi_name(volume, path, errors);
}

fn empty_dir(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let path = path.child("emptyDir");
    let Some(EmptyDirVolumeSource { size_limit, mode, .. }) = &volume.empty_dir else { return };
    if size_limit.as_ref().and_then(Quantity::from_api).is_some_and(|limit| limit.is_negative()) {
        errors.forbidden(&path.child("sizeLimit"), "SizeLimit field must be a valid resource quantity");
    }
    if let Some(mode) = mode.filter(|mode| !(0..=0o1777).contains(mode)) {
        errors.invalid(&path.child("mode"), mode, MODE_MESSAGE);
    }
}

fn host_path(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    const TYPES: [&str; 8] =
        ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
    let path = path.child("hostPath");
    let Some(HostPathVolumeSource { path: host_path, type_ }) = &volume.host_path else { return };
    if host_path.is_empty() {
        errors.required(&path.child("path"), "");
        return;
    }
    paths::no_backsteps(host_path, &path.child("path"), errors);
    errors.one_of(&path.child("type"), text(type_), &TYPES);
}

fn persistent_volume_claim(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    if volume.persistent_volume_claim.as_ref().is_some_and(|claim| claim.claim_name.is_empty()) {
        errors.required(&path.child("persistentVolumeClaim").child("claimName"), "");
    }
}

fn ephemeral(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    if volume.ephemeral.as_ref().is_some_and(|ephemeral| ephemeral.volume_claim_template.is_none()) {
        errors.required(&path.child("ephemeral").child("volumeClaimTemplate"), "");
    }
}

fn image(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let path = path.child("image");
    let Some(image) = &volume.image else { return };
    if text(&image.reference).is_empty() {
        errors.required(&path.child("reference"), "");
    }
    container::pull_policy(text(&image.pull_policy), &path.child("pullPolicy"), errors);
}

/// A text that must be there.
fn required(value: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    if value.is_empty() {
        errors.required(path, "");
    }
}

/// A word that must be one of those that exist.
fn word(value: &Option<String>, supported: &[&str], path: &Path<'_>, errors: &mut Errors<'_>) {
    if let Some(value) = value
        && !supported.contains(&value.as_str())
    {
        errors.not_supported(path, Value::Word(value), supported);
    }
}
