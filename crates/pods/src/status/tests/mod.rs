//! Rows of what the runtime has and what was told before, and the status that comes of it.

mod ends;
mod restarting;
mod told_ends;

use super::{Audience, Facts, Inputs, build};
use crate::actor::{PodFailure, PodPhase, PodState, Waiting};
use crate::observe::{Exit, SeenContainer, SeenPod, SeenResources, SeenSandbox, SeenState};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Pod, PodStatus};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use types::{ContainerId, PodName, PodSource, PodUid, SandboxId, WantedPod};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).expect("in range")
}

/// What a row starts from: a pod of the API server with one container that runs.
struct Row {
    pod: Value,
    source: PodSource,
    phase: PodPhase,
    is_released: bool,
    failure: Option<PodFailure>,
    waiting: BTreeMap<String, Waiting>,
    sandbox: Option<bool>,
    /// Containers that were removed to begin again.
    taken_out: Vec<&'static str>,
    /// Ids of instances that others are put in the place of.
    replaced: Vec<&'static str>,
    /// `--node-ip`.
    node_ips: Vec<&'static str>,
    /// Name, restart count, state; newest first.
    containers: Vec<(&'static str, u32, SeenState)>,
    /// What was told before, and what the server has.
    told: Value,
}

const RUNNING: SeenState = SeenState::Running { started_at: Timestamp::UNIX_EPOCH };

fn exited(exit_code: i32) -> SeenState {
    SeenState::Exited(Exit {
        started_at: at(1),
        finished_at: at(2),
        exit_code,
        reason: if exit_code == 0 { "Completed" } else { "Error" }.to_owned(),
        message: String::new(),
    })
}

impl Default for Row {
    fn default() -> Self {
        Self {
            pod: json!({
                "metadata": {"name": "web", "namespace": "default", "uid": "u1", "generation": 3},
                "spec": {"restartPolicy": "Always", "containers": [{"name": "c", "image": "busybox"}]},
            }),
            source: PodSource::Api,
            phase: PodPhase::Syncing,
            is_released: false,
            failure: None,
            waiting: BTreeMap::new(),
            sandbox: Some(true),
            taken_out: Vec::new(),
            replaced: Vec::new(),
            node_ips: Vec::new(),
            containers: vec![("c", 0, RUNNING)],
            told: json!({"phase": "Pending", "qosClass": "BestEffort"}),
        }
    }
}

impl Row {
    fn state(&self) -> PodState {
        let pod: Pod = serde_json::from_value(self.pod.clone()).expect("a pod");
        let name = PodName::new("default", "web");
        let uid = PodUid::from("u1");
        let wanted = WantedPod {
            uid: uid.clone(),
            name: name.clone(),
            source: self.source,
            seen: at(0),
            pod: Arc::new(pod),
        };
        let sandboxes = self.sandbox.iter().map(|is_ready| SeenSandbox {
            id: SandboxId::from("s0"),
            attempt: 0,
            is_ready: *is_ready,
            created_at: at(0).as_nanosecond().try_into().expect("in range"),
            ips: vec!["fd00::2".to_owned(), "10.0.0.2".to_owned()],
            is_host_network: false,
        });
        let containers =
            self.containers.iter().enumerate().map(|(place, (name, count, state))| SeenContainer {
                id: ContainerId::from(format!("{name}{count}")),
                sandbox_id: SandboxId::from("s0"),
                name: (*name).to_owned(),
                restart_count: *count,
                hash: None,
                created_at: -i64::try_from(place).expect("few"),
                image: "docker.io/library/busybox:latest".to_owned(),
                image_ref: "sha256:1".to_owned(),
                grace_period_seconds: None,
                resources: SeenResources::default(),
                user: None,
                state: state.clone(),
            });
        let seen = SeenPod { uid, name, sandboxes: sandboxes.collect(), containers: containers.collect() };
        PodState {
            wanted: Some(Arc::new(wanted)),
            phase: self.phase,
            seen: Some(Arc::new(seen)),
            waiting: self.waiting.clone(),
            pod_waiting: None,
            failure: self.failure.clone(),
            is_released: self.is_released,
            pulled_for: Duration::ZERO,
            taken_out: self.taken_out.iter().map(|name| (*name).to_owned()).collect(),
            replaced: self.replaced.iter().copied().map(ContainerId::from).collect(),
        }
    }

