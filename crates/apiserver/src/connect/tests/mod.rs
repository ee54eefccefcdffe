//! The connection against a TLS server of our own, on the loopback device.

mod server;

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
        files.write(
            "kubeconfig",
            &format!(
                "apiVersion: v1\nkind: Config\ncurrent-context: c\n\
             clusters: [{{name: c, cluster: {{server: '{server}', certificate-authority: ca.crt}}}}]\n\
             users: [{{name: u, user: {{client-certificate: client.pem, client-key: client.pem}}}}]\n\
             contexts: [{{name: c, context: {{cluster: c, user: u}}}}]\n"
            ),
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
async fn a_new_certificate_acts_at_once() {
    let (old, new) = Identity::pair("one", "two");
    let server = TestServer::start(&old, Protocols::Http2).await;
    let files = Files::new(&server.url, &old);
    let kubeconfig = Kubeconfig::new(&files.0.path().join("kubeconfig"));
    tls::install_provider();
    let config = kubeconfig.read().await.expect("a kubeconfig");
    let connector = tls::connector(&kubeconfig, &config).expect("a connector");
    let pool = Arc::new(Pool::new(&config.cluster_url, connector));
    let metrics = Metrics::register(&prometheus::Registry::new()).expect("metrics");
    let transport = Transport::new(pool.clone(), metrics, "test".to_owned());
    let client = client(&kubeconfig, &config, transport).expect("a client");
    let api_server = ApiServer::new(client.clone(), client.clone(), client);

    assert_eq!(ask(&api_server).await.expect("an answer").0, old.serial);
    let mut watch = Box::pin(api_server.nodes().watch("here"));
    assert!(futures::StreamExt::next(&mut watch).await.is_some());
    let before = kubeconfig.certificates();
    files.write_identity(&new);
    assert_ne!(kubeconfig.certificates(), before, "the change is seen");
    let config = kubeconfig.read().await.expect("a kubeconfig");
    pool.renew(tls::connector(&kubeconfig, &config).expect("a connector"));
    assert_eq!(ask(&api_server).await.expect("an answer").0, new.serial);
    // The watch goes on, on the new connection: its stream asks again, and the old connection ends.
    let next = tokio::time::timeout(Duration::from_millis(300), futures::StreamExt::next(&mut watch)).await;
    assert!(next.is_err(), "nothing changed");
    assert_eq!(server.connections(), 2);
    server.until_open(1).await;
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

/// What `connect` says about a kubeconfig with this content.
async fn refused(content: Option<&str>) -> String {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("kubeconfig");
    if let Some(content) = content {
        std::fs::write(&path, content).expect("written");
    }
    let error = connect(&settings(&path), &prometheus::Registry::new(), Stop::new()).await;
    let text = error.err().expect("it cannot be used").to_string();
    text.replace(&path.display().to_string(), "FILE")
}

#[tokio::test]
async fn errors_name_file_field_and_cure() {
    let cluster = |cluster: &str| {
        format!(
            "current-context: c\nclusters: [{{name: c, cluster: {cluster}}}]\n\
             users: [{{name: u, user: {{token: t}}}}]\ncontexts: [{{name: c, context: {{cluster: c, user: u}}}}]\n"
        )
    };
    let rows = [
        (None, "kubeconfig FILE: it cannot be read; name an existing file with --kubeconfig"),
        (Some("apiVersion: v1\nkind: Config\n".to_owned()), "kubeconfig FILE: set current-context"),
        (Some(cluster("{}")), "kubeconfig FILE: set server of the cluster"),
        (
            Some(cluster("{server: /here}")),
            "kubeconfig FILE: server is \"/here\": give a URL such as https://10.0.0.1:6443",
        ),
        (
            Some(cluster("{server: 'https://a', proxy-url: 'http://b'}")),
            "kubeconfig FILE: proxy-url is \"http://b/\": proxies are not supported yet; remove it",
        ),
        (
            Some(cluster("{server: 'https://a', certificate-authority: missing}")),
            "kubeconfig FILE: certificate-authority or certificate-authority-data of the cluster cannot be used",
        ),
    ];
    for (content, expected) in rows {
        assert_eq!(refused(content.as_deref()).await, expected);
    }
}
