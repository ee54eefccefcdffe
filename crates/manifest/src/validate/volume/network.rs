//! Volumes on other machines and in clouds.

use k8s_openapi::api::core::v1::Volume;

use super::{required, word};
use crate::path::Path;
use crate::validate::errors::{Errors, Value};
use crate::validate::{formats, text};

/// The most bytes of a volume's name and an iSCSI portal together, where an initiator is named.
const MAX_ISCSI_NAME: usize = 64;

fn partition(partition: Option<i32>, path: &Path<'_>, errors: &mut Errors<'_>) {
    let partition = partition.unwrap_or(0);
    if !(0..=255).contains(&partition) {
        errors.invalid(&path.child("partition"), partition, &formats::range_message(1, 255));
    }
}

pub(super) fn gce_persistent_disk(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    // Upstream reports under this name.
    let path = path.child("persistentDisk");
    let Some(disk) = &volume.gce_persistent_disk else { return };
    required(&disk.pd_name, &path.child("pdName"), errors);
    partition(disk.partition, &path, errors);
}

pub(super) fn aws_elastic_block_store(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let path = path.child("awsElasticBlockStore");
    let Some(disk) = &volume.aws_elastic_block_store else { return };
    required(&disk.volume_id, &path.child("volumeID"), errors);
    partition(disk.partition, &path, errors);
}

pub(super) fn nfs(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let path = path.child("nfs");
    let Some(nfs) = &volume.nfs else { return };
    required(&nfs.server, &path.child("server"), errors);
    required(&nfs.path, &path.child("path"), errors);
    if !nfs.path.starts_with('/') {
        errors.invalid(&path.child("path"), &nfs.path, "must be an absolute path");
    }
}

pub(super) fn iscsi(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let path = path.child("iscsi");
    let Some(iscsi) = &volume.iscsi else { return };
    required(&iscsi.target_portal, &path.child("targetPortal"), errors);
    if iscsi.iqn.is_empty() {
        errors.required(&path.child("iqn"), "");
    } else {
        initiator(&iscsi.iqn, &path.child("iqn"), errors);
    }
    if !(0..=255).contains(&iscsi.lun) {
        errors.invalid(&path.child("lun"), iscsi.lun, &formats::range_message(0, 255));
    }
    let authenticated = iscsi.chap_auth_discovery == Some(true) || iscsi.chap_auth_session == Some(true);
    if authenticated && iscsi.secret_ref.is_none() {
        errors.required(&path.child("secretRef"), "");
    }
    if let Some(name) = &iscsi.initiator_name {
        initiator(name, &path.child("initiatorname"), errors);
    }
}

/// The name under which a session is known is made of the volume's name and the portal.
pub(super) fn iscsi_name(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let named = volume.iscsi.as_ref().filter(|iscsi| iscsi.initiator_name.is_some());
    if named.is_some_and(|iscsi| volume.name.len() + 1 + iscsi.target_portal.len() > MAX_ISCSI_NAME) {
        let detail = "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";
        errors.invalid(&path.child("name"), &volume.name, detail);
    }
}

fn initiator(name: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    let is_alphanumeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    // The character after the prefix may be any.
    let fixed = |length: usize| {
        let mut rest = name[3..].chars();
        rest.next().is_some_and(|character| character != '\n')
            && rest.as_str().len() == length
            && is_alphanumeric(rest.as_str())
    };
    let fits = match name.get(..3) {
        Some("iqn") => is_iqn(name),
        Some("eui") => fixed(16),
        Some("naa") => fixed(32),
        Some(_) | None => {
            errors.invalid(path, name, "must be valid format starting with iqn, eui, or naa");
            return;
        }
    };
    if !fits {
        errors.invalid(path, name, "must be valid format");
    }
}

