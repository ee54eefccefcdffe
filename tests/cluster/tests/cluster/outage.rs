//! The API server is killed in the middle of everything, stays away for a minute, and comes back.
//!
//! ```text
//! before      workloads of every kind run; some have no change before them, and must come through untouched
//! in between  each of the others is brought into the middle of something; then the server is killed
//! meanwhile   crashes are mended, static pods start, what was told to end ends, without anybody to ask
//! afterwards  everything arrives where it was sent, nothing was restarted needlessly, and no herd has thundered
//! ```

use anyhow::ensure;
use cluster::audit::{Audit, busiest_second, most_repeated};
use cluster::cases;
use cluster::cluster::{MANIFESTS, NODE_NAME};
use cluster::objects::{STAY, container, pod, shell, shell_spec, shell_without_token, workload};
use cluster::process::Process;
use cluster::space::Space;
use cluster::status::{container_id, is_ready, name};
use cluster::suite::Case;
use e2e::node::{first, phase, statuses, uid};
use e2e::wait::{self, BOUND};
use jiff::Timestamp;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{ConfigMap, Pod, Secret};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) const ALONE: &[Case] = cases![Alone: the_server_is_away_for_a_minute];

/// How long the API server is away.
const AWAY: Duration = Duration::from_secs(60);
/// How long after its return the node's requests are looked at one by one.
const RETURN: Duration = Duration::from_secs(10);
/// The most requests of the node in one second: what `kubeAPIQPS` and `kubeAPIBurst` let through, without the events' share.
const BUSIEST_SECOND: usize = 150;
/// The most times that the node may ask for one and the same thing in [`RETURN`].
const MOST_REPEATED: usize = 15;

async fn the_server_is_away_for_a_minute(space: Space) -> anyhow::Result<()> {
    let before = Before::start(&space).await?;
    before.half_way(&space).await?;
    let mut server = Process::called("kube-apiserver")?;
    server.kill().await?;
    let away = tokio::time::sleep(AWAY);
    let manifest = meanwhile(&space, &before).await?;
    away.await;

    let audit = Audit::from_now()?;
    let returned = Timestamp::now();
    server.start()?;
    space.cluster.server_ready().await?;
    let ready = Timestamp::now();
    afterwards(&space, &before, returned).await?;
    let requests = audit.requests_of(NODE_NAME, ready + RETURN)?;
    let (second, count) = busiest_second(&requests);
    ensure!(count <= BUSIEST_SECOND, "{count} requests in the second {second}");
    let (what, count) = most_repeated(&requests);
    ensure!(count <= MOST_REPEATED, "{count} times within {RETURN:?}: {what}");
    fs::remove_file(&manifest)?;
    space.gone(&format!("alone-{NODE_NAME}")).await
}

/// What runs before the server is killed.
struct Before {
    /// Pods that nothing happens to, with their containers.
    untouched: BTreeMap<String, String>,
    /// The pods of the Deployment that is updated.
    rolling: Vec<Pod>,
    /// The second pod of the StatefulSet.
    stateful: Pod,
    /// The container of the DaemonSet's pod.
    daemon: Pod,
    crashing: Pod,
    forced: Pod,
}

impl Before {
    async fn start(space: &Space) -> anyhow::Result<Self> {
        for (name, replicas) in [("steady", 3), ("rolling", 4), ("scaled", 0)] {
            let spec = json!({ "replicas": replicas });
            space.make::<Deployment>(workload("Deployment", name, spec, shell_spec(STAY))).await?;
        }
        let spec = json!({ "replicas": 2, "serviceName": "stateful" });
        space.make::<StatefulSet>(workload("StatefulSet", "stateful", spec, shell_spec(STAY))).await?;
        space.make::<DaemonSet>(workload("DaemonSet", "daemon", json!({}), shell_spec(STAY))).await?;
        space.make::<CronJob>(cron_job()).await?;
        space.make::<ConfigMap>(json!({ "metadata": { "name": "map" }, "data": { "key": "red" } })).await?;
        let secret = json!({ "metadata": { "name": "secret" }, "stringData": { "key": "one" } });
        space.make::<Secret>(secret).await?;
        for object in [reader(), leaving(), shell("crashing", STAY), shell("forced", STAY)] {
            space.make::<Pod>(object).await?;
        }
        let mut untouched = BTreeMap::new();
        let reader = space.ready("reader").await?;
        for pod in space.ready_pods("app=steady", 3).await?.iter().chain([&reader]) {
            untouched.insert(name(pod).to_owned(), container_id(pod, "main").to_owned());
        }
        space.ready("leaving").await?;
        Ok(Self {
            untouched,
            rolling: space.ready_pods("app=rolling", 4).await?,
            stateful: space.ready("stateful-1").await?,
            daemon: space.ready_pods("app=daemon", 1).await?.remove(0),
            crashing: space.ready("crashing").await?,
            forced: space.ready("forced").await?,
        })
    }

