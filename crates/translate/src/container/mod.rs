//! One container: `kuberuntime_container.go` and the parts of `kubelet_pods.go` that feed it.

mod ephemeral;
mod mounts;
mod stop_signal;

#[cfg(test)]
mod tests;

pub use ephemeral::ephemeral_as_container;
pub use mounts::mounts_hosts_file;

use crate::security::{
    ImageUser, SecurityInputs, UserNamespaceRange, container_security, verify_run_as_non_root,
};
use crate::{ConfigError, Environment, NodeFacts, annotations, expand, labels, paths, resources};
use cri::v1;
use k8s_openapi::api::core::v1::{Container, Pod};

/// What a container is made from, beside the node.
#[derive(Clone, Debug)]
pub struct ContainerInputs<'a> {
    /// The pod, defaulted and validated.
    pub pod: &'a Pod,
    /// The container, from the pod: an app or init container, or [`ephemeral_as_container`].
    pub container: &'a Container,
    /// For an ephemeral container with a target: the runtime's id of the container whose processes it shall see.
    pub target_container_id: Option<&'a str>,
    /// How often it was started before; also the number of its log file.
    pub restart_count: u32,
    /// What the runtime calls the pulled image, from `PullImage` or `ImageStatus`.
    pub image_ref: &'a str,
    /// Whom the image runs as.
    pub image_user: &'a ImageUser,
    /// Its variables, from [`crate::environment`].
    pub environment: &'a Environment,
    /// Mounts of its `volumeMounts`, in order.
    pub mounts: Vec<v1::Mount>,
    /// Devices of its `volumeDevices`.
    pub devices: Vec<v1::Device>,
    /// The pod's IPs; without any, a pod with a network of its own gets no hosts file.
    pub pod_ips: &'a [String],
    /// A random number, new for each start: names the file for the container's last words.
    pub termination_log_id: u32,
    /// The handler of the pod's RuntimeClass; empty for the default one.
    pub runtime_handler: &'a str,
    /// The ids set aside for a pod with `hostUsers: false`; ignored for others.
    pub user_namespace: Option<UserNamespaceRange>,
}

/// What to send, and what must exist on disk before.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerPlan {
    /// For `CreateContainer`.
    pub config: v1::ContainerConfig,
    /// Directory of the container's logs: mode 0755.
    pub log_directory: String,
    /// The hosts file it mounts: written anew with [`crate::etc_hosts`], mode 0644. `None` when it mounts none.
    pub hosts_file: Option<String>,
    /// The empty file for its last words: mode 0666 whatever the umask, in a directory of mode 0750. `None` for a
    /// container without `terminationMessagePath`.
    pub termination_log: Option<String>,
}

/// What `CreateContainer` is asked for (`generateContainerConfig`).
///
/// # Errors
/// When the container asks for what cannot be, upstream's `CreateContainerConfigError`: see [`ConfigError`].
pub fn container_config(
    inputs: ContainerInputs<'_>,
    facts: &NodeFacts,
) -> Result<ContainerPlan, ConfigError> {
    let (pod, container) = (inputs.pod, inputs.container);
    verify_run_as_non_root(pod, container, inputs.image_user)?;
    let linux = linux_config(&inputs, facts)?;
    let mounts = mounts::complete(&inputs, facts, &linux);

    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let expanded = |field: &Option<Vec<String>>| -> Vec<String> {
        let texts = field.iter().flatten();
        let value_of = |name: &str| inputs.environment.text(name).map(std::borrow::Cow::into_owned);
        texts.map(|text| expand(text, value_of)).collect()
    };
    let stop_signal = match facts.container_stop_signals {
        true => stop_signal::stop_signal(container),
        false => v1::Signal::RuntimeDefault,
    };
    let config = v1::ContainerConfig {
        metadata: Some(v1::ContainerMetadata { name: container.name.clone(), attempt: inputs.restart_count }),
        image: Some(v1::ImageSpec {
            image: inputs.image_ref.to_owned(),
            user_specified_image: text(&container.image),
            ..Default::default()
        }),
        command: expanded(&container.command),
        args: expanded(&container.args),
        working_dir: text(&container.working_dir),
        envs: inputs
            .environment
            .iter()
            .map(|(key, value)| v1::KeyValue { key: key.to_owned(), value: value.to_vec() })
            .collect(),
        mounts: mounts.all,
        labels: labels::of_container(pod, &container.name),
        annotations: annotations::of_container(pod, container, inputs.restart_count),
        log_path: paths::container_log_path(&container.name, inputs.restart_count),
        stdin: container.stdin.unwrap_or(false),
        stdin_once: container.stdin_once.unwrap_or(false),
        tty: container.tty.unwrap_or(false),
        stop_signal: stop_signal as i32,
        linux: Some(linux),
        devices: inputs.devices,
        ..Default::default()
    };
    let metadata = &pod.metadata;
    let pod_logs = paths::pod_log_directory(
        &facts.pod_logs_directory,
        metadata.namespace.as_deref().unwrap_or_default(),
        metadata.name.as_deref().unwrap_or_default(),
        metadata.uid.as_deref().unwrap_or_default(),
    );
    Ok(ContainerPlan {
        config,
        log_directory: paths::container_log_directory(&pod_logs, &container.name),
        hosts_file: mounts.hosts_file,
        termination_log: mounts.termination_log,
    })
}

/// `generateLinuxContainerConfig`.
fn linux_config(
    inputs: &ContainerInputs<'_>,
    facts: &NodeFacts,
) -> Result<v1::LinuxContainerConfig, ConfigError> {
    let mut security = container_security(
        &SecurityInputs {
            pod: inputs.pod,
            container: inputs.container,
            image_user: inputs.image_user,
            runtime_handler: inputs.runtime_handler,
            user_namespace: inputs.user_namespace.as_ref(),
        },
        facts,
    )?;
    if let Some(target) = inputs.target_container_id
        && let Some(namespaces) = &mut security.namespace_options
        && namespaces.pid == v1::NamespaceMode::Container as i32
    {
        namespaces.pid = v1::NamespaceMode::Target as i32;
        namespaces.target_id = target.to_owned();
    }
    Ok(v1::LinuxContainerConfig {
        resources: Some(resources::container_resources(inputs.pod, inputs.container, facts)),
        security_context: Some(security),
    })
}
