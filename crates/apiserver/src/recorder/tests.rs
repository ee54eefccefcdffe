use super::*;
use crate::ApiServer;
use crate::fake::{EVENTS, Failure, FakeApiServer, Fault, NAMESPACES, Script, Stage, User, Verb};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tasks::Clock;
use tokio::time::sleep;
use types::{Event, EventKind, EventObject};

const NODE: &str = "node";

/// A server with a namespace, and a recorder that writes to it.
struct Scene {
    server: FakeApiServer,
    queue: EventQueue,
    clock: Clock,
    stop: Stop,
}

impl Scene {
    fn new(script: Script) -> Self {
        let clock = Clock::simulated("2026-01-02T03:04:05.678Z".parse::<Timestamp>().unwrap());
        let server = FakeApiServer::new(clock);
        for name in ["ns", "default"] {
            let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
            server.admin().create(&NAMESPACES, &namespace).unwrap();
        }
        server.set_faults(script);
        let client = || server.client(User::Node(NODE.to_owned()));
        let api_server = ApiServer::new(client(), client(), client());
        let stop = Stop::new();
        let (queue, task) = recorder(api_server.events(), NODE, 1, stop.clone());
        tokio::spawn(task);
        Self { server, queue, clock, stop }
    }

    fn tell(&self, object: EventObject, reason: &str, message: &str) {
        self.queue.offer(Event::new(EventKind::Normal, object, reason, message, self.clock.now()));
    }

    fn events(&self) -> Vec<Arc<Value>> {
        self.server.admin().list(&EVENTS)
    }

    /// What the server has: message and count.
    fn shown(&self) -> Vec<String> {
        let text = |event: Arc<Value>| format!("{} {}", event["message"].as_str().unwrap(), event["count"]);
        self.events().into_iter().map(text).collect()
    }

    fn asked(&self) -> Vec<Verb> {
        self.server.requests(0).into_iter().map(|entry| entry.call.verb).collect()
    }
}

fn pod() -> EventObject {
    EventObject { resource_version: "12".to_owned(), ..EventObject::pod("ns", "web", "uid-web") }
}

#[tokio::test(start_paused = true)]
async fn events_are_upstreams() {
    let scene = Scene::new(Script::new());
    scene.tell(pod().container("app"), "Started", "Container started");
    scene.tell(
        EventObject { uid: "uid-node".to_owned(), ..EventObject::node(NODE) },
        "Starting",
        "Starting kubelet.",
    );
    let evicted = Event {
        annotations: [("starved_resource".to_owned(), "memory".to_owned())].into(),
        ..Event::new(EventKind::Warning, pod(), "Evicted", "low on memory", scene.clock.now())
    };
    scene.queue.offer(evicted);
    sleep(Duration::from_secs(1)).await;
    let events = scene.events();
    let find = |reason: &str| events.iter().find(|event| event["reason"] == reason).unwrap();
    let started = find("Started");
    for (field, expected) in [
        ("/metadata/namespace", json!("ns")),
        ("/metadata/name", json!(format!("web.{:x}", 1_767_323_045_678_000_000_i64))),
        ("/type", json!("Normal")),
        ("/message", json!("Container started")),
        ("/count", json!(1)),
        ("/source", json!({ "component": "kubelet", "host": NODE })),
        ("/reportingComponent", json!("kubelet")),
        ("/reportingInstance", json!(NODE)),
        (
            "/involvedObject",
            json!({
                "apiVersion": "v1", "kind": "Pod", "namespace": "ns", "name": "web", "uid": "uid-web",
                "resourceVersion": "12", "fieldPath": "spec.containers{app}"
            }),
        ),
    ] {
        assert_eq!(started.pointer(field), Some(&expected), "{field}");
    }
    assert!(started["firstTimestamp"].as_str().unwrap().starts_with("2026-01-02T03:04:05"), "{started}");
    let node = find("Starting");
    assert_eq!(node["metadata"]["namespace"], "default");
    assert_eq!(
        node["involvedObject"],
        json!({ "apiVersion": "v1", "kind": "Node", "name": NODE, "uid": "uid-node" })
    );
    assert_eq!(find("Evicted")["metadata"]["annotations"], json!({ "starved_resource": "memory" }));
}

