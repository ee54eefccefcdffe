//! The observer's loop on a fake runtime, under a paused clock.

use crate::metrics::Metrics;
use crate::observe::{Observer, ObserverHandle, ObserverSettings, SeenPod, SeenState};
use cri::fake::{Call, EventFault, EventSupport, FakeOptions, FakeRuntime, Fault, Faults, Stage};
use cri::{ContainerService, Operation, SandboxService, v1};
use host::fake::FakeHost;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tasks::{Stop, watch};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use translate::labels;
use types::{PodName, PodUid};

/// No wait in these tests is longer.
const LONGEST: Duration = Duration::from_secs(60);

type Seen = watch::Receiver<Option<Arc<SeenPod>>>;

struct Observed {
    runtime: FakeRuntime,
    handle: ObserverHandle,
    _task: AbortOnDropHandle<()>,
}

impl Observed {
    fn new(runtime: FakeRuntime, has_events: bool) -> Self {
        let host = FakeHost::new();
        let metrics = Metrics::new(&prometheus::Registry::new()).expect("new names");
        let settings = ObserverSettings { has_events, ..ObserverSettings::default() };
        let (observer, handle) =
            Observer::new(Arc::new(runtime.clone()), host.clone(), host, settings, metrics);
        let task = AbortOnDropHandle::new(tokio::spawn(observer.run(Stop::new())));
        Self { runtime, handle, _task: task }
    }

    async fn watch(&self, uid: &str) -> Seen {
        let name = PodName::new("default", uid);
        self.handle.subscribe(&PodUid::from(uid), &name).await.expect("the observer runs")
    }
}

