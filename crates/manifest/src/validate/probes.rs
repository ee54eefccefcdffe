//! Probes, and hooks at the start and the end of a container.

use k8s_openapi::api::core::v1::{
    Container, ExecAction, GRPCAction, HTTPGetAction, Lifecycle, LifecycleHandler, Probe, SleepAction,
    TCPSocketAction,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::errors::{Errors, Value};
use super::{formats, text};
use crate::path::Path;

/// What the rules of probes and hooks need to know of the pod.
#[derive(Clone, Copy)]
pub(super) struct PodFacts<'a> {
    /// Seconds a container gets to end.
    pub(super) grace_period_seconds: Option<i64>,
    /// `spec.os.name`.
    pub(super) os: Option<&'a str>,
}

/// Ways to ask a container something, of which exactly one must be given.
#[derive(Default)]
struct Handler<'a> {
    exec: Option<&'a ExecAction>,
    http_get: Option<&'a HTTPGetAction>,
    tcp_socket: Option<&'a TCPSocketAction>,
    grpc: Option<&'a GRPCAction>,
    sleep: Option<&'a SleepAction>,
}

/// The probes and hooks of a container that may have them.
pub(super) fn all(container: &Container, pod: PodFacts<'_>, path: &Path<'_>, errors: &mut Errors<'_>) {
    if let Some(lifecycle) = &container.lifecycle {
        hooks(lifecycle, pod, &path.child("lifecycle"), errors);
    }
    if let Some(given) = &container.liveness_probe {
        let path = path.child("livenessProbe");
        probe(given, pod, &path, errors);
        one_success(given, &path, errors);
    }
    if let Some(given) = &container.readiness_probe {
        let path = path.child("readinessProbe");
        probe(given, pod, &path, errors);
        if let Some(seconds) = given.termination_grace_period_seconds {
            let detail = "must not be set for readinessProbes";
            errors.invalid(&path.child("terminationGracePeriodSeconds"), seconds, detail);
        }
    }
    if let Some(given) = &container.startup_probe {
        let path = path.child("startupProbe");
        probe(given, pod, &path, errors);
        one_success(given, &path, errors);
    }
}

/// An init container that ends before the next one starts has neither probes nor hooks.
pub(super) fn none(container: &Container, path: &Path<'_>, errors: &mut Errors<'_>) {
    let fields = [
        ("lifecycle", container.lifecycle.is_some()),
        ("livenessProbe", container.liveness_probe.is_some()),
        ("readinessProbe", container.readiness_probe.is_some()),
        ("startupProbe", container.startup_probe.is_some()),
    ];
    for (field, _) in fields.into_iter().filter(|(_, is_set)| *is_set) {
        let detail = "may not be set for init containers without restartPolicy=Always";
        errors.forbidden(&path.child(field), detail);
    }
}

fn one_success(probe: &Probe, path: &Path<'_>, errors: &mut Errors<'_>) {
    let threshold = probe.success_threshold.unwrap_or(0);
    if threshold != 1 {
        errors.invalid(&path.child("successThreshold"), threshold, "must be 1");
    }
}

fn probe(probe: &Probe, pod: PodFacts<'_>, path: &Path<'_>, errors: &mut Errors<'_>) {
    let given = Handler {
        exec: probe.exec.as_ref(),
        http_get: probe.http_get.as_ref(),
        tcp_socket: probe.tcp_socket.as_ref(),
        grpc: probe.grpc.as_ref(),
        sleep: None,
    };
    handler(&given, pod, path, errors);
    let numbers = [
        ("initialDelaySeconds", probe.initial_delay_seconds),
        ("timeoutSeconds", probe.timeout_seconds),
        ("periodSeconds", probe.period_seconds),
        ("successThreshold", probe.success_threshold),
        ("failureThreshold", probe.failure_threshold),
    ];
    for (field, number) in numbers {
        errors.non_negative(&path.child(field), i64::from(number.unwrap_or(0)));
    }
    if let Some(seconds) = probe.termination_grace_period_seconds.filter(|seconds| *seconds <= 0) {
        errors.invalid(&path.child("terminationGracePeriodSeconds"), seconds, "must be greater than 0");
    }
}

