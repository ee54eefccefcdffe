//! Replacing, ending, restarting.

use anyhow::{Context, ensure};
use e2e::cases;
use e2e::manifest::{STAY, container, pod, shell};
use e2e::node::{Node, first, is_running, phase, statuses, uid, waiting_reason};
use e2e::suite::Case;
use e2e::wait::{self, BOUND};
use k8s_openapi::api::core::v1::Pod;
use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) const SHARED: &[Case] = cases![Shared:
    a_changed_manifest_replaces,
    sigterm_is_obeyed,
    sigterm_is_ignored,
    removed_while_starting,
    restart_always,
    restart_on_failure,
    restart_never,
    crash_back_off,
    first_restart_is_quick,
    containers_start_in_order,
    conditions_and_phase,
    stop_signal_of_the_image,
];

/// The pod with a hostPath at `/host`, so that what its processes do can be seen after their end.
fn with_host_directory(name: &str, directory: &str, script: &str, grace_seconds: u32) -> String {
    let spec = format!(
        "{}    volumeMounts:\n    - {{name: host, mountPath: /host}}\n  volumes:\n  - name: host\n    hostPath: {{path: {directory}, type: DirectoryOrCreate}}",
        "  containers:\n".to_owned() + &container("main", script)
    );
    pod(name, &spec).replace(
        "terminationGracePeriodSeconds: 1",
        &format!("terminationGracePeriodSeconds: {grace_seconds}"),
    )
}

async fn a_changed_manifest_replaces(node: Arc<Node>) -> anyhow::Result<()> {
    node.write("changed.yaml", &shell("changed", "echo first; exec sleep 1000"))?;
    let before = node.running("changed").await?;
    node.wrote("changed", "main", "first").await?;
    node.write("changed.yaml", &shell("changed", "echo second; exec sleep 1000"))?;
    let after = node.pod_until("changed", "is another pod", |pod| uid(pod) != uid(&before)).await?;
    node.wrote("changed", "main", "second").await?;
    ensure!(first(&node.running("changed").await?).restart_count == 0, "a new pod starts at 0 restarts");
    ensure!(uid(&before) != uid(&after), "same UID");
    Ok(())
}

async fn sigterm_is_obeyed(node: Arc<Node>) -> anyhow::Result<()> {
    let directory = node.environment.root.join("obeyed");
    let script = "trap 'date +%s > /host/ended; exit 0' TERM; echo up; while :; do sleep 1 & wait; done";
    node.write("obeyed.yaml", &with_host_directory("obeyed", &directory.to_string_lossy(), script, 60))?;
    node.wrote("obeyed", "main", "up").await?;
    let start = Instant::now();
    node.remove("obeyed.yaml")?;
    node.gone("obeyed").await?;
    ensure!(start.elapsed() < Duration::from_secs(30), "it took {:?} of 60 s", start.elapsed());
    ensure!(directory.join("ended").exists(), "the process got no SIGTERM");
    Ok(())
}

async fn sigterm_is_ignored(node: Arc<Node>) -> anyhow::Result<()> {
    let directory = node.environment.root.join("ignored");
    let script = "trap 'echo TERM >> /host/signals' TERM; echo up; while :; do sleep 1 & wait; done";
    node.write("ignored.yaml", &with_host_directory("ignored", &directory.to_string_lossy(), script, 4))?;
    node.wrote("ignored", "main", "up").await?;
    let start = Instant::now();
    node.remove("ignored.yaml")?;
    wait::until("SIGTERM was sent", BOUND, || async {
        if directory.join("signals").exists() { Ok(()) } else { Err(()) }
    })
    .await?;
    node.gone("ignored").await?;
    let took = start.elapsed();
    ensure!(took >= Duration::from_secs(4), "killed {took:?} into a grace period of 4 s");
    ensure!(took < Duration::from_secs(20), "the grace period of 4 s took {took:?}");
    let signals = fs::read_to_string(directory.join("signals"))?;
    ensure!(signals == "TERM\n", "signals: {signals:?}");
    Ok(())
}

async fn removed_while_starting(node: Arc<Node>) -> anyhow::Result<()> {
    for round in 0..5 {
        let name = format!("early-{round}");
        node.write("early.yaml", &shell(&name, STAY))?;
        // At another point of the start each time.
        wait::until("the pod is known", BOUND, || async {
            let known = node.pod(&name).await.map_err(|error| format!("{error:#}"))?.is_some();
            let sandboxes = node.runtime.sandboxes_of(&name).await.map_err(|error| format!("{error:#}"))?;
            let enough = if round % 2 == 0 { known } else { !sandboxes.is_empty() };
            if enough { Ok(()) } else { Err("not yet".to_owned()) }
        })
        .await?;
        node.remove("early.yaml")?;
        node.gone(&name).await?;
    }
    Ok(())
}

