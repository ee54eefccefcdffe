//! The suite of the tests on a cluster.
//!
//! Cases that need no more than a working node run side by side, each in a namespace of its own; those that end components,
//! or count what the node does, run alone afterwards; what takes long by itself begins before all of them and ends last. After
//! each lone case, and after all shared ones, its namespaces are deleted, and nothing may be left of their pods.

use crate::cluster::Cluster;
use crate::nodes;
use crate::process::Process;
use crate::space::Space;
use anyhow::Context;
use e2e::environment::Environment;
use e2e::footprint::Footprint;
use e2e::harness::{self, Outcome, Suite, finish, last_lines, tail};
use e2e::suite::no_panic;
use e2e::wait::{self, BOUND};
use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

/// Lines of a component's log shown for a case that failed alone.
const LOG_LINES: usize = 40;

/// Lines of the kubelet's log shown for a pod that something is left of.
const LINES_OF_POD: usize = 10;

/// The shared cases together, among those that nothing may be left of.
const SHARED: &str = "shared";

/// A case on a cluster: in any case it gets a namespace of its own.
pub type Case = harness::Case<Space, Space>;

/// The cluster.
#[derive(Debug)]
pub struct ClusterSuite {
    cluster: Arc<Cluster>,
    is_ours: bool,
    /// What was there before a lone case, or before all shared ones.
    before: BTreeMap<String, Footprint>,
}

impl Suite for ClusterSuite {
    const NAME: &'static str = "cluster";
    const COMMAND: &'static str = "cargo xtask cluster run --nodes 2 -- cargo test -p cluster --test cluster";
    const SIDE_BY_SIDE: usize = 10;
    type Shared = Space;
    type Alone = Space;

    async fn find() -> anyhow::Result<Option<Self>> {
        if std::env::var_os(crate::process::CLUSTER_VARIABLE).is_none() {
            return Ok(None);
        }
        let environment = Environment::from_process()?.context("the cluster has no node")?;
        let cluster = Arc::new(Cluster::connect(&environment).await?);
        let is_ours = cluster.is_ours().await?;
        nodes::reserve(&cluster).await?;
        Ok(Some(Self { cluster, is_ours, before: BTreeMap::new() }))
    }

    fn surroundings(&self) -> String {
        let kubelet = if self.is_ours { "our kubelet" } else { "a kubelet of others" };
        format!("with {kubelet} on containerd {}", self.cluster.environment.containerd)
    }

    async fn before_shared(&mut self) -> anyhow::Result<()> {
        self.remember(SHARED)
    }

    async fn shared(&self, name: &str) -> anyhow::Result<Space> {
        let space = self.space(name);
        space.create().await?;
        Ok(space)
    }

    async fn after_one_shared(&self, name: &str) -> anyhow::Result<()> {
        self.space(name).remove().await
    }

    async fn after_shared(&mut self, names: &[&str]) -> anyhow::Result<Vec<Outcome>> {
        Ok(vec![finish("shared::nothing_is_left", self.nothing_left(SHARED, names)).await])
    }

    async fn alone(&mut self, name: &str) -> anyhow::Result<Space> {
        self.remember(name)?;
        self.shared(name).await
    }

    fn last_words(&self) -> String {
        let logs = ["kubelet", "kubelet-2", "kube-apiserver"]
            .into_iter()
            .filter_map(|name| Process::called(name).ok());
        let end = |process: Process| {
            format!("\nthe end of {}:\n{}", process.log().display(), tail(process.log(), LOG_LINES))
        };
        logs.map(end).collect()
    }

    async fn after_one_alone(&mut self, name: &str) -> anyhow::Result<Vec<Outcome>> {
        let look = format!("{name}::nothing_is_left");
        let nothing_is_left = finish(&look, async {
            self.space(name).remove().await?;
            self.nothing_left(name, &[name]).await
        });
        Ok(vec![nothing_is_left.await])
    }

    async fn after_all(&mut self, names: &[&str]) -> anyhow::Result<Vec<Outcome>> {
        let removed = finish("namespaces_are_gone", async {
            self.cluster.server_ready().await?;
            for name in names {
                self.space(name).removed().await?;
            }
            Ok(())
        })
        .await;
        let mut logs = fs::read_to_string(Process::called("kubelet")?.log()).unwrap_or_default();
        if let Ok(second) = Process::called("kubelet-2") {
            logs += &fs::read_to_string(second.log()).unwrap_or_default();
        }
        Ok(vec![removed, finish("no_panic", async { no_panic(&logs) }).await])
    }
}

impl ClusterSuite {
    /// The namespace of a case.
    fn space(&self, name: &str) -> Space {
        Space { cluster: Arc::clone(&self.cluster), namespace: name.replace("::", "-").replace('_', "-") }
    }

    fn remember(&mut self, cases: &str) -> anyhow::Result<()> {
        self.before.insert(cases.to_owned(), Footprint::now(&self.cluster.environment.root)?);
        Ok(())
    }

    /// Waits until the namespaces have no pods, and nothing is left of any beyond what was there before these cases. The
    /// namespaces themselves take seconds more, which the control plane gives them, and nobody need wait for.
    async fn nothing_left(&self, cases: &str, names: &[&str]) -> anyhow::Result<()> {
        for name in names {
            self.space(name).emptied().await?;
        }
        // Upstream's clears away within minutes.
        if !self.is_ours {
            return Ok(());
        }
        let before = self.before.get(cases).context("nobody looked before")?;
        wait::until("nothing is left of the pods", BOUND, || async {
            let root = &self.cluster.environment.root;
            let now = Footprint::now(root).map_err(|error| format!("{error:#}"))?;
            let mut left = now.beyond(before);
            // What only the runtime knows of stays its own business: containerd forgets bundles of starts cut off.
            left.bundles.clear();
            if left == Footprint::default() { Ok(()) } else { Err(format!("{left:#?}\n{}", said_of(&left))) }
        })
        .await
    }
}

/// The last that the kubelet said of the pods that something is left of.
fn said_of(left: &Footprint) -> String {
    let log = Process::called("kubelet").map(|kubelet| fs::read_to_string(kubelet.log()).unwrap_or_default());
    let log = log.unwrap_or_default();
    let uids = left.pod_directories.iter().filter_map(|directory| directory.file_name()?.to_str());
    let last = |uid| {
        let lines: Vec<&str> = log.lines().filter(|line| line.contains(uid)).collect();
        last_lines(&lines.join("\n"), LINES_OF_POD)
    };
    uids.map(last).collect::<Vec<_>>().join("\n")
}
