//! Where cases run, and what they share.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::peer::{Peer, reason};

/// A server, two users of it, and a namespace and a node of our own.
pub struct Setting {
    /// Somebody who may do everything.
    pub(super) admin: Peer,
    /// The kubelet of the node.
    pub(super) node: Peer,
    /// The node's name.
    pub(super) node_name: String,
    /// The namespace.
    pub(super) namespace: String,
}

/// Why a case does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(String);

/// How long a case waits for what must happen, and how often it looks.
const PATIENCE: Duration = Duration::from_secs(15);
const LOOK: Duration = Duration::from_millis(50);

impl Failure {
    /// With these words.
    pub fn new(message: impl Into<String>) -> Self {
        Failure(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<kube::Error> for Failure {
    fn from(error: kube::Error) -> Self {
        Failure(format!("a request failed: {error:?}"))
    }
}

impl Setting {
    /// Makes the run's namespace and node. `node` is a client of the user `system:node:<node_name>` in the group
    /// `system:nodes`.
    pub async fn prepare(
        admin: kube::Client,
        node: kube::Client,
        node_name: &str,
        namespace: &str,
    ) -> Result<Setting, Failure> {
        let setting = Setting {
            admin: Peer::new(admin),
            node: Peer::new(node),
            node_name: node_name.to_owned(),
            namespace: namespace.to_owned(),
        };
        let object = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": namespace } });
        setting.admin.create("/api/v1/namespaces", &object).await?;
        // Where there is a controller manager, it may have been quicker.
        let account =
            json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "default" } });
        match setting.admin.create(&setting.path("serviceaccounts", ""), &account).await {
            Err(error) if reason(&error) != "AlreadyExists" => return Err(error.into()),
            Ok(_) | Err(_) => {}
        }
        let object = json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": node_name } });
        setting.node.create("/api/v1/nodes", &object).await?;
        Ok(setting)
    }

    /// Removes what the run has made.
    pub async fn clean_up(&self) -> Result<(), Failure> {
        let pods = self.admin.get(&self.path("pods", "")).await?;
        for pod in pods["items"].as_array().into_iter().flatten() {
            let name = pod["metadata"]["name"].as_str().unwrap_or_default();
            self.admin.delete(&self.path("pods", name), &json!({ "gracePeriodSeconds": 0 })).await.ok();
        }
        self.admin.delete(&format!("/api/v1/nodes/{}", self.node_name), &Value::Null).await?;
        self.admin.delete(&format!("/api/v1/namespaces/{}", self.namespace), &Value::Null).await?;
        Ok(())
    }

    /// A path of the core group in the run's namespace: of a kind, or of one object of it.
    pub(super) fn path(&self, plural: &str, name: &str) -> String {
        let slash = if name.is_empty() { "" } else { "/" };
        format!("/api/v1/namespaces/{}/{plural}{slash}{name}", self.namespace)
    }

    /// A pod that is bound to the node.
    pub(super) async fn bound_pod(&self, name: &str) -> Result<Value, Failure> {
        let mut pod = pod(name);
        pod["spec"]["nodeName"] = json!(self.node_name);
        Ok(self.admin.create(&self.path("pods", ""), &pod).await?)
    }

    /// Changes a pod's status as its kubelet.
    pub(super) async fn report(&self, name: &str, status: &Value) -> Result<Value, Failure> {
        let path = format!("{}/status", self.path("pods", name));
        Ok(self.node.patch(&path, &json!({ "status": status })).await?)
    }

    /// Asks until the answer is as it should be: what a server knows by its own watches may lag.
    pub(super) async fn eventually<T, F>(&self, what: &str, ask: impl Fn() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, kube::Error>>,
    {
        let asking = async {
            loop {
                match ask().await {
                    Ok(answer) => return answer,
                    Err(_) => tokio::time::sleep(LOOK).await,
                }
            }
        };
        match tokio::time::timeout(PATIENCE, asking).await {
            Ok(answer) => Ok(answer),
            Err(_) => match ask().await {
                Ok(answer) => Ok(answer),
                Err(error) => Err(Failure(format!("{what}: still {error:?} after {PATIENCE:?}"))),
            },
        }
    }
}

/// A pod with one container that is bound to no node.
pub(super) fn pod(name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": name },
        "spec": {
            // Not to be scheduled where there is a scheduler.
            "schedulerName": "nobody",
            "automountServiceAccountToken": false,
            "containers": [{ "name": "main", "image": "registry.example/app:1" }],
        },
    })
}

/// The version of an object.
pub(super) fn version(object: &Value) -> &str {
    object["metadata"]["resourceVersion"].as_str().unwrap_or_default()
}

/// The UID of an object.
pub(super) fn uid(object: &Value) -> &str {
    object["metadata"]["uid"].as_str().unwrap_or_default()
}
