//! The runtime's own word on when something happened.

use anyhow::{Context, bail};
use cri::v1::ContainerEventType;
use cri::{Client, StateService};
use futures::StreamExt;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Nothing in a benchmark takes longer than this.
const PATIENCE: Duration = Duration::from_secs(120);

/// Something that happened in the runtime.
#[derive(Clone, Debug)]
pub struct Happening {
    /// When it was told.
    pub at: Instant,
    /// What.
    pub kind: ContainerEventType,
    /// Name of the pod.
    pub pod: String,
    /// The container's or sandbox's id.
    pub id: String,
    /// Whether it is the sandbox itself.
    pub is_sandbox: bool,
}

/// A subscription to the runtime's events.
#[derive(Debug)]
pub struct Events(mpsc::UnboundedReceiver<Happening>);

impl Events {
    /// Subscribes.
    pub fn subscribe(client: &Client) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut stream = client.get_container_events();
        tokio::spawn(async move {
            while let Some(Ok(event)) = stream.next().await {
                let sandbox = event.pod_sandbox_status.as_ref();
                let happening = Happening {
                    at: Instant::now(),
                    kind: event.container_event_type(),
                    pod: sandbox
                        .and_then(|status| status.metadata.as_ref())
                        .map(|metadata| metadata.name.clone())
                        .unwrap_or_default(),
                    is_sandbox: sandbox.is_some_and(|status| status.id == event.container_id),
                    id: event.container_id,
                };
                if sender.send(happening).is_err() {
                    return;
                }
            }
        });
        Self(receiver)
    }

    /// Forgets what has happened so far.
    pub fn drain(&mut self) {
        while self.0.try_recv().is_ok() {}
    }

    /// The next happening that `wanted` picks.
    pub async fn next(&mut self, wanted: impl Fn(&Happening) -> bool) -> anyhow::Result<Happening> {
        let search = async {
            while let Some(happening) = self.0.recv().await {
                if wanted(&happening) {
                    return Ok(happening);
                }
            }
            bail!("the runtime's event stream ended")
        };
        tokio::time::timeout(PATIENCE, search)
            .await
            .context("what the benchmark waits for does not happen")?
    }

    /// Waits until a container of the pod runs.
    pub async fn running(&mut self, pod: &str) -> anyhow::Result<Happening> {
        self.next(|happening| {
            !happening.is_sandbox
                && happening.kind == ContainerEventType::ContainerStartedEvent
                && happening.pod.starts_with(pod)
        })
        .await
    }

    /// Waits until the pod's sandbox has stopped.
    pub async fn sandbox_stopped(&mut self, pod: &str) -> anyhow::Result<Happening> {
        self.next(|happening| {
            happening.is_sandbox
                && happening.kind == ContainerEventType::ContainerStoppedEvent
                && happening.pod.starts_with(pod)
        })
        .await
    }
}
