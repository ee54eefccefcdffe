//! The second node, which takes only the pods of those who ask for it.

use crate::cluster::{Cluster, NODE_NAME};
use anyhow::Context;
use e2e::wait::{self, BOUND};
use k8s_openapi::api::core::v1::Node;
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams};
use serde_json::{Value, json};

/// The name of the second node.
pub const SECOND: &str = "node-2";
/// What keeps pods away from it.
const TAINT: &str = "tests.kubelet-rs.io/reserved";

/// The control plane's taint of a node that is cordoned.
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// Whether there is one.
///
/// # Errors
/// When there is none.
pub async fn has_second(cluster: &Cluster) -> anyhow::Result<()> {
    let second = Api::<Node>::all(cluster.client.clone()).get(SECOND).await;
    second.context("this cluster has no second node: `cargo xtask cluster run --nodes 2`")?;
    Ok(())
}

/// Taints every node but the first: most cases know of one node alone, and need not think of others.
///
/// # Errors
/// When the API server refuses.
pub async fn reserve(cluster: &Cluster) -> anyhow::Result<()> {
    let nodes = Api::<Node>::all(cluster.client.clone());
    let patch = json!({ "spec": { "taints": [{ "key": TAINT, "effect": "NoSchedule" }] } });
    for node in nodes.list(&ListParams::default()).await? {
        let name = node.metadata.name.unwrap_or_default();
        if name != NODE_NAME {
            let patched = nodes.patch(&name, &PatchParams::default(), &Patch::Strategic(&patch)).await;
            patched.with_context(|| format!("the taint of {name}"))?;
        }
    }
    Ok(())
}

/// The `spec` of pods that run on any node.
pub fn for_any_node(mut spec: Value) -> Value {
    spec["tolerations"] = json!([{ "key": TAINT, "operator": "Exists" }]);
    spec
}

/// Keeps new pods away from a node, or lets them come again; waits for the taint that says so to schedulers, which the control
/// plane sets and takes a moment later.
///
/// # Errors
/// When the API server refuses, or the taint stays as it was.
pub async fn set_schedulable(cluster: &Cluster, name: &str, schedulable: Schedulable) -> anyhow::Result<()> {
    let patch = json!({ "spec": { "unschedulable": schedulable == Schedulable::No } });
    let nodes = Api::<Node>::all(cluster.client.clone());
    nodes.patch(name, &PatchParams::default(), &Patch::Merge(&patch)).await?;
    wait::until(&format!("schedulers are told: {name} schedulable: {schedulable:?}"), BOUND, || async {
        let node = nodes.get(name).await.map_err(|error| error.to_string())?;
        let taints = node.spec.and_then(|spec| spec.taints).unwrap_or_default();
        let is_tainted = taints.iter().any(|taint| taint.key == UNSCHEDULABLE);
        if is_tainted == (schedulable == Schedulable::No) { Ok(()) } else { Err(format!("{taints:?}")) }
    })
    .await
}

/// Whether new pods come to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedulable {
    /// As usual.
    Yes,
    /// It is cordoned.
    No,
}
