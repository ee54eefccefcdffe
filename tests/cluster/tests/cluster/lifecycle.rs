//! A pod from its creation to its end, as its object tells it.

use anyhow::ensure;
use cluster::cases;
use cluster::objects::{STAY, container, pod, shell, shell_spec};
use cluster::space::Space;
use cluster::status::{condition, container as container_status, container_id, has_ended, is_ready};
use cluster::suite::Case;
use e2e::node::{first, ip, phase, uid};
use e2e::wait;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Patch, PatchParams};
use serde_json::json;
use std::time::{Duration, Instant};

pub(crate) const SHARED: &[Case] = cases![Shared:
    the_status_is_complete,
    the_events_tell_of_the_image,
    the_grace_period_is_given,
    a_process_that_obeys_ends_at_once,
    a_forced_deletion_does_not_wait,
    recreated_with_the_same_name,
    deleted_before_it_started,
    a_crash_is_restarted,
    success_and_failure,
    init_containers_come_first,
    a_readiness_gate_holds_the_pod_back,
    others_conditions_are_kept,
    a_deadline_ends_the_pod,
    an_eviction_ends_the_pod,
];

async fn the_status_is_complete(space: Space) -> anyhow::Result<()> {
    let ready = space.run(shell("complete", STAY)).await?;
    let status = ready.status.clone().unwrap_or_default();
    ensure!(phase(&ready) == "Running", "{status:?}");
    for kind in ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"] {
        ensure!(condition(&ready, kind) == "True", "{kind}: {:?}", status.conditions);
    }
    let generations = status.conditions.iter().flatten().map(|condition| condition.observed_generation);
    ensure!(generations.clone().all(|seen| seen == Some(1)), "{:?}", generations.collect::<Vec<_>>());
    ensure!(status.observed_generation == Some(1), "{:?}", status.observed_generation);
    ensure!(status.host_ip.as_deref() == Some(space.cluster.environment.node_ip.as_str()), "{status:?}");
    ensure!(status.host_ips.as_ref().is_some_and(|ips| ips.len() == 1), "{:?}", status.host_ips);
    ensure!(ip(&ready).starts_with("10.88."), "{status:?}");
    ensure!(status.pod_ips.as_ref().is_some_and(|ips| ips[0].ip == ip(&ready)), "{:?}", status.pod_ips);
    ensure!(status.qos_class.as_deref() == Some("BestEffort") && status.start_time.is_some(), "{status:?}");
    let container = first(&ready);
    ensure!(
        container.ready && container.started == Some(true) && container.restart_count == 0,
        "{container:?}"
    );
    ensure!(container.image.contains("busybox") && container.image_id.contains("sha256:"), "{container:?}");
    ensure!(
        container.container_id.as_ref().is_some_and(|id| id.starts_with("containerd://")),
        "{container:?}"
    );
    for beginning in ["Scheduled: ", "Pulled: ", "Created: ", "Started: "] {
        space.event("complete", beginning).await?;
    }
    Ok(())
}

/// What is told of an image depends on whether it is there, which no case may presume: the first pod has it pulled in any case,
/// so that the second one finds it.
async fn the_events_tell_of_the_image(space: Space) -> anyhow::Result<()> {
    let mut pulls = shell("pulls", STAY);
    pulls["spec"]["containers"][0]["imagePullPolicy"] = json!("Always");
    space.run(pulls).await?;
    space.event("pulls", "Pulling: Pulling image \"busybox\"").await?;
    let pulled = space.event("pulls", "Pulled: ").await?;
    let parts =
        ["Pulled: Successfully pulled image \"busybox\" in ", " including waiting). Image size: ", " bytes."];
    ensure!(
        pulled.starts_with(parts[0]) && pulled.contains(parts[1]) && pulled.ends_with(parts[2]),
        "{pulled}"
    );
    space.run(shell("finds", STAY)).await?;
    let found = space.event("finds", "Pulled: ").await?;
    let present =
        "Pulled: Container image \"busybox\" already present on machine and can be accessed by the pod";
    ensure!(found == present, "{found}");
    let events = space.events("finds").await?;
    ensure!(!events.iter().any(|event| event.starts_with("Pulling: ")), "{events:?}");
    Ok(())
}

