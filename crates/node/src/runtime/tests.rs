use super::plan::{FIRST_STATUS_PERIOD, Observed, PATIENCE, RETRY_STATUS_PERIOD, STATUS_PERIOD};
use super::*;
use async_trait::async_trait;
use cri::v1::{
    RuntimeCondition, RuntimeConfig, RuntimeConfigResponse, RuntimeHandler, RuntimeHandlerFeatures,
    RuntimeStatus,
};
use cri::{CriError, EventStream, Operation, StateService};
use std::sync::Mutex;
use std::time::Duration;
use tasks::Stop;
use tokio::time::Instant;

fn condition(name: &str, status: bool, reason: &str, message: &str) -> RuntimeCondition {
    RuntimeCondition {
        r#type: name.to_owned(),
        status,
        reason: reason.to_owned(),
        message: message.to_owned(),
    }
}

fn status(conditions: Vec<RuntimeCondition>) -> StatusResponse {
    StatusResponse { status: Some(RuntimeStatus { conditions }), ..StatusResponse::default() }
}

fn well() -> StatusResponse {
    status(vec![condition("RuntimeReady", true, "", ""), condition("NetworkReady", true, "", "")])
}

fn no_network() -> StatusResponse {
    status(vec![
        condition("RuntimeReady", true, "", ""),
        condition("NetworkReady", false, "NetworkPluginNotReady", "cni plugin not initialized"),
    ])
}

#[tokio::test(start_paused = true)]
async fn the_words_are_upstreams() {
    let check =
        |answers: &[Option<StatusResponse>], later: Duration, runtime: &[&str], network: Option<&str>| {
            let now = Instant::now();
            let mut observed = Observed::new(&FirstAnswers::default(), now);
            for answer in answers {
                match answer {
                    Some(answer) => observed.status_answered(answer, now),
                    None => observed.status_failed(),
                }
            }
            let health = observed.health(now + later);
            let errors: Vec<&str> =
                health.staleness.into_iter().chain(health.runtime_error.as_deref()).collect();
            assert_eq!(errors, runtime, "{answers:?}");
            assert_eq!(health.network_error.as_deref(), network, "{answers:?}");
        };
    let zero = Duration::ZERO;
    check(
        &[],
        zero,
        &["container runtime status check may not have completed yet"],
        Some("network state unknown"),
    );
    check(
        &[None],
        zero,
        &["container runtime status check may not have completed yet"],
        Some("network state unknown"),
    );
    check(&[Some(well())], zero, &[], None);
    check(&[Some(well()), None], PATIENCE - Duration::from_secs(1), &[], None);
    check(&[Some(well()), None], PATIENCE, &["container runtime is down"], None);
    check(
        &[Some(no_network())],
        zero,
        &[],
        Some(
            "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not initialized",
        ),
    );
    check(
        &[Some(status(vec![condition("RuntimeReady", false, "Broken", "disk")]))],
        zero,
        &[
            "container runtime status check may not have completed yet",
            "container runtime not ready: RuntimeReady=false reason:Broken message:disk",
        ],
        Some("container runtime network not ready: <nil>"),
    );
    check(
        &[Some(well()), Some(status(Vec::new()))],
        PATIENCE,
        &["container runtime is down", "container runtime not ready: <nil>"],
        Some("container runtime network not ready: <nil>"),
    );
}

#[test]
fn handlers_are_sorted() {
    let handler = |name: &str, recursive| RuntimeHandler {
        name: name.to_owned(),
        features: Some(RuntimeHandlerFeatures {
            recursive_read_only_mounts: recursive,
            user_namespaces: true,
        }),
    };
    let answer =
        StatusResponse { runtime_handlers: vec![handler("runc", true), handler("", false)], ..well() };
    let now = Instant::now();
    let observed = Observed::new(&FirstAnswers { status: Some(answer), version: None }, now);
    let handlers = observed.health(now).handlers;
    let seen: Vec<_> = handlers.iter().map(|h| (h.name.as_str(), h.recursive_read_only_mounts)).collect();
    assert_eq!(seen, [("", false), ("runc", true)]);
}

