//! What the tests of this crate share: a fake server, and a node's view of it.

use crate::fake::{CONFIG_MAPS, FakeApiServer, NAMESPACES, PODS, Resource, User};
use crate::server::ApiServer;
use serde_json::{Value, json};
use tasks::Clock;

/// The node's name.
pub(crate) const NODE: &str = "here";

/// Wall time that follows tokio's.
pub(crate) fn clock() -> Clock {
    Clock::simulated("2026-01-01T00:00:00Z".parse().expect("a moment"))
}

/// A server with the namespace `default`.
pub(crate) fn server() -> FakeApiServer {
    let server = FakeApiServer::new(clock());
    create(&server, &NAMESPACES, &json!({ "metadata": { "name": "default" } }));
    server
}

/// The server as the node's kubelet sees it.
pub(crate) fn node(server: &FakeApiServer) -> ApiServer {
    let client = server.client(User::Node(NODE.to_owned()));
    ApiServer::new(client.clone(), client.clone(), client)
}

/// Makes an object, which must work; a namespace that exists is left alone.
pub(crate) fn create(server: &FakeApiServer, resource: &'static Resource, object: &Value) {
    let mut object = object.clone();
    let api_version = match resource.group {
        "" => resource.version.to_owned(),
        group => format!("{group}/{}", resource.version),
    };
    object["apiVersion"] = api_version.into();
    object["kind"] = resource.kind.into();
    if let Err(failure) = server.admin().create(resource, &object) {
        assert_eq!(failure.code, 409, "{failure:?}");
    }
}

/// Makes a pod of the node that mounts the ConfigMap `settings` the Secret `keys`, and a token.
pub(crate) fn create_pod(server: &FakeApiServer, name: &str) {
    let volumes = json!([
        { "name": "settings", "configMap": { "name": "settings" } },
        { "name": "keys", "secret": { "secretName": "keys" } },
        { "name": "token", "projected": { "sources": [{ "serviceAccountToken": { "path": "token" } }] } },
    ]);
    let containers = json!([{ "name": "main", "image": "app:1" }]);
    let pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": name, "namespace": "default" },
        "spec": { "nodeName": NODE, "serviceAccountName": "default", "containers": containers, "volumes": volumes },
    });
    create(server, &PODS, &pod);
}

/// Makes the ConfigMap `settings` with one value.
pub(crate) fn create_settings(server: &FakeApiServer, value: &str) {
    let metadata = json!({ "name": "settings", "namespace": "default" });
    create(server, &CONFIG_MAPS, &json!({ "metadata": metadata, "data": { "key": value } }));
}
