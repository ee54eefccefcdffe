//! Pods made, waited for, and gone.

use super::Space;
use crate::status;
use cri::v1::PodSandboxState;
use e2e::wait::{self, BOUND};
use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use serde_json::{Value, json};
use std::time::Duration;

impl Space {
    /// Makes a pod and waits until it is ready.
    ///
    /// # Errors
    /// When it is refused or does not become ready.
    pub async fn run(&self, pod: Value) -> anyhow::Result<Pod> {
        let pod: Pod = self.make(pod).await?;
        self.ready(status::name(&pod)).await
    }

    /// Waits until the pod is ready.
    ///
    /// # Errors
    /// When it does not become so.
    pub async fn ready(&self, name: &str) -> anyhow::Result<Pod> {
        self.until(name, "is ready", status::is_ready).await
    }

    /// The pods with these labels.
    ///
    /// # Errors
    /// When the API server does not tell.
    pub async fn pods(&self, labels: &str) -> anyhow::Result<Vec<Pod>> {
        Ok(self.api::<Pod>().list(&ListParams::default().labels(labels)).await?.items)
    }

    /// Waits until the pods with these labels are `count` ready ones, and no others.
    ///
    /// # Errors
    /// When that does not come true.
    pub async fn ready_pods(&self, labels: &str, count: usize) -> anyhow::Result<Vec<Pod>> {
        // Many pods take their time where others are busy too.
        let bound = BOUND * 2 + Duration::from_secs(count as u64);
        wait::until(&format!("{count} ready pods {labels}"), bound, || async {
            let pods = self.pods(labels).await.map_err(|error| format!("{error:#}"))?;
            if pods.len() == count && pods.iter().all(status::is_ready) {
                return Ok(pods);
            }
            let seen = pods.iter().map(|pod| (status::name(pod).to_owned(), status::is_ready(pod)));
            Err(format!("{:?}", seen.collect::<Vec<_>>()))
        })
        .await
    }

    /// Waits until the API server does not know the pod any more, and nothing of it runs: what has ended may be cleared away
    /// later, upstream's kubelet takes its time.
    ///
    /// # Errors
    /// When something of it stays.
    pub async fn gone(&self, name: &str) -> anyhow::Result<()> {
        wait::until(&format!("pod {name} is gone"), BOUND * 2, || async {
            let found = self.api::<Pod>().get_opt(name).await.map_err(|error| error.to_string())?;
            if let Some(pod) = found {
                return Err(format!("{:#}", json!(pod.status)));
            }
            let mut left =
                self.cluster.sandboxes(&self.namespace).await.map_err(|error| error.to_string())?;
            left.retain(|sandbox| {
                sandbox.state() == PodSandboxState::SandboxReady
                    && sandbox.metadata.as_ref().is_some_and(|metadata| metadata.name == name)
            });
            if left.is_empty() { Ok(()) } else { Err(format!("{left:?}")) }
        })
        .await
    }
}
