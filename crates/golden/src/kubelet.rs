//! Starting and ending a kubelet, upstream's or ours, standalone. Both get the same flags and the same configuration.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tokio::process::{Child, Command};

use crate::place;

/// How long a kubelet may take to end after SIGTERM.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);
/// Kernel settings that a kubelet writes for the whole machine: they are put back at the end.
const SYSCTLS: [&str; 6] = [
    "/proc/sys/vm/overcommit_memory",
    "/proc/sys/vm/panic_on_oom",
    "/proc/sys/kernel/panic",
    "/proc/sys/kernel/panic_on_oops",
    "/proc/sys/kernel/keys/root_maxkeys",
    "/proc/sys/kernel/keys/root_maxbytes",
];

/// A running kubelet.
#[derive(Debug)]
pub struct Kubelet {
    process: Child,
    sysctls: Vec<(&'static str, String)>,
}

impl Kubelet {
    /// Writes the configuration and starts the program.
    ///
    /// # Errors
    /// When a file cannot be written or the program cannot be started.
    pub fn start(program: &Path) -> anyhow::Result<Self> {
        let sysctls =
            SYSCTLS.iter().filter_map(|path| Some((*path, std::fs::read_to_string(path).ok()?))).collect();
        std::fs::write(place::configuration(), configuration().to_string())
            .context("the kubelet's configuration cannot be written")?;
        // A second kubelet of a session goes on in the first one's log.
        let log = File::options().create(true).append(true).open(place::log());
        let log = log.context("the kubelet's log cannot be made")?;
        let process = Command::new(program)
            .arg("--config")
            .arg(place::configuration())
            .arg("--root-dir")
            .arg(place::root())
            .args(["--hostname-override", place::NODE_NAME])
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("the log's descriptor cannot be copied")?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} cannot be started", program.display()))?;
        Ok(Self { process, sysctls })
    }

    /// Whether the program still runs.
    ///
    /// # Errors
    /// When it has ended: the message ends with its last words.
    pub fn check(&mut self) -> anyhow::Result<()> {
        if let Some(status) = self.process.try_wait().context("the kubelet cannot be waited for")? {
            let log = std::fs::read_to_string(place::log()).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            bail!("the kubelet ended with {status}\n{}", lines[lines.len().saturating_sub(10)..].join("\n"));
        }
        Ok(())
    }

    /// Ends the program and puts the kernel settings back.
    ///
    /// # Errors
    /// When the program does not end, or a setting cannot be written.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        if let Some(pid) = self.process.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) {
            kill_process(pid, Signal::TERM).context("the kubelet cannot be signalled")?;
        }
        let ended = tokio::time::timeout(STOP_TIMEOUT, self.process.wait()).await;
        for (path, value) in &self.sysctls {
            if std::fs::read_to_string(path).is_ok_and(|now| now != *value) {
                std::fs::write(path, value)
                    .with_context(|| format!("{path} cannot be put back to {value}"))?;
            }
        }
        ended.context("the kubelet does not end")?.context("the kubelet cannot be waited for")?;
        Ok(())
    }
}

/// The configuration, which as JSON is YAML too.
fn configuration() -> serde_json::Value {
    let endpoint = format!("unix://{}", place::proxy_socket().display());
    json!({
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "staticPodPath": place::manifests(),
        "fileCheckFrequency": "2s",
        "containerRuntimeEndpoint": endpoint,
        "imageServiceEndpoint": endpoint,
        "cgroupDriver": "cgroupfs",
        "failCgroupV1": false,
        "failSwapOn": false,
        "resolvConf": place::resolv_conf(),
        "clusterDNS": ["10.96.0.10"],
        "clusterDomain": "cluster.local",
        "address": "127.0.0.1",
        "readOnlyPort": 10255,
        "authentication": {"anonymous": {"enabled": false}, "webhook": {"enabled": false}},
        "authorization": {"mode": "AlwaysAllow"},
        "maxPods": 500,
        "podPidsLimit": 4096,
        "registryPullQPS": 0,
        "serializeImagePulls": false,
        // The machine's disk may be as full as it likes.
        "evictionHard": {
            "memory.available": "100Mi", "nodefs.available": "0%", "nodefs.inodesFree": "0%",
            "imagefs.available": "0%", "imagefs.inodesFree": "0%",
        },
        "imageGCHighThresholdPercent": 100,
        "makeIPTablesUtilChains": false,
        "enableControllerAttachDetach": false,
        "volumePluginDir": place::root().join("volume-plugins"),
        "logging": {"format": "json", "verbosity": 4},
    })
}
