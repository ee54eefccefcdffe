//! `kubelet ps`: a line per pod, as `kubectl get pods` computes it (`printPod`, `pkg/printers/internalversion/printers.go`, 1.37).

use super::age::since;
use super::client::Client;
use super::table::{clean, table};
use super::{CommandError, Output, Target, print};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerState, ContainerStatus, Pod, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::Value;
use std::sync::Arc;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// The form of the output; a table otherwise
    #[arg(short, long, value_enum)]
    output: Option<Output>,
    /// List the containers below the pods
    #[arg(long)]
    containers: bool,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CommandError> {
    let Target { root_dir, namespace } = arguments.target;
    let client = Client::new(&root_dir);
    if arguments.output == Some(Output::Json) {
        let mut list = client.json("/v1/pods").await?;
        if let (Some(namespace), Some(Value::Array(items))) = (&namespace, list.get_mut("items")) {
            items.retain(|pod| pod["metadata"]["namespace"] == **namespace);
        }
        return print(format!("{list:#}\n").as_bytes());
    }
    let wide = arguments.output == Some(Output::Wide);
    let mut pods = client.pods().await?;
    pods.retain(|pod| namespace.is_none() || pod.metadata.namespace == namespace);
    if pods.is_empty() {
        let place = namespace.map(|name| format!(" in namespace {name}")).unwrap_or_default();
        return print(format!("No pods{place} on this node.\n").as_bytes());
    }
    let now = Timestamp::now();
    let mut text = pod_table(&pods, namespace.is_none(), wide, now);
    if wide || arguments.containers {
        text.push('\n');
        text.push_str(&container_table(&pods, now));
    }
    print(text.as_bytes())
}

/// One line per pod.
pub(super) fn pod_table(pods: &[Arc<Pod>], with_namespace: bool, wide: bool, now: Timestamp) -> String {
    let mut header = vec!["NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP"];
    if with_namespace {
        header.insert(0, "NAMESPACE");
    }
    if wide {
        header.extend(["NODE", "UID"]);
    }
    let mut rows = vec![header.into_iter().map(str::to_owned).collect()];
    for pod in pods {
        let summary = summarize(pod, now);
        let status = pod.status.as_ref();
        let ip = status.and_then(|status| status.pod_ip.clone());
        let created = pod.metadata.creation_timestamp.as_ref();
        let started = status.and_then(|status| status.start_time.as_ref());
        let mut row = vec![
            pod.metadata.name.clone().unwrap_or_default(),
            summary.ready,
            clean(&summary.status),
            summary.restarts,
            since(created.or(started), now),
            or_none(ip),
        ];
        if with_namespace {
            row.insert(0, pod.metadata.namespace.clone().unwrap_or_default());
        }
        if wide {
            row.push(or_none(pod.spec.as_ref().and_then(|spec| spec.node_name.clone())));
            row.push(or_none(pod.metadata.uid.clone()));
        }
        rows.push(row);
    }
    table(&rows)
}

fn or_none(text: Option<String>) -> String {
    text.filter(|text| !text.is_empty()).unwrap_or_else(|| "<none>".to_owned())
}

/// One line per container, init containers first.
fn container_table(pods: &[Arc<Pod>], now: Timestamp) -> String {
    let header = ["POD", "CONTAINER", "STATE", "READY", "RESTARTS", "AGE", "IMAGE", "ID"];
    let mut rows = vec![header.into_iter().map(str::to_owned).collect()];
    for pod in pods {
        let name = pod.metadata.name.clone().unwrap_or_default();
        for container in container_statuses(pod) {
            let id = container.container_id.as_deref().unwrap_or_default();
            let id = id.split_once("://").map_or(id, |(_, id)| id);
            let (state, time) = state_words(container.state.as_ref());
            rows.push(vec![
                name.clone(),
                container.name.clone(),
                clean(&state),
                container.ready.to_string(),
                container.restart_count.to_string(),
                time.map_or_else(|| "<none>".to_owned(), |time| since(Some(time), now)),
                clean(&container.image),
                id.chars().take(13).collect(),
            ]);
        }
    }
    table(&rows)
}

fn container_statuses(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    let status = pod.status.as_ref();
    let init = status.and_then(|status| status.init_container_statuses.as_deref());
    let apps = status.and_then(|status| status.container_statuses.as_deref());
    init.unwrap_or_default().iter().chain(apps.unwrap_or_default())
}

/// The state in a few words, and since when.
fn state_words(state: Option<&ContainerState>) -> (String, Option<&Time>) {
    let Some(state) = state else {
        return ("Waiting".to_owned(), None);
    };
    if let Some(running) = &state.running {
        return ("Running".to_owned(), running.started_at.as_ref());
    }
    if let Some(terminated) = &state.terminated {
        let reason = terminated.reason.as_deref().unwrap_or("Terminated");
        return (format!("{reason} ({})", terminated.exit_code), terminated.finished_at.as_ref());
    }
    let reason = state.waiting.as_ref().and_then(|waiting| waiting.reason.as_deref());
    (reason.unwrap_or("Waiting").to_owned(), None)
}

