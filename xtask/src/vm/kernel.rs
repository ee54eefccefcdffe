//! The guest's kernel: the distribution's, for clouds, small and with everything we need built in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::{places, steps};

/// The package that always depends on the newest one.
const META_PACKAGE: &str = "linux-image-cloud-amd64";

/// The kernel's image, downloaded unless that was done before. Nothing is installed.
///
/// # Errors
/// When there is no apt-get, or the package cannot be had.
pub fn image() -> anyhow::Result<PathBuf> {
    let directory = places::cache().join("vm");
    fs::create_dir_all(&directory).with_context(|| format!("{} cannot be made", directory.display()))?;
    if let Some(image) = newest_image(&directory) {
        return Ok(image);
    }
    steps::step("downloading a kernel for the virtual machine", || download(&directory))?;
    newest_image(&directory).context("the kernel's package has no boot/vmlinuz")
}

fn newest_image(directory: &Path) -> Option<PathBuf> {
    let boot = fs::read_dir(directory.join("kernel/boot")).ok()?;
    let mut images: Vec<PathBuf> = boot
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("vmlinuz-")))
        .collect();
    images.sort();
    images.pop()
}

fn download(directory: &Path) -> anyhow::Result<()> {
    if places::find_program("apt-get").is_none() {
        bail!("this machine has no apt-get, which the kernel comes with");
    }
    let package = match package() {
        Ok(package) => package,
        // The lists of packages may be missing, or too old.
        Err(_) => {
            steps::output(Command::new("apt-get").args(["--yes", "--quiet", "update"]))?;
            package()?
        }
    };
    let fresh = directory.join(format!("kernel.new-{}", std::process::id()));
    let _ = fs::remove_dir_all(&fresh);
    fs::create_dir_all(&fresh).with_context(|| format!("{} cannot be made", fresh.display()))?;
    steps::output(
        Command::new("apt-get")
            .args(["--quiet", "-o", "APT::Sandbox::User=root", "download", &package])
            .current_dir(&fresh),
    )?;
    let archive = fs::read_dir(&fresh)?.filter_map(Result::ok).map(|entry| entry.path()).next();
    let archive = archive.with_context(|| format!("{package} was not downloaded"))?;
    steps::output(Command::new("dpkg-deb").arg("--extract").arg(&archive).arg(&fresh))?;
    fs::remove_file(&archive)?;
    // The modules, most of it, are not needed.
    let _ = fs::remove_dir_all(fresh.join("lib"));
    let kernel = directory.join("kernel");
    let _ = fs::remove_dir_all(&kernel);
    fs::rename(&fresh, &kernel).with_context(|| format!("{} cannot be made", kernel.display()))
}

/// The package with the kernel itself.
fn package() -> anyhow::Result<String> {
    let told = steps::output(Command::new("apt-cache").args(["depends", META_PACKAGE]))?;
    let depends = told.lines().find_map(|line| line.trim().strip_prefix("Depends: "));
    depends.map(str::to_owned).with_context(|| format!("no package named {META_PACKAGE} is known"))
}