#[test]
fn versions_are_told_as_upstream_does() {
    for (text, expected) in [
        ("v2.4.2", Some("2.4.2")),
        ("2.4.2", Some("2.4.2")),
        ("1.6.20~ds1", Some("1.6.20")),
        ("v2.1.0-rc.1+g1", Some("2.1.0-rc.1+g1")),
        ("1.7.0-beta.01", Some("1.7.0")),
        ("1.34", Some("1.34")),
        ("20.10.21", Some("20.10.21")),
        ("19.03.13", Some("19.3.13")),
        ("1.2.3.4", Some("1.2.3.4")),
        ("7", None),
        ("", None),
        ("main", None),
        ("1..2", None),
    ] {
        assert_eq!(version::canonical(text).as_deref(), expected, "{text}");
    }
}

/// A runtime that answers what the test says, and counts the questions.
struct Scripted {
    status: Mutex<Option<StatusResponse>>,
    questions: Mutex<Vec<Instant>>,
}

impl Scripted {
    fn new(status: Option<StatusResponse>) -> Arc<Self> {
        Arc::new(Self { status: Mutex::new(status), questions: Mutex::default() })
    }

    fn set(&self, status: Option<StatusResponse>) {
        *self.status.lock().unwrap() = status;
    }

    fn questions_within(&self, period: Duration) -> usize {
        let now = Instant::now();
        self.questions.lock().unwrap().iter().filter(|at| now - **at < period).count()
    }
}

#[async_trait]
impl StateService for Scripted {
    async fn version(&self) -> Result<VersionResponse, CriError> {
        Ok(VersionResponse {
            runtime_name: "containerd".to_owned(),
            runtime_version: "v2.4.2".to_owned(),
            ..VersionResponse::default()
        })
    }

    async fn status(&self, _verbose: bool) -> Result<StatusResponse, CriError> {
        self.questions.lock().unwrap().push(Instant::now());
        self.status
            .lock()
            .unwrap()
            .clone()
            .ok_or(CriError::Unimplemented { operation: Operation::Status, message: "gone".to_owned() })
    }

    async fn runtime_config(&self) -> Result<RuntimeConfigResponse, CriError> {
        Ok(RuntimeConfigResponse::default())
    }

    async fn update_runtime_config(&self, _config: RuntimeConfig) -> Result<(), CriError> {
        Ok(())
    }

    fn get_container_events(&self) -> EventStream {
        Box::pin(futures::stream::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_network_that_comes_up_is_seen_at_once_and_a_runtime_that_dies_in_time() {
    let runtime = Scripted::new(Some(no_network()));
    let (task, mut health, mut network) = RuntimeTask::new(runtime.clone(), &FirstAnswers::default());
    assert_eq!(network.borrow_and_update().as_deref(), Some("network state unknown"));
    let stop = Stop::new();
    let running = tokio::spawn(task.run(stop.clone()));
    health.wait_for(|health| health.is_known && !health.version.ends_with("Unknown")).await.unwrap();
    assert_eq!(health.borrow().version, "containerd://2.4.2");
    tokio::time::sleep(Duration::from_secs(10)).await;
    runtime.set(Some(well()));
    let began = Instant::now();
    health.wait_for(|health| health.is_ready()).await.unwrap();
    assert!(began.elapsed() <= FIRST_STATUS_PERIOD, "{:?}", began.elapsed());
    health.mark_unchanged();
    assert_eq!(*network.borrow_and_update(), None);
    tokio::time::sleep(Duration::from_secs(60)).await;
    let questions = runtime.questions_within(Duration::from_secs(60));
    assert!((11..=12).contains(&questions), "{questions}");
    assert!(!health.has_changed().unwrap(), "nothing new, nothing sent");

    runtime.set(None);
    let began = Instant::now();
    health.wait_for(|health| !health.is_ready()).await.unwrap();
    assert!(
        began.elapsed() >= PATIENCE - STATUS_PERIOD && began.elapsed() <= PATIENCE,
        "{:?}",
        began.elapsed()
    );
    assert_eq!(health.borrow().staleness, Some("container runtime is down"));
    assert!(!network.has_changed().unwrap(), "pods are not told what is none of theirs");
    runtime.set(Some(no_network()));
    let began = Instant::now();
    health.wait_for(|health| health.network_error.is_some()).await.unwrap();
    assert!(began.elapsed() <= STATUS_PERIOD, "{:?}", began.elapsed());
    assert_eq!(*network.borrow_and_update(), health.borrow().network_error);
    runtime.set(Some(well()));
    let began = Instant::now();
    health.wait_for(|health| health.is_ready()).await.unwrap();
    assert!(began.elapsed() <= RETRY_STATUS_PERIOD, "{:?}", began.elapsed());
    stop.request();
    running.await.unwrap();
}
