//! The runtime and the machine, as the rest sees them: real here, fakes in the simulation.

use super::registry_access::RegistryAccess;
use anyhow::{Context, Result, bail};
use apiserver::ApiServer;
use config::Settings;
use cri::v1::{StatusResponse, VersionResponse};
use cri::{Capabilities, Client, ClientOptions, StateService as _};
use host::beneath::Beneath;
use host::blocking::Blocking;
use host::cgroups::{CgroupSettings, Cgroups, Driver, Mode, RealCgroups};
use host::files::Files;
use host::machine::Machine;
use host::mounts::Mounts;
use host::network::{Network, RealNetwork};
use host::processes::Processes;
use node::{FirstAnswers, NodeSettings};
use pods::admission::NodeView;
use pods::user_namespaces::IdSpace;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tasks::{Clock, Stop};
use translate::{CgroupVersion, NodeFacts};

/// Pauses between attempts to reach a runtime that is not there yet.
const RUNTIME_PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// Everything outside this process.
pub struct Worlds {
    /// The container runtime.
    pub runtime: Arc<dyn cri::RuntimeService>,
    /// The image service, usually the same.
    pub images: Arc<dyn cri::ImageService>,
    /// What the runtime was seen to be able to do.
    pub capabilities: Capabilities,
    /// Control groups.
    pub cgroups: Arc<dyn Cgroups>,
    /// Files.
    pub files: Arc<dyn Files>,
    /// Mounts.
    pub mounts: Arc<dyn Mounts>,
    /// Sub paths.
    pub beneath: Arc<dyn Beneath>,
    /// Processes.
    pub processes: Arc<dyn Processes>,
    /// The machine.
    pub machine: Machine,
    /// What CRI configurations need of it.
    pub facts: NodeFacts,
    /// What pods are admitted to.
    pub node: NodeView,
    /// The ids that pods with user namespaces of their own get.
    pub user_ids: IdSpace,
    /// Where credentials for registries come from.
    pub registry_access: RegistryAccess,
    /// The API server; `None` for a kubelet that runs without one.
    pub api: Option<ApiServer>,
    /// What the Node object is made of.
    pub node_object: NodeSettings,
    /// What the runtime said when the node was made.
    pub first_answers: FirstAnswers,
    /// Addresses and names of the machine.
    pub network: Arc<dyn Network>,
    /// Wall time.
    pub clock: Clock,
}

