//! The kubelet ends in good order, and pods leave nothing behind.

use crate::restart::five_pods;
use anyhow::ensure;
use e2e::cases;
use e2e::environment::Environment;
use e2e::footprint::{self, Bundles, Footprint};
use e2e::kubelet::Options;
use e2e::manifest::{STAY, shell};
use e2e::node::Node;
use e2e::suite::Case;
use std::time::Duration;

pub(crate) const ALONE: &[Case] = cases![Alone:
    ordered_stop,
    ordered_stop_while_pods_end,
    nothing_is_left,
];

async fn ordered_stop(environment: Environment) -> anyhow::Result<()> {
    let mut node = Node::start(&environment, Options::new(&environment, "stop")).await?;
    five_pods(&node).await?;
    let before = node.runtime.snapshot().await?;
    let (status, took) = node.kubelet.terminate().await?;
    ensure!(status.success(), "{status}");
    ensure!(took < Duration::from_secs(5), "the stop took {took:?}");
    ensure!(!node.kubelet.root_dir().join("kubelet.sock").exists(), "the socket stays behind");
    assert_eq!(node.runtime.snapshot().await?, before, "containers live on");
    Ok(())
}

async fn ordered_stop_while_pods_end(environment: Environment) -> anyhow::Result<()> {
    let before = Footprint::now(&environment.root.join("busy/root"))?;
    let mut node = Node::start(&environment, Options::new(&environment, "busy")).await?;
    let slow = shell("slow-end", "trap '' TERM; while :; do sleep 1; done")
        .replace("terminationGracePeriodSeconds: 1", "terminationGracePeriodSeconds: 20");
    node.write("slow-end.yaml", &slow)?;
    node.running("slow-end").await?;
    node.remove("slow-end.yaml")?;
    node.pod_until("slow-end", "is ending", |pod| pod.metadata.deletion_timestamp.is_some()).await?;
    for number in 0..6 {
        node.write(&format!("starting-{number}.yaml"), &shell(&format!("starting-{number}"), STAY))?;
    }
    let (status, took) = node.kubelet.terminate().await?;
    ensure!(status.success(), "{status}");
    ensure!(took < Duration::from_secs(5), "the stop took {took:?}");
    node.kubelet.spawn()?;
    node.kubelet.ready().await?;
    node.gone("slow-end").await?;
    for number in 0..6 {
        node.running(&format!("starting-{number}")).await?;
        node.remove(&format!("starting-{number}.yaml"))?;
    }
    footprint::nothing_left(&node, &before, Bundles::Gone).await?;
    node.kubelet.terminate().await?;
    Ok(())
}

async fn nothing_is_left(environment: Environment) -> anyhow::Result<()> {
    let before = Footprint::now(&environment.root.join("leaks/root"))?;
    let mut node = Node::start(&environment, Options::new(&environment, "leaks")).await?;
    let names = five_pods(&node).await?;
    let used = Footprint::now(&node.kubelet.root_dir())?.beyond(&before);
    ensure!(
        !used.mounts.is_empty() && !used.cgroups.is_empty() && !used.pod_directories.is_empty(),
        "{used:?}"
    );
    for name in &names {
        node.remove(&format!("{name}.yaml"))?;
    }
    footprint::nothing_left(&node, &before, Bundles::Gone).await?;
    node.kubelet.terminate().await?;
    Ok(())
}
