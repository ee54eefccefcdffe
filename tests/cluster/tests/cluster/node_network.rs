//! The runtime loses its network, and finds it again.

use anyhow::{Context, ensure};
use cluster::cases;
use cluster::cluster::NODE_NAME;
use cluster::objects::{STAY, shell};
use cluster::space::Space;
use cluster::status::{container_id, is_ready};
use cluster::suite::Case;
use e2e::node::first;
use e2e::wait::BOUND;
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) const ALONE: &[Case] = cases![Alone: pods_wait_for_the_network];

/// What the node and its pods say of it.
const PROBLEM: &str =
    "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:";

/// The network's configuration, aside for as long as this value is there.
struct Aside {
    usual: PathBuf,
    aside: PathBuf,
}

impl Aside {
    fn put() -> anyhow::Result<Self> {
        let node = std::env::var("KUBELET_TEST_NODE").context("KUBELET_TEST_NODE is not set")?;
        let usual = Path::new(&node).join("cni/10-bridge.conflist");
        let aside = usual.with_extension("aside");
        fs::rename(&usual, &aside).with_context(|| usual.display().to_string())?;
        Ok(Self { usual, aside })
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // The next case tells, if it fails.
        let _ = fs::rename(&self.aside, &self.usual);
    }
}

/// A pod that no scheduler has sent here: it would send none to a node that is not ready.
fn bound(name: &str, host_network: Option<bool>) -> Value {
    let mut object = shell(name, STAY);
    object["spec"]["nodeName"] = json!(NODE_NAME);
    object["spec"]["hostNetwork"] = json!(host_network);
    object["spec"]["tolerations"] = json!([{ "operator": "Exists" }]);
    object
}

async fn pods_wait_for_the_network(space: Space) -> anyhow::Result<()> {
    let before = space.run(bound("before", None)).await?;
    let aside = Aside::put()?;
    let node = space.cluster.node_ready("False", BOUND).await?;
    let conditions = node.status.and_then(|status| status.conditions).unwrap_or_default();
    let ready = conditions.iter().find(|condition| condition.type_ == "Ready").context("no Ready")?;
    let message = ready.message.as_deref().unwrap_or_default();
    ensure!(ready.reason.as_deref() == Some("KubeletNotReady") && message.contains(PROBLEM), "{ready:?}");

    space.make::<Pod>(bound("waiting", None)).await?;
    space.event("waiting", &format!("NetworkNotReady: network is not ready: {PROBLEM}")).await?;
    space.run(bound("host", Some(true))).await?;
    // Upstream leaves a crashed container alone until there is a network again, though its pod has one.
    if space.cluster.is_ours().await? {
        space.cluster.kill_container(container_id(&before, "main")).await?;
        space
            .until::<Pod>("before", "runs again", |pod| is_ready(pod) && first(pod).restart_count == 1)
            .await?;
    }
    let waiting = space.found::<Pod>("waiting").await?;
    ensure!(container_id(&waiting, "main").is_empty(), "{:?}", waiting.status);

    drop(aside);
    space.cluster.node_ready("True", BOUND).await?;
    space.ready("waiting").await?;
    Ok(())
}
