//! Who knows what: every part is made and started here, and nowhere else.

use crate::api_volumes::{VolumeInputs, api_volumes};
use crate::cluster::{self, Cluster, NodeFollower, NodeInputs, PodsOfServer};
use crate::directory::Directory;
use crate::startup::enforcement::enforcement;
use crate::startup::node_object;
use crate::startup::registry_access::RegistryAccess;
use crate::startup::worlds::{Worlds, make_directories};
use anyhow::{Context, Result};
use config::Settings;
use host::cgroups::resources::{node_resources, unbounded_huge_pages};
use host::cgroups::{CgroupResources, TreeLimits};
use host::files::Files;
use images::credentials::plugins::{self, Plugins};
use images::credentials::{Credentials, NodeFiles};
use images::{Images, PullRecords, PullSettings, Verification};
use node::capacity::{CPU, MEMORY, Resources};
use node::{NodeChannels, Vitals};
use pods::backoff::BackoffPolicy;
use pods::chains::Chains;
use pods::observe::{self, Observer, ObserverSettings};
use pods::sources::SourceEvent;
use pods::sources::offline::OfflinePods;
use pods::status::Facts;
use pods::supervisor::{PodsHandle, Supervisor, SupervisorSettings};
use pods::user_namespaces::UserNamespaces;
use pods::world::World;
use prometheus::Registry;
use std::collections::BTreeSet;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tasks::{Clock, Stop, watch};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;
use translate::NodeFacts;
use types::PodSource;
use types::quantity::Quantity;
use volumes::{VolumeSettings, Volumes};

/// Where upstream leaves links to logs under their old names.
const CONTAINER_LOGS_DIRECTORY: &str = "/var/log/containers";

/// Chains of runtime calls under way per core: two keep a core busy while the other waits for the disk.
const CHAINS_PER_CPU: usize = 2;

/// Where pods are asked for: the events, and which sources they come from.
pub struct Sources {
    /// Where another source tells.
    pub sender: mpsc::Sender<SourceEvent>,
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
    /// Changes how often the node's status is reported.
    pub frequencies: watch::Sender<node::Frequencies>,
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
    let enforcement = enforcement(settings, &worlds.facts);
    let all_pods = limits_of_all_pods(&worlds.node_object.resources, &worlds.machine.huge_page_sizes);
    worlds
        .cgroups
        .ensure_tree(&TreeLimits { all_pods: enforcement.memory.all_pods_at_start(all_pods) })
        .await
        .context("failed to create the pods' control groups")?;

