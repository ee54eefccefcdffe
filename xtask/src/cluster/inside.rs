//! The order in which everything starts, within the box.
//!
//! ```text
//! registry, images, containerd ──────────────────────────────┐
//! etcd ─┐                                                    ├─▶ kubelet ─▶ node Ready
//! PKI ──┴─▶ API server ─▶ objects, controllers, scheduler ───┘
//!                         DNS, kube-proxy
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::thread;
use std::time::Instant;

use anyhow::{Context, anyhow};

use super::kubectl::{self, Kubectl};
use super::kubelet::{self, Choice};
use super::member::Member;
use super::process::Record;
use super::{PROCESSES, components, pki};
use crate::node::containerd::Mirror;
use crate::node::layout::Layout;
use crate::node::sandboxed::{ContainerdVersion, NODE_ADDRESS, NODE_VARIABLE, STATE, exit_code, start_parts};
use crate::{steps, tools};

/// The file in the box that is there once the cluster is up: the environment of the commands that run in it.
pub const ENVIRONMENT: &str = "/run/cluster/environment.json";
/// The objects that a control plane does not make by itself.
const OBJECTS: &str = include_str!("objects.yaml");

/// What a cluster is made of.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Which containerd its node has.
    pub containerd: ContainerdVersion,
    /// Its kubelet, built.
    pub kubelet: Choice,
    /// How many nodes it has.
    pub nodes: u8,
    /// What runs in it; without a command it stays until it is taken down.
    pub command: Vec<String>,
}

/// Starts the cluster, then runs the command, or stays.
///
/// # Errors
/// When a part does not start. The command's own failure is the exit code.
pub fn run(plan: &Plan) -> anyhow::Result<ExitCode> {
    let node = std::env::var_os(NODE_VARIABLE).context("this runs in a box: use `cargo xtask cluster`")?;
    let layout = Layout::new(PathBuf::from(node), STATE);
    let start = Instant::now();
    let environment = start_all(plan, &layout)?;
    let text = serde_json::to_string_pretty(&environment).context("the environment is no JSON")?;
    let ready = Path::new(ENVIRONMENT);
    fs::write(ready.with_extension("new"), text)
        .and_then(|()| fs::rename(ready.with_extension("new"), ready))
        .with_context(|| format!("{ENVIRONMENT} cannot be written"))?;
    steps::say(&format!("the cluster is up after {}", steps::duration(start.elapsed())));
    let Some((program, arguments)) = plan.command.split_first() else {
        loop {
            thread::park();
        }
    };
    let status = Command::new(program)
        .args(arguments)
        .envs(environment)
        .status()
        .with_context(|| format!("{program} cannot be started"))?;
    Ok(exit_code(status))
}

fn start_all(plan: &Plan, layout: &Layout) -> anyhow::Result<BTreeMap<String, String>> {
    let programs = tools::CONTROL_PLANE.build()?;
    fs::create_dir_all(PROCESSES).with_context(|| format!("{PROCESSES} cannot be made"))?;
    fs::create_dir_all(layout.root())
        .with_context(|| format!("{} cannot be made", layout.root().display()))?;
    filter_bridged_traffic();
    thread::scope(|scope| {
        let runtimes = scope.spawn(|| start_runtimes(plan, layout));
        let server = start_server(&programs, layout)?;
        let kubectl = Kubectl::new(&programs, pki::kubeconfig("super-admin.conf"));
        steps::step("waiting for the API server", || kubectl.server_ready(&server))?;
        steps::say("starting controllers, scheduler, kube-proxy and DNS");
        kubectl.create(OBJECTS)?;
        components::controller_manager(&programs).start(layout)?;
        components::scheduler(&programs).start(layout)?;
        let dns = components::dns(&tools::DNS.build()?, layout)?.start(layout)?;
        let proxy = components::proxy(&programs, layout)?.start(layout)?;
        let runtimes = runtimes.join().map_err(|_| anyhow!("the thread of the runtimes panicked"))??;
        if let Choice::Program(program) = &plan.kubelet {
            steps::step("waiting for the node", || {
                start_kubelets(program, &runtimes.endpoints, &programs, layout, &kubectl)
            })?;
            // It sets its rules for the node's address, which the kubelet tells.
            kubectl::until(&proxy, || kubectl::is_healthy(components::PROXY_HEALTH, "/healthz"))?;
        }
        kubectl.wait(&["--for=create", "serviceaccount/default"])?;
        kubectl::until(&dns, || kubectl::is_healthy(components::DNS_HEALTH, "/ready"))?;
        Ok(environment(plan, layout, &programs, runtimes.variables))
    })
}