    /// Starts what the server will not see the end of.
    async fn half_way(&self, space: &Space) -> anyhow::Result<()> {
        space.make::<Job>(job()).await?;
        space.ready_pods("job-name=job", 2).await?;
        let mut updated = shell_spec(STAY);
        updated["containers"][0]["env"] = json!([{ "name": "VERSION", "value": "2" }]);
        space.change::<Deployment>("rolling", json!({ "spec": { "template": { "spec": updated } } })).await?;
        space.delete::<Pod>("stateful-1", None).await?;
        space.delete::<Pod>("leaving", None).await?;
        space.delete::<Pod>("forced", Some(0)).await?;
        space.make::<Pod>(shell("forced", STAY)).await?;
        space.change::<ConfigMap>("map", json!({ "data": { "key": "blue" } })).await?;
        space.change::<Deployment>("scaled", json!({ "spec": { "replicas": 30 } })).await?;
        wait::until("some of 30 pods run", BOUND, || async {
            let pods = space.pods("app=scaled").await.map_err(|error| format!("{error:#}"))?;
            let running = pods.iter().filter(|pod| phase(pod) == "Running").count();
            if running > 0 { Ok(()) } else { Err(format!("of {} pods none", pods.len())) }
        })
        .await
    }
}

fn cron_job() -> Value {
    let template =
        json!({ "spec": { "restartPolicy": "Never", "containers": [container("main", "echo tick")] } });
    json!({
        "metadata": { "name": "cron" },
        "spec": { "schedule": "* * * * *", "jobTemplate": { "spec": { "template": template } } },
    })
}

/// Two pods that run for a part of the time without a server; neither may be started twice.
fn job() -> Value {
    let script = "sleep 20; echo done";
    let template = json!({ "spec": { "restartPolicy": "Never", "containers": [container("main", script)] } });
    json!({
        "metadata": { "name": "job" },
        "spec": { "completions": 2, "parallelism": 2, "backoffLimit": 0, "template": template },
    })
}

/// A pod with everything that comes from the server.
fn reader() -> Value {
    let mut spec = shell_spec(STAY);
    spec["volumes"] = json!([
        { "name": "map", "configMap": { "name": "map" } },
        { "name": "secret", "secret": { "secretName": "secret" } },
    ]);
    spec["containers"][0]["volumeMounts"] =
        json!([{ "name": "map", "mountPath": "/map" }, { "name": "secret", "mountPath": "/secret" }]);
    pod("reader", spec)
}

/// A pod that takes all of its grace period.
fn leaving() -> Value {
    let mut spec = shell_spec("trap '' TERM; while :; do sleep 1; done");
    spec["terminationGracePeriodSeconds"] = json!(15);
    pod("leaving", spec)
}

/// What the kubelet does by itself. Returns the manifest of the pod that was started meanwhile.
async fn meanwhile(space: &Space, before: &Before) -> anyhow::Result<PathBuf> {
    for crashing in [&before.crashing, &before.daemon] {
        space.cluster.kill_container(container_id(crashing, "main")).await?;
    }
    let mut object = shell_without_token("alone", STAY);
    object["metadata"]["namespace"] = json!(space.namespace);
    let manifest = Path::new(MANIFESTS).join("alone.json");
    fs::write(&manifest, object.to_string())?;
    wait::until("what crashed runs again, the static pod runs, what was to end has ended", BOUND, || async {
        let running = space.running().await.map_err(|error| format!("{error:#}"))?;
        let runs = |name: &str| running.contains_key(name);
        let restarted = |pod: &Pod| running.get(name(pod)).is_some_and(|id| id != container_id(pod, "main"));
        let ended = !runs("leaving")
            && running.get("forced").is_none_or(|id| id != container_id(&before.forced, "main"));
        if restarted(&before.crashing)
            && restarted(&before.daemon)
            && runs(&format!("alone-{NODE_NAME}"))
            && ended
        {
            Ok(())
        } else {
            Err(format!("{running:?}"))
        }
    })
    .await?;
    Ok(manifest)
}

