//! Image policies and pull failures.

use anyhow::ensure;
use e2e::cases;
use e2e::manifest::{STAY, shell};
use e2e::node::{Node, first, phase, waiting_reason};
use e2e::suite::Case;
use k8s_openapi::api::core::v1::Pod;
use std::sync::Arc;

pub(crate) const SHARED: &[Case] = cases![Shared:
    present_image_is_not_pulled,
    always_asks_the_registry,
    latest_is_always_pulled_by_default,
    never_with_a_missing_image,
    missing_image_backs_off,
    invalid_name,
    a_failed_pull_is_mended_by_a_new_manifest,
];

fn waiting_message(pod: &Pod) -> String {
    let state = first(pod).state.clone().unwrap_or_default();
    state.waiting.unwrap_or_default().message.unwrap_or_default()
}

async fn present_image_is_not_pulled(node: Arc<Node>) -> anyhow::Result<()> {
    node.write("warm-up.yaml", &shell("warm-up", STAY))?;
    node.running("warm-up").await?;
    node.write("present.yaml", &shell("present", STAY))?;
    let pod = node.running("present").await?;
    node.event("present", "Pulled: Container image \"busybox\" already present on machine").await?;
    let events = node.events("present").await?;
    ensure!(!events.iter().any(|event| event.starts_with("Pulling")), "{events:?}");
    for reason in ["Created", "Started"] {
        ensure!(events.iter().any(|event| event.starts_with(reason)), "no {reason}: {events:?}");
    }
    let status = first(&pod);
    ensure!(status.image.contains("busybox"), "{}", status.image);
    ensure!(status.image_id.contains("sha256:"), "{}", status.image_id);
    Ok(())
}

async fn always_asks_the_registry(node: Arc<Node>) -> anyhow::Result<()> {
    node.write("pull.yaml", &shell("pull", STAY).replace("IfNotPresent", "Always"))?;
    node.running("pull").await?;
    node.event("pull", "Pulling: Pulling image \"busybox\"").await?;
    let event = node.event("pull", "Pulled: Successfully pulled image \"busybox\" in ").await?;
    ensure!(event.contains("including waiting"), "{event}");
    Ok(())
}

async fn latest_is_always_pulled_by_default(node: Arc<Node>) -> anyhow::Result<()> {
    let manifest = shell("default-policy", STAY).replace("    imagePullPolicy: IfNotPresent\n", "");
    node.write("default-policy.yaml", &manifest)?;
    let pod = node.running("default-policy").await?;
    let policy = pod.spec.unwrap().containers.remove(0).image_pull_policy;
    assert_eq!(policy.as_deref(), Some("Always"));
    node.event("default-policy", "Pulling: ").await?;
    Ok(())
}

async fn never_with_a_missing_image(node: Arc<Node>) -> anyhow::Result<()> {
    let manifest = shell("never-pull", STAY)
        .replace("image: busybox", "image: nowhere/nothing:1")
        .replace("IfNotPresent", "Never");
    node.write("never-pull.yaml", &manifest)?;
    let pod = node
        .pod_until("never-pull", "says why it waits", |pod| waiting_reason(pod) == Some("ErrImageNeverPull"))
        .await?;
    assert_eq!(phase(&pod), "Pending");
    assert_eq!(
        waiting_message(&pod),
        "Container image \"nowhere/nothing:1\" is not present with pull policy of Never"
    );
    node.event("never-pull", "ErrImageNeverPull: ").await?;
    Ok(())
}

async fn missing_image_backs_off(node: Arc<Node>) -> anyhow::Result<()> {
    node.write(
        "missing.yaml",
        &shell("missing", STAY).replace("image: busybox", "image: nowhere/missing:1"),
    )?;
    let pod = node
        .pod_until("missing", "the pull failed", |pod| waiting_reason(pod) == Some("ErrImagePull"))
        .await?;
    ensure!(waiting_message(&pod).contains("nowhere/missing:1"), "{}", waiting_message(&pod));
    let pod = node
        .pod_until("missing", "the pull backs off", |pod| waiting_reason(pod) == Some("ImagePullBackOff"))
        .await?;
    let message = waiting_message(&pod);
    ensure!(message.starts_with("Back-off pulling image \"nowhere/missing:1\""), "{message}");
    node.event("missing", "Failed: Failed to pull image \"nowhere/missing:1\": ").await?;
    node.event("missing", "Failed: Error: ErrImagePull").await?;
    node.event("missing", "BackOff: Back-off pulling image \"nowhere/missing:1\"").await?;
    // Tried again after 10 s.
    node.pod_until("missing", "was tried again", |pod| waiting_reason(pod) == Some("ErrImagePull")).await?;
    Ok(())
}

async fn invalid_name(node: Arc<Node>) -> anyhow::Result<()> {
    node.write("invalid.yaml", &shell("invalid", STAY).replace("image: busybox", "image: \"UPPER/Case\""))?;
    let pod = node
        .pod_until("invalid", "says why it waits", |pod| waiting_reason(pod) == Some("InvalidImageName"))
        .await?;
    ensure!(waiting_message(&pod).contains("UPPER/Case"), "{}", waiting_message(&pod));
    Ok(())
}

async fn a_failed_pull_is_mended_by_a_new_manifest(node: Arc<Node>) -> anyhow::Result<()> {
    node.write("mend.yaml", &shell("mend", STAY).replace("image: busybox", "image: nowhere/mend:1"))?;
    node.pod_until("mend", "the pull failed", |pod| {
        waiting_reason(pod).is_some_and(|why| why.contains("Pull"))
    })
    .await?;
    node.write("mend.yaml", &shell("mend", STAY))?;
    node.running("mend").await?;
    Ok(())
}
