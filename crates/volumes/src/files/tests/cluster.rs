//! A pod's volumes on the machine in memory, with the API server in memory.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use apiserver::{
    ApiServer, Objects, Tokens, TrustBundles,
    fake::{CONFIG_MAPS, FakeApiServer, NAMESPACES, PODS, Resource, SECRETS, SERVICE_ACCOUNTS, User},
};
use host::{
    fake::{FakeHost, Operation},
    files::Files as _,
};
use jiff::Timestamp;
use k8s_openapi::{
    api::core::v1::{Node, Pod},
    serde_json::{self, Value, json},
};
use tasks::{Clock, Stop, watch};
use tokio::{task::JoinHandle, time::sleep};
use translate::NodeFacts;
use types::PodUid;

use crate::{
    ApiVolumes, Gathered, PodCertificates, PodVolumes, SetUp, Volumes,
    tests::{POD_DIR, SETTINGS, on},
};

pub(super) const NAMESPACE: &str = "ns";
/// Longer than the calls of one change take together.
pub(super) const SOON: Duration = Duration::from_millis(200);

pub(super) struct Cluster {
    pub(super) server: FakeApiServer,
    pub(super) host: Arc<FakeHost>,
    pub(super) clock: Clock,
    /// Events about certificates of pods: reason and message.
    pub(super) events: Arc<Mutex<Vec<String>>>,
}

impl Cluster {
    pub(super) fn new() -> Self {
        let clock = Clock::simulated(Timestamp::from_second(1_800_000_000).unwrap());
        let (server, host) = (FakeApiServer::new(clock), FakeHost::new());
        let cluster = Self { server, host, clock, events: Arc::default() };
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
        cluster.server.admin().create(&NAMESPACES, &namespace).unwrap();
        cluster.make(&SERVICE_ACCOUNTS, "default", json!({}));
        cluster
    }

    /// What a kubelet that has just started uses.
    pub(super) fn volumes(&self) -> Volumes {
        let client = || self.server.client(User::Admin);
        let server = ApiServer::new(client(), client(), client());
        let api = ApiVolumes {
            objects: Objects::new(&server, Stop::new()),
            tokens: Tokens::new(&server, self.clock),
            trust_bundles: Some(TrustBundles::new(&server, Stop::new())),
            pod_certificates: Some(self.pod_certificates(&server)),
            clock: self.clock,
        };
        on(&self.host, SETTINGS).with_node_facts(Arc::new(NodeFacts::default())).with_api(api)
    }

    fn pod_certificates(&self, server: &ApiServer) -> PodCertificates {
        let mut node = Node::default();
        node.metadata.uid = Some("node-uid".to_owned());
        let node = watch::channel(Some(Arc::new(node))).1;
        let events = self.events.clone();
        let tell = Arc::new(move |_, _, reason: &str, message: String| {
            events.lock().unwrap().push(format!("{reason}: {message}"));
        });
        PodCertificates::new(server, "node", node, tell, self.clock, Stop::new())
    }

    fn make(&self, resource: &'static Resource, name: &str, fields: Value) {
        let mut object = fields;
        object["apiVersion"] = json!("v1");
        object["kind"] = json!(resource.kind);
        object["metadata"] = json!({"name": name, "namespace": NAMESPACE});
        self.server.admin().create(resource, &object).unwrap();
    }

    pub(super) fn config_map(&self, name: &str, fields: Value) {
        self.make(&CONFIG_MAPS, name, fields);
    }

    pub(super) fn secret(&self, name: &str, fields: Value) {
        self.make(&SECRETS, name, fields);
    }

    /// A pod with one volume `v`, which its container mounts.
    pub(super) fn pod(&self, volume: &Value, spec: &Value) -> PodVolumes {
        let mut volume = volume.clone();
        volume["name"] = json!("v");
        let mut spec = spec.clone();
        let mounts = json!([{"name": "v", "mountPath": "/v"}]);
        spec["containers"] = json!([{"name": "c", "image": "i", "volumeMounts": mounts}]);
        spec["volumes"] = json!([volume]);
        spec["serviceAccountName"] = json!("default");
        let metadata = json!({"name": "p", "namespace": NAMESPACE, "labels": {"app": "web"}});
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec});
        let created = self.server.admin().create(&PODS, &pod).unwrap();
        let pod: Pod = serde_json::from_value((*created).clone()).unwrap();
        let uid = PodUid::from(pod.metadata.uid.clone().unwrap());
        PodVolumes { pod: Arc::new(pod), uid, pod_dir: POD_DIR.into() }
    }

    /// Contents and modes of the files in the volume, by path.
    pub(super) async fn files(&self, kind: &str) -> Vec<(String, String, u32)> {
        let directory = directory(kind);
        let mut files = Vec::new();
        for path in self.host.paths_below(&directory) {
            let relative = path.strip_prefix(&directory).unwrap().display().to_string();
            let Some((version, relative)) = relative.split_once('/') else { continue };
            let state = self.host.look(&path).await.unwrap().unwrap();
            if version.starts_with("..") && state.kind == host::files::FileKind::File {
                let content = self.host.read(&path, 1 << 20).await.unwrap().unwrap();
                files.push((relative.to_owned(), content.escape_ascii().to_string(), state.mode));
            }
        }
        files
    }

    pub(super) async fn file(&self, kind: &str, path: &str) -> Option<String> {
        let content = self.host.read(&directory(kind).join(path), 1 << 20).await.unwrap()?;
        Some(String::from_utf8(content).unwrap())
    }

    /// How often a volume got new content.
    pub(super) fn writes(&self) -> u64 {
        self.host.calls().get(&Operation::FilesRename).copied().unwrap_or_default()
    }
}

pub(super) fn directory(kind: &str) -> PathBuf {
    Path::new(POD_DIR).join(format!("volumes/kubernetes.io~{kind}/v"))
}

pub(super) async fn set_up(volumes: &Volumes, pod: &PodVolumes) -> (crate::PodFiles, SetUp) {
    let mut files = volumes.files_of(pod);
    let gathered: Gathered = volumes.gather(&mut files).await;
    let result = volumes.set_up(pod, gathered).await;
    (files, result)
}

/// A keeper at work, and what it told.
pub(super) struct Keeping {
    task: JoinHandle<()>,
    told: Arc<Mutex<Vec<String>>>,
}

impl Keeping {
    pub(super) fn of(volumes: &Volumes, files: crate::PodFiles) -> Self {
        let told = Arc::new(Mutex::new(Vec::new()));
        let (volumes, events) = (volumes.clone(), told.clone());
        let task = tokio::spawn(async move {
            volumes.keep(files, |error| events.lock().unwrap().push(error.event_message())).await;
        });
        Self { task, told }
    }

    pub(super) fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(super) async fn soon() {
    sleep(SOON).await;
}