fn restarts(pod: &Pod) -> i32 {
    statuses(pod).first().map_or(0, |status| status.restart_count)
}

/// Reason and exit code of the state that the container is in, if it has ended.
fn ended(pod: &Pod) -> Option<(String, i32)> {
    let terminated = statuses(pod).first()?.state.as_ref()?.terminated.as_ref()?;
    Some((terminated.reason.clone().unwrap_or_default(), terminated.exit_code))
}

async fn restart_always(node: Arc<Node>) -> anyhow::Result<()> {
    node.write("always.yaml", &shell("always", "exit 0"))?;
    let pod = node.pod_until("always", "was started again", |pod| restarts(pod) >= 1).await?;
    assert_eq!(phase(&pod), "Running");
    let pod = node
        .pod_until("always", "waits before the second restart", |pod| {
            waiting_reason(pod) == Some("CrashLoopBackOff")
        })
        .await?;
    let last = first(&pod).last_state.clone().unwrap_or_default().terminated.context("no last state")?;
    assert_eq!((last.reason.as_deref(), last.exit_code), (Some("Completed"), 0));
    node.remove("always.yaml")?;
    node.gone("always").await
}

async fn restart_on_failure(node: Arc<Node>) -> anyhow::Result<()> {
    let directory = node.environment.root.join("on-failure");
    let script = "echo x >> /host/runs; [ $(wc -l < /host/runs) -ge 2 ]";
    let manifest = with_host_directory("on-failure", &directory.to_string_lossy(), script, 1)
        .replace("spec:\n", "spec:\n  restartPolicy: OnFailure\n");
    node.write("on-failure.yaml", &manifest)?;
    let pod = node.pod_until("on-failure", "succeeded", |pod| phase(pod) == "Succeeded").await?;
    assert_eq!(restarts(&pod), 1);
    assert_eq!(ended(&pod), Some(("Completed".to_owned(), 0)));
    Ok(())
}

async fn restart_never(node: Arc<Node>) -> anyhow::Result<()> {
    let never =
        |name: &str, script: &str| shell(name, script).replace("spec:\n", "spec:\n  restartPolicy: Never\n");
    node.write("never-bad.yaml", &never("never-bad", "exit 3"))?;
    node.write("never-good.yaml", &never("never-good", "exit 0"))?;
    node.write("never-killed.yaml", &never("never-killed", STAY))?;
    node.running("never-killed").await?;
    node.runtime.kill("never-killed", "main").await?;
    let bad = node.pod_until("never-bad", "failed", |pod| phase(pod) == "Failed").await?;
    assert_eq!(ended(&bad), Some(("Error".to_owned(), 3)));
    let good = node.pod_until("never-good", "succeeded", |pod| phase(pod) == "Succeeded").await?;
    assert_eq!(ended(&good), Some(("Completed".to_owned(), 0)));
    let killed = node.pod_until("never-killed", "failed", |pod| phase(pod) == "Failed").await?;
    assert_eq!(ended(&killed), Some(("Error".to_owned(), 137)));
    let pod = node.pod("never-bad").await?.context("a failed pod stays visible")?;
    assert_eq!(restarts(&pod), 0);
    Ok(())
}

async fn crash_back_off(node: Arc<Node>) -> anyhow::Result<()> {
    node.write("crash.yaml", &shell("crash", "exit 1"))?;
    let once = node.pod_until("crash", "was restarted", |pod| restarts(pod) == 1).await?;
    let pod = node
        .pod_until("crash", "is backing off", |pod| waiting_reason(pod) == Some("CrashLoopBackOff"))
        .await?;
    let waiting = first(&pod).state.clone().unwrap_or_default().waiting.unwrap_or_default();
    let message = waiting.message.unwrap_or_default();
    let expected =
        format!("back-off 10s restarting failed container=main pod=crash-node-e2e_default({})", uid(&once));
    assert_eq!(message, expected);
    let event = node.event("crash", "BackOff: ").await?;
    ensure!(
        event.contains("Back-off restarting failed container main in pod crash-node-e2e_default("),
        "{event}"
    );
    let ended_at =
        first(&pod).last_state.clone().unwrap_or_default().terminated.and_then(|last| last.finished_at);
    let ended_at = ended_at.context("no end of the last run")?.0;
    let pod = node
        .pod_until("crash", "backs off for longer", |pod| {
            let state = first(pod).state.clone().unwrap_or_default();
            state.waiting.is_some_and(|waiting| waiting.message.unwrap_or_default().contains("back-off 20s"))
        })
        .await?;
    let last = first(&pod).last_state.clone().unwrap_or_default().terminated;
    let started_at = last.and_then(|last| last.started_at).context("no start of the third run")?.0;
    let pause = started_at.duration_since(ended_at).as_secs_f64();
    ensure!((9.0..20.0).contains(&pause), "10 s of back-off took {pause} s");
    assert_eq!(restarts(&pod), 2);
    node.remove("crash.yaml")?;
    node.gone("crash").await
}

