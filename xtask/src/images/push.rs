//! Pushing an image to a registry on loopback: the few requests of the OCI distribution specification that it takes.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddrV4, TcpStream};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;

use super::Reference;
use super::layout::{self, MANIFEST_TYPE};

/// The longest that the registry may take to answer one request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest answer that is read.
const ANSWER_LIMIT: u64 = 1 << 20;

/// Pushes the image's blobs that the registry lacks, then its manifest under the tag.
///
/// # Errors
/// When the layout lacks the image, or the registry refuses a part of it.
pub fn push(directory: &Path, reference: Reference, registry: SocketAddrV4) -> anyhow::Result<()> {
    let Reference { repository, tag, .. } = reference;
    let descriptor = layout::find(directory, &format!("{repository}:{tag}"))?;
    let manifest_file = layout::blob(directory, &descriptor)?;
    let manifest = layout::read_json(&manifest_file)?;
    for blob in
        std::iter::once(&manifest["config"]).chain(manifest["layers"].as_array().into_iter().flatten())
    {
        push_blob(directory, repository, blob, registry)
            .with_context(|| format!("a blob of {repository}:{tag} cannot be pushed"))?;
    }
    let body = read(&manifest_file)?;
    let answer =
        request(registry, "PUT", &format!("/v2/{repository}/manifests/{tag}"), MANIFEST_TYPE, &body)?;
    answer.expect(201).with_context(|| format!("the registry refuses the manifest of {repository}:{tag}"))
}

fn push_blob(directory: &Path, repository: &str, blob: &Value, registry: SocketAddrV4) -> anyhow::Result<()> {
    let digest = blob["digest"].as_str().context("a blob has no digest")?;
    let there = request(registry, "HEAD", &format!("/v2/{repository}/blobs/{digest}"), "", &[])?;
    if there.status == 200 {
        return Ok(());
    }
    let upload = request(registry, "POST", &format!("/v2/{repository}/blobs/uploads/"), "", &[])?;
    upload.expect(202)?;
    let location = upload.header("location").context("the registry names no place for the upload")?;
    // The place may be told with or without the host.
    let path = location.strip_prefix(&format!("http://{registry}")).unwrap_or(location);
    let separator = if path.contains('?') { '&' } else { '?' };
    let body = read(&layout::blob(directory, blob)?)?;
    let target = format!("{path}{separator}digest={digest}");
    request(registry, "PUT", &target, "application/octet-stream", &body)?.expect(201)
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{} cannot be read", path.display()))
}

/// The answer to one request.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Answer {
    fn expect(&self, status: u16) -> anyhow::Result<()> {
        if self.status != status {
            bail!("the registry answers {} instead of {status}: {}", self.status, self.body.trim());
        }
        Ok(())
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    fn parse(text: &str) -> Option<Self> {
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Some(Self { status, headers, body: body.to_owned() })
    }
}

/// One request on a connection of its own, closed by the server. HTTP/1.0, so that no answer comes in chunks.
fn request(
    registry: SocketAddrV4,
    method: &str,
    target: &str,
    media_type: &str,
    body: &[u8],
) -> anyhow::Result<Answer> {
    let told = format!("{method} http://{registry}{target}");
    let mut connection = TcpStream::connect_timeout(&registry.into(), REQUEST_TIMEOUT)
        .with_context(|| format!("{told}: no connection"))?;
    connection.set_read_timeout(Some(REQUEST_TIMEOUT)).context("the connection takes no time-out")?;
    connection.set_write_timeout(Some(REQUEST_TIMEOUT)).context("the connection takes no time-out")?;
    let mut head =
        format!("{method} {target} HTTP/1.0\r\nHost: {registry}\r\nContent-Length: {}\r\n", body.len());
    if !media_type.is_empty() {
        head.push_str(&format!("Content-Type: {media_type}\r\n"));
    }
    head.push_str("\r\n");
    connection.write_all(head.as_bytes()).with_context(|| format!("{told}: the request is not taken"))?;
    connection.write_all(body).with_context(|| format!("{told}: the body is not taken"))?;
    let mut answer = Vec::new();
    connection.take(ANSWER_LIMIT).read_to_end(&mut answer).with_context(|| format!("{told}: no answer"))?;
    Answer::parse(&String::from_utf8_lossy(&answer)).with_context(|| format!("{told}: the answer is no HTTP"))
}

#[cfg(test)]
mod tests;
