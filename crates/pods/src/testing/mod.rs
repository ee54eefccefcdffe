//! A node for task tests: the fake runtime and the fake machine, with the world that actors act on, under a clock that stands still
//! until everybody waits.

mod cluster;
mod faults;
mod pod;

pub(crate) use cluster::Cluster;
pub(crate) use faults::HangingPods;
pub(crate) use pod::{PodOptions, specified, wanted};

use crate::actor::{Actor, Ended, Goal, PodState};
use crate::admission::{Allocatable, FreshNode, NodeView};
use crate::backoff::BackoffPolicy;
use crate::chains::Chains;
use crate::events::EventSink;
use crate::metrics::Metrics;
use crate::observe::{Observer, ObserverSettings};
use crate::sources::{EVENT_QUEUE, SourceEvent};
use crate::supervisor::{PodsHandle, Supervisor, SupervisorSettings};
use crate::user_namespaces::{IdSpace, UserNamespaces};
use crate::world::{Settings, World};
use cri::fake::{ContainerRecord, FakeRuntime, What};
use host::cgroups::resources::Enforcement;
use host::cgroups::{Cgroups, PodCgroup, QosClass};
use host::fake::{FakeHost, Fault, Operation, Rule};
use images::credentials::plugins::Plugins;
use images::credentials::{Credentials, NodeFiles};
use images::{Images, PullRecords, PullSettings, Verification};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tasks::{Clock, Stop, watch};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use types::{PodSource, PodUid, WantedPod};
use volumes::{VolumeSettings, Volumes};

/// `--root-dir`.
const ROOT: &str = "/var/lib/kubelet";

/// 2026-01-01T00:00:00Z, when the fake runtime's clock starts as well.
const EPOCH_SECONDS: i64 = 1_767_225_600;

/// Chains of calls at the same time: those of a machine with one core.
const CHAINS: usize = 2;

/// Nothing in these tests takes longer than the longest back-off and the longest grace together.
const LONGEST: Duration = Duration::from_secs(600);

/// One process of the kubelet on a fake node. Dropping it is its sudden death.
pub(crate) struct Node {
    pub(crate) runtime: FakeRuntime,
    pub(crate) host: Arc<FakeHost>,
    pub(crate) world: Arc<World>,
    pub(crate) stop: Stop,
    /// Why pods get no network.
    pub(crate) network: watch::Sender<Option<String>>,
    _observer: AbortOnDropHandle<()>,
    _backoff: watch::Sender<BackoffPolicy>,
}

impl Node {
    /// The first kubelet of a fresh machine.
    pub(crate) async fn new(runtime: FakeRuntime) -> Self {
        let now = Timestamp::from_second(EPOCH_SECONDS).expect("a time of this century");
        Self::on(runtime, FakeHost::new(), Clock::simulated(now)).await
    }

    /// The kubelet after this one, on the same runtime and machine.
    pub(crate) async fn next(self) -> Self {
        let (runtime, host, clock) = (self.runtime.clone(), self.host.clone(), self.world.clock);
        drop(self);
        Self::on(runtime, host, clock).await
    }

    async fn on(runtime: FakeRuntime, host: Arc<FakeHost>, clock: Clock) -> Self {
        let registry = prometheus::Registry::new();
        let metrics = Metrics::new(&registry).expect("new names");
        let shared: Arc<dyn cri::RuntimeService> = Arc::new(runtime.clone());
        let settings = ObserverSettings { has_events: true, clock, ..ObserverSettings::default() };
        let (observer, observed) =
            Observer::new(shared.clone(), host.clone(), host.clone(), settings, metrics.clone());
        let root = PathBuf::from(ROOT);
        let pulls = PullSettings { max_parallel: None, pulls_per_second: 0, burst: 0 };
        let image_metrics = images::Metrics::new(&registry).expect("new names");
        let records = PullRecords::load(
            host.clone(),
            &runtime,
            &root,
            Verification::Never,
            image_metrics.clone(),
            clock.now(),
        )
        .await;
        let credentials =
            Credentials::new(NodeFiles::new(host.clone(), &root, None, None), Plugins::default());
        let volume_settings =
            VolumeSettings { allocatable_memory_bytes: 1 << 30, empty_dir_mode: false, selinux: false };
        let (backoff, restart_backoff) = watch::channel(BackoffPolicy::UPSTREAM);
        let (network, network_rx) = watch::channel(None);
        let world = World {
            runtime: shared,
            images: Images::new(Arc::new(runtime.clone()), records, credentials, pulls, clock, image_metrics),
            cgroups: host.clone(),
            processes: host.clone(),
            files: host.clone(),
            volumes: Volumes::new(host.clone(), host.clone(), host.clone(), volume_settings),
            references: None,
            observer: observed,
            network: network_rx,
            events: EventSink::new(clock),
            clock,
            facts: translate::NodeFacts { node_name: "node".to_owned(), ..translate::NodeFacts::default() },
            node: watch::Sender::new(Arc::default()).subscribe(),
            user_namespaces: UserNamespaces::new(IdSpace::unconfigured(65_536), 110).expect("it is aligned"),
            metrics,
            chains: Chains::new(CHAINS, 0),
            settings: Settings {
                root_directory: root,
                container_logs_directory: PathBuf::from("/var/log/containers"),
                restart_backoff,
                resolv_conf: None,
                enforcement: Enforcement::default(),
            },
        };
        let stop = Stop::new();
        let observer = AbortOnDropHandle::new(tokio::spawn(observer.run(stop.clone())));
        Self { runtime, host, world: Arc::new(world), stop, network, _observer: observer, _backoff: backoff }
    }