async fn afterwards(space: &Space, before: &Before, returned: Timestamp) -> anyhow::Result<()> {
    tokio::try_join!(
        scaled_and_updated(space, before),
        replaced(space, before),
        jobs(space, returned),
        configuration(space),
        told(space, before),
    )?;
    let now = space.running().await?;
    for (pod, container) in &before.untouched {
        ensure!(now.get(pod) == Some(container), "{pod} did not live through it: {now:#?}");
    }
    for pod in space.pods("").await? {
        let crashed = [&before.crashing, &before.daemon].iter().any(|crashed| uid(crashed) == uid(&pod));
        let restarts: i32 = statuses(&pod).iter().map(|status| status.restart_count).sum();
        ensure!(
            restarts == i32::from(crashed),
            "{} was restarted {restarts} times: {:?}",
            name(&pod),
            pod.status
        );
    }
    Ok(())
}

async fn scaled_and_updated(space: &Space, before: &Before) -> anyhow::Result<()> {
    space.ready_pods("app=scaled", 30).await?;
    space.change::<Deployment>("scaled", json!({ "spec": { "replicas": 5 } })).await?;
    space.ready_pods("app=scaled", 5).await?;
    wait::until("the update is through", BOUND * 2, || async {
        let after = space.pods("app=rolling").await.map_err(|error| format!("{error:#}"))?;
        let is_new = |pod: &Pod| before.rolling.iter().all(|old| uid(old) != uid(pod)) && is_ready(pod);
        if after.len() == 4 && after.iter().all(is_new) {
            return Ok(());
        }
        let seen = after.iter().map(|pod| format!("{} is new and ready: {}", name(pod), is_new(pod)));
        Err(format!("{:#?}", seen.collect::<Vec<_>>()))
    })
    .await
}

async fn replaced(space: &Space, before: &Before) -> anyhow::Result<()> {
    for old in [&before.stateful, &before.forced] {
        space.until::<Pod>(name(old), "is another pod", |pod| uid(pod) != uid(old) && is_ready(pod)).await?;
    }
    space.gone("leaving").await
}

async fn jobs(space: &Space, returned: Timestamp) -> anyhow::Result<()> {
    let done = space.until::<Job>("job", "has 2 successes", |job| {
        job.status.as_ref().is_some_and(|status| status.succeeded == Some(2))
    });
    ensure!(done.await?.status.unwrap_or_default().failed.is_none(), "a pod of the job failed");
    space
        .until::<CronJob>("cron", "goes on", |cron| {
            let last = cron.status.as_ref().and_then(|status| status.last_successful_time.as_ref());
            last.is_some_and(|last| last.0 > returned)
        })
        .await?;
    Ok(())
}

/// What was changed in the last moment has come, and what changes now comes as well.
async fn configuration(space: &Space) -> anyhow::Result<()> {
    space.prints("reader", "cat /map/key", "blue").await?;
    space.change::<Secret>("secret", json!({ "stringData": { "key": "two" } })).await?;
    space.prints("reader", "cat /secret/key", "two").await?;
    space.change::<ConfigMap>("map", json!({ "data": { "key": "green" } })).await?;
    space.prints("reader", "cat /map/key", "green").await?;
    // A new pod gets a token, the node is one to schedule to.
    space.run(shell("next", STAY)).await?;
    Ok(())
}

/// The server learns of what happened without it.
async fn told(space: &Space, before: &Before) -> anyhow::Result<()> {
    for crashed in [&before.crashing, &before.daemon] {
        space
            .until::<Pod>(name(crashed), "tells of the crash", |pod| {
                is_ready(pod) && uid(pod) == uid(crashed) && first(pod).restart_count == 1
            })
            .await?;
    }
    space.ready(&format!("alone-{NODE_NAME}")).await?;
    space.cluster.node_ready("True", BOUND).await?;
    Ok(())
}
