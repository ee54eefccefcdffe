//! Reading the files that the configuration comes from; `config` itself opens none.

use config::{CommandLine, File, Loaded, Sources};
use std::path::{Path, PathBuf};

/// A configuration file may have a megabyte, drop-ins a thousand files.
const MAX_FILE_BYTES: u64 = 1024 * 1024;
const MAX_DROP_INS: usize = 1000;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// A file could not be read.
    #[error("failed to load kubelet config file, path: {}, error: {source}", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is wrong.
    #[error(transparent)]
    Invalid(#[from] config::Errors),
}

/// Reads what the command line names, and loads it.
pub fn load(command_line: &CommandLine, cgroup_v1: bool) -> Result<Loaded, ConfigurationError> {
    Ok(config::load(command_line, &read(command_line, cgroup_v1)?)?)
}

/// Reads what the command line names.
pub fn read(command_line: &CommandLine, cgroup_v1: bool) -> Result<Sources, ConfigurationError> {
    let flags = command_line.flags();
    let config = match flags.config.as_str() {
        "" => None,
        path => Some(read_file(Path::new(path))?),
    };
    let mut drop_ins = Vec::new();
    if !flags.config_dir.is_empty() {
        read_drop_ins(Path::new(&flags.config_dir), &mut drop_ins)?;
    }
    Ok(Sources { config, drop_ins, cgroup_v1 })
}

/// Reads one file; its path becomes absolute.
pub fn read_file(path: &Path) -> Result<File, ConfigurationError> {
    let read = || {
        // Relative paths inside the file count from its directory.
        let absolute = std::path::absolute(path)?;
        let length = std::fs::metadata(&absolute)?.len();
        if length > MAX_FILE_BYTES {
            return Err(std::io::Error::other(format!(
                "the file has {length} bytes, at most {MAX_FILE_BYTES} are read"
            )));
        }
        let contents = std::fs::read(&absolute)?;
        Ok(File { path: absolute.to_string_lossy().into_owned(), contents })
    };
    read().map_err(|source| ConfigurationError::Read { path: path.to_owned(), source })
}

fn read_drop_ins(directory: &Path, found: &mut Vec<File>) -> Result<(), ConfigurationError> {
    let failed = |source| ConfigurationError::Read { path: directory.to_owned(), source };
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        // As upstream's walk: a link to a directory is no directory. Mounted ConfigMaps have one beside their links.
        if entry.file_type().map_err(failed)?.is_dir() {
            read_drop_ins(&path, found)?;
        } else if path.is_file() && path.extension().is_some_and(|extension| extension == "conf") {
            found.push(read_file(&path)?);
        } else {
            found.push(File { path: path.to_string_lossy().into_owned(), contents: Vec::new() });
        }
        if found.len() > MAX_DROP_INS {
            return Err(failed(std::io::Error::other(format!("more than {MAX_DROP_INS} files"))));
        }
    }
    Ok(())
}

/// Reads what `--image-credential-provider-config` names: a file, or the files of a directory in lexical order.
///
/// # Errors
/// When one cannot be read.
pub fn read_credential_providers(path: &Path) -> Result<Vec<File>, ConfigurationError> {
    let failed = |source| ConfigurationError::Read { path: path.to_owned(), source };
    let mut paths = vec![path.to_owned()];
    if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(failed)?;
        paths =
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>().map_err(failed)?;
        let is_wanted = |path: &PathBuf| {
            let extension = path.extension().and_then(|extension| extension.to_str());
            path.is_file() && extension.is_some_and(|extension| ["json", "yaml", "yml"].contains(&extension))
        };
        paths.retain(is_wanted);
        paths.sort();
    }
    paths.iter().take(MAX_DROP_INS).map(|path| read_file(path)).collect()
}
