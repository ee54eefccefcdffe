//! `status.conditions`.

use crate::capacity::{CPU, EPHEMERAL_STORAGE, MEMORY, PODS};
use crate::tell::NodeEvent;
use crate::vitals::Pressure;
use k8s_openapi::api::core::v1::{Node, NodeCondition, NodeStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use types::reasons::node_event;

const TRUE: &str = "True";
const FALSE: &str = "False";
const READY: &str = "Ready";

/// A condition that tells of something running out.
struct PressureKind {
    condition: &'static str,
    /// Reason, message and event when there is pressure.
    pressed: (&'static str, &'static str, &'static str),
    /// And when there is none.
    relaxed: (&'static str, &'static str, &'static str),
}

const MEMORY_PRESSURE: PressureKind = PressureKind {
    condition: "MemoryPressure",
    pressed: (
        "KubeletHasInsufficientMemory",
        "kubelet has insufficient memory available",
        node_event::NODE_HAS_INSUFFICIENT_MEMORY,
    ),
    relaxed: (
        "KubeletHasSufficientMemory",
        "kubelet has sufficient memory available",
        node_event::NODE_HAS_SUFFICIENT_MEMORY,
    ),
};

const DISK_PRESSURE: PressureKind = PressureKind {
    condition: "DiskPressure",
    pressed: ("KubeletHasDiskPressure", "kubelet has disk pressure", node_event::NODE_HAS_DISK_PRESSURE),
    relaxed: (
        "KubeletHasNoDiskPressure",
        "kubelet has no disk pressure",
        node_event::NODE_HAS_NO_DISK_PRESSURE,
    ),
};

const PID_PRESSURE: PressureKind = PressureKind {
    condition: "PIDPressure",
    pressed: (
        "KubeletHasInsufficientPID",
        "kubelet has insufficient PID available",
        node_event::NODE_HAS_INSUFFICIENT_PID,
    ),
    relaxed: (
        "KubeletHasSufficientPID",
        "kubelet has sufficient PID available",
        node_event::NODE_HAS_SUFFICIENT_PID,
    ),
};

/// Brings the four conditions of the kubelet up to date, Ready being the last of a new node. Conditions of others are
/// kept.
pub(super) fn write(
    conditions: &mut Vec<NodeCondition>,
    pressure: Pressure,
    errors: &[&str],
    now: &Time,
) -> Vec<NodeEvent> {
    let kinds =
        [(MEMORY_PRESSURE, pressure.memory), (DISK_PRESSURE, pressure.disk), (PID_PRESSURE, pressure.pid)];
    let mut events = Vec::new();
    for (kind, is_pressed) in kinds {
        events.extend(write_pressure(conditions, &kind, is_pressed, now));
    }
    events.extend(write_ready(conditions, errors, now));
    events
}

/// Reason, message and transition time change with the status alone.
fn write_pressure(
    conditions: &mut Vec<NodeCondition>,
    kind: &PressureKind,
    is_pressed: bool,
    now: &Time,
) -> Option<NodeEvent> {
    let (status, (reason, message, event)) =
        if is_pressed { (TRUE, kind.pressed) } else { (FALSE, kind.relaxed) };
    let condition = of_type(conditions, kind.condition);
    condition.last_heartbeat_time = Some(now.clone());
    if condition.status == status {
        return None;
    }
    condition.status = status.to_owned();
    condition.reason = Some(reason.to_owned());
    condition.message = Some(message.to_owned());
    condition.last_transition_time = Some(now.clone());
    Some(NodeEvent::Status(event))
}

/// The first report of readiness is no transition, and no event.
fn write_ready(conditions: &mut Vec<NodeCondition>, errors: &[&str], now: &Time) -> Option<NodeEvent> {
    let (status, reason, message) = match errors {
        [] => (TRUE, "KubeletReady", "kubelet is posting ready status".to_owned()),
        errors => (FALSE, "KubeletNotReady", aggregate(errors)),
    };
    let condition = of_type(conditions, READY);
    let before = std::mem::replace(&mut condition.status, status.to_owned());
    condition.reason = Some(reason.to_owned());
    condition.message = Some(message);
    condition.last_heartbeat_time = Some(now.clone());
    if before == status {
        return None;
    }
    condition.last_transition_time = Some(now.clone());
    let event = if errors.is_empty() { node_event::NODE_READY } else { node_event::NODE_NOT_READY };
    (!before.is_empty()).then_some(NodeEvent::Status(event))
}

/// The condition, added at the end if it is not there; its status is empty then.
fn of_type<'a>(conditions: &'a mut Vec<NodeCondition>, kind: &str) -> &'a mut NodeCondition {
    let position = conditions.iter().position(|condition| condition.type_ == kind).unwrap_or_else(|| {
        conditions.push(NodeCondition { type_: kind.to_owned(), ..NodeCondition::default() });
        conditions.len() - 1
    });
    &mut conditions[position]
}

/// Resources without which a node is not ready.
pub(super) fn missing_capacity(status: &NodeStatus, local_storage_isolation: bool) -> Option<String> {
    let required =
        [CPU, MEMORY, PODS].into_iter().chain(local_storage_isolation.then_some(EPHEMERAL_STORAGE));
    let is_missing = |name: &&str| !status.capacity.as_ref().is_some_and(|there| there.contains_key(*name));
    let missing: Vec<&str> = required.filter(is_missing).collect();
    (!missing.is_empty()).then(|| format!("missing node capacity for resources: {}", missing.join(", ")))
}

/// Several errors as Go's `Aggregate.Error()` tells them: each once.
fn aggregate(errors: &[&str]) -> String {
    let mut told: Vec<&str> = Vec::new();
    for error in errors {
        if !told.contains(error) {
            told.push(error);
        }
    }
    match told[..] {
        [one] => one.to_owned(),
        _ => format!("[{}]", told.join(", ")),
    }
}

/// Whether the node says that it is ready.
pub(crate) fn is_ready(node: &Node) -> bool {
    let conditions = node.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.into_iter().any(|condition| condition.type_ == READY && condition.status == TRUE)
}
