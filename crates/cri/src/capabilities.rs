//! What this runtime can do, asked once at start, so that nobody trips over a missing RPC later.

use std::time::Duration;

use futures::StreamExt;

use crate::v1::{CgroupDriver, VersionResponse};
use crate::{CriError, RuntimeService};

/// How long to wait for "unimplemented" after the other answers are there. A runtime refuses an unknown method before it
/// answers anything that was asked later, so this is only a margin.
const EVENTS_REFUSAL: Duration = Duration::from_millis(50);

/// What a runtime is and has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Such as `containerd`.
    pub runtime_name: String,
    /// Such as `1.6.20~ds1` or `v2.4.2`.
    pub runtime_version: String,
    /// `v1`.
    pub runtime_api_version: String,
    /// Whether `GetContainerEvents` is there (containerd since 1.7). A hint: the stream itself has the last word.
    pub has_events: bool,
    /// The cgroup driver that the runtime uses, where it can tell (containerd since 2.0): it wins over the kubelet's configuration.
    pub cgroup_driver: Option<CgroupDriver>,
}

/// Asks the runtime for its version, its cgroup driver and its events. Fails when the version cannot be had; an RPC that is
/// not implemented is an answer, not an error. A subscription to events is opened and closed again: events may be lost.
pub async fn probe(runtime: &(impl RuntimeService + ?Sized)) -> Result<Capabilities, CriError> {
    let mut events = runtime.get_container_events();
    let facts = async {
        let version = runtime.version().await?;
        let cgroup_driver = cgroup_driver(runtime).await?;
        Ok::<_, CriError>((version, cgroup_driver))
    };
    let mut first_event = None;
    let (version, cgroup_driver): (VersionResponse, _) = {
        let mut facts = std::pin::pin!(facts);
        loop {
            tokio::select! {
                biased;
                answer = &mut facts => break answer?,
                event = events.next(), if first_event.is_none() => first_event = Some(event),
            }
        }
    };
    if first_event.is_none() {
        first_event = tokio::time::timeout(EVENTS_REFUSAL, events.next()).await.ok();
    }
    let has_events = match first_event {
        // Nothing yet, or an event: it is there.
        None | Some(Some(Ok(_))) => true,
        Some(Some(Err(error))) => !error.is_unimplemented(),
        // Ended at once without an error: useless.
        Some(None) => false,
    };
    Ok(Capabilities {
        runtime_name: version.runtime_name,
        runtime_version: version.runtime_version,
        runtime_api_version: version.runtime_api_version,
        has_events,
        cgroup_driver,
    })
}

async fn cgroup_driver(runtime: &(impl RuntimeService + ?Sized)) -> Result<Option<CgroupDriver>, CriError> {
    match runtime.runtime_config().await {
        Ok(answer) => Ok(answer.linux.and_then(|linux| CgroupDriver::try_from(linux.cgroup_driver).ok())),
        Err(CriError::Unimplemented { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
