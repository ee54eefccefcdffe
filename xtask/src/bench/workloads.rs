//! The measurements. Times in milliseconds unless the name says otherwise.

use super::events::Events;
use super::kubelets::Kubelet;
use super::{Contender, floor, leftovers, quantile};
use anyhow::Context;
use cri::v1::{ContainerEventType, ContainerState};
use cri::{Client, ContainerService};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Pods started and stopped one after another.
    pub serial: usize,
    /// Containers killed one after another.
    pub kills: usize,
    /// Pods at once.
    pub batch: usize,
    /// Length of the idle measurements.
    pub idle: Duration,
}

/// Measured values by name.
pub type Values = BTreeMap<&'static str, f64>;

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The bare client.
pub async fn floor(client: &Client, size: Size) -> anyhow::Result<Values> {
    let (mut starts, mut stops, mut restarts) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..size.serial {
        let started = floor::start(client, &format!("floor-{number}")).await?;
        starts.push(milliseconds(started.took));
        restarts.push(milliseconds(started.create_and_start));
        stops.push(milliseconds(floor::stop(client, &started).await?));
    }
    let mut walls = Vec::new();
    for parallel in [2, 4, 8] {
        walls.push(milliseconds(floor::batch(client, size.batch, parallel).await?));
    }
    let best = walls.into_iter().fold(f64::INFINITY, f64::min);
    Ok(Values::from([
        ("start p50", quantile(&mut starts, 0.5)),
        ("stop p50", quantile(&mut stops, 0.5)),
        ("create and start p50", quantile(&mut restarts, 0.5)),
        ("create and start p99", quantile(&mut restarts, 0.99)),
        ("batch wall", best),
    ]))
}

/// A kubelet, through all its workloads.
pub async fn kubelet(
    contender: Contender,
    program: &Path,
    base: &Path,
    client: &Client,
    size: Size,
) -> anyhow::Result<Values> {
    let mut values = Values::new();
    let mut events = Events::subscribe(client);
    let mut kubelet = Kubelet::start(contender, program, base).await?;
    // What a kubelet does in its first seconds is measured by nobody.
    tokio::time::sleep(Duration::from_secs(10)).await;
    let idle = idle(&kubelet, size.idle).await?;
    values.insert("idle CPU %, no pods", idle.0);
    values.insert("RSS MiB, no pods", idle.1);
    serial(&kubelet, &mut events, size, &mut values).await?;
    kills(&kubelet, &mut events, client, size, &mut values).await?;
    batch(&mut kubelet, &mut events, client, size, &mut values).await?;
    kubelet.end().await?;
    leftovers::clear(client, base).await?;
    let bytes = std::fs::metadata(program).context("the kubelet's binary is gone")?.len();
    values.insert("binary MB", bytes as f64 / 1e6);
    Ok(values)
}

async fn idle(kubelet: &Kubelet, length: Duration) -> anyhow::Result<(f64, f64)> {
    let (before, begun) = (kubelet.usage()?, Instant::now());
    tokio::time::sleep(length).await;
    let after = kubelet.usage()?;
    let share = (after.cpu_seconds - before.cpu_seconds) / begun.elapsed().as_secs_f64();
    Ok((share * 100.0, after.resident_mib))
}

