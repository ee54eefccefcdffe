//! Images that only somebody with a password gets.

use cluster::cases;
use cluster::objects::{STAY, pod, shell_spec};
use cluster::space::Space;
use cluster::suite::Case;
use e2e::node::waiting_reason;
use k8s_openapi::api::core::v1::{Pod, Secret, ServiceAccount};
use serde_json::{Value, json};

pub(crate) const SHARED: &[Case] = cases![Shared:
    a_private_image_wants_a_secret,
    the_service_accounts_secret_is_enough,
    an_image_that_does_not_exist,
];

fn private_pod(name: &str, tag: &str) -> Value {
    let mut spec = shell_spec(STAY);
    spec["containers"][0]["image"] = json!(format!("registry.private/library/busybox:{tag}"));
    spec["containers"][0]["imagePullPolicy"] = json!("Always");
    pod(name, spec)
}

fn pull_secret(password: &str) -> Value {
    let entry = json!({ "username": "somebody", "password": password });
    let config = json!({ "auths": { "registry.private": entry } });
    json!({
        "metadata": { "name": "registry" }, "type": "kubernetes.io/dockerconfigjson",
        "stringData": { ".dockerconfigjson": config.to_string() },
    })
}

async fn a_private_image_wants_a_secret(space: Space) -> anyhow::Result<()> {
    let refused = |pod: &Pod| matches!(waiting_reason(pod), Some("ErrImagePull" | "ImagePullBackOff"));
    space.make::<Pod>(private_pod("stranger", "latest")).await?;
    space.until::<Pod>("stranger", "is refused", refused).await?;
    space
        .event("stranger", "Failed: Failed to pull image \"registry.private/library/busybox:latest\"")
        .await?;
    space.make::<Secret>(pull_secret("let-me-in")).await?;
    let mut known = private_pod("known", "latest");
    known["spec"]["imagePullSecrets"] = json!([{ "name": "registry" }]);
    space.run(known).await?;
    space.event("known", "Pulled: Successfully pulled image").await?;
    Ok(())
}

async fn the_service_accounts_secret_is_enough(space: Space) -> anyhow::Result<()> {
    space.make::<Secret>(pull_secret("let-me-in")).await?;
    let secrets = json!({ "imagePullSecrets": [{ "name": "registry" }] });
    space.change::<ServiceAccount>("default", secrets).await?;
    space.run(private_pod("account", "latest")).await?;
    Ok(())
}

async fn an_image_that_does_not_exist(space: Space) -> anyhow::Result<()> {
    let mut spec = shell_spec(STAY);
    spec["containers"][0]["image"] = json!("nowhere/missing:1");
    space.make::<Pod>(pod("missing", spec)).await?;
    // The states come and go; the events stay.
    for beginning in [
        "Pulling: Pulling image \"nowhere/missing:1\"",
        "Failed: Failed to pull image \"nowhere/missing:1\": ",
        "Failed: Error: ErrImagePull",
        "BackOff: Back-off pulling image \"nowhere/missing:1\"",
        "Failed: Error: ImagePullBackOff",
    ] {
        space.event("missing", beginning).await?;
    }
    let refused = |pod: &Pod| matches!(waiting_reason(pod), Some("ErrImagePull" | "ImagePullBackOff"));
    space.until::<Pod>("missing", "says why it waits", refused).await?;
    Ok(())
}
