//! What the contract cannot see: faults, the journal, watched processes, the passing of time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use futures::StreamExt;
use tokio::time::{Instant, sleep, timeout};

use super::*;
use crate::service::*;
use crate::v1::*;
use crate::{CriError, Operation, info, probe};

const SECOND: Duration = Duration::from_secs(1);

fn pod(name: &str) -> PodSandboxConfig {
    let metadata = PodSandboxMetadata {
        name: name.to_owned(),
        uid: format!("uid-{name}"),
        namespace: "default".to_owned(),
        attempt: 0,
    };
    PodSandboxConfig { metadata: Some(metadata), ..PodSandboxConfig::default() }
}

fn container(name: &str) -> ContainerConfig {
    ContainerConfig {
        metadata: Some(ContainerMetadata { name: name.to_owned(), attempt: 0 }),
        image: Some(ImageSpec { image: "busybox".to_owned(), ..ImageSpec::default() }),
        ..ContainerConfig::default()
    }
}

/// A runtime that runs `program` in every container.
fn running(program: Program) -> FakeRuntime {
    let runtime = FakeRuntime::new(FakeOptions::default().programs(move |_| program.clone()));
    runtime.add_image("busybox", 1);
    runtime
}

/// A sandbox with one started container: their ids.
async fn started(runtime: &FakeRuntime) -> (String, String) {
    let sandbox = runtime.run_pod_sandbox(pod("a"), "").await.unwrap();
    let id = runtime.create_container(&sandbox, container("main"), pod("a")).await.unwrap();
    runtime.start_container(&id).await.unwrap();
    (sandbox, id)
}

async fn status(runtime: &FakeRuntime, id: &str) -> ContainerStatus {
    runtime.container_status(id, false).await.unwrap().status.unwrap()
}

fn unknown(operation: Operation) -> CriError {
    CriError::unknown(operation, "injected")
}

