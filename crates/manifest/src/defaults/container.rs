//! Defaults of a container, its probes and its hooks.

use k8s_openapi::api::core::v1::{Container, EnvVarSource, HTTPGetAction, ObjectFieldSelector, Probe};

use super::{fill, image, is_empty};

/// Fills in what the container leaves out.
pub(super) fn apply(container: &mut Container) {
    if is_empty(&container.image_pull_policy) {
        let image = container.image.as_deref().unwrap_or_default();
        container.image_pull_policy = Some(image::pull_policy(image).to_owned());
    }
    fill(&mut container.termination_message_path, "/dev/termination-log");
    fill(&mut container.termination_message_policy, "File");
    for port in container.ports.iter_mut().flatten() {
        fill(&mut port.protocol, "TCP");
    }
    for source in container.env.iter_mut().flatten().filter_map(|variable| variable.value_from.as_mut()) {
        env_source(source);
    }
    let probes =
        [&mut container.liveness_probe, &mut container.readiness_probe, &mut container.startup_probe];
    probes.into_iter().flatten().for_each(probe);
    if let Some(lifecycle) = &mut container.lifecycle {
        let hooks = [&mut lifecycle.post_start, &mut lifecycle.pre_stop];
        hooks.into_iter().flatten().filter_map(|hook| hook.http_get.as_mut()).for_each(http_get);
    }
}

fn env_source(source: &mut EnvVarSource) {
    if let Some(field) = &mut source.field_ref {
        object_field(field);
    }
    if let Some(file_key) = &mut source.file_key_ref {
        file_key.optional.get_or_insert(false);
    }
}

/// A field of the pod is one of the API's version 1 where no version is named.
pub(super) fn object_field(field: &mut ObjectFieldSelector) {
    fill(&mut field.api_version, "v1");
}

fn probe(probe: &mut Probe) {
    let fill = |number: &mut Option<i32>, default: i32| {
        if number.unwrap_or(0) == 0 {
            *number = Some(default);
        }
    };
    fill(&mut probe.timeout_seconds, 1);
    fill(&mut probe.period_seconds, 10);
    fill(&mut probe.success_threshold, 1);
    fill(&mut probe.failure_threshold, 3);
    if let Some(action) = &mut probe.http_get {
        http_get(action);
    }
    if let Some(action) = &mut probe.grpc {
        action.service.get_or_insert_default();
    }
}

fn http_get(action: &mut HTTPGetAction) {
    fill(&mut action.path, "/");
    fill(&mut action.scheme, "HTTP");
}