#[tokio::test(start_paused = true)]
async fn the_same_again_is_a_patch_and_made_anew_when_it_is_gone() {
    let scene = Scene::new(Script::new());
    for _ in 0..2 {
        scene.tell(pod(), "BackOff", "m");
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(scene.shown(), ["m 2"]);
    let name = scene.events()[0]["metadata"]["name"].as_str().unwrap().to_owned();
    scene.server.admin().delete(&EVENTS, "ns", &name, None).unwrap();
    scene.tell(pod(), "BackOff", "m");
    sleep(Duration::from_secs(1)).await;
    assert_eq!(scene.shown(), ["m 3"]);
    assert_eq!(scene.asked(), [Verb::Create, Verb::Patch, Verb::Patch, Verb::Create]);
}

#[tokio::test(start_paused = true)]
async fn refusals_are_final_and_outages_are_not() {
    let terminating = "unable to create new content in namespace ns because it is being terminated";
    for (what, fault, times, tries, arrives) in [
        ("forbidden", Fault::fail(Failure::forbidden(&EVENTS, None, terminating)), 99, 1, false),
        ("exists", Fault::fail(Failure::already_exists(&EVENTS, "x")), 99, 1, false),
        ("invalid", Fault::fail(Failure::invalid(&EVENTS, "x", "no")), 99, 1, false),
        ("no connection, for a while", Fault::broken(), 3, 4, true),
        ("an error of the server", Fault::fail(Failure::internal("etcd")), 2, 3, true),
        ("busy", Fault::fail(Failure::too_many_requests(1)), 1, 2, true),
        ("away for ever", Fault::broken(), 99, 12, false),
    ] {
        let scene = Scene::new(Script::new().next(Stage::Before, Verb::Create, "events", times, fault));
        scene.tell(pod(), "Started", "m");
        sleep(Duration::from_secs(300)).await;
        assert_eq!(scene.server.request_count(), tries, "{what}");
        assert_eq!(!scene.events().is_empty(), arrives, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_waits_lets_others_pass_and_never_undoes_a_younger_state() {
    let script = Script::new().next(Stage::Before, Verb::Create, "events", 1, Fault::broken());
    let scene = Scene::new(script);
    scene.tell(pod(), "First", "waits");
    scene.tell(pod(), "Second", "passes");
    sleep(Duration::from_millis(1)).await;
    assert_eq!(scene.shown(), ["passes 1"]);
    // Told again while it waits: the newer state is written, the older one is not any more.
    scene.tell(pod(), "First", "waits");
    sleep(Duration::from_secs(60)).await;
    let mut shown = scene.shown();
    shown.sort();
    assert_eq!(shown, ["passes 1", "waits 2"]);
    assert_eq!(scene.asked(), [Verb::Create, Verb::Create, Verb::Patch, Verb::Create]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_was_away_is_told_what_happened() {
    let scene = Scene::new(Script::new());
    scene.server.go_down();
    for number in 0..5 {
        scene.tell(pod(), &format!("R{number}"), "m");
    }
    sleep(Duration::from_secs(60)).await;
    scene.server.come_up();
    sleep(Duration::from_secs(11)).await;
    assert_eq!(scene.shown(), ["m 1"; 5]);
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_full_drops_and_counts() {
    let scene = Scene::new(Script::new().next(Stage::Before, Verb::Create, "events", 1, Fault::hang()));
    scene.tell(pod(), "First", "hangs");
    sleep(Duration::from_millis(1)).await;
    for number in 0..1003 {
        scene.tell(pod(), "R", &number.to_string());
    }
    assert_eq!(scene.queue.dropped(), 3);
    // It also ends while the server hangs.
    scene.stop.request();
    sleep(Duration::from_millis(1)).await;
    assert!(scene.queue.is_closed());
}
