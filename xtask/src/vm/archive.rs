//! The archive that a kernel takes for its first file system: cpio, "newc".

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Every header begins with this.
const MAGIC: &str = "070701";
/// The name of the entry that ends an archive.
const TRAILER: &str = "TRAILER!!!";

const DIRECTORY: u32 = 0o040_755;
const LINK: u32 = 0o120_777;
const FILE: u32 = 0o100_000;
const CHARACTER_DEVICE: u32 = 0o020_000;

/// An archive being written.
#[derive(Debug)]
pub struct Archive<W> {
    out: W,
    written: u64,
    inode: u32,
    directories: BTreeSet<PathBuf>,
}

impl<W: Write> Archive<W> {
    /// An archive with nothing in it.
    pub fn new(out: W) -> Self {
        Self { out, written: 0, inode: 0, directories: BTreeSet::new() }
    }

    /// A directory, and what is missing above it. Paths are absolute, as in the guest.
    ///
    /// # Errors
    /// When the archive cannot be written.
    pub fn directory(&mut self, path: &Path) -> io::Result<()> {
        if path == Path::new("/") || self.directories.contains(path) {
            return Ok(());
        }
        if let Some(parent) = path.parent() {
            self.directory(parent)?;
        }
        self.directories.insert(path.to_owned());
        self.entry(path, DIRECTORY, 0, (0, 0), &[])
    }

    /// A link.
    ///
    /// # Errors
    /// When the archive cannot be written.
    pub fn link(&mut self, path: &Path, target: &str) -> io::Result<()> {
        self.parent(path)?;
        self.entry(path, LINK, 0, (0, 0), target.as_bytes())
    }

    /// A file with this content.
    ///
    /// # Errors
    /// When the archive cannot be written.
    pub fn file(&mut self, path: &Path, mode: u32, content: &[u8]) -> io::Result<()> {
        self.parent(path)?;
        self.entry(path, FILE | mode, 0, (0, 0), content)
    }

    /// A character device.
    ///
    /// # Errors
    /// When the archive cannot be written.
    pub fn character_device(&mut self, path: &Path, number: (u32, u32)) -> io::Result<()> {
        self.parent(path)?;
        self.entry(path, CHARACTER_DEVICE | 0o600, 0, number, &[])
    }

    /// A file of this machine, links followed, as another path.
    ///
    /// # Errors
    /// When it cannot be read, or the archive cannot be written.
    pub fn copy(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let found = fs::metadata(from)?;
        let content = fs::read(from)?;
        let time = u32::try_from(found.mtime()).unwrap_or(0);
        self.parent(to)?;
        self.entry(to, FILE | found.permissions().mode() & 0o777, time, (0, 0), &content)
    }

    /// Ends the archive.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.inode = 0;
        self.entry(Path::new(TRAILER), 0, 0, (0, 0), &[])?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn parent(&mut self, path: &Path) -> io::Result<()> {
        path.parent().map_or(Ok(()), |parent| self.directory(parent))
    }

    fn entry(
        &mut self,
        path: &Path,
        mode: u32,
        time: u32,
        device: (u32, u32),
        content: &[u8],
    ) -> io::Result<()> {
        self.inode += 1;
        let name = path.strip_prefix("/").unwrap_or(path).to_string_lossy();
        let size = u32::try_from(content.len())
            .map_err(|_| io::Error::new(io::ErrorKind::FileTooLarge, name.to_string()))?;
        let name_size = u32::try_from(name.len() + 1).unwrap_or(u32::MAX);
        // Inode, mode, user, group, links, time, size, device, special device, name's size with its zero, checksum.
        let fields = [self.inode, mode, 0, 0, 1, time, size, 0, 0, device.0, device.1, name_size, 0];
        let mut header = MAGIC.to_owned();
        for field in fields {
            header.push_str(&format!("{field:08x}"));
        }
        header.push_str(&name);
        header.push('\0');
        self.put(header.as_bytes())?;
        self.put(content)
    }

    /// Writes, and fills up to the next multiple of four.
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.written += bytes.len() as u64;
        let missing = usize::try_from((4 - self.written % 4) % 4).unwrap_or(0);
        self.out.write_all(&[0; 3][..missing])?;
        self.written += missing as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
