//! A namespace of the API server: objects made, waited for, looked into.

use crate::cluster::Cluster;
use crate::status;
use anyhow::{Context, ensure};
use cri::v1::{ContainerState, PodSandboxState};
use cri::{ContainerService, StreamingService};
use e2e::wait::{self, BOUND};
use k8s_openapi::api::core::v1::{Event, Namespace, Pod, ServiceAccount};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::core::NamespaceResourceScope;
use kube::{Api, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long a command in a container may take.
const COMMAND_BOUND: Duration = Duration::from_secs(20);

/// Objects of a namespace that the tests make.
pub trait Object:
    Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + Debug + DeserializeOwned + Serialize
{
}

impl<K> Object for K where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + Clone
        + Debug
        + DeserializeOwned
        + Serialize
{
}

/// A namespace of a case's own.
#[derive(Clone, Debug)]
pub struct Space {
    /// The cluster.
    pub cluster: Arc<Cluster>,
    /// The namespace's name.
    pub namespace: String,
}

impl Space {
    /// Makes the namespace, and waits for its service account: no pod is taken without.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn create(&self) -> anyhow::Result<()> {
        let object = serde_json::from_value(json!({ "metadata": { "name": self.namespace } }))?;
        let namespaces = Api::<Namespace>::all(self.cluster.client.clone());
        namespaces.create(&PostParams::default(), &object).await.context("namespace")?;
        self.found::<ServiceAccount>("default").await?;
        Ok(())
    }

    /// A directory of the node that is this case's alone, for what must be seen after a pod's end.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn directory(&self) -> anyhow::Result<PathBuf> {
        let directory = Path::new("/run/cluster/cases").join(&self.namespace);
        fs::create_dir_all(&directory).with_context(|| directory.display().to_string())?;
        Ok(directory)
    }

    /// Deletes the namespace with everything in it, its pods first: by itself it would think about them for five seconds, and
    /// in a namespace that goes nobody makes them again.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn remove(&self) -> anyhow::Result<()> {
        let namespaces = Api::<Namespace>::all(self.cluster.client.clone());
        namespaces.delete(&self.namespace, &DeleteParams::default()).await?;
        self.api::<Pod>().delete_collection(&DeleteParams::default(), &ListParams::default()).await?;
        Ok(())
    }

    /// Waits until the namespace has no pods.
    ///
    /// # Errors
    /// When one stays.
    pub async fn emptied(&self) -> anyhow::Result<()> {
        wait::until(&format!("namespace {} has no pods", self.namespace), BOUND * 2, || async {
            let pods =
                self.api::<Pod>().list(&ListParams::default()).await.map_err(|error| error.to_string())?;
            if pods.items.is_empty() { Ok(()) } else { Err(format!("{:#}", json!(pods.items))) }
        })
        .await
    }

    /// Waits until the namespace is gone with everything in it.
    ///
    /// # Errors
    /// When something in it stays.
    pub async fn removed(&self) -> anyhow::Result<()> {
        let namespaces = Api::<Namespace>::all(self.cluster.client.clone());
        wait::until(&format!("namespace {} is gone", self.namespace), BOUND * 2, || async {
            match namespaces.get_opt(&self.namespace).await {
                Ok(None) => Ok(()),
                Ok(Some(found)) => Err(format!("{:#}", json!(found.status))),
                Err(error) => Err(error.to_string()),
            }
        })
        .await
    }

    /// The objects of a kind.
    pub fn api<K: Object>(&self) -> Api<K> {
        Api::namespaced(self.cluster.client.clone(), &self.namespace)
    }

    /// Makes an object.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn make<K: Object>(&self, object: Value) -> anyhow::Result<K> {
        let typed = serde_json::from_value(object.clone()).with_context(|| object.to_string())?;
        self.api::<K>().create(&PostParams::default(), &typed).await.with_context(|| object.to_string())
    }

    /// Merges a patch into an object.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn change<K: Object>(&self, name: &str, patch: Value) -> anyhow::Result<K> {
        let patched = self.api::<K>().patch(name, &PatchParams::default(), &Patch::Merge(&patch)).await;
        patched.with_context(|| format!("{name}: {patch}"))
    }

    /// Deletes an object, with another grace period than its own where one is given.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn delete<K: Object>(&self, name: &str, grace_seconds: Option<u32>) -> anyhow::Result<()> {
        let parameters = DeleteParams { grace_period_seconds: grace_seconds, ..DeleteParams::background() };
        self.api::<K>().delete(name, &parameters).await.with_context(|| format!("deletion of {name}"))?;
        Ok(())
    }

    /// Waits until the object is there.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn found<K: Object>(&self, name: &str) -> anyhow::Result<K> {
        self.until::<K>(name, "is there", |_| true).await
    }

    /// Waits until the object is there and `accept` says yes; `what` says to what.
    ///
    /// # Errors
    /// When it does not come true; the object is in the error.
    pub async fn until<K: Object>(
        &self,
        name: &str,
        what: &str,
        accept: impl Fn(&K) -> bool,
    ) -> anyhow::Result<K> {
        self.within(BOUND * 2, name, what, accept).await
    }

    /// The same with another bound.
    ///
    /// # Errors
    /// When it does not come true; the object is in the error.
    pub async fn within<K: Object>(
        &self,
        bound: Duration,
        name: &str,
        what: &str,
        accept: impl Fn(&K) -> bool,
    ) -> anyhow::Result<K> {
        let api = self.api::<K>();
        wait::until(&format!("{name}: {what}"), bound, || async {
            match api.get_opt(name).await {
                Ok(Some(object)) if accept(&object) => Ok(object),
                Ok(Some(object)) => {
                    let mut text = json!(object);
                    text["metadata"]["managedFields"] = Value::Null;
                    Err(format!("{text:#}"))
                }
                Ok(None) => Err("no such object".to_owned()),
                Err(error) => Err(error.to_string()),
            }
        })
        .await
    }

    /// Makes a pod and waits until it is ready.
    ///
    /// # Errors
    /// When it is refused or does not become ready.
    pub async fn run(&self, pod: Value) -> anyhow::Result<Pod> {
        let pod: Pod = self.make(pod).await?;
        self.ready(status::name(&pod)).await
    }

    /// Waits until the pod is ready.
    ///
    /// # Errors
    /// When it does not become so.
    pub async fn ready(&self, name: &str) -> anyhow::Result<Pod> {
        self.until(name, "is ready", status::is_ready).await
    }

    /// The pods with these labels.
    ///
    /// # Errors
    /// When the API server does not tell.
    pub async fn pods(&self, labels: &str) -> anyhow::Result<Vec<Pod>> {
        Ok(self.api::<Pod>().list(&ListParams::default().labels(labels)).await?.items)
    }

    /// Waits until the pods with these labels are `count` ready ones, and no others.
    ///
    /// # Errors
    /// When that does not come true.
    pub async fn ready_pods(&self, labels: &str, count: usize) -> anyhow::Result<Vec<Pod>> {
        // Many pods take their time where others are busy too.
        let bound = BOUND * 2 + Duration::from_secs(count as u64);
        wait::until(&format!("{count} ready pods {labels}"), bound, || async {
            let pods = self.pods(labels).await.map_err(|error| format!("{error:#}"))?;
            if pods.len() == count && pods.iter().all(status::is_ready) {
                return Ok(pods);
            }
            let seen = pods.iter().map(|pod| (status::name(pod).to_owned(), status::is_ready(pod)));
            Err(format!("{:?}", seen.collect::<Vec<_>>()))
        })
        .await
    }

    /// Waits until the API server does not know the pod any more, and nothing of it runs: what has ended may be cleared away
    /// later, upstream's kubelet takes its time.
    ///
    /// # Errors
    /// When something of it stays.
    pub async fn gone(&self, name: &str) -> anyhow::Result<()> {
        wait::until(&format!("pod {name} is gone"), BOUND * 2, || async {
            let found = self.api::<Pod>().get_opt(name).await.map_err(|error| error.to_string())?;
            if let Some(pod) = found {
                return Err(format!("{:#}", json!(pod.status)));
            }
            let mut left =
                self.cluster.sandboxes(&self.namespace).await.map_err(|error| error.to_string())?;
            left.retain(|sandbox| {
                sandbox.state() == PodSandboxState::SandboxReady
                    && sandbox.metadata.as_ref().is_some_and(|metadata| metadata.name == name)
            });
            if left.is_empty() { Ok(()) } else { Err(format!("{left:?}")) }
        })
        .await
    }

    /// The container `main` that runs of each pod, as the first node's runtime tells it.
    ///
    /// # Errors
    /// When the runtime does not answer.
    pub async fn running(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let mut running = BTreeMap::new();
        for container in self.cluster.runtime.list_containers(None).await? {
            let label = |key: &str| container.labels.get(key).map(String::as_str).unwrap_or_default();
            let is_ours = label("io.kubernetes.pod.namespace") == self.namespace
                && label("io.kubernetes.container.name") == "main";
            if is_ours && container.state() == ContainerState::ContainerRunning {
                running.insert(label("io.kubernetes.pod.name").to_owned(), container.id.clone());
            }
        }
        Ok(running)
    }

    /// What a command in a container prints.
    ///
    /// # Errors
    /// When it fails; what it printed is in the error.
    pub async fn exec(&self, pod: &str, container: &str, script: &str) -> anyhow::Result<String> {
        let object = self.api::<Pod>().get(pod).await?;
        let id = status::container_id(&object, container);
        let command = ["sh", "-c", script].map(str::to_owned);
        let answer = self.cluster.runtime.exec_sync(id, &command, COMMAND_BOUND).await?;
        let (out, errors) =
            (String::from_utf8_lossy(&answer.stdout), String::from_utf8_lossy(&answer.stderr));
        ensure!(answer.exit_code == 0, "{script}: status {}: {out}{errors}", answer.exit_code);
        Ok(out.into_owned())
    }

    /// Waits until a command in the pod's container `main` prints something that holds `expected`.
    ///
    /// # Errors
    /// When it does not.
    pub async fn prints(&self, pod: &str, script: &str, expected: &str) -> anyhow::Result<String> {
        wait::until(&format!("{script:?} in {pod} prints {expected:?}"), BOUND * 3, || async {
            match self.exec(pod, "main", script).await {
                Ok(text) if text.contains(expected) => Ok(text),
                Ok(text) => Err(text),
                Err(error) => Err(format!("{error:#}")),
            }
        })
        .await
    }

    /// What a container has written so far, from its log file; empty when there is none.
    ///
    /// # Errors
    /// When the pod is not there.
    pub async fn log(&self, pod: &str, container: &str) -> anyhow::Result<String> {
        let object = self.api::<Pod>().get(pod).await?;
        let uid = e2e::node::uid(&object);
        let directory = format!("/var/log/pods/{}_{pod}_{uid}/{container}", self.namespace);
        let count = status::container(&object, container).map_or(0, |status| status.restart_count);
        Ok(fs::read_to_string(format!("{directory}/{count}.log")).unwrap_or_default())
    }

    /// Waits until a container has written `text`.
    ///
    /// # Errors
    /// When it does not.
    pub async fn wrote(&self, pod: &str, container: &str, text: &str) -> anyhow::Result<String> {
        wait::until(&format!("{pod}/{container} wrote {text:?}"), BOUND * 2, || async {
            let log = self.log(pod, container).await.map_err(|error| format!("{error:#}"))?;
            if log.contains(text) { Ok(log) } else { Err(log) }
        })
        .await
    }

    /// The events about an object, as `reason: message`.
    ///
    /// # Errors
    /// When the API server does not tell.
    pub async fn events(&self, name: &str) -> anyhow::Result<Vec<String>> {
        let parameters = ListParams::default().fields(&format!("involvedObject.name={name}"));
        let events = self.api::<Event>().list(&parameters).await?;
        let line = |event: Event| {
            format!("{}: {}", event.reason.unwrap_or_default(), event.message.unwrap_or_default())
        };
        Ok(events.items.into_iter().map(line).collect())
    }

    /// Waits until there is an event about the object that begins with `beginning`.
    ///
    /// # Errors
    /// When none comes.
    pub async fn event(&self, name: &str, beginning: &str) -> anyhow::Result<String> {
        wait::until(&format!("event {beginning:?} about {name}"), BOUND, || async {
            let events = self.events(name).await.map_err(|error| vec![format!("{error:#}")])?;
            let found = events.iter().find(|event| event.starts_with(beginning)).cloned();
            found.ok_or(events)
        })
        .await
    }
}
