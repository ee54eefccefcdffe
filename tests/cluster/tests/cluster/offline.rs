//! `--offline-pods`: a node that reboots while the API server is away. Ours alone.

use anyhow::{Context, ensure};
use cluster::cases;
use cluster::objects::{STAY, shell, shell_without_token, with_volume};
use cluster::process::Process;
use cluster::space::Space;
use cluster::status::{container_id, is_ready};
use cluster::suite::Case;
use e2e::runtime::Runtime;
use e2e::wait::{self, BOUND};
use k8s_openapi::api::core::v1::{Pod, Secret};
use rustix::mount::{UnmountFlags, unmount};
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) const ALONE: &[Case] = cases![Alone: a_reboot_without_the_server];

/// The mark of a pod that was started from the record.
const OFFLINE_SINCE: &str = "kubelet-rs.io/offline-since";
/// For so long what must wait for the server is seen to wait.
const LOOK: Duration = Duration::from_secs(3);

async fn a_reboot_without_the_server(space: Space) -> anyhow::Result<()> {
    if !space.cluster.is_ours().await? {
        return Ok(());
    }
    let mut usual = Process::called("kubelet")?;
    let mut kubelet = usual.with_argument("--offline-pods");
    space.cluster.exchange_kubelet(&usual, &mut kubelet).await?;
    let result = reboot(&space, &mut kubelet).await;
    space.cluster.exchange_kubelet(&kubelet, &mut usual).await?;
    result
}

async fn reboot(space: &Space, kubelet: &mut Process) -> anyhow::Result<()> {
    space.make::<Secret>(json!({ "metadata": { "name": "secret" }, "stringData": { "key": "one" } })).await?;
    space.make::<Pod>(with_volume("needy", json!({ "secret": { "secretName": "secret" } }))).await?;
    space.make::<Pod>(shell("token", STAY)).await?;
    space.make::<Pod>(shell_without_token("kept", STAY)).await?;
    space.make::<Pod>(shell_without_token("removed", STAY)).await?;
    for name in ["needy", "token", "kept", "removed"] {
        space.ready(name).await?;
    }

    kubelet.kill().await?;
    // Of this the kubelet learns only when the server is back.
    space.delete::<Pod>("removed", Some(0)).await?;
    let mut server = Process::called("kube-apiserver")?;
    server.kill().await?;
    lose_everything(space).await?;
    kubelet.start()?;
    let offline = alone_on_the_node(space).await;
    server.start()?;
    space.cluster.server_ready().await?;
    let kept = offline?;

    // What the server does not have any more ends; what waited for it starts; the others are not touched again.
    space.gone("removed").await?;
    for name in ["needy", "token"] {
        space.ready(name).await?;
    }
    space.prints("needy", "cat /volume/key", "one").await?;
    let told = space
        .until::<Pod>("kept", "tells of its container", |pod| {
            is_ready(pod) && container_id(pod, "main") == kept
        })
        .await?;
    let annotations = told.metadata.annotations.unwrap_or_default();
    ensure!(!annotations.contains_key(OFFLINE_SINCE), "the mark is the node's own: {annotations:?}");
    wait::until("the mark is gone", BOUND, || async {
        let pod = local(space, "kept").await.map_err(|error| format!("{error:#}"))?;
        if is_marked(&pod) { Err(pod["metadata"].to_string()) } else { Ok(()) }
    })
    .await
}

/// What a reboot takes: containers, sandboxes, mounts.
async fn lose_everything(space: &Space) -> anyhow::Result<()> {
    let environment = &space.cluster.environment;
    let runtime = Runtime::connect(environment)?;
    wait::until("the runtime is empty", BOUND, || async {
        runtime.clear().await.map_err(|error| format!("{error:#}"))
    })
    .await?;
    let below = format!("{}/pods/", environment.root.display());
    for point in e2e::footprint::mount_points()?.iter().rev().filter(|point| point.starts_with(&below)) {
        unmount(point.as_str(), UnmountFlags::DETACH).with_context(|| point.clone())?;
    }
    Ok(())
}

/// The last known pods start, marked, as far as they need nobody. Returns the container of the pod that is kept.
async fn alone_on_the_node(space: &Space) -> anyhow::Result<String> {
    let running = wait::until("the last known pods run", BOUND, || async {
        let running = space.running().await.map_err(|error| format!("{error:#}"))?;
        let both = running.contains_key("kept") && running.contains_key("removed");
        if both { Ok(running) } else { Err(format!("{running:?}")) }
    })
    .await?;
    for name in ["kept", "removed"] {
        let pod = local(space, name).await?;
        ensure!(is_marked(&pod), "{name}: {}", pod["metadata"]);
    }
    wait::throughout("a pod runs without what it needs", LOOK, || async {
        let running = space.running().await?;
        ensure!(!running.contains_key("needy") && !running.contains_key("token"), "{running:?}");
        Ok(())
    })
    .await?;
    let namespace = &space.namespace;
    let secret = format!("\"volume\" : get secrets {namespace}/secret: no answer from the API server");
    says(space, "needy", &secret).await?;
    says(space, "token", "failed to fetch token: no answer from the API server").await?;
    running.get("kept").cloned().context("it runs")
}

/// Waits until the kubelet itself tells, of a pod that waits, why it does: nobody else can be told.
async fn says(space: &Space, name: &str, why: &str) -> anyhow::Result<()> {
    wait::until(&format!("{name} says why it waits"), BOUND, || async {
        let answer = e2e::node::get(&space.cluster.environment.root, "/v1/events").await;
        let events = answer.map_err(|error| format!("{error:#}"))?;
        let of_pod = events["items"].as_array().into_iter().flatten().filter(|event| {
            let object = &event["involvedObject"];
            object["namespace"] == space.namespace.as_str() && object["name"] == name
        });
        let told: Vec<&Value> = of_pod.collect();
        let says_why = told.iter().any(|event| {
            let message = event["message"].as_str().unwrap_or_default();
            event["reason"] == "FailedMount"
                && message.starts_with("MountVolume.SetUp failed for volume ")
                && message.contains(why)
        });
        if says_why { Ok(()) } else { Err(format!("{told:#?}")) }
    })
    .await
}

/// The pod as the kubelet itself tells of it.
async fn local(space: &Space, name: &str) -> anyhow::Result<Value> {
    let path = format!("/v1/pods/{}/{name}", space.namespace);
    e2e::node::get(&space.cluster.environment.root, &path).await
}

fn is_marked(pod: &Value) -> bool {
    pod["metadata"]["annotations"][OFFLINE_SINCE].is_string()
}
