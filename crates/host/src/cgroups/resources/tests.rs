use std::collections::BTreeMap;

use k8s_openapi::{api::core::v1::PodSpec, serde_json};

use super::*;

#[test]
fn shares() {
    for (milli, expected) in [
        (0, 2),
        (1, 2),
        (2, 2),
        (10, 10),
        (100, 102),
        (250, 256),
        (1000, 1024),
        (2000, 2048),
        (300_000, 262_144),
    ] {
        assert_eq!(shares_of_milli_cpu(milli), expected, "{milli}m");
    }
    assert_eq!(shares_of_milli_cpu(u64::MAX), MAX_SHARES);
}

#[test]
fn quotas() {
    for (milli, period, expected) in [
        (0, 100_000, 0),
        (1, 100_000, 1000),
        (5, 100_000, 1000),
        (9, 100_000, 1000),
        (10, 100_000, 1000),
        (200, 100_000, 20_000),
        (500, 100_000, 50_000),
        (1000, 100_000, 100_000),
        (1500, 100_000, 150_000),
        (500, 5000, 2500),
        (100, 5000, 1000),
    ] {
        assert_eq!(quota_of_milli_cpu(milli, period), expected, "{milli}m of {period}");
    }
}

#[test]
fn weights() {
    for (shares, expected) in
        [(2, 1), (102, 4), (256, 10), (512, 20), (1024, 39), (2048, 79), (131_073, 5000), (262_144, 10_000)]
    {
        assert_eq!(weight_of_shares(shares), expected, "{shares}");
    }
    assert_eq!((weight_of_shares(0), weight_of_shares(u64::MAX)), (1, 10_000));
}

fn spec(containers: &str) -> PodSpec {
    let text = format!("{{\"containers\": [{containers}]}}");
    serde_json::from_str(&text).unwrap()
}

const BOTH: &str = r#"{"name":"a","resources":{"requests":{"cpu":"250m","memory":"64Mi"},"limits":{"cpu":"500m","memory":"128Mi"}}}"#;
const REQUESTS: &str =
    r#"{"name":"b","resources":{"requests":{"cpu":"100m","memory":"1Gi","hugepages-2Mi":"4Mi"}}}"#;
const EQUAL: &str =
    r#"{"name":"c","resources":{"requests":{"cpu":"1","memory":"1Gi"},"limits":{"cpu":"1","memory":"1Gi"}}}"#;
const NOTHING: &str = r#"{"name":"d"}"#;

#[test]
fn pods() {
    #[track_caller]
    fn check(containers: &[&str], expected: CgroupResources) {
        let spec = spec(&containers.join(","));
        let qos = QosClass::of_spec(&spec);
        let amounts = PodAmounts::of_spec(&spec);
        let found = pod_resources(qos, &amounts, &Enforcement::default());
        assert_eq!(found, expected, "{qos:?} {containers:?}");
    }
    let limited = |shares, quota, memory: i64| CgroupResources {
        cpu_shares: Some(shares),
        cpu_quota_us: Some(quota),
        cpu_period_us: Some(100_000),
        memory_limit_bytes: Some(memory),
        huge_pages: Some(BTreeMap::new()),
        ..CgroupResources::default()
    };
    let shares = |shares| CgroupResources {
        cpu_shares: Some(shares),
        huge_pages: Some(BTreeMap::new()),
        ..CgroupResources::default()
    };
    check(&[NOTHING], shares(2));
    check(&[EQUAL], limited(1024, 100_000, 1 << 30));
    check(&[EQUAL, EQUAL], limited(2048, 200_000, 2 << 30));
    check(&[BOTH], limited(256, 50_000, 128 << 20));
    check(&[BOTH, NOTHING], shares(256));
    let huge = CgroupResources { huge_pages: Some(BTreeMap::from([(2 << 20, 4 << 20)])), ..shares(358) };
    check(&[BOTH, REQUESTS], huge);
}

#[test]
fn init_containers_without_limits_lift_the_pods() {
    let text = format!("{{\"initContainers\": [{NOTHING}], \"containers\": [{BOTH}]}}");
    let amounts = PodAmounts::of_spec(&serde_json::from_str(&text).unwrap());
    assert!(!amounts.cpu_limits_declared && !amounts.memory_limits_declared);
    let text = format!(
        "{{\"resources\": {{\"limits\": {{\"cpu\": \"2\"}}}}, \"initContainers\": [{NOTHING}], \"containers\": [{BOTH}]}}"
    );
    let amounts = PodAmounts::of_spec(&serde_json::from_str(&text).unwrap());
    assert!(amounts.cpu_limits_declared && !amounts.memory_limits_declared);
    assert_eq!(amounts.cpu_limit_milli, 2000);
}

/// What the sandbox itself costs comes on top: of requests always, of limits where all containers have one (KEP-688).
#[test]
fn overhead() {
    #[track_caller]
    fn check(containers: &[&str], shares: u64, quota: Option<i64>, memory: Option<i64>) {
        let containers = containers.join(",");
        let text = format!(
            "{{\"containers\": [{containers}], \"overhead\": {{\"cpu\": \"250m\", \"memory\": \"120Mi\"}}}}"
        );
        let spec: PodSpec = serde_json::from_str(&text).unwrap();
        let amounts = PodAmounts::of_spec(&spec);
        let found = pod_resources(QosClass::of_spec(&spec), &amounts, &Enforcement::default());
        let found = (found.cpu_shares, found.cpu_quota_us, found.memory_limit_bytes);
        assert_eq!(found, (Some(shares), quota, memory), "{containers}");
    }
    check(&[EQUAL], 1280, Some(125_000), Some((1024 + 120) << 20));
    check(&[BOTH], 512, Some(75_000), Some((128 + 120) << 20));
    check(&[BOTH, NOTHING], 512, None, None);
    // Without requests of its own a pod stays the least.
    check(&[NOTHING], 2, None, None);
}

#[test]
fn enforcement() {
    let amounts = PodAmounts { cpu_limit_milli: 500, cpu_limits_declared: true, ..PodAmounts::default() };
    let quota = |enforcement: &Enforcement| {
        let resources = pod_resources(QosClass::Burstable, &amounts, enforcement);
        (resources.cpu_quota_us, resources.cpu_period_us, resources.pids_limit)
    };
    let base = Enforcement::default();
    assert_eq!(quota(&base), (Some(50_000), Some(100_000), None));
    assert_eq!(quota(&Enforcement { cpu_quota: false, ..base }), (Some(-1), Some(100_000), None));
    assert_eq!(quota(&Enforcement { cpu_period_us: 10_000, ..base }), (Some(5000), Some(10_000), None));
    for (configured, expected) in [(Some(-1), None), (Some(0), None), (Some(64), Some(64))] {
        assert_eq!(quota(&Enforcement { pod_pids_limit: configured, ..base }).2, expected);
    }
}

#[test]
fn levels() {
    let sizes = [2 << 20];
    for (qos, expected) in
        [(QosClass::Guaranteed, None), (QosClass::Burstable, Some(1536)), (QosClass::BestEffort, Some(2))]
    {
        let resources = qos_resources(qos, 1500, &sizes);
        assert_eq!(resources.cpu_shares, expected, "{qos:?}");
        assert_eq!(resources.huge_pages, Some(BTreeMap::from([(2 << 20, 1 << 62)])));
    }
    let node = node_resources(2000, 8 << 30, Some(1000), BTreeMap::new(), Some("0-1".into()));
    assert_eq!((node.cpu_shares, node.memory_limit_bytes), (Some(2048), Some(8 << 30)));
}
