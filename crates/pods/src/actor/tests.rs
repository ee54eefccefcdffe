//! Tables of plans: what is wanted and seen, and the step that follows.

use super::memory::{Failure, Memory};
use super::plan::{Inputs, Plan, SandboxStep, plan};
use super::tidy::surplus;
use crate::backoff::{Backoff, BackoffPolicy};
use crate::observe::{Exit, SeenContainer, SeenPod, SeenSandbox, SeenState};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{
    Container, ContainerRestartRule, ContainerRestartRuleOnExitCodes, EphemeralContainer, Pod, PodSpec,
};
use types::{ContainerId, PodName, PodUid, SandboxId};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

fn container(name: &str) -> Container {
    Container { name: name.to_owned(), image: Some("busybox".to_owned()), ..Container::default() }
}

fn sidecar(name: &str) -> Container {
    Container { restart_policy: Some("Always".to_owned()), ..container(name) }
}

/// A pod with app containers `a` and `b`.
fn pod(policy: &str, init: &[Container]) -> Pod {
    let spec = PodSpec {
        containers: vec![container("a"), container("b")],
        init_containers: (!init.is_empty()).then(|| init.to_vec()),
        restart_policy: Some(policy.to_owned()),
        ..PodSpec::default()
    };
    Pod { spec: Some(spec), ..Pod::default() }
}

fn exit(code: i32, ended: i64) -> SeenState {
    SeenState::Exited(Exit {
        started_at: at(ended - 1),
        finished_at: at(ended),
        exit_code: code,
        reason: "Error".to_owned(),
        message: String::new(),
    })
}

fn running() -> SeenState {
    SeenState::Running { started_at: at(0) }
}

/// Sandboxes as (attempt, ready), newest first; containers as (name, number, state), newest first, all in the newest sandbox.
fn seen(sandboxes: &[(u32, bool)], containers: &[(&str, u32, SeenState)]) -> SeenPod {
    let newest = sandboxes.first().map_or(0, |(attempt, _)| *attempt);
    SeenPod {
        uid: PodUid::from("uid"),
        name: PodName::new("default", "pod"),
        sandboxes: sandboxes
            .iter()
            .map(|(attempt, is_ready)| SeenSandbox {
                id: SandboxId::from(format!("s{attempt}")),
                attempt: *attempt,
                is_ready: *is_ready,
                created_at: i64::from(*attempt),
                ips: vec!["10.0.0.2".to_owned()],
                is_host_network: false,
            })
            .collect(),
        containers: containers
            .iter()
            .map(|(name, count, state)| SeenContainer {
                id: ContainerId::from(format!("{name}{count}")),
                sandbox_id: SandboxId::from(format!("s{newest}")),
                name: (*name).to_owned(),
                restart_count: *count,
                hash: Some(translate::container_hash(&container(name))),
                created_at: i64::from(*count),
                image: "busybox".to_owned(),
                image_ref: "sha256:1".to_owned(),
                grace_period_seconds: Some(30),
                resources: crate::observe::SeenResources::default(),
                user: None,
                state: state.clone(),
            })
            .collect(),
    }
}

fn step(pod: &Pod, seen: &SeenPod, memory: &Memory, now: i64) -> String {
    let (plan, _) = plan(Inputs { pod, seen, memory, policy: BackoffPolicy::UPSTREAM, now: at(now) });
    match plan {
        Plan::Complete => "complete".to_owned(),
        Plan::Wait { until: None } => "wait".to_owned(),
        Plan::Reset(resets) => {
            let words = resets.iter().map(|reset| {
                format!("{} {}", if reset.may_run { "stop and remove" } else { "remove" }, reset.id)
            });
            words.collect::<Vec<_>>().join(", ")
        }
        Plan::Wait { until: Some(until) } => format!("wait until {}", until.duration_since(at(0)).as_secs()),
        Plan::Start(start) => {
            let spec = pod.spec.as_ref().unwrap();
            let sandbox = match start.sandbox {
                SandboxStep::Keep(_) => String::new(),
                SandboxStep::Create { attempt } => format!("sandbox {attempt}; "),
            };
            let kills: String = start.kill.iter().map(|kill| format!("kill {}; ", kill.id)).collect();
            let names: Vec<_> =
                start.containers.iter().map(|step| step.container(spec).unwrap().name.clone()).collect();
            format!("{sandbox}{kills}start {}", names.join(" "))
        }
    }
}