/// `iqn\.\d{4}-\d{2}\.([[:alnum:]-.]+)(:[^,;*&$|\s]+)$`, which may also begin inside the name.
fn is_iqn(name: &str) -> bool {
    let tail_fits = |tail: &str| {
        let wrong = |character: char| {
            matches!(character, ',' | ';' | '*' | '&' | '$' | '|' | '\t' | '\n' | '\u{c}' | '\r' | ' ')
        };
        !tail.is_empty() && !tail.contains(wrong)
    };
    name.match_indices("iqn.").any(|(start, _)| {
        let rest = &name[start + 4..];
        let digits = |range: std::ops::Range<usize>| {
            rest.get(range).is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let Some((authority, tail)) = rest.get(8..).and_then(|rest| rest.split_once(':')) else {
            return false;
        };
        let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        digits(0..4)
            && rest.get(4..5) == Some("-")
            && digits(5..7)
            && rest.get(7..8) == Some(".")
            && !authority.is_empty()
            && authority.bytes().all(is_inner)
            && tail_fits(tail)
    })
}

pub(super) fn glusterfs(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let path = path.child("glusterfs");
    let Some(glusterfs) = &volume.glusterfs else { return };
    required(&glusterfs.endpoints, &path.child("endpoints"), errors);
    required(&glusterfs.path, &path.child("path"), errors);
}

pub(super) fn flocker(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let path = path.child("flocker");
    let Some(flocker) = &volume.flocker else { return };
    let name = text(&flocker.dataset_name);
    match (name.is_empty(), text(&flocker.dataset_uuid).is_empty()) {
        (true, true) => errors.required(&path, "one of datasetName and datasetUUID is required"),
        (false, false) => {
            let detail = "datasetName and datasetUUID can not be specified simultaneously";
            errors.invalid(&path, "resource", detail);
        }
        (true, false) | (false, true) => {}
    }
    if name.contains('/') {
        errors.invalid(&path.child("datasetName"), name, "must not contain '/'");
    }
}

pub(super) fn rbd(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let path = path.child("rbd");
    let Some(rbd) = &volume.rbd else { return };
    if rbd.monitors.is_empty() {
        errors.required(&path.child("monitors"), "");
    }
    required(&rbd.image, &path.child("image"), errors);
}

pub(super) fn cinder(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let path = path.child("cinder");
    let Some(cinder) = &volume.cinder else { return };
    required(&cinder.volume_id, &path.child("volumeID"), errors);
    if let Some(secret) = &cinder.secret_ref {
        required(&secret.name, &path.child("secretRef").child("name"), errors);
    }
}

pub(super) fn cephfs(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    if volume.cephfs.as_ref().is_some_and(|cephfs| cephfs.monitors.is_empty()) {
        errors.required(&path.child("cephfs").child("monitors"), "");
    }
}

pub(super) fn quobyte(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let path = path.child("quobyte");
    let Some(quobyte) = &volume.quobyte else { return };
    let detail = "must be a host:port pair or multiple pairs separated by commas";
    if quobyte.registry.is_empty() {
        errors.required(&path.child("registry"), detail);
    } else if text(&quobyte.tenant).len() >= 65 {
        errors.required(&path.child("tenant"), "must be a UUID and may not exceed a length of 64 characters");
    } else {
        for _ in quobyte.registry.split(',').filter(|pair| !is_host_and_port(pair)) {
            errors.invalid(&path.child("registry"), &quobyte.registry, detail);
        }
    }
    required(&quobyte.volume, &path.child("volume"), errors);
}

/// What Go's `net.SplitHostPort` accepts: one colon, or a host in brackets and a colon after it.
fn is_host_and_port(pair: &str) -> bool {
    match pair.strip_prefix('[') {
        Some(rest) => rest.split_once(']').is_some_and(|(host, port)| {
            !host.contains('[') && port.strip_prefix(':').is_some_and(|port| !port.contains([':', '[', ']']))
        }),
        None => pair.matches(':').count() == 1 && !pair.contains(['[', ']']),
    }
}

pub(super) fn fc(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let path = path.child("fc");
    let Some(fc) = &volume.fc else { return };
    let names = fc.target_wwns.as_deref().unwrap_or_default();
    match (names.is_empty(), fc.wwids.as_ref().is_none_or(Vec::is_empty)) {
        (true, true) => {
            let detail = "must specify either targetWWNs or wwids, but not both";
            errors.required(&path.child("targetWWNs"), detail);
        }
        (false, false) => {
            let detail = "targetWWNs and wwids can not be specified simultaneously";
            errors.invalid(&path.child("targetWWNs"), Value::Texts(names), detail);
        }
        (true, false) | (false, true) => {}
    }
    match fc.lun {
        _ if names.is_empty() => {}
        None => errors.required(&path.child("lun"), "lun is required if targetWWNs is specified"),
        Some(lun) if !(0..=255).contains(&lun) => {
            errors.invalid(&path.child("lun"), lun, &formats::range_message(0, 255));
        }
        Some(_) => {}
    }
}

pub(super) fn flex_volume(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let path = path.child("flexVolume");
    let Some(flex) = &volume.flex_volume else { return };
    required(&flex.driver, &path.child("driver"), errors);
    let options = path.child("options");
    for key in flex.options.iter().flatten().map(|(key, _)| key) {
        let domain = key.split_once('/').map_or(key.as_str(), |(domain, _)| domain);
        let domain = format!(".{}", domain.to_lowercase());
        if domain.ends_with(".kubernetes.io") || domain.ends_with(".k8s.io") {
            errors.invalid(&options.key(key), key, "kubernetes.io and k8s.io namespaces are reserved");
        }
    }
}

pub(super) fn azure_file(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let path = path.child("azureFile");
    let Some(azure) = &volume.azure_file else { return };
    required(&azure.secret_name, &path.child("secretName"), errors);
    required(&azure.share_name, &path.child("shareName"), errors);
}

pub(super) fn vsphere_volume(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    if let Some(vsphere) = &volume.vsphere_volume {
        required(&vsphere.volume_path, &path.child("vsphereVolume").child("volumePath"), errors);
    }
}

pub(super) fn photon_persistent_disk(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    if let Some(photon) = &volume.photon_persistent_disk {
        required(&photon.pd_id, &path.child("photonPersistentDisk").child("pdID"), errors);
    }
}

pub(super) fn portworx_volume(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    if let Some(portworx) = &volume.portworx_volume {
        required(&portworx.volume_id, &path.child("portworxVolume").child("volumeID"), errors);
    }
}

pub(super) fn azure_disk(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let path = path.child("azureDisk");
    let Some(azure) = &volume.azure_disk else { return };
    required(&azure.disk_name, &path.child("diskName"), errors);
    required(&azure.disk_uri, &path.child("diskURI"), errors);
    word(&azure.caching_mode, &["None", "ReadOnly", "ReadWrite"], &path.child("cachingMode"), errors);
    word(&azure.kind, &["Dedicated", "Managed", "Shared"], &path.child("kind"), errors);
    let (prefix, example) = match azure.kind.as_deref() {
        Some("Managed") => (
            "/subscriptions/",
            "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}",
        ),
        Some(_) => {
            ("https://", "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd")
        }
        None => return,
    };
    if !azure.disk_uri.starts_with(prefix) {
        errors.not_supported(&path.child("diskURI"), &azure.disk_uri, &[example]);
    }
}

pub(super) fn storageos(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let path = path.child("storageos");
    let Some(storageos) = &volume.storageos else { return };
    let name = text(&storageos.volume_name);
    if name.is_empty() {
        errors.required(&path.child("volumeName"), "");
    } else {
        errors.invalid_each(&path.child("volumeName"), name, &formats::dns_label(name));
    }
    let namespace = text(&storageos.volume_namespace);
    if !namespace.is_empty() {
        errors.invalid_each(&path.child("volumeNamespace"), namespace, &formats::dns_label(namespace));
    }
    if let Some(secret) = &storageos.secret_ref {
        required(&secret.name, &path.child("secretRef").child("name"), errors);
    }
}

pub(super) fn scale_io(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let path = path.child("scaleIO");
    let Some(scale_io) = &volume.scale_io else { return };
    required(&scale_io.gateway, &path.child("gateway"), errors);
    required(&scale_io.system, &path.child("system"), errors);
    required(text(&scale_io.volume_name), &path.child("volumeName"), errors);
}

pub(super) fn csi(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    if let Some(csi) = &volume.csi {
        required(&csi.driver, &path.child("csi").child("driver"), errors);
    }
}
