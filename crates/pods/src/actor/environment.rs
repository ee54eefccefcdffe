//! What a container's variables come from in the API: objects of the pod's namespace, and services.

use crate::sources::offline::OFFLINE_SINCE;
use crate::world::World;
use apiserver::{ApiError, Object, ServiceInfo};
use futures::FutureExt;
use futures::future::{join_all, pending, select_all};
use k8s_openapi::api::core::v1::{ConfigMap, Container, Secret};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use translate::{
    ConfigError, EnvironmentObject, EnvironmentObjects, Found, MASTER_SERVICE, PortLink, ServiceLink,
};
use types::{PodSource, WantedPod};

/// How long a pod waits for the first list of services before a container's start fails for want of it.
const SERVICES_WAIT: Duration = Duration::from_secs(5);

/// The objects of some containers' variables, followed.
#[derive(Default)]
pub(super) struct EnvironmentSources {
    config_maps: BTreeMap<String, Object<ConfigMap>>,
    secrets: BTreeMap<String, Object<Secret>>,
}

impl EnvironmentSources {
    /// Asks for the objects at once, without waiting for them. None without an API server.
    pub(super) fn of<'a>(
        world: &World,
        wanted: &WantedPod,
        containers: impl IntoIterator<Item = &'a Container>,
    ) -> Self {
        let mut sources = Self::default();
        let Some(references) = &world.references else { return sources };
        let namespace = &*wanted.name.namespace;
        for object in containers.into_iter().flat_map(translate::environment_objects) {
            match object {
                EnvironmentObject::ConfigMap(name) => {
                    let object = references.objects.config_map(namespace, &name);
                    sources.config_maps.entry(name).or_insert(object);
                }
                EnvironmentObject::Secret(name) => {
                    let object = references.objects.secret(namespace, &name);
                    sources.secrets.entry(name).or_insert(object);
                }
            }
        }
        sources
    }

    /// Whether there is nothing to follow.
    pub(super) fn is_empty(&self) -> bool {
        self.config_maps.is_empty() && self.secrets.is_empty()
    }

    /// The objects as they are now, all asked for at the same time.
    pub(super) async fn read(&mut self) -> EnvironmentObjects {
        let config_maps = self
            .config_maps
            .iter_mut()
            .map(|(name, object)| async { (name.clone(), found(object.get().await)) });
        let secrets =
            self.secrets.iter_mut().map(|(name, object)| async { (name.clone(), found(object.get().await)) });
        let (config_maps, secrets) = futures::join!(join_all(config_maps), join_all(secrets));
        EnvironmentObjects {
            config_maps: config_maps.into_iter().collect(),
            secrets: secrets.into_iter().collect(),
        }
    }

    /// Resolves when reading again would bring something else.
    pub(super) async fn changed(&mut self) {
        let config_maps = self.config_maps.values_mut().map(|object| object.changed().boxed());
        let secrets = self.secrets.values_mut().map(|object| object.changed().boxed());
        let all: Vec<_> = config_maps.chain(secrets).collect();
        if all.is_empty() {
            pending::<()>().await;
        }
        select_all(all).await;
    }
}

/// In upstream's words for what cannot be asked for: the server's own.
fn found<K>(answer: Result<Option<Arc<K>>, ApiError>) -> Found<K> {
    answer.map_err(|error| error.message().to_owned())
}

/// Whether a pod waits for services. One of the node's own files does not: the API server may be one of them. Nor does one
/// that was started from the record because there is no server to tell of services.
fn needs_services(wanted: &WantedPod) -> bool {
    let annotations = wanted.pod.metadata.annotations.as_ref();
    let is_offline = annotations.is_some_and(|known| known.contains_key(OFFLINE_SINCE));
    wanted.source == PodSource::Api && !is_offline
}

/// Waits, within bounds, for what is known once for all pods.
pub(super) async fn wait_for_services(world: &World, wanted: &WantedPod) {
    let Some(references) = &world.references else { return };
    if needs_services(wanted) {
        timeout(SERVICES_WAIT, references.services.synced()).await.ok();
    }
}

/// The variables that tell a pod of services.
///
/// # Errors
/// [`ConfigError::ServicesNotRead`] for a pod of the API server, as upstream's `makeEnvironmentVariables`.
pub(super) fn service_variables(
    world: &World,
    wanted: &WantedPod,
) -> Result<BTreeMap<String, String>, ConfigError> {
    let Some(references) = &world.references else { return Ok(BTreeMap::new()) };
    let services = &references.services;
    if needs_services(wanted) && !services.is_synced() {
        return Err(ConfigError::ServicesNotRead);
    }
    let (namespace, enabled) = (&*wanted.name.namespace, wanted.spec().enable_service_links);
    let mut visible: Vec<_> = services.get(MASTER_SERVICE.0, MASTER_SERVICE.1).into_iter().collect();
    if enabled != Some(false) {
        visible.extend(services.of_namespace(namespace));
    }
    Ok(translate::service_variables(visible.iter().map(|service| link(service)), namespace, enabled))
}

fn link(service: &ServiceInfo) -> ServiceLink<'_> {
    let ports = service.ports.iter();
    let ports = ports.map(|port| PortLink { name: &port.name, port: port.port, protocol: &port.protocol });
    ServiceLink {
        namespace: &service.namespace,
        name: &service.name,
        cluster_ip: &service.cluster_ip,
        ports: ports.collect(),
    }
}
