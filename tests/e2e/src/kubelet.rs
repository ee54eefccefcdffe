//! The kubelet's binary as a process.

use crate::environment::Environment;
use crate::harness::{last_lines, tail};
use crate::wait::{self, BOUND};
use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

/// The node's name in all tests.
pub const NODE_NAME: &str = "node-e2e";

/// A health port of its own for each kubelet, so that one that lingers is never taken for its successor.
static NEXT_HEALTH_PORT: AtomicU16 = AtomicU16::new(11_000);

/// How a kubelet is to be started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Its directory: configuration, log, root directory and manifests are in it.
    pub directory: PathBuf,
    /// Further lines of its configuration file.
    pub configuration: String,
    /// Further flags.
    pub flags: Vec<String>,
    /// Whether it reads `<directory>/manifests`.
    pub reads_manifests: bool,
    /// The runtime it uses, where it is not the box's.
    pub runtime_endpoint: Option<String>,
}

impl Options {
    /// A kubelet called `name` that reads manifests, with nothing special.
    pub fn new(environment: &Environment, name: &str) -> Self {
        Self {
            directory: environment.root.join(name),
            configuration: String::new(),
            flags: Vec::new(),
            reads_manifests: true,
            runtime_endpoint: None,
        }
    }

    /// With further lines in the configuration file.
    #[must_use]
    pub fn configured(mut self, lines: &str) -> Self {
        self.configuration.push_str(lines);
        self.configuration.push('\n');
        self
    }

    /// With a further flag.
    #[must_use]
    pub fn flag(mut self, flag: impl Into<String>) -> Self {
        self.flags.push(flag.into());
        self
    }

    /// Without a manifest directory.
    #[must_use]
    pub fn without_manifests(mut self) -> Self {
        self.reads_manifests = false;
        self
    }
}

/// A kubelet, running or not.
#[derive(Debug)]
pub struct Kubelet {
    environment: Environment,
    options: Options,
    health_port: u16,
    process: Option<Child>,
}

impl Kubelet {
    /// Writes its configuration and starts it.
    ///
    /// # Errors
    /// When its directory or the process cannot be made.
    pub fn start(environment: &Environment, options: Options) -> anyhow::Result<Self> {
        fs::create_dir_all(&options.directory)?;
        let mut kubelet = Self {
            environment: environment.clone(),
            options,
            health_port: NEXT_HEALTH_PORT.fetch_add(1, Ordering::Relaxed),
            process: None,
        };
        if kubelet.options.reads_manifests {
            fs::create_dir_all(kubelet.manifests())?;
        }
        kubelet.spawn()?;
        Ok(kubelet)
    }

    /// Starts the process (again).
    ///
    /// # Errors
    /// When the configuration cannot be written or the process not made.
    pub fn spawn(&mut self) -> anyhow::Result<()> {
        let configuration = self.options.directory.join("config.yaml");
        fs::write(&configuration, self.configuration())?;
        let log = File::options().create(true).append(true).open(self.log_file())?;
        let child = Command::new(&self.environment.binary)
            .arg(format!("--config={}", configuration.display()))
            .arg(format!("--root-dir={}", self.root_dir().display()))
            .arg(format!("--hostname-override={NODE_NAME}"))
            .arg(format!("--node-ip={}", self.environment.node_ip))
            .arg("--v=4")
            .args(&self.options.flags)
            .env("RUST_BACKTRACE", "1")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} cannot be started", self.environment.binary.display()))?;
        self.process = Some(child);
        Ok(())
    }

    fn configuration(&self) -> String {
        let endpoint = self.options.runtime_endpoint.as_ref().unwrap_or(&self.environment.runtime_endpoint);
        let mut text = format!(
            "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n\
             containerRuntimeEndpoint: {endpoint}\nhealthzPort: {}\nfailCgroupV1: false\ncgroupDriver: cgroupfs\n\
             failSwapOn: false\n",
            self.health_port
        );
        if self.options.reads_manifests {
            text.push_str(&format!("staticPodPath: {}\n", self.manifests().display()));
        }
        text.push_str(&self.options.configuration);
        text
    }

    /// `--root-dir`.
    pub fn root_dir(&self) -> PathBuf {
        self.options.directory.join("root")
    }

    /// The directory of manifests.
    pub fn manifests(&self) -> PathBuf {
        self.options.directory.join("manifests")
    }

    /// The file with everything it wrote, over all its restarts.
    pub fn log_file(&self) -> PathBuf {
        self.options.directory.join("kubelet.log")
    }

    /// Everything it wrote.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// The port of `/healthz`.
    pub fn health_port(&self) -> u16 {
        self.health_port
    }

    /// The process id while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().and_then(Child::id)
    }

    /// Waits until its local API answers.
    ///
    /// # Errors
    /// When it ended, or stays silent.
    pub async fn ready(&mut self) -> anyhow::Result<()> {
        let root_dir = self.root_dir();
        let log_file = self.log_file();
        let start = Instant::now();
        loop {
            let process = self.process.as_mut().context("the kubelet was not started")?;
            if let Some(status) = process.try_wait()? {
                bail!("the kubelet ended with {status}:\n{}", tail(&log_file, 30));
            }
            match crate::node::get(&root_dir, "/v1/pods").await {
                Ok(_) => return Ok(()),
                Err(error) if start.elapsed() > BOUND => return Err(error),
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// `kill -9`, and waits for the end.
    ///
    /// # Errors
    /// When it did not run.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        let mut process = self.process.take().context("the kubelet does not run")?;
        process.kill().await?;
        Ok(())
    }

    /// SIGTERM, and waits for the end. Gives the exit status and how long it took.
    ///
    /// # Errors
    /// When it did not run, or does not end.
    pub async fn terminate(&mut self) -> anyhow::Result<(ExitStatus, Duration)> {
        let mut process = self.process.take().context("the kubelet does not run")?;
        let id = process.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        let start = Instant::now();
        kill_process(id.context("the kubelet has ended already")?, Signal::TERM)?;
        let status =
            tokio::time::timeout(BOUND, process.wait()).await.context("SIGTERM did not end it")??;
        Ok((status, start.elapsed()))
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn ended(&mut self) -> anyhow::Result<ExitStatus> {
        let mut process = self.process.take().context("the kubelet does not run")?;
        Ok(tokio::time::timeout(BOUND, process.wait()).await.context("the kubelet does not end")??)
    }

    /// Runs `kubelet WORDS… --root-dir …` to its end.
    ///
    /// # Errors
    /// When it cannot be started or takes too long.
    pub async fn command(&self, words: &[&str]) -> anyhow::Result<Output> {
        let mut command = self.prepare(words);
        let output = tokio::time::timeout(BOUND, command.output());
        output.await.with_context(|| format!("kubelet {words:?} does not end"))?.context("kubelet command")
    }

    /// `kubelet WORDS… --root-dir …`, not yet started.
    pub fn prepare(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.environment.binary);
        command.args(words).arg("--root-dir").arg(self.root_dir()).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Waits until its log holds all of `words` in one line that was written after the first `from` bytes.
    ///
    /// # Errors
    /// When it does not.
    pub async fn logged(&self, from: usize, words: &[&str]) -> anyhow::Result<String> {
        let what = format!("a log line with {words:?}");
        wait::until(&what, BOUND, || async {
            let log = self.log();
            let new = log.get(from..).unwrap_or_default();
            let found = new.lines().find(|line| words.iter().all(|word| line.contains(word)));
            found.map(str::to_owned).ok_or_else(|| last_lines(new, 20))
        })
        .await
    }
}
