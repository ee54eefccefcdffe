//! What becomes of answers that are wrong, large or missing.

use super::peer::{Events, Place, serve};
use crate::client::Client;
use crate::error::Code;
use crate::service::{ContainerService, SandboxService, StateService, StatsService};
use crate::v1::{PodSandboxConfig, PodSandboxFilter, PodSandboxMetadata};
use crate::{CriError, Operation};

fn pod(name: &str) -> PodSandboxConfig {
    let metadata = PodSandboxMetadata { name: name.to_owned(), ..PodSandboxMetadata::default() };
    PodSandboxConfig { metadata: Some(metadata), ..PodSandboxConfig::default() }
}

/// A list whose answer has about this many bytes.
fn bytes(count: usize) -> Option<PodSandboxFilter> {
    Some(PodSandboxFilter { id: count.to_string(), ..PodSandboxFilter::default() })
}

#[tokio::test]
async fn errors_have_types() {
    let place = Place::new();
    let _peer = serve(&place.socket(), Events::Silent);
    let client = Client::connect(&place.endpoint()).unwrap();

    let error = client.stop_pod_sandbox("other").await.unwrap_err();
    assert_eq!(error, CriError::not_found(Operation::StopPodSandbox, "not found"));

    let error = client.list_metric_descriptors().await.unwrap_err();
    assert!(error.is_unimplemented(), "{error:?}");
}

#[tokio::test]
async fn answers_that_lack_what_callers_rely_on_are_errors() {
    let place = Place::new();
    let _peer = serve(&place.socket(), Events::Silent);
    let client = Client::connect(&place.endpoint()).unwrap();

    let error = client.run_pod_sandbox(pod("empty"), "").await.unwrap_err();
    assert_eq!(error.message(), "PodSandboxId for sandbox \"empty\" is not set");
    let error = client.status(false).await.unwrap_err();
    assert_eq!(error.message(), "RuntimeReady or NetworkReady condition are not set");
    let error = client.container_status("a", false).await.unwrap_err();
    assert_eq!(error, CriError::unknown(Operation::ContainerStatus, "status is not set"));
}

#[tokio::test]
async fn messages_up_to_16_mib() {
    let place = Place::new();
    let _peer = serve(&place.socket(), Events::Silent);
    let client = Client::connect(&place.endpoint()).unwrap();

    assert_eq!(client.list_pod_sandbox(bytes(15 << 20)).await.unwrap()[0].id.len(), 15 << 20);
    let error = client.list_pod_sandbox(bytes(17 << 20)).await.unwrap_err();
    assert!(matches!(error, CriError::ResourceExhausted { .. }), "{error:?}");
    // The connection lives on.
    client.version().await.unwrap();
}

#[tokio::test]
async fn long_error_texts_arrive() {
    let place = Place::new();
    let _peer = serve(&place.socket(), Events::Silent);
    let client = Client::connect(&place.endpoint()).unwrap();
    let error = client.run_pod_sandbox(pod("long"), "").await.unwrap_err();
    assert_eq!((error.code(), error.message().len()), (Code::Unknown, 100_000));
}