/// A pod with one running container, made by nobody that the observer knows.
async fn pod(runtime: &FakeRuntime, uid: &str) -> String {
    let labels: BTreeMap<String, String> = [
        (labels::POD_UID, uid),
        (labels::POD_NAME, uid),
        (labels::POD_NAMESPACE, "default"),
        (labels::CONTAINER_NAME, "main"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into();
    let metadata = v1::PodSandboxMetadata { name: uid.to_owned(), uid: uid.to_owned(), ..Default::default() };
    let sandbox =
        v1::PodSandboxConfig { metadata: Some(metadata), labels: labels.clone(), ..Default::default() };
    let sandbox_id = runtime.run_pod_sandbox(sandbox.clone(), "").await.expect("a sandbox");
    runtime.add_image("image:1", 1);
    let container = v1::ContainerConfig {
        metadata: Some(v1::ContainerMetadata { name: "main".to_owned(), attempt: 0 }),
        image: Some(v1::ImageSpec { image: "image:1".to_owned(), ..Default::default() }),
        labels,
        ..Default::default()
    };
    let id = runtime.create_container(&sandbox_id, container, sandbox).await.expect("a container");
    runtime.start_container(&id).await.expect("it starts");
    id
}

/// How long until the pod is seen so.
async fn until(seen: &mut Seen, is_so: impl Fn(&SeenPod) -> bool) -> Duration {
    let began = Instant::now();
    let is_seen = seen.wait_for(|seen| seen.as_ref().is_some_and(|seen| is_so(seen)));
    tokio::time::timeout(LONGEST, is_seen).await.expect("in time").expect("the observer runs");
    began.elapsed()
}

fn runs(seen: &SeenPod) -> bool {
    seen.containers.iter().any(|container| matches!(container.state, SeenState::Running { .. }))
}

fn has_exited(seen: &SeenPod) -> bool {
    seen.containers.iter().any(|container| matches!(container.state, SeenState::Exited(_)))
}

/// What becomes of events.
struct EventsAre(EventFault);

impl Faults for EventsAre {
    fn event(&self, _event: &v1::ContainerEventResponse) -> EventFault {
        self.0
    }
}

/// Rows: what the runtime has and does, and how soon the end of a process is seen.
#[tokio::test(start_paused = true)]
async fn an_end_is_seen_however_it_is_told() {
    let second = Duration::from_secs(1);
    for (what, options, fault, longest) in [
        ("an event", FakeOptions::default(), EventFault::Deliver, second / 10),
        ("an event, twice", FakeOptions::default(), EventFault::Repeat, second / 10),
        (
            "the stream breaks instead: a list as soon as it is open again",
            FakeOptions::default(),
            EventFault::Break,
            second / 2,
        ),
        ("the event is lost: the list finds it", FakeOptions::default(), EventFault::Lose, second * 10),
        (
            "no events, and no process to watch: a list each second",
            FakeOptions::containerd_1_6(),
            EventFault::Deliver,
            second,
        ),
    ] {
        let runtime = FakeRuntime::new(options);
        let observed = Observed::new(runtime, true);
        let id = pod(&observed.runtime, "web").await;
        let mut seen = observed.watch("web").await;
        until(&mut seen, runs).await;
        observed.runtime.set_faults(EventsAre(fault));
        observed.runtime.crash_container(&id, 1);
        let took = until(&mut seen, has_exited).await;
        assert!(took <= longest + second / 10, "{what}: {took:?}");
    }
}

/// Lists go on; nothing is asked about pods, and nobody who watches one is woken.
#[tokio::test(start_paused = true)]
async fn a_list_that_finds_nothing_new_asks_nothing() {
    for events in [EventSupport::Implemented, EventSupport::Unimplemented] {
        let runtime = FakeRuntime::new(FakeOptions::default().events(events));
        let observed = Observed::new(runtime, events == EventSupport::Implemented);
        let mut watches = Vec::new();
        for uid in ["a", "b", "c"] {
            pod(&observed.runtime, uid).await;
            watches.push(observed.watch(uid).await);
        }
        for seen in &mut watches {
            until(seen, runs).await;
        }
        tokio::time::sleep(Duration::from_secs(15)).await;
        let before = observed.runtime.calls();
        for seen in &mut watches {
            seen.mark_unchanged();
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
        let after = observed.runtime.calls();
        let calls = |operation| after.get(&operation).unwrap_or(&0) - before.get(&operation).unwrap_or(&0);
        assert!(calls(Operation::ListContainers) >= 5, "{events:?}: it lists on");
        assert_eq!(calls(Operation::ContainerStatus), 0, "{events:?}");
        assert_eq!(calls(Operation::PodSandboxStatus), 0, "{events:?}");
        for seen in &watches {
            assert!(!seen.has_changed().expect("the observer runs"), "{events:?}: somebody was woken");
        }
    }
}

/// Questions about this container never come back.
struct Hangs(String);

impl Faults for Hangs {
    fn at(&self, stage: Stage, call: &Call) -> Fault {
        let is_meant = call.operation == Operation::ContainerStatus && call.object == self.0;
        if stage == Stage::Before && is_meant { Fault::hang() } else { Fault::NONE }
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_that_hangs_holds_up_its_pod_alone() {
    let runtime = FakeRuntime::new(FakeOptions::default());
    let (hung, other) = (pod(&runtime, "hung").await, pod(&runtime, "other").await);
    let observed = Observed::new(runtime, true);
    let (mut of_hung, mut of_other) = (observed.watch("hung").await, observed.watch("other").await);
    until(&mut of_hung, runs).await;
    until(&mut of_other, runs).await;
    observed.runtime.set_faults(Hangs(hung.clone()));
    observed.runtime.crash_container(&hung, 1);
    observed.runtime.crash_container(&other, 1);
    let took = until(&mut of_other, has_exited).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(!has_exited(of_hung.borrow_and_update().as_ref().expect("it was seen")));
}

/// While a question about it has failed, a pod is not taken for what is known of the rest of it.
#[tokio::test(start_paused = true)]
async fn what_cannot_be_looked_at_is_not_absent() {
    struct Fails;
    impl Faults for Fails {
        fn at(&self, stage: Stage, call: &Call) -> Fault {
            let is_meant = call.operation == Operation::ContainerStatus && stage == Stage::Before;
            if !is_meant {
                return Fault::NONE;
            }
            Fault::fail(cri::CriError::unknown(call.operation, "not now".to_owned()))
        }
    }
    let runtime = FakeRuntime::new(FakeOptions::default());
    pod(&runtime, "web").await;
    runtime.set_faults(Fails);
    let observed = Observed::new(runtime, true);
    let mut seen = observed.watch("web").await;
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert!(seen.borrow_and_update().is_none(), "it was published without its container");
    assert!(observed.handle.refresh(&PodUid::from("web")).await.is_err());
    observed.runtime.set_faults(cri::fake::NoFaults);
    let took = until(&mut seen, runs).await;
    assert!(took <= Duration::from_secs(2), "{took:?}");
}

/// The end of a pod that somebody else takes down is seen, and it is present no more.
#[tokio::test(start_paused = true)]
async fn presence_follows_the_runtime() {
    let runtime = FakeRuntime::new(FakeOptions::default());
    let observed = Observed::new(runtime, true);
    let mut present = observed.handle.present();
    let is_empty = |present: &Option<Arc<BTreeMap<PodUid, PodName>>>| {
        present.as_ref().is_some_and(|present| present.is_empty())
    };
    present.wait_for(is_empty).await.expect("the observer runs");
    pod(&observed.runtime, "web").await;
    present
        .wait_for(|present| {
            present.as_ref().is_some_and(|present| present.contains_key(&PodUid::from("web")))
        })
        .await
        .expect("the observer runs");
    for sandbox in observed.runtime.ready_sandboxes() {
        observed.runtime.stop_pod_sandbox(&sandbox).await.expect("stops");
        observed.runtime.remove_pod_sandbox(&sandbox).await.expect("goes");
    }
    let gone = tokio::time::timeout(LONGEST, present.wait_for(is_empty)).await;
    gone.expect("in time").expect("the observer runs");
}
