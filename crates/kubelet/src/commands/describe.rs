//! `kubelet describe pod NAME`: everything about one pod, laid out as `kubectl describe` does (`kubectl/pkg/describe`, 1.37).

use super::age::{human, moment};
use super::client::{Client, segment};
use super::describe_container::describe_container;
use super::table::{align, clean};
use super::{CommandError, Output, Target, print};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Container, ContainerStatus, Pod, PodSpec, PodStatus, Toleration, Volume};
use server::resolve_pod;
use std::collections::BTreeMap;
use std::fmt::Write;
use types::Event;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// `pod NAME`, `pod/NAME` or just NAME; a static pod's name may be given without the node's
    #[arg(value_name = "pod NAME", required = true, num_args = 1..=2)]
    what: Vec<String>,
    /// The form of the output; text for people otherwise
    #[arg(short, long, value_enum)]
    output: Option<Output>,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CommandError> {
    let client = Client::new(&arguments.target.root_dir);
    let name = pod_name(&arguments.what)?;
    let pod = resolve_pod(&client.pods().await?, arguments.target.namespace.as_deref(), name)?;
    if arguments.output == Some(Output::Json) {
        let namespace = segment(pod.metadata.namespace.as_deref().unwrap_or_default());
        let name = segment(pod.metadata.name.as_deref().unwrap_or_default());
        let pod = client.json(&format!("/v1/pods/{namespace}/{name}")).await?;
        return print(format!("{pod:#}\n").as_bytes());
    }
    let mut events = client.events().await?;
    events.retain(|event| Some(&event.object.uid) == pod.metadata.uid.as_ref());
    print(describe(&pod, &events, Timestamp::now()).as_bytes())
}

/// From `pod NAME`, `pod/NAME` or `NAME` to the name.
fn pod_name(what: &[String]) -> Result<&str, CommandError> {
    let (kind, name) = match what {
        [kind, name] => (kind.as_str(), name.as_str()),
        [only] => only.split_once('/').unwrap_or(("pod", only)),
        _ => ("", ""),
    };
    match kind {
        "pod" | "pods" | "po" => Ok(name),
        _ => Err(CommandError::NotAPod { kind: kind.to_owned() }),
    }
}

/// The whole text.
pub(super) fn describe(pod: &Pod, events: &[Event], now: Timestamp) -> String {
    let (spec, status) = (pod.spec.clone().unwrap_or_default(), pod.status.clone().unwrap_or_default());
    let mut out = String::new();
    describe_identity(&mut out, pod, &spec, &status);
    let init_containers = spec.init_containers.as_deref().unwrap_or_default();
    let init_statuses = status.init_container_statuses.as_deref().unwrap_or_default();
    if !init_containers.is_empty() {
        describe_containers(&mut out, "Init Containers", init_containers, init_statuses);
    }
    let statuses = status.container_statuses.as_deref().unwrap_or_default();
    describe_containers(&mut out, "Containers", &spec.containers, statuses);
    let conditions = status.conditions.as_deref().unwrap_or_default();
    if !conditions.is_empty() {
        out.push_str("Conditions:\n  Type\tStatus\tReason\n");
        for condition in conditions {
            let reason = condition.reason.as_deref().unwrap_or_default();
            let _ = writeln!(out, "  {}\t{}\t{reason}", condition.type_, condition.status);
        }
    }
    describe_volumes(&mut out, spec.volumes.as_deref().unwrap_or_default());
    let _ = writeln!(out, "QoS Class:\t{}", status.qos_class.as_deref().unwrap_or("<unknown>"));
    describe_pairs(&mut out, "Node-Selectors", "=", spec.node_selector.as_ref());
    describe_tolerations(&mut out, spec.tolerations.as_deref().unwrap_or_default());
    describe_events(&mut out, events, now);
    align(&out, 0, 2)
}

fn describe_identity(out: &mut String, pod: &Pod, spec: &PodSpec, status: &PodStatus) {
    let _ = writeln!(out, "Name:\t{}", pod.metadata.name.as_deref().unwrap_or_default());
    let _ = writeln!(out, "Namespace:\t{}", pod.metadata.namespace.as_deref().unwrap_or_default());
    let _ = writeln!(out, "UID:\t{}", pod.metadata.uid.as_deref().unwrap_or_default());
    if let Some(priority) = spec.priority {
        let _ = writeln!(out, "Priority:\t{priority}");
    }
    if let Some(class) = &spec.priority_class_name {
        let _ = writeln!(out, "Priority Class Name:\t{class}");
    }
    if let Some(class) = &spec.runtime_class_name {
        let _ = writeln!(out, "Runtime Class Name:\t{class}");
    }
    match &spec.node_name {
        None => out.push_str("Node:\t<none>\n"),
        Some(node) => {
            let _ = writeln!(out, "Node:\t{node}/{}", status.host_ip.as_deref().unwrap_or_default());
        }
    }
    if status.start_time.is_some() {
        let _ = writeln!(out, "Start Time:\t{}", moment(status.start_time.as_ref()));
    }
    describe_pairs(out, "Labels", "=", pod.metadata.labels.as_ref());
    describe_pairs(out, "Annotations", ": ", pod.metadata.annotations.as_ref());
    let phase = status.phase.as_deref().unwrap_or("Unknown");
    if pod.metadata.deletion_timestamp.is_some() && phase != "Succeeded" && phase != "Failed" {
        out.push_str("Status:\tTerminating\n");
        if let Some(seconds) = pod.metadata.deletion_grace_period_seconds {
            let _ = writeln!(out, "Termination Grace Period:\t{seconds}s");
        }
    } else {
        let _ = writeln!(out, "Status:\t{phase}");
    }
    for (title, text) in [("Reason", &status.reason), ("Message", &status.message)] {
        if let Some(text) = text.as_deref().filter(|text| !text.is_empty()) {
            let _ = writeln!(out, "{title}:\t{}", clean(text));
        }
    }
    let _ = writeln!(out, "IP:\t{}", status.pod_ip.as_deref().unwrap_or_default());
    let ips = status.pod_ips.as_deref().unwrap_or_default();
    if ips.is_empty() {
        out.push_str("IPs:\t<none>\n");
    } else {
        out.push_str("IPs:\n");
        for ip in ips {
            let _ = writeln!(out, "  IP:\t{}", ip.ip);
        }
    }
}