#[test]
fn app_containers() {
    let none = Memory::default();
    let check =
        |policy: &str, sandboxes: &[(u32, bool)], containers: &[(&str, u32, SeenState)], expected: &str| {
            let found = step(&pod(policy, &[]), &seen(sandboxes, containers), &none, 1000);
            assert_eq!(found, expected, "{policy} {sandboxes:?} {containers:?}");
        };
    // Nothing there yet.
    check("Always", &[], &[], "sandbox 0; start a b");
    // Sandbox there, containers not.
    check("Always", &[(0, true)], &[], "start a b");
    check("Always", &[(0, true)], &[("a", 0, running())], "start b");
    check("Always", &[(0, true)], &[("a", 0, running()), ("b", 0, running())], "wait");
    // Created but not started: an action was cut off.
    check("Never", &[(0, true)], &[("a", 0, SeenState::Created), ("b", 0, running())], "start a");
    // Ended.
    check("Always", &[(0, true)], &[("a", 0, exit(0, 0)), ("b", 0, running())], "start a");
    check("OnFailure", &[(0, true)], &[("a", 0, exit(0, 0)), ("b", 0, running())], "wait");
    check("OnFailure", &[(0, true)], &[("a", 0, exit(1, 0)), ("b", 0, running())], "start a");
    check("Never", &[(0, true)], &[("a", 0, exit(1, 0)), ("b", 0, running())], "wait");
    check("Never", &[(0, true)], &[("a", 0, exit(1, 0)), ("b", 0, exit(0, 0))], "complete");
    check("OnFailure", &[(0, true)], &[("a", 0, exit(0, 0)), ("b", 0, exit(0, 0))], "complete");
    // Unknown: ended first, so that it never runs twice.
    check("Always", &[(0, true)], &[("a", 0, SeenState::Unknown), ("b", 0, running())], "kill a0; start a");
    // The sandbox died, or there are two, or it has no address.
    check("Always", &[(3, false)], &[("a", 0, running()), ("b", 0, exit(0, 0))], "sandbox 4; start a b");
    check("Always", &[(1, true), (0, true)], &[("a", 0, running())], "sandbox 2; start a b");
    check("OnFailure", &[(0, false)], &[("a", 0, exit(0, 0)), ("b", 0, exit(2, 0))], "sandbox 1; start b");
    check("OnFailure", &[(0, false)], &[("a", 0, exit(0, 0)), ("b", 0, exit(0, 0))], "complete");
    check("Never", &[(0, false)], &[("a", 0, exit(0, 0)), ("b", 0, exit(1, 0))], "complete");
    // Never created any container: the sandbox is tried again whatever the policy.
    check("Never", &[(0, false)], &[], "sandbox 1; start a b");
}

#[test]
fn init_containers() {
    let none = Memory::default();
    let inits = [container("i"), container("j")];
    let check = |policy: &str, init: &[Container], containers: &[(&str, u32, SeenState)], expected: &str| {
        let found = step(&pod(policy, init), &seen(&[(0, true)], containers), &none, 1000);
        assert_eq!(found, expected, "{policy} {containers:?}");
    };
    check("Always", &inits, &[], "start i");
    check("Always", &inits, &[("i", 0, running())], "wait");
    check("Always", &inits, &[("i", 0, exit(0, 0))], "start j");
    check("Always", &inits, &[("i", 0, exit(1, 0))], "start i");
    check("Never", &inits, &[("i", 0, exit(1, 0))], "complete");
    check("Always", &inits, &[("j", 0, exit(0, 0)), ("i", 0, exit(0, 0))], "start a b");
    // The first one's record is gone already; the last one tells enough.
    check("Always", &inits, &[("j", 0, exit(0, 0))], "start a b");
    // Sidecars: started, then the rest goes on beside them, and they are kept up.
    let sidecars = [sidecar("s"), container("i")];
    check("Always", &sidecars, &[], "start s");
    check("Always", &sidecars, &[("s", 0, running())], "start i");
    check("Always", &sidecars, &[("i", 0, exit(0, 0)), ("s", 0, running())], "start a b");
    let app_running = [("a", 0, running()), ("b", 0, running()), ("i", 0, exit(0, 0)), ("s", 0, exit(1, 0))];
    check("Always", &sidecars, &app_running, "start s");
    // In a new sandbox everything begins again.
    let found = step(&pod("Always", &inits), &seen(&[(0, false)], &[("j", 0, exit(0, 0))]), &none, 1000);
    assert_eq!(found, "sandbox 1; start i");
}

