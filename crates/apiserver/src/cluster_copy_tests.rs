//! Services and runtime classes, as they are copied.

use crate::fake::{FakeApiServer, RUNTIME_CLASSES, SERVICES};
use crate::testing::{create, node, server};
use crate::{RuntimeClasses, ServicePort, Services};
use serde_json::json;
use std::time::Duration;
use tasks::Stop;

fn create_service(server: &FakeApiServer, namespace: &str, name: &str, address: &str) {
    let ports = json!([{ "name": "web", "port": 80 }, { "port": 53, "protocol": "UDP" }]);
    let metadata = json!({ "name": name, "namespace": namespace });
    create(server, &crate::fake::NAMESPACES, &json!({ "metadata": { "name": namespace } }));
    create(
        server,
        &SERVICES,
        &json!({ "metadata": metadata, "spec": { "clusterIP": address, "ports": ports } }),
    );
}

#[tokio::test(start_paused = true)]
async fn services_are_copied_without_headless_ones() {
    let server = server();
    create_service(&server, "default", "kubernetes", "10.0.0.1");
    create_service(&server, "shop", "db", "None");
    let stop = Stop::new();
    let services = Services::start(&node(&server), stop.clone());
    assert!(!services.is_synced());
    services.synced().await;
    assert!(services.is_synced());
    let kubernetes = services.get("default", "kubernetes").expect("a service");
    assert_eq!(&*kubernetes.cluster_ip, "10.0.0.1");
    let port =
        |name: &str, port, protocol: &str| ServicePort { name: name.into(), port, protocol: protocol.into() };
    assert_eq!(*kubernetes.ports, [port("web", 80, "TCP"), port("", 53, "UDP")]);
    assert!(services.of_namespace("shop").is_empty());

    create_service(&server, "shop", "web", "10.0.0.2");
    tokio::time::sleep(Duration::from_millis(100)).await;
    let names: Vec<_> =
        services.of_namespace("shop").iter().map(|service| service.name.to_string()).collect();
    assert_eq!(names, ["web"]);
    server.admin().delete(&SERVICES, "shop", "web", None).expect("a service");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(services.of_namespace("shop").is_empty());

    stop.request();
    tokio::time::sleep(Duration::from_millis(100)).await;
    create_service(&server, "shop", "late", "10.0.0.3");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(services.get("shop", "late").is_none(), "a stop ends the copy");
}

#[tokio::test(start_paused = true)]
async fn runtime_classes_name_handlers() {
    let server = server();
    create(&server, &RUNTIME_CLASSES, &json!({ "metadata": { "name": "safe" }, "handler": "kata" }));
    let classes = RuntimeClasses::start(&node(&server), Stop::new());
    assert_eq!(&*classes.handler("safe").await.expect("a class"), "kata");
    let missing = classes.handler("none").await.expect_err("no class");
    assert!(missing.is_not_found());
    assert_eq!(missing.message(), "runtimeclass.node.k8s.io \"none\" not found");

    server.go_down();
    let classes = RuntimeClasses::start(&node(&server), Stop::new());
    assert!(classes.handler("safe").await.expect_err("no server").may_pass());
}
