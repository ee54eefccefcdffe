//! A node whose `resolv.conf` is more than pods can be given.

use anyhow::ensure;
use cluster::cases;
use cluster::cluster::NODE_NAME;
use cluster::objects::{STAY, shell};
use cluster::process::Process;
use cluster::space::Space;
use cluster::suite::Case;
use serde_json::json;
use std::fs;
use std::path::Path;

pub(crate) const ALONE: &[Case] = cases![Alone: a_long_search_line_is_told];

/// The most search paths of a pod (`apis/core/validation`).
const MOST_PATHS: usize = 32;
/// Where what is told of nodes goes.
const NODES_NAMESPACE: &str = "default";

async fn a_long_search_line_is_told(space: Space) -> anyhow::Result<()> {
    let file = space.directory()?.join("resolv.conf");
    let paths: Vec<String> = (0..40).map(|number| format!("d{number}.example.org")).collect();
    fs::write(&file, format!("nameserver 10.96.0.10\nsearch {}\n", paths.join(" ")))?;
    let mut usual = Process::called("kubelet")?;
    let mut kubelet = usual.with_argument(&format!("--resolv-conf={}", file.display()));
    space.cluster.exchange_kubelet(&usual, &mut kubelet).await?;
    let result = told(&space, &file, &paths).await;
    space.cluster.exchange_kubelet(&kubelet, &mut usual).await?;
    result
}

async fn told(space: &Space, file: &Path, paths: &[String]) -> anyhow::Result<()> {
    let of_nodes = Space { namespace: NODES_NAMESPACE.to_owned(), ..space.clone() };
    // A pod of the cluster has three search paths of its own.
    let complaint = format!(
        "CheckLimitsForResolvConf: Resolv.conf file '{}' contains search line consisting of more than {} domains!",
        file.display(),
        MOST_PATHS - 3
    );
    of_nodes.event(NODE_NAME, &complaint).await?;

    let mut object = shell("searching", STAY);
    object["spec"]["dnsPolicy"] = json!("Default");
    space.run(object).await?;
    let applied = paths[..MOST_PATHS].join(" ");
    let told = "DNSConfigForming: Search Line limits were exceeded, some search paths have been omitted, the applied search \
                line is: ";
    space.event("searching", &format!("{told}{applied}")).await?;
    let content = space.exec("searching", "main", "cat /etc/resolv.conf").await?;
    ensure!(content.contains(&format!("search {applied}\n")), "{content}");
    Ok(())
}
