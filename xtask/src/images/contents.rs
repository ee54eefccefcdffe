//! Which files make which image: the distribution's nginx with its libraries, its static busybox, a pause of our own.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::layer::{self, Layer};
use crate::{places, steps};

const PAUSE_SOURCE: &str = include_str!("pause.c");
const NGINX_CONFIGURATION: &str = include_str!("nginx.conf");
const PAGE: &str = "<!DOCTYPE html>\n<html>\n<head><title>Welcome to nginx!</title></head>\n<body>\n\
    <h1>Welcome to nginx!</h1>\n<p>This page comes from a pod.</p>\n</body>\n</html>\n";
const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\nnginx:x:101:101:nginx:/nonexistent:/bin/false\n\
    nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n";
const GROUP: &str = "root:x:0:\nnginx:x:101:\nnogroup:x:65534:\n";
/// Raised whenever the content below changes in a way that the hashed inputs do not show.
const RECIPE: &str = "1";

/// An image: layers, bottom first, and the `config` part of its configuration.
#[derive(Debug)]
pub struct Image {
    /// Its name in the layout, for example `nginx`.
    pub name: &'static str,
    /// Its layers.
    pub layers: Vec<Layer>,
    /// Entry point, command, environment, stop signal: the OCI image configuration's `config` object.
    pub config: Value,
}

/// What the images are made of, as one text: when it is the same, the images are.
///
/// # Errors
/// When one of the programs is not installed.
pub fn recipe() -> anyhow::Result<String> {
    let mut inputs = vec![RECIPE.to_owned(), layer::digest(PAUSE_SOURCE.as_bytes())];
    inputs.extend([NGINX_CONFIGURATION, PAGE, PASSWD, GROUP].map(|text| layer::digest(text.as_bytes())));
    for program in [nginx()?, busybox()?] {
        inputs.push(layer::file_digest(&program)?);
    }
    inputs.extend(super::REFERENCES.map(|reference| format!("{reference:?}")));
    Ok(layer::digest(inputs.join("\n").as_bytes()))
}

/// All images.
///
/// # Errors
/// When a program is not installed, or pause cannot be compiled.
pub fn images() -> anyhow::Result<Vec<Image>> {
    let base = busybox_layer()?;
    let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    Ok(vec![
        Image {
            name: "nginx",
            layers: vec![base.clone(), nginx_layer()?],
            config: json!({
                "Env": [path],
                "Entrypoint": ["/usr/sbin/nginx"],
                "Cmd": ["-g", "daemon off;"],
                "ExposedPorts": { "80/tcp": {} },
                "StopSignal": "SIGQUIT",
            }),
        },
        Image { name: "busybox", layers: vec![base], config: json!({ "Env": [path], "Cmd": ["sh"] }) },
        Image {
            name: "pause",
            layers: vec![pause_layer()?],
            config: json!({ "Entrypoint": ["/pause"], "User": "65535:65535", "WorkingDir": "/" }),
        },
    ])
}

fn nginx() -> anyhow::Result<PathBuf> {
    places::find_program("nginx").context("nginx is not installed: run `cargo xtask setup`")
}

fn busybox() -> anyhow::Result<PathBuf> {
    places::find_program("busybox").context("busybox is not installed: run `cargo xtask setup`")
}

fn busybox_layer() -> anyhow::Result<Layer> {
    let program = busybox()?;
    let applets = steps::output(Command::new(&program).arg("--list"))?;
    if !applets.lines().any(|applet| applet == "sh") {
        bail!("{} has no shell: install the package busybox-static", program.display());
    }
    let mut layer = with_program(Layer::new(), &program, "bin/busybox")?
        .file("etc/passwd", 0o644, PASSWD)
        .file("etc/group", 0o644, GROUP)
        .directory("root", 0o700)
        .directory("run", 0o755)
        .directory("tmp", 0o1777)
        .directory("var/log", 0o755)
        .link("usr/bin/env", "../../bin/busybox");
    for applet in applets.lines().filter(|applet| *applet != "busybox") {
        layer = layer.link(&format!("bin/{applet}"), "busybox");
    }
    Ok(layer)
}

fn nginx_layer() -> anyhow::Result<Layer> {
    let program = nginx()?;
    Ok(with_program(Layer::new(), &program, "usr/sbin/nginx")?
        .file("etc/nginx/nginx.conf", 0o644, NGINX_CONFIGURATION)
        .copy(Path::new("/etc/nginx/mime.types"), "etc/nginx/mime.types", 0o644)?
        .file("usr/share/nginx/html/index.html", 0o644, PAGE)
        .directory("usr/share/nginx/modules", 0o755)
        .directory("var/lib/nginx", 0o755)
        .directory("var/log/nginx", 0o755))
}

/// Adds a program and, unless it is static, the libraries that it is linked with.
fn with_program(layer: Layer, program: &Path, path: &str) -> anyhow::Result<Layer> {
    let layer = layer.copy(program, path, 0o755)?;
    // ldd fails on a static program.
    let told = steps::output(Command::new("ldd").arg(program)).unwrap_or_default();
    libraries(&told)
        .into_iter()
        .try_fold(layer, |layer, library| layer.copy(&library, &library.display().to_string(), 0o755))
}

/// The files in the output of `ldd`: those after `=>`, and the loader on a line of its own.
fn libraries(told: &str) -> BTreeSet<PathBuf> {
    told.lines()
        .filter_map(|line| {
            let line = line.split_once("=>").map_or(line, |(_, path)| path).trim();
            let path = line.split(" (").next()?.trim();
            path.starts_with('/').then(|| PathBuf::from(path))
        })
        .collect()
}

fn pause_layer() -> anyhow::Result<Layer> {
    let directory = tempfile::tempdir().context("no temporary directory can be made")?;
    let (source, program) = (directory.path().join("pause.c"), directory.path().join("pause"));
    fs::write(&source, PAUSE_SOURCE).with_context(|| format!("{} cannot be written", source.display()))?;
    steps::output(
        Command::new("cc")
            .args(["-Os", "-static", "-s", "-Wall", "-Werror", "-o"])
            .arg(&program)
            .arg(&source),
    )
    .context("pause cannot be compiled (packages gcc and libc6-dev)")?;
    Layer::new().copy(&program, "pause", 0o755)
}

#[cfg(test)]
mod tests;