/// The computed columns of one pod.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) ready: String,
    pub(super) status: String,
    pub(super) restarts: String,
}

/// Restarts, and when the last instance before one ended.
#[derive(Default)]
struct Restarts {
    count: i32,
    last: Option<Time>,
}

impl Restarts {
    fn add(&mut self, container: &ContainerStatus) {
        self.count += container.restart_count;
        let ended = container.last_state.as_ref().and_then(|state| state.terminated.as_ref());
        let ended = ended.and_then(|terminated| terminated.finished_at.clone());
        self.last = self.last.take().max(ended);
    }
}

pub(super) fn summarize(pod: &Pod, now: Timestamp) -> Summary {
    let empty = PodStatus::default();
    let status = pod.status.as_ref().unwrap_or(&empty);
    let spec = pod.spec.as_ref();
    let init_containers = spec.and_then(|spec| spec.init_containers.as_deref()).unwrap_or_default();
    let is_sidecar = |name: &str| {
        let container = init_containers.iter().find(|container| container.name == name);
        container.is_some_and(types::pod::is_sidecar)
    };
    let sidecars = init_containers.iter().filter(|container| types::pod::is_sidecar(container)).count();
    let total = sidecars + spec.map_or(0, |spec| spec.containers.len());
    let phase = status.phase.clone().unwrap_or_default();
    let mut reason = status.reason.clone().filter(|reason| !reason.is_empty()).unwrap_or(phase.clone());

    let mut ready = 0;
    let mut all_restarts = Restarts::default();
    let mut sidecar_restarts = Restarts::default();
    let mut initializing = false;
    for (index, container) in status.init_container_statuses.iter().flatten().enumerate() {
        all_restarts.add(container);
        if is_sidecar(&container.name) {
            sidecar_restarts.add(container);
        }
        let state = container.state.clone().unwrap_or_default();
        if state.terminated.as_ref().is_some_and(|terminated| terminated.exit_code == 0) {
            continue;
        }
        if is_sidecar(&container.name) && container.started == Some(true) {
            ready += usize::from(container.ready);
            continue;
        }
        initializing = true;
        let waiting = state.waiting.and_then(|waiting| waiting.reason);
        reason = match (state.terminated, waiting) {
            (Some(terminated), _) => format!("Init:{}", ended_words(&terminated)),
            (None, Some(word)) if !word.is_empty() && word != "PodInitializing" => format!("Init:{word}"),
            (None, _) => format!("Init:{index}/{}", init_containers.len()),
        };
        break;
    }

    let mut restarts = all_restarts;
    if !initializing || has_condition(status, "Initialized") {
        restarts = sidecar_restarts;
        let mut running = false;
        let mut error_reason = None;
        for container in status.container_statuses.iter().flatten().rev() {
            restarts.add(container);
            let state = container.state.clone().unwrap_or_default();
            let waiting = state.waiting.and_then(|waiting| waiting.reason).filter(|word| !word.is_empty());
            match (waiting, state.terminated) {
                (Some(word), _) => reason = word,
                (None, Some(terminated)) => {
                    reason = ended_words(&terminated);
                    if terminated.exit_code != 0 {
                        error_reason = Some(reason.clone());
                    }
                }
                (None, None) if container.ready && state.running.is_some() => {
                    running = true;
                    ready += 1;
                }
                (None, None) => {}
            }
        }
        if reason == "Completed" {
            reason = match error_reason {
                _ if running && has_condition(status, "Ready") => "Running".to_owned(),
                Some(error_reason) => error_reason,
                None if running => "NotReady".to_owned(),
                None => reason,
            };
        }
    }
    if pod.metadata.deletion_timestamp.is_some() && phase != "Succeeded" && phase != "Failed" {
        reason = "Terminating".to_owned();
    }
    // Why a pod as a whole failed says more than how its containers ended; kubectl shows the latter.
    if let Some(own) = status.reason.as_ref().filter(|own| phase == "Failed" && !own.is_empty()) {
        reason = own.clone();
    }
    let restarts = match restarts.last {
        Some(last) if restarts.count != 0 => format!("{} ({} ago)", restarts.count, since(Some(&last), now)),
        _ => restarts.count.to_string(),
    };
    Summary { ready: format!("{ready}/{total}"), status: reason, restarts }
}

fn ended_words(terminated: &k8s_openapi::api::core::v1::ContainerStateTerminated) -> String {
    match (&terminated.reason, terminated.signal) {
        (Some(reason), _) if !reason.is_empty() => reason.clone(),
        (_, Some(signal)) if signal != 0 => format!("Signal:{signal}"),
        _ => format!("ExitCode:{}", terminated.exit_code),
    }
}

fn has_condition(status: &PodStatus, kind: &str) -> bool {
    status.conditions.iter().flatten().any(|condition| condition.type_ == kind && condition.status == "True")
}
