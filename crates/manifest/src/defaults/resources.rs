//! Defaults of requests. Amounts are rounded later (`amounts`), once the UID has been taken from them as written.

use k8s_openapi::api::core::v1::Container;

/// A container that is limited but requests nothing requests its limits.
pub(super) fn requests_from_limits(container: &mut Container) {
    let Some(requirements) = &mut container.resources else { return };
    let Some(limits) = &requirements.limits else { return };
    let requests = requirements.requests.get_or_insert_default();
    for (name, limit) in limits {
        requests.entry(name.clone()).or_insert_with(|| limit.clone());
    }
}
