//! One container's part of `kubelet describe pod`.

use super::age::moment;
use super::table::clean;
use k8s_openapi::api::core::v1::{
    Container, ContainerPort, ContainerState, ContainerStatus, EnvVar, Probe, VolumeMount,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use std::collections::BTreeMap;
use std::fmt::Write;

pub(super) fn describe_container(out: &mut String, container: &Container, status: Option<&ContainerStatus>) {
    let _ = writeln!(out, "  {}:", container.name);
    if let Some(status) = status {
        let _ = writeln!(out, "    Container ID:\t{}", status.container_id.as_deref().unwrap_or_default());
    }
    let _ = writeln!(out, "    Image:\t{}", clean(container.image.as_deref().unwrap_or_default()));
    if let Some(status) = status {
        let _ = writeln!(out, "    Image ID:\t{}", clean(&status.image_id));
    }
    describe_ports(out, "Port", container, |port| port.container_port);
    describe_ports(out, "Host Port", container, |port| port.host_port.unwrap_or(0));
    describe_words(out, "Command", container.command.as_deref().unwrap_or_default());
    describe_words(out, "Args", container.args.as_deref().unwrap_or_default());
    if let Some(status) = status {
        describe_state(out, "State", status.state.as_ref());
        if status.last_state.as_ref().is_some_and(|state| state.terminated.is_some()) {
            describe_state(out, "Last State", status.last_state.as_ref());
        }
        let _ = writeln!(out, "    Ready:\t{}", if status.ready { "True" } else { "False" });
        let _ = writeln!(out, "    Restart Count:\t{}", status.restart_count);
    }
    if let Some(resources) = &container.resources {
        describe_quantities(out, "Limits", resources.limits.as_ref());
        describe_quantities(out, "Requests", resources.requests.as_ref());
    }
    for (title, probe) in [
        ("Liveness", &container.liveness_probe),
        ("Readiness", &container.readiness_probe),
        ("Startup", &container.startup_probe),
    ] {
        if let Some(probe) = probe {
            let _ = writeln!(out, "    {title}:\t{}", probe_words(probe));
        }
    }
    describe_environment(out, container.env.as_deref().unwrap_or_default());
    describe_mounts(out, container.volume_mounts.as_deref().unwrap_or_default());
}

fn describe_ports(
    out: &mut String,
    title: &str,
    container: &Container,
    number: impl Fn(&ContainerPort) -> i32,
) {
    let ports: Vec<String> = container
        .ports
        .iter()
        .flatten()
        .map(|port| {
            let protocol = port.protocol.as_deref().unwrap_or("TCP");
            match port.name.as_deref() {
                Some(name) if !name.is_empty() => format!("{}/{protocol} ({name})", number(port)),
                _ => format!("{}/{protocol}", number(port)),
            }
        })
        .collect();
    let _ = match ports.as_slice() {
        [] => writeln!(out, "    {title}:\t<none>"),
        [only] => writeln!(out, "    {title}:\t{only}"),
        several => writeln!(out, "    {title}s:\t{}", several.join(", ")),
    };
}

fn describe_words(out: &mut String, title: &str, words: &[String]) {
    if words.is_empty() {
        return;
    }
    let _ = writeln!(out, "    {title}:");
    for line in words.iter().flat_map(|word| word.split('\n')) {
        let _ = writeln!(out, "      {}", clean(line));
    }
}

fn describe_state(out: &mut String, title: &str, state: Option<&ContainerState>) {
    let state = state.cloned().unwrap_or_default();
    if let Some(running) = state.running {
        let _ = writeln!(out, "    {title}:\tRunning");
        let _ = writeln!(out, "      Started:\t{}", moment(running.started_at.as_ref()));
    } else if let Some(terminated) = state.terminated {
        let _ = writeln!(out, "    {title}:\tTerminated");
        describe_text(out, "Reason", terminated.reason.as_deref());
        describe_text(out, "Message", terminated.message.as_deref());
        let _ = writeln!(out, "      Exit Code:\t{}", terminated.exit_code);
        if let Some(signal) = terminated.signal.filter(|signal| *signal > 0) {
            let _ = writeln!(out, "      Signal:\t{signal}");
        }
        let _ = writeln!(out, "      Started:\t{}", moment(terminated.started_at.as_ref()));
        let _ = writeln!(out, "      Finished:\t{}", moment(terminated.finished_at.as_ref()));
    } else {
        let waiting = state.waiting.unwrap_or_default();
        let _ = writeln!(out, "    {title}:\tWaiting");
        describe_text(out, "Reason", waiting.reason.as_deref());
        // kubectl leaves it to the events; here it is often all that there is.
        describe_text(out, "Message", waiting.message.as_deref());
    }
}

fn describe_text(out: &mut String, title: &str, text: Option<&str>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        let _ = writeln!(out, "      {title}:\t{}", clean(text.trim_end()));
    }
}

