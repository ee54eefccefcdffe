//! Which endpoints there are.

use std::path::PathBuf;

/// An endpoint that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Only Unix sockets are supported, as upstream on Linux.
    #[error(
        "container runtime endpoint {0:?}: only unix sockets are supported; write it as unix:///run/containerd/containerd.sock"
    )]
    Scheme(String),
    /// The path is missing or relative.
    #[error(
        "container runtime endpoint {0:?}: the path must be absolute, as in unix:///run/containerd/containerd.sock"
    )]
    Path(String),
}

/// `unix:///run/x.sock` (also with a single slash) or `/run/x.sock`.
pub(super) fn socket_path(endpoint: &str) -> Result<PathBuf, EndpointError> {
    let path = match endpoint.split_once(':') {
        Some(("unix", rest)) => rest.strip_prefix("//").unwrap_or(rest),
        Some((scheme, _)) if !scheme.contains('/') => return Err(EndpointError::Scheme(endpoint.to_owned())),
        Some(_) | None => endpoint,
    };
    if path.len() < 2 || !path.starts_with('/') {
        return Err(EndpointError::Path(endpoint.to_owned()));
    }
    Ok(PathBuf::from(path))
}
