//! Every amount in a pod, to be rounded and written in its canonical form.
//!
//! Amounts keep the text of the manifest until the UID is computed, since Go's hash of the pod sees how they were written.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, Pod, ResourceFieldSelector, ResourceRequirements, Volume};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use types::quantity::Quantity;

use crate::containers;

/// Writes every amount as the API does: `1000m` becomes `1`, `1024Mi` becomes `1Gi`.
pub(crate) fn canonicalize(pod: &mut Pod) {
    if let Some(spec) = &mut pod.spec {
        spec.overhead.iter_mut().for_each(list);
        spec.resources.iter_mut().for_each(requirements);
        spec.volumes.iter_mut().flatten().for_each(volume);
        containers::for_each_mut(spec, container);
    }
    let Some(status) = &mut pod.status else { return };
    status.allocated_resources.iter_mut().for_each(list);
    status.resources.iter_mut().for_each(requirements);
    let statuses = [
        &mut status.init_container_statuses,
        &mut status.container_statuses,
        &mut status.ephemeral_container_statuses,
    ];
    for container in statuses.into_iter().flat_map(|statuses| statuses.iter_mut().flatten()) {
        container.allocated_resources.iter_mut().for_each(list);
        container.resources.iter_mut().for_each(requirements);
    }
}

fn amount(amount: &mut ApiQuantity) {
    if let Some(quantity) = Quantity::from_api(amount) {
        *amount = quantity.to_api();
    }
}

/// Lists of resources are kept in whole thousandths, rounded up.
fn list(list: &mut BTreeMap<String, ApiQuantity>) {
    for amount in list.values_mut() {
        if let Some(mut quantity) = Quantity::from_api(amount) {
            quantity.round_up_to_milli();
            *amount = quantity.to_api();
        }
    }
}

fn requirements(requirements: &mut ResourceRequirements) {
    requirements.limits.iter_mut().for_each(list);
    requirements.requests.iter_mut().for_each(list);
}

fn container(container: &mut Container) {
    container.resources.iter_mut().for_each(requirements);
    let sources = container.env.iter_mut().flatten().filter_map(|variable| variable.value_from.as_mut());
    sources.filter_map(|source| source.resource_field_ref.as_mut()).for_each(divisor);
}

fn divisor(field: &mut ResourceFieldSelector) {
    // The API writes a missing divisor as zero, which means one.
    amount(field.divisor.get_or_insert_with(|| ApiQuantity("0".to_owned())));
}

fn volume(volume: &mut Volume) {
    if let Some(empty_dir) = &mut volume.empty_dir {
        empty_dir.size_limit.iter_mut().for_each(amount);
    }
    let own = volume.downward_api.iter_mut().filter_map(|source| source.items.as_mut()).flatten();
    own.filter_map(|item| item.resource_field_ref.as_mut()).for_each(divisor);
    let projected = volume.projected.iter_mut().filter_map(|source| source.sources.as_mut()).flatten();
    let projected = projected.filter_map(|source| source.downward_api.as_mut());
    let items = projected.filter_map(|source| source.items.as_mut()).flatten();
    items.filter_map(|item| item.resource_field_ref.as_mut()).for_each(divisor);
    let claim = volume.ephemeral.as_mut().and_then(|source| source.volume_claim_template.as_mut());
    if let Some(claim) = claim.and_then(|claim| claim.spec.resources.as_mut()) {
        claim.limits.iter_mut().for_each(list);
        claim.requests.iter_mut().for_each(list);
    }
}
