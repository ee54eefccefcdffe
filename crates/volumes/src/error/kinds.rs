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
    /// What was missing could not be made. In the words of Go's `os.PathError`.
    #[error("{action} {path}: {}", reason(.problem))]
    Create {
        /// The system call.
        action: &'static str,
        /// As in the pod's specification.
        path: String,
        /// Why not.
        problem: FileError,
    },
}

/// What Go says of a failed call: the system's words without their capital and their number.
fn reason(problem: &FileError) -> String {
    match problem {
        FileError::NotFound { .. } => "no such file or directory".to_owned(),
        FileError::NotADirectory { .. } => "not a directory".to_owned(),
        FileError::Io { source, .. } => {
            let words = source.to_string();
            let words = words.split(" (os error").next().unwrap_or_default();
            let mut characters = words.chars();
            let first = characters.next().map(|first| first.to_ascii_lowercase());
            first.into_iter().chain(characters).collect()
        }
        FileError::TooLarge { .. } | FileError::CrossesMount { .. } | FileError::Stuck { .. } => {
            problem.to_string()
        }
    }
}
