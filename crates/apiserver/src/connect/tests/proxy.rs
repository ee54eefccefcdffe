//! `proxy-url`.

use super::relay::{Manners, Relay};
use super::*;

/// A request through a relay with these manners, which `proxy-url` names.
async fn check(manners: Manners, proxy_url: impl Fn(&Relay) -> String) {
    let identity = Identity::new("one");
    let server = TestServer::start(&identity, Protocols::Http2).await;
    let relay = Relay::start(manners).await;
    let files = Files::new(&server.url, &identity);
    let (server_url, proxy_url) = (&server.url, proxy_url(&relay));
    files.write_kubeconfig(
        &format!("{{server: '{server_url}', certificate-authority: ca.crt, proxy-url: '{proxy_url}'}}"),
        "{client-certificate: client.pem, client-key: client.pem}",
    );
    let api_server = connected(&files).await;
    assert_eq!(ask(&api_server).await.expect("an answer").0, identity.serial, "{proxy_url}");
    assert_eq!((relay.carried(), server.connections()), (1, 1), "{proxy_url}");
}

#[tokio::test]
async fn requests_go_through_the_proxy() {
    check(Manners::Connect, |relay| format!("http://user:word@{}", relay.address)).await;
    check(Manners::Socks, |relay| format!("socks5://{}", relay.address)).await;
}

#[tokio::test]
async fn a_proxy_that_is_down_is_no_error_of_the_start() {
    let identity = Identity::new("one");
    let files = Files::new("https://127.0.0.1:1", &identity);
    files.write_kubeconfig(
        "{server: 'https://127.0.0.1:1', certificate-authority: ca.crt, proxy-url: 'http://127.0.0.1:1'}",
        "{client-certificate: client.pem, client-key: client.pem}",
    );
    let error = ask(&connected(&files).await).await.expect_err("nobody answers");
    assert!(error.may_pass() && error.to_string().contains("refused"), "{error}");
}
