//! A gRPC peer that does what a test wants, chosen by the ids it is asked about.

use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use futures::{Stream, stream};
use tokio::net::UnixListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnixListenerStream;
use tonic::{Code, Request, Response, Status};

use crate::v1::image_service_server::{ImageService, ImageServiceServer};
use crate::v1::runtime_service_server::{RuntimeService, RuntimeServiceServer};
use crate::v1::*;

/// What the peer has noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Noticed {
    /// A call with this deadline.
    Call { rpc: &'static str, deadline: Option<Duration> },
    /// A hanging call was given up by the client.
    GivenUp,
}

/// What the peer's event stream does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Events {
    Unimplemented,
    Silent,
    TwoThenEnd,
    OneThenBreak,
}

#[derive(Clone)]
pub(super) struct Peer {
    noticed: mpsc::UnboundedSender<Noticed>,
    events: Events,
}

/// A peer that serves; gone with all its connections when dropped. It has a tokio runtime of its own, because tonic's server
/// leaves its connections to tasks that nobody can end.
pub(super) struct Serving {
    pub(super) noticed: mpsc::UnboundedReceiver<Noticed>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Serves at `path`.
pub(super) fn serve(path: &Path, events: Events) -> Serving {
    let (sender, noticed) = mpsc::unbounded_channel();
    let _ = std::fs::remove_file(path);
    let peer = Peer { noticed: sender, events };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = {
        let _inside = runtime.enter();
        UnixListener::bind(path).unwrap()
    };
    runtime.spawn(async move {
        let server = tonic::transport::Server::builder()
            .add_service(RuntimeServiceServer::new(peer.clone()).max_encoding_message_size(64 << 20))
            .add_service(ImageServiceServer::new(peer));
        let _ = server.serve_with_incoming(UnixListenerStream::new(listener)).await;
    });
    Serving { noticed, runtime: Some(runtime) }
}

/// `120000m` and the like.
fn deadline(metadata: &tonic::metadata::MetadataMap) -> Option<Duration> {
    let text = metadata.get("grpc-timeout")?.to_str().unwrap();
    let (number, unit) = text.split_at(text.len() - 1);
    let number: u64 = number.parse().unwrap();
    Some(match unit {
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        other => panic!("unit {other}"),
    })
}

/// Tells when it is dropped, which is when the client has given up.
struct Guard(mpsc::UnboundedSender<Noticed>);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.send(Noticed::GivenUp);
    }
}

impl Peer {
    fn note<T>(&self, rpc: &'static str, request: &Request<T>) {
        let _ = self.noticed.send(Noticed::Call { rpc, deadline: deadline(request.metadata()) });
    }

    async fn hang<T>(&self) -> T {
        let _guard = Guard(self.noticed.clone());
        std::future::pending().await
    }
}

type Reply<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl RuntimeService for Peer {
    async fn version(&self, request: Request<VersionRequest>) -> Reply<VersionResponse> {
        self.note("Version", &request);
        Ok(Response::new(VersionResponse {
            version: "0.1.0".into(),
            runtime_name: "peer".into(),
            runtime_version: "1".into(),
            runtime_api_version: "v1".into(),
        }))
    }

    async fn status(&self, request: Request<StatusRequest>) -> Reply<StatusResponse> {
        self.note("Status", &request);
        Ok(Response::new(StatusResponse::default()))
    }

    async fn run_pod_sandbox(&self, request: Request<RunPodSandboxRequest>) -> Reply<RunPodSandboxResponse> {
        self.note("RunPodSandbox", &request);
        let name = request.into_inner().config.unwrap().metadata.unwrap().name;
        match name.as_str() {
            "empty" => Ok(Response::new(RunPodSandboxResponse::default())),
            "long" => Err(Status::unknown("x".repeat(100_000))),
            _ => Ok(Response::new(RunPodSandboxResponse { pod_sandbox_id: "id".into() })),
        }
    }

    async fn stop_pod_sandbox(
        &self,
        request: Request<StopPodSandboxRequest>,
    ) -> Reply<StopPodSandboxResponse> {
        self.note("StopPodSandbox", &request);
        match request.get_ref().pod_sandbox_id.as_str() {
            "hang" => self.hang().await,
            _ => Err(Status::new(Code::NotFound, "not found")),
        }
    }

    async fn list_pod_sandbox(
        &self,
        request: Request<ListPodSandboxRequest>,
    ) -> Reply<ListPodSandboxResponse> {
        self.note("ListPodSandbox", &request);
        // As many bytes as the id says.
        let size: usize = request.into_inner().filter.unwrap_or_default().id.parse().unwrap_or(0);
        let items = vec![PodSandbox { id: "x".repeat(size), ..PodSandbox::default() }];
        Ok(Response::new(ListPodSandboxResponse { items }))
    }

    async fn stop_container(&self, request: Request<StopContainerRequest>) -> Reply<StopContainerResponse> {
        self.note("StopContainer", &request);
        Ok(Response::new(StopContainerResponse {}))
    }

    async fn container_status(
        &self,
        request: Request<ContainerStatusRequest>,
    ) -> Reply<ContainerStatusResponse> {
        self.note("ContainerStatus", &request);
        Ok(Response::new(ContainerStatusResponse::default()))
    }

    async fn exec_sync(&self, request: Request<ExecSyncRequest>) -> Reply<ExecSyncResponse> {
        self.note("ExecSync", &request);
        Ok(Response::new(ExecSyncResponse::default()))
    }

    async fn checkpoint_container(
        &self,
        request: Request<CheckpointContainerRequest>,
    ) -> Reply<CheckpointContainerResponse> {
        self.note("CheckpointContainer", &request);
        assert_eq!(
            Duration::from_secs(request.get_ref().timeout as u64),
            deadline(request.metadata()).unwrap()
        );
        Ok(Response::new(CheckpointContainerResponse {}))
    }

    async fn get_container_events(
        &self,
        request: Request<GetEventsRequest>,
    ) -> Reply<Pin<Box<dyn Stream<Item = Result<ContainerEventResponse, Status>> + Send>>> {
        self.note("GetContainerEvents", &request);
        let event = |id: &str| Ok(ContainerEventResponse { container_id: id.into(), ..Default::default() });
        match self.events {
            Events::Unimplemented => Err(Status::unimplemented("method GetContainerEvents not implemented")),
            // As a Go server: not even headers.
            Events::Silent => self.hang().await,
            Events::TwoThenEnd => Ok(Response::new(Box::pin(stream::iter([event("a"), event("b")])))),
            Events::OneThenBreak => {
                let items = [event("a"), Err(Status::unavailable("error reading from server: EOF"))];
                Ok(Response::new(Box::pin(stream::iter(items))))
            }
        }
    }
}

#[tonic::async_trait]
impl ImageService for Peer {
    async fn pull_image(&self, request: Request<PullImageRequest>) -> Reply<PullImageResponse> {
        self.note("PullImage", &request);
        Ok(Response::new(PullImageResponse { image_ref: "sha256:1".into() }))
    }
}

/// A directory with a socket path.
pub(super) struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    pub(super) fn new() -> Self {
        Place { directory: tempfile::tempdir().unwrap() }
    }

    pub(super) fn socket(&self) -> std::path::PathBuf {
        self.directory.path().join("peer.sock")
    }

    pub(super) fn endpoint(&self) -> String {
        format!("unix://{}", self.socket().display())
    }
}
