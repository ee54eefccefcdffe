//! Runs the contract suite: always on the fake, and on a real kube-apiserver where there is one.
//!
//! The end-to-end stage sets `KUBELET_TEST_KUBECONFIG` to the kubeconfig of somebody who may do everything, impersonation
//! included, on a server with the Node authorizer and NodeRestriction.

use std::path::Path;

use apiserver::contract::{CASES, Setting, run_all};
use apiserver::fake::{FakeApiServer, User};
use tasks::Clock;

/// Checks every case and prints what does not hold.
async fn check(admin: kube::Client, node: kube::Client, node_name: &str) {
    let namespace = format!("contract-{}", std::process::id());
    let setting = Setting::prepare(admin, node, node_name, &namespace).await;
    let setting = setting.unwrap_or_else(|failure| panic!("nothing could be prepared: {failure}"));
    let failed = run_all(&setting).await;
    for (name, failure) in &failed {
        println!("{name}: {failure}");
    }
    let cleaned_up = setting.clean_up().await;
    assert!(failed.is_empty(), "{} of {} cases do not hold", failed.len(), CASES.len());
    assert_eq!(cleaned_up, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn fake() {
    let server = FakeApiServer::new(Clock::simulated("2026-01-01T00:00:00Z".parse().expect("a moment")));
    let node = server.client(User::Node("contract-node".to_owned()));
    check(server.client(User::Admin), node, "contract-node").await;
}

#[tokio::test]
async fn real_server() {
    let Ok(path) = std::env::var("KUBELET_TEST_KUBECONFIG") else {
        println!(
            "KUBELET_TEST_KUBECONFIG names no server: the contract meets a real one in the end-to-end stage"
        );
        return;
    };
    let node_name = format!("contract-node-{}", std::process::id());
    let admin = config(&path).await;
    let mut node = admin.clone();
    let user = format!("system:node:{node_name}");
    for (header, value) in [("impersonate-user", user.as_str()), ("impersonate-group", "system:nodes")] {
        node.headers.push((
            http::HeaderName::from_static(header),
            http::HeaderValue::from_str(value).expect("a header's value"),
        ));
    }
    let client = |config| kube::Client::try_from(config).expect("the kubeconfig makes a client");
    check(client(admin), client(node), &node_name).await;
}

async fn config(path: &str) -> kube::Config {
    let kubeconfig = kube::config::Kubeconfig::read_from(Path::new(path)).expect("a kubeconfig");
    let options = kube::config::KubeConfigOptions::default();
    kube::Config::from_custom_kubeconfig(kubeconfig, &options).await.expect("a usable kubeconfig")
}
