//! Rules by which the end of one container restarts others (KEP-5532, on by default since 1.36).

use anyhow::{Context, ensure};
use cluster::cases;
use cluster::objects::{STAY, container, with_volume};
use cluster::space::Space;
use cluster::status::{condition, container as container_status, is_ready};
use cluster::suite::Case;
use e2e::node::uid;
use k8s_openapi::api::core::v1::Pod;
use serde_json::json;

pub(crate) const SHARED: &[Case] = cases![Shared: one_containers_end_restarts_all];

fn restarts(pod: &Pod, container: &str) -> i32 {
    container_status(pod, container).map_or(0, |status| status.restart_count)
}

async fn one_containers_end_restarts_all(space: Space) -> anyhow::Result<()> {
    // The volume is the pod's, and stays: the second time the container does not ask for another beginning.
    let once = format!("[ -e /volume/again ] || {{ touch /volume/again; sleep 2; exit 42; }}; {STAY}");
    let mut object = with_volume("together", json!({ "emptyDir": {} }));
    let mounts = object["spec"]["containers"][0]["volumeMounts"].clone();
    let mut main = container("main", &once);
    main["restartPolicy"] = json!("Never");
    main["restartPolicyRules"] =
        json!([{ "action": "RestartAllContainers", "exitCodes": { "operator": "In", "values": [42] } }]);
    let mut prepare = container("prepare", "echo prepared >> /volume/log");
    main["volumeMounts"] = mounts.clone();
    prepare["volumeMounts"] = mounts;
    object["spec"]["restartPolicy"] = json!("Never");
    object["spec"]["initContainers"] = json!([prepare]);
    object["spec"]["containers"] = json!([main, container("other", STAY)]);
    let made = space.make::<Pod>(object).await?;
    let rules = made.spec.as_ref().and_then(|spec| spec.containers[0].restart_policy_rules.as_ref());
    ensure!(rules.is_some_and(|rules| rules.len() == 1), "the API server dropped the rule");

    let ready = space.ready("together").await?;
    let before = space.cluster.sandboxes(&space.namespace).await?;
    let after = space
        .until::<Pod>("together", "was restarted", |pod| {
            is_ready(pod) && ["main", "other"].iter().all(|name| restarts(pod, name) == 1)
        })
        .await?;
    ensure!(uid(&after) == uid(&ready), "it is another pod");
    ensure!(restarts(&after, "prepare") == 1, "{:?}", after.status);
    ensure!(condition(&after, "AllContainersRestarting") == "False", "{:?}", after.status);
    let log = space.exec("together", "main", "cat /volume/log").await?;
    ensure!(log.lines().count() == 2, "{log}");
    // Its network and its address stay.
    let now = space.cluster.sandboxes(&space.namespace).await?;
    let (old, new) = (before.first().context("no sandbox")?, now.first().context("no sandbox")?);
    ensure!(now.len() == 1 && old.id == new.id, "{before:?} became {now:?}");
    Ok(())
}