fn hooks(lifecycle: &Lifecycle, pod: PodFacts<'_>, path: &Path<'_>, errors: &mut Errors<'_>) {
    for (field, hook) in [("postStart", &lifecycle.post_start), ("preStop", &lifecycle.pre_stop)] {
        if let Some(LifecycleHandler { exec, http_get, sleep, tcp_socket }) = hook {
            let given = Handler {
                exec: exec.as_ref(),
                http_get: http_get.as_ref(),
                tcp_socket: tcp_socket.as_ref(),
                grpc: None,
                sleep: sleep.as_ref(),
            };
            handler(&given, pod, &path.child(field), errors);
        }
    }
    if let Some(signal) = &lifecycle.stop_signal {
        let path = path.child("stopSignal");
        match pod.os {
            None => errors.forbidden(&path, "may not be set for containers with empty `spec.os.name`"),
            Some("windows") => errors.one_of(&path, signal, &["SIGKILL", "SIGTERM"]),
            Some("linux") => {
                let supported = linux_signals();
                let supported: Vec<&str> = supported.iter().map(String::as_str).collect();
                errors.one_of(&path, signal, &supported);
            }
            Some(_) => {}
        }
    }
}

/// Names of the signals that may stop a container, sorted.
fn linux_signals() -> Vec<String> {
    const PLAIN: [&str; 35] = [
        "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL",
        "PIPE", "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP",
        "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN",
    ];
    let mut names: Vec<String> = PLAIN.iter().map(|name| format!("SIG{name}")).collect();
    names.extend((1..=15).map(|number| format!("SIGRTMIN+{number}")));
    names.extend((1..=14).map(|number| format!("SIGRTMAX-{number}")));
    names.push("SIGRTMAX".to_owned());
    names.sort_unstable();
    names
}

fn handler(handler: &Handler<'_>, pod: PodFacts<'_>, path: &Path<'_>, errors: &mut Errors<'_>) {
    let mut given = 0;
    let mut first = |field: &'static str, is_set: bool, errors: &mut Errors<'_>| {
        if !is_set {
            return false;
        }
        given += 1;
        if given > 1 {
            errors.forbidden(&path.child(field), "may not specify more than 1 handler type");
        }
        given == 1
    };
    if first("exec", handler.exec.is_some(), errors) {
        let command = handler.exec.and_then(|exec| exec.command.as_ref());
        if command.is_none_or(Vec::is_empty) {
            errors.required(&path.child("exec").child("command"), "");
        }
    }
    if first("httpGet", handler.http_get.is_some(), errors)
        && let Some(action) = handler.http_get
    {
        http_get(action, &path.child("httpGet"), errors);
    }
    if first("tcpSocket", handler.tcp_socket.is_some(), errors)
        && let Some(action) = handler.tcp_socket
    {
        port(&action.port, &path.child("tcpSocket").child("port"), errors);
    }
    if first("grpc", handler.grpc.is_some(), errors)
        && let Some(action) = handler.grpc
    {
        let path = path.child("grpc");
        port(&IntOrString::Int(action.port), &path.child("port"), errors);
        if let Some(mode) = &action.mode {
            errors.one_of(&path.child("mode"), mode, &["Plaintext", "TLS"]);
        }
    }
    if first("sleep", handler.sleep.is_some(), errors)
        && let (Some(action), Some(grace)) = (handler.sleep, pod.grace_period_seconds)
        && !(0..=grace).contains(&action.seconds)
    {
        let detail = format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
        errors.invalid(&path.child("sleep"), action.seconds, &detail);
    }
    if given == 0 {
        errors.required(path, "must specify a handler type");
    }
}

fn http_get(action: &HTTPGetAction, path: &Path<'_>, errors: &mut Errors<'_>) {
    if text(&action.path).is_empty() {
        errors.required(&path.child("path"), "");
    }
    port(&action.port, &path.child("port"), errors);
    errors.one_of(&path.child("scheme"), text(&action.scheme), &["HTTP", "HTTPS"]);
    for header in action.http_headers.iter().flatten() {
        errors.invalid_each(
            &path.child("httpHeaders"),
            &header.name,
            &formats::http_header_name(&header.name),
        );
    }
    match action.protocol.as_deref() {
        None | Some("HTTP1") => {}
        Some("HTTP2") => {
            let host = text(&action.host);
            if text(&action.scheme) != "HTTP" {
                let detail = "is only supported with HTTP (H2C)";
                errors.invalid(&path.child("protocol"), Value::Word("HTTP2"), detail);
            } else if !host.is_empty() {
                errors.invalid(&path.child("host"), host, "must be empty when `protocol` is \"HTTP2\"");
            }
        }
        Some(protocol) => errors.one_of(&path.child("protocol"), protocol, &["HTTP1", "HTTP2"]),
    }
}

fn port(port: &IntOrString, path: &Path<'_>, errors: &mut Errors<'_>) {
    match port {
        IntOrString::Int(number) => {
            if let Some(message) = formats::port_number(*number) {
                errors.invalid(path, *number, &message);
            }
        }
        IntOrString::String(name) => errors.invalid_each(path, name, &formats::port_name(name)),
    }
}
