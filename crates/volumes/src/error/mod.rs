//! What can go wrong, one variant per reaction.

mod container_mounts;
mod kinds;

use std::{error::Error, fmt::Write as _, path::PathBuf};

use apiserver::ApiError;
use host::{files::FileError, mounts::MountError};
use translate::ConfigError;

pub use crate::{
    files::{InvalidOperator, TrustBundleError},
    pod_certificates::{IssueError, KeyError, PodCertificateError},
};
pub use container_mounts::{ContainerMountsError, RecursiveReadOnlyError, SubPathError};
pub use kinds::{HostPathError, HugePagesError};

/// A pod's volumes could not be set up. The event has reason `FailedMount`.
#[derive(Debug, thiserror::Error)]
#[error("MountVolume.SetUp failed for volume \"{volume}\"")]
pub struct VolumeError {
    /// The volume's name in the pod.
    pub volume: String,
    /// Why.
    #[source]
    pub cause: SetUpError,
}

impl VolumeError {
    /// The event's text, as upstream words it: the volume and the whole chain of causes.
    pub fn event_message(&self) -> String {
        let mut message = format!("{self} : {}", self.cause);
        append_sources(&mut message, &self.cause);
        message
    }

    /// Whether the volume can be set up as soon as the API has something else to say, and not before.
    pub fn waits_for_api(&self) -> bool {
        self.cause.waits_for_api()
    }
}

pub(crate) fn append_sources(message: &mut String, error: &dyn Error) {
    let mut source = error.source();
    while let Some(cause) = source {
        // Writing to a String cannot fail.
        let _written = write!(message, ": {cause}");
        source = cause.source();
    }
}

/// Why one volume could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// The content is an object of the API, which this pod has no access to.
    #[error("volumes of kind {kind} need an API server, so a static pod cannot use them")]
    NeedsApiServer {
        /// As in the pod's specification.
        kind: &'static str,
    },
    /// A kind that does not exist (any more), or that is not done yet.
    #[error("volumes of kind {kind} are not supported by this kubelet")]
    UnsupportedKind {
        /// As in the pod's specification.
        kind: &'static str,
    },
    /// The name cannot be a directory's. Validation refuses such names; nothing is made of one that slipped through.
    #[error("the volume's name is not a valid directory name")]
    InvalidName,
    /// An emptyDir's medium.
    #[error("unknown storage medium \"{medium}\"")]
    UnknownMedium {
        /// As in the pod's specification.
        medium: String,
    },
    /// Huge pages of an emptyDir.
    #[error(transparent)]
    HugePages(#[from] HugePagesError),
    /// Something else than this volume is mounted at its place.
    #[error("{path} is mounted already, but not as medium {medium}")]
    OtherMount {
        /// Where.
        path: PathBuf,
        /// What was wanted.
        medium: String,
    },
    /// A hostPath.
    #[error(transparent)]
    HostPath(#[from] HostPathError),
    /// A file's content could not be told.
    #[error(transparent)]
    Content(#[from] ConfigError),
    /// An object that the content is in does not exist.
    #[error("{kind} \"{name}\" not found")]
    ObjectNotFound {
        /// `secret` or `configmap`.
        kind: &'static str,
        /// Its name; the namespace is the pod's.
        name: String,
    },
    /// A secret has no such key.
    #[error("references non-existent secret key: {key}")]
    NoSecretKey {
        /// The key.
        key: String,
    },
    /// A config map has no such key.
    #[error("configmap references non-existent config key: {key}")]
    NoConfigKey {
        /// The key.
        key: String,
    },
    /// An object could not be asked for.
    #[error("{}", words(.0))]
    Api(ApiError),
    /// There is no token of the service account to be had.
    #[error("failed to fetch token: {}", .0.message())]
    Token(ApiError),
    /// There are no certificates to trust to be had.
    #[error(transparent)]
    TrustBundle(#[from] TrustBundleError),
    /// There is no certificate of the pod to be had.
    #[error(transparent)]
    PodCertificate(#[from] PodCertificateError),
    /// Several sources of a projected volume; at least two.
    #[error("[{}]", .0.iter().map(SetUpError::with_causes).collect::<Vec<_>>().join(", "))]
    Several(Vec<SetUpError>),
    /// A file's path would leave the volume, or hide its own working.
    #[error("invalid path: must be relative, and contain or start with no '..': {path}")]
    InvalidPath {
        /// As in the pod's specification.
        path: String,
    },
    /// A file operation.
    #[error(transparent)]
    File(#[from] FileError),
    /// A mount operation.
    #[error(transparent)]
    Mount(#[from] MountError),
}

/// The server's words, as upstream's; where it says nothing about the object, what it was asked for too.
fn words(error: &ApiError) -> String {
    if matches!(error, ApiError::Unavailable(_)) { error.to_string() } else { error.message().to_owned() }
}

impl SetUpError {
    fn with_causes(&self) -> String {
        let mut message = self.to_string();
        append_sources(&mut message, self);
        message
    }

    /// Whether it passes by a change in the API, which is waited for.
    pub(crate) fn waits_for_api(&self) -> bool {
        match self {
            Self::ObjectNotFound { .. }
            | Self::NoSecretKey { .. }
            | Self::NoConfigKey { .. }
            | Self::TrustBundle(_)
            | Self::PodCertificate(_) => true,
            Self::Several(errors) => errors.iter().all(Self::waits_for_api),
            Self::NeedsApiServer { .. }
            | Self::UnsupportedKind { .. }
            | Self::InvalidName
            | Self::UnknownMedium { .. }
            | Self::HugePages(_)
            | Self::OtherMount { .. }
            | Self::HostPath(_)
            | Self::Content(_)
            | Self::Api(_)
            | Self::Token(_)
            | Self::InvalidPath { .. }
            | Self::File(_)
            | Self::Mount(_) => false,
        }
    }
}

/// A pod's volumes could not be taken down. Nothing in use was touched; try again later.
#[derive(Debug, thiserror::Error)]
pub enum TearDownError {
    /// Something that no volume kind of ours has made is mounted below the pod's directory, and stays.
    #[error("{} is mounted below the pod's directory, and is of no kind that this kubelet unmounts", .mount_points[0].display())]
    ForeignMounts {
        /// Where; at least one.
        mount_points: Vec<PathBuf>,
    },
    /// A mount that would not end.
    #[error("UnmountVolume.TearDown failed")]
    Mount(#[from] MountError),
    /// Files that would not go.
    #[error("UnmountVolume.TearDown failed")]
    File(#[from] FileError),
}
