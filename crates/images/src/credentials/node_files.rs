//! The node's own files of credentials, which are for all of its pods.
//!
//! Source: `pkg/credentialprovider/config.go`, `provider.go` of 1.37. Upstream keeps what it read for five minutes; a small file is
//! read here for each pull, so that a changed one acts at once.

use super::credential::Source;
use super::docker_config::{DockerConfig, DockerConfigError, parse_config_json, parse_dockercfg};
use super::keyring::Keyring;
use host::files::Files;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// More than any file of credentials has.
const MAX_BYTES: u64 = 10 * 1024 * 1024;

/// Where the files may be. The first that can be read is the only one that counts.
#[derive(Clone)]
pub struct NodeFiles {
    files: Arc<dyn Files>,
    json: Vec<PathBuf>,
    legacy: Vec<PathBuf>,
}

impl fmt::Debug for NodeFiles {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NodeFiles")
            .field("json", &self.json)
            .field("legacy", &self.legacy)
            .finish_non_exhaustive()
    }
}

impl NodeFiles {
    /// Upstream's places: `config.json` in the kubelet's root directory, the working directory, `.docker` of the home directory,
    /// `/.docker`; then `.dockercfg` in the root directory, the working directory, the home directory, `/`.
    pub fn new(
        files: Arc<dyn Files>,
        root_directory: &Path,
        working_directory: Option<&Path>,
        home_directory: Option<&Path>,
    ) -> Self {
        let places = |docker: &str, file: &str| {
            let home = home_directory.map(|home| home.join(docker));
            let places = [
                Some(root_directory.to_owned()),
                working_directory.map(Path::to_owned),
                home,
                Some(Path::new("/").join(docker)),
            ];
            places.into_iter().flatten().map(|directory| directory.join(file)).collect()
        };
        Self { json: places(".docker", "config.json"), legacy: places("", ".dockercfg"), files }
    }

    /// No places: a node without files of credentials.
    pub fn none(files: Arc<dyn Files>) -> Self {
        Self { files, json: Vec::new(), legacy: Vec::new() }
    }

    /// What the files say now.
    pub(crate) async fn keyring(&self) -> Keyring {
        let mut keyring = Keyring::default();
        let found = match self.first(&self.json, parse_config_json).await {
            Some(found) => Some(found),
            None => self.first(&self.legacy, parse_dockercfg).await,
        };
        keyring.add(&Source::Node, &found.unwrap_or_default());
        keyring
    }

    async fn first(
        &self,
        paths: &[PathBuf],
        parse: fn(&[u8]) -> Result<DockerConfig, DockerConfigError>,
    ) -> Option<DockerConfig> {
        for path in paths {
            match self.files.read(path, MAX_BYTES).await {
                Ok(None) => {}
                Ok(Some(bytes)) => match parse(&bytes) {
                    Ok(config) => return Some(config),
                    Err(error) => {
                        tracing::warn!(path = %path.display(), err = %error, "Ignoring a file of registry credentials");
                    }
                },
                Err(error) => {
                    tracing::debug!(path = %path.display(), err = %types::error::chain(&error), "Unable to read a file of registry credentials");
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use host::files::RealFiles;

    #[tokio::test]
    async fn the_first_file_counts() {
        let root = tempfile::tempdir().unwrap();
        let home = tempfile::tempdir().unwrap();
        let files = NodeFiles::new(Arc::new(RealFiles::default()), root.path(), None, Some(home.path()));
        let users = async || {
            let found = files.keyring().await.look_up("kubelet.test/a");
            found.into_iter().map(|found| found.credential.username).collect::<Vec<_>>()
        };
        let entry = |user: &str| format!(r#"{{"kubelet.test":{{"username":"{user}","password":"p"}}}}"#);
        let write = |path: PathBuf, content: String| {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        };
        assert!(users().await.is_empty());
        write(home.path().join(".dockercfg"), entry("old home"));
        assert_eq!(users().await, ["old home"]);
        write(root.path().join(".dockercfg"), entry("old root"));
        assert_eq!(users().await, ["old root"]);
        write(home.path().join(".docker/config.json"), format!(r#"{{"auths":{}}}"#, entry("home")));
        assert_eq!(users().await, ["home"]);
        // One that cannot be read is as none; a valid one without credentials counts.
        write(root.path().join("config.json"), "{".to_owned());
        assert_eq!(users().await, ["home"]);
        write(root.path().join("config.json"), "{}".to_owned());
        assert!(users().await.is_empty());
        write(root.path().join("config.json"), format!(r#"{{"auths":{}}}"#, entry("root")));
        assert_eq!(users().await, ["root"]);
    }
}
