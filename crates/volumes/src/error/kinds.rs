//! Why volumes of one kind cannot be set up.

use host::files::FileError;

/// Why an emptyDir of huge pages cannot be. Worded as upstream does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HugePagesError {
    /// `HugePages-<size>` with a size that is none.
    #[error("medium {medium}: the page size is not a quantity")]
    InvalidSize {
        /// As in the pod's specification.
        medium: String,
    },
    /// `HugePages` without a size, and the containers do not agree on one.
    #[error("medium: {medium} can't be used if container requests multiple huge page sizes")]
    SeveralSizes {
        /// As in the pod's specification.
        medium: String,
    },
    /// Nobody in the pod asks for such pages.
    #[error("medium {medium}: hugePages storage requested, but there is no resource request for huge pages")]
    NoRequest {
        /// As in the pod's specification.
        medium: String,
    },
}

/// Why a hostPath is not what the pod says. Worded as upstream does.
#[derive(Debug, thiserror::Error)]
pub enum HostPathError {
    /// `..` in the path.
    #[error("invalid HostPath `{path}`: must not contain '..'")]
    Backsteps {
        /// As in the pod's specification.
        path: String,
    },
    /// Something else is there.
    #[error("hostPath type check failed: {path} is not a {expected}, it's a {found}")]
    WrongType {
        /// As in the pod's specification.
        path: String,
        /// What the type asks for.
        expected: &'static str,
        /// The API's word for what is there.
        found: &'static str,
    },
    /// Nothing is there.
    #[error(
        "hostPath type check failed, {path} is not a {expected}, unable to determine its type: path \"{path}\" does not exist"
    )]
    Missing {
        /// As in the pod's specification.
        path: String,
        /// What the type asks for.
        expected: &'static str,
    },
    /// It is a named pipe, which no type stands for.
    #[error(
        "hostPath type check failed, {path} is not a {expected}, unable to determine its type: only recognise file, directory, socket, block device and character device"
    )]
    UnknownKind {
        /// As in the pod's specification.
        path: String,
        /// What the type asks for.
        expected: &'static str,
    },
    /// It could not be looked at.
    #[error("hostPath type check failed, {path} is not a {expected}, unable to determine its type")]
    Unreadable {
        /// As in the pod's specification.
        path: String,
        /// What the type asks for.
        expected: &'static str,
        /// Why not.
        source: FileError,
    },
    /// A type that does not exist.
    #[error("{kind} is an invalid volume type")]
    UnknownType {
        /// As in the pod's specification.
        kind: String,
    },
    /// What was missing could not be made.
    #[error("cannot create the hostPath")]
    Create(#[source] FileError),
}
