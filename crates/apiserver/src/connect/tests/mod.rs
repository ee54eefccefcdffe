//! The connection against a TLS server of our own, on the loopback device.

mod fields;
mod plugin;
mod proxy;
mod relay;
mod renewal;
mod server;
mod silence;
mod trust;

use super::*;
use crate::error::ApiError;
use server::{Identity, Protocols, TestServer};
use std::path::Path;
use tempfile::TempDir;

/// A directory with a kubeconfig for `address`, and the client's certificate beside it.
struct Files(TempDir);

impl Files {
    fn new(server: &str, identity: &Identity) -> Self {
        let files = Self(tempfile::tempdir().expect("a directory"));
        files.write_identity(identity);
        files.write("ca.crt", &identity.authority);
        files.write_kubeconfig(
            &format!("{{server: '{server}', certificate-authority: ca.crt}}"),
            "{client-certificate: client.pem, client-key: client.pem}",
        );
        files
    }

    fn write(&self, name: &str, content: &str) {
        // As a kubelet rotates: a new file takes the place of the old one.
        let new = self.0.path().join("new");
        std::fs::write(&new, content).expect("written");
        std::fs::rename(&new, self.0.path().join(name)).expect("renamed");
    }

    fn write_identity(&self, identity: &Identity) {
        self.write("client.pem", &format!("{}{}", identity.certificate, identity.key));
    }

    /// A kubeconfig with this cluster and this user beside what they name.
    fn write_kubeconfig(&self, cluster: &str, user: &str) {
        self.write(
            "kubeconfig",
            &format!(
                "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{{name: c, cluster: {cluster}}}]\n\
                 users: [{{name: u, user: {user}}}]\ncontexts: [{{name: c, context: {{cluster: c, user: u}}}}]\n"
            ),
        );
    }

    fn settings(&self) -> ConnectSettings {
        settings(&self.0.path().join("kubeconfig"))
    }
}

fn settings(kubeconfig: &Path) -> ConnectSettings {
    ConnectSettings {
        kubeconfig: kubeconfig.to_owned(),
        qps: -1.0,
        burst: 0,
        event_qps: 0.0,
        event_burst: 0,
        heartbeat_timeout: Duration::from_secs(10),
        user_agent: "kubelet/v1.37.1 (linux/amd64) kubernetes/test".to_owned(),
    }
}

async fn connected(files: &Files) -> ApiServer {
    connect(&files.settings(), &prometheus::Registry::new(), Stop::new()).await.expect("clients")
}

/// Asks for a node; the server answers with the name of the client and of the connection.
async fn ask(api_server: &ApiServer) -> Result<(String, String), ApiError> {
    let node = api_server.nodes().get("here").await?;
    let annotations = node.metadata.annotations.clone().unwrap_or_default();
    Ok((annotations["client"].clone(), annotations["connection"].clone()))
}

#[tokio::test]
async fn many_watches_and_requests_share_few_connections() {
    let identity = Identity::new("one");
    let server = TestServer::start(&identity, Protocols::Http2).await;
    let files = Files::new(&server.url, &identity);
    let api_server = connected(&files).await;
    // All at once, from nothing: one connection is made, and one more for each hundred watches.
    let mut watches = Vec::new();
    for index in 0..150 {
        watches.push(Box::pin(api_server.nodes().watch(&format!("node-{index}"))));
    }
    let first = futures::future::join_all(watches.iter_mut().map(futures::StreamExt::next)).await;
    assert!(first.iter().all(|node| node == &Some(None)));
    ask(&api_server).await.expect("an answer beside the watches");
    assert_eq!(server.connections(), 2);
    let (client, _) = ask(&api_server).await.expect("an answer");
    assert_eq!(client, identity.serial, "the certificate is sent");
    assert_eq!(server.user_agent(), "kubelet/v1.37.1 (linux/amd64) kubernetes/test");
}

#[tokio::test]
async fn a_server_without_http2_is_served_too() {
    let identity = Identity::new("one");
    let server = TestServer::start(&identity, Protocols::Http1).await;
    let files = Files::new(&server.url, &identity);
    let api_server = connected(&files).await;
    assert_eq!(ask(&api_server).await.expect("an answer").0, identity.serial);
}

#[tokio::test]
async fn a_server_that_is_down_is_no_error_and_a_connection_that_ends_is_replaced() {
    let identity = Identity::new("one");
    let server = TestServer::start(&identity, Protocols::Http2).await;
    let files = Files::new(&server.url, &identity);
    let api_server = connected(&files).await;
    let (_, first) = ask(&api_server).await.expect("an answer");
    server.close_connections().await;
    let (_, second) = ask(&api_server).await.expect("an answer on another connection");
    assert_ne!(first, second);

    let nobody = Files::new("https://127.0.0.1:1", &identity);
    let api_server = connected(&nobody).await;
    let error = ask(&api_server).await.expect_err("nobody answers");
    assert!(error.may_pass(), "{error:?}");
    assert!(error.to_string().contains("refused"), "{error}");
}
