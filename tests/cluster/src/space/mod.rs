//! A namespace of the API server: objects made, waited for, looked into.
//!
//! ```text
//! pods      pods made, waited for, and gone
//! inside    what containers say, and what runs of them
//! events    what is told of objects
//! ```

mod events;
mod inside;
mod pods;

use crate::cluster::Cluster;
use anyhow::Context;
use e2e::wait::{self, BOUND};
use k8s_openapi::api::core::v1::{Namespace, Pod, ServiceAccount};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::core::NamespaceResourceScope;
use kube::{Api, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Objects of a namespace that the tests make.
pub trait Object:
    Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + Debug + DeserializeOwned + Serialize
{
}

impl<K> Object for K where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + Clone
        + Debug
        + DeserializeOwned
        + Serialize
{
}

/// A namespace of a case's own.
#[derive(Clone, Debug)]
pub struct Space {
    /// The cluster.
    pub cluster: Arc<Cluster>,
    /// The namespace's name.
    pub namespace: String,
}

impl Space {
    /// Makes the namespace, and waits for its service account: no pod is taken without.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn create(&self) -> anyhow::Result<()> {
        let object = serde_json::from_value(json!({ "metadata": { "name": self.namespace } }))?;
        let namespaces = Api::<Namespace>::all(self.cluster.client.clone());
        namespaces.create(&PostParams::default(), &object).await.context("namespace")?;
        self.found::<ServiceAccount>("default").await?;
        Ok(())
    }

    /// A directory of the node that is this case's alone, for what must be seen after a pod's end.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn directory(&self) -> anyhow::Result<PathBuf> {
        let directory = Path::new("/run/cluster/cases").join(&self.namespace);
        fs::create_dir_all(&directory).with_context(|| directory.display().to_string())?;
        Ok(directory)
    }

    /// Deletes the namespace with everything in it, its pods first: by itself it would think about them for five seconds, and
    /// in a namespace that goes nobody makes them again.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn remove(&self) -> anyhow::Result<()> {
        let namespaces = Api::<Namespace>::all(self.cluster.client.clone());
        namespaces.delete(&self.namespace, &DeleteParams::default()).await?;
        self.api::<Pod>().delete_collection(&DeleteParams::default(), &ListParams::default()).await?;
        Ok(())
    }

    /// Waits until the namespace has no pods.
    ///
    /// # Errors
    /// When one stays.
    pub async fn emptied(&self) -> anyhow::Result<()> {
        wait::until(&format!("namespace {} has no pods", self.namespace), BOUND * 2, || async {
            let pods =
                self.api::<Pod>().list(&ListParams::default()).await.map_err(|error| error.to_string())?;
            if pods.items.is_empty() { Ok(()) } else { Err(format!("{:#}", json!(pods.items))) }
        })
        .await
    }

    /// Waits until the namespace is gone with everything in it.
    ///
    /// # Errors
    /// When something in it stays.
    pub async fn removed(&self) -> anyhow::Result<()> {
        let namespaces = Api::<Namespace>::all(self.cluster.client.clone());
        wait::until(&format!("namespace {} is gone", self.namespace), BOUND * 2, || async {
            match namespaces.get_opt(&self.namespace).await {
                Ok(None) => Ok(()),
                Ok(Some(found)) => Err(format!("{:#}", json!(found.status))),
                Err(error) => Err(error.to_string()),
            }
        })
        .await
    }

    /// The objects of a kind.
    pub fn api<K: Object>(&self) -> Api<K> {
        Api::namespaced(self.cluster.client.clone(), &self.namespace)
    }

    /// Makes an object.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn make<K: Object>(&self, object: Value) -> anyhow::Result<K> {
        let typed = serde_json::from_value(object.clone()).with_context(|| object.to_string())?;
        self.api::<K>().create(&PostParams::default(), &typed).await.with_context(|| object.to_string())
    }

    /// Merges a patch into an object.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn change<K: Object>(&self, name: &str, patch: Value) -> anyhow::Result<K> {
        let patched = self.api::<K>().patch(name, &PatchParams::default(), &Patch::Merge(&patch)).await;
        patched.with_context(|| format!("{name}: {patch}"))
    }

    /// Deletes an object, with another grace period than its own where one is given.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn delete<K: Object>(&self, name: &str, grace_seconds: Option<u32>) -> anyhow::Result<()> {
        let parameters = DeleteParams { grace_period_seconds: grace_seconds, ..DeleteParams::background() };
        self.api::<K>().delete(name, &parameters).await.with_context(|| format!("deletion of {name}"))?;
        Ok(())
    }

    /// Waits until the object is there.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn found<K: Object>(&self, name: &str) -> anyhow::Result<K> {
        self.until::<K>(name, "is there", |_| true).await
    }

    /// Waits until the object is there and `accept` says yes; `what` says to what.
    ///
    /// # Errors
    /// When it does not come true; the object is in the error.
    pub async fn until<K: Object>(
        &self,
        name: &str,
        what: &str,
        accept: impl Fn(&K) -> bool,
    ) -> anyhow::Result<K> {
        self.within(BOUND * 2, name, what, accept).await
    }

    /// The same with another bound.
    ///
    /// # Errors
    /// When it does not come true; the object is in the error.
    pub async fn within<K: Object>(
        &self,
        bound: Duration,
        name: &str,
        what: &str,
        accept: impl Fn(&K) -> bool,
    ) -> anyhow::Result<K> {
        let api = self.api::<K>();
        wait::until(&format!("{name}: {what}"), bound, || async {
            match api.get_opt(name).await {
                Ok(Some(object)) if accept(&object) => Ok(object),
                Ok(Some(object)) => {
                    let mut text = json!(object);
                    text["metadata"]["managedFields"] = Value::Null;
                    Err(format!("{text:#}"))
                }
                Ok(None) => Err("no such object".to_owned()),
                Err(error) => Err(error.to_string()),
            }
        })
        .await
    }
}
