//! Walking over all containers of a pod, and an ephemeral container seen as an ordinary one.

use k8s_openapi::api::core::v1::{Container, EphemeralContainer, PodSpec};

use crate::path::Path;

/// The part of an ephemeral container that it shares with every container.
pub(crate) fn common(ephemeral: &EphemeralContainer) -> Container {
    take_common(&mut ephemeral.clone())
}

/// Moves the shared part out of an ephemeral container.
pub(crate) fn take_common(ephemeral: &mut EphemeralContainer) -> Container {
    Container {
        args: ephemeral.args.take(),
        command: ephemeral.command.take(),
        env: ephemeral.env.take(),
        env_from: ephemeral.env_from.take(),
        image: ephemeral.image.take(),
        image_pull_policy: ephemeral.image_pull_policy.take(),
        lifecycle: ephemeral.lifecycle.take(),
        liveness_probe: ephemeral.liveness_probe.take(),
        name: std::mem::take(&mut ephemeral.name),
        ports: ephemeral.ports.take(),
        readiness_probe: ephemeral.readiness_probe.take(),
        resize_policy: ephemeral.resize_policy.take(),
        resources: ephemeral.resources.take(),
        restart_policy: ephemeral.restart_policy.take(),
        restart_policy_rules: ephemeral.restart_policy_rules.take(),
        security_context: ephemeral.security_context.take(),
        startup_probe: ephemeral.startup_probe.take(),
        stdin: ephemeral.stdin.take(),
        stdin_once: ephemeral.stdin_once.take(),
        termination_message_path: ephemeral.termination_message_path.take(),
        termination_message_policy: ephemeral.termination_message_policy.take(),
        tty: ephemeral.tty.take(),
        volume_devices: ephemeral.volume_devices.take(),
        volume_mounts: ephemeral.volume_mounts.take(),
        working_dir: ephemeral.working_dir.take(),
    }
}

/// Puts the shared part back.
pub(crate) fn put_common(ephemeral: &mut EphemeralContainer, container: Container) {
    let target_container_name = ephemeral.target_container_name.take();
    *ephemeral = EphemeralContainer {
        args: container.args,
        command: container.command,
        env: container.env,
        env_from: container.env_from,
        image: container.image,
        image_pull_policy: container.image_pull_policy,
        lifecycle: container.lifecycle,
        liveness_probe: container.liveness_probe,
        name: container.name,
        ports: container.ports,
        readiness_probe: container.readiness_probe,
        resize_policy: container.resize_policy,
        resources: container.resources,
        restart_policy: container.restart_policy,
        restart_policy_rules: container.restart_policy_rules,
        security_context: container.security_context,
        startup_probe: container.startup_probe,
        stdin: container.stdin,
        stdin_once: container.stdin_once,
        target_container_name,
        termination_message_path: container.termination_message_path,
        termination_message_policy: container.termination_message_policy,
        tty: container.tty,
        volume_devices: container.volume_devices,
        volume_mounts: container.volume_mounts,
        working_dir: container.working_dir,
    };
}

/// Changes every container: init, app and ephemeral.
pub(crate) fn for_each_mut(spec: &mut PodSpec, mut change: impl FnMut(&mut Container)) {
    spec.init_containers.iter_mut().flatten().for_each(&mut change);
    spec.containers.iter_mut().for_each(&mut change);
    for ephemeral in spec.ephemeral_containers.iter_mut().flatten() {
        let mut container = take_common(ephemeral);
        change(&mut container);
        put_common(ephemeral, container);
    }
}

/// Looks at every container with its path: init, app and ephemeral, as upstream's `VisitContainersWithPath` does.
pub(crate) fn visit(spec: &PodSpec, path: &Path<'_>, mut look: impl FnMut(&Container, &Path<'_>)) {
    let lists = [
        ("initContainers", spec.init_containers.as_deref()),
        ("containers", Some(spec.containers.as_slice())),
    ];
    for (field, list) in lists {
        let path = path.child(field);
        for (index, container) in list.into_iter().flatten().enumerate() {
            look(container, &path.index(index));
        }
    }
    let path = path.child("ephemeralContainers");
    for (index, container) in spec.ephemeral_containers.iter().flatten().enumerate() {
        look(&common(container), &path.index(index));
    }
}
