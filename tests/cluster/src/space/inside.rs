//! What containers say, and what runs of them.

use super::Space;
use crate::status;
use anyhow::ensure;
use cri::v1::ContainerState;
use cri::{ContainerService, StreamingService};
use e2e::wait::{self, BOUND};
use k8s_openapi::api::core::v1::Pod;
use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

/// How long a command in a container may take.
const COMMAND_BOUND: Duration = Duration::from_secs(20);

impl Space {
    /// The container `main` that runs of each pod, as the first node's runtime tells it.
    ///
    /// # Errors
    /// When the runtime does not answer.
    pub async fn running(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let mut running = BTreeMap::new();
        for container in self.cluster.runtime.list_containers(None).await? {
            let label = |key: &str| container.labels.get(key).map(String::as_str).unwrap_or_default();
            let is_ours = label("io.kubernetes.pod.namespace") == self.namespace
                && label("io.kubernetes.container.name") == "main";
            if is_ours && container.state() == ContainerState::ContainerRunning {
                running.insert(label("io.kubernetes.pod.name").to_owned(), container.id.clone());
            }
        }
        Ok(running)
    }

    /// What a command in a container prints.
    ///
    /// # Errors
    /// When it fails; what it printed is in the error.
    pub async fn exec(&self, pod: &str, container: &str, script: &str) -> anyhow::Result<String> {
        let object = self.api::<Pod>().get(pod).await?;
        let id = status::container_id(&object, container);
        let command = ["sh", "-c", script].map(str::to_owned);
        let answer = self.cluster.runtime.exec_sync(id, &command, COMMAND_BOUND).await?;
        let (out, errors) =
            (String::from_utf8_lossy(&answer.stdout), String::from_utf8_lossy(&answer.stderr));
        ensure!(answer.exit_code == 0, "{script}: status {}: {out}{errors}", answer.exit_code);
        Ok(out.into_owned())
    }

    /// Waits until a command in the pod's container `main` prints something that holds `expected`.
    ///
    /// # Errors
    /// When it does not.
    pub async fn prints(&self, pod: &str, script: &str, expected: &str) -> anyhow::Result<String> {
        wait::until(&format!("{script:?} in {pod} prints {expected:?}"), BOUND * 3, || async {
            match self.exec(pod, "main", script).await {
                Ok(text) if text.contains(expected) => Ok(text),
                Ok(text) => Err(text),
                Err(error) => Err(format!("{error:#}")),
            }
        })
        .await
    }

    /// What a container has written so far, from its log file; empty when there is none.
    ///
    /// # Errors
    /// When the pod is not there.
    pub async fn log(&self, pod: &str, container: &str) -> anyhow::Result<String> {
        let object = self.api::<Pod>().get(pod).await?;
        let uid = e2e::node::uid(&object);
        let directory = format!("/var/log/pods/{}_{pod}_{uid}/{container}", self.namespace);
        let count = status::container(&object, container).map_or(0, |status| status.restart_count);
        Ok(fs::read_to_string(format!("{directory}/{count}.log")).unwrap_or_default())
    }

    /// Waits until a container has written `text`.
    ///
    /// # Errors
    /// When it does not.
    pub async fn wrote(&self, pod: &str, container: &str, text: &str) -> anyhow::Result<String> {
        wait::until(&format!("{pod}/{container} wrote {text:?}"), BOUND * 2, || async {
            let log = self.log(pod, container).await.map_err(|error| format!("{error:#}"))?;
            if log.contains(text) { Ok(log) } else { Err(log) }
        })
        .await
    }
}