    let mut tasks = sources.tasks;
    let node_name = worlds.node.name.clone();
    let events = cluster::events(worlds.api.as_ref(), &node_name, clock, &mut tasks, stop);
    let cluster = worlds.api.clone().map(|api| Cluster::new(api, clock, stop));
    let metrics = pods::metrics::Metrics::new(registry)?;
    let observer_settings =
        ObserverSettings { has_events: worlds.capabilities.has_events, clock, ..ObserverSettings::default() };
    let (observer, observed) = Observer::new(
        worlds.runtime.clone(),
        worlds.files.clone(),
        worlds.processes.clone(),
        observer_settings,
        metrics.clone(),
    );
    let image_metrics = images::Metrics::new(registry)?;
    let records = PullRecords::load(
        worlds.files.clone(),
        worlds.images.as_ref(),
        &root,
        verification(settings),
        image_metrics.clone(),
        clock.now(),
    )
    .await;
    let node_files = node_credentials(&worlds.registry_access, worlds.files.clone(), &root);
    let plugins = credential_plugins(worlds.registry_access, cluster.as_ref(), clock, registry)?;
    let credentials = Credentials::new(node_files, plugins);
    let images = Images::new(
        worlds.images.clone(),
        records,
        credentials,
        pull_settings(settings),
        clock,
        image_metrics,
    );
    let cpus = usize::try_from(worlds.machine.cpus).unwrap_or(1).max(1);
    let backoff = watch::Sender::new(restart_backoff(settings));
    let max_pods = u32::try_from(configuration.max_pods).unwrap_or(0);
    let user_namespaces = UserNamespaces::new(worlds.user_ids, max_pods).context("user namespaces")?;
    user_namespaces
        .recall(worlds.files.as_ref(), &root.join("pods"))
        .await
        .context("failed to look for the user ids of pods")?;
    let resolv_conf = worlds.facts.resolv_conf.is_some().then(|| PathBuf::from(&configuration.resolv_conf));
    let frequencies = watch::Sender::new(node_object::frequencies(settings));
    let (health, keep_health) = observe::health(&observed);
    tasks.push(spawn(keep_health));
    let NodeChannels { node, network, .. } = cluster::node(
        NodeInputs {
            settings: worlds.node_object,
            frequencies: frequencies.subscribe(),
            runtime: worlds.runtime.clone(),
            images: worlds.images,
            first_answers: worlds.first_answers,
            network: worlds.network,
            api: worlds.api.clone(),
            vitals: Vitals { observer: health, ..Vitals::default() },
            events: events.clone(),
            clock,
        },
        registry,
        &mut tasks,
        stop,
    )?;
    let mut volumes = Volumes::new(
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
    if let Some(cluster) = &cluster {
        let inputs = VolumeInputs {
            gates: &settings.gates,
            node_name: &node_name,
            node: node.clone(),
            events: events.clone(),
            clock,
        };
        volumes = volumes.with_api(api_volumes(cluster, inputs, registry, stop)?);
    }
    let facts = status_facts(&worlds.facts, &worlds.capabilities.runtime_name);
    let follower = NodeFollower::new(node.clone(), worlds.node, facts, events.clone());
    let world = Arc::new(World {
        runtime: worlds.runtime,
        images,
        cgroups: worlds.cgroups,
        processes: worlds.processes,
        files: worlds.files,
        volumes,
        references: cluster.as_ref().map(Cluster::references),
        observer: observed,
        network,
        events: events.clone(),
        clock,
        facts: worlds.facts,
        node: follower.facts(),
        user_namespaces,
        metrics,
        chains: Chains::new(cpus, cpus * (CHAINS_PER_CPU - 1)),
        settings: pods::world::Settings {
            root_directory: root,
            container_logs_directory: container_logs,
            restart_backoff: backoff.subscribe(),
            resolv_conf,
            enforcement,
        },
    });
    tasks.push(spawn(observer.run(stop.clone())));
    let mut kinds = sources.kinds;
    if cluster.is_some() {
        kinds.insert(PodSource::Api);
    }
    let supervisor_settings = SupervisorSettings {
        sources: kinds,
        huge_page_sizes: worlds.machine.huge_page_sizes,
        node: follower.view(),
        fresh_node: cluster.as_ref().map(|cluster| follower.reader(&cluster.api)),
    };
    let (supervisor, pods) =
        Supervisor::new(world.clone(), sources.events, supervisor_settings, stop.clone());
    registry.register(Box::new(pods::metrics::PodCounts::new(pods.clone())?))?;
    let directory = Arc::new(Directory::new(pods.clone(), world.clone()));
    if let Some(cluster) = cluster {
        let of_server = PodsOfServer {
            api: cluster.api,
            node_name,
            node,
            follower,
            events: sources.sender,
            offline: settings.flags.offline_pods.then(|| OfflinePods {
                files: world.files.clone(),
                directory: world.settings.root_directory.join("offline_pods"),
                clock,
            }),
            states: pods.clone(),
            mirror_count: world.metrics.mirror_pods.clone(),
            clock,
        };
        of_server.start(registry, &mut tasks, stop)?;
    }
    Ok(Running { pods, directory, supervisor: spawn(supervisor.run()), tasks, world, backoff, frequencies })
}

/// What all pods together are held to: the machine less what is reserved for the system and for Kubernetes.
fn limits_of_all_pods(resources: &Resources, huge_page_sizes: &[u64]) -> CgroupResources {
    let enforced = resources.enforced();
    let amount = |name: &str, of: fn(&Quantity) -> i64| {
        enforced.get(name).map_or(0, |amount| u64::try_from(of(amount)).unwrap_or(0))
    };
    node_resources(
        amount(CPU, Quantity::milli_value),
        amount(MEMORY, Quantity::value),
        None,
        unbounded_huge_pages(huge_page_sizes),
        None,
    )
}

/// What statuses say of the node, as far as the kubelet itself knows.
fn status_facts(facts: &NodeFacts, runtime_name: &str) -> Facts {
    Facts {
        host_ips: facts.host_ips.clone(),
        node_ips: facts.node_ips.clone(),
        runtime_name: runtime_name.to_owned(),
        recursive_read_only: facts
            .runtime_handlers
            .get("")
            .is_some_and(|handler| handler.recursive_read_only_mounts),
    }
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

/// Files of credentials of the node.
fn node_credentials(access: &RegistryAccess, files: Arc<dyn Files>, root: &Path) -> NodeFiles {
    NodeFiles::new(files, root, access.working_directory.as_deref(), access.home_directory.as_deref())
}

/// Credential provider programs, if some are configured.
fn credential_plugins(
    access: RegistryAccess,
    cluster: Option<&Cluster>,
    clock: Clock,
    registry: &Registry,
) -> Result<Plugins> {
    let Some(programs) = access.programs else { return Ok(Plugins::default()) };
    let metrics = plugins::Metrics::new(registry, &programs.configuration_hash)?;
    let accounts = cluster.map(Cluster::accounts);
    Ok(Plugins::new(programs.settings, &programs.directory, accounts, clock, metrics))
}

/// When an image that is there must have been pulled under the same name.
fn verification(settings: &Settings) -> Verification {
    let configuration = &settings.configuration;
    if !settings.gates.enabled("KubeletEnsureSecretPulledImages") {
        return Verification::Off;
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
