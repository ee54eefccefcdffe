//! The range that this node's pods get their addresses from, as the runtime is told it.
//!
//! Owns what the runtime was told last. Inputs: `podCIDR` of the configuration, and `spec.podCIDRs` of the node, which a
//! controller of the cluster sets and which counts before the former. Effect: CRI `UpdateRuntimeConfig`, from which
//! containerd writes a network configuration where it has a template for one. One task.
//!
//! Source: `pkg/kubelet/kubelet_network.go` `updatePodCIDR`, `kubelet_node_status.go` `updateNode`, release 1.37.

use crate::view::{Sight, View};
use crate::vitals::changed;
use cri::v1::{NetworkConfig, RuntimeConfig};
use cri::{CriError, StateService};
use std::sync::Arc;
use std::time::Duration;
use tasks::{Stop, watch};

/// When a runtime that did not take the range is told again: upstream does so at its next look at the node's status.
const RETRY: Duration = Duration::from_secs(10);

/// See the module.
#[derive(Clone)]
pub(crate) struct PodCidrTask {
    runtime: Arc<dyn StateService>,
    sight: watch::Receiver<Sight>,
    configured: String,
}

impl PodCidrTask {
    /// A task that is not run yet. `configured` is empty for none.
    pub(crate) fn new(runtime: Arc<dyn StateService>, view: &View, configured: &str) -> Self {
        Self { runtime, sight: view.whole(), configured: configured.to_owned() }
    }

    /// Until `stop`.
    pub(crate) async fn run(mut self, stop: Stop) {
        tokio::select! {
            biased;
            () = stop.requested() => {}
            () = self.follow() => {}
        }
    }

    async fn follow(&mut self) {
        let mut wanted = self.configured.clone();
        let mut told = String::new();
        loop {
            if let Some(ranges) = ranges(&self.sight.borrow_and_update()) {
                wanted = ranges;
            }
            if wanted != told {
                match self.tell(&wanted).await {
                    Ok(()) => {
                        tracing::info!(originalPodCIDR = told, newPodCIDR = wanted, "Updating Pod CIDR");
                        told.clone_from(&wanted);
                    }
                    Err(error) => tracing::error!(err = %error, podCIDR = wanted, "Error updating pod CIDR"),
                }
            }
            tokio::select! {
                biased;
                () = changed(&mut self.sight) => {}
                () = tokio::time::sleep(RETRY), if wanted != told => {}
            }
        }
    }

    async fn tell(&self, range: &str) -> Result<(), CriError> {
        let network_config = Some(NetworkConfig { pod_cidr: range.to_owned() });
        self.runtime.update_runtime_config(RuntimeConfig { network_config }).await
    }
}

/// The node's ranges, the main one first; `None` while it has none.
fn ranges(sight: &Sight) -> Option<String> {
    let ranges = sight.node()?.spec.as_ref()?.pod_cidrs.as_ref()?;
    (!ranges.is_empty()).then(|| ranges.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use cri::Operation;
    use cri::v1::{RuntimeConfigResponse, StatusResponse, VersionResponse};
    use std::sync::Mutex;

    /// A runtime that notes what it is told, and takes it only when it may.
    #[derive(Default)]
    struct Listener {
        heard: Mutex<Vec<String>>,
        is_deaf: Mutex<bool>,
    }

    #[async_trait]
    impl StateService for Listener {
        async fn version(&self) -> Result<VersionResponse, CriError> {
            Ok(VersionResponse::default())
        }

        async fn status(&self, _verbose: bool) -> Result<StatusResponse, CriError> {
            Ok(StatusResponse::default())
        }

        async fn runtime_config(&self) -> Result<RuntimeConfigResponse, CriError> {
            Ok(RuntimeConfigResponse::default())
        }

        async fn update_runtime_config(&self, config: RuntimeConfig) -> Result<(), CriError> {
            if *self.is_deaf.lock().unwrap() {
                let operation = Operation::UpdateRuntimeConfig;
                return Err(CriError::Unimplemented { operation, message: "deaf".to_owned() });
            }
            self.heard.lock().unwrap().push(config.network_config.unwrap_or_default().pod_cidr);
            Ok(())
        }

        fn get_container_events(&self) -> cri::EventStream {
            Box::pin(futures::stream::pending())
        }
    }

    /// What the runtime has heard after each state of the node's ranges; `None`: it does not listen then.
    async fn check(configured: &str, steps: &[(Option<&[&str]>, &[&str])]) {
        let runtime = Arc::new(Listener::default());
        let view = View::new();
        let task = PodCidrTask::new(runtime.clone(), &view, configured);
        let stop = Stop::new();
        let running = tokio::spawn(task.run(stop.clone()));
        for (version, (ranges, expected)) in steps.iter().enumerate() {
            *runtime.is_deaf.lock().unwrap() = ranges.is_none();
            let node = serde_json::json!({
                "metadata": {"name": "n1", "resourceVersion": (version + 1).to_string()},
                "spec": {"podCIDRs": ranges.unwrap_or(&["10.9.0.0/24"])},
            });
            view.watched(Some(Arc::new(serde_json::from_value(node).unwrap())));
            tokio::time::sleep(RETRY + Duration::from_secs(1)).await;
            assert_eq!(*runtime.heard.lock().unwrap(), *expected, "{configured} {steps:?} {version}");
        }
        stop.request();
        running.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn each_range_is_told_once() {
        check("", &[(Some(&[]), &[]), (Some(&["10.0.0.0/24"]), &["10.0.0.0/24"])]).await;
        check("10.1.0.0/16", &[(Some(&[]), &["10.1.0.0/16"]), (Some(&[]), &["10.1.0.0/16"])]).await;
        let both = "10.0.0.0/24,fd00::/64";
        check("", &[(Some(&["10.0.0.0/24", "fd00::/64"]), &[both]), (Some(&[]), &[both])]).await;
        check("", &[(None, &[]), (Some(&["10.9.0.0/24"]), &["10.9.0.0/24"])]).await;
    }
}
