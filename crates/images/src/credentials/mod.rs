//! Credentials for registries, in upstream's order.
//!
//! ```text
//! pull secrets of the pod ─▶ files of the node ─▶ credential provider programs ─▶ (nothing: anonymous)
//! ```
//!
//! A look-up gives all credentials that fit an image's repository; a pull tries them one after the other. Each carries where it
//! came from, so that the records know which pods may use the image afterwards. Owns no task; the programs' answers are cached in
//! memory. Source: `pkg/credentialprovider` of 1.37.

mod credential;
mod docker_config;
mod go_json;
mod keyring;
mod location;
mod node_files;
pub mod plugins;
mod secrets;

pub use credential::{Coordinates, Credential, Source, TrackedCredential};
pub use node_files::NodeFiles;
pub use secrets::{InvalidSecret, NO_PULL_SECRETS, NoPullSecrets, PullSecrets};

use plugins::Plugins;

/// The pod that an image is for, as the programs are told.
#[derive(Clone, Copy, Debug)]
pub struct PodIdentity<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its UID.
    pub uid: &'a str,
    /// `spec.serviceAccountName`; empty for none.
    pub service_account: &'a str,
}

/// What the node has. Shared by all pulls.
#[derive(Debug)]
pub struct Credentials {
    node: NodeFiles,
    plugins: Plugins,
}

impl Credentials {
    /// From the node's files and the configured programs.
    pub fn new(node: NodeFiles, plugins: Plugins) -> Self {
        Self { node, plugins }
    }

    /// All credentials for `repository`, a normalized name without tag (`docker.io/library/busybox`), those that are tried first in
    /// front.
    ///
    /// # Errors
    /// When one of the pod's secrets is not what its type says.
    pub(crate) async fn look_up(
        &self,
        repository: &str,
        pod: PodIdentity<'_>,
        secrets: &dyn PullSecrets,
    ) -> Result<Vec<TrackedCredential>, InvalidSecret> {
        let mut found = secrets::keyring(&secrets.get().await)?.look_up(repository);
        found.extend(self.node.keyring().await.look_up(repository));
        found.extend(self.plugins.keyring(repository, pod).await.look_up(repository));
        Ok(found)
    }
}