async fn the_grace_period_is_given(space: Space) -> anyhow::Result<()> {
    // What it writes is read after its end: its log goes with it.
    let directory = space.directory()?;
    let script = "trap 'echo TERM >> /case/signals' TERM; echo up; while :; do sleep 1 & wait; done";
    let mut spec = shell_spec(script);
    spec["terminationGracePeriodSeconds"] = json!(4);
    spec["volumes"] = json!([{ "name": "case", "hostPath": { "path": directory } }]);
    spec["containers"][0]["volumeMounts"] = json!([{ "name": "case", "mountPath": "/case" }]);
    space.run(pod("stubborn", spec)).await?;
    space.wrote("stubborn", "main", "up").await?;
    let start = Instant::now();
    space.delete::<Pod>("stubborn", None).await?;
    space.gone("stubborn").await?;
    let took = start.elapsed();
    let signals = std::fs::read_to_string(directory.join("signals"))?;
    ensure!(signals == "TERM\n", "signals: {signals:?}");
    ensure!(took >= Duration::from_secs(4), "killed {took:?} into a grace period of 4 s");
    ensure!(took < Duration::from_secs(30), "the grace period of 4 s took {took:?}");
    Ok(())
}

async fn a_process_that_obeys_ends_at_once(space: Space) -> anyhow::Result<()> {
    let mut spec = shell_spec(&format!("echo up; {STAY}"));
    spec["terminationGracePeriodSeconds"] = json!(100);
    space.run(pod("obedient", spec)).await?;
    space.wrote("obedient", "main", "up").await?;
    let start = Instant::now();
    space.delete::<Pod>("obedient", None).await?;
    space.gone("obedient").await?;
    ensure!(start.elapsed() < Duration::from_secs(40), "it took {:?} of 100 s", start.elapsed());
    space.event("obedient", "Killing: Stopping container main").await?;
    Ok(())
}

async fn a_forced_deletion_does_not_wait(space: Space) -> anyhow::Result<()> {
    let mut spec = shell_spec("trap '' TERM; while :; do sleep 1; done");
    spec["terminationGracePeriodSeconds"] = json!(100);
    space.run(pod("forced", spec)).await?;
    let start = Instant::now();
    space.delete::<Pod>("forced", Some(0)).await?;
    space.gone("forced").await?;
    ensure!(start.elapsed() < Duration::from_secs(60), "it took {:?}", start.elapsed());
    Ok(())
}

async fn recreated_with_the_same_name(space: Space) -> anyhow::Result<()> {
    let mut old = uid(&space.run(shell("twin", STAY)).await?).to_owned();
    for grace in [None, Some(0)] {
        space.delete::<Pod>("twin", grace).await?;
        if grace.is_none() {
            space.gone("twin").await?;
        }
        space.make::<Pod>(shell("twin", STAY)).await?;
        let ready =
            space.until::<Pod>("twin", "is another pod", |pod| uid(pod) != old && is_ready(pod)).await?;
        ensure!(first(&ready).restart_count == 0, "a new pod starts at 0 restarts");
        uid(&ready).clone_into(&mut old);
    }
    Ok(())
}

async fn deleted_before_it_started(space: Space) -> anyhow::Result<()> {
    for number in 0..3 {
        let name = format!("short-{number}");
        space.make::<Pod>(shell(&name, STAY)).await?;
        tokio::time::sleep(Duration::from_millis(100 * number)).await;
        space.delete::<Pod>(&name, None).await?;
    }
    for number in 0..3 {
        space.gone(&format!("short-{number}")).await?;
    }
    Ok(())
}

async fn a_crash_is_restarted(space: Space) -> anyhow::Result<()> {
    let ready = space.run(shell("crash", STAY)).await?;
    let before = container_id(&ready, "main").to_owned();
    space.cluster.kill_container(&before).await?;
    let after = space
        .until::<Pod>("crash", "runs again", |pod| is_ready(pod) && container_id(pod, "main") != before)
        .await?;
    let status = first(&after);
    ensure!(status.restart_count == 1, "{status:?}");
    let last = status.last_state.clone().and_then(|state| state.terminated);
    ensure!(last.as_ref().is_some_and(|ended| ended.exit_code == 137), "{last:?}");
    Ok(())
}

