//! The kubeconfig file, and the files that it names.

use super::ConnectError;
use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig as Document};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A kubeconfig file by its path.
#[derive(Clone, Debug)]
pub(super) struct Kubeconfig {
    path: PathBuf,
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
    pub(super) async fn read(&self) -> Result<Config, ConnectError> {
        let document = self.document()?;
        let config = Config::from_custom_kubeconfig(document, &KubeConfigOptions::default()).await;
        let config = config.map_err(|cause| ConnectError::kubeconfig(self, cause))?;
        let field = |field, value: String, cure| {
            Err(ConnectError::Field { path: self.path.clone(), field, value, cure })
        };
        if let Some(proxy) = &config.proxy_url {
            return field("proxy-url", proxy.to_string(), "proxies are not supported yet; remove it");
        }
        let server = &config.cluster_url;
        if server.authority().is_none() || !matches!(server.scheme_str(), Some("https" | "http")) {
            return field("server", server.to_string(), "give a URL such as https://10.0.0.1:6443");
        }
        Ok(config)
    }

    /// The files that hold certificates and the key, in their present state. A link that was set to another file
    /// counts as a change, as kubelets rotate certificates that way.
    pub(super) fn certificates(&self) -> Vec<(PathBuf, Fingerprint)> {
        let Ok(document) = self.document() else { return Vec::new() };
        let context = document
            .contexts
            .iter()
            .find(|context| Some(&context.name) == document.current_context.as_ref())
            .and_then(|context| context.context.as_ref());
        let Some(context) = context else { return Vec::new() };
        let cluster = document.clusters.iter().find(|cluster| cluster.name == context.cluster);
        let user = document.auth_infos.iter().find(|user| Some(&user.name) == context.user.as_ref());
        let user = user.and_then(|user| user.auth_info.as_ref());
        let named = [
            cluster.and_then(|cluster| cluster.cluster.as_ref()?.certificate_authority.as_ref()),
            user.and_then(|user| user.client_certificate.as_ref()),
            user.and_then(|user| user.client_key.as_ref()),
        ];
        named.into_iter().flatten().map(|path| (path.into(), fingerprint(Path::new(path)))).collect()
    }

    fn document(&self) -> Result<Document, ConnectError> {
        Document::read_from(&self.path).map_err(|cause| ConnectError::kubeconfig(self, cause))
    }
}

/// The present state of a file.
pub(super) fn fingerprint(path: &Path) -> Fingerprint {
    let found = std::fs::metadata(path).ok()?;
    Some((found.dev(), found.ino(), found.size(), found.mtime(), found.mtime_nsec()))
}
