//! What the API server says of a service account's token.

use crate::space::Space;
use anyhow::{Context, ensure};
use e2e::node::uid;
use k8s_openapi::api::authentication::v1::TokenReview;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::PostParams;
use serde_json::json;

/// The audience of the API server itself.
pub const API_SERVER: &str = "https://kubernetes.default.svc.cluster.local";

/// Whether a token is valid for an audience, and the pod's own: the namespace's default service account's, bound to the pod.
///
/// # Errors
/// When it is not, or the API server does not tell.
pub async fn is_the_pods_own(space: &Space, pod: &Pod, token: &str, audience: &str) -> anyhow::Result<()> {
    let review = json!({ "metadata": {}, "spec": { "token": token, "audiences": [audience] } });
    let reviews = Api::<TokenReview>::all(space.cluster.client.clone());
    let review = reviews.create(&PostParams::default(), &serde_json::from_value(review)?).await?;
    let status = review.status.context("no status")?;
    ensure!(status.authenticated == Some(true), "{status:?}");
    let user = status.user.context("no user")?;
    let account = format!("system:serviceaccount:{}:default", space.namespace);
    ensure!(user.username.as_deref() == Some(&account), "{user:?}");
    let bound_to = user.extra.unwrap_or_default().remove("authentication.kubernetes.io/pod-uid");
    ensure!(bound_to == Some(vec![uid(pod).to_owned()]), "{bound_to:?}");
    Ok(())
}
