//! Who knows what: every part is made and started here, and nowhere else.

use crate::directory::Directory;
use crate::startup::worlds::{Worlds, make_directories};
use anyhow::{Context, Result};
use config::Settings;
use host::cgroups::TreeLimits;
use host::cgroups::resources::{Enforcement, unbounded_huge_pages};
use images::{Images, PullRecords, PullSettings, Verification};
use pods::backoff::BackoffPolicy;
use pods::events::EventSink;
use pods::observe::{Observer, ObserverSettings};
use pods::sources::SourceEvent;
use pods::supervisor::{PodsHandle, Supervisor, SupervisorSettings};
use pods::user_namespaces::UserNamespaces;
use pods::world::World;
use prometheus::Registry;
use std::collections::BTreeSet;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tasks::Stop;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio_util::task::AbortOnDropHandle;
use types::PodSource;
use volumes::{VolumeSettings, Volumes};

/// Where upstream leaves links to logs under their old names.
const CONTAINER_LOGS_DIRECTORY: &str = "/var/log/containers";

/// Chains of runtime calls under way per core: two keep a core busy while the other waits for the disk.
const CHAINS_PER_CPU: usize = 2;

/// Where pods are asked for: the events, and which sources they come from.
pub struct Sources {
    /// What the sources tell.
    pub events: mpsc::Receiver<SourceEvent>,
    /// All of them must have told all they know before anything is ended.
    pub kinds: BTreeSet<PodSource>,
    /// Their tasks, which end when this is dropped.
    pub tasks: Vec<AbortOnDropHandle<()>>,
}

/// A running kubelet. Dropping it is its sudden death.
pub struct Running {
    /// Its pods.
    pub pods: PodsHandle,
    /// What the local API reads.
    pub directory: Arc<Directory>,
    /// Ends when all pods' actors have reached a safe point after the stop.
    pub supervisor: AbortOnDropHandle<()>,
    /// Everything else that runs.
    pub tasks: Vec<AbortOnDropHandle<()>>,
    /// What actors act on.
    pub world: Arc<World>,
    /// Changes how container restarts are slowed down.
    pub backoff: watch::Sender<BackoffPolicy>,
}

