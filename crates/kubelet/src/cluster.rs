//! What a kubelet with an API server has besides: pods that the server bound to it, their statuses, mirror pods, the Node
//! object, events, and copies of what pods name. Without a server only the runtime's health is looked at.

use crate::wiring::spawn;
use anyhow::Result;
use apiserver::{ApiServer, Nodes, Objects, RuntimeClasses, Services, Tokens};
use futures::future::BoxFuture;
use host::network::Network;
use images::credentials::plugins::{ApiAccounts, ServiceAccounts};
use k8s_openapi::api::core::v1::Node;
use node::{
    FirstAnswers, Frequencies, NodeChannels, NodeManager, NodeReceiver, NodeSettings, NodeWorld, Vitals,
};
use pods::admission::{FreshNode, NodeView};
use pods::events::EventSink;
use pods::mirror::Mirrors;
use pods::report::{ReportMetrics, Reporter};
use pods::sources::api::{ApiSource, SERVER_QUEUE, ServerPod};
use pods::sources::offline::OfflinePods;
use pods::sources::{EVENT_QUEUE, SourceEvent};
use pods::status::Facts;
use pods::supervisor::PodsHandle;
use pods::world::References;
use prometheus::{IntGauge, Registry};
use std::sync::Arc;
use tasks::{Clock, Stop, watch};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

/// Tasks, which end when this is dropped.
type Tasks = Vec<AbortOnDropHandle<()>>;

/// Handles to the server, and copies of what pods name in it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Cluster {
    /// The server.
    pub(crate) api: ApiServer,
    /// Secrets and config maps, volumes' and variables'.
    pub(crate) objects: Objects,
    /// Tokens of service accounts.
    pub(crate) tokens: Tokens,
    services: Services,
    runtime_classes: RuntimeClasses,
}

impl Cluster {
    /// Starts the copies.
    pub(crate) fn new(api: ApiServer, clock: Clock, stop: &Stop) -> Self {
        Self {
            objects: Objects::new(&api, stop.clone()),
            tokens: Tokens::new(&api, clock),
            services: Services::start(&api, stop.clone()),
            runtime_classes: RuntimeClasses::start(&api, stop.clone()),
            api,
        }
    }

    /// What credential providers ask.
    pub(crate) fn accounts(&self) -> Arc<dyn ServiceAccounts> {
        Arc::new(ApiAccounts::new(&self.api, self.tokens.clone()))
    }

    /// What actors ask.
    pub(crate) fn references(&self) -> References {
        References {
            objects: self.objects.clone(),
            services: self.services.clone(),
            runtime_classes: self.runtime_classes.clone(),
        }
    }
}

/// A sink of events that the server is told too, where there is one.
pub(crate) fn events(
    api: Option<&ApiServer>,
    node_name: &str,
    clock: Clock,
    tasks: &mut Tasks,
    stop: &Stop,
) -> EventSink {
    let sink = EventSink::new(clock);
    let Some(api) = api else { return sink };
    // Names of events of last resort, and pauses: seen by nobody who could predict them.
    let seed = clock.now().as_nanosecond() as u64;
    let (queue, recorder) = apiserver::recorder::recorder(api.events(), node_name, seed, stop.clone());
    tasks.push(spawn(recorder));
    sink.with_api_server(queue)
}

/// What the Node object is made from.
pub(crate) struct NodeInputs {
    /// What was configured.
    pub(crate) settings: NodeSettings,
    /// How often it is reported; may change.
    pub(crate) frequencies: watch::Receiver<Frequencies>,
    /// The runtime.
    pub(crate) runtime: Arc<dyn cri::RuntimeService>,
    /// Its images.
    pub(crate) images: Arc<dyn cri::ImageService>,
    /// What the runtime has been asked already.
    pub(crate) first_answers: FirstAnswers,
    /// Addresses and names.
    pub(crate) network: Arc<dyn Network>,
    /// The server.
    pub(crate) api: Option<ApiServer>,
    /// What others know of the node's health.
    pub(crate) vitals: Vitals,
    /// Where events go.
    pub(crate) events: EventSink,
    /// Wall time.
    pub(crate) clock: Clock,
}

/// Starts the node's parts; returns what they tell others.
pub(crate) fn node(
    inputs: NodeInputs,
    registry: &Registry,
    tasks: &mut Tasks,
    stop: &Stop,
) -> Result<NodeChannels> {
    let metrics = node::Metrics::new(registry, &inputs.settings.name)?;
    let events = inputs.events;
    let world = NodeWorld {
        runtime: inputs.runtime,
        images: inputs.images,
        first_answers: inputs.first_answers,
        network: inputs.network,
        api: inputs.api,
        vitals: inputs.vitals,
        frequencies: inputs.frequencies,
        clock: inputs.clock,
        tell: Arc::new(move |kind, object, reason, message| events.tell(kind, object, reason, message)),
        metrics,
    };
    let (manager, channels) = NodeManager::new(inputs.settings, world);
    tasks.extend(manager.start(stop));
    Ok(channels)
}

/// Follows the node's own object: what others set on it counts for admission and statuses.
pub(crate) struct NodeFollower {
    node: NodeReceiver,
    own: NodeView,
    view: watch::Sender<Arc<NodeView>>,
    facts: watch::Sender<Arc<Facts>>,
    events: EventSink,
}

impl NodeFollower {
    /// With what the kubelet itself knows, which holds until the server says more.
    pub(crate) fn new(node: NodeReceiver, own: NodeView, facts: Facts, events: EventSink) -> Self {
        let view = watch::Sender::new(Arc::new(own.clone()));
        Self { node, own, view, facts: watch::Sender::new(Arc::new(facts)), events }
    }

