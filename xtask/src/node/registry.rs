//! The distribution's registry server on loopback, so that pulls take the real path without a network.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::layout::Layout;
use crate::{places, steps};

/// The port that is taken when it is free.
const USUAL_PORT: u16 = 5000;
/// How long the server may take to answer.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// Who may pull from a private registry: name and password.
pub const PRIVATE_USER: (&str, &str) = ("somebody", "let-me-in");
/// The same in htpasswd's form.
const PRIVATE_PASSWORDS: &str = "somebody:$2b$04$s2X9NuDbn.GjFgspYCI8ZOggbmZ9n80iAPEneaJ7fqhDMCfvDozca\n";

/// A running registry server; ended by [`Registry::stop`], or by whoever ends its process.
#[derive(Debug)]
pub struct Registry {
    address: SocketAddrV4,
    process: Child,
}

impl Registry {
    /// Starts the server on a free loopback port and waits until it listens.
    ///
    /// # Errors
    /// When the program is not installed, or does not listen in time: the message ends with its last words.
    pub fn start(layout: &Layout) -> anyhow::Result<Self> {
        Self::start_called("registry", "", layout)
    }

    /// Starts a second server, which shows what the first one has to [`PRIVATE_USER`] alone.
    ///
    /// # Errors
    /// As for [`Self::start`].
    pub fn start_private(layout: &Layout) -> anyhow::Result<Self> {
        let passwords = layout.root().join("registry-passwords");
        fs::create_dir_all(layout.root())
            .and_then(|()| fs::write(&passwords, PRIVATE_PASSWORDS))
            .with_context(|| format!("{} cannot be written", passwords.display()))?;
        let authentication =
            format!("auth:\n  htpasswd:\n    realm: private\n    path: {}\n", passwords.display());
        Self::start_called("registry-private", &authentication, layout)
    }

    fn start_called(name: &str, authentication: &str, layout: &Layout) -> anyhow::Result<Self> {
        let Some(program) = places::find_program("docker-registry") else {
            bail!("docker-registry is not installed: run `cargo xtask setup`");
        };
        let address = free_address()?;
        let data = layout.registry_data();
        fs::create_dir_all(&data).with_context(|| format!("{} cannot be made", data.display()))?;
        let configuration = layout.root().join(format!("{name}.yaml"));
        let text = render(&data.display().to_string(), address) + authentication;
        fs::write(&configuration, text)
            .with_context(|| format!("{} cannot be written", configuration.display()))?;
        let log = layout.log(name);
        let output = super::containerd::open_log(&log)?;
        let mut process = steps::daemon(&program)
            .arg("serve")
            .arg(&configuration)
            .stdin(Stdio::null())
            .stdout(output.try_clone().context("the log's descriptor cannot be copied")?)
            .stderr(output)
            .spawn()
            .context("docker-registry cannot be started")?;
        let start = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Some(status) = process.try_wait().context("docker-registry cannot be waited for")? {
                bail!("docker-registry ended with {status}\n{}", steps::tail(&log, 10));
            }
            if start.elapsed() > START_TIMEOUT {
                process.kill().context("docker-registry cannot be ended")?;
                bail!("docker-registry does not listen on {address}\n{}", steps::tail(&log, 10));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Self { address, process })
    }

    /// Where it listens: plain HTTP.
    pub fn address(&self) -> SocketAddrV4 {
        self.address
    }

    /// The process id of the server.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Ends the server and waits for its end.
    ///
    /// # Errors
    /// When the process cannot be signalled or waited for.
    pub fn stop(mut self) -> anyhow::Result<()> {
        self.process.kill().context("docker-registry cannot be ended")?;
        self.process.wait().context("docker-registry cannot be waited for")?;
        Ok(())
    }
}

/// The usual port when nobody listens there, else one that the kernel picks.
fn free_address() -> anyhow::Result<SocketAddrV4> {
    let usual = SocketAddrV4::new(Ipv4Addr::LOCALHOST, USUAL_PORT);
    let listener = TcpListener::bind(usual)
        .or_else(|_| TcpListener::bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)))
        .context("no loopback port is free")?;
    match listener.local_addr().context("the loopback port is not known")? {
        SocketAddr::V4(address) => Ok(address),
        SocketAddr::V6(address) => bail!("{address} is no IPv4 address"),
    }
}

fn render(data: &str, address: SocketAddrV4) -> String {
    format!(
        "version: 0.1\nlog:\n  level: warn\n  accesslog:\n    disabled: true\nstorage:\n  filesystem:\n    rootdirectory: {data}\n  \
         delete:\n    enabled: true\nhttp:\n  addr: {address}\n"
    )
}