#[test]
fn an_init_container_that_nobody_can_tell_of() {
    let none = Memory::default();
    let check = |policy: &str, init: Container, expected: &str| {
        let seen = seen(&[(0, true)], &[("i", 0, SeenState::Unknown)]);
        assert_eq!(step(&pod(policy, &[init]), &seen, &none, 1000), expected, "{policy}");
    };
    let own = |policy: &str| Container { restart_policy: Some(policy.to_owned()), ..container("i") };
    check("Always", container("i"), "kill i0; start i");
    // It may have failed: that is what a pod that never restarts has to take it for.
    check("Never", container("i"), "complete");
    check("Never", own("OnFailure"), "kill i0; start i");
    check("Always", own("Never"), "complete");
    check("Never", own("Always"), "kill i0; start i");
}

#[test]
fn ephemeral_containers_run_once_and_come_first() {
    let none = Memory::default();
    let check = |init: &[Container], containers: &[(&str, u32, SeenState)], expected: &str| {
        let mut pod = pod("Always", init);
        let ephemeral = EphemeralContainer { name: "e".to_owned(), ..EphemeralContainer::default() };
        pod.spec.as_mut().unwrap().ephemeral_containers = Some(vec![ephemeral]);
        assert_eq!(step(&pod, &seen(&[(0, true)], containers), &none, 1000), expected, "{containers:?}");
    };
    let both = [("a", 0, running()), ("b", 0, running())];
    check(&[], &both, "start e");
    check(&[], &both[1..], "start e a");
    let with = |state: SeenState| [both.as_slice(), &[("e", 0, state)]].concat();
    check(&[], &with(running()), "wait");
    check(&[], &with(exit(1, 0)), "wait");
    check(&[], &with(SeenState::Created), "wait");
    // A pod that does not get past its init containers can be looked at.
    check(&[container("i")], &[("i", 0, running())], "start e");
}

fn rules(policy: &str, rules: &[(&str, &str, i32)]) -> Container {
    let rule = |(action, operator, code): &(&str, &str, i32)| ContainerRestartRule {
        action: (*action).to_owned(),
        exit_codes: Some(ContainerRestartRuleOnExitCodes {
            operator: (*operator).to_owned(),
            values: Some(vec![*code]),
        }),
    };
    Container {
        restart_policy: Some(policy.to_owned()),
        restart_policy_rules: Some(rules.iter().map(rule).collect()),
        ..container("a")
    }
}

#[test]
fn the_first_rule_that_fits_counts() {
    let none = Memory::default();
    let check = |own: Container, code: i32, expected: &str| {
        let mut pod = pod("Never", &[container("i")]);
        pod.spec.as_mut().unwrap().containers[0] = own;
        let seen = seen(
            &[(0, true)],
            &[("a", 1, exit(code, 9)), ("b", 0, running()), ("a", 0, exit(3, 1)), ("i", 0, exit(0, 0))],
        );
        assert_eq!(step(&pod, &seen, &none, 1000), expected, "{code}");
    };
    let restart = [("Restart", "In", 5)];
    check(rules("Never", &restart), 5, "start a");
    check(rules("Never", &restart), 6, "wait");
    check(rules("Always", &restart), 6, "start a");
    check(rules("Never", &[("Restart", "NotIn", 5)]), 6, "start a");
    let all = [("RestartAllContainers", "In", 42)];
    // What is the reason goes last, and all its instances with it.
    check(rules("Never", &all), 42, "remove a0, stop and remove b0, remove i0, remove a1");
    check(rules("Never", &all), 41, "wait");
    check(rules("Never", &[("Restart", "NotIn", 0), all[0]]), 42, "start a");
}