/// Makes and starts everything between the sources and the runtime.
pub async fn start(
    worlds: Worlds,
    settings: &Settings,
    sources: Sources,
    registry: &Registry,
    stop: &Stop,
) -> Result<Running> {
    let configuration = &settings.configuration;
    let clock = worlds.clock;
    let root = PathBuf::from(&settings.flags.root_dir);
    let container_logs = PathBuf::from(CONTAINER_LOGS_DIRECTORY);
    let logs = Path::new(&configuration.pod_logs_dir);
    make_directories(worlds.files.as_ref(), &root, logs, &container_logs).await?;
    worlds.mounts.make_shared(&root).await.context("failed to make the root directory's mounts shared")?;
    let huge_pages = unbounded_huge_pages(&worlds.machine.huge_page_sizes);
    let all_pods = host::cgroups::resources::node_resources(
        u64::from(worlds.machine.cpus) * 1000,
        worlds.machine.memory_bytes,
        None,
        huge_pages,
        None,
    );
    worlds
        .cgroups
        .ensure_tree(&TreeLimits { all_pods })
        .await
        .context("failed to create the pods' control groups")?;

    let metrics = pods::metrics::Metrics::new(registry)?;
    let observer_settings =
        ObserverSettings { has_events: worlds.capabilities.has_events, ..ObserverSettings::default() };
    let (observer, observed) = Observer::new(
        worlds.runtime.clone(),
        worlds.files.clone(),
        worlds.processes,
        observer_settings,
        metrics.clone(),
    );
    let records = PullRecords::load(worlds.files.clone(), &root, verification(settings)).await;
    let image_metrics = images::Metrics::new(registry)?;
    let images = Images::new(worlds.images, records, pull_settings(settings), clock, image_metrics);
    let volumes = Volumes::new(
        worlds.files.clone(),
        worlds.mounts,
        worlds.beneath,
        VolumeSettings {
            allocatable_memory_bytes: u64::try_from(worlds.node.allocatable.memory_bytes).unwrap_or(0),
            empty_dir_mode: settings.gates.enabled("EmptyDirVolumeMode"),
            selinux: worlds.facts.selinux_enabled,
        },
    )
    .with_node_facts(Arc::new(worlds.facts.clone()));
    let events = EventSink::new(clock);
    let cpus = usize::try_from(worlds.machine.cpus).unwrap_or(1).max(1);
    let backoff = watch::Sender::new(restart_backoff(settings));
    let max_pods = u32::try_from(configuration.max_pods).unwrap_or(0);
    let user_namespaces = UserNamespaces::new(worlds.user_ids, max_pods).context("user namespaces")?;
    user_namespaces
        .recall(worlds.files.as_ref(), &root.join("pods"))
        .await
        .context("failed to look for the user ids of pods")?;
    let resolv_conf = worlds.facts.resolv_conf.is_some().then(|| PathBuf::from(&configuration.resolv_conf));
    let world = Arc::new(World {
        runtime: worlds.runtime,
        images,
        cgroups: worlds.cgroups,
        files: worlds.files,
        volumes,
        references: None,
        observer: observed,
        events: events.clone(),
        clock,
        facts: worlds.facts,
        user_namespaces,
        metrics,
        chains: Arc::new(Semaphore::new(cpus * CHAINS_PER_CPU)),
        settings: pods::world::Settings {
            root_directory: root,
            container_logs_directory: container_logs,
            restart_backoff: backoff.subscribe(),
            resolv_conf,
            enforcement: Enforcement {
                cpu_quota: configuration.cpu_cfs_quota,
                cpu_period_us: u64::try_from(configuration.cpu_cfs_quota_period.nanoseconds() / 1000)
                    .unwrap_or(100_000),
                pod_pids_limit: Some(configuration.pod_pids_limit).filter(|limit| *limit > 0),
            },
        },
    });
    let mut tasks = sources.tasks;
    tasks.push(spawn(observer.run(stop.clone())));
    let supervisor_settings = SupervisorSettings {
        sources: sources.kinds,
        huge_page_sizes: worlds.machine.huge_page_sizes,
        node: watch::channel(Arc::new(worlds.node)).1,
    };
    let (supervisor, pods) =
        Supervisor::new(world.clone(), sources.events, supervisor_settings, stop.clone());
    registry.register(Box::new(pods::metrics::PodCounts::new(pods.clone())?))?;
    let directory = Arc::new(Directory::new(pods.clone(), world.clone(), worlds.capabilities.runtime_name));
    Ok(Running { pods, directory, supervisor: spawn(supervisor.run()), tasks, world, backoff })
}

pub(crate) fn spawn(future: impl Future<Output = ()> + Send + 'static) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(future))
}

/// How images are pulled.
pub fn pull_settings(settings: &Settings) -> PullSettings {
    let configuration = &settings.configuration;
    let max_parallel = if configuration.serialize_image_pulls {
        Some(1)
    } else {
        configuration.max_parallel_image_pulls.and_then(|count| u32::try_from(count).ok())
    };
    PullSettings {
        max_parallel,
        pulls_per_second: u32::try_from(configuration.registry_pull_qps).unwrap_or(0),
        burst: u32::try_from(configuration.registry_burst).unwrap_or(0),
    }
}

/// When an image that is there must have been pulled under the same name.
fn verification(settings: &Settings) -> Verification {
    let configuration = &settings.configuration;
    if !settings.gates.enabled("KubeletEnsureSecretPulledImages") {
        return Verification::Never;
    }
    match configuration.image_pull_credentials_verification_policy.as_str() {
        "NeverVerify" => Verification::Never,
        "NeverVerifyAllowlistedImages" => {
            Verification::NotListed(configuration.preloaded_images_verification_allowlist.clone())
        }
        "AlwaysVerify" => Verification::Always,
        _ => Verification::Pulled,
    }
}

/// How container restarts are slowed down.
pub fn restart_backoff(settings: &Settings) -> BackoffPolicy {
    match settings.configuration.crash_loop_back_off.max_container_restart_period {
        Some(max) => BackoffPolicy::with_max(max.to_std()),
        None => BackoffPolicy::UPSTREAM,
    }
}
