//! Files of downward API volumes (`pkg/volume/downwardapi`).

use super::{fields, fields::Addresses, resource_fields};
use crate::{ConfigError, NodeFacts};
use k8s_openapi::api::core::v1::{DownwardAPIVolumeFile, Pod, ResourceFieldSelector};

/// The content of one file; empty if it names no source.
///
/// # Errors
/// When the field or resource cannot be a file's content, or the container does not exist.
pub fn downward_api_file(
    file: &DownwardAPIVolumeFile,
    pod: &Pod,
    facts: &NodeFacts,
) -> Result<String, ConfigError> {
    if let Some(field) = &file.field_ref {
        return fields::value(field, pod, Addresses::default(), facts);
    }
    let Some(selector) = &file.resource_field_ref else {
        return Ok(String::new());
    };
    let spec = types::pod::spec(pod);
    let name = selector.container_name.as_deref().unwrap_or_default();
    let containers = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let container = containers.into_iter().find(|container| container.name == name);
    let container = container.ok_or_else(|| ConfigError::NoSuchContainer(name.to_owned()))?;
    // Unlike in variables, init containers get their defaults here, and the pod's own limits are not looked at.
    let mut without_pod_level = pod.clone();
    if let Some(spec) = &mut without_pod_level.spec {
        spec.resources = None;
    }
    let own = ResourceFieldSelector { container_name: None, ..selector.clone() };
    resource_fields::value(&own, &without_pod_level, container, facts)
}