#[tokio::test(start_paused = true)]
async fn programs_exit_when_they_should() {
    struct Row {
        program: Program,
        stopped_after: Option<(u64, i64)>,
        exits_after_millis: u64,
        exit_code: i32,
    }
    let obeys = |millis| OnStop::Exits { after: Duration::from_millis(millis), exit_code: 7 };
    let row = |program, stopped_after, exits_after_millis, exit_code| Row {
        program,
        stopped_after,
        exits_after_millis,
        exit_code,
    };
    let rows = [
        row(Program::exits_after(3 * SECOND, 5), None, 3000, 5),
        row(Program::forever().on_stop(obeys(250)), Some((1000, 10)), 1250, 7),
        row(Program::forever().on_stop(obeys(2500)), Some((1000, 2)), 3000, 137),
        row(Program::forever().on_stop(OnStop::Ignores), Some((1000, 4)), 5000, 137),
        row(Program::forever(), Some((1000, 0)), 1000, 137),
        // It would have exited by itself before the stop took effect.
        row(Program::exits_after(2 * SECOND, 5).on_stop(obeys(9000)), Some((1000, 30)), 2000, 5),
    ];
    for Row { program, stopped_after, exits_after_millis, exit_code } in rows {
        let runtime = running(program.clone());
        let (_, id) = started(&runtime).await;
        let began = status(&runtime, &id).await.started_at;
        match stopped_after {
            Some((millis, grace)) => {
                sleep(Duration::from_millis(millis)).await;
                runtime.stop_container(&id, grace).await.unwrap();
            }
            // Seen late, dated right.
            None => sleep(60 * SECOND).await,
        }
        let exited = status(&runtime, &id).await;
        let after_millis = (exited.finished_at - began) / 1_000_000;
        assert_eq!((after_millis as u64, exited.exit_code), (exits_after_millis, exit_code), "{program:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn faults_strike_before_during_and_after() {
    use Operation::RunPodSandbox;
    let failed = |stage| Script::new().next(stage, RunPodSandbox, 1, Fault::fail(unknown(RunPodSandbox)));
    // Sandboxes after the failure, and whether the same can be made at once.
    let gone = Leftover::Nothing { cleaned_up_after: Duration::ZERO };
    let rows = [
        (failed(Stage::Before), 0, true),
        (failed(Stage::During).leaving(gone), 0, true),
        (failed(Stage::During), 0, false),
        (failed(Stage::During).leaving(Leftover::NotReady), 1, false),
        (failed(Stage::During).leaving(Leftover::Complete), 1, false),
        (failed(Stage::After), 1, false),
    ];
    for (number, (script, left, again)) in rows.into_iter().enumerate() {
        let runtime = FakeRuntime::default();
        runtime.set_faults(script);
        let error = runtime.run_pod_sandbox(pod("a"), "").await.unwrap_err();
        assert_eq!(error, unknown(RunPodSandbox), "row {number}");
        assert_eq!(runtime.list_pod_sandbox(None).await.unwrap().len(), left, "row {number}");
        let second = runtime.run_pod_sandbox(pod("a"), "").await;
        assert_eq!(second.is_ok(), again, "row {number}: {second:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_fails_half_done_has_sent_the_signal() {
    use Operation::StopContainer;
    let after = OnStop::Exits { after: 2 * SECOND, exit_code: 7 };
    let runtime = running(Program::forever().on_stop(after));
    let (_, id) = started(&runtime).await;
    runtime.set_faults(Script::new().next(
        Stage::During,
        StopContainer,
        1,
        Fault::fail(unknown(StopContainer)),
    ));
    assert_eq!(runtime.stop_container(&id, 30).await.unwrap_err(), unknown(StopContainer));
    assert_eq!(status(&runtime, &id).await.state(), ContainerState::ContainerRunning);
    sleep(2 * SECOND).await;
    assert_eq!(status(&runtime, &id).await.exit_code, 7);
}

#[tokio::test(start_paused = true)]
async fn a_held_name_is_free_after_the_clean_up() {
    let runtime = FakeRuntime::default();
    runtime.set_faults(Script::new().next(Stage::During, Operation::RunPodSandbox, 1, Fault::hang()));
    assert!(timeout(SECOND, runtime.run_pod_sandbox(pod("a"), "")).await.is_err());
    let held = runtime.run_pod_sandbox(pod("a"), "").await.unwrap_err();
    assert!(matches!(held, CriError::AlreadyExists { .. }), "{held:?}");
    sleep(Duration::from_millis(100)).await;
    runtime.run_pod_sandbox(pod("a"), "").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn delays_and_hangs_hold_up_one_call_only() {
    let runtime = running(Program::forever());
    let script = Script::new().next(Stage::Before, Operation::Version, 1, Fault::delay(3 * SECOND)).next(
        Stage::After,
        Operation::Version,
        1,
        Fault::hang(),
    );
    runtime.set_faults(script);
    let began = Instant::now();
    let hanging = timeout(10 * SECOND, runtime.version());
    let (outcome, _) = tokio::join!(hanging, started(&runtime));
    assert!(outcome.is_err());
    assert_eq!(began.elapsed(), 10 * SECOND);
    assert_eq!(runtime.container_records().len(), 1);
    runtime.version().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_runtime_that_is_down() {
    let runtime = running(Program::exits_after(5 * SECOND, 3));
    let (_, id) = started(&runtime).await;
    let mut events = runtime.get_container_events();
    let waiting = runtime.stop_container(&id, 0);
    assert!(waiting.await.is_ok());
    let runtime_for_call = runtime.clone();
    runtime.set_faults(Script::new().next(Stage::Before, Operation::Version, 1, Fault::hang()));
    let hanging = tokio::spawn(async move { runtime_for_call.version().await });
    // All that nobody heard comes first.
    while timeout(Duration::from_millis(1), events.next()).await.is_ok() {}
    runtime.go_down();
    assert!(hanging.await.unwrap().unwrap_err().is_unavailable());
    assert!(runtime.list_containers(None).await.unwrap_err().is_unavailable());
    assert!(events.next().await.unwrap().unwrap_err().is_unavailable());
    assert!(events.next().await.is_none());
    assert!(events.next().await.is_none());
    runtime.come_up();
    assert_eq!(runtime.list_containers(None).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn watched_processes() {
    let runtime = running(Program::exits_after(5 * SECOND, 3));
    let (sandbox, id) = started(&runtime).await;
    let verbose = runtime.container_status(&id, true).await.unwrap();
    let pid = info::container_pid(&verbose).unwrap();
    let pause = info::sandbox_pid(&runtime.pod_sandbox_status(&sandbox, true).await.unwrap()).unwrap();
    assert!(runtime.watch_pid(pid + 1000).is_none());

    let began = Instant::now();
    runtime.watch_pid(pid).unwrap().await;
    assert_eq!(began.elapsed(), 5 * SECOND);
    assert!(runtime.watch_pid(pid).is_none());
    assert!(info::container_pid(&runtime.container_status(&id, true).await.unwrap()).is_none());

    let pause_gone = tokio::spawn(runtime.watch_pid(pause).unwrap());
    sleep(SECOND).await;
    assert!(!pause_gone.is_finished());
    runtime.kill_sandbox(&sandbox);
    pause_gone.await.unwrap();

    // A process that ends before it was due.
    let (_, id) = {
        let sandbox = runtime.run_pod_sandbox(pod("b"), "").await.unwrap();
        let id = runtime.create_container(&sandbox, container("main"), pod("b")).await.unwrap();
        runtime.start_container(&id).await.unwrap();
        (sandbox, id)
    };
    let pid = info::container_pid(&runtime.container_status(&id, true).await.unwrap()).unwrap();
    let began = Instant::now();
    let watch = tokio::spawn(runtime.watch_pid(pid).unwrap());
    sleep(SECOND).await;
    assert!(runtime.crash_container(&id, 99));
    watch.await.unwrap();
    assert_eq!(began.elapsed(), SECOND);
    assert!(!runtime.crash_container(&id, 99));
}

/// Decides about the n-th event.
struct EventFaults {
    number: AtomicU32,
    faults: [EventFault; 4],
}

impl Faults for EventFaults {
    fn event(&self, _event: &ContainerEventResponse) -> EventFault {
        let number = self.number.fetch_add(1, Ordering::Relaxed) as usize;
        self.faults.get(number).copied().unwrap_or(EventFault::Deliver)
    }
}

#[tokio::test(start_paused = true)]
async fn events_get_lost_and_repeat_and_streams_break() {
    use EventFault::{Break, Deliver, Lose, Repeat};
    // Of created and started of the sandbox, created and started of the container.
    let rows: [([EventFault; 4], &str); 5] = [
        ([Deliver; 4], "0101"),
        ([Lose, Deliver, Lose, Deliver], "11"),
        ([Repeat, Lose, Repeat, Lose], "0000"),
        ([Deliver, Break, Deliver, Deliver], "0!"),
        ([Lose; 4], ""),
    ];
    for (faults, expected) in rows {
        let runtime = running(Program::forever());
        runtime.set_faults(EventFaults { number: AtomicU32::new(0), faults });
        let mut events = runtime.get_container_events();
        assert!(timeout(SECOND, events.next()).await.is_err());
        started(&runtime).await;
        let mut seen = String::new();
        while let Ok(Some(event)) = timeout(SECOND, events.next()).await {
            seen += &event.map_or("!".to_owned(), |event| event.container_event_type.to_string());
        }
        assert_eq!(seen, expected, "{faults:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn events_come_when_they_are_due() {
    let runtime = running(Program::exits_after(7 * SECOND, 0));
    let mut events = runtime.get_container_events();
    let (_, id) = started(&runtime).await;
    let began = Instant::now();
    let stopped = loop {
        let event = events.next().await.unwrap().unwrap();
        if event.container_event_type() == ContainerEventType::ContainerStoppedEvent {
            break event;
        }
    };
    assert_eq!((stopped.container_id, began.elapsed()), (id, 7 * SECOND));
    assert_eq!(stopped.containers_statuses[0].state(), ContainerState::ContainerExited);
}

#[tokio::test(start_paused = true)]
async fn the_journal_remembers() {
    let runtime = running(Program::forever().on_stop(OnStop::Ignores));
    let (sandbox, id) = started(&runtime).await;
    sleep(SECOND).await;
    runtime.stop_container(&id, 2).await.unwrap();
    runtime.stop_pod_sandbox(&sandbox).await.unwrap();
    // "Restart" of the kubelet: another handle of the same world.
    let runtime = runtime.clone();
    runtime.remove_pod_sandbox(&sandbox).await.unwrap();

    let happened: Vec<(u64, What)> = runtime
        .journal()
        .into_iter()
        .filter(|entry| entry.id == sandbox || entry.id == id)
        .map(|entry| (entry.at.as_secs(), entry.what))
        .collect();
    let expected = [
        (0, What::SandboxCreated),
        (0, What::ContainerCreated),
        (0, What::ContainerStarted),
        (1, What::ContainerStopRequested { grace_seconds: 2 }),
        (3, What::ContainerExited { exit_code: 137 }),
        (3, What::SandboxStopped),
        (3, What::ContainerRemoved),
        (3, What::SandboxRemoved),
    ];
    assert_eq!(happened, expected);
    let record = &runtime.container_records()[&id];
    assert_eq!((record.name(), record.attempt(), record.exit_code), ("main", 0, Some(137)));
    assert_eq!(record.pod_uid, "uid-a");
    assert_eq!(record.stop_requests, [StopRequest { at: SECOND, grace_seconds: 2 }]);
    assert_eq!((record.finished_at, record.removed_at), (Some(3 * SECOND), Some(3 * SECOND)));
    let record = &runtime.sandbox_records()[&sandbox];
    assert_eq!((record.pod_uid(), record.attempt()), ("uid-a", 0));
    assert_eq!((record.stopped_at, record.removed_at), (Some(3 * SECOND), Some(3 * SECOND)));
    assert_eq!(runtime.calls()[&Operation::StopContainer], 1);
    assert!(runtime.running_containers().is_empty() && runtime.ready_sandboxes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn pulls() {
    let registry = |image: &ImageSpec| match image.image.as_str() {
        "slow" => Pull::Arrives { after: 30 * SECOND, size_bytes: 5 },
        "missing" => Pull::not_found("missing"),
        _ => Pull::at_once(),
    };
    let runtime = FakeRuntime::new(FakeOptions::default().registry(registry));
    let spec = |name: &str| ImageSpec { image: name.to_owned(), ..ImageSpec::default() };
    let began = Instant::now();
    let reference = runtime.pull_image(spec("slow"), None, None).await.unwrap();
    assert_eq!(began.elapsed(), 30 * SECOND);
    for name in [reference.as_str(), "slow", "slow:latest", "docker.io/library/slow:latest"] {
        let image = runtime.image_status(spec(name), false).await.unwrap().image.unwrap();
        assert_eq!((image.id.as_str(), image.size), (reference.as_str(), 5), "{name}");
    }
    let error = runtime.pull_image(spec("missing"), None, None).await.unwrap_err();
    assert!(error.is_not_found() && error.message().ends_with("docker.io/library/missing:latest: not found"));
    let dropped = timeout(SECOND, runtime.pull_image(spec("slow:2"), None, None)).await;
    assert!(dropped.is_ok_and(|pulled| pulled.is_ok()), "another tag is another image");
}

#[test]
fn names_are_completed_as_containerd_does() {
    for (name, expected) in [
        ("nginx", "docker.io/library/nginx:latest"),
        ("nginx:1.25", "docker.io/library/nginx:1.25"),
        ("me/app", "docker.io/me/app:latest"),
        ("quay.io/app", "quay.io/app:latest"),
        ("localhost/app:1", "localhost/app:1"),
        ("host:5000/a/b", "host:5000/a/b:latest"),
        ("nginx@sha256:ab", "docker.io/library/nginx@sha256:ab"),
        ("nginx:1@sha256:ab", "docker.io/library/nginx@sha256:ab"),
        ("sha256:ab", "sha256:ab"),
    ] {
        assert_eq!(image_names::normalize(name), expected);
    }
    assert_eq!(image_names::repository("host:5000/a/b:latest"), "host:5000/a/b");
    assert_eq!(image_names::repository("docker.io/library/nginx@sha256:ab"), "docker.io/library/nginx");
}

#[tokio::test(start_paused = true)]
async fn timestamps_are_the_given_clocks_also_when_it_jumps() {
    let now = Arc::new(AtomicI64::new(1_000));
    let clock = Arc::clone(&now);
    let runtime = FakeRuntime::new(FakeOptions::default().clock(move || clock.load(Ordering::Relaxed)));
    runtime.add_image("busybox", 1);
    let (_, id) = started(&runtime).await;
    now.store(400, Ordering::Relaxed);
    assert!(runtime.out_of_memory(&id));
    let exited = status(&runtime, &id).await;
    assert_eq!((exited.created_at, exited.started_at, exited.finished_at), (1_000, 1_000, 400));
    assert_eq!((exited.exit_code, exited.reason.as_str()), (137, "OOMKilled"));
}

#[tokio::test(start_paused = true)]
async fn a_reboot_ends_every_process_and_keeps_the_rest() {
    let runtime = running(Program::forever());
    let (sandbox, id) = started(&runtime).await;
    runtime.reboot();
    assert_eq!(status(&runtime, &id).await.exit_code, 137);
    let answer = runtime.pod_sandbox_status(&sandbox, false).await.unwrap().status.unwrap();
    assert_eq!(answer.state(), PodSandboxState::SandboxNotready);
}

#[tokio::test(start_paused = true)]
async fn probing_tells_the_generations_apart() {
    let new = probe(&FakeRuntime::default()).await.unwrap();
    assert!(new.has_events && new.cgroup_driver == Some(CgroupDriver::Cgroupfs));
    let old = probe(&FakeRuntime::new(FakeOptions::containerd_1_6())).await.unwrap();
    assert!(!old.has_events && old.cgroup_driver.is_none());
    assert_eq!(old.runtime_version, "1.6.20");
}

/// The same calls, twice: the same history, ids included.
#[tokio::test(start_paused = true)]
async fn histories_repeat() {
    let mut histories = Vec::new();
    for _ in 0..2 {
        let runtime = running(Program::exits_after(SECOND, 1));
        let (sandbox, _) = started(&runtime).await;
        sleep(2 * SECOND).await;
        runtime.remove_pod_sandbox(&sandbox).await.unwrap();
        histories.push(runtime.journal());
    }
    assert!(histories[0].len() > 5);
    assert_eq!(histories[0], histories[1]);
}
