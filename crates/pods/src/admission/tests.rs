//! Tables: a pod in YAML, what is there already, and the verdict.

use super::{Allocatable, Features, NodeView, SysctlPatterns, admit};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use std::sync::Arc;
use types::{PodName, PodSource, PodUid, WantedPod};

const MIB: i64 = 1024 * 1024;

fn node() -> NodeView {
    NodeView {
        name: "n1".to_owned(),
        labels: [
            ("kubernetes.io/os", "linux"),
            ("kubernetes.io/hostname", "n1"),
            ("disk", "ssd"),
            ("cores", "8"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into(),
        taints: Vec::new(),
        allocatable: Allocatable {
            cpu_milli: 2000,
            memory_bytes: 1000 * MIB,
            ephemeral_storage_bytes: 500 * MIB,
            pods: 4,
            other: [("hugepages-2Mi".to_owned(), 4 * MIB), ("example.com/gpu".to_owned(), 1)].into(),
        },
        sysctls: SysctlPatterns::new("6.1.0", &["net.core.*".to_owned(), "kernel.msgmax".to_owned()])
            .unwrap(),
        app_armor: true,
        supplemental_groups_policy: true,
        features: Features { pod_level_resources: true, declared: true, ..Features::default() },
    }
}

/// A static pod whose specification is this JSON (the container's fields first, then the pod's).
fn pod(name: &str, container: &str, spec: &str) -> WantedPod {
    let text = format!(
        r#"{{"metadata": {{"name": "{name}"}}, "spec": {{"containers": [{{"name": "c", "image": "i"{container}}}]{spec}}}}}"#
    );
    let pod: Pod = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    wanted(name, pod)
}

fn wanted(name: &str, pod: Pod) -> WantedPod {
    WantedPod {
        uid: PodUid::from(name),
        name: PodName::new("default", name),
        source: PodSource::File,
        seen: Timestamp::UNIX_EPOCH,
        pod: Arc::new(pod),
    }
}

fn requests(text: &str) -> String {
    format!(r#", "resources": {{"requests": {{{text}}}}}"#)
}

fn verdict(node: &NodeView, wanted: &WantedPod, others: &[WantedPod]) -> String {
    let others: Vec<&WantedPod> = others.iter().collect();
    match admit(node, wanted, &others) {
        Ok(preemption) if preemption.victims.is_empty() => "admitted".to_owned(),
        Ok(preemption) => format!(
            "after {}",
            preemption.victims.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        ),
        Err(rejection) => format!("{}: {}", rejection.reason, rejection.message),
    }
}

fn check(container: &str, spec: &str, expected: &str) {
    let found = verdict(&node(), &pod("p", container, spec), &[]);
    assert!(found.starts_with(expected), "{container} {spec}\n found    {found}\n expected {expected}");
}

#[test]
fn sysctls() {
    let set =
        |name: &str| format!(r#", "securityContext": {{"sysctls": [{{"name": "{name}", "value": "1"}}]}}"#);
    let forbidden = |why: &str| format!("SysctlForbidden: forbidden sysctl: {why}");
    check("", &set("net.ipv4.tcp_syncookies"), "admitted");
    check("", &set("net/ipv4/tcp_syncookies"), "admitted");
    check("", &set("net.core.somaxconn"), "admitted");
    check("", &set("kernel.msgmax"), "admitted");
    check("", &set("kernel.msgmnb"), &forbidden(r#""kernel.msgmnb" not allowlisted"#));
    check("", &set("vm.swappiness"), &forbidden(r#""vm.swappiness" not allowlisted"#));
    let with = |name: &str, more: &str| format!("{}{more}", set(name));
    check(
        "",
        &with("net.core.somaxconn", r#", "hostNetwork": true"#),
        &forbidden(r#""net.core.somaxconn" not allowed with host Net enabled"#),
    );
    check(
        "",
        &with("kernel.shm_rmid_forced", r#", "hostIPC": true"#),
        &forbidden(r#""kernel.shm_rmid_forced" not allowed with host IPC enabled"#),
    );
    check("", &with("kernel.shm_rmid_forced", r#", "hostNetwork": true"#), "admitted");
}

#[test]
fn patterns_of_sysctls() {
    let check = |kernel: &str, allowed: &[&str], expected: Result<(), &str>| {
        let allowed: Vec<String> = allowed.iter().map(|text| (*text).to_owned()).collect();
        let found = SysctlPatterns::new(kernel, &allowed).map(drop).map_err(|error| error.0);
        assert_eq!(found, expected.map_err(str::to_owned), "{allowed:?}");
    };
    check("6.1", &["kernel.shm*", "kernel.msg*", "net.*", "fs.mqueue.*", "user.max_user_namespaces"], Ok(()));
    check("6.1", &["vm.swappiness"], Err("vm.swappiness"));
    check("6.1", &["kernel.*"], Err("kernel."));
    // An old kernel does not keep these apart.
    let old = NodeView { sysctls: SysctlPatterns::new("4.4.0-generic", &[]).unwrap(), ..node() };
    let pod = pod(
        "p",
        "",
        r#", "securityContext": {"sysctls": [{"name": "net.ipv4.tcp_keepalive_time", "value": "1"}]}"#,
    );
    assert!(verdict(&old, &pod, &[]).starts_with("SysctlForbidden"));
    assert_eq!(verdict(&node(), &pod, &[]), "admitted");
}

#[test]
fn operating_system() {
    check("", r#", "os": {"name": "linux"}"#, "admitted");
    check("", r#", "os": {"name": "windows"}"#, "PodOSNotSupported: Failed to admit pod as the OS field");
    let mut labelled = Pod::default();
    labelled.metadata.labels = Some([("kubernetes.io/os".to_owned(), "windows".to_owned())].into());
    assert!(verdict(&node(), &wanted("p", labelled), &[]).starts_with("PodOSSelectorNodeLabelDoesNotMatch"));
    let strict = r#", "securityContext": {"supplementalGroupsPolicy": "Strict"}"#;
    check("", strict, "admitted");
    let without = NodeView { supplemental_groups_policy: false, ..node() };
    assert!(
        verdict(&without, &pod("p", "", strict), &[]).starts_with("SupplementalGroupsPolicyNotSupported")
    );
}

#[test]
fn resources() {
    let nobody = |list: &str| {
        format!(
            "UnexpectedAdmissionError: Unexpected error while attempting to recover from admission failure: preemption: error finding a set of pods to preempt: no set of running pods found to reclaim resources: [{list}, ]"
        )
    };
    check(&requests(r#""cpu": "2", "memory": "1000Mi", "ephemeral-storage": "500Mi""#), "", "admitted");
    check(&requests(r#""cpu": "2001m""#), "", &nobody("(res: cpu, q: 1)"));
    check(&requests(r#""memory": "1001Mi""#), "", &nobody("(res: memory, q: 1048576)"));
    check(&requests(r#""ephemeral-storage": "501Mi""#), "", &nobody("(res: ephemeral-storage, q: 1048576)"));
    check(&requests(r#""hugepages-2Mi": "6Mi""#), "", &nobody("(res: hugepages-2Mi, q: 2097152)"));
    // Of a page size that the node does not have there is none; of a device that it does not know others decide.
    check(&requests(r#""hugepages-1Gi": "1Gi""#), "", &nobody("(res: hugepages-1Gi, q: 1073741824)"));
    check(&requests(r#""example.com/gpu": "2""#), "", &nobody("(res: example.com/gpu, q: 1)"));
    check(&requests(r#""example.com/other": "2""#), "", "admitted");
    check(
        &requests(r#""cpu": "3", "memory": "2000Mi""#),
        "",
        &nobody("(res: cpu, q: 1000), (res: memory, q: 1048576000)"),
    );
    // Others count, and so does overhead.
    let half = |name: &str| pod(name, &requests(r#""cpu": "1""#), "");
    assert_eq!(verdict(&node(), &half("b"), &[half("a")]), "admitted");
    let found = verdict(&node(), &half("c"), &[half("a"), half("b")]);
    assert_eq!(found, nobody("(res: cpu, q: 1000)"));
    check(&requests(r#""cpu": "2""#), r#", "overhead": {"cpu": "100m"}"#, &nobody("(res: cpu, q: 100)"));
    // As many pods as the node may have.
    let small = |name: &str| pod(name, "", "");
    let three = ["a", "b", "c"].map(small);
    assert_eq!(verdict(&node(), &small("d"), &three), "admitted");
    let four = ["a", "b", "c", "d"].map(small);
    assert_eq!(verdict(&node(), &small("e"), &four), nobody("(res: pods, q: 1)"));
}

#[test]
fn ordinary_pods_do_not_preempt() {
    let mut large = pod("p", &requests(r#""cpu": "3""#), "");
    large.source = PodSource::Api;
    let words = "OutOfcpu: Node didn't have enough resource: cpu, requested: 3000, used: 0, capacity: 2000";
    assert_eq!(verdict(&node(), &large, &[]), words);
}

#[test]
fn others_give_way() {
    let with = |name: &str, cpu: &str, priority: i32| {
        pod(name, &requests(&format!(r#""cpu": "{cpu}""#)), &format!(r#", "priority": {priority}"#))
    };
    let check = |others: &[WantedPod], cpu: &str, expected: &str| {
        let found = verdict(&node(), &with("p", cpu, 100), others);
        assert!(found.starts_with(expected), "{found}, not {expected}");
    };
    check(&[with("low", "1500m", 1)], "1", "after low");
    check(&[with("same", "1500m", 100)], "1", "UnexpectedAdmissionError");
    // The nearest: one that is large enough, and of those the smallest.
    check(&[with("a", "300m", 1), with("b", "800m", 1), with("c", "900m", 1)], "700m", "after b");
    check(&[with("a", "500m", 1), with("b", "500m", 1), with("c", "1", 100)], "1", "after a b");
    // BestEffort pods bring nothing but their place.
    let mut ordinary = pod("api", &requests(r#""cpu": "2""#), "");
    ordinary.source = PodSource::Api;
    let found = verdict(&node(), &pod("p", &requests(r#""cpu": "1""#), ""), &[ordinary]);
    assert_eq!(found, "after api");
    // A reason that no preemption cures stands alone.
    let elsewhere = pod("p", &requests(r#""cpu": "3""#), r#", "nodeSelector": {"disk": "tape"}"#);
    assert!(verdict(&node(), &elsewhere, &[]).starts_with("NodeAffinity: Predicate NodeAffinity failed"));
}

#[test]
fn affinity() {
    let rejected =
        "NodeAffinity: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector";
    let required = |terms: &str| {
        format!(
            r#", "affinity": {{"nodeAffinity": {{"requiredDuringSchedulingIgnoredDuringExecution": {{"nodeSelectorTerms": [{terms}]}}}}}}"#
        )
    };
    let label = |key: &str, operator: &str, values: &str| {
        required(&format!(
            r#"{{"matchExpressions": [{{"key": "{key}", "operator": "{operator}", "values": [{values}]}}]}}"#
        ))
    };
    check("", r#", "nodeSelector": {"disk": "ssd"}"#, "admitted");
    check("", r#", "nodeSelector": {"disk": "tape"}"#, rejected);
    check("", r#", "nodeSelector": {"absent": ""}"#, rejected);
    check("", &label("disk", "In", r#""ssd", "nvme""#), "admitted");
    check("", &label("disk", "In", r#""nvme""#), rejected);
    check("", &label("disk", "NotIn", r#""ssd""#), rejected);
    check("", &label("absent", "NotIn", r#""ssd""#), "admitted");
    check("", &label("disk", "Exists", ""), "admitted");
    check("", &label("disk", "DoesNotExist", ""), rejected);
    check("", &label("cores", "Gt", r#""4""#), "admitted");
    check("", &label("cores", "Lt", r#""4""#), rejected);
    check("", &label("disk", "Gt", r#""4""#), rejected);
    let name = |name: &str| {
        format!(r#"{{"matchFields": [{{"key": "metadata.name", "operator": "In", "values": ["{name}"]}}]}}"#)
    };
    check("", &required(&name("n1")), "admitted");
    check("", &required(&name("n2")), rejected);
    // One of the terms is enough; an empty one is none.
    check("", &required(&format!("{}, {}", name("n2"), name("n1"))), "admitted");
    check("", &required("{}"), rejected);
    check("", r#", "nodeName": "n1""#, "admitted");
    check(
        "",
        r#", "nodeName": "n2""#,
        "NodeName: Predicate NodeName failed: node(s) didn't match the requested",
    );
}

#[test]
fn host_ports() {
    let port =
        |name: &str, text: &str| pod(name, &format!(r#", "ports": [{{"containerPort": 80, {text}}}]"#), "");
    let check = |taken: &str, asked: &str, is_free: bool| {
        let found = verdict(&node(), &port("p", asked), &[port("q", taken)]);
        let rejected = "NodePorts: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";
        assert_eq!(found, if is_free { "admitted" } else { rejected }, "{taken} {asked}");
    };
    check(r#""hostPort": 80"#, r#""hostPort": 81"#, true);
    check(r#""hostPort": 80"#, r#""hostPort": 80"#, false);
    check(r#""hostPort": 80"#, r#""hostPort": 80, "protocol": "UDP""#, true);
    check(r#""hostPort": 80, "hostIP": "127.0.0.1""#, r#""hostPort": 80, "hostIP": "127.0.0.2""#, true);
    check(r#""hostPort": 80, "hostIP": "127.0.0.1""#, r#""hostPort": 80"#, false);
    check(r#""hostPort": 80"#, r#""hostPort": 80, "hostIP": "127.0.0.2""#, false);
    check(r#""name": "none""#, r#""name": "none""#, true);
}

#[test]
fn app_armor() {
    let default = r#", "securityContext": {"appArmorProfile": {"type": "RuntimeDefault"}}"#;
    check("", default, "admitted");
    check(default, "", "admitted");
    let without = NodeView { app_armor: false, ..node() };
    let words = "AppArmor: Cannot enforce AppArmor: AppArmor is not enabled on the host";
    assert_eq!(verdict(&without, &pod("p", "", default), &[]), words);
    assert_eq!(verdict(&without, &pod("p", default, ""), &[]), words);
    let unconfined = r#", "securityContext": {"appArmorProfile": {"type": "Unconfined"}}"#;
    assert_eq!(verdict(&without, &pod("p", "", unconfined), &[]), "admitted");
    let nameless =
        r#", "securityContext": {"appArmorProfile": {"type": "Localhost", "localhostProfile": " "}}"#;
    check(nameless, "", "AppArmor: Cannot enforce AppArmor: invalid empty AppArmor profile name");
}

#[test]
fn features() {
    let needs = |names: &str| {
        format!("PodFeatureUnsupported: Pod requires node features that are not available: {names}")
    };
    let mounts = r#", "volumeMounts": [{"name": "v", "mountPath": "/v", "bindMountOptions": ["noexec"]}]"#;
    check(mounts, "", &needs("VolumeBindMountOptions"));
    let host = r#", "hostNetwork": true, "hostUsers": false"#;
    check(mounts, host, &needs("UserNamespacesHostNetworkSupport, VolumeBindMountOptions"));
    let rule = r#", "restartPolicyRules": [{"action": "RestartAllContainers"}]"#;
    check(rule, "", &needs("RestartAllContainersOnContainerExits"));
    let able = Features { volume_bind_mount_options: true, ..node().features };
    assert_eq!(verdict(&NodeView { features: able, ..node() }, &pod("p", mounts, ""), &[]), "admitted");
    let silent = Features { declared: false, ..node().features };
    assert_eq!(verdict(&NodeView { features: silent, ..node() }, &pod("p", mounts, ""), &[]), "admitted");
    let whole = r#", "resources": {"requests": {"cpu": "1"}}"#;
    check("", whole, "admitted");
    let without = Features { pod_level_resources: false, ..node().features };
    let found = verdict(&NodeView { features: without, ..node() }, &pod("p", "", whole), &[]);
    assert!(found.starts_with("PodLevelResourcesNotSupported"));
}

#[test]
fn the_metric_knows_a_bounded_number_of_reasons() {
    for (reason, expected) in [
        ("NodeAffinity", "Other"),
        ("OutOfcpu", "OutOfcpu"),
        ("OutOfexample.com/gpu", "OutOfExtendedResources"),
        ("SysctlForbidden", "SysctlForbidden"),
    ] {
        assert_eq!(super::Rejection::new(reason, "").metric_reason(), expected);
    }
}

#[test]
fn taints() {
    let taint = |effect: &str, value: &str| {
        serde_json::from_value(serde_json::json!({"key": "k", "value": value, "effect": effect})).unwrap()
    };
    let check = |effect: &str, tolerations: &str, expected: &str| {
        let node = NodeView { taints: vec![taint(effect, "v")], ..node() };
        let spec = format!(r#", "tolerations": [{tolerations}]"#);
        let of_server = WantedPod { source: PodSource::Api, ..pod("p", "", &spec) };
        assert_eq!(verdict(&node, &of_server, &[]), expected, "{effect} {tolerations}");
        assert_eq!(verdict(&node, &pod("p", "", &spec), &[]), "admitted", "static pods are the node's own");
    };
    let untolerated =
        "TaintToleration: Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate";
    check("NoExecute", "", untolerated);
    check("NoSchedule", "", "admitted");
    check("NoExecute", r#"{"key": "k", "value": "v"}"#, "admitted");
    check("NoExecute", r#"{"key": "k", "operator": "Equal", "value": "w"}"#, untolerated);
    check("NoExecute", r#"{"key": "k", "operator": "Exists"}"#, "admitted");
    check("NoExecute", r#"{"operator": "Exists"}"#, "admitted");
    check("NoExecute", r#"{"key": "other", "operator": "Exists"}"#, untolerated);
    check("NoExecute", r#"{"key": "k", "operator": "Exists", "effect": "NoSchedule"}"#, untolerated);
}
