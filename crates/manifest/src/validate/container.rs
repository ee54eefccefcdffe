//! Containers: app containers, init containers and sidecars.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{
    Container, ContainerPort, ContainerResizePolicy, ContainerRestartRule, PodSpec,
};

use super::errors::{Errors, Value};
use super::mounts::{self, Volumes};
use super::probes::{self, PodFacts};
use super::{env, formats, resources, security, text};
use crate::containers;
use crate::path::Path;

/// The most rules for restarting, and exit codes in one.
const MAX_RESTART_RULES: usize = 20;
const MAX_EXIT_CODES: usize = 255;

/// What the rules of containers need to know of the pod.
pub(super) struct Pod<'a> {
    /// Its volumes.
    pub(super) volumes: Volumes<'a>,
    /// Names of its resource claims.
    pub(super) claims: Vec<&'a str>,
    /// For probes and hooks.
    pub(super) facts: PodFacts<'a>,
    /// `spec.restartPolicy`.
    pub(super) restart_policy: &'a str,
    /// Whether the pod shares the node's user namespace.
    pub(super) host_users: bool,
}

/// The app containers.
pub(super) fn app(spec: &PodSpec, pod: &Pod<'_>, path: &Path<'_>, errors: &mut Errors<'_>) {
    if spec.containers.is_empty() {
        errors.required(path, "");
        return;
    }
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let mut host_ports = BTreeSet::new();
    for (index, container) in spec.containers.iter().enumerate() {
        let path = path.index(index);
        common(container, pod, &path, errors);
        if !names.insert(&container.name) {
            errors.duplicate(&path.child("name"), &container.name);
        }
        probes::all(container, pod.facts, &path, errors);
        restart_policy(container, &path, errors);
    }
    for (index, container) in spec.containers.iter().enumerate() {
        unique_host_ports(container, &mut host_ports, &path.index(index), errors);
    }
}

/// The init containers, sidecars among them.
pub(super) fn init(spec: &PodSpec, pod: &Pod<'_>, path: &Path<'_>, errors: &mut Errors<'_>) {
    let mut names: BTreeSet<&str> = spec.containers.iter().map(|container| container.name.as_str()).collect();
    for (index, container) in spec.init_containers.iter().flatten().enumerate() {
        let here = path.index(index);
        common(container, pod, &here, errors);
        restart_policy(container, &here, errors);
        if names.contains(container.name.as_str()) {
            errors.duplicate(&here.child("name"), &container.name);
        } else if !container.name.is_empty() {
            names.insert(&container.name);
        }
        // Init containers run one by one, so each has the ports for itself. Upstream reports all at the first place.
        unique_host_ports(container, &mut BTreeSet::new(), &path.index(0), errors);
        if types::pod::is_sidecar(container) {
            probes::all(container, pod.facts, &here, errors);
        } else {
            probes::none(container, &here, errors);
            let policies = here.child("resizePolicy");
            for (index, policy) in container.resize_policy.iter().flatten().enumerate() {
                if policy.restart_policy == "RestartContainer" {
                    let detail = "must not be set to 'RestartContainer' for non-sidecar initContainers";
                    let path = policies.index(index);
                    errors.invalid(&path.child("restartPolicy"), Value::Word("RestartContainer"), detail);
                }
            }
        }
    }
}

/// Ephemeral containers, which no new pod may have; what is wrong with them is told all the same.
pub(super) fn ephemeral(spec: &PodSpec, pod: &Pod<'_>, path: &Path<'_>, errors: &mut Errors<'_>) {
    let app = spec.init_containers.iter().flatten().chain(&spec.containers);
    let targets: BTreeSet<String> = app.map(|container| container.name.clone()).collect();
    let mut names = targets.clone();
    for (index, ephemeral) in spec.ephemeral_containers.iter().flatten().enumerate() {
        let here = path.index(index);
        let container = containers::common(ephemeral);
        common(&container, pod, &here, errors);
        image(&container, &here, errors);
        if !names.insert(container.name.clone()) {
            errors.duplicate(&here.child("name"), &container.name);
        }
        let target = text(&ephemeral.target_container_name);
        if !target.is_empty() && !targets.contains(target) {
            errors.not_found(&here.child("targetContainerName"), target, "");
        }
        not_ephemeral(&container, &here, errors);
    }
    if spec.ephemeral_containers.as_ref().is_some_and(|containers| !containers.is_empty()) {
        errors.forbidden(path, "cannot be set on create");
    }
}

