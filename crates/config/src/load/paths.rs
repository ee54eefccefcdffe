//! Relative paths in files.

use crate::finding::Finding;
use crate::schema::Decoded;
use crate::text;
use serde_json::Value;
use std::path::{Component, Path, PathBuf};

/// The fields that are paths (`KubeletConfigurationPathRefs` in `pkg/kubelet/apis/config/helpers.go`).
const PATH_FIELDS: [&str; 7] = [
    "staticPodPath",
    "authentication.x509.clientCAFile",
    "tlsCertFile",
    "tlsPrivateKeyFile",
    "resolvConf",
    "volumePluginDir",
    "podLogsDir",
];

/// A dotted path as a JSON pointer.
pub(super) fn pointer(path: &str) -> String {
    format!("/{}", path.replace('.', "/"))
}

/// Relative paths are below the directory of the file that has them.
pub(super) fn resolve_relative_paths(document: &mut Value, file: &Path) {
    let Some(directory) = file.parent() else {
        return;
    };
    for path in PATH_FIELDS {
        match document.pointer_mut(&pointer(path)) {
            Some(Value::String(value)) if !value.is_empty() && !value.starts_with('/') => {
                *value = clean(&directory.join(&*value)).to_string_lossy().into_owned();
            }
            _ => {}
        }
    }
}

/// Upstream resolves relative paths of the main file only: in a drop-in they are worth a word.
pub(super) fn relative_path_findings(decoded: &Decoded, file: &str) -> Vec<Finding> {
    PATH_FIELDS
        .iter()
        .filter_map(|path| {
            let value = decoded.value.pointer(&pointer(path))?.as_str()?;
            let position = decoded.positions.get(*path)?;
            let relative = !value.is_empty() && !value.starts_with('/');
            relative.then(|| {
                let message = format!(
                    "{path}: {} is relative, and in a drop-in that means relative to the kubelet's working directory",
                    text::quote(value)
                );
                Finding::warning(message).about(*path).within(file).at(*position)
            })
        })
        .collect()
}

/// Go's `filepath.Clean` for what `Join` makes.
fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                if !cleaned.pop() {
                    cleaned.push("..");
                }
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => {
                cleaned.push(component);
            }
        }
    }
    cleaned
}