    /// An actor that wants this pod.
    pub(crate) fn actor(&self, wanted: &Arc<WantedPod>) -> RunningActor {
        let (goal, goal_rx) = watch::channel(Goal::Run(wanted.clone()));
        let (state, state_rx) = watch::channel(Arc::new(PodState::new(Some(wanted.clone()))));
        let actor = Actor {
            world: self.world.clone(),
            uid: wanted.uid.clone(),
            name: wanted.name.clone(),
            goal: goal_rx,
            state,
            after: Vec::new(),
            stop: self.stop.clone(),
        };
        RunningActor { goal, state: state_rx, task: AbortOnDropHandle::new(tokio::spawn(actor.run())) }
    }

    /// A supervisor fed by these sources, none of which has told anything yet.
    pub(crate) fn supervisor(&self, sources: &[PodSource]) -> RunningSupervisor {
        self.supervisor_that_asks(sources, None)
    }

    /// The same, which can ask for the node anew.
    pub(crate) fn supervisor_that_asks(
        &self,
        sources: &[PodSource],
        fresh_node: Option<Arc<dyn FreshNode>>,
    ) -> RunningSupervisor {
        let (events, events_rx) = mpsc::channel(EVENT_QUEUE);
        let (node, node_rx) = watch::channel(Arc::new(node_view()));
        let settings = SupervisorSettings {
            sources: sources.iter().copied().collect(),
            huge_page_sizes: Vec::new(),
            node: node_rx,
            fresh_node,
        };
        let (supervisor, pods) = Supervisor::new(self.world.clone(), events_rx, settings, self.stop.clone());
        let task = AbortOnDropHandle::new(tokio::spawn(supervisor.run()));
        RunningSupervisor { events, pods, task, _node: node }
    }

    /// Names of the containers that run, in order.
    pub(crate) fn running(&self) -> Vec<String> {
        let records = self.runtime.container_records();
        let ids = self.runtime.running_containers();
        let mut names: Vec<String> = ids.iter().map(|id| records[id].name().to_owned()).collect();
        names.sort();
        names
    }

    /// Every container of that name that ever was, in order of creation.
    pub(crate) fn containers(&self, name: &str) -> Vec<ContainerRecord> {
        let records = self.runtime.container_records().into_values();
        let mut found: Vec<_> = records.filter(|record| record.name() == name).collect();
        found.sort_by_key(|record| record.created_at);
        found
    }

    /// How often something happened in the runtime.
    pub(crate) fn count(&self, what: &What) -> usize {
        self.runtime.journal().iter().filter(|entry| entry.what == *what).count()
    }

    /// Whether the pod's directory is there.
    pub(crate) fn has_directory(&self, uid: &PodUid) -> bool {
        self.host.paths_below(Path::new(ROOT)).contains(&self.world.pod_directory(uid))
    }

    /// Looks for processes of containers take so long from now on that a test can start them first.
    pub(crate) fn slow_processes(&self) {
        self.host.inject(Rule {
            operation: Some(Operation::CgroupsFirstProcess),
            subject_contains: String::new(),
            fault: Fault::Delay(Duration::from_millis(500)),
            times: None,
        });
    }

    /// Gives the one container that runs, of a pod that asks for no resources, a process, and lets it be found; the container's id.
    pub(crate) async fn start_process(&self, uid: &PodUid, pid: u32) -> String {
        self.until("one runs", |node| node.running().len() == 1).await;
        let id = self.runtime.running_containers().remove(0);
        let group = PodCgroup { uid: uid.clone(), qos: QosClass::BestEffort };
        let _life = self.host.start_process(pid, &format!("{}/{id}", self.host.cgroup_parent(&group)));
        self.pass(Duration::from_secs(1)).await;
        id
    }

    /// Lets time pass until `is_so`; how long that took.
    pub(crate) async fn until(&self, what: &str, mut is_so: impl FnMut(&Self) -> bool) -> Duration {
        let began = Instant::now();
        while !is_so(self) {
            assert!(began.elapsed() < LONGEST, "never {what}: {:#?}", self.runtime.journal());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        began.elapsed()
    }

    /// Lets this much time pass.
    pub(crate) async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// The node as admission sees it.
pub(crate) fn node_view() -> NodeView {
    let allocatable = Allocatable {
        cpu_milli: 2_000,
        memory_bytes: 1 << 30,
        ephemeral_storage_bytes: 1 << 30,
        pods: 110,
        other: BTreeMap::new(),
    };
    NodeView { name: "node".to_owned(), allocatable, ..NodeView::default() }
}

/// An actor at work.
pub(crate) struct RunningActor {
    pub(crate) goal: watch::Sender<Goal>,
    pub(crate) state: watch::Receiver<Arc<PodState>>,
    task: AbortOnDropHandle<Ended>,
}

impl RunningActor {
    /// Waits for its end; whether nothing is left of the pod.
    pub(crate) async fn ended(self) -> bool {
        let ended = tokio::time::timeout(LONGEST, self.task).await.expect("it ends");
        ended.expect("it does not panic") == Ended::Gone
    }
}

/// A supervisor at work.
pub(crate) struct RunningSupervisor {
    events: mpsc::Sender<SourceEvent>,
    pub(crate) pods: PodsHandle,
    task: AbortOnDropHandle<()>,
    _node: watch::Sender<Arc<NodeView>>,
}

impl RunningSupervisor {
    /// A source tells something.
    pub(crate) async fn tell(&self, event: SourceEvent) {
        self.events.send(event).await.expect("the supervisor listens");
    }

    /// Waits for its end, which follows the stop.
    pub(crate) async fn ended(self) {
        tokio::time::timeout(LONGEST, self.task).await.expect("it ends").expect("it does not panic");
    }
}
