//! Defaults of a volume.

use k8s_openapi::api::core::v1::{
    EmptyDirVolumeSource, PersistentVolumeClaimSpec, ProjectedVolumeSource, Volume,
};

use super::container::object_field;
use super::{fill, image, is_empty};

/// Mode of files from secrets, config maps, the downward API and projections: `0644`.
const FILE_MODE: i32 = 0o644;
/// Seconds that a projected token is valid.
const TOKEN_SECONDS: i64 = 3600;

/// Fills in what the volume leaves out.
pub(super) fn apply(volume: &mut Volume) {
    let bare = Volume { name: volume.name.clone(), ..Volume::default() };
    if *volume == bare {
        volume.empty_dir = Some(EmptyDirVolumeSource::default());
    }
    if let Some(image) = &mut volume.image
        && is_empty(&image.pull_policy)
    {
        let policy = image::pull_policy(image.reference.as_deref().unwrap_or_default());
        image.pull_policy = Some(policy.to_owned());
    }
    if let Some(host_path) = &mut volume.host_path {
        host_path.type_.get_or_insert_default();
    }
    if let Some(secret) = &mut volume.secret {
        secret.default_mode.get_or_insert(FILE_MODE);
    }
    if let Some(config_map) = &mut volume.config_map {
        config_map.default_mode.get_or_insert(FILE_MODE);
    }
    if let Some(downward_api) = &mut volume.downward_api {
        downward_api.default_mode.get_or_insert(FILE_MODE);
        downward_api
            .items
            .iter_mut()
            .flatten()
            .filter_map(|item| item.field_ref.as_mut())
            .for_each(object_field);
    }
    if let Some(projected) = &mut volume.projected {
        projection(projected);
    }
    if let Some(claim) =
        volume.ephemeral.as_mut().and_then(|ephemeral| ephemeral.volume_claim_template.as_mut())
    {
        claim_spec(&mut claim.spec);
    }
    old_kinds(volume);
}

fn projection(projected: &mut ProjectedVolumeSource) {
    projected.default_mode.get_or_insert(FILE_MODE);
    for source in projected.sources.iter_mut().flatten() {
        if let Some(downward_api) = &mut source.downward_api {
            downward_api
                .items
                .iter_mut()
                .flatten()
                .filter_map(|item| item.field_ref.as_mut())
                .for_each(object_field);
        }
        if let Some(token) = &mut source.service_account_token {
            token.expiration_seconds.get_or_insert(TOKEN_SECONDS);
        }
    }
}

fn claim_spec(spec: &mut PersistentVolumeClaimSpec) {
    spec.volume_mode.get_or_insert_with(|| "Filesystem".to_owned());
}

/// Volume kinds that no kubelet mounts itself any more, but whose defaults enter the pod's UID.
fn old_kinds(volume: &mut Volume) {
    if let Some(iscsi) = &mut volume.iscsi {
        fill(&mut iscsi.iscsi_interface, "default");
    }
    if let Some(rbd) = &mut volume.rbd {
        fill(&mut rbd.pool, "rbd");
        fill(&mut rbd.user, "admin");
        fill(&mut rbd.keyring, "/etc/ceph/keyring");
    }
    if let Some(azure_disk) = &mut volume.azure_disk {
        azure_disk.caching_mode.get_or_insert_with(|| "ReadWrite".to_owned());
        azure_disk.fs_type.get_or_insert_with(|| "ext4".to_owned());
        azure_disk.read_only.get_or_insert(false);
        azure_disk.kind.get_or_insert_with(|| "Shared".to_owned());
    }
    if let Some(scale_io) = &mut volume.scale_io {
        fill(&mut scale_io.storage_mode, "ThinProvisioned");
        fill(&mut scale_io.fs_type, "xfs");
    }
}
