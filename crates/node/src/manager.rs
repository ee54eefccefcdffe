//! Makes the parts of this crate, and runs them.

use crate::addresses::{AddressRules, AddressesTask};
use crate::images::ImagesTask;
use crate::lease::LeaseTask;
use crate::metrics::Metrics;
use crate::pod_cidr::PodCidrTask;
use crate::runtime::{FirstAnswers, HealthReceiver, NetworkReceiver, RuntimeTask};
use crate::settings::{Frequencies, NodeSettings};
use crate::startup::Startup;
use crate::status::{Inputs, StatusParts, StatusTask};
use crate::tell::{NodeEvent, Tell, Teller};
use crate::view::{NodeReceiver, View, ViewTask};
use crate::vitals::Vitals;
use apiserver::ApiServer;
use cri::{ImageService, StateService};
use host::network::Network;
use std::sync::Arc;
use tasks::{Clock, Stop, supervise, watch};
use tokio_util::task::AbortOnDropHandle;

/// Everything outside that the node is made of.
pub struct NodeWorld {
    /// The runtime.
    pub runtime: Arc<dyn StateService>,
    /// Its images.
    pub images: Arc<dyn ImageService>,
    /// What the runtime has been asked already, so that it need not be asked again at once.
    pub first_answers: FirstAnswers,
    /// Addresses and names.
    pub network: Arc<dyn Network>,
    /// The API server; `None` without one.
    pub api: Option<ApiServer>,
    /// What others know of the node's health.
    pub vitals: Vitals,
    /// How often things are done.
    pub frequencies: watch::Receiver<Frequencies>,
    /// Wall time.
    pub clock: Clock,
    /// Takes events.
    pub tell: Tell,
    /// Metrics, registered.
    pub metrics: Metrics,
}

/// What the node tells others.
#[derive(Clone)]
pub struct NodeChannels {
    /// The runtime's health.
    pub runtime: HealthReceiver,
    /// Why pods get no network.
    pub network: NetworkReceiver,
    /// The node as the server has it, without images; `None` while it is not known or does not exist, and always
    /// without an API server.
    pub node: NodeReceiver,
}

/// The parts, ready to run.
pub struct NodeManager {
    runtime: RuntimeTask,
    pod_cidr: PodCidrTask,
    in_cluster: Option<InCluster>,
    teller: Teller,
    start_events: Vec<NodeEvent>,
}

/// The parts that need an API server.
struct InCluster {
    addresses: AddressesTask,
    images: ImagesTask,
    view: ViewTask,
    status: StatusTask,
    lease: LeaseTask,
}

impl NodeManager {
    /// Makes the parts. Nothing is done yet.
    pub fn new(settings: NodeSettings, world: NodeWorld) -> (Self, NodeChannels) {
        let (runtime, health, network) = RuntimeTask::new(world.runtime.clone(), &world.first_answers);
        let view = View::new();
        let pod_cidr = PodCidrTask::new(world.runtime.clone(), &view, &settings.pod_cidr);
        let teller = Teller::new(world.tell.clone(), &settings.name);
        let start_events = settings.start_events.clone();
        let channels = NodeChannels { runtime: health.clone(), network, node: view.public() };
        let in_cluster = world
            .api
            .clone()
            .map(|api| in_cluster(Arc::new(settings), world, &api, view, health, teller.clone()));
        (Self { runtime, pod_cidr, in_cluster, teller, start_events }, channels)
    }

    /// Starts the parts, which end with `stop`, and tells of the start.
    pub fn start(self, stop: &Stop) -> Vec<AbortOnDropHandle<()>> {
        self.start_events.iter().for_each(|event| self.teller.tell(event));
        let mut tasks = Vec::new();
        let mut run = |handle| tasks.push(AbortOnDropHandle::new(handle));
        let Self { runtime, pod_cidr, in_cluster, .. } = self;
        let until = stop.clone();
        run(supervise("runtime health", stop.clone(), move || runtime.clone().run(until.clone())));
        let until = stop.clone();
        run(supervise("pod addresses", stop.clone(), move || pod_cidr.clone().run(until.clone())));
        if let Some(InCluster { addresses, images, view, status, lease }) = in_cluster {
            let until = stop.clone();
            run(supervise("node addresses", stop.clone(), move || addresses.clone().run(until.clone())));
            let until = stop.clone();
            run(supervise("node images", stop.clone(), move || images.clone().run(until.clone())));
            let until = stop.clone();
            run(supervise("node watch", stop.clone(), move || view.clone().run(until.clone())));
            let until = stop.clone();
            run(supervise("node status", stop.clone(), move || status.clone().run(until.clone())));
            let until = stop.clone();
            run(supervise("node lease", stop.clone(), move || lease.clone().run(until.clone())));
        }
        tasks
    }
}

fn in_cluster(
    settings: Arc<NodeSettings>,
    world: NodeWorld,
    api: &ApiServer,
    view: View,
    runtime: HealthReceiver,
    teller: Teller,
) -> InCluster {
    let rules = AddressRules {
        node_name: settings.name.clone(),
        node_ips: settings.node_ips.clone(),
        cloud_provider: settings.cloud_provider,
    };
    let (addresses, choice) = AddressesTask::new(world.network, rules);
    let (images, list) = ImagesTask::new(world.images, settings.max_images);
    let inputs = Inputs {
        addresses: choice,
        images: list,
        runtime,
        vitals: world.vitals,
        frequencies: world.frequencies,
        sight: view.whole(),
    };
    let name = settings.name.clone();
    let seconds = settings.lease_duration_seconds;
    let lease = LeaseTask::new(api.leases(), &view, &name, seconds, world.clock, settings.seed);
    let startup = Startup::new(world.metrics, settings.booted_at, settings.started_at);
    let status = StatusTask::new(StatusParts {
        settings,
        nodes: api.nodes(),
        inputs,
        view: view.clone(),
        teller,
        startup,
        clock: world.clock,
    });
    InCluster { addresses, images, view: ViewTask::new(api.nodes(), &name, view), status, lease }
}
