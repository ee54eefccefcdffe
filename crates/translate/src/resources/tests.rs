use super::*;
use crate::{MemoryQos, MemoryReservation, SwapBehavior};
use serde_json::{Value, json};

const GI: i64 = 1 << 30;

fn pod(spec: &Value) -> Pod {
    serde_json::from_value(json!({"metadata": {"name": "web"}, "spec": spec})).unwrap()
}

fn app(resources: Value) -> Value {
    json!({"containers": [{"name": "app", "resources": resources}]})
}

/// A node without the parts that have rows of their own.
fn plain() -> NodeFacts {
    NodeFacts { memory_capacity_bytes: 8 * GI, cgroup_version: CgroupVersion::V1, ..NodeFacts::default() }
}

fn of_app(spec: &Value, facts: &NodeFacts) -> v1::LinuxContainerResources {
    let pod = pod(spec);
    container_resources(&pod, &types::pod::spec(&pod).containers[0], facts)
}

/// Shares, quota and memory limit.
fn check(spec: Value, container: (i64, i64, i64), sandbox: (i64, i64, i64)) {
    let shown = |linux: &v1::LinuxContainerResources| {
        (linux.cpu_shares, linux.cpu_quota, linux.memory_limit_in_bytes)
    };
    let found = of_app(&spec, &plain());
    assert_eq!(shown(&found), container, "container of {spec}");
    assert_eq!(found.cpu_period, 100_000);
    assert_eq!(shown(&sandbox_resources(&pod(&spec), &plain())), sandbox, "sandbox of {spec}");
}

#[test]
fn cpu_and_memory() {
    check(app(json!({})), (2, 0, 0), (2, 0, 0));
    let requests_only = json!({"requests": {"cpu": "100m", "memory": "64Mi"}});
    check(app(requests_only), (102, 0, 0), (102, 0, 0));
    let both = json!({"requests": {"cpu": "250m"}, "limits": {"cpu": "500m", "memory": "64Mi"}});
    check(app(both), (256, 50_000, 64 << 20), (256, 50_000, 64 << 20));
    check(app(json!({"limits": {"cpu": "2"}})), (2048, 200_000, 0), (2048, 200_000, 0));
    check(app(json!({"requests": {"cpu": "1m"}, "limits": {"cpu": "1m"}})), (2, 1000, 0), (2, 1000, 0));
    check(app(json!({"limits": {"cpu": "1000"}})), (262_144, 100_000_000, 0), (262_144, 100_000_000, 0));
    check(app(json!({"limits": {"memory": "0.5"}})), (2, 0, 1), (2, 0, 1));
    check(
        json!({
            "containers": [
                {"name": "app", "resources": {"requests": {"cpu": "100m"}}},
                {"name": "b", "resources": {"requests": {"cpu": "100m"}, "limits": {"cpu": "1", "memory": "1Gi"}}}
            ],
            "initContainers": [{"name": "i", "resources": {"requests": {"cpu": "1"}, "limits": {"memory": "2Gi"}}}],
            "overhead": {"cpu": "1", "memory": "1Gi"}
        }),
        (102, 0, 0),
        (1024, 100_000, 2 * GI),
    );
    check(
        json!({
            "containers": [{"name": "app"}, {"name": "b", "resources": {"requests": {"cpu": "100m"}}}],
            "resources": {"requests": {"cpu": "500m"}, "limits": {"cpu": "1", "memory": "1Gi"}}
        }),
        (1024, 100_000, GI),
        (512, 100_000, GI),
    );
}

#[test]
fn quota_follows_the_nodes_settings() {
    let spec = app(json!({"limits": {"cpu": "1"}}));
    let shown = |facts: &NodeFacts| {
        let linux = of_app(&spec, facts);
        (linux.cpu_period, linux.cpu_quota)
    };
    assert_eq!(shown(&NodeFacts { cpu_cfs_quota: false, ..plain() }), (0, 0));
    assert_eq!(shown(&NodeFacts { cpu_cfs_quota_period_microseconds: 10_000, ..plain() }), (10_000, 10_000));
}

