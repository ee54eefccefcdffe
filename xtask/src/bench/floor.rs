//! The least time that a pod can take on this runtime.

use anyhow::Context;
use cri::v1::{
    ContainerConfig, ContainerMetadata, ImageSpec, LinuxPodSandboxConfig, PodSandboxConfig,
    PodSandboxMetadata,
};
use cri::{Client, ContainerService, ImageService, SandboxService};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// The image of every benchmark's container: it obeys SIGTERM at once.
pub const IMAGE: &str = "registry.k8s.io/pause:3.10";

/// A pod started by the bare client.
#[derive(Clone, Debug)]
pub struct Started {
    /// Its sandbox.
    pub sandbox: String,
    /// Its container.
    pub container: String,
    /// The whole chain.
    pub took: Duration,
    /// Create and start alone.
    pub create_and_start: Duration,
}

/// Pulls the image once, so that no measurement contains a pull.
pub async fn prepare(client: &Client) -> anyhow::Result<()> {
    let image = ImageSpec { image: IMAGE.to_owned(), ..ImageSpec::default() };
    client.pull_image(image, None, None).await.context("the benchmark's image cannot be pulled")?;
    Ok(())
}

/// Run sandbox, create, start.
pub async fn start(client: &Client, name: &str) -> anyhow::Result<Started> {
    let begun = Instant::now();
    let config = PodSandboxConfig {
        metadata: Some(PodSandboxMetadata {
            name: name.to_owned(),
            uid: name.to_owned(),
            namespace: "default".to_owned(),
            attempt: 0,
        }),
        hostname: name.to_owned(),
        log_directory: format!("/var/log/pods/default_{name}_{name}"),
        linux: Some(LinuxPodSandboxConfig {
            cgroup_parent: format!("/floor/{name}"),
            ..LinuxPodSandboxConfig::default()
        }),
        ..PodSandboxConfig::default()
    };
    let sandbox = client.run_pod_sandbox(config.clone(), "").await?;
    let created = Instant::now();
    let container = ContainerConfig {
        metadata: Some(ContainerMetadata { name: "main".to_owned(), attempt: 0 }),
        image: Some(ImageSpec { image: IMAGE.to_owned(), ..ImageSpec::default() }),
        log_path: "main/0.log".to_owned(),
        ..ContainerConfig::default()
    };
    let container = client.create_container(&sandbox, container, config).await?;
    client.start_container(&container).await?;
    Ok(Started { sandbox, container, took: begun.elapsed(), create_and_start: created.elapsed() })
}

/// Stop container, stop sandbox; removal is not part of the time.
pub async fn stop(client: &Client, started: &Started) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    client.stop_container(&started.container, 30).await?;
    client.stop_pod_sandbox(&started.sandbox).await?;
    let took = begun.elapsed();
    client.remove_pod_sandbox(&started.sandbox).await?;
    Ok(took)
}

/// Starts `count` pods with at most `parallel` chains under way; the wall time, then everything is removed.
pub async fn batch(client: &Client, count: usize, parallel: usize) -> anyhow::Result<Duration> {
    let places = Arc::new(Semaphore::new(parallel));
    let begun = Instant::now();
    let chains = (0..count).map(|number| {
        let (client, places) = (client.clone(), places.clone());
        tokio::spawn(async move {
            let _place = places.acquire_owned().await?;
            start(&client, &format!("batch{parallel}-{number}")).await
        })
    });
    let mut started = Vec::new();
    for chain in chains.collect::<Vec<_>>() {
        started.push(chain.await??);
    }
    let wall = begun.elapsed();
    let places = Arc::new(Semaphore::new(4));
    let stops = started.into_iter().map(|started| {
        let (client, places) = (client.clone(), places.clone());
        tokio::spawn(async move {
            let _place = places.acquire_owned().await?;
            stop(&client, &started).await
        })
    });
    for stop in stops.collect::<Vec<_>>() {
        stop.await??;
    }
    Ok(wall)
}
