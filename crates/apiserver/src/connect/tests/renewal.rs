//! Certificates that change.

use super::*;
use crate::connect::renewal::Hints;
use std::path::PathBuf;

/// The kernel says nothing: the slow look has to do.
struct Silence;

impl Hints for Silence {
    async fn changed(&mut self, _: &[PathBuf]) {
        std::future::pending().await
    }
}

/// A client with its connections, which are renewed as `hints` say.
async fn renewing(files: &Files, hints: impl Hints + 'static) -> ApiServer {
    tls::install_provider();
    let kubeconfig = Kubeconfig::new(&files.0.path().join("kubeconfig"));
    let reading = kubeconfig.read().await.expect("a kubeconfig");
    let connections = Arc::new(Connections::new(kubeconfig.clone(), &reading).expect("connections"));
    let metrics = Metrics::register(&prometheus::Registry::new()).expect("metrics");
    let client =
        client(&kubeconfig, &reading, connections.clone(), Credentials::None, metrics).expect("a client");
    tokio::spawn(crate::connect::renewal::run(connections, hints, Stop::new()));
    ApiServer::new(client.clone(), client.clone(), client)
}

/// Asks until the server sees the client with this certificate.
async fn until_seen_as(api_server: &ApiServer, identity: &Identity) {
    loop {
        if ask(api_server).await.expect("an answer").0 == identity.serial {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Time for the slow look. It passes at once; what goes over the wire takes real time before and after.
async fn a_minute() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(61)).await;
    tokio::time::resume();
}

/// Another certificate, which gets into its place by `change`, and is found after `pause`.
async fn check(
    prepare: impl Fn(&Files),
    change: impl Fn(&Files, &Identity),
    hints: impl Hints + 'static,
    pause: impl AsyncFn(),
) {
    let (old, new) = Identity::pair("one", "two");
    let server = TestServer::start(&old, Protocols::Http2).await;
    let files = Files::new(&server.url, &old);
    prepare(&files);
    let api_server = renewing(&files, hints).await;
    assert_eq!(ask(&api_server).await.expect("an answer").0, old.serial);
    let mut watch = Box::pin(api_server.nodes().watch("here"));
    assert!(futures::StreamExt::next(&mut watch).await.is_some());
    change(&files, &new);
    pause().await;
    until_seen_as(&api_server, &new).await;
    // The watch goes on, on the new connection: its stream asks again, and the old connection ends.
    let next = tokio::time::timeout(Duration::from_millis(300), futures::StreamExt::next(&mut watch)).await;
    assert!(next.is_err(), "nothing changed");
    assert_eq!(server.connections(), 2);
    server.until_open(1).await;
}

/// As certificate managers do: the file is a link into a directory of this rotation.
fn link(files: &Files, identity: Option<&Identity>, name: &str) {
    let root = files.0.path();
    let pem = match identity {
        Some(identity) => format!("{}{}", identity.certificate, identity.key),
        None => std::fs::read_to_string(root.join("client.pem")).expect("read"),
    };
    std::fs::write(root.join(name), pem).expect("written");
    let new = root.join("new-link");
    std::os::unix::fs::symlink(name, &new).expect("linked");
    std::fs::rename(new, root.join("client.pem")).expect("renamed");
}

fn overwrite(files: &Files, identity: &Identity) {
    let pem = format!("{}{}", identity.certificate, identity.key);
    std::fs::write(files.0.path().join("client.pem"), pem).expect("written");
}

#[tokio::test]
async fn a_changed_certificate_is_found_whatever_the_kernel_tells() {
    let relinked = |files: &Files, new: &Identity| link(files, Some(new), "second");
    check(|_| {}, Files::write_identity, Silence, a_minute).await;
    check(|_| {}, overwrite, Silence, a_minute).await;
    check(|files| link(files, None, "first"), relinked, Silence, a_minute).await;
}

/// The slow look would not be in time.
#[tokio::test]
async fn a_changed_certificate_acts_at_once() {
    let at_once = async || {};
    let changed = async {
        check(|_| {}, Files::write_identity, FileEvents::new(), at_once).await;
        check(|_| {}, overwrite, FileEvents::new(), at_once).await;
        let relinked = |files: &Files, new: &Identity| link(files, Some(new), "second");
        check(|files| link(files, None, "first"), relinked, FileEvents::new(), at_once).await;
        // The file that a link leads to is written anew, elsewhere.
        let elsewhere = tempfile::tempdir().expect("a directory");
        let target = elsewhere.path().join("target");
        let moved_away = |files: &Files| {
            let link = files.0.path().join("client.pem");
            std::fs::copy(&link, &target).expect("copied");
            std::fs::remove_file(&link).expect("removed");
            std::os::unix::fs::symlink(&target, link).expect("linked");
        };
        check(moved_away, overwrite, FileEvents::new(), at_once).await;
    };
    tokio::time::timeout(Duration::from_secs(50), changed).await.expect("in time");
}

#[tokio::test]
async fn what_cannot_be_used_changes_nothing() {
    let (old, new) = Identity::pair("one", "two");
    let server = TestServer::start(&old, Protocols::Http2).await;
    let files = Files::new(&server.url, &old);
    let api_server = renewing(&files, Silence).await;
    assert_eq!(ask(&api_server).await.expect("an answer").0, old.serial);
    // Rubbish; nothing; a certificate whose key is not there yet.
    let halves = format!("{}{}", new.certificate, old.key);
    for content in ["rubbish", "", &halves] {
        files.write("client.pem", content);
        a_minute().await;
        assert_eq!(ask(&api_server).await.expect("an answer").0, old.serial, "{content}");
        assert_eq!(server.connections(), 1, "{content}");
    }
    files.write_identity(&new);
    a_minute().await;
    until_seen_as(&api_server, &new).await;
}
