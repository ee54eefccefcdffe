//! The suite of the tests on a node.
//!
//! A kubelet ends sandboxes that it does not know, so two of them cannot share a runtime. Cases that need just some kubelet run
//! side by side on one, each with pods of its own names; cases that start, stop, or configure one run alone, one after the other.
//! After the shared ones, and after each of the others, all pods are taken away, and nothing may be left of them.

use crate::environment::Environment;
use crate::footprint::{self, Bundles, Footprint};
use crate::harness::{self, Outcome, Suite, finish, keep, say, tail};
use crate::kubelet::Options;
use crate::node::Node;
use crate::runtime::Runtime;
use crate::wait::{self, BOUND};
use anyhow::Context;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

/// Lines of the kubelet's log shown for a case that failed alone.
const LOG_LINES: usize = 60;

/// A case on a node: on the kubelet of all shared cases, or with the box for kubelets of its own.
pub type Case = harness::Case<Arc<Node>, Environment>;

/// The box, and the kubelet of all shared cases while they run.
#[derive(Debug)]
pub struct NodeSuite {
    environment: Environment,
    shared: Option<Shared>,
}

#[derive(Debug)]
struct Shared {
    node: Arc<Node>,
    before: Footprint,
}

impl Suite for NodeSuite {
    const NAME: &'static str = "e2e";
    const COMMAND: &'static str = "cargo xtask node exec -- cargo test -p e2e";
    const SIDE_BY_SIDE: usize = 8;
    type Shared = Arc<Node>;
    type Alone = Environment;

    async fn find() -> anyhow::Result<Option<Self>> {
        let environment = Environment::from_process()?;
        Ok(environment.map(|environment| Self { environment, shared: None }))
    }

    fn surroundings(&self) -> String {
        format!("on containerd {}", self.environment.containerd)
    }

    async fn before_shared(&mut self) -> anyhow::Result<()> {
        clear(&self.environment).await?;
        let options = Options::new(&self.environment, "shared");
        let before = Footprint::now(&options.directory.join("root"))?;
        let node = Arc::new(Node::start(&self.environment, options).await?);
        self.shared = Some(Shared { node, before });
        Ok(())
    }

    async fn shared(&self, _name: &str) -> anyhow::Result<Arc<Node>> {
        let shared = self.shared.as_ref().context("the shared kubelet was not started")?;
        Ok(Arc::clone(&shared.node))
    }

    async fn after_one_shared(&self, _name: &str) -> anyhow::Result<()> {
        Ok(())
    }

    async fn after_shared(&mut self, _names: &[&str]) -> anyhow::Result<Vec<Outcome>> {
        let Shared { node, before } = self.shared.take().context("the shared kubelet was not started")?;
        let nothing_is_left = finish("shared::nothing_is_left", async {
            for entry in fs::read_dir(node.kubelet.manifests())?.flatten() {
                let path = entry.path();
                if path.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
            }
            footprint::nothing_left(&node, &before, Bundles::Gone).await
        })
        .await;
        let log = node.kubelet.log();
        let no_panic = finish("shared::no_panic", async { no_panic(&log) }).await;
        let mut node = Arc::into_inner(node).context("a case still holds the shared node")?;
        node.kubelet.terminate().await?;
        self.keep_logs("shared");
        clear(&self.environment).await?;
        Ok(vec![nothing_is_left, no_panic])
    }

    async fn alone(&mut self, _name: &str) -> anyhow::Result<Environment> {
        clear(&self.environment).await?;
        Ok(self.environment.clone())
    }

    fn last_words(&self) -> String {
        let logs = self.logs().into_iter();
        logs.map(|(_, log)| format!("\nthe end of {}:\n{}", log.display(), tail(&log, LOG_LINES))).collect()
    }

    async fn after_one_alone(&mut self, name: &str) -> anyhow::Result<Vec<Outcome>> {
        self.keep_logs(&name.replace("::", "-"));
        clear(&self.environment).await?;
        Ok(Vec::new())
    }

    async fn after_all(&mut self, _names: &[&str]) -> anyhow::Result<Vec<Outcome>> {
        Ok(Vec::new())
    }
}

impl NodeSuite {
    /// The kubelets that were started, with their logs.
    fn logs(&self) -> Vec<(String, PathBuf)> {
        let entries = fs::read_dir(&self.environment.root).into_iter().flatten().flatten();
        let logs = entries.map(|entry| {
            (entry.file_name().to_string_lossy().into_owned(), entry.path().join("kubelet.log"))
        });
        logs.filter(|(_, log)| log.is_file()).collect()
    }

    fn keep_logs(&self, name: &str) {
        for (kubelet, log) in self.logs() {
            keep(&log, &format!("kubelet-{name}-{kubelet}"));
        }
    }
}

/// Whether a kubelet has panicked.
///
/// # Errors
/// When its log tells of it.
pub fn no_panic(log: &str) -> anyhow::Result<()> {
    match log.lines().find(|line| line.contains("panicked at")) {
        Some(panic) => anyhow::bail!("the kubelet panicked: {panic}"),
        None => Ok(()),
    }
}

/// Removes what an earlier case left, so that its failure is its own.
async fn clear(environment: &Environment) -> anyhow::Result<()> {
    let runtime = Runtime::connect(environment)?;
    if let Err(error) = emptied(&runtime).await {
        say(&format!("the runtime cannot remove what it has, and is restarted: {error:#}"));
        runtime.stop().await?.start().await?;
        emptied(&runtime).await?;
    }
    let root = environment.root.to_string_lossy().into_owned();
    let mut mounts: Vec<String> = footprint::mount_points()?;
    mounts.retain(|point| point.starts_with(&format!("{root}/")));
    for point in mounts.iter().rev() {
        rustix::mount::unmount(point, rustix::mount::UnmountFlags::DETACH).context(point.clone())?;
    }
    for entry in fs::read_dir(&environment.root)?.flatten() {
        fs::remove_dir_all(entry.path()).with_context(|| entry.path().display().to_string())?;
    }
    for directory in ["/var/log/pods", "/var/log/containers"] {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}

async fn emptied(runtime: &Runtime) -> anyhow::Result<()> {
    wait::until("the runtime is empty", BOUND / 3, || async {
        let cleared = runtime.clear().await;
        // What the runtime cannot remove often has a process that it does not know of.
        cleared.map_err(|error| (format!("{error:#}"), footprint::kill_all()))
    })
    .await
}
