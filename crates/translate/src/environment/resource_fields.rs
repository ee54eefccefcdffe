//! Resources of containers as values (`pkg/api/v1/resource/helpers.go`, `kubelet_resources.go`).

use crate::{ConfigError, NodeFacts};
use k8s_openapi::api::core::v1::{Container, Pod, PodSpec, ResourceFieldSelector};
use types::quantity::{Format, Quantity};
use types::resources::{self, CPU, EPHEMERAL_STORAGE, HUGE_PAGES_PREFIX, MEMORY, Side};

/// The amount in units of the divisor, rounded up. Where a limit is not set it is the pod's, else all that the node
/// can give.
pub(super) fn value(
    selector: &ResourceFieldSelector,
    pod: &Pod,
    container: &Container,
    facts: &NodeFacts,
) -> Result<String, ConfigError> {
    let spec = types::pod::spec(pod);
    let (container, kind) = match selector.container_name.as_deref() {
        None | Some("") => (container, Kind::Own),
        Some(name) => find(spec, name).ok_or_else(|| ConfigError::NoSuchContainer(name.to_owned()))?,
    };
    let unsupported = || ConfigError::ResourceField(selector.resource.clone());
    let (side, name) = match selector.resource.split_once('.') {
        Some(("limits", name)) => (Side::Limits, name),
        Some(("requests", name)) => (Side::Requests, name),
        _ => return Err(unsupported()),
    };
    let default_applies = matches!(name, CPU | MEMORY | EPHEMERAL_STORAGE);
    if !default_applies && !name.starts_with(HUGE_PAGES_PREFIX) {
        return Err(unsupported());
    }
    let own = resources::resource_list(container.resources.as_ref(), side).remove(name);
    let amount = match (side, kind, own) {
        (Side::Limits, Kind::Own | Kind::App, own)
            if default_applies && own.as_ref().is_none_or(Quantity::is_zero) =>
        {
            default_limit(spec, name, facts).or(own).unwrap_or_default()
        }
        (_, _, own) => own.unwrap_or_default(),
    };
    let divisor = selector.divisor.as_ref().and_then(Quantity::from_api).filter(|divisor| !divisor.is_zero());
    let divisor = divisor.unwrap_or_else(|| Quantity::from_units(1, Format::DecimalSi));
    Ok(if name == CPU {
        quotient(amount.milli_value(), divisor.milli_value())
    } else {
        quotient(amount.value(), divisor.value())
    })
}

/// Whether limits of a container get their defaults.
#[derive(Clone, Copy)]
enum Kind {
    /// The container whose variable it is.
    Own,
    /// An app container named by the selector.
    App,
    /// An init container named by the selector: upstream applies no defaults to it.
    Init,
}

fn find<'a>(spec: &'a PodSpec, name: &str) -> Option<(&'a Container, Kind)> {
    let app = spec.containers.iter().map(|container| (container, Kind::App));
    let init = spec.init_containers.iter().flatten().map(|container| (container, Kind::Init));
    app.chain(init).find(|(container, _)| container.name == name)
}

/// The limit of a container without one: the pod's, else the node's allocatable amount; none if the node has none.
fn default_limit(spec: &PodSpec, name: &str, facts: &NodeFacts) -> Option<Quantity> {
    let allocatable = facts.allocatable.get(name).and_then(Quantity::from_api)?;
    let pod_level = resources::resource_list(spec.resources.as_ref(), Side::Limits).remove(name);
    let pod_level =
        pod_level.filter(|limit| resources::is_supported_pod_level_resource(name) && !limit.is_zero());
    Some(pod_level.unwrap_or(allocatable))
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "upstream's arithmetic, bit for bit"
)]
fn quotient(amount: i64, divisor: i64) -> String {
    ((amount as f64 / divisor as f64).ceil() as i64).to_string()
}
