//! `/proc/self/mountinfo`.
//!
//! Its lines: `id parent major:minor root mount-point options [optional fields] - fs-type source fs-options`, with space,
//! tab, newline and backslash as `\040` and so on. A node with 110 pods has a thousand of them, so only the lines that
//! are wanted are taken apart.

use std::{
    ffi::OsString,
    io,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

use super::Mount;

const TABLE: &str = "/proc/self/mountinfo";

/// A line that is not as documented.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) line: String,
}

/// The whole table, in one go: the kernel gives a consistent view of what one read returns only.
pub(crate) fn read() -> io::Result<Vec<u8>> {
    std::fs::read(TABLE)
}

/// The mounts at or below a path without links, in the table's order, which is that of mounting.
pub(crate) fn below(table: &[u8], path: &Path) -> Result<Vec<Mount>, Malformed> {
    let mut mounts = Vec::new();
    for line in table.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let point = line.split(|byte| *byte == b' ').nth(4).ok_or_else(|| malformed(line))?;
        if unescape(point).starts_with(path) {
            mounts.push(mount(line)?);
        }
    }
    Ok(mounts)
}

/// The mount that a path without links lies on.
pub(crate) fn covering(table: &[u8], path: &Path) -> Result<Option<Mount>, Malformed> {
    let mut covering: Option<Mount> = None;
    for line in table.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let point = line.split(|byte| *byte == b' ').nth(4).ok_or_else(|| malformed(line))?;
        let point = unescape(point);
        let deeper = covering.as_ref().is_none_or(|other| point.starts_with(&other.mount_point));
        if path.starts_with(&point) && deeper {
            covering = Some(mount(line)?);
        }
    }
    Ok(covering)
}

/// Every mount.
pub(crate) fn all(table: &[u8]) -> Result<Vec<Mount>, Malformed> {
    below(table, Path::new("/"))
}

fn mount(line: &[u8]) -> Result<Mount, Malformed> {
    let mut fields = line.split(|byte| *byte == b' ');
    let mut next = || fields.next().ok_or_else(|| malformed(line));
    let (_id, _parent, _device) = (next()?, next()?, next()?);
    let root = unescape(next()?);
    let mount_point = unescape(next()?);
    let options = next()?;
    let mut shared = false;
    loop {
        match next()? {
            b"-" => break,
            field => shared |= field.starts_with(b"shared:"),
        }
    }
    let fs_type = text(next()?);
    let source = text(next()?);
    let fs_options = text(next()?);
    Ok(Mount {
        mount_point,
        root,
        fs_type,
        source,
        read_only: options.split(|byte| *byte == b',').any(|option| option == b"ro"),
        fs_options: fs_options.split(',').map(str::to_owned).collect(),
        shared,
    })
}

fn malformed(line: &[u8]) -> Malformed {
    Malformed { line: String::from_utf8_lossy(line).into_owned() }
}

fn text(field: &[u8]) -> String {
    unescape(field).to_string_lossy().into_owned()
}

/// Octal escapes to bytes.
fn unescape(field: &[u8]) -> PathBuf {
    if !field.contains(&b'\\') {
        return PathBuf::from(std::ffi::OsStr::from_bytes(field));
    }
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, after)) = rest.split_first() {
        let code = after
            .get(..3)
            .filter(|code| *first == b'\\' && code.iter().all(|digit| (b'0'..=b'7').contains(digit)));
        match code {
            Some(code) => {
                let value = code.iter().fold(0u32, |value, digit| value * 8 + u32::from(digit - b'0'));
                // Three octal digits of a byte: the kernel writes none above 377.
                bytes.push(value.to_le_bytes()[0]);
                rest = &after[3..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    PathBuf::from(OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests;
