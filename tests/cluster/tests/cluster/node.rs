//! The node's object, its lease, and what a restart of the kubelet does to both.

use anyhow::{Context, ensure};
use cluster::cases;
use cluster::cluster::NODE_NAME;
use cluster::objects::{STAY, pod, shell, shell_spec, workload};
use cluster::process::Process;
use cluster::space::Space;
use cluster::status::container_id;
use cluster::suite::Case;
use e2e::wait::{self, BOUND};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Node;
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::json;
use std::time::Duration;

pub(crate) const SHARED: &[Case] = cases![Shared: the_object_is_complete, the_lease_is_renewed];

pub(crate) const ALONE: &[Case] = cases![Alone:
    a_lost_node_is_found_again,
    a_restart_changes_nothing,
    a_deleted_node_registers_again,
    given_resources_outlive_a_restart,
];

async fn the_object_is_complete(space: Space) -> anyhow::Result<()> {
    let node = space.cluster.node_ready("True", BOUND).await?;
    let labels = node.metadata.labels.unwrap_or_default();
    for (label, value) in [
        ("kubernetes.io/hostname", NODE_NAME),
        ("kubernetes.io/os", "linux"),
        ("kubernetes.io/arch", "amd64"),
    ] {
        ensure!(labels.get(label).is_some_and(|found| found == value), "{label}: {labels:?}");
    }
    let status = node.status.context("no status")?;
    let addresses = status.addresses.unwrap_or_default();
    for (kind, address) in
        [("InternalIP", space.cluster.environment.node_ip.as_str()), ("Hostname", NODE_NAME)]
    {
        let found = addresses.iter().any(|found| found.type_ == kind && found.address == address);
        ensure!(found, "{kind}: {addresses:?}");
    }
    for quantities in [status.capacity.unwrap_or_default(), status.allocatable.unwrap_or_default()] {
        for resource in ["cpu", "memory", "pods", "ephemeral-storage", "hugepages-2Mi"] {
            ensure!(quantities.contains_key(resource), "{resource}: {quantities:?}");
        }
        ensure!(quantities["pods"].0 == "250", "{quantities:?}");
    }
    let conditions = status.conditions.unwrap_or_default();
    for (kind, expected) in
        [("Ready", "True"), ("MemoryPressure", "False"), ("DiskPressure", "False"), ("PIDPressure", "False")]
    {
        let condition = conditions.iter().find(|condition| condition.type_ == kind);
        ensure!(condition.is_some_and(|found| found.status == expected), "{kind}: {conditions:?}");
    }
    let info = status.node_info.context("no node info")?;
    ensure!(info.kubelet_version.starts_with("v1.37."), "{info:?}");
    ensure!(info.container_runtime_version.starts_with("containerd://"), "{info:?}");
    for value in [&info.machine_id, &info.boot_id, &info.kernel_version, &info.os_image] {
        ensure!(!value.is_empty(), "{info:?}");
    }
    let handlers = status.runtime_handlers.unwrap_or_default();
    if space.cluster.environment.containerd != "1.6" {
        ensure!(
            handlers.iter().any(|handler| handler.name.as_deref() == Some("test-handler")),
            "{handlers:?}"
        );
    }
    space.run(shell("images", STAY)).await?;
    space.cluster.node_with_image("busybox").await
}

