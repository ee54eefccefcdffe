//! What is asked of the API server while the cluster starts.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::API_PORT;
use super::process::Record;
use crate::node::sandboxed::NODE_ADDRESS;
use crate::steps;

/// How long a part of the cluster may take to be ready, on a machine that is busy with something else.
const TIMEOUT: Duration = Duration::from_secs(120);
/// How often something is asked that tells nobody when it is ready.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// kubectl with a kubeconfig.
#[derive(Debug, Clone)]
pub struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
}

impl Kubectl {
    /// The control plane's own kubectl.
    pub fn new(programs: &Path, kubeconfig: PathBuf) -> Self {
        Self { program: programs.join("kubectl"), kubeconfig }
    }

    /// A command of kubectl, not yet started.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--kubeconfig").arg(&self.kubeconfig).args(words);
        command
    }

    /// Waits until the API server says that it is ready.
    ///
    /// # Errors
    /// When it ends or takes too long: the message ends with its last words.
    pub fn server_ready(&self, server: &Record) -> anyhow::Result<()> {
        until(server, || {
            // Asking takes a process: not before anybody listens.
            TcpStream::connect((NODE_ADDRESS, API_PORT)).is_ok()
                && steps::output(&mut self.command(&["get", "--raw", "/readyz"])).is_ok()
        })
    }

    /// Makes the objects of a text.
    ///
    /// # Errors
    /// When the API server refuses one.
    pub fn create(&self, objects: &str) -> anyhow::Result<()> {
        steps::output_with_input(&mut self.command(&["create", "-f", "-"]), objects)?;
        Ok(())
    }

    /// Waits for something that the API server tells: `words` as for `kubectl wait`.
    ///
    /// # Errors
    /// When it takes too long.
    pub fn wait(&self, words: &[&str]) -> anyhow::Result<()> {
        let timeout = format!("--timeout={}s", TIMEOUT.as_secs());
        steps::output(self.command(&["wait"]).args(words).arg(timeout))?;
        Ok(())
    }
}

/// Waits until `look` says yes.
///
/// # Errors
/// When the component ends or takes too long: the message ends with its last words.
pub fn until(component: &Record, mut look: impl FnMut() -> bool) -> anyhow::Result<()> {
    let start = Instant::now();
    while !look() {
        if !component.is_alive() {
            bail!("{} has ended\n{}", component.name, steps::tail(&component.log, 20));
        }
        if start.elapsed() > TIMEOUT {
            bail!("{} does not become ready\n{}", component.name, steps::tail(&component.log, 20));
        }
        std::thread::sleep(LOOK_INTERVAL);
    }
    Ok(())
}

/// Whether a GET of a health port is answered with success.
pub fn is_healthy(address: &str, target: &str) -> bool {
    let ask = || -> anyhow::Result<u16> {
        let connection = crate::http::connect(address.parse().context("no address")?)?;
        let request =
            crate::http::Request { method: "GET", target, host: address, media_type: "", body: &[] };
        Ok(crate::http::request(connection, &request)?.status)
    };
    ask().is_ok_and(|status| status == 200)
}
