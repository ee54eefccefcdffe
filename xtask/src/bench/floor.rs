//! The least time that a pod can take on this runtime: the calls that every kubelet has to make, and nothing between them.
//!
//! What they ask for is what a kubelet has to ask for, as the golden files have it from upstream. It matters: the runtime's
//! default seccomp profile alone, which every sandbox has, takes a quarter of a sandbox's time.

use anyhow::Context;
use cri::v1::{
    ContainerConfig, ContainerMetadata, DnsConfig, ImageSpec, Int64Value, LinuxContainerConfig,
    LinuxContainerResources, LinuxContainerSecurityContext, LinuxPodSandboxConfig,
    LinuxSandboxSecurityContext, Mount, NamespaceMode, NamespaceOption, PodSandboxConfig, PodSandboxMetadata,
    SecurityProfile, security_profile::ProfileType,
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
    let config = sandbox_config(name);
    let sandbox = client.run_pod_sandbox(config.clone(), "").await?;
    let created = Instant::now();
    let container = client.create_container(&sandbox, container_config(), config).await?;
    client.start_container(&container).await?;
    Ok(Started { sandbox, container, took: begun.elapsed(), create_and_start: created.elapsed() })
}

fn sandbox_config(name: &str) -> PodSandboxConfig {
    PodSandboxConfig {
        metadata: Some(PodSandboxMetadata {
            name: name.to_owned(),
            uid: name.to_owned(),
            namespace: "default".to_owned(),
            attempt: 0,
        }),
        hostname: name.to_owned(),
        log_directory: format!("/var/log/pods/default_{name}_{name}"),
        dns_config: Some(DnsConfig {
            servers: vec!["10.96.0.10".to_owned()],
            searches: vec!["cluster.local".to_owned()],
            options: vec!["ndots:5".to_owned()],
        }),
        linux: Some(LinuxPodSandboxConfig {
            cgroup_parent: format!("/floor/{name}"),
            security_context: Some(LinuxSandboxSecurityContext {
                namespace_options: Some(namespaces()),
                seccomp: Some(SecurityProfile::default()),
                ..LinuxSandboxSecurityContext::default()
            }),
            resources: Some(resources()),
            ..LinuxPodSandboxConfig::default()
        }),
        ..PodSandboxConfig::default()
    }
}

/// A container that may do what a pod without a security context may, with two files mounted as each has.
fn container_config() -> ContainerConfig {
    let mount = |container_path: &str| Mount {
        container_path: container_path.to_owned(),
        host_path: "/etc/hosts".to_owned(),
        ..Mount::default()
    };
    let paths = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
    let security_context = LinuxContainerSecurityContext {
        namespace_options: Some(namespaces()),
        run_as_user: Some(Int64Value::default()),
        seccomp: Some(SecurityProfile {
            profile_type: ProfileType::Unconfined.into(),
            ..SecurityProfile::default()
        }),
        masked_paths: paths(&translate::MASKED_PATHS),
        readonly_paths: paths(&translate::READ_ONLY_PATHS),
        ..LinuxContainerSecurityContext::default()
    };
    ContainerConfig {
        metadata: Some(ContainerMetadata { name: "main".to_owned(), attempt: 0 }),
        image: Some(ImageSpec { image: IMAGE.to_owned(), ..ImageSpec::default() }),
        log_path: "main/0.log".to_owned(),
        mounts: vec![mount("/etc/hosts"), mount("/dev/termination-log")],
        linux: Some(LinuxContainerConfig {
            resources: Some(LinuxContainerResources { oom_score_adj: 1000, ..resources() }),
            security_context: Some(security_context),
        }),
        ..ContainerConfig::default()
    }
}

fn namespaces() -> NamespaceOption {
    NamespaceOption { pid: NamespaceMode::Container.into(), ..NamespaceOption::default() }
}

fn resources() -> LinuxContainerResources {
    LinuxContainerResources { cpu_period: 100_000, cpu_shares: 2, ..LinuxContainerResources::default() }
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
