//! Components that end in the middle of work, and everything at once.

use anyhow::{Context, ensure};
use cluster::cases;
use cluster::cluster::NODE_NAME;
use cluster::objects::{STAY, pod, shell, shell_spec, shell_without_token};
use cluster::process::Process;
use cluster::space::Space;
use cluster::status::has_ended;
use cluster::suite::Case;
use e2e::node::uid;
use e2e::wait::BOUND;
use k8s_openapi::api::core::v1::Pod;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

pub(crate) const ALONE: &[Case] = cases![Alone:
    the_past_comes_back,
    random_kills,
    a_full_node,
];

/// Kills of the kubelet.
const KILLS: u32 = 15;
/// Pods that come and go meanwhile.
const PODS: usize = 20;
/// The seed of all choices; the times at which things happen are the machine's.
const SEED: u64 = 5;

async fn the_past_comes_back(space: Space) -> anyhow::Result<()> {
    space.run(shell("kept", STAY)).await?;
    let (mut etcd, mut server) = (Process::called("etcd")?, Process::called("kube-apiserver")?);
    let data = etcd.argument("data-dir").context("etcd has no directory")?.to_owned();
    let copy = format!("{data}-copy");
    server.kill().await?;
    etcd.terminate().await?;
    run("cp", &["-a", &data, &copy])?;
    etcd.start()?;
    server.start()?;
    space.cluster.server_ready().await?;

    // Of what happens now the API server will know nothing. The scheduler may need a minute to find it again: it is not asked.
    let mut forgotten = shell("forgotten", STAY);
    forgotten["spec"]["nodeName"] = json!(NODE_NAME);
    space.run(forgotten).await?;
    server.kill().await?;
    etcd.kill().await?;
    run("rm", &["-r", &data])?;
    run("mv", &[&copy, &data])?;
    etcd.start()?;
    server.start()?;
    space.cluster.server_ready().await?;

    // Others keep caches too: with newer versions in them than there are now they would wait for ever.
    for name in ["kube-controller-manager", "kube-scheduler"] {
        let mut process = Process::called(name)?;
        process.kill().await?;
        process.start()?;
    }
    let kept = space.ready("kept").await?;
    space.gone("forgotten").await?;
    space.run(shell("next", STAY)).await?;
    ensure!(e2e::node::first(&kept).restart_count == 0, "{:?}", kept.status);
    space.cluster.node_ready("True", BOUND).await?;
    Ok(())
}

fn run(program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let status = Command::new(program).args(arguments).status().context(program.to_owned())?;
    ensure!(status.success(), "{program} {arguments:?}: {status}");
    Ok(())
}

/// Pod `number`: staying, crashing, ending by itself, with two containers.
fn random_pod(number: usize) -> (String, Value) {
    let name = format!("random-{number}");
    let object = match number % 4 {
        0 => shell(&name, STAY),
        1 => shell(&name, "sleep 1; exit 1"),
        2 => {
            let mut spec = shell_spec("sleep 1");
            spec["restartPolicy"] = json!("Never");
            pod(&name, spec)
        }
        _ => {
            let mut spec = shell_spec(STAY);
            spec["containers"] = ["main", "other"].map(|name| cluster::objects::container(name, STAY)).into();
            pod(&name, spec)
        }
    };
    (name, object)
}

async fn random_kills(space: Space) -> anyhow::Result<()> {
    let mut random = SmallRng::seed_from_u64(SEED);
    let mut kubelet = Process::called("kubelet")?;
    let mut present = BTreeSet::new();
    for _ in 0..KILLS {
        for _ in 0..random.random_range(2..6) {
            let number = random.random_range(0..PODS);
            let (name, object) = random_pod(number);
            if present.remove(&number) {
                space.delete::<Pod>(&name, random.random_bool(0.3).then_some(0)).await?;
            } else if space.api::<Pod>().get_opt(&name).await?.is_none() {
                space.make::<Pod>(object).await?;
                present.insert(number);
            }
        }
        tokio::time::sleep(Duration::from_millis(random.random_range(0..1500))).await;
        kubelet.kill().await?;
        kubelet.start()?;
    }
    space.cluster.kubelet_healthy().await?;
    for number in 0..PODS {
        let (name, _) = random_pod(number);
        if !present.contains(&number) {
            space.gone(&name).await?;
            continue;
        }
        match number % 4 {
            1 => drop(
                space
                    .until::<Pod>(&name, "crashes", |pod| {
                        e2e::node::statuses(pod).first().is_some_and(|status| status.restart_count > 0)
                    })
                    .await?,
            ),
            2 => drop(space.until::<Pod>(&name, "has ended", has_ended).await?),
            _ => drop(space.ready(&name).await?),
        }
    }
    let sandboxes = space.cluster.sandboxes(&space.namespace).await?;
    let mut ready = BTreeSet::new();
    for sandbox in &sandboxes {
        let is_ready = sandbox.state() == cri::v1::PodSandboxState::SandboxReady;
        let uid = sandbox.metadata.clone().unwrap_or_default().uid;
        ensure!(!is_ready || ready.insert(uid), "two ready sandboxes of one pod: {sandboxes:#?}");
    }
    Ok(())
}

async fn a_full_node(space: Space) -> anyhow::Result<()> {
    for number in 0..110 {
        let mut object = shell_without_token(&format!("full-{number}"), STAY);
        object["metadata"]["labels"] = json!({ "app": "full" });
        object["spec"]["terminationGracePeriodSeconds"] = json!(1);
        space.make::<Pod>(object).await?;
    }
    let pods = space.ready_pods("app=full", 110).await?;
    let addresses: BTreeSet<&str> = pods.iter().map(e2e::node::ip).collect();
    let uids: BTreeSet<&str> = pods.iter().map(uid).collect();
    ensure!(addresses.len() == 110 && uids.len() == 110, "addresses are shared");
    space
        .api::<Pod>()
        .delete_collection(&Default::default(), &kube::api::ListParams::default().labels("app=full"))
        .await?;
    space.ready_pods("app=full", 0).await?;
    Ok(())
}
