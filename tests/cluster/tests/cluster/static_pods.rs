//! Static pods and their mirrors.

use anyhow::ensure;
use cluster::cases;
use cluster::cluster::{MANIFESTS, NODE_NAME};
use cluster::objects::{STAY, pod, shell, shell_spec};
use cluster::space::Space;
use cluster::status::is_ready;
use cluster::suite::Case;
use e2e::node::uid;
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) const SHARED: &[Case] =
    cases![Shared: a_static_pod_has_a_mirror, a_mirror_is_not_the_pod, two_sources_name_the_same_pod];

/// A manifest that is there as long as this value.
struct Manifest(PathBuf);

impl Manifest {
    fn write(space: &Space, mut object: Value) -> anyhow::Result<Self> {
        object["metadata"]["namespace"] = json!(space.namespace);
        object["spec"]["terminationGracePeriodSeconds"] = json!(1);
        let name =
            format!("{}-{}.json", space.namespace, object["metadata"]["name"].as_str().unwrap_or_default());
        let aside = Path::new(MANIFESTS).join(format!(".{name}"));
        fs::write(&aside, object.to_string())?;
        fs::rename(&aside, Path::new(MANIFESTS).join(&name))?;
        Ok(Self(Path::new(MANIFESTS).join(name)))
    }

    fn remove(self) {}
}

impl Drop for Manifest {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = fs::remove_file(&self.0);
    }
}

fn static_pod(name: &str, script: &str) -> Value {
    let mut spec = shell_spec(script);
    spec["automountServiceAccountToken"] = json!(false);
    pod(name, spec)
}

async fn a_static_pod_has_a_mirror(space: Space) -> anyhow::Result<()> {
    let manifest = Manifest::write(&space, static_pod("static", STAY))?;
    let name = format!("static-{NODE_NAME}");
    let mirror = space.ready(&name).await?;
    let annotations = mirror.metadata.annotations.clone().unwrap_or_default();
    ensure!(
        annotations.get("kubernetes.io/config.source").is_some_and(|source| source == "file"),
        "{annotations:?}"
    );
    let hash = annotations.get("kubernetes.io/config.hash").cloned();
    ensure!(
        hash.is_some() && annotations.get("kubernetes.io/config.mirror") == hash.as_ref(),
        "{annotations:?}"
    );
    let owner = mirror.metadata.owner_references.clone().unwrap_or_default();
    ensure!(owner.iter().any(|owner| owner.kind == "Node" && owner.name == NODE_NAME), "{owner:?}");
    let changed = Manifest::write(&space, static_pod("static", &format!(": changed; {STAY}")))?;
    std::mem::forget(manifest);
    let after = space
        .until::<Pod>(&name, "mirrors the new pod", |pod| {
            let annotations = pod.metadata.annotations.as_ref();
            is_ready(pod) && annotations.and_then(|all| all.get("kubernetes.io/config.hash")) != hash.as_ref()
        })
        .await?;
    ensure!(uid(&after) != uid(&mirror), "the mirror was changed in place");
    changed.remove();
    space.gone(&name).await
}

async fn a_mirror_is_not_the_pod(space: Space) -> anyhow::Result<()> {
    let manifest = Manifest::write(&space, static_pod("kept", STAY))?;
    let name = format!("kept-{NODE_NAME}");
    let before = space.ready(&name).await?;
    space.delete::<Pod>(&name, None).await?;
    let after = space
        .until::<Pod>(&name, "is mirrored again", |pod| uid(pod) != uid(&before) && is_ready(pod))
        .await?;
    let container = |pod: &Pod| cluster::status::container_id(pod, "main").to_owned();
    ensure!(container(&after) == container(&before), "the container was started anew");
    manifest.remove();
    space.gone(&name).await
}

async fn two_sources_name_the_same_pod(space: Space) -> anyhow::Result<()> {
    let name = format!("both-{NODE_NAME}");
    let api = space.run(shell(&name, STAY)).await?;
    let manifest = Manifest::write(&space, static_pod("both", STAY))?;
    e2e::wait::until("both run", e2e::wait::BOUND, || async {
        let sandboxes =
            space.cluster.sandboxes(&space.namespace).await.map_err(|error| format!("{error:#}"))?;
        if sandboxes.len() == 2 { Ok(()) } else { Err(format!("{sandboxes:?}")) }
    })
    .await?;
    let still = space.ready(&name).await?;
    ensure!(uid(&still) == uid(&api), "the API server's pod was replaced");
    space.delete::<Pod>(&name, None).await?;
    // Upstream's does not try again for minutes.
    if space.cluster.is_ours().await? {
        space
            .until::<Pod>(&name, "is the mirror", |pod| {
                let annotations = pod.metadata.annotations.as_ref();
                uid(pod) != uid(&api)
                    && annotations.is_some_and(|all| all.contains_key("kubernetes.io/config.mirror"))
                    && is_ready(pod)
            })
            .await?;
    }
    manifest.remove();
    space.gone(&name).await
}