fn not_ephemeral(container: &Container, path: &Path<'_>, errors: &mut Errors<'_>) {
    let detail = "cannot be set for an Ephemeral Container";
    let resources = container.resources.as_ref().filter(|resources| **resources != Default::default());
    let fields = [
        ("ports", container.ports.is_some()),
        ("resources", resources.is_some()),
        ("resizePolicy", container.resize_policy.is_some()),
        ("restartPolicy", container.restart_policy.is_some()),
        ("restartPolicyRules", container.restart_policy_rules.is_some()),
        ("livenessProbe", container.liveness_probe.is_some()),
        ("readinessProbe", container.readiness_probe.is_some()),
        ("startupProbe", container.startup_probe.is_some()),
        ("lifecycle", container.lifecycle.is_some()),
    ];
    for (field, _) in fields.into_iter().filter(|(_, is_set)| *is_set) {
        errors.forbidden(&path.child(field), detail);
    }
    let mounts = path.child("volumeMounts");
    for (index, mount) in container.volume_mounts.iter().flatten().enumerate() {
        let path = mounts.index(index);
        for (field, value) in [("subPath", &mount.sub_path), ("subPathExpr", &mount.sub_path_expr)] {
            if !text(value).is_empty() {
                errors.forbidden(&path.child(field), detail);
            }
        }
    }
}

/// Only a pod's image is checked for white space around it; a template's is not.
pub(super) fn images(containers: &[Container], path: &Path<'_>, errors: &mut Errors<'_>) {
    for (index, container) in containers.iter().enumerate() {
        image(container, &path.index(index), errors);
    }
}

fn image(container: &Container, path: &Path<'_>, errors: &mut Errors<'_>) {
    let image = text(&container.image);
    if image.trim().len() != image.len() {
        errors.invalid(&path.child("image"), image, "must not have leading or trailing whitespace");
    }
}

fn common(container: &Container, pod: &Pod<'_>, path: &Path<'_>, errors: &mut Errors<'_>) {
    if container.name.is_empty() {
        errors.required(&path.child("name"), "");
    } else {
        errors.invalid_each(&path.child("name"), &container.name, &formats::dns_label(&container.name));
    }
    if text(&container.image).is_empty() {
        errors.required(&path.child("image"), "");
    }
    let policy = text(&container.termination_message_policy);
    errors.one_of(&path.child("terminationMessagePolicy"), policy, &["File", "FallbackToLogsOnError"]);
    ports(container.ports.as_deref().unwrap_or_default(), &path.child("ports"), errors);
    env::variables(container.env.as_deref().unwrap_or_default(), &path.child("env"), errors);
    env::sources(container.env_from.as_deref().unwrap_or_default(), &path.child("envFrom"), errors);
    mounts::all(container, &pod.volumes, path, errors);
    pull_policy(text(&container.image_pull_policy), &path.child("imagePullPolicy"), errors);
    resources::container(container.resources.as_ref(), &pod.claims, &path.child("resources"), errors);
    let resize = container.resize_policy.as_deref().unwrap_or_default();
    resize_policy(resize, pod, &path.child("resizePolicy"), errors);
    if let Some(context) = &container.security_context {
        security::container(context, pod.host_users, &path.child("securityContext"), errors);
    }
}

