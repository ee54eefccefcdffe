//! hostPath volumes (`kubernetes.io/host-path`): a path of this machine as it is.
//!
//! Checks, modes and texts are those of upstream's `pkg/volume/hostpath`. Nothing is changed in what exists, and nothing
//! is taken down.

use std::path::Path;

use host::files::{FileError, FileKind, FileState};
use k8s_openapi::api::core::v1::HostPathVolumeSource;

use crate::{
    MountedVolume, Source, Volumes,
    error::{HostPathError, SetUpError},
};

/// Mode of a directory made for `DirectoryOrCreate`, and of what is missing above it.
const DIRECTORY_MODE: u32 = 0o755;
/// Mode of a file made for `FileOrCreate`.
const FILE_MODE: u32 = 0o644;

impl Volumes {
    pub(crate) async fn set_up_host_path(
        &self,
        host_path: &HostPathVolumeSource,
    ) -> Result<MountedVolume, SetUpError> {
        let path = host_path.path.as_str();
        if path.split('/').any(|part| part == "..") {
            return Err(HostPathError::Backsteps { path: path.to_owned() }.into());
        }
        self.check_type(path, host_path.type_.as_deref().unwrap_or_default()).await?;
        Ok(MountedVolume { source: Source::Path(path.into()), read_only: false, selinux_relabel: false })
    }

    async fn check_type(&self, path: &str, kind: &str) -> Result<(), HostPathError> {
        let (wanted, expected) = match kind {
            "" => return Ok(()),
            "Directory" | "DirectoryOrCreate" => (FileKind::Directory, "directory"),
            "File" | "FileOrCreate" => (FileKind::File, "file"),
            "Socket" => (FileKind::Socket, "socket file"),
            "CharDevice" => (FileKind::CharacterDevice, "character device"),
            "BlockDevice" => (FileKind::BlockDevice, "block device"),
            other => return Err(HostPathError::UnknownType { kind: other.to_owned() }),
        };
        match (self.files.look(Path::new(path)).await, kind) {
            (Ok(None), "DirectoryOrCreate") => {
                let made = self.files.make_dir(Path::new(path), DIRECTORY_MODE).await;
                made.map_err(|problem| HostPathError::Create {
                    action: "mkdir",
                    path: path.to_owned(),
                    problem,
                })
            }
            (Ok(None), "FileOrCreate") => {
                let made = self.files.make_file(Path::new(path), FILE_MODE).await;
                made.map_err(|problem| HostPathError::Create {
                    action: "open",
                    path: path.to_owned(),
                    problem,
                })
            }
            (found, _) => match_kind(path, wanted, expected, found),
        }
    }
}

fn match_kind(
    path: &str,
    wanted: FileKind,
    expected: &'static str,
    found: Result<Option<FileState>, FileError>,
) -> Result<(), HostPathError> {
    let path = path.to_owned();
    let state = match found {
        Ok(Some(state)) => state,
        Ok(None) => return Err(HostPathError::Missing { path, expected }),
        Err(source) => return Err(HostPathError::Unreadable { path, expected, source }),
    };
    if state.kind == wanted {
        return Ok(());
    }
    let found = match state.kind {
        FileKind::Directory => "Directory",
        FileKind::File => "File",
        FileKind::Socket => "Socket",
        FileKind::CharacterDevice => "CharDevice",
        FileKind::BlockDevice => "BlockDevice",
        FileKind::Link | FileKind::Pipe => return Err(HostPathError::UnknownKind { path, expected }),
    };
    Err(HostPathError::WrongType { path, expected, found })
}

#[cfg(test)]
mod tests;