async fn success_and_failure(space: Space) -> anyhow::Result<()> {
    for (name, script, expected, code) in
        [("success", "exit 0", "Succeeded", 0), ("failure", "exit 7", "Failed", 7)]
    {
        let mut spec = shell_spec(script);
        spec["restartPolicy"] = json!("Never");
        space.make::<Pod>(pod(name, spec)).await?;
        let ended = space.until::<Pod>(name, "has ended", has_ended).await?;
        ensure!(phase(&ended) == expected, "{}", phase(&ended));
        let state = first(&ended).state.clone().unwrap_or_default().terminated;
        ensure!(state.as_ref().is_some_and(|ended| ended.exit_code == code), "{state:?}");
        ensure!(condition(&ended, "Ready") == "False", "{:?}", ended.status);
    }
    Ok(())
}

async fn init_containers_come_first(space: Space) -> anyhow::Result<()> {
    let mut spec = shell_spec(STAY);
    let mut sidecar = container("sidecar", STAY);
    sidecar["restartPolicy"] = json!("Always");
    spec["initContainers"] = json!([container("one", "sleep 1"), sidecar, container("two", "exit 0")]);
    let ready = space.run(pod("init", spec)).await?;
    let ended = |name: &str| {
        let state = container_status(&ready, name).and_then(|status| status.state.clone());
        state.and_then(|state| state.terminated)
    };
    let (one, two) = (ended("one"), ended("two"));
    ensure!(one.as_ref().is_some_and(|ended| ended.exit_code == 0), "{one:?}");
    ensure!(
        one.and_then(|ended| ended.finished_at) <= two.and_then(|ended| ended.started_at),
        "out of order"
    );
    ensure!(container_status(&ready, "sidecar").is_some_and(|status| status.ready), "{:?}", ready.status);
    Ok(())
}

async fn a_readiness_gate_holds_the_pod_back(space: Space) -> anyhow::Result<()> {
    let mut spec = shell_spec(STAY);
    spec["readinessGates"] = json!([{ "conditionType": "example.org/gate" }]);
    space.make::<Pod>(pod("gated", spec)).await?;
    let waiting = space
        .until::<Pod>("gated", "has ready containers", |pod| condition(pod, "ContainersReady") == "True")
        .await?;
    ensure!(condition(&waiting, "Ready") == "False", "{:?}", waiting.status);
    set_condition(&space, "gated", "example.org/gate").await?;
    let ready = space.ready("gated").await?;
    ensure!(condition(&ready, "example.org/gate") == "True", "{:?}", ready.status);
    Ok(())
}

async fn others_conditions_are_kept(space: Space) -> anyhow::Result<()> {
    let ready = space.run(shell("watched", STAY)).await?;
    set_condition(&space, "watched", "example.org/seen").await?;
    space.cluster.kill_container(container_id(&ready, "main")).await?;
    let after = space
        .until::<Pod>("watched", "runs again", |pod| is_ready(pod) && first(pod).restart_count == 1)
        .await?;
    ensure!(condition(&after, "example.org/seen") == "True", "{:?}", after.status);
    Ok(())
}

async fn set_condition(space: &Space, name: &str, kind: &str) -> anyhow::Result<()> {
    let patch = json!({ "status": { "conditions": [{ "type": kind, "status": "True" }] } });
    space.api::<Pod>().patch_status(name, &PatchParams::default(), &Patch::Strategic(&patch)).await?;
    Ok(())
}

async fn a_deadline_ends_the_pod(space: Space) -> anyhow::Result<()> {
    let mut spec = shell_spec(STAY);
    spec["activeDeadlineSeconds"] = json!(3);
    space.make::<Pod>(pod("deadline", spec)).await?;
    let ended = space.until::<Pod>("deadline", "has ended", has_ended).await?;
    let reason = ended.status.as_ref().and_then(|status| status.reason.as_deref());
    ensure!(phase(&ended) == "Failed" && reason == Some("DeadlineExceeded"), "{:?}", ended.status);
    Ok(())
}

async fn an_eviction_ends_the_pod(space: Space) -> anyhow::Result<()> {
    space
        .run(shell(
            "evicted",
            &format!("trap 'sleep 2; exit 0' TERM; {}", "while :; do sleep 1 & wait; done"),
        ))
        .await?;
    space.api::<Pod>().evict("evicted", &Default::default()).await?;
    wait::until("the disruption is told, or the pod gone", e2e::wait::BOUND, || async {
        match space.api::<Pod>().get_opt("evicted").await {
            Ok(None) => Ok(()),
            Ok(Some(pod)) if condition(&pod, "DisruptionTarget") == "True" => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await?;
    space.gone("evicted").await
}
