//! A layer: a tar file that is the same, byte for byte, whenever its content is.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// One entry of a layer.
#[derive(Debug, Clone)]
enum Entry {
    Directory { mode: u32 },
    File { content: Vec<u8>, mode: u32 },
    Link { target: String },
}

/// The files of a layer by path, without a leading slash. Sorted, so that parents come before children.
#[derive(Debug, Clone, Default)]
pub struct Layer {
    entries: BTreeMap<String, Entry>,
}

/// A layer as it is stored: compressed, with both digests.
#[derive(Debug)]
pub struct Packed {
    /// The gzip-compressed tar file.
    pub bytes: Vec<u8>,
    /// `sha256:…` of [`Packed::bytes`]: the blob's name.
    pub digest: String,
    /// `sha256:…` of the uncompressed tar file: the `diff_id` of the image's configuration.
    pub diff_id: String,
}

impl Layer {
    /// An empty layer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a directory with its missing parents (which get mode 0755).
    #[must_use]
    pub fn directory(mut self, path: &str, mode: u32) -> Self {
        self.add(path, Entry::Directory { mode });
        self
    }

    /// Adds a file with this content.
    #[must_use]
    pub fn file(mut self, path: &str, mode: u32, content: impl Into<Vec<u8>>) -> Self {
        self.add(path, Entry::File { content: content.into(), mode });
        self
    }

    /// Adds a symbolic link.
    #[must_use]
    pub fn link(mut self, path: &str, target: &str) -> Self {
        self.add(path, Entry::Link { target: target.to_owned() });
        self
    }

    /// Adds a file of this machine under another path.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn copy(self, from: &Path, path: &str, mode: u32) -> anyhow::Result<Self> {
        let content = fs::read(from).with_context(|| format!("{} cannot be read", from.display()))?;
        Ok(self.file(path, mode, content))
    }

    fn add(&mut self, path: &str, entry: Entry) {
        let path = path.trim_matches('/');
        for (at, _) in path.match_indices('/') {
            self.entries.entry(path[..at].to_owned()).or_insert(Entry::Directory { mode: 0o755 });
        }
        self.entries.insert(path.to_owned(), entry);
    }

    /// The layer as a compressed tar file: owned by root, all times zero.
    ///
    /// # Errors
    /// When a path is too long for a tar file.
    pub fn pack(&self) -> anyhow::Result<Packed> {
        let mut archive = tar::Builder::new(Vec::new());
        for (path, entry) in &self.entries {
            let mut header = tar::Header::new_gnu();
            header.set_mtime(0);
            header.set_uid(0);
            header.set_gid(0);
            let added = match entry {
                Entry::Directory { mode } => {
                    header.set_entry_type(tar::EntryType::Directory);
                    header.set_mode(*mode);
                    header.set_size(0);
                    archive.append_data(&mut header, format!("{path}/"), std::io::empty())
                }
                Entry::File { content, mode } => {
                    header.set_mode(*mode);
                    header.set_size(content.len() as u64);
                    archive.append_data(&mut header, path, content.as_slice())
                }
                Entry::Link { target } => {
                    header.set_entry_type(tar::EntryType::Symlink);
                    header.set_mode(0o777);
                    header.set_size(0);
                    archive.append_link(&mut header, path, target)
                }
            };
            added.with_context(|| format!("{path} cannot be packed"))?;
        }
        let tar = archive.into_inner().context("the layer cannot be packed")?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&tar).context("the layer cannot be compressed")?;
        let bytes = encoder.finish().context("the layer cannot be compressed")?;
        Ok(Packed { digest: digest(&bytes), diff_id: digest(&tar), bytes })
    }
}

/// `sha256:` and the hexadecimal digest, as image formats write it.
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hexadecimal(&Sha256::digest(bytes)))
}

/// The hexadecimal SHA-256 of a file's content.
///
/// # Errors
/// When the file cannot be read.
pub fn file_digest(path: &Path) -> anyhow::Result<String> {
    let mut hash = Sha256::new();
    let mut file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut buffer = vec![0_u8; 1 << 16];
    loop {
        let count = std::io::Read::read(&mut file, &mut buffer)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        if count == 0 {
            return Ok(hexadecimal(&hash.finalize()));
        }
        hash.update(&buffer[..count]);
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