fn describe_pairs(out: &mut String, title: &str, between: &str, pairs: Option<&BTreeMap<String, String>>) {
    let mut start = format!("{title}:");
    for (key, value) in pairs.into_iter().flatten() {
        let _ = writeln!(out, "{start}\t{key}{between}{}", clean(value));
        start.clear();
    }
    if !start.is_empty() {
        let _ = writeln!(out, "{start}\t<none>");
    }
}

fn describe_containers(
    out: &mut String,
    title: &str,
    containers: &[Container],
    statuses: &[ContainerStatus],
) {
    let _ = writeln!(out, "{title}:");
    for container in containers {
        let status = statuses.iter().find(|status| status.name == container.name);
        describe_container(out, container, status);
    }
}

fn describe_volumes(out: &mut String, volumes: &[Volume]) {
    if volumes.is_empty() {
        out.push_str("Volumes:\t<none>\n");
        return;
    }
    out.push_str("Volumes:\n");
    for volume in volumes {
        let _ = writeln!(out, "  {}:", volume.name);
        if let Some(host_path) = &volume.host_path {
            out.push_str("    Type:\tHostPath (bare host directory volume)\n");
            let _ = writeln!(out, "    Path:\t{}", clean(&host_path.path));
            let _ = writeln!(out, "    HostPathType:\t{}", host_path.type_.as_deref().unwrap_or("<none>"));
        } else if let Some(empty_dir) = &volume.empty_dir {
            out.push_str("    Type:\tEmptyDir (a temporary directory that shares a pod's lifetime)\n");
            let _ = writeln!(out, "    Medium:\t{}", empty_dir.medium.as_deref().unwrap_or_default());
            let limit = empty_dir.size_limit.as_ref().map_or("<unset>", |limit| limit.0.as_str());
            let _ = writeln!(out, "    SizeLimit:\t{limit}");
        } else if let Some(downward) = &volume.downward_api {
            out.push_str("    Type:\tDownwardAPI (a volume populated by information about the pod)\n");
            out.push_str("    Items:\n");
            for item in downward.items.iter().flatten() {
                let field = item.field_ref.as_ref().map(|field| field.field_path.as_str());
                let resource = item.resource_field_ref.as_ref().map(|field| field.resource.as_str());
                let source = field.or(resource).unwrap_or_default();
                let _ = writeln!(out, "      {source} -> {}", clean(&item.path));
            }
        } else {
            let _ = writeln!(out, "    Type:\t{}", kind_of(volume));
        }
    }
}

/// The kind of a volume that has no lines of its own: the name of the field that is set.
fn kind_of(volume: &Volume) -> String {
    let fields = serde_json::to_value(volume).unwrap_or_default();
    let kind = fields.as_object().and_then(|fields| fields.keys().find(|key| *key != "name").cloned());
    kind.unwrap_or_else(|| "<unknown>".to_owned())
}

fn describe_tolerations(out: &mut String, tolerations: &[Toleration]) {
    let mut lines: Vec<(&str, String)> = tolerations
        .iter()
        .map(|toleration| {
            let key = toleration.key.as_deref().unwrap_or_default();
            let mut line = key.to_owned();
            let value = toleration.value.as_deref().filter(|value| !value.is_empty());
            if let Some(value) = value {
                let _ = write!(line, "={value}");
            }
            if let Some(effect) = toleration.effect.as_deref().filter(|effect| !effect.is_empty()) {
                let _ = write!(line, ":{effect}");
            }
            if toleration.operator.as_deref() == Some("Exists") && value.is_none() {
                line.push_str(if line.is_empty() { "op=Exists" } else { " op=Exists" });
            }
            if let Some(seconds) = toleration.toleration_seconds {
                let _ = write!(line, " for {seconds}s");
            }
            (key, line)
        })
        .collect();
    lines.sort();
    let mut start = "Tolerations:";
    if lines.is_empty() {
        out.push_str("Tolerations:\t<none>\n");
    }
    for (_, line) in lines {
        let _ = writeln!(out, "{start}\t{line}");
        start = "";
    }
}

fn describe_events(out: &mut String, events: &[Event], now: Timestamp) {
    if events.is_empty() {
        out.push_str("Events:\t<none>\n");
        return;
    }
    out.push_str("Events:\n  Type\tReason\tAge\tFrom\tMessage\n  ----\t------\t----\t----\t-------\n");
    for event in events {
        let ago = |time: Timestamp| human(now.duration_since(time).as_secs());
        let age = match event.count {
            0 | 1 => ago(event.first_timestamp),
            count => {
                format!("{} (x{count} over {})", ago(event.last_timestamp), ago(event.first_timestamp))
            }
        };
        let place = match event.object.field_path.as_str() {
            "" => String::new(),
            path => format!("{path}: "),
        };
        let message = clean(event.message.trim());
        let _ =
            writeln!(out, "  {}\t{}\t{age}\tkubelet\t{place}{message}", event.kind.as_str(), event.reason);
    }
}