impl Worlds {
    /// This machine and the configured runtime. Waits for the runtime; `None` if `stop` comes first.
    pub async fn real(
        settings: &Settings,
        registry_access: RegistryAccess,
        api: Option<ApiServer>,
        registry: &prometheus::Registry,
        stop: &Stop,
    ) -> Result<Option<Self>> {
        let started_at = Clock::System.now();
        let configuration = &settings.configuration;
        let machine = Machine::read().context("failed to read what this machine has")?;
        let mode = host::cgroups::detect().context("failed to find the control groups of this machine")?;
        let cgroup_version = match mode {
            Mode::V2 => CgroupVersion::V2,
            Mode::V1 | Mode::Hybrid => CgroupVersion::V1,
        };
        if cgroup_version == CgroupVersion::V1 && configuration.fail_cgroup_v1 {
            bail!(
                "kubelet is configured to not run on a host using cgroup v1. cgroup v1 support is unsupported and will be removed in a future release. Boot with the unified hierarchy, or set failCgroupV1: false"
            );
        }
        let metrics = cri::Metrics::register(registry)?;
        let options = ClientOptions {
            request_timeout: configuration.runtime_request_timeout.to_std(),
            metrics: Some(metrics),
        };
        let runtime = Client::with_options(&configuration.container_runtime_endpoint, options.clone())
            .context("containerRuntimeEndpoint")?;
        let images = if settings.image_service_endpoint() == configuration.container_runtime_endpoint {
            runtime.clone()
        } else {
            Client::with_options(settings.image_service_endpoint(), options)
                .context("imageServiceEndpoint")?
        };
        let Some(capabilities) = reach(&runtime, stop).await else { return Ok(None) };
        tracing::info!(
            containerRuntime = %capabilities.runtime_name, version = %capabilities.runtime_version,
            apiVersion = %capabilities.runtime_api_version, "Container runtime initialized"
        );
        let driver = driver(&capabilities, &configuration.cgroup_driver);
        let blocking = Blocking::default();
        let cgroup_settings = CgroupSettings {
            root: configuration.cgroup_root.clone(),
            driver,
            per_qos: configuration.cgroups_per_qos,
            huge_page_sizes: machine.huge_page_sizes.clone(),
        };
        let cgroups = RealCgroups::find(cgroup_settings, blocking.clone())
            .context("failed to find the control groups of this machine")?;
        let node_name = node_name(&settings.flags.hostname_override, &machine);
        let files = host::files::RealFiles::new(blocking.clone());
        let disk_bytes = super::node::disk_bytes(&files, Path::new(&settings.flags.root_dir)).await;
        let status = runtime.status(false).await.unwrap_or_else(|error| {
            tracing::warn!(err = %error, "Unable to ask the container runtime for its features; none are assumed");
            StatusResponse::default()
        });
        let resources = super::node::resources(settings, &machine, disk_bytes)?;
        let node = super::node::view(settings, &machine, &node_name, &status, &resources)?;
        let mut node_object =
            super::node_object::settings(settings, &machine, &node_name, resources, &status, started_at)?;
        node_object.history = super::node_object::history(Path::new(&settings.flags.root_dir));
        let ids_per_pod =
            configuration.user_namespaces.as_ref().and_then(|namespaces| namespaces.ids_per_pod);
        let user_ids = tokio::task::spawn_blocking(move || super::user_ids::id_space(ids_per_pod)).await??;
        let facts = super::facts::gather(settings, &machine, &node, &status, cgroup_version);
        let version = VersionResponse {
            runtime_name: capabilities.runtime_name.clone(),
            runtime_version: capabilities.runtime_version.clone(),
            ..VersionResponse::default()
        };
        let status = Some(status).filter(|answer| answer.status.is_some());
        let first_answers = FirstAnswers { status, version: Some(version) };
        Ok(Some(Self {
            runtime: Arc::new(runtime),
            images: Arc::new(images),
            capabilities,
            cgroups: Arc::new(cgroups),
            files: Arc::new(files),
            mounts: Arc::new(host::mounts::RealMounts::new(blocking.clone())),
            beneath: Arc::new(host::beneath::RealBeneath::new(blocking)),
            processes: Arc::new(host::processes::RealProcesses),
            machine,
            facts,
            node,
            user_ids,
            registry_access,
            api,
            node_object,
            first_answers,
            network: Arc::new(RealNetwork::default()),
            clock: Clock::System,
        }))
    }
}

/// The runtime's own answer wins over the configuration (KEP-4033).
fn driver(capabilities: &Capabilities, configured: &str) -> Driver {
    match capabilities.cgroup_driver {
        Some(cri::v1::CgroupDriver::Systemd) => Driver::Systemd,
        Some(cri::v1::CgroupDriver::Cgroupfs) => Driver::Cgroupfs,
        None if configured == "systemd" => Driver::Systemd,
        None => Driver::Cgroupfs,
    }
}

/// `--hostname-override`, else the host name; in lower case.
pub fn node_name(hostname_override: &str, machine: &Machine) -> String {
    let name = if hostname_override.trim().is_empty() { &machine.hostname } else { hostname_override };
    name.trim().to_lowercase()
}

/// Asks until the runtime answers. A kubelet often starts before its runtime.
async fn reach(runtime: &Client, stop: &Stop) -> Option<Capabilities> {
    let mut pause = RUNTIME_PAUSE.0;
    loop {
        let asked = tokio::select! {
            biased;
            () = stop.requested() => return None,
            asked = cri::probe(runtime) => asked,
        };
        match asked {
            Ok(capabilities) => return Some(capabilities),
            Err(error) => tracing::error!(
                endpoint = runtime.endpoint(), err = %error,
                "The container runtime does not answer; trying again. Start it, or set containerRuntimeEndpoint"
            ),
        }
        tokio::select! {
            biased;
            () = stop.requested() => return None,
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(RUNTIME_PAUSE.1);
    }
}

/// The kubelet's own directories, made at start with upstream's modes.
pub async fn make_directories(
    files: &dyn Files,
    root: &Path,
    logs: &Path,
    container_logs: &Path,
) -> Result<()> {
    for (directory, mode) in [
        (root.to_owned(), 0o750),
        (root.join("pods"), 0o750),
        (root.join("plugins"), 0o750),
        (root.join("plugins_registry"), 0o750),
        (root.join("pod-resources"), 0o750),
        (root.join("checkpoints"), 0o700),
        (logs.to_owned(), 0o750),
        (container_logs.to_owned(), 0o755),
    ] {
        files
            .make_dir(&directory, mode)
            .await
            .with_context(|| format!("failed to create {}", directory.display()))?;
    }
    Ok(())
}
