use super::*;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};
use std::sync::Arc;
use types::{Event, EventKind, EventObject};

fn now() -> Timestamp {
    "2026-01-01T01:00:00Z".parse().unwrap()
}

fn pod(init_statuses: Value, statuses: Value, phase: &str) -> Pod {
    let pod = json!({
        "metadata": {"namespace": "default", "name": "web-n", "uid": "u1", "creationTimestamp": "2026-01-01T00:55:00Z",
                     "annotations": {"kubernetes.io/config.source": "file"}},
        "spec": {
            "nodeName": "n",
            "initContainers": [{"name": "init"}, {"name": "side", "restartPolicy": "Always"}],
            "containers": [
                {"name": "web", "image": "nginx", "ports": [{"containerPort": 80, "name": "http"}],
                 "env": [{"name": "A", "value": "b"}],
                 "resources": {"limits": {"memory": "64Mi"}},
                 "volumeMounts": [{"name": "log", "mountPath": "/var/log", "subPath": "x"}]},
                {"name": "log", "image": "busybox", "command": ["sh", "-c", "one\ntwo"]},
            ],
            "volumes": [{"name": "log", "emptyDir": {}}, {"name": "host", "hostPath": {"path": "/etc", "type": "Directory"}}],
            "tolerations": [{"operator": "Exists", "effect": "NoExecute"}],
        },
        "status": {
            "phase": phase, "podIP": "10.0.0.2", "podIPs": [{"ip": "10.0.0.2"}], "hostIP": "10.0.0.1", "qosClass": "Burstable",
            "conditions": [{"type": "Initialized", "status": "True"}, {"type": "Ready", "status": "False", "reason": "ContainersNotReady"}],
            "initContainerStatuses": init_statuses,
            "containerStatuses": statuses,
        },
    });
    serde_json::from_value(pod).unwrap()
}

fn status(name: &str, ready: bool, restarts: i32, state: Value) -> Value {
    json!({"name": name, "image": "nginx", "imageID": "sha256:1", "ready": ready, "restartCount": restarts,
           "containerID": "containerd://0123456789abcdef", "state": state,
           "lastState": if restarts == 0 { json!({}) } else {
               json!({"terminated": {"exitCode": 3, "reason": "Error", "startedAt": "2026-01-01T00:56:00Z", "finishedAt": "2026-01-01T00:58:00Z"}}) }})
}

fn running() -> Value {
    json!({"running": {"startedAt": "2026-01-01T00:59:00Z"}})
}

fn waiting(reason: &str) -> Value {
    json!({"waiting": {"reason": reason, "message": "because\u{1b}[31m"}})
}

fn ended(reason: &str, code: i32) -> Value {
    json!({"terminated": {"exitCode": code, "reason": reason}})
}

#[track_caller]
fn check_summary(pod: &Pod, ready: &str, status: &str, restarts: &str) {
    let summary = ps::summarize(pod, now());
    let seen = (summary.ready.as_str(), summary.status.as_str(), summary.restarts.as_str());
    assert_eq!(seen, (ready, status, restarts));
}

