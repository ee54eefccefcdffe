//! Writing and reading whole files.

use std::{
    fs,
    io::{self, Read, Seek, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use rustix::fs::OFlags;

use super::{FileError, failed};

/// Whether a written file must be on the disk, not only in memory, when the call comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sync {
    Durable,
    InMemory,
}

/// For names of temporary files: unique in this process, and the process's id makes them unique on the machine.
static WRITES: AtomicU64 = AtomicU64::new(0);

pub(super) fn write(path: &Path, bytes: &[u8], mode: u32, sync: Sync) -> Result<(), FileError> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(failed("write", path, io::Error::from(io::ErrorKind::InvalidInput)));
    };
    let number = WRITES.fetch_add(1, Ordering::Relaxed);
    let temporary = format!(".{}.{}.{number}.tmp", name.to_string_lossy(), std::process::id());
    let temporary = parent.join(temporary);
    let written = write_new(&temporary, bytes, mode, sync)
        .and_then(|()| fs::rename(&temporary, path))
        .and_then(|()| match sync {
            Sync::Durable => fs::File::open(parent)?.sync_all(),
            Sync::InMemory => Ok(()),
        });
    written.map_err(|error| {
        // What is left of it would only lie there; that it could not be removed says nothing new.
        let _removed = fs::remove_file(&temporary);
        failed("write", path, error)
    })
}

fn write_new(path: &Path, bytes: &[u8], mode: u32, sync: Sync) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.set_permissions(fs::Permissions::from_mode(mode & 0o7777))?;
    match sync {
        Sync::Durable => file.sync_all(),
        Sync::InMemory => Ok(()),
    }
}

pub(super) fn read(path: &Path, max_bytes: u64) -> Result<Vec<u8>, FileError> {
    // A named pipe must not keep us waiting for a writer.
    let opened = fs::OpenOptions::new()
        .read(true)
        .custom_flags(OFlags::NONBLOCK.bits() as i32)
        .open(path)
        .map_err(|error| failed("read", path, error))?;
    let mut bytes = Vec::new();
    opened
        .take(max_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| failed("read", path, error))?;
    if bytes.len() as u64 > max_bytes {
        return Err(FileError::TooLarge { path: path.to_owned(), max_bytes });
    }
    Ok(bytes)
}

pub(super) fn read_end(path: &Path, max_bytes: u64) -> Result<Vec<u8>, FileError> {
    let read = || -> io::Result<Vec<u8>> {
        let mut file =
            fs::OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits() as i32).open(path)?;
        let length = file.metadata()?.len();
        file.seek(io::SeekFrom::Start(length.saturating_sub(max_bytes)))?;
        let mut bytes = Vec::new();
        file.take(max_bytes).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|error| failed("read", path, error))
}
