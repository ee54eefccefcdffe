//! How long each call may take, as the peer is told.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::peer::{Events, Noticed, Place, serve};
use crate::client::{Client, ClientOptions};
use crate::service::{
    CheckpointService, ContainerService, ImageService, SandboxService, StateService, StreamingService,
};
use crate::v1::{CheckpointContainerRequest, ImageSpec, PodSandboxConfig, PodSandboxMetadata};
use crate::{CriError, Operation};

type Call = for<'a> fn(&'a Client) -> BoxFuture<'a, Option<CriError>>;

fn checkpoint(timeout: i64) -> CheckpointContainerRequest {
    CheckpointContainerRequest { timeout, ..CheckpointContainerRequest::default() }
}

fn pod(name: &str) -> PodSandboxConfig {
    let metadata = PodSandboxMetadata { name: name.to_owned(), ..PodSandboxMetadata::default() };
    PodSandboxConfig { metadata: Some(metadata), ..PodSandboxConfig::default() }
}

#[tokio::test]
async fn every_call_tells_its_deadline() {
    const EXEC: Duration = Duration::from_secs(7);
    let rows: [(&str, Option<u64>, Call); 9] = [
        ("Version", Some(120), |client| client.version().map(Result::err).boxed()),
        ("RunPodSandbox", Some(240), |client| client.run_pod_sandbox(pod("a"), "").map(Result::err).boxed()),
        ("StopContainer", Some(150), |client| client.stop_container("a", 30).map(Result::err).boxed()),
        ("StopContainer", Some(120), |client| client.stop_container("a", -1).map(Result::err).boxed()),
        ("ExecSync", Some(127), |client| client.exec_sync("a", &[], EXEC).map(Result::err).boxed()),
        ("ExecSync", None, |client| client.exec_sync("a", &[], Duration::ZERO).map(Result::err).boxed()),
        ("CheckpointContainer", Some(120), |client| {
            client.checkpoint_container(checkpoint(5)).map(Result::err).boxed()
        }),
        ("CheckpointContainer", Some(600), |client| {
            client.checkpoint_container(checkpoint(600)).map(Result::err).boxed()
        }),
        ("PullImage", None, |client| {
            client.pull_image(ImageSpec::default(), None, None).map(Result::err).boxed()
        }),
    ];
    let place = Place::new();
    let mut peer = serve(&place.socket(), Events::Silent);
    let client = Client::connect(&place.endpoint()).unwrap();
    for (rpc, seconds, call) in rows {
        assert_eq!(call(&client).await, None, "{rpc}");
        let deadline = seconds.map(Duration::from_secs);
        assert_eq!(peer.noticed.recv().await, Some(Noticed::Call { rpc, deadline }));
    }
}

#[tokio::test]
async fn a_silent_runtime_is_given_up_after_the_deadline() {
    let place = Place::new();
    let mut peer = serve(&place.socket(), Events::Silent);
    let options = ClientOptions { request_timeout: Duration::from_millis(50), ..ClientOptions::default() };
    let client = Client::with_options(&place.endpoint(), options).unwrap();
    let error = client.stop_pod_sandbox("hang").await.unwrap_err();
    let message = "context deadline exceeded".to_owned();
    assert_eq!(error, CriError::DeadlineExceeded { operation: Operation::StopPodSandbox, message });
    assert!(matches!(peer.noticed.recv().await, Some(Noticed::Call { .. })));
    assert_eq!(peer.noticed.recv().await, Some(Noticed::GivenUp));
}

#[tokio::test]
async fn dropping_a_call_cancels_it() {
    let place = Place::new();
    let mut peer = serve(&place.socket(), Events::Silent);
    let client = Client::connect(&place.endpoint()).unwrap();
    let call = tokio::spawn(async move { client.stop_pod_sandbox("hang").await });
    assert!(matches!(peer.noticed.recv().await, Some(Noticed::Call { .. })));
    call.abort();
    assert_eq!(peer.noticed.recv().await, Some(Noticed::GivenUp));
}
