//! A server that vanishes without a word: its connections stay open, and carry nothing.

use super::relay::{Manners, Relay};
use super::*;
use tokio::time::Instant;

/// A client of a server behind a wire, with one connection in use.
async fn connected_by_wire() -> (Relay, ApiServer) {
    let identity = Identity::new("one");
    let server = TestServer::start(&identity, Protocols::Http2).await;
    let address = server.url.trim_start_matches("https://").parse().expect("an address");
    let wire = Relay::start(Manners::Wire(address)).await;
    let files = Files::new(&format!("https://{}", wire.address), &identity);
    let api_server = connected(&files).await;
    ask(&api_server).await.expect("an answer");
    assert_eq!(wire.carried(), 1);
    (wire, api_server)
}

#[tokio::test]
async fn two_heartbeats_without_an_answer_close_all_connections() {
    let (wire, api_server) = connected_by_wire().await;
    let mut watch = Box::pin(api_server.nodes().watch("here"));
    assert!(futures::StreamExt::next(&mut watch).await.is_some());
    wire.fall_silent();
    tokio::time::pause();
    let start = Instant::now();
    let patient = api_server.clone();
    let patient = tokio::spawn(async move { ask(&patient).await });
    for _ in 0..2 {
        let error = api_server.leases().get("here").await.expect_err("silence");
        assert!(error.may_pass(), "{error}");
    }
    let error = patient.await.expect("no panic").expect_err("its connection was closed");
    assert!(error.may_pass(), "{error}");
    // Two deadlines of heartbeats, sooner than the pings.
    assert!(start.elapsed() <= Duration::from_secs(21), "{:?}", start.elapsed());
    tokio::time::resume();
    ask(&api_server).await.expect("an answer on a new connection");
    assert!(wire.carried() >= 2);
}

#[tokio::test]
async fn without_heartbeats_the_pings_find_it() {
    let (wire, api_server) = connected_by_wire().await;
    wire.fall_silent();
    tokio::time::pause();
    let start = Instant::now();
    let error = ask(&api_server).await.expect_err("silence");
    assert!(error.may_pass(), "{error}");
    assert!(start.elapsed() <= Duration::from_secs(46), "{:?}", start.elapsed());
    tokio::time::resume();
    ask(&api_server).await.expect("an answer on a new connection");
}