    /// The node as admission sees it.
    pub(crate) fn view(&self) -> watch::Receiver<Arc<NodeView>> {
        self.view.subscribe()
    }

    /// How to ask for it anew.
    pub(crate) fn reader(&self, api: &ApiServer) -> Arc<dyn FreshNode> {
        Arc::new(NodeReader { nodes: api.nodes(), own: self.own.clone() })
    }

    /// What statuses say of the node.
    pub(crate) fn facts(&self) -> watch::Receiver<Arc<Facts>> {
        self.facts.subscribe()
    }

    /// Waits until the server has the node, so that no pod is judged by half of what there is to know
    /// (`kubelet.go` `nodeHasSynced`); `None` when the process ends.
    async fn first(&mut self) -> Option<()> {
        let node = self.node.wait_for(Option::is_some).await.ok()?.clone()?;
        self.take(&node);
        Some(())
    }

    async fn run(mut self, stop: Stop) {
        loop {
            tokio::select! {
                biased;
                () = stop.requested() => return,
                changed = self.node.changed() => if changed.is_err() { return },
            }
            let node = self.node.borrow_and_update().clone();
            if let Some(node) = node {
                self.take(&node);
            }
        }
    }

    fn take(&self, node: &Node) {
        self.events.know_node(node.metadata.uid.as_deref().unwrap_or_default());
        replace(&self.view, view_of(&self.own, node));
        let host_ips = node::host_ips(node);
        if !host_ips.is_empty() {
            let facts = Facts { host_ips, ..Facts::clone(&self.facts.borrow()) };
            replace(&self.facts, facts);
        }
    }
}

/// What the kubelet knows itself, and what the server's object adds.
fn view_of(own: &NodeView, node: &Node) -> NodeView {
    let mut view = own.clone();
    view.labels.extend(node.metadata.labels.clone().unwrap_or_default());
    view.taints = node.spec.as_ref().and_then(|spec| spec.taints.clone()).unwrap_or_default();
    view
}

/// Reads the node's object from the server.
struct NodeReader {
    nodes: Nodes,
    own: NodeView,
}

impl FreshNode for NodeReader {
    fn look(&self) -> BoxFuture<'static, Option<Arc<NodeView>>> {
        let (nodes, own) = (self.nodes.clone(), self.own.clone());
        Box::pin(async move {
            match nodes.get(&own.name).await {
                Ok(node) => Some(Arc::new(view_of(&own, &node))),
                Err(error) => {
                    tracing::warn!(err = %types::error::chain(&error), "Failed to synchronously fetch node info");
                    None
                }
            }
        })
    }
}

fn replace<T: PartialEq>(sender: &watch::Sender<Arc<T>>, value: T) {
    sender.send_if_modified(|known| {
        let is_new = **known != value;
        if is_new {
            *known = Arc::new(value);
        }
        is_new
    });
}

/// Everything between the server's pods and the supervisor.
pub(crate) struct PodsOfServer {
    /// The server.
    pub(crate) api: ApiServer,
    /// The node's name.
    pub(crate) node_name: String,
    /// The node's object.
    pub(crate) node: NodeReceiver,
    /// What follows it.
    pub(crate) follower: NodeFollower,
    /// Where the source tells of pods.
    pub(crate) events: mpsc::Sender<SourceEvent>,
    /// The record of the last known pods, where it is kept.
    pub(crate) offline: Option<OfflinePods>,
    /// The pods' states.
    pub(crate) states: PodsHandle,
    /// `kubelet_mirror_pods`.
    pub(crate) mirror_count: IntGauge,
    /// Wall time.
    pub(crate) clock: Clock,
}

impl PodsOfServer {
    /// Starts the source, the status writer and the keeper of mirror pods.
    pub(crate) fn start(self, registry: &Registry, tasks: &mut Tasks, stop: &Stop) -> Result<()> {
        let (to_reporter, of_reporter) = mpsc::channel::<ServerPod>(SERVER_QUEUE);
        let (to_mirrors, of_mirrors) = mpsc::channel::<ServerPod>(SERVER_QUEUE);
        let reporter = Reporter {
            pods: self.api.pods(),
            states: self.states.clone(),
            server: of_reporter,
            facts: self.follower.facts(),
            clock: self.clock,
            metrics: ReportMetrics::new(registry)?,
        };
        let mirrors = Mirrors {
            pods: self.api.pods(),
            states: self.states,
            server: of_mirrors,
            node: self.node,
            count: self.mirror_count,
        };
        let source = ApiSource {
            pods: self.api.pods(),
            node_name: Arc::from(self.node_name),
            clock: self.clock,
            listeners: vec![to_reporter, to_mirrors],
        };
        tasks.push(spawn(reporter.run(stop.clone())));
        tasks.push(spawn(mirrors.run(stop.clone())));
        let mut events = self.events;
        if let Some(offline) = self.offline {
            let (to_record, of_source) = mpsc::channel(EVENT_QUEUE);
            let supervisor = std::mem::replace(&mut events, to_record);
            tasks.push(spawn(offline.run(of_source, supervisor, stop.clone())));
        }
        let (mut follower, stop) = (self.follower, stop.clone());
        tasks.push(spawn(async move {
            let known = tokio::select! {
                biased;
                () = stop.requested() => None,
                known = follower.first() => known,
            };
            if known.is_some() {
                tokio::join!(source.run(events, stop.clone()), follower.run(stop));
            }
        }));
        Ok(())
    }
}