async fn serial(
    kubelet: &Kubelet,
    events: &mut Events,
    size: Size,
    values: &mut Values,
) -> anyhow::Result<()> {
    let (mut starts, mut stops) = (Vec::new(), Vec::new());
    let before = kubelet.usage()?;
    for number in 0..size.serial {
        let name = format!("serial-{number}");
        events.drain();
        let added = kubelet.add(&name)?;
        starts.push(milliseconds(events.running(&name).await?.at - added));
        tokio::time::sleep(Duration::from_millis(300)).await;
        let removed = kubelet.remove(&name)?;
        stops.push(milliseconds(events.sandbox_stopped(&name).await?.at - removed));
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let used = kubelet.usage()?.cpu_seconds - before.cpu_seconds;
    values.insert("start p50", quantile(&mut starts, 0.5));
    values.insert("start p99", quantile(&mut starts, 0.99));
    values.insert("stop p50", quantile(&mut stops, 0.5));
    values.insert("CPU ms per start and stop, one by one", used * 1000.0 / size.serial as f64);
    Ok(())
}

async fn kills(
    kubelet: &Kubelet,
    events: &mut Events,
    client: &Client,
    size: Size,
    values: &mut Values,
) -> anyhow::Result<()> {
    let mut times = Vec::new();
    for number in 0..size.kills {
        let name = format!("kill-{number}");
        events.drain();
        kubelet.add(&name)?;
        let started = events.running(&name).await?;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let status = client.container_status(&started.id, true).await?;
        let pid =
            cri::info::container_pid(&status).context("the runtime does not tell a container's process")?;
        let pid = rustix::process::Pid::from_raw(pid.cast_signed()).context("0 is no process")?;
        let killed = Instant::now();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL)?;
        times.push(milliseconds(events.running(&name).await?.at - killed));
        kubelet.remove(&name)?;
        events.sandbox_stopped(&name).await?;
    }
    values.insert("killed to running p50", quantile(&mut times, 0.5));
    values.insert("killed to running p99", quantile(&mut times, 0.99));
    Ok(())
}

async fn batch(
    kubelet: &mut Kubelet,
    events: &mut Events,
    client: &Client,
    size: Size,
    values: &mut Values,
) -> anyhow::Result<()> {
    tokio::time::sleep(Duration::from_secs(3)).await;
    events.drain();
    let before = kubelet.usage()?;
    let mut begun = None;
    for number in 0..size.batch {
        let at = kubelet.add(&format!("batch-{number}"))?;
        begun.get_or_insert(at);
    }
    let begun = begun.context("a batch has at least one pod")?;
    let mut last = begun;
    for number in 0..size.batch {
        last = events.running("batch-").await?.at;
        if number == 0 {
            values.insert("batch first", milliseconds(last - begun));
        }
    }
    values.insert("batch wall", milliseconds(last - begun));
    let used = kubelet.usage()?.cpu_seconds - before.cpu_seconds;
    values.insert("CPU ms per start, batch", used * 1000.0 / size.batch as f64);

    tokio::time::sleep(Duration::from_secs(15)).await;
    let idle = idle(kubelet, size.idle).await?;
    values.insert("idle CPU %, batch", idle.0);
    values.insert("RSS MiB, batch", idle.1);

    let before = running(client).await?;
    kubelet.end().await?;
    kubelet.add("waiting")?;
    events.drain();
    let restarted = kubelet.restart().await?;
    values.insert("restart to waiting pod", milliseconds(events.running("waiting").await?.at - restarted));
    tokio::time::sleep(Duration::from_secs(5)).await;
    let after = running(client).await?;
    let touched = before.iter().filter(|id| !after.contains(id)).count();
    values.insert("containers touched by restart", touched as f64);

    events.drain();
    let removed = Instant::now();
    kubelet.remove("waiting")?;
    for number in 0..size.batch {
        kubelet.remove(&format!("batch-{number}"))?;
    }
    let mut last = removed;
    for _ in 0..=size.batch {
        let stopped = events.next(|happening| {
            happening.is_sandbox && happening.kind == ContainerEventType::ContainerStoppedEvent
        });
        last = stopped.await?.at;
    }
    values.insert("batch removed", milliseconds(last - removed));
    Ok(())
}

async fn running(client: &Client) -> anyhow::Result<Vec<String>> {
    let mut ids: Vec<String> = client
        .list_containers(None)
        .await?
        .into_iter()
        .filter(|container| container.state() == ContainerState::ContainerRunning)
        .map(|container| container.id)
        .collect();
    ids.sort();
    Ok(ids)
}

/// Where contenders keep their directories.
pub fn base() -> PathBuf {
    std::env::var_os("KUBELET_TEST_ROOT").map_or_else(|| PathBuf::from("/tmp"), PathBuf::from).join("bench")
}
