//! The container runtime: the one that is there and answers, else a private containerd.

use std::net::{TcpStream, ToSocketAddrs};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, bail};
use cri::StateService;
use serde_json::Value;

use super::{layout, network, processes};
use crate::node::cni::{self, Network};
use crate::node::containerd::{Containerd, Mirror, Programs, Settings};
use crate::node::registry::Registry;
use crate::setup::{self, Purpose, machine};
use crate::{images, places, steps};

/// Where runtimes usually listen, in upstream kubeadm's order.
const USUAL_ENDPOINTS: [&str; 3] =
    ["unix:///run/containerd/containerd.sock", "unix:///run/crio/crio.sock", "unix:///run/cri-dockerd.sock"];
/// How long a runtime may take to say who it is.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);
/// What a runtime must say of itself before pods can run.
const NEEDED_CONDITIONS: [&str; 2] = ["RuntimeReady", "NetworkReady"];
/// The registry that is asked whether the network is there.
const PUBLIC_REGISTRY: &str = "registry-1.docker.io";

/// Where the images come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Images {
    /// From docker.io when it can be reached, else built here.
    Auto,
    /// Built here and pulled from a registry on loopback.
    Local,
    /// From docker.io and registry.k8s.io.
    Public,
}

/// A runtime that answers.
#[derive(Debug, Clone)]
pub struct Runtime {
    /// Its CRI endpoint.
    pub endpoint: String,
    /// Its name and version, as it tells them.
    pub name: String,
    /// Whether it makes cgroups through systemd.
    pub systemd_cgroups: bool,
    /// Whether it is our private one.
    pub private: bool,
}

/// Finds a runtime or starts a private one, installing what that takes.
///
/// # Errors
/// When a private one is needed and cannot be installed or started.
pub async fn provide(private: bool, wanted: Images) -> anyhow::Result<Runtime> {
    let own = format!("unix://{}", layout().containerd_socket().display());
    if let Ok(runtime) = ask(&own, true).await {
        steps::say(&format!("using the private {} that runs already", runtime.name));
        return Ok(runtime);
    }
    if !private {
        for endpoint in USUAL_ENDPOINTS {
            if let Ok(runtime) = ask(endpoint, false).await {
                steps::say(&format!("using {} at {endpoint}", runtime.name));
                return Ok(runtime);
            }
        }
    }
    start_private(wanted)?;
    ask(&own, true).await.context("the private containerd does not answer")
}

/// Asks the runtime at an endpoint who it is, and whether it is ready to run pods.
async fn ask(endpoint: &str, private: bool) -> anyhow::Result<Runtime> {
    let client = cri::Client::connect(endpoint)?;
    let questions = async {
        let version = client.version().await?;
        let status = client.status(true).await?;
        let driver = client.runtime_config().await.ok();
        anyhow::Ok((version, status, driver))
    };
    let (version, status, driver) =
        tokio::time::timeout(ANSWER_TIMEOUT, questions).await.context("the runtime does not answer")??;
    for condition in status.status.iter().flat_map(|status| &status.conditions) {
        // Others, such as containerd's about deprecated settings, keep no pod from running.
        let matters = NEEDED_CONDITIONS.contains(&condition.r#type.as_str());
        anyhow::ensure!(condition.status || !matters, "{} says {}", condition.r#type, condition.message);
    }
    let told = driver.and_then(|config| config.linux).map(|linux| linux.cgroup_driver());
    let systemd_cgroups = match told {
        Some(driver) => driver == cri::v1::CgroupDriver::Systemd,
        None => status.info.get("config").is_some_and(|config| configured_for_systemd(config)),
    };
    Ok(Runtime {
        endpoint: endpoint.to_owned(),
        name: format!("{} {}", version.runtime_name, version.runtime_version),
        systemd_cgroups,
        private,
    })
}

/// What containerd 1.x, which has no RuntimeConfig call, shows of its configuration in a verbose status.
fn configured_for_systemd(config: &str) -> bool {
    let Ok(config) = serde_json::from_str::<Value>(config) else { return false };
    let containerd = &config["containerd"];
    let handler = containerd["defaultRuntimeName"].as_str().unwrap_or("runc");
    containerd["runtimes"][handler]["options"]["SystemdCgroup"] == true
}

fn start_private(wanted: Images) -> anyhow::Result<()> {
    let local = match wanted {
        Images::Local => true,
        Images::Public => false,
        Images::Auto => !reaches_public_registry(),
    };
    if machine::is_overlay(&super::root()) {
        bail!(
            "{} is on overlayfs, which cannot hold containers: mount a disk or a volume there",
            super::root().display()
        );
    }
    setup::install(if local { Purpose::Images } else { Purpose::Runtime })?;
    // What an earlier run left when it was killed.
    processes::stop(&processes::find("docker-registry"), Duration::from_secs(2));
    processes::stop(&processes::find("containerd"), Duration::from_secs(5));
    let layout = layout();
    let network =
        Network { bridge: super::BRIDGE.to_owned(), subnet: network::free_subnet()?, masquerade: true };
    if !layout.cni_configuration().exists() {
        cni::write(&network, &layout)?;
    }
    let mirror = if local {
        images::build_all()?;
        let registry =
            steps::step("starting a registry with local images of nginx, busybox and pause", || {
                let registry = Registry::start(&layout)?;
                images::push_all(registry.address())?;
                Ok(registry)
            })?;
        Some(Mirror { address: registry.address(), only: false })
    } else {
        None
    };
    steps::step("starting a private containerd", || {
        Containerd::start(&Programs::distribution()?, &layout, &Settings { mirror, systemd_cgroup: false })
    })?;
    Ok(())
}

/// Whether images can be pulled from docker.io. In CI nobody asks.
fn reaches_public_registry() -> bool {
    if std::env::var("CI").is_ok_and(|value| value == "true") {
        return false;
    }
    if let Some(curl) = places::find_program("curl") {
        return Command::new(curl)
            .args(["--silent", "--max-time", "5", "--output", "/dev/null"])
            .arg(format!("https://{PUBLIC_REGISTRY}/v2/"))
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
    }
    // Looking up a name may take longer than anybody waits: it gets a thread of its own.
    let (answer_tx, answer_rx) = mpsc::channel();
    std::thread::spawn(move || {
        let reached = (PUBLIC_REGISTRY, 443).to_socket_addrs().is_ok_and(|mut addresses| {
            addresses.any(|address| TcpStream::connect_timeout(&address, Duration::from_secs(3)).is_ok())
        });
        // Nobody listens any more when it took too long.
        let _ = answer_tx.send(reached);
    });
    answer_rx.recv_timeout(Duration::from_secs(5)).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cgroup_driver_of_containerd_1_is_in_its_configuration() {
        let check =
            |config: &str, expected: bool| assert_eq!(configured_for_systemd(config), expected, "{config}");
        let config = |value: &str| {
            format!(
                r#"{{"containerd":{{"defaultRuntimeName":"runc","runtimes":{{"runc":{{"options":{{"SystemdCgroup":{value}}}}}}}}}}}"#
            )
        };
        check(&config("true"), true);
        check(&config("false"), false);
        check("{}", false);
        check("no JSON", false);
    }
}