#[test]
fn overhead_of_the_sandbox() {
    let spec = json!({"containers": [], "overhead": {"cpu": "250m", "memory": "120Mi"}});
    let linux = sandbox_overhead(&pod(&spec), &plain());
    assert_eq!((linux.cpu_shares, linux.cpu_quota, linux.memory_limit_in_bytes), (256, 25_000, 120 << 20));
    assert_eq!(sandbox_overhead(&pod(&app(json!({}))), &plain()), v1::LinuxContainerResources::default());
}

#[test]
fn oom_scores() {
    let check = |name: &str, spec: Value, annotations: Value, expected: i64| {
        let pod: Pod =
            serde_json::from_value(json!({"metadata": {"annotations": annotations}, "spec": spec})).unwrap();
        let spec = types::pod::spec(&pod);
        let all = spec.containers.iter().chain(spec.init_containers.iter().flatten());
        let container = all.into_iter().find(|container| container.name == name).unwrap();
        assert_eq!(oom::score_adjustment(&pod, container, 4_000_000_000), expected, "{name} of {spec:?}");
    };
    let requests = |memory: &str| json!({"requests": {"memory": memory}});
    let none = || json!({});
    let guaranteed =
        json!({"limits": {"cpu": "1", "memory": "1G"}, "requests": {"cpu": "1", "memory": "1G"}});
    check("app", app(json!({})), none(), 1000);
    check("app", app(guaranteed), none(), -997);
    check("app", app(json!({"requests": {"cpu": "1"}})), none(), 999);
    check("app", app(requests("1G")), none(), 750);
    check("app", app(requests("4G")), none(), 3);
    check("app", app(requests("9G")), none(), 3);
    let mut critical = app(json!({}));
    critical["priorityClassName"] = json!("system-node-critical");
    check("app", critical.clone(), none(), 1000);
    check("app", critical.clone(), json!({"kubernetes.io/config.source": "file"}), -997);
    check("app", critical.clone(), json!({"kubernetes.io/config.source": "api"}), 1000);
    critical["priority"] = json!(2_000_001_000);
    check("app", critical, none(), -997);
    let with_sidecar = json!({
        "containers": [{"name": "app", "resources": requests("2G")}, {"name": "b", "resources": requests("1G")}],
        "initContainers": [{"name": "s", "restartPolicy": "Always"}, {"name": "i"}]
    });
    check("s", with_sidecar.clone(), none(), 750);
    check("i", with_sidecar, none(), 999);
    let pod_level = json!({
        "containers": [{"name": "app", "resources": requests("1G")}, {"name": "b"}],
        "resources": {"requests": {"memory": "3G"}, "limits": {"memory": "4G"}}
    });
    check("app", pod_level.clone(), none(), 500);
    check("b", pod_level, none(), 750);
}

#[test]
fn huge_pages() {
    let check = |limits: Value, pod_limits: Value, expected: &[(&str, u64)]| {
        let mut spec = app(json!({"limits": limits}));
        spec["resources"] = json!({"limits": pod_limits});
        let facts = NodeFacts { huge_page_sizes: vec!["1GB".into(), "2MB".into()], ..plain() };
        let linux = of_app(&spec, &facts);
        let found: Vec<_> =
            linux.hugepage_limits.iter().map(|limit| (limit.page_size.as_str(), limit.limit)).collect();
        assert_eq!(found, expected, "{limits} {pod_limits}");
    };
    check(json!({}), json!({}), &[("1GB", 0), ("2MB", 0)]);
    check(json!({"hugepages-2Mi": "4Mi"}), json!({}), &[("1GB", 0), ("2MB", 4 << 20)]);
    check(
        json!({"hugepages-2Mi": "4Mi"}),
        json!({"hugepages-2Mi": "8Mi", "hugepages-1Gi": "1Gi"}),
        &[("1GB", 1 << 30), ("2MB", 4 << 20)],
    );
    check(json!({"hugepages-64Ki": "1Mi"}), json!({}), &[("1GB", 0), ("2MB", 0)]);
    assert!(of_app(&app(json!({"limits": {"hugepages-2Mi": "4Mi"}})), &plain()).hugepage_limits.is_empty());
}

/// What a container's unified settings are, on cgroup v2.
fn unified(resources: Value, facts: NodeFacts) -> Vec<(String, String)> {
    let facts = NodeFacts { cgroup_version: CgroupVersion::V2, memory_capacity_bytes: 8 * GI, ..facts };
    of_app(&app(resources), &facts).unified.into_iter().collect()
}

