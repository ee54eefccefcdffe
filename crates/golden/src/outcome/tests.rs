use serde_json::{Value, json};

use super::*;

const SANDBOX: &str = "0123456789abcdef";
const CONTAINER: &str = "fedcba9876543210";

fn call(method: &str, request: Value, response: Value) -> Call {
    Call {
        method: method.to_owned(),
        request,
        response,
        code: 0,
        message: String::new(),
        observed: BTreeMap::new(),
        at_ms: 0,
        took_ms: 1,
    }
}

fn sandbox_config() -> Value {
    json!({"metadata": {"name": "pod", "uid": "u-1"}, "log_directory": "/logs/u-1"})
}

fn creation(attempt: u32) -> Call {
    call(
        "CreateContainer",
        json!({
            "pod_sandbox_id": SANDBOX,
            "config": {"metadata": {"name": "main", "attempt": attempt}, "log_path": format!("main/{attempt}.log"),
                       "envs": [{"key": "ADDRESS", "value": "MTAuODguMC43"}]},
            "sandbox_config": sandbox_config(),
        }),
        json!({"container_id": format!("{CONTAINER}{attempt}")}),
    )
}

fn life() -> Vec<Call> {
    let container = json!({"container_id": format!("{CONTAINER}0")});
    vec![
        call("RunPodSandbox", json!({"config": sandbox_config()}), json!({"pod_sandbox_id": SANDBOX})),
        call(
            "PodSandboxStatus",
            json!({"pod_sandbox_id": SANDBOX}),
            json!({"status": {"network": {"ip": "10.88.0.7"}}}),
        ),
        creation(0),
        call("StartContainer", container.clone(), Value::Null),
        creation(1),
        call("StopContainer", json!({"container_id": format!("{CONTAINER}0"), "timeout": 30}), Value::Null),
        call("StopContainer", json!({"container_id": format!("{CONTAINER}0"), "timeout": 2}), Value::Null),
        call("StopPodSandbox", json!({"pod_sandbox_id": SANDBOX}), Value::Null),
    ]
}

fn sorted(calls: Vec<Call>) -> Sorter {
    let mut sorter = Sorter::default();
    sorter.take(calls);
    sorter
}

#[test]
fn a_life_from_start_to_end() {
    let sorter = sorted(life());
    let outcome = outcome(sorter.pod("pod").unwrap());
    assert_eq!(outcome.uid.as_deref(), Some("u-1"));
    assert_eq!(outcome.order, ["create main", "start main"]);
    assert_eq!(outcome.sandbox["config"]["log_directory"], "/logs/<uid>");
    assert_eq!(outcome.containers["main"]["config"]["envs"]["ADDRESS"], "<pod address>");
    assert_eq!(outcome.containers["main"]["same_sandbox_config"], true);
    assert_eq!(outcome.containers["main"]["started"], 0);
    assert_eq!(outcome.restarts["main"]["log_path"], "main/1.log");
    assert_eq!(outcome.stops["main"], 30);
    assert!(outcome.sandbox_stopped);
}

#[test]
fn a_sandbox_runs_until_it_is_stopped() {
    let mut calls = life();
    calls.pop();
    let sorter = sorted(calls);
    assert!(sorter.pod("pod").unwrap().has_running_sandbox());
    assert!(!outcome(sorter.pod("pod").unwrap()).sandbox_stopped);
}

#[test]
fn repeated_failures_are_told_once() {
    let mut failure = call("RunPodSandbox", json!({"config": sandbox_config()}), Value::Null);
    failure.code = 2;
    failure.message = "no network".to_owned();
    let sorter = sorted(vec![failure.clone(), failure]);
    let outcome = outcome(sorter.pod("pod").unwrap());
    assert_eq!(outcome.sandbox["code"], 2);
    assert_eq!(outcome.sandbox["error"], "no network");
    assert!(!outcome.sandbox_stopped);
    assert_eq!(sorter.taken(), 2);
}

#[test]
fn calls_of_strangers_are_passed_by() {
    let sorter = sorted(vec![call("StopPodSandbox", json!({"pod_sandbox_id": "other"}), Value::Null)]);
    assert!(sorter.pod("pod").is_none());
    assert_eq!(sorter.taken(), 1);
}

#[test]
fn an_outcome_is_complete_when_it_has_all_that_is_expected() {
    let sorter = sorted(life());
    let whole = outcome(sorter.pod("pod").unwrap());
    assert!(whole.has_all_of(&whole));
    assert!(!Outcome::default().has_all_of(&whole));
    let sorter = sorted(life().into_iter().take(3).collect());
    assert!(!outcome(sorter.pod("pod").unwrap()).has_all_of(&whole));
    let rejected = Outcome { rejection: json!({"reason": "DeadlineExceeded"}), ..whole.clone() };
    assert!(whole.has_timed_parts_of(&rejected));
    let running = Outcome { sandbox_stopped: false, ..whole };
    assert!(!running.has_timed_parts_of(&rejected), "the end by the deadline is waited for");
}
