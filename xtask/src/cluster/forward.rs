//! From a port of the machine to the API server in the box, so that kubectl works on the machine as well.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{PidfdFlags, pidfd_open};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tokio::io::copy_bidirectional;
use tokio::net::TcpStream;

use super::API_PORT;
use super::outside::Cluster;
use crate::node::containerd::open_log;
use crate::node::sandboxed::NODE_ADDRESS;
use crate::steps;

/// How long the forwarder may take to listen.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// Starts the forwarder of a cluster in the background; returns its process id once the kubeconfig is there.
///
/// # Errors
/// When it does not start.
pub fn spawn(name: &str, log: &Path) -> anyhow::Result<u32> {
    let output = open_log(log)?;
    let own = std::env::current_exe().context("the path of this program is not known")?;
    let mut process = steps::daemon(&own)
        .args(["cluster", "forward", "--name", name])
        .stdin(Stdio::null())
        .stdout(output.try_clone().context("the log's descriptor cannot be copied")?)
        .stderr(output)
        .spawn()
        .context("the forwarder cannot be started")?;
    let start = Instant::now();
    while !Cluster::called(name).kubeconfig().exists() {
        if process.try_wait().context("the forwarder cannot be waited for")?.is_some()
            || start.elapsed() > START_TIMEOUT
        {
            bail!("the forwarder does not start\n{}", steps::tail(log, 5));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(process.id())
}

/// Forwards until the box ends. Must run on a process's only thread: it moves into the box's network.
///
/// # Errors
/// When the cluster does not run, or no port is free.
pub fn run(cluster: &Cluster) -> anyhow::Result<()> {
    let init = cluster.box_init()?;
    let end = pidfd_open(init, PidfdFlags::empty()).context("the box has ended")?;
    // The listener stays in the machine's network, whatever happens to the thread afterwards.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no loopback port is free")?;
    listener.set_nonblocking(true).context("the listener cannot be used")?;
    let port = listener.local_addr().context("the loopback port is not known")?.port();
    let network = format!("/proc/{}/ns/net", init.as_raw_nonzero());
    let network = File::open(&network).with_context(|| format!("{network} cannot be opened"))?;
    cluster.write_kubeconfig(&format!("https://127.0.0.1:{port}"))?;
    move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network))
        .context("the box's network cannot be entered")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut ended = tokio::task::spawn_blocking(move || {
            poll(&mut [PollFd::new(&end, PollFlags::IN)], None).context("the box cannot be watched")
        });
        let listener = tokio::net::TcpListener::from_std(listener).context("the listener cannot be used")?;
        loop {
            tokio::select! {
                biased;
                result = &mut ended => return result.context("nobody watches the box")?.map(drop),
                accepted = listener.accept() => {
                    let (mut here, _) = accepted.context("no connection can be accepted")?;
                    tokio::spawn(async move {
                        // Whoever asked sees the end of the connection.
                        if let Ok(mut there) = TcpStream::connect((NODE_ADDRESS, API_PORT)).await {
                            let _ = copy_bidirectional(&mut here, &mut there).await;
                        }
                    });
                }
            }
        }
    })
}
