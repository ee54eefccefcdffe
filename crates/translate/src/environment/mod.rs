//! The variables a container starts with (`kubelet_pods.go`, `makeEnvironmentVariables`).

mod expansion;
mod fields;
mod files;
mod objects;
mod resource_fields;
mod services;
mod variables;
mod volume;

#[cfg(test)]
mod tests;

pub use expansion::expand;
pub use objects::{EnvironmentObject, EnvironmentObjects, Found, environment_objects};
pub use services::{MASTER_SERVICE, PortLink, ServiceLink, service_variables};
pub use variables::Environment;
pub use volume::downward_api_file;

use crate::error::EnvironmentFileError;
use crate::{ConfigError, NodeFacts};
use expansion::expand_bytes;
use fields::Addresses;
use k8s_openapi::api::core::v1::{Container, EnvVarSource, FileKeySelector, Pod};
use objects::Objects;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// What variables are resolved from, beside pod, container and node.
#[derive(Clone, Debug, Default)]
pub struct EnvironmentInputs {
    /// The pod's IPs as the runtime reported them.
    pub pod_ips: Vec<String>,
    /// The node's addresses as its object has them now; none: those of the facts.
    pub host_ips: Vec<IpAddr>,
    /// Variables of the cluster's services, from [`service_variables`]; none for a kubelet without an API server. The
    /// container's own win.
    pub services: BTreeMap<String, String>,
    /// What [`environment_objects`] names; `None` for a pod without an API server, which cannot have any.
    pub objects: Option<EnvironmentObjects>,
    /// Content of each file that [`environment_files`] names, by volume and path; an error when it could not be read.
    pub files: BTreeMap<(String, String), Result<String, String>>,
}

/// The files that `fileKeyRef`s of a container read: volume and path in it. The caller reads them, without leaving the
/// volume, just before the container is created.
pub fn environment_files(container: &Container) -> BTreeSet<(String, String)> {
    let sources = container.env.iter().flatten().filter_map(|variable| variable.value_from.as_ref());
    sources
        .filter_map(|source| source.file_key_ref.as_ref())
        .map(|reference| (reference.volume_name.clone(), reference.path.clone()))
        .collect()
}

/// All variables of a container, by name. Where a name comes twice the last one counts, and one of `env` before those of
/// `envFrom`; `$(NAME)` in a value refers to what came before it, then to services. Upstream sends them in random order.
///
/// # Errors
/// When a source cannot be resolved and is not optional: see [`ConfigError`].
pub fn environment(
    pod: &Pod,
    container: &Container,
    inputs: &EnvironmentInputs,
    facts: &NodeFacts,
) -> Result<Environment, ConfigError> {
    let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
    let objects = Objects { found: inputs.objects.as_ref(), namespace };
    let mut variables = Environment::default();
    for source in container.env_from.iter().flatten() {
        objects.add_all(source, &mut variables)?;
    }
    for variable in container.env.iter().flatten() {
        let literal = variable.value.as_deref().unwrap_or_default();
        let value = if !literal.is_empty() {
            expand_bytes(literal, |name| {
                let own = variables.bytes(name).map(<[u8]>::to_vec);
                own.or_else(|| inputs.services.get(name).map(|value| value.clone().into_bytes()))
            })
        } else if let Some(source) = &variable.value_from {
            match resolve(source, pod, container, inputs, facts)? {
                Some(value) => value,
                None => continue,
            }
        } else {
            Vec::new()
        };
        variables.insert(variable.name.clone(), value);
    }
    for (name, value) in &inputs.services {
        variables.entry(name.clone()).or_insert_with(|| value.clone().into_bytes());
    }
    Ok(variables)
}

/// A variable's value from its source; `None` when it is optional and absent.
fn resolve(
    source: &EnvVarSource,
    pod: &Pod,
    container: &Container,
    inputs: &EnvironmentInputs,
    facts: &NodeFacts,
) -> Result<Option<Vec<u8>>, ConfigError> {
    if let Some(field) = &source.field_ref {
        let host = if inputs.host_ips.is_empty() { &facts.host_ips } else { &inputs.host_ips };
        let addresses = Addresses { pod: &inputs.pod_ips, host };
        return fields::value(field, pod, addresses, facts).map(|value| Some(value.into_bytes()));
    }
    if let Some(resource) = &source.resource_field_ref {
        let value = resource_fields::value(resource, pod, container, facts)?;
        return Ok(Some(value.into_bytes()));
    }
    if source.config_map_key_ref.is_some() || source.secret_key_ref.is_some() {
        let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
        return Objects { found: inputs.objects.as_ref(), namespace }.value(source);
    }
    match &source.file_key_ref {
        Some(file) => Ok(from_file(file, inputs)?.map(String::into_bytes)),
        None => Ok(Some(Vec::new())),
    }
}

fn from_file(reference: &FileKeySelector, inputs: &EnvironmentInputs) -> Result<Option<String>, ConfigError> {
    let at = (reference.volume_name.clone(), reference.path.clone());
    let content =
        inputs.files.get(&at).ok_or_else(|| ConfigError::EnvironmentVolume(reference.volume_name.clone()))?;
    let content = content
        .as_ref()
        .map_err(|problem| ConfigError::EnvironmentFile(EnvironmentFileError::Read(problem.clone())))?;
    let value = files::value(content, &reference.key).map_err(ConfigError::EnvironmentFile)?;
    match value {
        Some(value) if !value.is_empty() => Ok(Some(value)),
        _ if reference.optional == Some(true) => Ok(None),
        _ => Err(ConfigError::EnvironmentKey { key: reference.key.clone(), file: reference.path.clone() }),
    }
}
