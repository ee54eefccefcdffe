//! A kubelet under measurement.

use super::Contender;
use super::floor::IMAGE;
use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

/// A running kubelet and its manifest directory.
#[derive(Debug)]
pub struct Kubelet {
    process: Child,
    program: PathBuf,
    place: PathBuf,
    manifests: PathBuf,
}

/// What a process has used and holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// User and system time, in seconds.
    pub cpu_seconds: f64,
    /// Resident memory, in MiB.
    pub resident_mib: f64,
}

impl Usage {
    /// What a process has used so far.
    ///
    /// # Errors
    /// When it has ended.
    pub fn of(pid: u32) -> anyhow::Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        let fields: Vec<&str> =
            stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
        let ticks =
            |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
        let per_second = rustix::param::clock_ticks_per_second() as f64;
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = resident.and_then(|text| text.trim().trim_end_matches(" kB").trim().parse::<f64>().ok());
        Ok(Self {
            cpu_seconds: (ticks(11) + ticks(12)) / per_second,
            resident_mib: kib.unwrap_or(0.0) / 1024.0,
        })
    }
}

impl Kubelet {
    /// Starts it with directories of its own below `base`; returns when it is healthy.
    pub async fn start(contender: Contender, program: &Path, base: &Path) -> anyhow::Result<Self> {
        let place = base.join(contender.name());
        let manifests = place.join("manifests");
        fs::create_dir_all(&manifests)?;
        let endpoint =
            std::env::var("KUBELET_TEST_CRI").context("KUBELET_TEST_CRI is not set: not in a box")?;
        let configuration = json!({
            "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
            "staticPodPath": manifests, "containerRuntimeEndpoint": endpoint, "failCgroupV1": false,
            "cgroupDriver": "cgroupfs", "failSwapOn": false, "authentication": {"anonymous": {"enabled": true}, "webhook": {"enabled": false}},
            "authorization": {"mode": "AlwaysAllow"}, "maxPods": 250, "enableControllerAttachDetach": false,
        });
        fs::write(place.join("config.json"), configuration.to_string())?;
        let process = spawn(program, &place)?;
        let kubelet = Self { process, program: program.to_owned(), place, manifests };
        kubelet.healthy().await?;
        Ok(kubelet)
    }

    async fn healthy(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if tokio::net::TcpStream::connect(("127.0.0.1", 10248)).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!(
            "{} does not become healthy; its log is {}",
            self.program.display(),
            self.place.join("log").display()
        )
    }

    /// Puts a pod's manifest into place in one step; the moment of the rename.
    pub fn add(&self, name: &str) -> anyhow::Result<Instant> {
        let manifest = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
            "spec": {"containers": [{"name": "main", "image": IMAGE, "imagePullPolicy": "IfNotPresent"}]},
        });
        let hidden = self.manifests.join(format!(".{name}"));
        fs::write(&hidden, manifest.to_string())?;
        let at = Instant::now();
        fs::rename(hidden, self.manifests.join(format!("{name}.json")))?;
        Ok(at)
    }

    /// Removes a manifest; the moment of it.
    pub fn remove(&self, name: &str) -> anyhow::Result<Instant> {
        let at = Instant::now();
        fs::remove_file(self.manifests.join(format!("{name}.json")))?;
        Ok(at)
    }

    /// What it has used so far.
    pub fn usage(&self) -> anyhow::Result<Usage> {
        Usage::of(self.process.id().context("the kubelet has ended")?)
    }

    /// Ends it and starts it again; pods go on.
    pub async fn restart(&mut self) -> anyhow::Result<Instant> {
        self.end().await?;
        self.process = spawn(&self.program, &self.place)?;
        Ok(Instant::now())
    }

    /// Ends it; pods go on.
    pub async fn end(&mut self) -> anyhow::Result<()> {
        if let Some(pid) = self.process.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
            kill_process(pid, Signal::TERM)?;
        }
        if tokio::time::timeout(Duration::from_secs(15), self.process.wait()).await.is_err() {
            self.process.kill().await?;
        }
        Ok(())
    }
}

fn spawn(program: &Path, place: &Path) -> anyhow::Result<Child> {
    let log = fs::File::options().create(true).append(true).open(place.join("log"))?;
    Command::new(program)
        .arg("--config")
        .arg(place.join("config.json"))
        .arg("--root-dir")
        .arg(place.join("root"))
        .args(["--hostname-override", "bench"])
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{} cannot be started", program.display()))
}
