//! The kubeconfig file, and the files that it names.

use super::ConnectError;
use super::absent::forget_empty;
use super::fields::{check_cluster, check_user};
use super::proxy::{self, Proxy, ProxyEnvironment};
use kube::Config;
use kube::config::{AuthInfo, Cluster, ExecConfig, KubeConfigOptions, Kubeconfig as Document};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A kubeconfig file by its path.
#[derive(Clone, Debug)]
pub(super) struct Kubeconfig {
    path: PathBuf,
}

/// What a kubeconfig says, checked.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    /// The server, and the certificates.
    pub(super) config: Config,
    /// The credential plugin, where it is what the user authenticates with.
    pub(super) plugin: Option<ExecConfig>,
    /// What stands between.
    pub(super) proxy: Option<Proxy>,
}

/// What tells a changed file from an unchanged one: device, inode, size, and when it was written; `None` while there is none.
pub(super) type Fingerprint = Option<(u64, u64, u64, i64, i64)>;

impl Kubeconfig {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads it, and the certificates that it names.
    pub(super) async fn read(&self) -> Result<Reading, ConnectError> {
        let document = self.document()?;
        let (cluster, user) = current(&document);
        let proxy_url = cluster.as_ref().and_then(|cluster| cluster.proxy_url.clone());
        if let Some(cluster) = &cluster {
            check_cluster(self, cluster)?;
        }
        if let Some(user) = &user {
            check_user(self, user)?;
        }
        let config = Config::from_custom_kubeconfig(document, &KubeConfigOptions::default()).await;
        let mut config = config.map_err(|cause| ConnectError::kubeconfig(self, cause))?;
        let server = &config.cluster_url;
        if server.authority().is_none() || !matches!(server.scheme_str(), Some("https" | "http")) {
            return Err(ConnectError::Field {
                path: self.path.clone(),
                field: "server",
                value: server.to_string(),
                cure: "give a URL such as https://10.0.0.1:6443",
            });
        }
        let environment = ProxyEnvironment::of_process();
        let proxy = proxy::find(self, proxy_url.as_deref(), &environment, server)?;
        let plugin = config.auth_info.exec.take();
        // As client-go's `UpdateTransportConfig`: other credentials win.
        let plugin = plugin.filter(|_| !has_other_credentials(&config.auth_info));
        Ok(Reading { config, plugin, proxy })
    }

    /// The files that hold certificates and the key, in their present state. A link that was set to another file
    /// counts as a change, as kubelets rotate certificates that way.
    pub(super) fn certificates(&self) -> Vec<(PathBuf, Fingerprint)> {
        let Ok(document) = self.document() else { return Vec::new() };
        let (cluster, user) = current(&document);
        let named = [
            cluster.and_then(|cluster| cluster.certificate_authority),
            user.as_ref().and_then(|user| user.client_certificate.clone()),
            user.and_then(|user| user.client_key),
        ];
        named
            .into_iter()
            .flatten()
            .map(|path| (PathBuf::from(&path), fingerprint(Path::new(&path))))
            .collect()
    }

    fn document(&self) -> Result<Document, ConnectError> {
        let document = Document::read_from(&self.path);
        let mut document = document.map_err(|cause| ConnectError::kubeconfig(self, cause))?;
        forget_empty(&mut document, self.path.parent().unwrap_or(Path::new("/")));
        Ok(document)
    }
}

/// The cluster and the user of the current context.
fn current(document: &Document) -> (Option<Cluster>, Option<AuthInfo>) {
    let context = document
        .contexts
        .iter()
        .find(|context| Some(&context.name) == document.current_context.as_ref())
        .and_then(|context| context.context.as_ref());
    let Some(context) = context else { return (None, None) };
    let cluster = document.clusters.iter().find(|cluster| cluster.name == context.cluster);
    let user = document.auth_infos.iter().find(|user| Some(&user.name) == context.user.as_ref());
    (cluster.and_then(|cluster| cluster.cluster.clone()), user.and_then(|user| user.auth_info.clone()))
}

fn has_other_credentials(user: &AuthInfo) -> bool {
    user.token.is_some()
        || user.token_file.is_some()
        || user.username.is_some()
        || user.client_certificate.is_some()
        || user.client_certificate_data.is_some()
}

/// The present state of a file.
pub(super) fn fingerprint(path: &Path) -> Fingerprint {
    let found = std::fs::metadata(path).ok()?;
    Some((found.dev(), found.ino(), found.size(), found.mtime(), found.mtime_nsec()))
}
