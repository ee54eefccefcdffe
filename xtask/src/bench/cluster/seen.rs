//! The pods on a watch, with the moment of each change.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{ListParams, WatchEvent, WatchParams};
use tokio::sync::mpsc;

/// Nothing in a benchmark takes longer than this.
const PATIENCE: Duration = Duration::from_secs(180);

/// A change of a pod.
#[derive(Debug)]
pub struct Seen {
    /// When it was seen.
    pub at: Instant,
    /// Whether the object is gone.
    pub deleted: bool,
    /// The pod.
    pub pod: Pod,
}

/// A watch of all pods of the benchmark's namespace.
#[derive(Debug)]
pub struct Watch(mpsc::UnboundedReceiver<Seen>);

impl Watch {
    /// Begins to watch.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn begin(pods: Api<Pod>) -> anyhow::Result<Self> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let list = pods.list(&ListParams::default()).await?;
        let mut version = list.metadata.resource_version.unwrap_or_default();
        tokio::spawn(async move {
            loop {
                let stream = pods.watch(&WatchParams::default(), &version).await?;
                let mut stream = stream.boxed();
                while let Some(event) = stream.try_next().await? {
                    let (pod, deleted) = match event {
                        WatchEvent::Added(pod) | WatchEvent::Modified(pod) => (pod, false),
                        WatchEvent::Deleted(pod) => (pod, true),
                        WatchEvent::Bookmark(_) => continue,
                        WatchEvent::Error(error) => bail!("{error:?}"),
                    };
                    version = pod.metadata.resource_version.clone().unwrap_or_default();
                    if sender.send(Seen { at: Instant::now(), deleted, pod }).is_err() {
                        return anyhow::Ok(());
                    }
                }
            }
        });
        Ok(Self(receiver))
    }

    /// Forgets what was seen so far.
    pub fn drain(&mut self) {
        while self.0.try_recv().is_ok() {}
    }

    /// The next change that `wanted` picks.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn next(&mut self, wanted: impl Fn(&Seen) -> bool) -> anyhow::Result<Seen> {
        let search = async {
            while let Some(seen) = self.0.recv().await {
                if wanted(&seen) {
                    return Ok(seen);
                }
            }
            bail!("the watch ended")
        };
        tokio::time::timeout(PATIENCE, search)
            .await
            .context("what the benchmark waits for does not happen")?
    }

    /// Waits until the pod's container runs for the `restarts`th time again.
    ///
    /// # Errors
    /// When it does not.
    pub async fn running(&mut self, name: &str, restarts: i32) -> anyhow::Result<Seen> {
        self.next(|seen| is_called(seen, name) && !seen.deleted && runs(&seen.pod, restarts)).await
    }

    /// Waits until the pod's object is gone.
    ///
    /// # Errors
    /// When it stays.
    pub async fn gone(&mut self, name: &str) -> anyhow::Result<Seen> {
        self.next(|seen| is_called(seen, name) && seen.deleted).await
    }
}

fn is_called(seen: &Seen, name: &str) -> bool {
    seen.pod.metadata.name.as_deref() == Some(name)
}

/// Whether the phase is Running and the only container runs.
pub fn runs(pod: &Pod, restarts: i32) -> bool {
    let Some(status) = &pod.status else { return false };
    let mut containers = status.container_statuses.iter().flatten();
    status.phase.as_deref() == Some("Running")
        && containers.any(|container| {
            container.restart_count == restarts
                && container.state.as_ref().is_some_and(|state| state.running.is_some())
        })
}
