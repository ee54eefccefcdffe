//! Small real images of nginx, busybox and pause, for machines that reach no registry.
//!
//! ```text
//! contents   which files make which image, from the distribution's packages
//! layer      a layer: a reproducible tar file with its digests
//! layout     images as an OCI image layout on disk, kept by content
//! push       an image into a real registry through its HTTP API
//! ```

use std::net::SocketAddrV4;
use std::path::PathBuf;

use crate::{places, steps};

pub mod contents;
pub mod layer;
pub mod layout;
pub mod push;

/// Where an image goes in a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// The name of the image in [`contents`].
    pub image: &'static str,
    /// The repository below the registry's host.
    pub repository: &'static str,
    /// The tag.
    pub tag: &'static str,
}

/// Every name under which a node may ask for our images. The pause tags are the defaults of containerd 1.6 to 2.4, so
/// that a runtime that is already there finds its own sandbox image too.
pub const REFERENCES: [Reference; 8] = [
    Reference { image: "nginx", repository: "library/nginx", tag: "latest" },
    Reference { image: "busybox", repository: "library/busybox", tag: "latest" },
    Reference { image: "pause", repository: "pause", tag: "3.6" },
    Reference { image: "pause", repository: "pause", tag: "3.8" },
    Reference { image: "pause", repository: "pause", tag: "3.9" },
    Reference { image: "pause", repository: "pause", tag: "3.10" },
    Reference { image: "pause", repository: "pause", tag: "3.10.1" },
    Reference { image: "pause", repository: "pause", tag: "3.10.2" },
];

/// The directory of the OCI layout.
pub fn directory() -> PathBuf {
    places::cache().join("images")
}

/// Builds what is not there yet, and returns the layout's directory.
///
/// # Errors
/// When a program that an image is made of is not installed, or the layout cannot be written.
pub fn build_all() -> anyhow::Result<PathBuf> {
    let directory = directory();
    let recipe = contents::recipe()?;
    if layout::is_current(&directory, &recipe) {
        return Ok(directory);
    }
    steps::step("building the images nginx, busybox and pause", || {
        layout::write(&directory, &recipe, &contents::images()?)
    })?;
    Ok(directory)
}

/// Pushes every image of the layout to a registry on loopback.
///
/// # Errors
/// When the images cannot be built or the registry refuses one.
pub fn push_all(registry: SocketAddrV4) -> anyhow::Result<()> {
    let directory = build_all()?;
    for reference in REFERENCES {
        push::push(&directory, reference, registry)?;
    }
    Ok(())
}