async fn the_lease_is_renewed(space: Space) -> anyhow::Result<()> {
    let leases = Api::<Lease>::namespaced(space.cluster.client.clone(), "kube-node-lease");
    let renewed = || async {
        let spec = leases.get(NODE_NAME).await?.spec.unwrap_or_default();
        ensure!(spec.holder_identity.as_deref() == Some(NODE_NAME), "{spec:?}");
        ensure!(spec.lease_duration_seconds == Some(40), "{spec:?}");
        spec.renew_time.context("the lease was never renewed")
    };
    let before = renewed().await?;
    wait::until("the lease is renewed", Duration::from_secs(15), || async {
        match renewed().await {
            Ok(now) if now.0 > before.0 => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await?;
    let owner = leases.get(NODE_NAME).await?.metadata.owner_references.unwrap_or_default();
    ensure!(owner.iter().any(|owner| owner.kind == "Node"), "{owner:?}");
    Ok(())
}

async fn a_lost_node_is_found_again(space: Space) -> anyhow::Result<()> {
    let before = space.run(shell("survivor", STAY)).await?;
    let mut kubelet = Process::called("kubelet")?;
    kubelet.kill().await?;
    space.cluster.node_ready("Unknown", BOUND).await?;
    kubelet.start()?;
    space.cluster.node_ready("True", BOUND).await?;
    let after = space.ready("survivor").await?;
    ensure!(container_id(&after, "main") == container_id(&before, "main"), "the container was started anew");
    Ok(())
}

async fn a_restart_changes_nothing(space: Space) -> anyhow::Result<()> {
    let spec = json!({ "replicas": 15 });
    space.make::<Deployment>(workload("Deployment", "many", spec, shell_spec(STAY))).await?;
    let before = space.ready_pods("app=many", 15).await?;
    let writes = || {
        space.cluster.server_counter(
            "apiserver_request_total",
            &["resource=\"pods\"", "subresource=\"status\"", "verb=\"PATCH\""],
        )
    };
    let written = writes().await?;
    let ours = space.cluster.is_ours().await?;
    space.cluster.restart_kubelet().await?;
    space.cluster.node_ready("True", BOUND).await?;
    space.run(shell("next", STAY)).await?;
    let after = space.ready_pods("app=many", 15).await?;
    for old in &before {
        let new =
            after.iter().find(|pod| pod.metadata.uid == old.metadata.uid).context("a pod was replaced")?;
        ensure!(container_id(new, "main") == container_id(old, "main"), "a container was started anew");
        // Upstream's writes every status again.
        ensure!(!ours || new.status == old.status, "the status of {:?} changed", old.metadata.name);
    }
    let count = writes().await? - written;
    ensure!(!ours || count <= 5.0, "{count} status writes, at most 5 of them for the new pod");
    Ok(())
}

async fn a_deleted_node_registers_again(space: Space) -> anyhow::Result<()> {
    let before = space.cluster.node().await?;
    Api::<Node>::all(space.cluster.client.clone()).delete(NODE_NAME, &DeleteParams::default()).await?;
    space.cluster.restart_kubelet().await?;
    let after = space.cluster.node_ready("True", BOUND).await?;
    ensure!(after.metadata.uid != before.metadata.uid, "it is the old object");
    space.run(shell("next", STAY)).await?;
    Ok(())
}

/// Extended resources without a device plugin, which the documentation of Kubernetes has people write into the node.
async fn given_resources_outlive_a_restart(space: Space) -> anyhow::Result<()> {
    const DONGLE: &str = "example.com/dongle";
    let nodes = Api::<Node>::all(space.cluster.client.clone());
    let write = async |amount: serde_json::Value| {
        let status =
            json!({ "status": { "capacity": { DONGLE: &amount }, "allocatable": { DONGLE: &amount } } });
        nodes.patch_status(NODE_NAME, &PatchParams::default(), &Patch::Merge(status)).await
    };
    write(json!("4")).await?;
    space.cluster.restart_kubelet().await?;
    let mut spec = shell_spec(STAY);
    spec["containers"][0]["resources"] = json!({ "limits": { DONGLE: "1" } });
    space.run(pod("user", spec)).await?;
    let capacity = space.cluster.node().await?.status.unwrap_or_default().capacity.unwrap_or_default();
    ensure!(capacity.get(DONGLE).is_some_and(|amount| amount.0 == "4"), "{capacity:?}");
    write(serde_json::Value::Null).await?;
    Ok(())
}