fn describe_quantities(out: &mut String, title: &str, quantities: Option<&BTreeMap<String, Quantity>>) {
    let Some(quantities) = quantities.filter(|quantities| !quantities.is_empty()) else {
        return;
    };
    let _ = writeln!(out, "    {title}:");
    for (name, quantity) in quantities {
        let _ = writeln!(out, "      {name}:\t{}", quantity.0);
    }
}

fn describe_environment(out: &mut String, environment: &[EnvVar]) {
    if environment.is_empty() {
        out.push_str("    Environment:\t<none>\n");
        return;
    }
    out.push_str("    Environment:\n");
    for variable in environment {
        let source = variable.value_from.as_ref();
        let field = source.and_then(|source| source.field_ref.as_ref());
        let resource = source.and_then(|source| source.resource_field_ref.as_ref());
        let value = match (field, resource) {
            (Some(field), _) => {
                format!("({}:{})", field.api_version.as_deref().unwrap_or("v1"), field.field_path)
            }
            (None, Some(resource)) => format!("({})", resource.resource),
            (None, None) => clean(variable.value.as_deref().unwrap_or_default()),
        };
        let _ = writeln!(out, "      {}:\t{value}", variable.name);
    }
}

fn describe_mounts(out: &mut String, mounts: &[VolumeMount]) {
    if mounts.is_empty() {
        out.push_str("    Mounts:\t<none>\n");
        return;
    }
    out.push_str("    Mounts:\n");
    let mut mounts: Vec<&VolumeMount> = mounts.iter().collect();
    mounts.sort_by(|left, right| left.mount_path.cmp(&right.mount_path));
    for mount in mounts {
        let mut flags = vec![if mount.read_only == Some(true) { "ro".to_owned() } else { "rw".to_owned() }];
        if let Some(path) = mount.sub_path.as_deref().filter(|path| !path.is_empty()) {
            flags.push(format!("path={path:?}"));
        }
        let _ = writeln!(out, "      {} from {} ({})", clean(&mount.mount_path), mount.name, flags.join(","));
    }
}

fn probe_words(probe: &Probe) -> String {
    let numbers = format!(
        "delay={}s timeout={}s period={}s successThreshold={} failureThreshold={}",
        probe.initial_delay_seconds.unwrap_or(0),
        probe.timeout_seconds.unwrap_or(1),
        probe.period_seconds.unwrap_or(10),
        probe.success_threshold.unwrap_or(1),
        probe.failure_threshold.unwrap_or(3),
    );
    let port = |port: &IntOrString| match port {
        IntOrString::Int(number) => number.to_string(),
        IntOrString::String(name) => name.clone(),
    };
    if let Some(exec) = &probe.exec {
        let words = exec.command.as_deref().unwrap_or_default().join(" ");
        return format!("exec [{}] {numbers}", clean(&words));
    }
    if let Some(http) = &probe.http_get {
        let scheme = http.scheme.as_deref().unwrap_or("http").to_lowercase();
        let host = http.host.as_deref().unwrap_or_default();
        let path = http.path.as_deref().unwrap_or_default();
        return format!("http-get {scheme}://{host}:{}{} {numbers}", port(&http.port), clean(path));
    }
    if let Some(tcp) = &probe.tcp_socket {
        let host = tcp.host.as_deref().unwrap_or_default();
        return format!("tcp-socket {host}:{} {numbers}", port(&tcp.port));
    }
    match &probe.grpc {
        Some(grpc) => {
            format!("grpc <pod>:{} {} {numbers}", grpc.port, grpc.service.as_deref().unwrap_or_default())
        }
        None => format!("unknown {numbers}"),
    }
}