#[test]
fn a_changed_definition_restarts_whatever_the_policy() {
    let mut pod = pod("Never", &[]);
    pod.spec.as_mut().unwrap().containers[0].image = Some("nginx".to_owned());
    let seen = seen(&[(0, true)], &[("a", 0, running()), ("b", 0, running())]);
    assert_eq!(step(&pod, &seen, &Memory::default(), 0), "kill a0; start a");
}

#[test]
fn the_sandbox_must_fit_the_network() {
    let mut pod = pod("Always", &[]);
    let mut seen = seen(&[(0, true)], &[("a", 0, running()), ("b", 0, running())]);
    seen.sandboxes[0].ips.clear();
    assert_eq!(step(&pod, &seen, &Memory::default(), 0), "sandbox 1; start a b");
    pod.spec.as_mut().unwrap().host_network = Some(true);
    assert_eq!(step(&pod, &seen, &Memory::default(), 0), "sandbox 1; start a b");
    seen.sandboxes[0].is_host_network = true;
    assert_eq!(step(&pod, &seen, &Memory::default(), 0), "wait");
}

#[test]
fn backoff_holds_a_container_back_and_nothing_else() {
    let pod = pod("Always", &[]);
    let key = translate::backoff_key(&pod, &container("a"));
    let record = Backoff { key, delay_milliseconds: 20_000, updated_at: at(90) };
    let mut memory = Memory::default();
    memory.restarts.insert("a".to_owned(), record);
    let crashed = seen(&[(0, true)], &[("a", 3, exit(1, 100)), ("b", 0, running())]);
    assert_eq!(step(&pod, &crashed, &memory, 101), "wait until 120");
    assert_eq!(step(&pod, &crashed, &memory, 120), "start a");
    let both = seen(&[(0, true)], &[("a", 3, exit(1, 100)), ("b", 0, exit(1, 100))]);
    assert_eq!(step(&pod, &both, &memory, 101), "start b");
    // No new sandbox for a container that has to wait.
    let dead = seen(&[(0, false)], &[("a", 3, exit(1, 100)), ("b", 0, exit(1, 100))]);
    assert_eq!(step(&pod, &dead, &memory, 101), "sandbox 1; start b");
}

#[test]
fn failures_are_tried_again_later() {
    let pod = pod("Always", &[]);
    let failure = Failure {
        reason: "ErrImagePull",
        message: String::new(),
        failed_at: at(0),
        retry_at: at(50),
        attempts: 1,
    };
    let memory = Memory { failures: [("a".to_owned(), failure.clone())].into(), ..Memory::default() };
    let seen_pod = seen(&[(0, true)], &[("b", 0, running())]);
    assert_eq!(step(&pod, &seen_pod, &memory, 10), "wait until 50");
    assert_eq!(step(&pod, &seen_pod, &memory, 50), "start a");
    let memory = Memory { pod_failure: Some(failure), ..Memory::default() };
    assert_eq!(step(&pod, &seen(&[], &[]), &memory, 10), "wait until 50");
    assert_eq!(step(&pod, &seen(&[], &[]), &memory, 50), "sandbox 0; start a b");
}

#[test]
fn one_dead_container_of_each_name_is_kept() {
    let check = |sandboxes: &[(u32, bool)], containers: &[(&str, u32, SeenState)], expected: &str| {
        let surplus = surplus(&seen(sandboxes, containers));
        let ids = surplus.containers.iter().map(|container| container.id.to_string());
        let ids: Vec<_> = ids.chain(surplus.sandboxes.iter().map(ToString::to_string)).collect();
        assert_eq!(ids.join(" "), expected, "{containers:?}");
    };
    check(&[(0, true)], &[("a", 2, running()), ("a", 1, exit(1, 0)), ("a", 0, exit(1, 0))], "a0");
    check(&[(0, true)], &[("a", 1, exit(1, 0)), ("a", 0, exit(1, 0))], "a0");
    check(&[(0, true)], &[("a", 1, running()), ("a", 0, SeenState::Created)], "a0");
    check(&[(0, true)], &[("a", 0, SeenState::Created)], "");
    check(&[(2, true), (1, false), (0, false)], &[("a", 0, running())], "s1 s0");
    check(&[(0, false)], &[("a", 0, exit(0, 0))], "");
}