fn ports(ports: &[ContainerPort], path: &Path<'_>, errors: &mut Errors<'_>) {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        let here = path.index(index);
        let name = text(&port.name);
        if !name.is_empty() {
            let messages = formats::port_name(name);
            errors.invalid_each(&here.child("name"), name, &messages);
            if messages.is_empty() && !names.insert(name) {
                errors.duplicate(&here.child("name"), name);
            }
        }
        if port.container_port == 0 {
            errors.required(&here.child("containerPort"), "");
        } else if let Some(message) = formats::port_number(port.container_port) {
            errors.invalid(&here.child("containerPort"), port.container_port, &message);
        }
        let host_port = port.host_port.unwrap_or(0);
        if let Some(message) = formats::port_number(host_port).filter(|_| host_port != 0) {
            errors.invalid(&here.child("hostPort"), host_port, &message);
        }
        errors.one_of(&here.child("protocol"), text(&port.protocol), &["SCTP", "TCP", "UDP"]);
    }
}

fn unique_host_ports(
    container: &Container,
    seen: &mut BTreeSet<String>,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let ports = path.child("ports");
    for (index, port) in container.ports.iter().flatten().enumerate() {
        let host_port = port.host_port.unwrap_or(0);
        let key = format!("{}/{}/{host_port}", text(&port.protocol), text(&port.host_ip));
        if host_port != 0 && !seen.insert(key.clone()) {
            let path = ports.index(index);
            errors.duplicate(&path.child("hostPort"), &key);
        }
    }
}

/// When an image is pulled.
pub(super) fn pull_policy(policy: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    errors.one_of(path, policy, &["Always", "IfNotPresent", "Never"]);
}

fn resize_policy(
    policies: &[ContainerResizePolicy],
    pod: &Pod<'_>,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    for (index, policy) in policies.iter().enumerate() {
        let resource = policy.resource_name.as_str();
        if policies[..index].iter().any(|other| other.resource_name == resource) {
            errors.duplicate(&path.index(index), Value::Word(resource));
        }
        match resource {
            "" => errors.required(path, ""),
            _ => errors.one_of(path, resource, &["cpu", "memory"]),
        }
        match policy.restart_policy.as_str() {
            "" => errors.required(path, ""),
            restart => errors.one_of(path, restart, &["NotRequired", "RestartContainer"]),
        }
        if pod.restart_policy == "Never" && policy.restart_policy != "NotRequired" {
            let detail = "must be 'NotRequired' when pod `restartPolicy` is 'Never'";
            errors.invalid(path, Value::Word(&policy.restart_policy), detail);
        }
    }
}

/// The container's own restart policy, and rules by exit code.
fn restart_policy(container: &Container, path: &Path<'_>, errors: &mut Errors<'_>) {
    let rules = container.restart_policy_rules.as_deref().unwrap_or_default();
    match &container.restart_policy {
        Some(policy) => {
            errors.one_of(&path.child("restartPolicy"), policy, &["Always", "Never", "OnFailure"])
        }
        None if rules.is_empty() => return,
        None => {
            let detail = "must specify restartPolicy when restart rules are used";
            errors.required(&path.child("restartPolicy"), detail);
            if is_init(path) {
                return;
            }
        }
    }
    let rules_path = path.child("restartPolicyRules");
    if rules.len() > MAX_RESTART_RULES {
        errors.too_many(&rules_path, rules.len(), MAX_RESTART_RULES);
    }
    for (index, rule) in rules.iter().enumerate() {
        restart_rule(rule, &rules_path.index(index), errors);
    }
}

fn is_init(path: &Path<'_>) -> bool {
    path.steps().iter().any(|step| matches!(step, crate::path::Step::Field("initContainers")))
}

fn restart_rule(rule: &ContainerRestartRule, path: &Path<'_>, errors: &mut Errors<'_>) {
    errors.one_of(&path.child("action"), &rule.action, &["Restart", "RestartAllContainers"]);
    let codes_path = path.child("exitCodes");
    match &rule.exit_codes {
        Some(codes) => {
            errors.one_of(&codes_path.child("operator"), &codes.operator, &["In", "NotIn"]);
            let count = codes.values.as_ref().map_or(0, Vec::len);
            if count > MAX_EXIT_CODES {
                errors.too_many(&codes_path.child("values"), count, MAX_EXIT_CODES);
            }
        }
        None => errors.required(&codes_path, "must be specified"),
    }
}
