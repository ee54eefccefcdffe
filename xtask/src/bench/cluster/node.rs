//! A kubelet as the cluster's node.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use k8s_openapi::api::core::v1::Node;
use kube::Api;
use kube::api::DeleteParams;
use rustix::process::{Pid, Signal, kill_process};

use crate::bench::kubelets::Usage;
use crate::bench::leftovers;
use crate::cluster::NODE_NAME;
use crate::cluster::kubelet::{ROOT, component};
use crate::cluster::member::Member;
use crate::cluster::process::Record;
use crate::node::layout::Layout;

/// How long a kubelet may take to start or end.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often the Node object is asked for: the resolution of how long a start takes.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);

/// A running kubelet.
#[derive(Debug)]
pub struct Kubelet {
    program: PathBuf,
    endpoint: String,
    layout: Layout,
    process: Record,
}

impl Kubelet {
    /// Starts it as a node that the cluster does not know yet. Returns it with the time until the node was Ready.
    ///
    /// # Errors
    /// When it does not become so.
    pub async fn start(
        program: &Path,
        endpoint: &str,
        layout: &Layout,
        client: &kube::Client,
    ) -> anyhow::Result<(Self, Duration)> {
        let nodes = Api::<Node>::all(client.clone());
        if nodes.get_opt(NODE_NAME).await?.is_some() {
            nodes.delete(NODE_NAME, &DeleteParams::default()).await?;
        }
        let begun = Instant::now();
        let process = component(Member::FIRST, program, endpoint)?.start(layout)?;
        let kubelet = Self {
            program: program.to_owned(),
            endpoint: endpoint.to_owned(),
            layout: layout.clone(),
            process,
        };
        while !nodes.get_opt(NODE_NAME).await?.is_some_and(|node| is_ready(&node)) {
            if begun.elapsed() > PATIENCE || !kubelet.process.is_alive() {
                bail!(
                    "{} does not become Ready; its log is {}",
                    program.display(),
                    kubelet.process.log.display()
                );
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
        Ok((kubelet, begun.elapsed()))
    }

    /// What it has used so far.
    ///
    /// # Errors
    /// When it has ended.
    pub fn usage(&self) -> anyhow::Result<Usage> {
        Usage::of(self.process.pid)
    }

    /// Ends it; pods go on.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn end(&self) -> anyhow::Result<()> {
        let pid = Pid::from_raw(self.process.pid.cast_signed()).context("0 is no process")?;
        kill_process(pid, Signal::TERM)?;
        let begun = Instant::now();
        while self.process.is_alive() {
            if begun.elapsed() > PATIENCE {
                bail!("{} does not end", self.program.display());
            }
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
        Ok(())
    }

    /// Starts it again; the moment of it.
    ///
    /// # Errors
    /// When the process cannot be made.
    pub fn start_again(&mut self) -> anyhow::Result<Instant> {
        let component = component(Member::FIRST, &self.program, &self.endpoint)?;
        let begun = Instant::now();
        self.process = component.start(&self.layout)?;
        Ok(begun)
    }

    /// Leaves nothing for the next contender.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub async fn clear(self, runtime: &cri::Client) -> anyhow::Result<()> {
        leftovers::clear(runtime, Path::new(ROOT)).await
    }
}

fn is_ready(node: &Node) -> bool {
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_deref());
    conditions.unwrap_or_default().iter().any(|found| found.type_ == "Ready" && found.status == "True")
}
