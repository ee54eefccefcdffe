//! What controllers make of pods.

use anyhow::ensure;
use cluster::cases;
use cluster::objects::{STAY, container, shell_spec, workload};
use cluster::space::Space;
use cluster::status::{is_ready, name};
use cluster::suite::Case;
use e2e::node::uid;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{Pod, Service};
use serde_json::json;

pub(crate) const SHARED: &[Case] = cases![Shared:
    a_cron_job_runs_on_the_minute,
    a_deployment_is_scaled,
    a_rolling_update_replaces,
    a_job_completes,
    a_job_fails,
    a_daemon_set_has_a_pod_on_the_node,
    a_stateful_set_keeps_names,
];

async fn a_deployment_is_scaled(space: Space) -> anyhow::Result<()> {
    let object = workload("Deployment", "scaled", json!({ "replicas": 0 }), shell_spec(STAY));
    space.make::<Deployment>(object).await?;
    space.ready_pods("app=scaled", 0).await?;
    space.change::<Deployment>("scaled", json!({ "spec": { "replicas": 30 } })).await?;
    space.ready_pods("app=scaled", 30).await?;
    space
        .until::<Deployment>("scaled", "has 30 available", |object| {
            object.status.as_ref().and_then(|status| status.available_replicas) == Some(30)
        })
        .await?;
    space.change::<Deployment>("scaled", json!({ "spec": { "replicas": 5 } })).await?;
    space.ready_pods("app=scaled", 5).await?;
    Ok(())
}

async fn a_rolling_update_replaces(space: Space) -> anyhow::Result<()> {
    let strategy =
        json!({ "replicas": 3, "strategy": { "rollingUpdate": { "maxUnavailable": 1, "maxSurge": 1 } } });
    space.make::<Deployment>(workload("Deployment", "rolling", strategy, shell_spec(STAY))).await?;
    let before = space.ready_pods("app=rolling", 3).await?;
    let mut spec = shell_spec(STAY);
    spec["containers"][0]["env"] = json!([{ "name": "VERSION", "value": "2" }]);
    space.change::<Deployment>("rolling", json!({ "spec": { "template": { "spec": spec } } })).await?;
    space
        .until::<Deployment>("rolling", "is updated", |object| {
            let status = object.status.clone().unwrap_or_default();
            status.observed_generation == object.metadata.generation
                && status.updated_replicas == Some(3)
                && status.available_replicas == Some(3)
                && status.replicas == Some(3)
        })
        .await?;
    let after = space.ready_pods("app=rolling", 3).await?;
    for pod in &after {
        ensure!(before.iter().all(|old| uid(old) != uid(pod)), "{} was not replaced", name(pod));
        space.prints(name(pod), "echo $VERSION", "2").await?;
    }
    Ok(())
}

fn job(name: &str, script: &str, spec: serde_json::Value) -> serde_json::Value {
    let mut object = json!({ "metadata": { "name": name }, "spec": spec });
    object["spec"]["template"]["spec"] =
        json!({ "restartPolicy": "Never", "containers": [container("main", script)] });
    object
}

async fn a_job_completes(space: Space) -> anyhow::Result<()> {
    let object = job("job", "echo done", json!({ "completions": 4, "parallelism": 2 }));
    space.make::<Job>(object).await?;
    let done = space
        .until::<Job>("job", "has 4 successes", |job| {
            job.status
                .as_ref()
                .is_some_and(|status| status.succeeded == Some(4) && status.completion_time.is_some())
        })
        .await?;
    ensure!(done.status.unwrap_or_default().failed.is_none(), "a pod failed");
    for pod in space.pods("job-name=job").await? {
        space.wrote(name(&pod), "main", "done").await?;
    }
    Ok(())
}

async fn a_job_fails(space: Space) -> anyhow::Result<()> {
    space.make::<Job>(job("fails", "exit 3", json!({ "backoffLimit": 0 }))).await?;
    space
        .until::<Job>("fails", "has failed", |job| {
            let conditions = job.status.as_ref().and_then(|status| status.conditions.as_deref());
            conditions.unwrap_or_default().iter().any(|condition| condition.type_ == "Failed")
        })
        .await?;
    let pods = space.pods("job-name=fails").await?;
    let state = pods.first().map(|pod| e2e::node::first(pod).state.clone().unwrap_or_default());
    let code = state.and_then(|state| state.terminated).map(|ended| ended.exit_code);
    ensure!(code == Some(3), "{code:?}");
    Ok(())
}

async fn a_cron_job_runs_on_the_minute(space: Space) -> anyhow::Result<()> {
    let template = job("", "echo tick", json!({}));
    let spec = json!({ "schedule": "* * * * *", "jobTemplate": { "spec": template["spec"] } });
    space.make::<CronJob>(json!({ "metadata": { "name": "cron" }, "spec": spec })).await?;
    space
        .until::<CronJob>("cron", "succeeded once", |object| {
            object.status.as_ref().is_some_and(|status| status.last_successful_time.is_some())
        })
        .await?;
    Ok(())
}

async fn a_daemon_set_has_a_pod_on_the_node(space: Space) -> anyhow::Result<()> {
    let object = workload("DaemonSet", "daemon", json!({}), shell_spec(STAY));
    space.make::<DaemonSet>(object).await?;
    space
        .until::<DaemonSet>("daemon", "is ready", |object| {
            object
                .status
                .as_ref()
                .is_some_and(|status| status.number_ready == 1 && status.desired_number_scheduled == 1)
        })
        .await?;
    let before = space.ready_pods("app=daemon", 1).await?;
    space.delete::<Pod>(name(&before[0]), None).await?;
    space.gone(name(&before[0])).await?;
    space.ready_pods("app=daemon", 1).await?;
    Ok(())
}

async fn a_stateful_set_keeps_names(space: Space) -> anyhow::Result<()> {
    let service = json!({
        "metadata": { "name": "stateful" },
        "spec": { "clusterIP": "None", "selector": { "app": "stateful" }, "ports": [{ "port": 80 }] },
    });
    space.make::<Service>(service).await?;
    let spec = json!({ "replicas": 2, "serviceName": "stateful" });
    space.make::<StatefulSet>(workload("StatefulSet", "stateful", spec, shell_spec(STAY))).await?;
    let before = space.ready("stateful-1").await?;
    let first = space.ready("stateful-0").await?;
    ensure!(first.metadata.creation_timestamp <= before.metadata.creation_timestamp, "started out of order");
    space.prints("stateful-1", "hostname", "stateful-1").await?;
    space.delete::<Pod>("stateful-1", None).await?;
    let after = space
        .until::<Pod>("stateful-1", "is another pod", |pod| uid(pod) != uid(&before) && is_ready(pod))
        .await?;
    ensure!(name(&after) == "stateful-1", "{}", name(&after));
    Ok(())
}
