//! What there is to run, and what each part needs.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;
use serde_json::Value;

use crate::local::kubelet::target_directory;
use crate::node::sandboxed::ContainerdVersion;
use crate::setup::deny;
use crate::{places, steps};

/// One part of the tests: commands that run one after the other, until one fails.
#[derive(Debug)]
pub struct Part {
    /// How it is called in the table and on the command line.
    pub name: String,
    /// Its commands.
    pub commands: Vec<Command>,
    /// Why it cannot run here, with the cure.
    pub hindrance: Option<String>,
}

/// Every part. The stages run one after the other, the quick ones first; the parts of one stage run side by side: those
/// of the last mostly wait, each in a box of its own.
///
/// # Errors
/// When the workspace cannot be read.
pub fn stages() -> anyhow::Result<Vec<Vec<Part>>> {
    let packages = workspace_packages()?;
    let has = |name: &str| packages.iter().any(|package| package == name);
    let mut stages = vec![
        vec![part("format", vec![cargo(&["fmt", "--all", "--check"])])],
        vec![part(
            "lint",
            vec![cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])],
        )],
        vec![dependencies()],
        // The whole workspace, here and below: with another choice of packages Cargo would build other features again.
        vec![part("unit", vec![cargo(&["test", "--workspace", "--no-fail-fast"])])],
        vec![part("build", vec![cargo(&["build", "--release", "--package", "kubelet"])])],
        vec![tools()],
        vec![virtual_machine()],
    ];
    let mut boxed = Vec::new();
    if has("e2e") {
        boxed.extend([ContainerdVersion::Distribution, ContainerdVersion::Built].map(end_to_end));
    }
    if has("golden") {
        boxed.push(golden());
    }
    stages.push(boxed);
    if has("cluster") {
        // One after the other: a control plane fills a core by itself while many pods start.
        stages.push(vec![cluster(ContainerdVersion::Built, &[])]);
        stages.push(vec![cluster(ContainerdVersion::Distribution, &CLUSTER_WORDS)]);
    }
    Ok(stages)
}

fn part(name: &str, commands: Vec<Command>) -> Part {
    Part { name: name.to_owned(), commands, hindrance: None }
}

fn dependencies() -> Part {
    let program = deny::find().unwrap_or_else(|| PathBuf::from("cargo-deny"));
    let mut command = Command::new(program);
    command
        .current_dir(places::repository())
        .arg("--manifest-path")
        .arg(places::repository().join("Cargo.toml"))
        .args(["check", "--hide-inclusion-graph", "licenses", "bans", "sources"]);
    part("dependencies", vec![command])
}

/// The real parts of a test node, for the boxes that come next.
fn tools() -> Part {
    let mut command = own_program();
    command.args(["tools", "containerd", "runc", "cni", "control-plane", "dns"]);
    part("tools", vec![command])
}

/// What needs cgroup v2 and systemd, in a virtual machine. On its own: an emulated processor wants the real ones.
fn virtual_machine() -> Part {
    let mut command = own_program();
    command.arg("vm");
    let hindrance =
        (!cfg!(target_arch = "x86_64")).then(|| "the virtual machine is an x86-64 one".to_owned());
    Part { name: "vm".to_owned(), commands: vec![command], hindrance }
}

/// The end-to-end tests in a box, on the release binary; before them the cases that the fake runtime passes too.
fn end_to_end(version: ContainerdVersion) -> Part {
    let name = format!("e2e-{version}");
    let boxed = |test: &str| {
        let mut inside = own_program();
        inside
            .args(["node", "exec", "--containerd", &version.to_string(), "--logs"])
            .arg(logs().join(&name))
            .args(["--", "cargo", "test", "--offline", "--workspace", "--test", test])
            .env("KUBELET_BINARY", release_kubelet());
        inside
    };
    let build = cargo(&["test", "--workspace", "--test", "e2e", "--test", "contract", "--no-run"]);
    Part { commands: vec![build, boxed("contract"), boxed("e2e")], hindrance: needs_root(), name }
}

/// The cases that a cluster's older containerd is tried with: those that it could see differently.
const CLUSTER_WORDS: [&str; 3] = ["lifecycle", "images", "node"];

/// The end-to-end tests on upstream's control plane, and the contract of API servers, which the fake one passes too.
fn cluster(version: ContainerdVersion, words: &[&str]) -> Part {
    let name = format!("cluster-{version}");
    let boxed = |test: &str, nodes: &str, words: &[&str]| {
        let mut inside = own_program();
        inside
            .args(["cluster", "run", "--containerd", &version.to_string(), "--nodes", nodes, "--kubelet"])
            .arg(release_kubelet())
            .arg("--logs")
            .arg(logs().join(&name))
            .args(["--", "cargo", "test", "--offline", "--workspace", "--test", test, "--"])
            .args(words);
        inside
    };
    let mut commands =
        vec![cargo(&["test", "--workspace", "--test", "cluster", "--test", "contract", "--no-run"])];
    if words.is_empty() {
        commands.push(boxed("contract", "1", &["real_server"]));
    }
    commands.push(boxed("cluster", "2", words));
    Part { commands, hindrance: needs_root(), name }
}

/// The corpus that upstream's kubelet answered, asked again of ours, on the containerd that it was recorded on.
fn golden() -> Part {
    let mut replay = own_program();
    replay.args(["golden", "--keep"]).arg(logs().join("golden")).arg("--replay").arg(release_kubelet());
    Part { name: "golden".to_owned(), commands: vec![replay], hindrance: needs_root() }
}

/// This program, from the source tree's root.
fn own_program() -> Command {
    let own = std::env::current_exe().unwrap_or_else(|_| target_directory().join("debug/xtask"));
    let mut command = Command::new(own);
    command.current_dir(places::repository());
    command
}

/// Where the parts' output is kept.
pub fn logs() -> PathBuf {
    target_directory().join("test-logs")
}

fn release_kubelet() -> PathBuf {
    target_directory().join("release/kubelet")
}

fn needs_root() -> Option<String> {
    (!rustix::process::geteuid().is_root()).then(|| "it needs root: run ./test.sh with sudo".to_owned())
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(places::repository());
    command
}

/// The names of the workspace's packages.
fn workspace_packages() -> anyhow::Result<Vec<String>> {
    let told = steps::output(&mut cargo(&["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&told).context("cargo metadata is no JSON")?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    Ok(packages.filter_map(|package| package["name"].as_str().map(str::to_owned)).collect())
}

/// The file with a part's output.
pub fn log(name: &str) -> PathBuf {
    logs().join(format!("{name}.log"))
}
