//! Containers that people add to a pod that runs, to look into it.

use anyhow::ensure;
use cluster::cases;
use cluster::kubectl::kubectl;
use cluster::objects::{STAY, shell};
use cluster::space::Space;
use cluster::status::{container, container_id, is_ready};
use cluster::suite::Case;
use e2e::node::{first, uid};
use e2e::wait;
use k8s_openapi::api::core::v1::{ContainerState, Pod};
use std::time::Duration;

pub(crate) const SHARED: &[Case] = cases![Shared: a_debugger_runs_once];

/// For so long a container that has ended is seen not to be started again. A first restart comes at once.
const LOOK: Duration = Duration::from_secs(3);

fn state(pod: &Pod) -> ContainerState {
    container(pod, "debugger").and_then(|status| status.state.clone()).unwrap_or_default()
}

async fn a_debugger_runs_once(space: Space) -> anyhow::Result<()> {
    let before = space.run(shell("patient", &format!(": the patient; {STAY}"))).await?;
    // It sees the processes of the container that it looks into.
    let script = format!("tr '\\0' ' ' < /proc/1/cmdline; echo; {STAY}");
    kubectl(
        &space,
        &[
            "debug",
            "patient",
            "--container=debugger",
            "--image=busybox",
            "--image-pull-policy=IfNotPresent",
            "--target=main",
            "--",
            "sh",
            "-c",
            &script,
        ],
    )
    .await?;
    let running = space.until::<Pod>("patient", "has a debugger", |pod| state(pod).running.is_some()).await?;
    space.wrote("patient", "debugger", ": the patient;").await?;
    space.event("patient", "Started: ").await?;

    space.cluster.kill_container(container_id(&running, "debugger")).await?;
    let ended = space.until::<Pod>("patient", "had one", |pod| state(pod).terminated.is_some()).await?;
    let end = state(&ended).terminated.unwrap_or_default();
    ensure!(end.exit_code == 137 && end.reason.as_deref() == Some("Error"), "{end:?}");
    wait::throughout("the debugger runs again, or the pod is touched", LOOK, || async {
        let after = space.found::<Pod>("patient").await?;
        let debugger = container(&after, "debugger");
        ensure!(
            debugger.is_some_and(|status| status.restart_count == 0)
                && state(&after).terminated.is_some()
                && container_id(&after, "debugger") == container_id(&running, "debugger"),
            "{debugger:?}"
        );
        ensure!(
            uid(&after) == uid(&before)
                && is_ready(&after)
                && first(&after).restart_count == 0
                && container_id(&after, "main") == container_id(&before, "main"),
            "{:?}",
            after.status
        );
        Ok(())
    })
    .await
}
