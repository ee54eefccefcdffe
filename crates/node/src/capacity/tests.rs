use super::*;

fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

fn machine() -> MachineSize {
    MachineSize {
        cpus: 4,
        memory_bytes: 16 << 30,
        disk_bytes: Some(100_000_000_000),
        ..MachineSize::default()
    }
}

fn reservations() -> Reservations {
    Reservations { max_pods: 110, ..Reservations::default() }
}

fn print(amounts: &Amounts) -> String {
    let texts: Vec<String> = amounts.iter().map(|(name, amount)| format!("{name}={amount}")).collect();
    texts.join(" ")
}

#[test]
fn what_pods_may_use() {
    let check = |machine: &MachineSize, reservations: &Reservations, capacity: &str, allocatable: &str| {
        let resources = Resources::new(machine, reservations);
        assert_eq!(print(&resources.capacity), capacity);
        assert_eq!(print(&resources.allocatable()), allocatable);
    };
    check(
        &machine(),
        &reservations(),
        "cpu=4 ephemeral-storage=100G memory=16Gi pods=110",
        "cpu=4 ephemeral-storage=100G memory=16Gi pods=110",
    );
    let usual = Reservations {
        kube: texts(&[("cpu", "100m"), ("memory", "1Gi")]),
        system: texts(&[("cpu", "1"), ("memory", "500Mi"), ("ephemeral-storage", "1Gi"), ("pid", "100")]),
        eviction_hard: texts(&[
            ("memory.available", "100Mi"),
            ("nodefs.available", "10%"),
            ("imagefs.available", "15%"),
        ]),
        pods_per_core: 10,
        ..reservations()
    };
    check(
        &machine(),
        &usual,
        "cpu=4 ephemeral-storage=100G memory=16Gi pods=40",
        "cpu=2900m ephemeral-storage=88926258027 memory=14760Mi pods=40",
    );
    let pages =
        MachineSize { huge_pages: [(2 << 20, 1 << 30), (1 << 30, 0)].into(), disk_bytes: None, ..machine() };
    check(
        &pages,
        &Reservations { kube: texts(&[("hugepages-2Mi", "512Mi")]), ..reservations() },
        "cpu=4 hugepages-1Gi=0 hugepages-2Mi=1Gi memory=16Gi pods=110",
        "cpu=4 hugepages-1Gi=0 hugepages-2Mi=512Mi memory=15Gi pods=110",
    );
    let greedy = Reservations { kube: texts(&[("memory", "20Gi"), ("cpu", "5")]), ..reservations() };
    check(
        &machine(),
        &greedy,
        "cpu=4 ephemeral-storage=100G memory=16Gi pods=110",
        "cpu=0 ephemeral-storage=100G memory=0 pods=110",
    );
}

#[test]
fn thresholds() {
    for (text, expected) in [("100Mi", 100 << 20), ("10%", 100), ("0%", 0), ("12.5%", 125), ("nonsense", 0)] {
        assert_eq!(threshold::amount(text, 1000).value(), expected, "{text}");
    }
}

#[test]
fn resources_of_others_are_kept() {
    let status: NodeStatus = serde_json::from_value(serde_json::json!({
        "capacity": {"cpu": "2", "memory": "16777216Ki", "example.com/gpu": "2", "opaque": "7"},
        "allocatable": {"example.com/gpu": "1", "example.com/gone": "3", "cpu": "2"},
    }))
    .unwrap();
    let mut written = status;
    Resources::new(&machine(), &reservations()).write(&mut written);
    let value = serde_json::to_value(&written).unwrap();
    assert_eq!(
        value,
        serde_json::json!({
            "capacity": {
                "cpu": "4", "memory": "16777216Ki", "ephemeral-storage": "100G", "pods": "110",
                "example.com/gpu": "2", "opaque": "7",
            },
            "allocatable": {
                "cpu": "4", "memory": "16Gi", "ephemeral-storage": "100G", "pods": "110",
                "example.com/gpu": "2", "opaque": "7",
            },
        })
    );
}
