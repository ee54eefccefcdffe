//! Images as an OCI image layout on disk.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Value, json};

use super::REFERENCES;
use super::contents::Image;
use super::layer;

/// Media type of a manifest.
pub const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX_TYPE: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG_TYPE: &str = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
/// The annotation that names an image in a layout's index.
const NAME_ANNOTATION: &str = "org.opencontainers.image.ref.name";
/// The file that says from which recipe the layout was made.
const RECIPE_FILE: &str = "recipe";

/// Whether the layout was made, completely, from this recipe.
pub fn is_current(directory: &Path, recipe: &str) -> bool {
    fs::read_to_string(directory.join(RECIPE_FILE)).is_ok_and(|found| found == recipe)
}

/// Writes the images beside the layout, then puts them in its place: nobody ever sees half of it.
///
/// # Errors
/// When a file cannot be written.
pub fn write(directory: &Path, recipe: &str, images: &[Image]) -> anyhow::Result<()> {
    let fresh = directory.with_extension(format!("new-{}", std::process::id()));
    remove(&fresh)?;
    let blobs = fresh.join("blobs/sha256");
    fs::create_dir_all(&blobs).with_context(|| format!("{} cannot be made", blobs.display()))?;
    let mut manifests = Vec::new();
    for image in images {
        let descriptor = write_image(&fresh, image)?;
        for reference in REFERENCES.iter().filter(|reference| reference.image == image.name) {
            let mut named = descriptor.clone();
            named["annotations"] =
                json!({ NAME_ANNOTATION: format!("{}:{}", reference.repository, reference.tag) });
            manifests.push(named);
        }
    }
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": manifests });
    write_file(&fresh.join("index.json"), index.to_string().as_bytes())?;
    write_file(&fresh.join("oci-layout"), br#"{"imageLayoutVersion":"1.0.0"}"#)?;
    write_file(&fresh.join(RECIPE_FILE), recipe.as_bytes())?;
    remove(directory)?;
    fs::rename(&fresh, directory).with_context(|| format!("{} cannot be made", directory.display()))
}

/// The descriptor (media type, digest, size) of the manifest with this name, for example `library/nginx:latest`.
///
/// # Errors
/// When the layout cannot be read or has no such name.
pub fn find(directory: &Path, name: &str) -> anyhow::Result<Value> {
    let index: Value = read_json(&directory.join("index.json"))?;
    index["manifests"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|descriptor| descriptor["annotations"][NAME_ANNOTATION] == name)
        .cloned()
        .with_context(|| format!("{} has no image {name}", directory.display()))
}

/// The file of a blob.
///
/// # Errors
/// When the descriptor has no SHA-256 digest.
pub fn blob(directory: &Path, descriptor: &Value) -> anyhow::Result<PathBuf> {
    let digest = descriptor["digest"].as_str().and_then(|digest| digest.strip_prefix("sha256:"));
    let digest = digest.with_context(|| format!("{descriptor} has no SHA-256 digest"))?;
    Ok(directory.join("blobs/sha256").join(digest))
}

/// Reads a JSON file.
///
/// # Errors
/// When it cannot be read or is no JSON.
pub fn read_json(path: &Path) -> anyhow::Result<Value> {
    let text = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is no JSON", path.display()))
}

fn write_image(directory: &Path, image: &Image) -> anyhow::Result<Value> {
    let mut layers = Vec::new();
    let mut diff_ids = Vec::new();
    for layer in &image.layers {
        let packed = layer.pack()?;
        layers.push(write_blob(directory, LAYER_TYPE, &packed.bytes)?);
        diff_ids.push(packed.diff_id);
    }
    let configuration = json!({
        "architecture": architecture(),
        "os": "linux",
        "config": image.config,
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
    });
    let configuration = write_blob(directory, CONFIG_TYPE, configuration.to_string().as_bytes())?;
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": configuration,
        "layers": layers,
    });
    write_blob(directory, MANIFEST_TYPE, manifest.to_string().as_bytes())
}

fn write_blob(directory: &Path, media_type: &str, bytes: &[u8]) -> anyhow::Result<Value> {
    let descriptor = json!({ "mediaType": media_type, "digest": layer::digest(bytes), "size": bytes.len() });
    write_file(&blob(directory, &descriptor)?, bytes)?;
    Ok(descriptor)
}

fn write_file(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    fs::write(path, bytes).with_context(|| format!("{} cannot be written", path.display()))
}

fn remove(directory: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(directory) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| format!("{} cannot be removed", directory.display())),
    }
}

/// This machine's architecture in Go's words.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}
