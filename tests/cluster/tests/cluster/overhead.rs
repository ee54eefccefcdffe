//! What a pod costs beyond its containers, as its RuntimeClass says.

use anyhow::{Context, ensure};
use cluster::cases;
use cluster::cluster::NODE_NAME;
use cluster::objects::{STAY, pod, shell_spec};
use cluster::space::Space;
use cluster::status::has_ended;
use cluster::suite::Case;
use e2e::footprint::pod_cgroup;
use e2e::node::{phase, uid};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::node::v1::RuntimeClass;
use kube::Api;
use kube::api::{DeleteParams, PostParams};
use serde_json::{Value, json};
use std::fs;

pub(crate) const SHARED: &[Case] = cases![Shared: overhead_counts];

/// The requests and limits of the container alone.
const CONTAINER_MEMORY: u64 = 64 << 20;
/// What the RuntimeClass adds.
const OVERHEAD_MEMORY: u64 = 32 << 20;

fn of_class(name: &str, class: &str) -> Value {
    let mut spec = shell_spec(STAY);
    spec["runtimeClassName"] = json!(class);
    let resources = json!({ "cpu": "100m", "memory": CONTAINER_MEMORY.to_string() });
    spec["containers"][0]["resources"] = json!({ "requests": resources, "limits": resources });
    pod(name, spec)
}

async fn overhead_counts(space: Space) -> anyhow::Result<()> {
    let classes = Api::<RuntimeClass>::all(space.cluster.client.clone());
    let name = |word: &str| format!("{word}-{}", space.namespace);
    for (word, cpu) in [("light", "100m"), ("heavy", "1000")] {
        let fixed = json!({ "cpu": cpu, "memory": OVERHEAD_MEMORY.to_string() });
        let class = json!({
            "metadata": { "name": name(word) }, "handler": "test-handler", "overhead": { "podFixed": fixed },
        });
        classes.create(&PostParams::default(), &serde_json::from_value(class)?).await?;
    }
    let result = both(&space, &name("light"), &name("heavy")).await;
    for word in ["light", "heavy"] {
        classes.delete(&name(word), &DeleteParams::default()).await?;
    }
    result
}

async fn both(space: &Space, light: &str, heavy: &str) -> anyhow::Result<()> {
    let ready = space.run(of_class("light", light)).await?;
    let group = pod_cgroup("cpu", uid(&ready))?;
    // 200 m of CPU, in the units of the kernel's versions.
    let (shares, weight) = (group.join("cpu.shares"), group.join("cpu.weight"));
    let (file, expected) = if shares.exists() { (shares, "204") } else { (weight, "29") };
    let found = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    ensure!(found.trim() == expected, "{}: {found}", file.display());
    let group = pod_cgroup("memory", uid(&ready))?;
    let (limit, max) = (group.join("memory.limit_in_bytes"), group.join("memory.max"));
    let file = if limit.exists() { limit } else { max };
    let found = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    ensure!(found.trim() == (CONTAINER_MEMORY + OVERHEAD_MEMORY).to_string(), "{}: {found}", file.display());

    // The scheduler would know that it does not fit.
    let mut object = of_class("heavy", heavy);
    object["spec"]["nodeName"] = json!(NODE_NAME);
    space.make::<Pod>(object).await?;
    let refused = space.until::<Pod>("heavy", "is refused", has_ended).await?;
    let reason = refused.status.as_ref().and_then(|status| status.reason.as_deref());
    ensure!(phase(&refused) == "Failed" && reason == Some("OutOfcpu"), "{:?}", refused.status);
    Ok(())
}
