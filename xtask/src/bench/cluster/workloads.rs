//! The measurements. Times in milliseconds unless the name says otherwise.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use cri::ContainerService;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Pod, ServiceAccount};
use kube::Api;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::audit::Audit;
use super::node::Kubelet;
use super::seen::{Watch, runs};
use crate::bench::floor::IMAGE;
use crate::bench::quantile;
use crate::bench::workloads::{Size, Values};
use crate::cluster::kubelet::ROOT;
use crate::cluster::{NODE_NAME, components};
use crate::node::layout::Layout;

/// Where the benchmark's pods are.
const NAMESPACE: &str = "bench";
/// How long a kubelet may go on with a pod that was seen to run, or to be gone.
const SETTLE: Duration = Duration::from_millis(400);
/// How often a file is read that is to change.
const LOOK_INTERVAL: Duration = Duration::from_millis(2);
/// How long a changed ConfigMap may take to reach its file.
const FILE_PATIENCE: Duration = Duration::from_secs(150);

/// The cluster, and what is measured in it.
#[derive(Debug)]
pub struct Bench {
    pods: Api<Pod>,
    maps: Api<ConfigMap>,
    runtime: cri::Client,
    watch: Watch,
    audit: Audit,
    size: Size,
    values: Values,
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// A kubelet as the cluster's node, through all workloads.
///
/// # Errors
/// When something does not happen that has to.
pub async fn kubelet(
    program: &Path,
    client: &kube::Client,
    runtime: &cri::Client,
    layout: &Layout,
    size: Size,
) -> anyhow::Result<Values> {
    prepare(client).await?;
    let endpoint = std::env::var("KUBELET_TEST_CRI").context("KUBELET_TEST_CRI is not set: not in a box")?;
    let (mut kubelet, started) = Kubelet::start(program, &endpoint, layout, client).await?;
    let pods = Api::<Pod>::namespaced(client.clone(), NAMESPACE);
    let mut bench = Bench {
        watch: Watch::begin(pods.clone()).await?,
        pods,
        maps: Api::namespaced(client.clone(), NAMESPACE),
        runtime: runtime.clone(),
        audit: Audit::new(components::audit_log(layout)),
        size,
        values: Values::from([("start to ready", milliseconds(started))]),
    };
    // What a kubelet does in its first seconds is measured by nobody.
    tokio::time::sleep(Duration::from_secs(10)).await;
    bench.idle(&kubelet, "idle CPU %, no pods", "RSS MiB, no pods").await?;
    bench.serial(&kubelet).await?;
    bench.with_token().await?;
    bench.jobs().await?;
    bench.kills().await?;
    bench.config_map().await?;
    bench.batch(&mut kubelet).await?;
    kubelet.end().await?;
    kubelet.clear(runtime).await?;
    let bytes = std::fs::metadata(program).context("the kubelet's binary is gone")?.len();
    bench.values.insert("binary MB", bytes as f64 / 1e6);
    Ok(bench.values)
}

/// The namespace with its service account.
async fn prepare(client: &kube::Client) -> anyhow::Result<()> {
    let namespaces = Api::<Namespace>::all(client.clone());
    if namespaces.get_opt(NAMESPACE).await?.is_none() {
        let namespace = serde_json::from_value(json!({ "metadata": { "name": NAMESPACE } }))?;
        namespaces.create(&PostParams::default(), &namespace).await?;
    }
    let accounts = Api::<ServiceAccount>::namespaced(client.clone(), NAMESPACE);
    let begun = Instant::now();
    while accounts.get_opt("default").await?.is_none() {
        ensure!(begun.elapsed() < Duration::from_secs(30), "the namespace gets no service account");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// A pod of one container, on the node without a scheduler's help.
fn pod(name: &str, spec: Value) -> anyhow::Result<Pod> {
    let mut whole = json!({
        "nodeName": NODE_NAME, "automountServiceAccountToken": false,
        "containers": [{ "name": "main", "image": IMAGE, "imagePullPolicy": "IfNotPresent" }],
    });
    if let (Some(whole), Value::Object(spec)) = (whole.as_object_mut(), spec) {
        whole.extend(spec);
    }
    Ok(serde_json::from_value(json!({ "metadata": { "name": name }, "spec": whole }))?)
}

impl Bench {
    /// Creates a pod; the moment before.
    async fn create(&self, name: &str, spec: Value) -> anyhow::Result<Instant> {
        let pod = pod(name, spec)?;
        let at = Instant::now();
        self.pods.create(&PostParams::default(), &pod).await?;
        Ok(at)
    }

    /// Deletes a pod; the moment before.
    async fn delete(&self, name: &str) -> anyhow::Result<Instant> {
        let at = Instant::now();
        self.pods.delete(name, &DeleteParams::default()).await?;
        Ok(at)
    }

    async fn idle(
        &mut self,
        kubelet: &Kubelet,
        cpu: &'static str,
        memory: &'static str,
    ) -> anyhow::Result<()> {
        let (before, begun) = (kubelet.usage()?, Instant::now());
        tokio::time::sleep(self.size.idle).await;
        let after = kubelet.usage()?;
        let share = (after.cpu_seconds - before.cpu_seconds) / begun.elapsed().as_secs_f64();
        self.values.insert(cpu, share * 100.0);
        self.values.insert(memory, after.resident_mib);
        Ok(())
    }

    async fn serial(&mut self, kubelet: &Kubelet) -> anyhow::Result<()> {
        let (mut starts, mut stops) = (Vec::new(), Vec::new());
        let (mut start_calls, mut stop_calls) = (0, 0);
        let before = kubelet.usage()?;
        for number in 0..self.size.serial {
            let name = format!("serial-{number}");
            self.audit.count(|_| true)?;
            let created = self.create(&name, json!({})).await?;
            starts.push(milliseconds(self.watch.running(&name, 0).await?.at - created));
            tokio::time::sleep(SETTLE).await;
            start_calls += self.audit.count(|_| true)?;
            let deleted = self.delete(&name).await?;
            stops.push(milliseconds(self.watch.gone(&name).await?.at - deleted));
            tokio::time::sleep(SETTLE).await;
            stop_calls += self.audit.count(|_| true)?;
        }
        let used = kubelet.usage()?.cpu_seconds - before.cpu_seconds;
        let count = self.size.serial as f64;
        self.values.extend([
            ("start p50", quantile(&mut starts, 0.5)),
            ("start p99", quantile(&mut starts, 0.99)),
            ("stop p50", quantile(&mut stops, 0.5)),
            ("stop p99", quantile(&mut stops, 0.99)),
            ("CPU ms per start and stop", used * 1000.0 / count),
            ("calls per start", start_calls as f64 / count),
            ("calls per stop", stop_calls as f64 / count),
        ]);
        Ok(())
    }

    async fn with_token(&mut self) -> anyhow::Result<()> {
        let mut starts = Vec::new();
        for number in 0..self.size.serial {
            let name = format!("token-{number}");
            let created = self.create(&name, json!({ "automountServiceAccountToken": true })).await?;
            starts.push(milliseconds(self.watch.running(&name, 0).await?.at - created));
            self.delete(&name).await?;
            self.watch.gone(&name).await?;
            tokio::time::sleep(SETTLE).await;
        }
        self.values.insert("start with token p50", quantile(&mut starts, 0.5));
        Ok(())
    }

    async fn jobs(&mut self) -> anyhow::Result<()> {
        let mut times = Vec::new();
        // The first one pulls the image.
        for number in 0..=self.size.serial.min(10) {
            let name = format!("job-{number}");
            let container = json!({
                "name": "main", "image": "busybox", "imagePullPolicy": "IfNotPresent", "command": ["sleep", "0.7"],
            });
            let created =
                self.create(&name, json!({ "restartPolicy": "Never", "containers": [container] })).await?;
            let done = self.watch.next(|seen| {
                seen.pod.metadata.name.as_deref() == Some(&name)
                    && seen.pod.status.as_ref().and_then(|status| status.phase.as_deref())
                        == Some("Succeeded")
            });
            let took = milliseconds(done.await?.at - created);
            if number > 0 {
                times.push(took);
            }
            self.delete(&name).await?;
            self.watch.gone(&name).await?;
        }
        self.values.insert("job p50", quantile(&mut times, 0.5));
        Ok(())
    }

    async fn kills(&mut self) -> anyhow::Result<()> {
        let mut times = Vec::new();
        for number in 0..self.size.kills {
            let name = format!("kill-{number}");
            self.create(&name, json!({})).await?;
            let running = self.watch.running(&name, 0).await?;
            tokio::time::sleep(SETTLE).await;
            let status = running.pod.status.unwrap_or_default().container_statuses.unwrap_or_default();
            let id = status.first().and_then(|status| status.container_id.clone()).unwrap_or_default();
            let id = id.rsplit('/').next().unwrap_or_default().to_owned();
            let status = self.runtime.container_status(&id, true).await?;
            let pid = cri::info::container_pid(&status).context("the runtime tells no process")?;
            let pid = rustix::process::Pid::from_raw(pid.cast_signed()).context("0 is no process")?;
            let killed = Instant::now();
            rustix::process::kill_process(pid, rustix::process::Signal::KILL)?;
            times.push(milliseconds(self.watch.running(&name, 1).await?.at - killed));
            self.delete(&name).await?;
            self.watch.gone(&name).await?;
        }
        self.values.insert("killed to running p50", quantile(&mut times, 0.5));
        Ok(())
    }

    async fn config_map(&mut self) -> anyhow::Result<()> {
        let map = serde_json::from_value(json!({ "metadata": { "name": "map" }, "data": { "key": "old" } }))?;
        self.maps.create(&PostParams::default(), &map).await?;
        let mut container = json!({ "name": "main", "image": IMAGE, "imagePullPolicy": "IfNotPresent" });
        container["volumeMounts"] = json!([{ "name": "map", "mountPath": "/map" }]);
        let volumes = json!([{ "name": "map", "configMap": { "name": "map" } }]);
        self.create("map", json!({ "containers": [container], "volumes": volumes })).await?;
        let uid = self.watch.running("map", 0).await?.pod.metadata.uid.unwrap_or_default();
        let file = Path::new(ROOT).join(format!("pods/{uid}/volumes/kubernetes.io~configmap/map/key"));
        tokio::time::sleep(SETTLE).await;
        let changed = Instant::now();
        let patch = Patch::Merge(json!({ "data": { "key": "new" } }));
        self.maps.patch("map", &PatchParams::default(), &patch).await?;
        while std::fs::read_to_string(&file).unwrap_or_default() != "new" {
            ensure!(changed.elapsed() < FILE_PATIENCE, "{} does not change", file.display());
            tokio::time::sleep(LOOK_INTERVAL).await;
        }
        self.values.insert("config map to file", milliseconds(changed.elapsed()));
        self.delete("map").await?;
        self.watch.gone("map").await?;
        self.maps.delete("map", &DeleteParams::default()).await?;
        Ok(())
    }

    async fn batch(&mut self, kubelet: &mut Kubelet) -> anyhow::Result<()> {
        tokio::time::sleep(Duration::from_secs(3)).await;
        let before = kubelet.usage()?;
        let begun = Instant::now();
        let bench = &*self;
        let creations = (0..self.size.batch).map(|number| {
            let name = format!("batch-{number}");
            async move { bench.create(&name, json!({})).await }
        });
        futures::future::try_join_all(creations).await?;
        let mut times = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        while seen.len() < self.size.batch {
            let change = self.watch.next(|change| runs(&change.pod, 0)).await?;
            if seen.insert(change.pod.metadata.name.unwrap_or_default()) {
                times.push(milliseconds(change.at - begun));
            }
        }
        self.values.extend([
            ("batch first", quantile(&mut times, 0.0)),
            ("batch p50", quantile(&mut times, 0.5)),
            ("batch wall", quantile(&mut times, 1.0)),
        ]);
        tokio::time::sleep(Duration::from_secs(3)).await;
        let started = kubelet.usage()?.cpu_seconds - before.cpu_seconds;
        tokio::time::sleep(Duration::from_secs(12)).await;
        self.idle(kubelet, "idle CPU %, batch", "RSS MiB, batch").await?;
        self.restart(kubelet).await?;

        let before = kubelet.usage()?;
        self.watch.drain();
        let removed = Instant::now();
        self.pods.delete_collection(&DeleteParams::default(), &ListParams::default()).await?;
        let mut last = removed;
        for _ in 0..=self.size.batch {
            last = self.watch.next(|change| change.deleted).await?.at;
        }
        self.values.insert("batch removed", milliseconds(last - removed));
        tokio::time::sleep(Duration::from_secs(2)).await;
        let stopped = kubelet.usage()?.cpu_seconds - before.cpu_seconds;
        let each = (started + stopped) * 1000.0 / self.size.batch as f64;
        self.values.insert("CPU ms per start and stop, batch", each);
        Ok(())
    }

    async fn restart(&mut self, kubelet: &mut Kubelet) -> anyhow::Result<()> {
        kubelet.end().await?;
        self.create("waiting", json!({})).await?;
        self.audit.count(|_| true)?;
        let begun = kubelet.start_again()?;
        let running = self.watch.running("waiting", 0).await?;
        self.values.insert("restart to waiting pod", milliseconds(running.at - begun));
        tokio::time::sleep(Duration::from_secs(5)).await;
        let writes = self.audit.count(|request| {
            let object = &request["objectRef"];
            object["resource"] == "pods" && object["subresource"] == "status" && object["name"] != "waiting"
        })?;
        self.values.insert("status writes of restart", writes as f64);
        Ok(())
    }
}
