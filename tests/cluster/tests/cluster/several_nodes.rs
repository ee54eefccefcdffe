//! Two nodes: work is spread over both, and given away by one that is drained.

use anyhow::ensure;
use cluster::cases;
use cluster::nodes::{SECOND, Schedulable, for_any_node, has_second, set_schedulable};
use cluster::objects::{STAY, shell_spec, workload};
use cluster::space::Space;
use cluster::status::{is_ready, name};
use cluster::suite::Case;
use e2e::node::ip;
use e2e::wait::{self, BOUND};
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment};
use k8s_openapi::api::core::v1::Pod;
use serde_json::json;
use std::collections::BTreeMap;

pub(crate) const SHARED: &[Case] = cases![Shared: two_nodes_share_the_work];

async fn two_nodes_share_the_work(space: Space) -> anyhow::Result<()> {
    has_second(&space.cluster).await?;
    let daemon = workload("DaemonSet", "daemon", json!({}), for_any_node(shell_spec(STAY)));
    space.make::<DaemonSet>(daemon).await?;
    let mut spec = for_any_node(shell_spec(STAY));
    spec["topologySpreadConstraints"] = json!([{
        "maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": { "matchLabels": { "app": "spread" } },
        // A node that takes no pods is no place to count.
        "nodeTaintsPolicy": "Honor",
    }]);
    space.make::<Deployment>(workload("Deployment", "spread", json!({ "replicas": 6 }), spec)).await?;
    distributed(&space, "app=daemon", &[("node-1", 1), (SECOND, 1)]).await?;
    let pods = distributed(&space, "app=spread", &[("node-1", 3), (SECOND, 3)]).await?;
    for pod in &pods {
        let (node, network) =
            if node_of(pod) == SECOND { ("10.99.0.3", "10.89.") } else { ("10.99.0.2", "10.88.") };
        let host = pod.status.as_ref().and_then(|status| status.host_ip.as_deref());
        ensure!(host == Some(node) && ip(pod).starts_with(network), "{}: {:?}", name(pod), pod.status);
    }

    // As `kubectl drain` does: no new pods, and the present ones asked to leave; those of daemons stay.
    set_schedulable(&space.cluster, SECOND, Schedulable::No).await?;
    for pod in pods.iter().filter(|pod| node_of(pod) == SECOND) {
        space.api::<Pod>().evict(name(pod), &Default::default()).await?;
    }
    let drained = distributed(&space, "app=spread", &[("node-1", 6)]).await;
    let daemons = distributed(&space, "app=daemon", &[("node-1", 1), (SECOND, 1)]).await;
    set_schedulable(&space.cluster, SECOND, Schedulable::Yes).await?;
    drained?;
    daemons?;

    // Back in use, it gets what comes next.
    space.change::<Deployment>("spread", json!({ "spec": { "replicas": 8 } })).await?;
    distributed(&space, "app=spread", &[("node-1", 6), (SECOND, 2)]).await?;
    Ok(())
}

fn node_of(pod: &Pod) -> &str {
    pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).unwrap_or_default()
}

/// Waits until the pods with these labels are all ready, and so many on each node.
async fn distributed(space: &Space, labels: &str, expected: &[(&str, usize)]) -> anyhow::Result<Vec<Pod>> {
    let expected: BTreeMap<&str, usize> = expected.iter().copied().collect();
    wait::until(&format!("pods {labels} are {expected:?}"), BOUND * 2, || async {
        let pods = space.pods(labels).await.map_err(|error| format!("{error:#}"))?;
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for pod in &pods {
            *counts.entry(node_of(pod)).or_default() += 1;
        }
        if counts == expected && pods.iter().all(is_ready) {
            return Ok(pods.clone());
        }
        let seen = pods.iter().map(|pod| format!("{} on {}: {}", name(pod), node_of(pod), is_ready(pod)));
        Err(format!("{:#?}", seen.collect::<Vec<_>>()))
    })
    .await
}