fn check_unified(resources: Value, facts: NodeFacts, expected: &[(&str, &str)]) {
    let expected: Vec<_> =
        expected.iter().map(|(file, value)| (file.to_string(), value.to_string())).collect();
    assert_eq!(unified(resources.clone(), facts), expected, "{resources}");
}

#[test]
fn settings_of_cgroup_v2() {
    let (oom, low, min) = (("memory.oom.group", "1"), ("memory.low", "0"), ("memory.min", "0"));
    check_unified(json!({}), NodeFacts::default(), &[low, min, oom]);
    check_unified(
        json!({}),
        NodeFacts { single_process_oom_kill: true, ..NodeFacts::default() },
        &[low, min],
    );
    let off = MemoryQos { enabled: false, ..MemoryQos::default() };
    let without = NodeFacts { memory_qos: off, ..NodeFacts::default() };
    check_unified(json!({}), without, &[("memory.high", "max"), oom]);
    assert!(of_app(&app(json!({})), &plain()).unified.is_empty());
    // The sandbox gets only what concerns the whole pod.
    let sandbox = sandbox_resources(&pod(&app(json!({}))), &NodeFacts::default());
    assert_eq!(
        sandbox.unified.into_iter().collect::<Vec<_>>(),
        [("memory.oom.group".to_owned(), "1".to_owned())]
    );
}

#[test]
fn memory_protection_and_throttling() {
    let tiered = |throttling_factor| NodeFacts {
        memory_qos: MemoryQos {
            enabled: true,
            reservation: MemoryReservation::TieredReservation,
            throttling_factor,
        },
        allocatable: [(
            "memory".to_owned(),
            types::quantity::Quantity::from_units(4 * GI, Default::default()).to_api(),
        )]
        .into(),
        single_process_oom_kill: true,
        ..NodeFacts::default()
    };
    let burstable = json!({"requests": {"memory": "1Gi"}, "limits": {"memory": "2Gi"}});
    let guaranteed =
        json!({"requests": {"memory": "1Gi", "cpu": "1"}, "limits": {"memory": "1Gi", "cpu": "1"}});
    check_unified(burstable.clone(), tiered(None), &[("memory.low", "1073741824")]);
    check_unified(guaranteed.clone(), tiered(Some(0.9)), &[("memory.min", "1073741824")]);
    // 1 GiB and nine tenths of the second one, down to a page.
    check_unified(
        burstable,
        tiered(Some(0.9)),
        &[("memory.high", "2040107008"), ("memory.low", "1073741824")],
    );
    check_unified(
        json!({}),
        tiered(Some(0.9)),
        &[("memory.high", "3865468928"), ("memory.low", "0"), ("memory.min", "0")],
    );
}

#[test]
fn swap() {
    let facts = |swap_behavior| NodeFacts {
        swap_controller_available: true,
        swap_capacity_bytes: 2 * GI,
        swap_behavior,
        single_process_oom_kill: true,
        ..NodeFacts::default()
    };
    let of = |resources: Value, behavior| {
        let all = unified(resources, facts(behavior));
        all.into_iter().find(|(file, _)| file == "memory.swap.max").unwrap().1
    };
    let burstable = || json!({"requests": {"memory": "2Gi"}, "limits": {"memory": "4Gi"}});
    assert_eq!(of(burstable(), SwapBehavior::NoSwap), "0");
    assert_eq!(of(burstable(), SwapBehavior::LimitedSwap), (GI / 2).to_string());
    assert_eq!(
        of(json!({"requests": {"memory": "2Gi"}, "limits": {"memory": "2Gi"}}), SwapBehavior::LimitedSwap),
        "0"
    );
    assert_eq!(of(json!({}), SwapBehavior::LimitedSwap), "0");
    assert_eq!(of(json!({"requests": {"memory": "9Gi"}}), SwapBehavior::LimitedSwap), "0");

    // On v1 the limit of memory and swap together is that of memory: no swap.
    let v1 = NodeFacts { swap_controller_available: true, ..plain() };
    assert_eq!(of_app(&app(burstable()), &v1).memory_swap_limit_in_bytes, 4 * GI);
    assert_eq!(of_app(&app(burstable()), &plain()).memory_swap_limit_in_bytes, 0);
}
