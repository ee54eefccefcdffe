//! The QoS tree and the values in it.

use anyhow::{Context, ensure};
use e2e::cases;
use e2e::footprint::{cgroup_roots, pod_cgroup};
use e2e::manifest::{STAY, container, pod, shell};
use e2e::node::{Node, uid};
use e2e::suite::Case;
use e2e::wait::{self, BOUND};
use std::fs;
use std::path::Path;
use std::sync::Arc;

pub(crate) const SHARED: &[Case] = cases![Shared:
    guaranteed,
    burstable,
    best_effort,
    half_limited,
    cgroups_go_with_the_pod,
];

fn with_resources(name: &str, resources: &str) -> String {
    let containers = container("main", STAY) + &format!("    resources: {resources}\n");
    pod(name, &format!("  containers:\n{containers}"))
}

/// Whether this box has cgroup v2: one hierarchy, with `cgroup.controllers`.
fn is_v2() -> bool {
    Path::new("/sys/fs/cgroup/cgroup.controllers").exists()
}

/// A value of the pod's cgroup: `v1` in `controller`'s hierarchy, or the file `v2`.
fn value(uid: &str, controller: &str, v1: &str, v2: &str) -> anyhow::Result<String> {
    let group = pod_cgroup(controller, uid)?;
    let file = group.join(if is_v2() { v2 } else { v1 });
    Ok(fs::read_to_string(&file).with_context(|| file.display().to_string())?.trim().to_owned())
}

/// Checks class, shares (v1, v2), quota (v1, v2) and memory limit of the pod's cgroup.
async fn check(
    node: &Node,
    name: &str,
    class: &str,
    shares: (&str, &str),
    quota: (&str, &str),
    memory: Option<u64>,
) -> anyhow::Result<()> {
    let pod = node.running(name).await?;
    let id = uid(&pod);
    let seen = pod.status.as_ref().and_then(|status| status.qos_class.clone());
    assert_eq!(seen.as_deref(), Some(class), "{name}");
    let parent = pod_cgroup("cpu", id)?.parent().context("parent")?.to_owned();
    let expected = match class {
        "Guaranteed" => "kubepods",
        "Burstable" => "kubepods/burstable",
        _ => "kubepods/besteffort",
    };
    ensure!(parent.ends_with(expected), "{name} is in {}", parent.display());
    let by_version = |pair: (&str, &str)| (if is_v2() { pair.1 } else { pair.0 }).to_owned();
    assert_eq!(value(id, "cpu", "cpu.shares", "cpu.weight")?, by_version(shares), "{name}: shares");
    assert_eq!(value(id, "cpu", "cpu.cfs_quota_us", "cpu.max")?, by_version(quota), "{name}: quota");
    let limit = value(id, "memory", "memory.limit_in_bytes", "memory.max")?;
    match memory {
        Some(bytes) => assert_eq!(limit, bytes.to_string(), "{name}: memory"),
        None => assert!(limit == "max" || limit.parse::<u64>()? > 1 << 60, "{name}: memory {limit}"),
    }
    // The container's own cgroup is in the pod's.
    let running = node.runtime.running(name, "main").await?;
    let pid = node.runtime.pid(&running.id).await?;
    let groups = fs::read_to_string(format!("/proc/{pid}/cgroup"))?;
    ensure!(groups.contains(&format!("{expected}/pod{id}/")), "{groups}");
    Ok(())
}

async fn guaranteed(node: Arc<Node>) -> anyhow::Result<()> {
    node.write("guaranteed.yaml", &with_resources("guaranteed", "{limits: {cpu: 500m, memory: 64Mi}}"))?;
    let quota = ("50000", "50000 100000");
    check(&node, "guaranteed", "Guaranteed", ("512", "59"), quota, Some(64 << 20)).await?;
    let score = oom_score(&node, "guaranteed").await?;
    // Where the box may not lower scores, the runtime keeps its own.
    ensure!(score == -997 || score == oom_score_of("self")?, "{score}");
    Ok(())
}

async fn burstable(node: Arc<Node>) -> anyhow::Result<()> {
    let resources = "{requests: {cpu: 100m, memory: 32Mi}, limits: {cpu: 200m, memory: 64Mi}}";
    node.write("burstable.yaml", &with_resources("burstable", resources))?;
    check(&node, "burstable", "Burstable", ("102", "17"), ("20000", "20000 100000"), Some(64 << 20)).await?;
    let score = oom_score(&node, "burstable").await?;
    ensure!((3..1000).contains(&score), "{score}");
    // The class's shares are the sum of its pods' requests, at least this one's.
    let file = if is_v2() { "cpu.weight" } else { "cpu.shares" };
    let class = pod_cgroup("cpu", uid(&node.running("burstable").await?))?;
    let class = class.parent().context("parent")?.join(file);
    let least = if is_v2() { 17 } else { 102 };
    wait::until("the class's shares", BOUND * 2, || async {
        let shares: u64 = fs::read_to_string(&class).unwrap_or_default().trim().parse().unwrap_or(0);
        if shares >= least { Ok(()) } else { Err(shares) }
    })
    .await
}

async fn best_effort(node: Arc<Node>) -> anyhow::Result<()> {
    node.write("best-effort.yaml", &shell("best-effort", STAY))?;
    check(&node, "best-effort", "BestEffort", ("2", "1"), ("-1", "max 100000"), None).await?;
    let score = oom_score(&node, "best-effort").await?;
    ensure!(score == 1000, "{score}");
    Ok(())
}

async fn half_limited(node: Arc<Node>) -> anyhow::Result<()> {
    // Limits of the pod only when every container has one.
    let containers = container("main", STAY)
        + "    resources: {requests: {cpu: 100m}, limits: {memory: 64Mi}}\n"
        + &container("other", STAY)
        + "    resources: {requests: {cpu: 100m}}\n";
    node.write("half.yaml", &pod("half-limited", &format!("  containers:\n{containers}")))?;
    check(&node, "half-limited", "Burstable", ("204", "29"), ("-1", "max 100000"), None).await
}

async fn oom_score(node: &Node, name: &str) -> anyhow::Result<i32> {
    let running = node.runtime.running(name, "main").await?;
    oom_score_of(&node.runtime.pid(&running.id).await?.to_string())
}

fn oom_score_of(process: &str) -> anyhow::Result<i32> {
    Ok(fs::read_to_string(format!("/proc/{process}/oom_score_adj"))?.trim().parse()?)
}

async fn cgroups_go_with_the_pod(node: Arc<Node>) -> anyhow::Result<()> {
    node.write("leaver.yaml", &shell("leaver", STAY))?;
    let pod = node.running("leaver").await?;
    let name = format!("pod{}", uid(&pod));
    let left = || -> anyhow::Result<Vec<_>> {
        let groups = cgroup_roots()?.into_iter().map(|root| root.join("kubepods/besteffort").join(&name));
        Ok(groups.filter(|group| group.exists()).collect())
    };
    ensure!(!left()?.is_empty(), "no cgroup at all");
    node.remove("leaver.yaml")?;
    node.gone("leaver").await?;
    wait::until("no cgroup in any hierarchy", BOUND, || async {
        let left = left().map_err(|error| vec![format!("{error:#}").into()])?;
        if left.is_empty() { Ok(()) } else { Err(left) }
    })
    .await
}