#[test]
fn columns_as_kubectl_computes_them() {
    let side = |ready| {
        let mut side = status("side", ready, 1, running());
        side["started"] = json!(true);
        side
    };
    let done = || status("init", true, 0, ended("Completed", 0));
    let both = pod(
        json!([done(), side(true)]),
        json!([status("web", true, 0, running()), status("log", true, 2, running())]),
        "Running",
    );
    check_summary(&both, "3/3", "Running", "3 (2m ago)");
    let backing_off = pod(
        json!([done(), side(true)]),
        json!([status("web", false, 1, waiting("CrashLoopBackOff")), status("log", true, 0, running())]),
        "Running",
    );
    check_summary(&backing_off, "2/3", "CrashLoopBackOff", "2 (2m ago)");
    let completed =
        json!([status("web", false, 0, ended("Completed", 0)), status("log", false, 0, running())]);
    check_summary(&pod(json!([]), completed.clone(), "Running"), "0/3", "Completed", "0");
    let failed =
        json!([status("web", false, 0, ended("Completed", 0)), status("log", false, 0, ended("Error", 1))]);
    check_summary(&pod(json!([]), failed, "Failed"), "0/3", "Error", "0");
    let nameless = json!([status("web", false, 0, ended("", 7))]);
    check_summary(&pod(json!([]), nameless, "Failed"), "0/3", "ExitCode:7", "0");

    let mut initializing = pod(json!([status("init", false, 0, running())]), json!([]), "Pending");
    initializing.status.as_mut().unwrap().conditions = None;
    check_summary(&initializing, "0/3", "Init:0/2", "0");
    let mut broken = pod(json!([status("init", false, 2, waiting("ErrImagePull"))]), json!([]), "Pending");
    broken.status.as_mut().unwrap().conditions = None;
    check_summary(&broken, "0/3", "Init:ErrImagePull", "2 (2m ago)");

    let mut leaving = both;
    leaving.metadata.deletion_timestamp = Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(now()));
    check_summary(&leaving, "3/3", "Terminating", "3 (2m ago)");
    check_summary(&Pod::default(), "0/0", "", "0");
}

#[test]
fn the_table() {
    let statuses =
        json!([status("web", true, 0, running()), status("log", false, 0, waiting("ErrImagePull"))]);
    let pods = [Arc::new(pod(json!([]), statuses, "Pending"))];
    assert_eq!(
        ps::pod_table(&pods, true, false, now()),
        "NAMESPACE   NAME    READY   STATUS         RESTARTS   AGE   IP\n\
         default     web-n   1/3     ErrImagePull   0          5m    10.0.0.2\n"
    );
}

#[test]
fn ages_as_kubectl_shows_them() {
    for (seconds, expected) in [
        (-5, "<invalid>"),
        (-1, "0s"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (200, "3m20s"),
        (600, "10m"),
        (3 * 3600, "3h"),
        (7 * 3600 + 300, "7h5m"),
        (47 * 3600, "47h"),
        (51 * 3600, "2d3h"),
        (9 * 86400, "9d"),
        (800 * 86400, "2y70d"),
        (3650 * 86400, "10y"),
    ] {
        assert_eq!(age::human(seconds), expected, "{seconds}");
    }
}

#[test]
fn columns_align_in_runs() {
    let text = "a\tb\nlonger\tc\nno cells\nx\ty\tz\n  in\tz\n";
    assert_eq!(table::align(text, 0, 2), "a       b\nlonger  c\nno cells\nx     y  z\n  in  z\n");
}

#[test]
fn description() {
    let statuses =
        json!([status("web", true, 1, running()), status("log", false, 0, waiting("ErrImagePull"))]);
    let pod = pod(json!([]), statuses, "Pending");
    let object = EventObject::pod("default", "web-n", "u1").container("web");
    let mut event = Event::new(EventKind::Warning, object, "BackOff", "Back-off", now());
    event.first_timestamp = "2026-01-01T00:50:00Z".parse().unwrap();
    event.count = 4;
    let text = describe::describe(&pod, &[event], now());
    let expected = include_str!("testdata/describe.txt");
    assert_eq!(text, expected, "\n{text}");
}

#[test]
fn command_lines() {
    for (line, code) in [
        ("kubelet ps --nonsense", 2),
        ("kubelet describe", 2),
        ("kubelet logs", 2),
        ("kubelet logs web --since soon", 2),
        ("kubelet ps --help", 0),
        ("kubelet ps --root-dir /nonexistent", 1),
        ("kubelet describe pod web --root-dir /nonexistent", 1),
        ("kubelet logs -f --tail 3 --since 1h30m web -c web --root-dir /nonexistent", 1),
    ] {
        let seen = run(line.split(' ').map(OsString::from));
        assert_eq!(format!("{seen:?}"), format!("{:?}", ExitCode::from(code)), "{line}");
    }
    assert!(is_command(OsStr::new("ps")) && !is_command(OsStr::new("--config")));
}
