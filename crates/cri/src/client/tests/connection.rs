//! Endpoints, a runtime that is away, and one that comes back.

use std::sync::Mutex;
use std::time::Duration;

use tokio::net::UnixListener;
use tokio::time::{Instant, advance};

use super::peer::{Events, Noticed, Place, serve};
use crate::CriError;
use crate::client::connect::open;
use crate::client::endpoint::socket_path;
use crate::client::{Client, EndpointError};
use crate::service::{SandboxService, StateService};

#[test]
fn endpoints() {
    #[track_caller]
    fn check(endpoint: &str, expected: Result<&str, &str>) {
        let outcome = socket_path(endpoint);
        let outcome = match &outcome {
            Ok(path) => Ok(path.to_str().unwrap()),
            Err(EndpointError::Scheme(_)) => Err("scheme"),
            Err(EndpointError::Path(_)) => Err("path"),
        };
        assert_eq!(outcome, expected, "{endpoint}");
    }
    check("unix:///run/containerd/containerd.sock", Ok("/run/containerd/containerd.sock"));
    check("unix:/run/x.sock", Ok("/run/x.sock"));
    check("/run/x.sock", Ok("/run/x.sock"));
    check("/run/a:b.sock", Ok("/run/a:b.sock"));
    check("tcp://127.0.0.1:1", Err("scheme"));
    check("npipe:////./pipe/x", Err("scheme"));
    check("unix://run/x.sock", Err("path"));
    check("run/x.sock", Err("path"));
    check("unix://", Err("path"));
    check("/", Err("path"));
    check("", Err("path"));
}

#[tokio::test]
async fn a_runtime_that_is_away_is_unavailable_in_gos_words() {
    let place = Place::new();
    let client = Client::connect(&place.endpoint()).unwrap();
    let error = client.version().await.unwrap_err();
    let path = place.socket();
    let expected = format!(
        "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial unix {}: connect: no such file or directory\"",
        path.display()
    );
    assert_eq!(error.grpc(), expected);
    assert!(matches!(&error, CriError::Unavailable { endpoint, .. } if *endpoint == place.endpoint()));
}

#[tokio::test]
async fn a_runtime_that_dies_fails_its_calls_and_is_found_again() {
    let place = Place::new();
    let mut peer = serve(&place.socket(), Events::Silent);
    let client = Client::connect(&place.endpoint()).unwrap();
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.stop_pod_sandbox("hang").await }
    });
    assert!(matches!(peer.noticed.recv().await, Some(Noticed::Call { .. })));
    drop(peer);
    let error = waiting.await.unwrap().unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");

    let error = client.version().await.unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");

    let _peer = serve(&place.socket(), Events::Silent);
    // The back-off is over soon.
    let mut answer = client.version().await;
    while answer.is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
        answer = client.version().await;
    }
}

/// Attempts on a missing socket are made 0.1, 0.3, 0.7, 1.5, 3.1, 6.1, 9.1 s after the first; between them the last failure is
/// repeated. After a success everything begins anew.
#[tokio::test(start_paused = true)]
async fn back_off() {
    let place = Place::new();
    let path = place.socket();
    let backoff = Mutex::new(None);
    open(&path, &backoff).await.unwrap_err();
    for wait_millis in [100, 200, 400, 800, 1600, 3000, 3000] {
        advance(Duration::from_millis(wait_millis - 1)).await;
        let before = Instant::now();
        let listener = UnixListener::bind(&path).unwrap();
        // Something listens, but no attempt is made.
        open(&path, &backoff).await.unwrap_err();
        assert_eq!(before.elapsed(), Duration::ZERO);
        drop(listener);
        std::fs::remove_file(&path).unwrap();
        advance(Duration::from_millis(1)).await;
        open(&path, &backoff).await.unwrap_err();
    }
    let _listener = UnixListener::bind(&path).unwrap();
    advance(Duration::from_secs(3)).await;
    open(&path, &backoff).await.unwrap();
    std::fs::remove_file(&path).unwrap();
    open(&path, &backoff).await.unwrap_err();
    advance(Duration::from_millis(100)).await;
    let _listener = UnixListener::bind(&path).unwrap();
    open(&path, &backoff).await.unwrap();
}
