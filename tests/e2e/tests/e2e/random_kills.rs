//! 100 random `kill -9` of the kubelet while 20 pods start, crash and stop.

use anyhow::ensure;
use cri::SandboxService;
use cri::v1::{PodSandbox, PodSandboxState};
use e2e::cases;
use e2e::environment::Environment;
use e2e::footprint::{self, Bundles, Footprint};
use e2e::harness;
use e2e::kubelet::Options;
use e2e::manifest::{STAY, container, pod, shell};
use e2e::node::{Node, phase};
use e2e::suite::Case;
use e2e::wait::{self, BOUND};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub(crate) const ALONE: &[Case] = cases![Alone: random_kills];

/// containerd's words for a task that it has and says it has not.
const LOST_TASK: &str = "cannot delete running task";

const KILLS: u32 = 100;
const PODS: usize = 20;
/// The seed of all choices; the times at which things happen are the machine's.
const SEED: u64 = 3;

/// The manifest of pod `number` in its `version`: staying, crashing, ending by itself, with volumes, with two containers.
fn manifest(number: usize, version: u32) -> String {
    let name = format!("random-{number}");
    let stay = format!(": version {version}; {STAY}");
    match number % 5 {
        0 => shell(&name, &stay),
        1 => shell(&name, &format!(": version {version}; sleep 1; exit 1")),
        2 => shell(&name, &format!(": version {version}; sleep 2"))
            .replace("spec:\n", "spec:\n  restartPolicy: Never\n"),
        3 => {
            let spec = format!(
                "  containers:\n{}    volumeMounts: [{{name: m, mountPath: /m}}, {{name: d, mountPath: /d, subPath: s}}]\n  \
                 volumes: [{{name: m, emptyDir: {{medium: Memory}}}}, {{name: d, emptyDir: {{}}}}]",
                container("main", &stay)
            );
            pod(&name, &spec)
        }
        _ => {
            let two: String = ["one", "two"].map(|name| container(name, &stay)).concat();
            pod(&name, &format!("  containers:\n{two}"))
        }
    }
}

/// Looks again and again, and keeps what must never be seen: two ready sandboxes of one pod.
async fn look_for_duplicates(client: cri::Client, stop: Arc<AtomicBool>) -> Vec<String> {
    let mut seen = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let mut ready: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for sandbox in client.list_pod_sandbox(None).await.unwrap_or_default() {
            if sandbox.state() == PodSandboxState::SandboxReady {
                let name = sandbox.metadata.clone().unwrap_or_default();
                ready.entry(format!("{}/{}", name.name, name.uid)).or_default().push(sandbox.id);
            }
        }
        for (pod, ids) in ready {
            if ids.len() > 1 {
                seen.push(format!("{pod}: {ids:?}"));
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    seen
}

async fn random_kills(environment: Environment) -> anyhow::Result<()> {
    let before = Footprint::now(&environment.root.join("random/root"))?;
    let mut node = Node::start(&environment, Options::new(&environment, "random")).await?;
    let stop = Arc::new(AtomicBool::new(false));
    let observer = tokio::spawn(look_for_duplicates(node.runtime.client.clone(), Arc::clone(&stop)));
    let mut random = SmallRng::seed_from_u64(SEED);
    let mut present = [false; PODS];
    for kill in 0..KILLS {
        for _ in 0..random.random_range(1..5) {
            let number = random.random_range(0..PODS);
            let file = format!("random-{number}.yaml");
            if present[number] && random.random_bool(0.5) {
                node.remove(&file)?;
                present[number] = false;
            } else {
                node.write(&file, &manifest(number, if random.random_bool(0.3) { kill } else { 0 }))?;
                present[number] = true;
            }
        }
        if random.random_bool(0.2) {
            // A container dies too, if that one runs just now.
            let name = format!("random-{}", 5 * random.random_range(0..PODS / 5));
            let _ = node.runtime.kill(&name, "main").await;
        }
        tokio::time::sleep(Duration::from_millis(random.random_range(0..1200))).await;
        node.kubelet.kill().await?;
        node.kubelet.spawn()?;
    }
    node.kubelet.ready().await?;

    // Everything converges to the manifests that are there, then to nothing.
    if let Err(error) = settled(&node, &present).await {
        restart_runtime(&node, error).await?;
        settled(&node, &present).await?;
    }
    for number in (0..PODS).filter(|number| present[*number]) {
        node.remove(&format!("random-{number}.yaml"))?;
    }
    if let Err(error) = footprint::nothing_left(&node, &before, Bundles::MayStay).await {
        restart_runtime(&node, error).await?;
        footprint::nothing_left(&node, &before, Bundles::MayStay).await?;
    }
    stop.store(true, Ordering::SeqCst);
    let duplicates = observer.await?;
    ensure!(duplicates.is_empty(), "two ready sandboxes of one pod: {duplicates:#?}");
    let log = node.kubelet.log();
    let panic = log.lines().find(|line| line.contains("panicked at"));
    ensure!(panic.is_none(), "{panic:?}");
    node.kubelet.terminate().await?;
    Ok(())
}

/// Restarts containerd where it is in the way: 1.6 can lose track of a task whose start was cut off, and refuses to remove it until then,
/// which no client can help. Any other error is given back, and whatever else is wrong stays wrong after the restart.
async fn restart_runtime(node: &Node, error: anyhow::Error) -> anyhow::Result<()> {
    ensure!(node.kubelet.log().contains(LOST_TASK), error);
    harness::say("    containerd lost track of a task and is restarted");
    node.runtime.stop().await?.start().await
}

/// The pods that have a manifest are as they should be, the others gone.
async fn settled(node: &Node, present: &[bool; PODS]) -> anyhow::Result<()> {
    for (number, present) in present.iter().enumerate() {
        let name = format!("random-{number}");
        if !present {
            node.gone(&name).await?;
            continue;
        }
        match number % 5 {
            1 => drop(
                node.pod_until(&name, "crashes", |pod| {
                    e2e::node::statuses(pod).first().is_some_and(|status| status.restart_count > 0)
                })
                .await?,
            ),
            // A start that the kubelet's end cut off counts as the container's only run, as upstream has it.
            2 => drop(
                node.pod_until(&name, "ended", |pod| matches!(phase(pod), "Succeeded" | "Failed")).await?,
            ),
            _ => drop(node.running(&name).await?),
        }
        // What an earlier version of the pod still has is being taken down.
        wait::until(&format!("{name} has one sandbox"), BOUND, || async {
            let sandboxes = node.runtime.sandboxes_of(&name).await.map_err(|error| format!("{error:#}"))?;
            let is_ready = |sandbox: &&PodSandbox| sandbox.state() == PodSandboxState::SandboxReady;
            match sandboxes.iter().filter(is_ready).count() {
                0 | 1 => Ok(()),
                ready => Err(format!("{ready} are ready")),
            }
        })
        .await?;
    }
    Ok(())
}
