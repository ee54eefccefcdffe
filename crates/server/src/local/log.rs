//! `GET /v1/pods/{namespace}/{name}/log`.

use super::{Shared, pods};
use crate::connections::ConnectionBound;
use crate::directory::PodDirectory;
use crate::logs::{self, LogOptions};
use crate::resolve::resolve_container;
use crate::status::Failure;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::mpsc;
use types::reasons::waiting;

/// Chunks on their way to one reader. With a chunk of at most 64 KiB this is what a slow reader can hold.
const CHUNKS_IN_FLIGHT: usize = 4;

/// What may be asked of a log; names as in `core/v1` PodLogOptions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LogQuery {
    /// Which container; may be left out when the pod has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// Go on as the container writes, until it ends.
    pub follow: bool,
    /// The last instance before the current one.
    pub previous: bool,
    /// Each line begins with its time.
    pub timestamps: bool,
    /// Only the last so many lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tail_lines: Option<u64>,
    /// Only lines at most so many seconds old.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since_seconds: Option<u32>,
    /// Only lines since this time; not together with `sinceSeconds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since_time: Option<Timestamp>,
    /// At most so many bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_bytes: Option<u64>,
}

impl LogQuery {
    fn options(&self, now: Timestamp) -> Result<LogOptions, Failure> {
        let since = match (self.since_seconds, self.since_time) {
            (Some(_), Some(_)) => {
                return Err(Failure::bad_request(
                    "at most one of sinceTime or sinceSeconds may be specified",
                ));
            }
            (Some(seconds), None) => now.checked_sub(SignedDuration::from_secs(i64::from(seconds))).ok(),
            (None, time) => time,
        };
        if self.limit_bytes == Some(0) {
            return Err(Failure::bad_request("limitBytes must be greater than 0"));
        }
        Ok(LogOptions {
            follow: self.follow,
            timestamps: self.timestamps,
            tail_lines: self.tail_lines,
            since,
            limit_bytes: self.limit_bytes,
        })
    }
}

pub(super) async fn log(
    State(shared): State<Shared>,
    Extension(bound): Extension<ConnectionBound>,
    Path((namespace, name)): Path<(String, String)>,
    query: Result<Query<LogQuery>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(query) = query.map_err(|rejection| Failure::bad_request(rejection.body_text()))?;
    let options = query.options(Timestamp::now())?;
    let pod = pods::find(&shared, &namespace, &name)?;
    let container = resolve_container(&pod, query.container.as_deref()).map_err(|error| {
        Failure::bad_request(error.to_string()).with_candidates(error.candidates().to_vec())
    })?;
    let uid = pod.metadata.uid.as_deref().unwrap_or_default();
    let path = shared
        .directory
        .log_file(uid, &container, query.previous)
        .ok_or_else(|| Failure::bad_request(why_no_log(&pod, &container, query.previous)))?;
    let slot = Arc::clone(&shared.log_streams)
        .try_acquire_owned()
        .map_err(|_| Failure::too_many("too many logs are being read; end one of them"))?;
    let reader = logs::LogReader::open(&path, options).await.map_err(|error| {
        let message =
            format!("the log of container {container:?} cannot be read: {}", types::error::chain(&error));
        Failure::not_found(message)
    })?;

    let alive = liveness(&shared.directory, &pod, &container, query.previous);
    let (chunks_tx, chunks_rx) = mpsc::channel(CHUNKS_IN_FLIGHT);
    tokio::spawn(async move {
        if let Err(error) = reader.run(chunks_tx, alive).await {
            tracing::warn!(path = %path.display(), error = types::error::chain(&error), "Reading a container's log failed");
        }
        drop(slot);
    });
    bound.lift();
    let chunks = futures::stream::unfold(chunks_rx, |mut chunks_rx| async move {
        let chunk: Bytes = chunks_rx.recv().await?;
        Some((Ok::<_, Infallible>(chunk), chunks_rx))
    });
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    Ok((headers, Body::from_stream(chunks)).into_response())
}

fn status_of<'a>(pod: &'a Pod, container: &str) -> Option<&'a ContainerStatus> {
    let status = pod.status.as_ref()?;
    let init = status.init_container_statuses.iter().flatten();
    let apps = status.container_statuses.iter().flatten();
    init.chain(apps).find(|status| status.name == container)
}

/// Whether the instance whose log is read still runs: the same container id, in state running. A followed log ends when it does not.
fn liveness(
    directory: &Arc<dyn PodDirectory>,
    pod: &Pod,
    container: &str,
    previous: bool,
) -> impl Fn() -> bool + Send + 'static {
    let directory = Arc::clone(directory);
    let uid = pod.metadata.uid.clone();
    let namespace = pod.metadata.namespace.clone().unwrap_or_default();
    let name = pod.metadata.name.clone().unwrap_or_default();
    let container = container.to_owned();
    let id = status_of(pod, &container).and_then(|status| status.container_id.clone());
    move || {
        let Some(pod) = directory.find(&namespace, &name).filter(|pod| pod.metadata.uid == uid) else {
            return false;
        };
        !previous
            && status_of(&pod, &container).is_some_and(|status| {
                status.container_id == id
                    && status.state.as_ref().is_some_and(|state| state.running.is_some())
            })
    }
}

/// Sentences of upstream's `validateContainerLogStatus` (`pkg/kubelet/kubelet_pods.go`).
fn why_no_log(pod: &Pod, container: &str, previous: bool) -> String {
    let name = pod.metadata.name.as_deref().unwrap_or_default();
    if previous {
        return format!("previous terminated container {container:?} in pod {name:?} not found");
    }
    let reason = status_of(pod, container)
        .and_then(|status| status.state.as_ref()?.waiting.as_ref()?.reason.as_deref());
    match reason {
        Some(waiting::ERR_IMAGE_PULL) => {
            format!("container {container:?} in pod {name:?} is waiting to start: image can't be pulled")
        }
        Some(waiting::IMAGE_PULL_BACK_OFF) => {
            format!(
                "container {container:?} in pod {name:?} is waiting to start: trying and failing to pull image"
            )
        }
        Some(reason) => format!("container {container:?} in pod {name:?} is waiting to start: {reason}"),
        None => format!("container {container:?} in pod {name:?} is not available"),
    }
}
