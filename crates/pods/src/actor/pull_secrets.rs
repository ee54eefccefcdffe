//! The pull secrets of a pod, read when the first image needs them.
//!
//! Source: `kubelet_pods.go` `getPullSecretsForPod`, `kubelet.go` `SyncPod` of 1.37.

use apiserver::Objects;
use async_trait::async_trait;
use futures::future::join_all;
use k8s_openapi::api::core::v1::Secret;
use std::sync::Arc;
use tokio::sync::OnceCell;
use types::{PodName, WantedPod};

/// Secrets that a pod names in `spec.imagePullSecrets`; those of its service account are among them since its admission.
pub(super) struct PodPullSecrets {
    /// `None` for a kubelet without an API server: there are none to be had.
    objects: Option<Objects>,
    pod: PodName,
    names: Vec<String>,
    found: OnceCell<Found>,
}

struct Found {
    secrets: Vec<Arc<Secret>>,
    missing: Vec<String>,
}

impl PodPullSecrets {
    /// Nothing is read yet.
    pub(super) fn of(objects: Option<Objects>, wanted: &WantedPod) -> Self {
        let named = wanted.spec().image_pull_secrets.iter().flatten();
        // The API server lets empty names pass.
        let names = named.map(|reference| reference.name.clone()).filter(|name| !name.is_empty()).collect();
        Self { objects, pod: wanted.name.clone(), names, found: OnceCell::new() }
    }

    /// What to tell the user when a pull failed; nothing if all secrets are there.
    pub(super) fn complaint(&self) -> Option<String> {
        let missing = &self.found.get()?.missing;
        (!missing.is_empty()).then(|| {
            format!(
                "Unable to retrieve some image pull secrets ({}); attempting to pull the image may not succeed.",
                missing.join(", ")
            )
        })
    }

    async fn find(&self) -> Found {
        let mut found = Found { secrets: Vec::new(), missing: Vec::new() };
        let Some(objects) = &self.objects else {
            found.missing.clone_from(&self.names);
            return found;
        };
        let reads = self.names.iter().map(|name| async move {
            let mut subscription = objects.secret(&self.pod.namespace, name);
            (name, subscription.get().await)
        });
        for (name, read) in join_all(reads).await {
            let problem = match read {
                Ok(Some(secret)) => {
                    found.secrets.push(secret);
                    continue;
                }
                Ok(None) => format!("secret {name:?} not found"),
                Err(error) => error.message().to_owned(),
            };
            tracing::info!(
                pod = %self.pod, secret = %name, err = problem,
                "Unable to retrieve pull secret, the image pull may not succeed."
            );
            found.missing.push(name.clone());
        }
        found
    }
}

#[async_trait]
impl images::credentials::PullSecrets for PodPullSecrets {
    async fn get(&self) -> Vec<Arc<Secret>> {
        self.found.get_or_init(|| self.find()).await.secrets.clone()
    }
}