/// etcd and the PKI side by side, then the API server.
fn start_server(programs: &Path, layout: &Layout) -> anyhow::Result<Record> {
    steps::say("starting etcd, making certificates");
    components::etcd(programs, layout).start(layout)?;
    pki::make(&programs.join("kubeadm"))?;
    components::api_server(programs, layout)?.start(layout)
}

/// The registries, and every node's containerd.
struct Runtimes {
    /// The variables that name the registry and the first node's containerd.
    variables: BTreeMap<String, String>,
    /// Each node with its containerd's endpoint.
    endpoints: Vec<(Member, String)>,
}

fn start_runtimes(plan: &Plan, layout: &Layout) -> anyhow::Result<Runtimes> {
    let (registry, containerd) = start_parts(layout, plan.containerd)?;
    let mut endpoints = vec![(Member::FIRST, containerd.endpoint())];
    for member in Member::all(plan.nodes).skip(1) {
        let mirror = Mirror { address: registry.address(), only: true };
        endpoints.push((member, member.start_runtime(plan.containerd, layout, mirror)?.endpoint()));
    }
    let variables = BTreeMap::from([
        ("KUBELET_TEST_CRI".to_owned(), containerd.endpoint()),
        ("KUBELET_TEST_CONTAINERD_PID".to_owned(), containerd.pid().to_string()),
        ("KUBELET_TEST_REGISTRY".to_owned(), registry.address().to_string()),
    ]);
    Ok(Runtimes { variables, endpoints })
}

/// Starts the kubelet of every node; returns when all nodes are ready.
fn start_kubelets(
    program: &Path,
    endpoints: &[(Member, String)],
    programs: &Path,
    layout: &Layout,
    kubectl: &Kubectl,
) -> anyhow::Result<()> {
    let mut started = Vec::new();
    for (member, endpoint) in endpoints {
        if *member != Member::FIRST {
            member.make_kubeconfig(&programs.join("kubeadm"))?;
        }
        started.push((member, kubelet::component(*member, program, endpoint)?.start(layout)?));
    }
    started.iter().try_for_each(|(member, kubelet)| node_ready(kubectl, **member, kubelet))
}

fn node_ready(kubectl: &Kubectl, member: Member, kubelet: &Record) -> anyhow::Result<()> {
    let node = format!("node/{}", member.name());
    kubectl
        .wait(&["--for=create", &node])
        .and_then(|()| kubectl.wait(&["--for=condition=Ready", &node]))
        .with_context(|| format!("the kubelet's last words:\n{}", steps::tail(&kubelet.log, 30)))
}

/// The variables of commands that run in the cluster.
fn environment(
    plan: &Plan,
    layout: &Layout,
    programs: &Path,
    runtime: BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut environment = runtime;
    environment.extend(
        [
            ("KUBECONFIG", pki::kubeconfig("admin.conf").display().to_string()),
            ("PATH", format!("{}:{path}", programs.display())),
            // For the contract of API servers, which the fake one passes too.
            ("KUBELET_TEST_KUBECONFIG", pki::kubeconfig("super-admin.conf").display().to_string()),
            ("KUBELET_TEST_CLUSTER", PROCESSES.to_owned()),
            ("KUBELET_TEST_CONTAINERD", plan.containerd.to_string()),
            ("KUBELET_TEST_LOGS", layout.root().join("log").display().to_string()),
            ("KUBELET_TEST_NODE", layout.root().display().to_string()),
            ("KUBELET_TEST_NODE_IP", NODE_ADDRESS.to_owned()),
            ("KUBELET_TEST_ROOT", kubelet::ROOT.to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    if let Choice::Program(program) = &plan.kubelet {
        environment.insert("KUBELET_BINARY".to_owned(), program.display().to_string());
    }
    environment
}

/// Lets iptables see what pods of one bridge say to each other: a Service's answer must pass it on the way back.
fn filter_bridged_traffic() {
    let setting = "/proc/sys/net/bridge/bridge-nf-call-iptables";
    if let Err(error) = fs::write(setting, "1") {
        steps::say(&format!("{setting} cannot be set, pods may not reach each other's Services: {error}"));
    }
}
