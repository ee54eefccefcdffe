use super::*;
use crate::fake::{CLUSTER_TRUST_BUNDLES, Failure, FakeApiServer, Fault, Script, Stage, Verb};
use crate::testing::{create, node, server};
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

const SOON: Duration = Duration::from_millis(100);
const LATER: Duration = Duration::from_secs(30);

fn bundle(server: &FakeApiServer, name: &str, certificates: &str) {
    let spec = json!({ "signerName": "example.com/ca", "trustBundle": certificates });
    let metadata = json!({ "name": name, "labels": { "stage": "live" } });
    create(server, &CLUSTER_TRUST_BUNDLES, &json!({ "metadata": metadata, "spec": spec }));
}

/// Names and certificates, or why there are none.
async fn said(view: &mut TrustBundlesView) -> String {
    match view.get().await {
        Ok(bundles) => {
            let shown = bundles.values().map(|bundle| format!("{}={}", bundle.name, bundle.certificates));
            shown.collect::<Vec<_>>().join(" ")
        }
        Err(TrustBundlesError::NoApi) => "no API".to_owned(),
        Err(TrustBundlesError::NotListed(cause)) => format!("not listed, {}", cause.is_some()),
    }
}

/// The server has no v1, so that an older version is found.
#[tokio::test(start_paused = true)]
async fn one_watch_serves_all_and_tells_of_changes() {
    let server = server();
    bundle(&server, "a", "1");
    let bundles = TrustBundles::new(&node(&server), Stop::new());
    assert_eq!(server.request_count(), 0, "nobody needs it yet");
    let (mut first, mut second) = (bundles.subscribe(), bundles.subscribe());
    assert_eq!(said(&mut first).await, "a=1");
    assert_eq!(said(&mut second).await, "a=1");
    let known = first.known().unwrap();
    assert_eq!(known["a"].labels["stage"], "live");
    assert_eq!(&*known["a"].signer_name, "example.com/ca");
    let requests = server.request_count();

    bundle(&server, "b", "2");
    timeout(SOON, first.changed()).await.unwrap();
    assert_eq!(said(&mut first).await, "a=1 b=2");
    server.admin().delete(&CLUSTER_TRUST_BUNDLES, "", "a", None).unwrap();
    timeout(SOON, first.changed()).await.unwrap();
    assert_eq!(said(&mut first).await, "b=2");
    assert_eq!(server.request_count(), requests, "one watch tells it all");
}

#[tokio::test(start_paused = true)]
async fn a_server_without_the_api_may_get_it() {
    let server = server();
    bundle(&server, "a", "1");
    let missing = Failure::new(404, "NotFound", "the server could not find the requested resource");
    let fault = Fault::fail(missing);
    server.set_faults(Script::new().next(Stage::Before, Verb::Watch, "clustertrustbundles", 1, fault));
    let bundles = TrustBundles::new(&node(&server), Stop::new());
    let mut view = bundles.subscribe();
    let start = Instant::now();
    assert_eq!(said(&mut view).await, "no API");
    assert!(start.elapsed() < SOON);
    assert!(timeout(LATER, view.changed()).await.is_err());
    timeout(Duration::from_secs(300), view.changed()).await.unwrap();
    assert_eq!(said(&mut view).await, "a=1");
}

#[tokio::test(start_paused = true)]
async fn outages_fail_fast_and_keep_what_is_known() {
    let server = server();
    bundle(&server, "a", "1");
    let bundles = TrustBundles::new(&node(&server), Stop::new());
    server.go_down();
    let mut view = bundles.subscribe();
    let start = Instant::now();
    assert_eq!(said(&mut view).await, "not listed, true");
    assert!(start.elapsed() < SOON);
    server.come_up();
    timeout(LATER, view.changed()).await.unwrap();
    assert_eq!(said(&mut view).await, "a=1");
    server.go_down();
    sleep(LATER).await;
    assert_eq!(said(&mut view).await, "a=1");
    server.come_up();
    sleep(LATER).await;
    assert!(timeout(SOON, view.changed()).await.is_err(), "a list without news is none");
}

#[tokio::test(start_paused = true)]
async fn the_watch_ends_when_nobody_needs_it() {
    let server = server();
    bundle(&server, "a", "1");
    let bundles = TrustBundles::new(&node(&server), Stop::new());
    let mut view = bundles.subscribe();
    said(&mut view).await;
    let requests = server.request_count();
    drop(view);
    sleep(Duration::from_secs(60)).await;
    let mut view = bundles.subscribe();
    assert_eq!(said(&mut view).await, "a=1");
    assert_eq!(server.request_count(), requests, "still watched");
    drop(view);
    sleep(Duration::from_secs(700)).await;
    let requests = server.request_count();
    sleep(Duration::from_secs(3600)).await;
    assert_eq!(server.request_count(), requests, "watched no more");
    assert_eq!(said(&mut bundles.subscribe()).await, "a=1");
}
