//! Why a container's mounts cannot be made.

use host::{beneath::BeneathError, files::FileError};

use super::append_sources;

/// A container's mounts could not be prepared. Upstream's texts; the container waits with `CreateContainerConfigError`.
#[derive(Debug, thiserror::Error)]
pub enum ContainerMountsError {
    /// No such volume, or not set up.
    #[error("cannot find volume \"{volume}\" to mount into container \"{container}\"")]
    NoVolume {
        /// The volume's name.
        volume: String,
        /// The container's name.
        container: String,
    },
    /// No such block volume. Those are claims, which need the API server.
    #[error("cannot find volume \"{volume}\" to pass into container \"{container}\"")]
    NoDevice {
        /// The volume's name.
        volume: String,
        /// The container's name.
        container: String,
    },
    /// A device's path is relative.
    #[error("error DevicePath `{path}` must be an absolute path")]
    RelativeDevicePath {
        /// As in the pod's specification.
        path: String,
    },
    /// An image volume whose image was not given.
    #[error("the image of volume \"{volume}\" of container \"{container}\" has not been pulled")]
    NoImage {
        /// The volume's name.
        volume: String,
        /// The container's name.
        container: String,
    },
    /// `subPathExpr` names variables without a value.
    #[error("missing value for {}", .variables.join(", "))]
    MissingVariables {
        /// Their names, sorted.
        variables: Vec<String>,
    },
    /// An absolute sub path.
    #[error("error SubPath `{sub_path}` must not be an absolute path")]
    AbsoluteSubPath {
        /// Expanded.
        sub_path: String,
    },
    /// `..` in the sub path.
    #[error("unable to provision SubPath `{sub_path}`: must not contain '..'")]
    Backsteps {
        /// Expanded.
        sub_path: String,
    },
    /// The directory could not be made. The source may tell about the host's files: for the log, not for the user.
    #[error("failed to create subPath directory for volumeMount \"{volume}\" of container \"{container}\"")]
    CreateSubPath {
        /// The volume's name.
        volume: String,
        /// The container's name.
        container: String,
        /// Why not.
        source: SubPathError,
    },
    /// The sub path could not be bound. The source may tell about the host's files: for the log, not for the user.
    #[error("failed to prepare subPath for volumeMount \"{volume}\" of container \"{container}\"")]
    PrepareSubPath {
        /// The volume's name.
        volume: String,
        /// The container's name.
        container: String,
        /// Why not.
        source: SubPathError,
    },
    /// A propagation mode that does not exist.
    #[error("invalid MountPropagation mode: \"{mode}\"")]
    InvalidPropagation {
        /// As in the pod's specification.
        mode: String,
    },
    /// A recursive read-only mount that cannot be.
    #[error("failed to resolve recursive read-only mode")]
    RecursiveReadOnly(#[from] RecursiveReadOnlyError),
}

impl ContainerMountsError {
    /// The user's text: nothing about the host's files.
    pub fn user_message(&self) -> String {
        let mut message = self.to_string();
        match self {
            Self::RecursiveReadOnly(_) => append_sources(&mut message, self),
            Self::CreateSubPath { .. }
            | Self::PrepareSubPath { .. }
            | Self::NoVolume { .. }
            | Self::NoDevice { .. }
            | Self::RelativeDevicePath { .. }
            | Self::NoImage { .. }
            | Self::MissingVariables { .. }
            | Self::AbsoluteSubPath { .. }
            | Self::Backsteps { .. }
            | Self::InvalidPropagation { .. } => {}
        }
        message
    }
}

/// What went wrong with a sub path, for the log.
#[derive(Debug, thiserror::Error)]
pub enum SubPathError {
    /// Below the volume.
    #[error(transparent)]
    Beneath(#[from] BeneathError),
    /// At the volume itself.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Why a mount cannot be recursively read-only. Worded as upstream does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecursiveReadOnlyError {
    /// `readOnly` is not set.
    #[error("volume \"{volume}\" requested recursive read-only mode, but it is not read-only")]
    NotReadOnly {
        /// The volume's name.
        volume: String,
    },
    /// With propagation.
    #[error(
        "volume \"{volume}\" requested recursive read-only mode, but it is not compatible with propagation \"{propagation}\""
    )]
    WithPropagation {
        /// The volume's name.
        volume: String,
        /// As in the pod's specification.
        propagation: String,
    },
    /// The runtime cannot.
    #[error("volume \"{volume}\" requested recursive read-only mode, but it is not supported by the runtime")]
    NotSupported {
        /// The volume's name.
        volume: String,
    },
    /// A mode that does not exist.
    #[error("unknown recursive read-only mode \"{mode}\"")]
    UnknownMode {
        /// As in the pod's specification.
        mode: String,
    },
}