async fn first_restart_is_quick(node: Arc<Node>) -> anyhow::Result<()> {
    node.write("killed.yaml", &shell("killed", STAY))?;
    node.running("killed").await?;
    let start = Instant::now();
    node.runtime.kill("killed", "main").await?;
    let pod = node
        .pod_until("killed", "runs again", |pod| {
            restarts(pod) == 1 && statuses(pod).first().is_some_and(is_running)
        })
        .await?;
    ensure!(start.elapsed() < Duration::from_secs(8), "the first restart took {:?}", start.elapsed());
    let last = first(&pod).last_state.clone().unwrap_or_default().terminated.context("no last state")?;
    assert_eq!((last.reason.as_deref(), last.exit_code), (Some("Error"), 137));
    Ok(())
}

async fn containers_start_in_order(node: Arc<Node>) -> anyhow::Result<()> {
    let containers: String = ["one", "two", "three"].map(|name| container(name, STAY)).concat();
    node.write("order.yaml", &pod("order", &format!("  containers:\n{containers}")))?;
    let pod = node.running("order").await?;
    let names: Vec<&str> = statuses(&pod).iter().map(|status| status.name.as_str()).collect();
    let mut by_name = names.clone();
    by_name.sort_unstable();
    assert_eq!(names, by_name, "statuses are in order of name, as upstream sorts them");
    let mut created = Vec::new();
    for found in node.runtime.containers_of("order").await? {
        created.push((found.created_at, found.metadata.unwrap_or_default().name));
    }
    created.sort();
    let order: Vec<&str> = created.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(order, ["one", "two", "three"]);
    Ok(())
}

async fn conditions_and_phase(node: Arc<Node>) -> anyhow::Result<()> {
    let containers =
        container("good", STAY) + &container("bad", STAY).replace("image: busybox", "image: missing/image");
    node.write("conditions.yaml", &pod("conditions", &format!("  containers:\n{containers}")))?;
    let status_of = |pod: &Pod, kind: &str| {
        let conditions = pod.status.as_ref().and_then(|status| status.conditions.clone()).unwrap_or_default();
        conditions
            .into_iter()
            .find(|condition| condition.type_ == kind)
            .map(|found| (found.status, found.reason))
    };
    let half = node
        .pod_until("conditions", "one of two containers runs", |pod| {
            statuses(pod).iter().filter(|status| is_running(status)).count() == 1
        })
        .await?;
    assert_eq!(phase(&half), "Pending");
    let not_ready = Some(("False".to_owned(), Some("ContainersNotReady".to_owned())));
    assert_eq!(status_of(&half, "Ready"), not_ready);
    assert_eq!(status_of(&half, "ContainersReady"), not_ready);
    for kind in ["PodScheduled", "Initialized", "PodReadyToStartContainers"] {
        assert_eq!(status_of(&half, kind).map(|(status, _)| status).as_deref(), Some("True"), "{kind}");
    }
    let fixed = ["good", "bad"].map(|name| container(name, STAY)).concat();
    node.write("conditions.yaml", &pod("conditions", &format!("  containers:\n{fixed}")))?;
    let whole = node.pod_until("conditions", "is ready", |pod| {
        status_of(pod, "Ready").is_some_and(|(status, _)| status == "True")
    });
    let whole = whole.await?;
    assert_eq!(phase(&whole), "Running");
    assert!(statuses(&whole).iter().all(|status| status.ready && status.started == Some(true)));
    let status = whole.status.unwrap();
    assert_eq!(status.qos_class.as_deref(), Some("BestEffort"));
    assert!(status.start_time.is_some());
    assert_eq!(status.host_ip.as_deref(), Some(node.environment.node_ip.as_str()));
    Ok(())
}

async fn stop_signal_of_the_image(node: Arc<Node>) -> anyhow::Result<()> {
    // The nginx image asks for SIGQUIT, at which it ends at once and well.
    let manifest =
        pod("quit", "  containers:\n  - name: nginx\n    image: nginx\n    imagePullPolicy: IfNotPresent")
            .replace("terminationGracePeriodSeconds: 1", "terminationGracePeriodSeconds: 50");
    node.write("quit.yaml", &manifest)?;
    node.running("quit").await?;
    let start = Instant::now();
    node.remove("quit.yaml")?;
    node.gone("quit").await?;
    ensure!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    Ok(())
}
