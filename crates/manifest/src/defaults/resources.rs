//! Defaults of amounts.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Container;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use types::quantity::Quantity;

/// Rounds amounts up to thousandths, the finest step the API keeps.
pub(super) fn round_up(list: Option<&mut BTreeMap<String, ApiQuantity>>) {
    for amount in list.into_iter().flat_map(BTreeMap::values_mut) {
        if let Some(mut quantity) = Quantity::from_api(amount)
            && !quantity.is_whole_milli()
        {
            quantity.round_up_to_milli();
            *amount = quantity.to_api();
        }
    }
}

/// A container that is limited but requests nothing requests its limits.
pub(super) fn requests_from_limits(container: &mut Container) {
    let Some(requirements) = &mut container.resources else { return };
    let Some(limits) = &requirements.limits else { return };
    let requests = requirements.requests.get_or_insert_default();
    for (name, limit) in limits {
        requests.entry(name.clone()).or_insert_with(|| limit.clone());
    }
}
