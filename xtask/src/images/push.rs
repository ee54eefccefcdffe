//! Pushing an image to a registry on loopback: the few requests of the OCI distribution specification that it takes.

use std::fs;
use std::net::SocketAddrV4;
use std::path::Path;

use anyhow::Context;
use serde_json::Value;

use super::Reference;
use super::layout::{self, MANIFEST_TYPE};
use crate::http::{self, Answer, Request};

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

fn request(
    registry: SocketAddrV4,
    method: &str,
    target: &str,
    media_type: &str,
    body: &[u8],
) -> anyhow::Result<Answer> {
    let told = format!("{method} http://{registry}{target}");
    let connection = http::connect(registry.into()).with_context(|| told.clone())?;
    let request = Request { method, target, host: &registry.to_string(), media_type, body };
    http::request(connection, &request).with_context(|| told)
}
