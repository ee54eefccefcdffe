//! The variables a container starts with (`kubelet_pods.go`, `makeEnvironmentVariables`).

mod expansion;
mod fields;
mod files;
mod resource_fields;
mod volume;

#[cfg(test)]
mod tests;

pub use expansion::expand;
pub use volume::downward_api_file;

use crate::error::EnvironmentFileError;
use crate::{ConfigError, NodeFacts};
use k8s_openapi::api::core::v1::{Container, EnvVarSource, FileKeySelector, Pod};
use std::collections::{BTreeMap, BTreeSet};

/// What variables are resolved from, beside pod, container and node.
#[derive(Clone, Debug, Default)]
pub struct EnvironmentInputs {
    /// The pod's IPs as the runtime reported them.
    pub pod_ips: Vec<String>,
    /// Variables of the cluster's services; none for a kubelet without an API server. The container's own win.
    pub services: BTreeMap<String, String>,
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

/// All variables of a container, by name. Where a name comes twice the last one counts; `$(NAME)` in a value refers to
/// what came before it, then to services. Upstream sends them in random order.
///
/// # Errors
/// When a source cannot be resolved and is not optional: see [`ConfigError`].
pub fn environment(
    pod: &Pod,
    container: &Container,
    inputs: &EnvironmentInputs,
    facts: &NodeFacts,
) -> Result<BTreeMap<String, String>, ConfigError> {
    for source in container.env_from.iter().flatten() {
        if let Some(config_map) = &source.config_map_ref {
            return Err(no_api_server("configMap", pod, &config_map.name));
        }
        if let Some(secret) = &source.secret_ref {
            return Err(no_api_server("secret", pod, &secret.name));
        }
    }
    let mut variables: BTreeMap<String, String> = BTreeMap::new();
    for variable in container.env.iter().flatten() {
        let literal = variable.value.as_deref().unwrap_or_default();
        let value = if !literal.is_empty() {
            expand(literal, |name| variables.get(name).or_else(|| inputs.services.get(name)).cloned())
        } else if let Some(source) = &variable.value_from {
            match resolve(source, pod, container, inputs, facts)? {
                Some(value) => value,
                None => continue,
            }
        } else {
            String::new()
        };
        variables.insert(variable.name.clone(), value);
    }
    for (name, value) in &inputs.services {
        variables.entry(name.clone()).or_insert_with(|| value.clone());
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
) -> Result<Option<String>, ConfigError> {
    if let Some(field) = &source.field_ref {
        return fields::value(field, pod, &inputs.pod_ips, facts).map(Some);
    }
    if let Some(resource) = &source.resource_field_ref {
        return resource_fields::value(resource, pod, container, facts).map(Some);
    }
    if let Some(config_map) = &source.config_map_key_ref {
        return Err(no_api_server("configMap", pod, &config_map.name));
    }
    if let Some(secret) = &source.secret_key_ref {
        return Err(no_api_server("secret", pod, &secret.name));
    }
    match &source.file_key_ref {
        Some(file) => from_file(file, inputs),
        None => Ok(Some(String::new())),
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

fn no_api_server(kind: &'static str, pod: &Pod, name: &str) -> ConfigError {
    let namespace = pod.metadata.namespace.clone().unwrap_or_default();
    ConfigError::NoApiServer { kind, namespace, name: name.to_owned() }
}
