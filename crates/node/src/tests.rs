//! The whole crate on an in-memory API server and runtime, in paused time.

use crate::object::tests::settings;
use crate::{
    FirstAnswers, Frequencies, Metrics, NodeChannels, NodeEvent, NodeManager, NodeSettings, NodeWorld,
    Registration, Vitals,
};
use apiserver::ApiServer;
use apiserver::fake::{Call, Failure, FakeApiServer, Fault, LEASES, NODES, Script, Stage, User, Verb};
use cri::fake::FakeRuntime;
use host::network::{FixedNetwork, HostAddresses};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tasks::{Clock, Stop, watch};
use tokio_util::task::AbortOnDropHandle;

const NODE: &str = "n1";
const NAMESPACE: &str = "kube-node-lease";

/// A node and what is around it.
struct Bench {
    server: FakeApiServer,
    runtime: FakeRuntime,
    events: Arc<Mutex<Vec<String>>>,
    observer: watch::Sender<Option<String>>,
    channels: NodeChannels,
    stop: Stop,
    tasks: Vec<AbortOnDropHandle<()>>,
}

impl Bench {
    fn new() -> Self {
        Self::with(settings(), |_| {})
    }

    fn with(settings: NodeSettings, prepare: impl FnOnce(&FakeApiServer)) -> Self {
        let clock = Clock::simulated("2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap());
        let server = FakeApiServer::new(clock);
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
        // The server may have made it itself.
        let _ = server.admin().create(&apiserver::fake::NAMESPACES, &namespace);
        prepare(&server);
        Self::on(settings, server, clock)
    }

    fn on(settings: NodeSettings, server: FakeApiServer, clock: Clock) -> Self {
        let runtime = FakeRuntime::default();
        runtime.add_image("nginx", 1000);
        let events = Arc::new(Mutex::new(Vec::new()));
        let told = events.clone();
        let (observer, observed) = watch::channel(None);
        let client = || server.client(User::Node(NODE.to_owned()));
        let addresses =
            HostAddresses { default_ipv4: Some([10, 0, 0, 5].into()), ..HostAddresses::default() };
        let world = NodeWorld {
            runtime: Arc::new(runtime.clone()),
            images: Arc::new(runtime.clone()),
            first_answers: FirstAnswers::default(),
            network: Arc::new(FixedNetwork { addresses, looked_up: Vec::new() }),
            api: Some(ApiServer::new(client(), client(), client())),
            vitals: Vitals { observer: observed, ..Vitals::default() },
            frequencies: watch::channel(Frequencies::default()).1,
            clock,
            tell: Arc::new(move |_, object, reason, _| {
                told.lock()
                    .unwrap()
                    .push(format!("{reason} {}", if object.uid.is_empty() { "-" } else { "uid" }));
            }),
            metrics: Metrics::new(&prometheus::Registry::new(), NODE).unwrap(),
        };
        let (manager, channels) = NodeManager::new(settings, world);
        let stop = Stop::new();
        let tasks = manager.start(&stop);
        Self { server, runtime, events, observer, channels, stop, tasks }
    }

    fn node(&self) -> Value {
        self.server.admin().get(&NODES, "", NODE).map(|node| (*node).clone()).unwrap_or(Value::Null)
    }

    fn lease(&self) -> Value {
        let lease = self.server.admin().get(&LEASES, NAMESPACE, NODE);
        lease.map(|lease| (*lease).clone()).unwrap_or(Value::Null)
    }

    fn condition(&self, kind: &str, field: &str) -> String {
        let node = self.node();
        let conditions = node["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let found = conditions.iter().find(|condition| condition["type"] == kind);
        found.and_then(|condition| condition[field].as_str()).unwrap_or_default().to_owned()
    }

    /// Waits until `is_there`, at most for `longest`, and says how long it took.
    async fn until(&self, longest: Duration, is_there: impl Fn(&Self) -> bool) -> Duration {
        let began = tokio::time::Instant::now();
        while !is_there(self) {
            assert!(began.elapsed() < longest, "{}\n{:?}", self.node(), self.server.requests(0));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        began.elapsed()
    }

    async fn ready(&self) -> Duration {
        self.until(Duration::from_secs(60), |bench| bench.condition("Ready", "status") == "True").await
    }

    /// Calls from the `from`th on, as `verb resource/subresource`, watches left out.
    fn calls(&self, from: usize) -> Vec<String> {
        let word = |call: &Call| {
            let slash = if call.subresource.is_empty() { "" } else { "/" };
            format!("{:?} {}{slash}{}", call.verb, call.resource.plural, call.subresource).to_lowercase()
        };
        let requests = self.server.requests(from);
        let calls = requests.iter().map(|entry| word(&entry.call));
        calls.filter(|call| !call.starts_with("watch") && !call.starts_with("list")).collect()
    }

    fn told(&self) -> Vec<String> {
        self.events.lock().unwrap().clone()
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_node_is_ready_at_once_with_two_calls() {
    let bench = Bench::new();
    assert!(bench.ready().await < Duration::from_millis(150));
    bench.until(Duration::from_secs(1), |bench| bench.lease() != Value::Null).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let mut calls = bench.calls(0);
    calls.sort();
    assert_eq!(calls, ["create leases", "create nodes", "get leases"]);
    let node = bench.node();
    assert_eq!(node["status"]["images"][0]["names"][1], "docker.io/library/nginx:latest");
    assert_eq!(node["status"]["addresses"][0]["address"], "10.0.0.5");
    assert_eq!(bench.lease()["metadata"]["ownerReferences"][0]["uid"], node["metadata"]["uid"]);
    assert_eq!(
        bench.told(),
        [
            "Starting -",
            "NodeHasSufficientMemory uid",
            "NodeHasNoDiskPressure uid",
            "NodeHasSufficientPID uid",
            "NodeReady uid"
        ]
    );
    let seen = bench.channels.node.borrow().clone().unwrap();
    assert_eq!(seen.metadata.uid.as_deref(), node["metadata"]["uid"].as_str());
    bench.stop.request();
    for task in bench.tasks {
        task.await.unwrap();
    }
}

/// As the first report waits for the runtime's first answer, so it does for the observer's first look.
#[tokio::test(start_paused = true)]
async fn the_first_report_waits_for_the_observer_a_while() {
    for (looks_after, expected) in [(2, "True"), (60, "False")] {
        let bench = Bench::new();
        bench.observer.send_replace(Some("PLEG is not healthy: pleg has yet to be successful".to_owned()));
        tokio::time::sleep(Duration::from_secs(looks_after)).await;
        bench.observer.send_if_modified(|words| looks_after < 60 && words.take().is_some());
        let is_there = |bench: &Bench| bench.node() != Value::Null;
        bench.until(Duration::from_secs(15), is_there).await;
        assert_eq!(bench.condition("Ready", "status"), expected);
        assert_eq!(bench.calls(0).iter().filter(|call| call.ends_with("nodes/status")).count(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_start_found_is_told() {
    let start_events = vec![NodeEvent::Starting, NodeEvent::ResolvConf("too long".to_owned())];
    let bench = Bench::with(NodeSettings { start_events, ..settings() }, |_| {});
    assert_eq!(bench.told(), ["Starting -", "CheckLimitsForResolvConf -"]);
}

#[tokio::test(start_paused = true)]
async fn an_idle_node_renews_its_lease_and_little_else() {
    let bench = Bench::new();
    bench.ready().await;
    tokio::time::sleep(Duration::from_secs(500)).await;
    let from = bench.server.request_count();
    tokio::time::sleep(Duration::from_secs(600)).await;
    let calls = bench.calls(from);
    let count = |call: &str| calls.iter().filter(|made| *made == call).count();
    assert_eq!(count("patch nodes/status"), 2, "{calls:?}");
    assert!((57..=60).contains(&count("update leases")), "{calls:?}");
    assert_eq!(calls.len(), 2 + count("update leases"), "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn a_runtime_that_fails_is_told_and_its_return_too() {
    let bench = Bench::new();
    bench.ready().await;
    bench.runtime.go_down();
    let took =
        bench.until(Duration::from_secs(40), |bench| bench.condition("Ready", "status") == "False").await;
    assert!(took <= Duration::from_secs(31), "{took:?}");
    assert_eq!(bench.condition("Ready", "message"), "container runtime is down");
    bench.runtime.come_up();
    let took = bench.ready().await;
    assert!(took <= Duration::from_secs(6), "{took:?}");
    assert_eq!(bench.told()[5..], ["NodeNotReady uid", "NodeReady uid"]);
}

#[tokio::test(start_paused = true)]
async fn health_told_by_others_is_reported_at_once() {
    let bench = Bench::new();
    bench.ready().await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let words = "PLEG is not healthy: pleg was last seen active 3m5s ago; threshold is 3m0s";
    bench.observer.send_replace(Some(words.to_owned()));
    let took =
        bench.until(Duration::from_secs(2), |bench| bench.condition("Ready", "message") == words).await;
    assert!(took < Duration::from_millis(50), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_others_change_is_put_right_and_a_cordon_is_told() {
    let bench = Bench::new();
    bench.ready().await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let unknown = json!({"status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}});
    bench.server.admin().patch_status(&NODES, "", NODE, &unknown).unwrap();
    let took = bench.ready().await;
    assert!(took <= Duration::from_secs(11), "{took:?}");
    bench.server.admin().patch(&NODES, "", NODE, &json!({"spec": {"unschedulable": true}})).unwrap();
    bench
        .until(Duration::from_secs(1), |bench| bench.told().contains(&"NodeNotSchedulable uid".to_owned()))
        .await;
    bench.server.admin().patch(&NODES, "", NODE, &json!({"spec": {"unschedulable": null}})).unwrap();
    bench
        .until(Duration::from_secs(1), |bench| bench.told().contains(&"NodeSchedulable uid".to_owned()))
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_node_that_was_there_before_is_reconciled() {
    let existing = json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": NODE, "labels": {"role": "db", "kubernetes.io/hostname": "old"}},
        "spec": {"taints": [{"key": "kept", "effect": "NoSchedule"}]},
        "status": {
            "nodeInfo": {
                "architecture": "", "bootID": "before", "containerRuntimeVersion": "", "kernelVersion": "",
                "kubeProxyVersion": "", "kubeletVersion": "", "machineID": "", "operatingSystem": "",
                "osImage": "", "systemUUID": "",
            },
            "capacity": {"example.com/gpu": "2"},
        },
    });
    let bench = Bench::with(settings(), |server| {
        server.admin().create(&NODES, &existing).unwrap();
    });
    assert!(bench.ready().await < Duration::from_millis(150));
    let node = bench.node();
    assert_eq!(node["metadata"]["labels"]["kubernetes.io/hostname"], NODE);
    assert_eq!(node["metadata"]["labels"]["role"], "db");
    assert_eq!(node["spec"]["taints"][0]["key"], "kept");
    assert_eq!(node["status"]["capacity"]["example.com/gpu"], "0");
    assert_eq!(node["status"]["nodeInfo"]["bootID"], "b");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(bench.told().contains(&"Rebooted uid".to_owned()), "{:?}", bench.told());
    let calls = bench.calls(0);
    let of_node: Vec<&String> = calls.iter().filter(|call| call.contains("nodes")).collect();
    assert_eq!(of_node, ["create nodes", "get nodes", "patch nodes/status", "patch nodes/status"]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_away_is_waited_for() {
    let bench = Bench::with(settings(), |server| server.go_down());
    tokio::time::sleep(Duration::from_secs(60)).await;
    bench.server.come_up();
    let took = bench.ready().await;
    assert!(took <= Duration::from_secs(7), "{took:?}");
    bench.until(Duration::from_secs(8), |bench| bench.lease() != Value::Null).await;

    bench.server.go_down();
    bench.observer.send_replace(Some("not well".to_owned()));
    tokio::time::sleep(Duration::from_secs(120)).await;
    let renewed = bench.lease()["spec"]["renewTime"].clone();
    bench.server.come_up();
    let took =
        bench.until(Duration::from_secs(15), |bench| bench.condition("Ready", "message") == "not well").await;
    assert!(took <= Duration::from_secs(11), "{took:?}");
    bench.until(Duration::from_secs(15), |bench| bench.lease()["spec"]["renewTime"] != renewed).await;
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_somebody_else_wrote_is_renewed_nevertheless() {
    let bench = Bench::new();
    bench.until(Duration::from_secs(1), |bench| bench.lease() != Value::Null).await;
    bench
        .server
        .admin()
        .patch(&LEASES, NAMESPACE, NODE, &json!({"metadata": {"labels": {"a": "b"}}}))
        .unwrap();
    let from = bench.server.request_count();
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(bench.calls(from), ["update leases", "get leases", "update leases"]);
    assert_eq!(bench.lease()["metadata"]["labels"]["a"], "b");
}

#[tokio::test(start_paused = true)]
async fn a_report_whose_answer_is_lost_is_made_again() {
    let bench = Bench::new();
    bench.ready().await;
    let script = Script::new().next(Stage::After, Verb::Patch, "nodes", 2, Fault::broken());
    bench.server.set_faults(script);
    bench.observer.send_replace(Some("not well".to_owned()));
    bench.until(Duration::from_secs(2), |bench| bench.condition("Ready", "message") == "not well").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!bench.calls(0).is_empty());
    bench.observer.send_replace(None);
    bench.ready().await;
}

/// Four refusals of each kind would use up nearly all attempts at once, were they not spread as the server asks.
#[tokio::test(start_paused = true)]
async fn a_server_that_asks_for_a_pause_gets_it() {
    let bench = Bench::new();
    bench.ready().await;
    let refused = || Fault::fail(Failure::too_many_requests(1));
    let script = Script::new().next(Stage::Before, Verb::Patch, "nodes", 4, refused());
    bench.server.set_faults(script.next(Stage::Before, Verb::Update, "leases", 4, refused()));
    bench.observer.send_replace(Some("not well".to_owned()));
    let took =
        bench.until(Duration::from_secs(9), |bench| bench.condition("Ready", "message") == "not well").await;
    assert!(took >= Duration::from_secs(4), "{took:?}");
    let renewed = bench.lease()["spec"]["renewTime"].clone();
    let from = bench.server.request_count();
    bench.until(Duration::from_secs(15), |bench| bench.lease()["spec"]["renewTime"] != renewed).await;
    assert_eq!(bench.calls(from), ["update leases"; 5]);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_others_register_is_not_made() {
    let bench = Bench::with(NodeSettings { registration: Registration::ByOthers, ..settings() }, |_| {});
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(bench.node(), Value::Null);
    assert!(!bench.calls(0).iter().any(|call| call.contains("nodes")), "{:?}", bench.calls(0));
    bench
        .server
        .admin()
        .create(&NODES, &json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE}}))
        .unwrap();
    assert!(bench.ready().await < Duration::from_secs(1));
    bench.until(Duration::from_secs(11), |bench| bench.lease() != Value::Null).await;
}
