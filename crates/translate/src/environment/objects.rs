//! Variables from config maps and secrets (`makeEnvironmentVariables`, `envFrom` and `valueFrom`).

use super::Environment;
use crate::ConfigError;
use k8s_openapi::api::core::v1::{ConfigMap, Container, EnvFromSource, EnvVarSource, Secret};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// An object of the pod's namespace that variables come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EnvironmentObject {
    /// A config map, by its name.
    ConfigMap(String),
    /// A secret, by its name.
    Secret(String),
}

/// What asking for an object brought: the object, its absence, or in the server's words why it could not be asked for.
pub type Found<K> = Result<Option<Arc<K>>, String>;

/// The objects that [`environment_objects`] names, by name, as they were found.
#[derive(Clone, Default)]
pub struct EnvironmentObjects {
    /// Config maps.
    pub config_maps: BTreeMap<String, Found<ConfigMap>>,
    /// Secrets.
    pub secrets: BTreeMap<String, Found<Secret>>,
}

/// Names alone: the content is nobody's business.
impl fmt::Debug for EnvironmentObjects {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.config_maps.keys()).entries(self.secrets.keys()).finish()
    }
}

/// The objects that a container's variables come from. The caller asks for them just before the container is created.
pub fn environment_objects(container: &Container) -> BTreeSet<EnvironmentObject> {
    let mut objects = BTreeSet::new();
    for source in container.env_from.iter().flatten() {
        let config_map = source.config_map_ref.as_ref().map(|config_map| &config_map.name);
        objects.extend(config_map.cloned().map(EnvironmentObject::ConfigMap));
        let secret = source.secret_ref.as_ref().map(|secret| &secret.name);
        objects.extend(secret.cloned().map(EnvironmentObject::Secret));
    }
    // A variable with a value of its own does not look at its source.
    let variables = container.env.iter().flatten();
    let variables = variables.filter(|variable| variable.value.as_deref().unwrap_or_default().is_empty());
    for source in variables.filter_map(|variable| variable.value_from.as_ref()) {
        let config_map = source.config_map_key_ref.as_ref().map(|config_map| &config_map.name);
        objects.extend(config_map.cloned().map(EnvironmentObject::ConfigMap));
        let secret = source.secret_key_ref.as_ref().map(|secret| &secret.name);
        objects.extend(secret.cloned().map(EnvironmentObject::Secret));
    }
    objects
}

/// Objects of one namespace; without any, there is no API server to ask.
pub(super) struct Objects<'a> {
    pub(super) found: Option<&'a EnvironmentObjects>,
    pub(super) namespace: &'a str,
}

/// An object's absence, or the want of a key in it, is no error.
#[derive(Clone, Copy)]
enum Need {
    Required,
    Optional,
}

impl Need {
    fn of(optional: Option<bool>) -> Self {
        if optional == Some(true) { Self::Optional } else { Self::Required }
    }
}

impl Objects<'_> {
    /// Adds all keys of an object. Text of a config map alone: binary data is no variable.
    pub(super) fn add_all(
        &self,
        source: &EnvFromSource,
        variables: &mut Environment,
    ) -> Result<(), ConfigError> {
        let name_of = |key: &String| format!("{}{key}", source.prefix.as_deref().unwrap_or_default());
        if let Some(reference) = &source.config_map_ref {
            let config_map = self.config_map(&reference.name, Need::of(reference.optional))?;
            for (key, value) in config_map.iter().flat_map(|config_map| config_map.data.iter().flatten()) {
                variables.insert(name_of(key), value.clone().into_bytes());
            }
        } else if let Some(reference) = &source.secret_ref {
            let secret = self.secret(&reference.name, Need::of(reference.optional))?;
            for (key, value) in secret.iter().flat_map(|secret| secret.data.iter().flatten()) {
                variables.insert(name_of(key), value.0.clone());
            }
        }
        Ok(())
    }

    /// The value of one key; `None` when it is optional and absent, or when the source is another one.
    pub(super) fn value(&self, source: &EnvVarSource) -> Result<Option<Vec<u8>>, ConfigError> {
        if let Some(reference) = &source.config_map_key_ref {
            let need = Need::of(reference.optional);
            let Some(config_map) = self.config_map(&reference.name, need)? else { return Ok(None) };
            let value = config_map.data.as_ref().and_then(|data| data.get(&reference.key));
            let value = value.map(|value| value.clone().into_bytes());
            self.required(value, need, "ConfigMap", &reference.name, &reference.key)
        } else if let Some(reference) = &source.secret_key_ref {
            let need = Need::of(reference.optional);
            let Some(secret) = self.secret(&reference.name, need)? else { return Ok(None) };
            let value = secret.data.as_ref().and_then(|data| data.get(&reference.key));
            let value = value.map(|value| value.0.clone());
            self.required(value, need, "Secret", &reference.name, &reference.key)
        } else {
            Ok(None)
        }
    }

    fn required(
        &self,
        value: Option<Vec<u8>>,
        need: Need,
        kind: &'static str,
        name: &str,
        key: &str,
    ) -> Result<Option<Vec<u8>>, ConfigError> {
        match (value, need) {
            (Some(value), _) => Ok(Some(value)),
            (None, Need::Optional) => Ok(None),
            (None, Need::Required) => Err(ConfigError::NoSuchKey {
                key: key.to_owned(),
                kind,
                namespace: self.namespace.to_owned(),
                name: name.to_owned(),
            }),
        }
    }

    fn config_map(&self, name: &str, need: Need) -> Result<Option<Arc<ConfigMap>>, ConfigError> {
        let found = self.found.and_then(|found| found.config_maps.get(name));
        self.object(found, need, ("configMap", "configmap"), name)
    }

    fn secret(&self, name: &str, need: Need) -> Result<Option<Arc<Secret>>, ConfigError> {
        let found = self.found.and_then(|found| found.secrets.get(name));
        self.object(found, need, ("secret", "secret"), name)
    }

    /// `kinds`: as upstream names it without an API server, and as the server's own error does.
    fn object<K>(
        &self,
        found: Option<&Found<K>>,
        need: Need,
        kinds: (&'static str, &'static str),
        name: &str,
    ) -> Result<Option<Arc<K>>, ConfigError> {
        match (found, need) {
            (Some(Ok(Some(object))), _) => Ok(Some(object.clone())),
            (Some(Ok(None)), Need::Optional) => Ok(None),
            (Some(Ok(None)), Need::Required) => {
                Err(ConfigError::ObjectNotFound { kind: kinds.1, name: name.to_owned() })
            }
            (Some(Err(words)), _) => Err(ConfigError::Object(words.clone())),
            (None, _) => Err(ConfigError::NoApiServer {
                kind: kinds.0,
                namespace: self.namespace.to_owned(),
                name: name.to_owned(),
            }),
        }
    }
}
