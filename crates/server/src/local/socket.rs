//! The socket file: made so that only root can ever have opened it.

use crate::connections::Listener;
use rustix::fs::{Mode, OFlags};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use tokio::net::{UnixListener, UnixStream};

/// The socket's name in the kubelet's root directory.
pub const SOCKET_NAME: &str = "kubelet.sock";

/// The socket could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The directory is missing or unreadable, or a system call failed on it.
    #[error("cannot make the local socket {path}")]
    Io {
        /// The socket, or its directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others than root can write to the directory, and could put a socket of theirs in our place.
    #[error(
        "{path} is writable for others than its owner, or owned by a stranger (mode {mode:o}, uid {uid}): the local socket would not be safe there; \
         chmod go-w, chown root"
    )]
    UnsafeDirectory {
        /// The directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// Its owner.
        uid: u32,
    },
    /// Another kubelet uses this root directory.
    #[error("another kubelet answers on {path}; give this one another --root-dir")]
    InUse {
        /// The socket.
        path: PathBuf,
    },
    /// Something else than a socket has its name.
    #[error("{path} is not a socket; remove it")]
    NotASocket {
        /// What is in the way.
        path: PathBuf,
    },
}

/// The listening socket; its file goes when it is dropped.
#[derive(Debug)]
pub(super) struct LocalSocket {
    listener: UnixListener,
    path: PathBuf,
    inode: u64,
    uid: u32,
}

impl LocalSocket {
    pub(super) fn bind(root_dir: &Path) -> Result<Self, SocketError> {
        let path = root_dir.join(SOCKET_NAME);
        let uid = rustix::process::geteuid().as_raw();
        check_directory(root_dir, uid)?;
        check_occupant(&path)?;
        let io = |source| SocketError::Io { path: path.clone(), source };

        // Bound under another name, restricted, then renamed: nobody can connect before the mode is right, and a
        // stale socket is replaced without a moment in which there is none.
        let temporary = root_dir.join(format!(".{SOCKET_NAME}.{}", std::process::id()));
        match std::fs::remove_file(&temporary) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(io(error)),
        }
        let listener = UnixListener::bind(&temporary).map_err(io)?;
        rustix::fs::chmod(&temporary, Mode::RUSR | Mode::WUSR).map_err(|error| io(error.into()))?;
        let inode = std::fs::symlink_metadata(&temporary).map_err(io)?.ino();
        std::fs::rename(&temporary, &path).map_err(io)?;
        Ok(Self { listener, path, inode, uid })
    }
}

fn check_directory(directory: &Path, uid: u32) -> Result<(), SocketError> {
    let io = |source| SocketError::Io { path: directory.to_owned(), source };
    let opened =
        rustix::fs::open(directory, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
            .map_err(|error| io(error.into()))?;
    let metadata = rustix::fs::fstat(&opened).map_err(|error| io(error.into()))?;
    let owned = metadata.st_uid == 0 || metadata.st_uid == uid;
    if !owned || metadata.st_mode & 0o022 != 0 {
        return Err(SocketError::UnsafeDirectory {
            path: directory.to_owned(),
            mode: metadata.st_mode & 0o7777,
            uid: metadata.st_uid,
        });
    }
    Ok(())
}

fn check_occupant(path: &Path) -> Result<(), SocketError> {
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(SocketError::Io { path: path.to_owned(), source }),
        Ok(metadata) if !metadata.file_type().is_socket() => {
            Err(SocketError::NotASocket { path: path.to_owned() })
        }
        Ok(_) if std::os::unix::net::UnixStream::connect(path).is_ok() => {
            Err(SocketError::InUse { path: path.to_owned() })
        }
        Ok(_) => Ok(()),
    }
}

impl Drop for LocalSocket {
    fn drop(&mut self) {
        // A successor may have put its own socket there already.
        let ours = std::fs::symlink_metadata(&self.path).is_ok_and(|seen| seen.ino() == self.inode);
        if ours && let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!(path = %self.path.display(), error = %error, "The local socket stays behind");
        }
    }
}

impl Listener for LocalSocket {
    type Stream = UnixStream;

    async fn accept(&mut self) -> io::Result<Option<UnixStream>> {
        let (stream, _) = self.listener.accept().await?;
        // The file's mode says the same; this also holds for a descriptor that was passed on.
        let peer = stream.peer_cred()?.uid();
        if peer != 0 && peer != self.uid {
            tracing::warn!(uid = peer, "A caller of the local socket that is not root was turned away");
            return Ok(None);
        }
        Ok(Some(stream))
    }
}
