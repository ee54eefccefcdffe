use super::*;
use crate::fake::{Failure, FakeApiServer, Fault, PODS, SERVICE_ACCOUNTS, Script, Stage, Verb};
use crate::testing::{clock, create, create_pod, node, server};
use serde_json::json;

fn setting() -> (FakeApiServer, Tokens, TokenKey) {
    let server = server();
    create(&server, &SERVICE_ACCOUNTS, &json!({ "metadata": { "name": "default", "namespace": "default" } }));
    create_pod(&server, "a");
    let pod = server.admin().get(&PODS, "default", "a").expect("a pod");
    let uid = pod["metadata"]["uid"].as_str().expect("a UID");
    let tokens = Tokens::new(&node(&server), clock());
    let key = TokenKey {
        namespace: "default".to_owned(),
        service_account: "default".to_owned(),
        audiences: Vec::new(),
        expiration_seconds: Some(3607),
        pod: Some(TokenPod { name: "a".to_owned(), uid: uid.into() }),
        service_account_uid: None,
    };
    (server, tokens, key)
}

fn requests(server: &FakeApiServer) -> usize {
    server.requests(0).iter().filter(|entry| entry.call.resource.plural == "serviceaccounts").count()
}

fn failing(times: u32) -> Script {
    let fault = Fault::fail(Failure::internal("etcd"));
    Script::new().next(Stage::Before, Verb::Create, "serviceaccounts", times, fault)
}

#[tokio::test(start_paused = true)]
async fn a_token_is_kept_and_refreshed_at_80_percent() {
    let (server, tokens, key) = setting();
    let (one, two) = tokio::join!(tokens.token(&key), tokens.token(&key));
    let (one, two) = (one.expect("a token"), two.expect("a token"));
    assert_eq!(one.token, two.token);
    assert_eq!(requests(&server), 1, "requests that come together are made once");
    assert!(!format!("{one:?}").contains(&*one.token), "a token is never logged");

    let life = one.expires_at.duration_since(clock().now());
    let until_refresh = one.refresh_at.duration_since(clock().now());
    assert_eq!(life.as_secs(), 3607);
    assert!((2876..=2886).contains(&until_refresh.as_secs()), "{until_refresh:?}");

    tokio::time::sleep(Duration::from_secs(2870)).await;
    tokens.token(&key).await.expect("a token");
    assert_eq!(requests(&server), 1);
    tokio::time::sleep(Duration::from_secs(20)).await;
    tokens.token(&key).await.expect("a token");
    assert_eq!(requests(&server), 2);
}

#[tokio::test(start_paused = true)]
async fn a_long_life_is_refreshed_after_a_day() {
    let (_server, tokens, mut key) = setting();
    key.expiration_seconds = Some(30 * 24 * 3600);
    let token = tokens.token(&key).await.expect("a token");
    let hours = token.refresh_at.duration_since(clock().now()).as_secs_f64() / 3600.0;
    assert!((23.99..=24.0).contains(&hours), "{hours}");
}

#[tokio::test(start_paused = true)]
async fn the_old_token_is_used_while_it_is_valid() {
    let (server, tokens, key) = setting();
    let old = tokens.token(&key).await.expect("a token");
    tokio::time::sleep(Duration::from_secs(3000)).await;
    server.set_faults(failing(2));
    let kept = tokens.token(&key).await.expect("the old token");
    assert_eq!(kept.token, old.token);
    tokens.token(&key).await.expect("the old token");
    assert_eq!(requests(&server), 2, "a refresh that failed is not tried again at each look");
    tokio::time::sleep(Duration::from_secs(700)).await;
    tokens.token(&key).await.expect_err("it has expired");
    tokens.token(&key).await.expect("the server is well again");
}

#[tokio::test(start_paused = true)]
async fn tokens_are_forgotten_with_their_pod() {
    let (server, tokens, key) = setting();
    tokens.token(&key).await.expect("a token");
    let pod = key.pod.clone().expect("a pod");
    tokens.forget_pod(&pod.uid);
    tokens.token(&key).await.expect("a token");
    assert_eq!(requests(&server), 2);
    let mut unknown = key.clone();
    unknown.service_account = "other".to_owned();
    assert!(tokens.token(&unknown).await.is_err());
}

/// A request that nobody waits for any more ends with what knows of it.
#[tokio::test(start_paused = true)]
async fn nothing_outlives_the_cache() {
    let (server, tokens, key) = setting();
    server.set_faults(Script::new().next(Stage::Before, Verb::Create, "serviceaccounts", 1, Fault::hang()));
    let given_up = tokio::time::timeout(Duration::from_secs(1), tokens.token(&key)).await;
    given_up.expect_err("it hangs");
    let known = Arc::downgrade(&tokens.known);
    drop(tokens);
    assert!(known.upgrade().is_none());
}
