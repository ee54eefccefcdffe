//! What can go wrong, one variant per reaction.

use std::{error::Error, fmt::Write as _, path::PathBuf};

use apiserver::ApiError;
use host::{beneath::BeneathError, files::FileError, mounts::MountError};
use translate::ConfigError;

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
    #[error("{}", .0.message())]
    Api(ApiError),
    /// There is no token of the service account to be had.
    #[error("failed to fetch token: {}", .0.message())]
    Token(ApiError),
    /// A source of a projected volume that is not done yet.
    #[error("projected volumes with a {kind} are not supported by this kubelet")]
    UnsupportedProjection {
        /// As in the pod's specification.
        kind: &'static str,
    },
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

impl SetUpError {
    fn with_causes(&self) -> String {
        let mut message = self.to_string();
        append_sources(&mut message, self);
        message
    }

    fn waits_for_api(&self) -> bool {
        match self {
            Self::ObjectNotFound { .. } | Self::NoSecretKey { .. } | Self::NoConfigKey { .. } => true,
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
            | Self::UnsupportedProjection { .. }
            | Self::InvalidPath { .. }
            | Self::File(_)
            | Self::Mount(_) => false,
        }
    }
}

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