    fn build(&self) -> Value {
        let told: PodStatus = serde_json::from_value(self.told.clone()).expect("a status");
        let facts = Facts {
            host_ips: vec!["192.168.0.1".parse().expect("an address")],
            runtime_name: "containerd".to_owned(),
            node_ips: self.node_ips.iter().map(|ip| ip.parse().expect("an address")).collect(),
            recursive_read_only: true,
        };
        let status = build(&Inputs {
            state: &self.state(),
            facts: &facts,
            previous: &told,
            server: &told,
            now: at(10),
            audience: Audience::Server,
        });
        serde_json::to_value(status.expect("a known pod")).expect("JSON")
    }
}

/// Builds a row's status and compares the parts that `expected` names, by JSON pointer.
fn check(name: &str, row: &Row, expected: &[(&str, Value)]) {
    let status = row.build();
    for (pointer, value) in expected {
        let found = status.pointer(pointer).unwrap_or(&Value::Null);
        assert_eq!(found, value, "{name}: {pointer} in {status:#}");
    }
    // What was told is what would be told again: a status that is read back changes nothing.
    let again = Row { told: status.clone(), ..copy(row) }.build();
    assert_eq!(again, status, "{name}: told again");
}

fn copy(row: &Row) -> Row {
    Row {
        pod: row.pod.clone(),
        source: row.source,
        phase: row.phase,
        is_released: row.is_released,
        failure: row.failure.clone(),
        waiting: row.waiting.clone(),
        sandbox: row.sandbox,
        taken_out: row.taken_out.clone(),
        replaced: row.replaced.clone(),
        node_ips: row.node_ips.clone(),
        containers: row.containers.clone(),
        told: row.told.clone(),
    }
}

/// The place of a condition among those of a pod with none of others.
const SANDBOX: &str = "/conditions/0";
const INITIALIZED: &str = "/conditions/1";
const READY: &str = "/conditions/2";

#[test]
fn a_running_pod() {
    check(
        "running",
        &Row::default(),
        &[
            ("/phase", json!("Running")),
            ("/observedGeneration", json!(3)),
            ("/qosClass", json!("BestEffort")),
            ("/hostIP", json!("192.168.0.1")),
            ("/hostIPs", json!([{"ip": "192.168.0.1"}])),
            ("/podIP", json!("10.0.0.2")),
            ("/podIPs", json!([{"ip": "10.0.0.2"}, {"ip": "fd00::2"}])),
            ("/startTime", json!("2027-01-15T08:00:00Z")),
            ("/conditions/0/type", json!("PodReadyToStartContainers")),
            ("/conditions/0/observedGeneration", json!(3)),
            ("/conditions/1/type", json!("Initialized")),
            ("/conditions/2/type", json!("Ready")),
            ("/conditions/2/status", json!("True")),
            ("/conditions/2/lastTransitionTime", json!("2027-01-15T08:00:10Z")),
            ("/conditions/3/type", json!("ContainersReady")),
            ("/conditions/4/type", json!("PodScheduled")),
            ("/containerStatuses/0/ready", json!(true)),
            ("/containerStatuses/0/started", json!(true)),
            ("/containerStatuses/0/containerID", json!("containerd://c0")),
            ("/containerStatuses/0/imageID", json!("sha256:1")),
        ],
    );
    check(
        "a node that prefers IPv6",
        &Row { node_ips: vec!["::"], ..Row::default() },
        &[("/podIP", json!("fd00::2")), ("/podIPs", json!([{"ip": "fd00::2"}, {"ip": "10.0.0.2"}]))],
    );
}

#[test]
fn what_others_wrote_is_kept() {
    let told = json!({
        "phase": "Running",
        "nominatedNodeName": "other",
        "resourceClaimStatuses": [{"name": "gpu"}],
        "startTime": "2027-01-01T00:00:00Z",
        "conditions": [
            {"type": "example.com/gate", "status": "False", "lastTransitionTime": "2027-01-01T00:00:00Z"},
            {"type": "Initialized", "status": "True", "lastTransitionTime": "2027-01-01T00:00:01Z"},
        ],
    });
    let mut row = Row { told, ..Row::default() };
    row.pod["spec"]["readinessGates"] = json!([
        {"conditionType": "example.com/gate"}, {"conditionType": "example.com/other"}
    ]);
    check(
        "gates",
        &row,
        &[
            ("/conditions/0/type", json!("example.com/gate")),
            ("/conditions/2/lastTransitionTime", json!("2027-01-01T00:00:01Z")),
            ("/conditions/3/type", json!("Ready")),
            ("/conditions/3/reason", json!("ReadinessGatesNotReady")),
            (
                "/conditions/3/message",
                json!(
                    "the status of pod readiness gate \"example.com/gate\" is not \"True\", but False, corresponding condition of pod readiness gate \"example.com/other\" does not exist."
                ),
            ),
            ("/conditions/4/status", json!("True")),
            ("/startTime", json!("2027-01-01T00:00:00Z")),
            ("/nominatedNodeName", json!("other")),
            ("/resourceClaimStatuses", json!([{"name": "gpu"}])),
        ],
    );
}

#[test]
fn before_the_start() {
    check(
        "no sandbox",
        &Row { sandbox: None, containers: vec![], ..Row::default() },
        &[
            ("/phase", json!("Pending")),
            (&format!("{SANDBOX}/reason"), json!("PodSandboxNotReady")),
            (&format!("{SANDBOX}/message"), json!("no pod sandbox exists")),
            (&format!("{INITIALIZED}/status"), json!("True")),
            (&format!("{READY}/message"), json!("containers with unready status: [c]")),
            ("/containerStatuses/0/state/waiting/reason", json!("ContainerCreating")),
            ("/podIP", Value::Null),
        ],
    );
    let mut row = Row { containers: vec![("i", 0, RUNNING)], ..Row::default() };
    row.pod["spec"]["initContainers"] = json!([{"name": "i", "image": "busybox"}]);
    check(
        "an init container runs",
        &row,
        &[
            ("/phase", json!("Pending")),
            (&format!("{INITIALIZED}/reason"), json!("ContainersNotInitialized")),
            (&format!("{INITIALIZED}/message"), json!("containers with incomplete status: [i]")),
            ("/containerStatuses/0/state/waiting/reason", json!("PodInitializing")),
            ("/initContainerStatuses/0/started", json!(true)),
            ("/initContainerStatuses/0/ready", json!(false)),
        ],
    );
    row.containers = vec![("c", 0, RUNNING)];
    check(
        "an init container that the runtime forgot",
        &row,
        &[
            ("/phase", json!("Running")),
            ("/initContainerStatuses/0/state/terminated/reason", json!("Completed")),
            ("/initContainerStatuses/0/ready", json!(true)),
        ],
    );
}

#[test]
fn restarts() {
    let waiting = Waiting { reason: "CrashLoopBackOff", message: "back-off 10s".to_owned() };
    check(
        "held back",
        &Row {
            containers: vec![("c", 2, exited(1)), ("c", 1, exited(3))],
            waiting: BTreeMap::from([("c".to_owned(), waiting)]),
            ..Row::default()
        },
        &[
            ("/phase", json!("Running")),
            ("/containerStatuses/0/restartCount", json!(2)),
            ("/containerStatuses/0/state/waiting/reason", json!("CrashLoopBackOff")),
            ("/containerStatuses/0/lastState/terminated/exitCode", json!(1)),
            (&format!("{READY}/reason"), json!("ContainersNotReady")),
        ],
    );
    let running = json!({
        "phase": "Running", "qosClass": "BestEffort",
        "containerStatuses": [{
            "name": "c", "image": "busybox", "imageID": "sha256:1", "ready": true, "restartCount": 5,
            "containerID": "containerd://old", "state": {"running": {"startedAt": "2027-01-01T00:00:00Z"}},
        }],
    });
    check(
        "a reboot forgets the container, not its count",
        &Row { told: running.clone(), sandbox: None, containers: vec![], ..Row::default() },
        &[
            ("/phase", json!("Running")),
            ("/containerStatuses/0/restartCount", json!(6)),
            ("/containerStatuses/0/state/waiting/reason", json!("ContainerCreating")),
            ("/containerStatuses/0/lastState/terminated/reason", json!("ContainerStatusUnknown")),
        ],
    );
    check(
        "the count of a container made after it does not fall",
        &Row { told: running, ..Row::default() },
        &[("/containerStatuses/0/restartCount", json!(5))],
    );
}

#[test]
fn resources_and_mounts_are_told() {
    let mut row = Row::default();
    row.pod["spec"]["containers"][0]["resources"] =
        json!({"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}});
    row.pod["spec"]["containers"][0]["volumeMounts"] = json!([
        {"name": "v", "mountPath": "/v", "readOnly": true, "recursiveReadOnly": "IfPossible"},
        {"name": "w", "mountPath": "/w"},
    ]);
    check(
        "as asked for",
        &row,
        &[
            ("/allocatedResources", json!({"cpu": "100m", "memory": "64Mi"})),
            (
                "/resources",
                json!({"limits": {"memory": "64Mi"}, "requests": {"cpu": "100m", "memory": "64Mi"}}),
            ),
            ("/containerStatuses/0/allocatedResources", json!({"cpu": "100m", "memory": "64Mi"})),
            ("/containerStatuses/0/resources/limits", json!({"memory": "64Mi"})),
            (
                "/containerStatuses/0/volumeMounts",
                json!([
                    {"name": "v", "mountPath": "/v", "readOnly": true, "recursiveReadOnly": "Enabled"},
                    {"name": "w", "mountPath": "/w"},
                ]),
            ),
        ],
    );
}

#[test]
fn a_running_pod_tells_what_its_control_group_holds_it_to() {
    let mut row = Row { containers: vec![("c", 0, RUNNING), ("d", 0, RUNNING)], ..Row::default() };
    row.pod["spec"]["containers"] = json!([
        {"name": "c", "image": "busybox", "resources": {
            "requests": {"cpu": "100m", "ephemeral-storage": "1Gi"}, "limits": {"memory": "64Mi", "cpu": "1"},
        }},
        {"name": "d", "image": "busybox", "resources": {"limits": {"cpu": "1"}}},
    ]);
    let requests = json!({"cpu": "100m"});
    check("runs", &row, &[("/resources", json!({"requests": requests, "limits": {"cpu": "2"}}))]);
    row.containers.clear();
    check(
        "before that what it asks for in all",
        &row,
        &[(
            "/resources",
            json!({
                "requests": {"cpu": "100m", "ephemeral-storage": "1Gi"},
                "limits": {"cpu": "2", "memory": "64Mi"},
            }),
        )],
    );
}
