//! A node with an API server: the fake one, below the real client.

use super::{Node, RunningSupervisor};
use crate::mirror::Mirrors;
use crate::report::{ReportMetrics, Reporter};
use crate::sources::api::{ApiSource, SERVER_QUEUE};
use crate::status::Facts;
use apiserver::ApiServer;
use apiserver::fake::{FakeApiServer, NODES, PODS, User, Verb};
use cri::fake::FakeRuntime;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tasks::watch;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use types::PodSource;

const NODE: &str = "node";

/// One process of the kubelet, with the server beside it.
pub(crate) struct Cluster {
    pub(crate) server: FakeApiServer,
    pub(crate) node: Node,
    pub(crate) supervisor: RunningSupervisor,
    pub(crate) metrics: ReportMetrics,
    _tasks: Vec<AbortOnDropHandle<()>>,
    _node_object: watch::Sender<Option<Arc<k8s_openapi::api::core::v1::Node>>>,
    _facts: watch::Sender<Arc<Facts>>,
}

impl Cluster {
    /// A fresh machine, registered with a server that has nothing else. `sources` are those beside the server.
    pub(crate) async fn new(runtime: FakeRuntime, sources: &[PodSource]) -> Self {
        let node = Node::new(runtime).await;
        let server = FakeApiServer::new(node.world.clock);
        let object = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE}});
        server.admin().create(&NODES, &object).expect("a node");
        Self::on(node, server, sources)
    }

    /// The kubelet after this one.
    pub(crate) async fn next(self, sources: &[PodSource]) -> Self {
        let Self { server, node, .. } = self;
        Self::on(node.next().await, server, sources)
    }

    fn on(node: Node, server: FakeApiServer, sources: &[PodSource]) -> Self {
        let client = || server.client(User::Node(NODE.to_owned()));
        let api = ApiServer::new(client(), client(), client());
        let mut all = sources.to_vec();
        all.push(PodSource::Api);
        let supervisor = node.supervisor(&all);
        let metrics = ReportMetrics::new(&prometheus::Registry::new()).expect("new names");
        let (statuses, statuses_rx) = mpsc::channel(SERVER_QUEUE);
        let (mirrors, mirrors_rx) = mpsc::channel(SERVER_QUEUE);
        let source = ApiSource {
            pods: api.pods(),
            node_name: NODE.into(),
            clock: node.world.clock,
            listeners: vec![statuses, mirrors],
        };
        let facts = Facts {
            host_ips: vec!["192.168.0.1".parse().expect("an address")],
            runtime_name: "fake".to_owned(),
            ..Facts::default()
        };
        let (facts, facts_rx) = watch::channel(Arc::new(facts));
        let object = server.admin().get(&NODES, "", NODE).expect("a node");
        let object = serde_json::from_value(Value::clone(&object)).expect("a node");
        let (node_object, node_rx) = watch::channel(Some(Arc::new(object)));
        let reporter = Reporter {
            pods: api.pods(),
            states: supervisor.pods.clone(),
            server: statuses_rx,
            facts: facts_rx,
            clock: node.world.clock,
            metrics: metrics.clone(),
        };
        let mirrors = Mirrors {
            pods: api.pods(),
            states: supervisor.pods.clone(),
            server: mirrors_rx,
            node: node_rx,
            count: node.world.metrics.mirror_pods.clone(),
        };
        let tasks = vec![
            AbortOnDropHandle::new(tokio::spawn(source.run(supervisor.events.clone(), node.stop.clone()))),
            AbortOnDropHandle::new(tokio::spawn(reporter.run(node.stop.clone()))),
            AbortOnDropHandle::new(tokio::spawn(mirrors.run(node.stop.clone()))),
        ];
        Self { server, node, supervisor, metrics, _tasks: tasks, _node_object: node_object, _facts: facts }
    }

    /// Somebody makes a pod, and the scheduler binds it to this node.
    pub(crate) fn create(&self, name: &str, spec: &Value) {
        let mut pod = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {
                "nodeName": NODE, "restartPolicy": "Always", "terminationGracePeriodSeconds": 30,
                "containers": [{"name": name, "image": "image:1", "imagePullPolicy": "IfNotPresent"}],
            },
        });
        for (key, value) in spec.as_object().into_iter().flatten() {
            pod["spec"][key] = value.clone();
        }
        self.server.admin().create(&PODS, &pod).expect("a pod");
    }

    /// The pod as the server has it.
    pub(crate) fn pod(&self, name: &str) -> Option<Value> {
        self.server.admin().get(&PODS, "default", name).map(|pod| Value::clone(&pod))
    }

    /// The pod's phase as the server has it; empty without a pod.
    pub(crate) fn phase(&self, name: &str) -> String {
        let pod = self.pod(name).unwrap_or_default();
        pod.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// Writes from the `from`th request on, in order: the verb and, of a status, its phase and reason.
    pub(crate) fn writes(&self, from: usize) -> Vec<String> {
        let requests = self.server.requests(from);
        let writes =
            requests.iter().filter(|entry| !matches!(entry.call.verb, Verb::Get | Verb::List | Verb::Watch));
        writes
            .map(|entry| format!("{:?} {}", entry.call.verb, entry.call.name.clone().unwrap_or_default()))
            .collect()
    }

    /// Lets time pass until `is_so`; how long that took.
    pub(crate) async fn until(&self, what: &str, mut is_so: impl FnMut(&Self) -> bool) -> Duration {
        let began = Instant::now();
        while !is_so(self) {
            let pods = self.server.admin().list(&PODS);
            assert!(began.elapsed() < super::LONGEST, "never {what}: {pods:#?} {:?}", self.writes(0));
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        began.elapsed()
    }
}
