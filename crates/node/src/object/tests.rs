use super::*;
use crate::addresses::NodeIps;
use crate::capacity::{MachineSize, Reservations, Resources};
use crate::runtime::Handler;
use crate::settings::{CloudProvider, History, Identity, Registration};
use crate::vitals::VitalSigns;
use cri::v1::RuntimeFeatures;
use k8s_openapi::api::core::v1::Taint;
use serde_json::{Value, json};

const NOW: &str = "2026-01-02T03:04:05Z";

pub(crate) fn settings() -> NodeSettings {
    let machine =
        MachineSize { cpus: 2, memory_bytes: 4 << 30, disk_bytes: Some(1000), ..MachineSize::default() };
    let reservations = Reservations { max_pods: 110, ..Reservations::default() };
    NodeSettings {
        name: "n1".to_owned(),
        labels: [("zone".to_owned(), "a".to_owned())].into(),
        taints: Vec::new(),
        cloud_provider: CloudProvider::None,
        provider_id: String::new(),
        node_ips: NodeIps::Unset,
        controller_attach_detach: true,
        pod_cidr: String::new(),
        registration: Registration::BySelf,
        history: History::New,
        kubelet_port: 10250,
        kubelet_version: "v1.37.1".to_owned(),
        identity: Identity {
            machine_id: "m".to_owned(),
            system_uuid: "s".to_owned(),
            boot_id: "b".to_owned(),
            kernel_version: "6.18.44".to_owned(),
            os_image: "Debian".to_owned(),
            architecture: "amd64".to_owned(),
            swap_bytes: 0,
            in_user_namespace: Some(false),
        },
        resources: Resources::new(&machine, &reservations),
        local_storage_isolation: true,
        max_images: Some(50),
        declared_features: Vec::new(),
        lease_duration_seconds: 40,
        start_events: vec![NodeEvent::Starting],
        booted_at: None,
        started_at: NOW.parse().unwrap(),
        seed: 7,
    }
}

fn well() -> RuntimeHealth {
    RuntimeHealth {
        staleness: None,
        runtime_error: None,
        network_error: None,
        handlers: vec![Handler {
            name: String::new(),
            recursive_read_only_mounts: true,
            user_namespaces: false,
        }],
        features: Some(RuntimeFeatures { supplemental_groups_policy: true, ..RuntimeFeatures::default() }),
        version: "containerd://2.4.2".to_owned(),
        is_known: true,
    }
}

fn facts() -> Facts {
    let images = vec![ContainerImage { names: Some(vec!["a:1".to_owned()]), size_bytes: Some(5) }];
    Facts {
        addresses: Arc::new(Choice::Ips(vec!["10.0.0.5".parse().unwrap()])),
        images: Arc::new(images),
        runtime: Arc::new(well()),
        vitals: VitalSigns::default(),
    }
}

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn value(node: &Node) -> Value {
    serde_json::to_value(node).unwrap()
}

#[test]
fn a_node_that_registers() {
    let (node, events) = initial(&settings(), &facts(), "2026-01-02T03:04:05.678Z".parse().unwrap());
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({
            "type": kind, "status": status, "reason": reason, "message": message,
            "lastHeartbeatTime": NOW, "lastTransitionTime": NOW,
        })
    };
    let resources = json!({"cpu": "2", "ephemeral-storage": "1k", "memory": "4Gi", "pods": "110"});
    let expected = json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": "n1",
            "labels": {
                "beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": "n1", "kubernetes.io/os": "linux",
                "zone": "a",
            },
            "annotations": {"volumes.kubernetes.io/controller-managed-attach-detach": "true"},
        },
        "spec": {},
        "status": {
            "addresses": [{"type": "InternalIP", "address": "10.0.0.5"}, {"type": "Hostname", "address": "n1"}],
            "capacity": resources,
            "allocatable": resources,
            "conditions": [
                condition(
                    "MemoryPressure", "False", "KubeletHasSufficientMemory",
                    "kubelet has sufficient memory available",
                ),
                condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                condition(
                    "PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available",
                ),
                condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "features": {"supplementalGroupsPolicy": true},
            "images": [{"names": ["a:1"], "sizeBytes": 5}],
            "nodeInfo": {
                "architecture": "amd64", "bootID": "b", "containerRuntimeVersion": "containerd://2.4.2",
                "kernelVersion": "6.18.44", "kubeProxyVersion": "", "kubeletVersion": "v1.37.1",
                "machineID": "m", "operatingSystem": "linux", "osImage": "Debian",
                "runningInUserNamespace": false, "systemUUID": "s",
            },
            "runtimeHandlers": [
                {"name": "", "features": {"recursiveReadOnlyMounts": true, "userNamespaces": false}},
            ],
        },
    });
    assert_eq!(value(&node), expected);
    let told = ["NodeHasSufficientMemory", "NodeHasNoDiskPressure", "NodeHasSufficientPID"];
    assert_eq!(events, told.map(NodeEvent::Status), "the first readiness is no event");
}

/// `upstream.json` is what upstream's kubelet 1.37.1 registered on a real control plane, from a machine and a configuration
/// as below. Taken out: what the server adds, ids and times of that machine, and the features that it declares.
#[test]
fn the_same_node_as_upstreams() {
    let machine = MachineSize {
        cpus: 2,
        memory_bytes: 24_684_100 << 10,
        disk_bytes: Some(270_553_174_016),
        huge_pages: [(2 << 20, 0), (1 << 30, 0)].into(),
    };
    let thresholds =
        [("imagefs.available", "15%"), ("memory.available", "100Mi"), ("nodefs.available", "10%")];
    let eviction_hard = thresholds.map(|(signal, text)| (signal.to_owned(), text.to_owned())).into();
    let reservations = Reservations { eviction_hard, max_pods: 250, ..Reservations::default() };
    let mut same = settings();
    same.name = "node-1".to_owned();
    same.labels.clear();
    same.resources = Resources::new(&machine, &reservations);
    same.identity.os_image = "Debian GNU/Linux 12 (bookworm)".to_owned();
    let handler = |name: &str| Handler {
        name: name.to_owned(),
        recursive_read_only_mounts: true,
        user_namespaces: true,
    };
    let handlers = ["", "runc", "test-handler"].map(handler).into();
    let facts = Facts {
        addresses: Arc::new(Choice::Ips(vec!["10.99.0.2".parse().unwrap()])),
        images: Arc::default(),
        runtime: Arc::new(RuntimeHealth { handlers, ..well() }),
        vitals: VitalSigns::default(),
    };
    let (node, _) = initial(&same, &facts, now());
    let expected: Value = serde_json::from_str(include_str!("upstream.json")).unwrap();
    assert_eq!(value(&node), expected);
}

#[test]
fn options_of_registration() {
    let taint = Taint {
        key: "k".to_owned(),
        value: Some("v".to_owned()),
        effect: "NoExecute".to_owned(),
        time_added: None,
    };
    let special = NodeSettings {
        taints: vec![taint],
        cloud_provider: CloudProvider::External,
        provider_id: "cloud://7".to_owned(),
        node_ips: NodeIps::parse("10.0.0.5,2001:db8::5").unwrap().0,
        controller_attach_detach: false,
        labels: [("kubernetes.io/hostname".to_owned(), "other".to_owned())].into(),
        ..settings()
    };
    let ips = special.node_ips.specified();
    let (node, _) = initial(&special, &Facts { addresses: Arc::new(Choice::Ips(ips)), ..facts() }, now());
    let node = value(&node);
    assert_eq!(
        node["spec"],
        json!({
            "providerID": "cloud://7",
            "taints": [
                {"key": "k", "value": "v", "effect": "NoExecute"},
                {"key": "node.cloudprovider.kubernetes.io/uninitialized", "value": "true", "effect": "NoSchedule"},
            ],
        })
    );
    assert_eq!(
        node["metadata"]["annotations"],
        json!({"alpha.kubernetes.io/provided-node-ip": "10.0.0.5,2001:db8::5"})
    );
    assert_eq!(node["metadata"]["labels"]["kubernetes.io/hostname"], "other");
    let addresses: Vec<&str> = node["status"]["addresses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|address| address["address"].as_str().unwrap())
        .collect();
    assert_eq!(addresses, ["10.0.0.5", "2001:db8::5", "n1"]);

    let waiting = NodeSettings { cloud_provider: CloudProvider::External, ..settings() };
    let (node, _) = initial(&waiting, &Facts { addresses: Arc::new(Choice::NameAlone), ..facts() }, now());
    assert_eq!(value(&node)["status"]["addresses"], json!([{"type": "Hostname", "address": "n1"}]));
}

#[test]
fn a_node_that_is_not_ready_says_why() {
    let check = |change: &dyn Fn(&mut RuntimeHealth, &mut VitalSigns), expected: &str| {
        let (mut runtime, mut vitals) = (well(), VitalSigns::default());
        change(&mut runtime, &mut vitals);
        let facts = Facts { runtime: Arc::new(runtime), vitals, ..facts() };
        let (node, _) = initial(&settings(), &facts, now());
        let ready = value(&node)["status"]["conditions"][3].clone();
        assert_eq!(ready["message"], expected);
        assert_eq!((&ready["status"], &ready["reason"]), (&json!("False"), &json!("KubeletNotReady")));
        assert!(!is_ready(&node));
    };
    check(&|runtime, _| runtime.staleness = Some("container runtime is down"), "container runtime is down");
    check(
        &|runtime, _| {
            runtime.network_error = Some("container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized".to_owned())
        },
        "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized",
    );
    check(
        &|runtime, vitals| {
            runtime.staleness = Some("a");
            runtime.runtime_error = Some("c".to_owned());
            runtime.network_error = Some("d".to_owned());
            vitals.observer = Some("b".to_owned());
            vitals.storage = Some("e".to_owned());
            vitals.shutdown = Some("a".to_owned());
        },
        "[a, b, c, d, e]",
    );
    let (node, _) = initial(&NodeSettings { resources: Resources::default(), ..settings() }, &facts(), now());
    assert_eq!(
        value(&node)["status"]["conditions"][3]["message"],
        "missing node capacity for resources: cpu, memory, pods, ephemeral-storage"
    );
}

#[test]
fn a_status_is_brought_up_to_date() {
    let (mut original, _) = initial(&settings(), &facts(), now());
    original.metadata.labels.as_mut().unwrap().remove("kubernetes.io/os");
    let status = original.status.as_mut().unwrap();
    status.node_info.as_mut().unwrap().boot_id = "before".to_owned();
    let others = serde_json::from_value(json!({"type": "NetworkUnavailable", "status": "False"})).unwrap();
    status.conditions.as_mut().unwrap().insert(1, others);
    status.capacity.as_mut().unwrap().insert("example.com/gpu".to_owned(), parse_quantity("2"));

    let runtime = RuntimeHealth { network_error: Some("no network".to_owned()), ..well() };
    let vitals = VitalSigns {
        pressure: crate::vitals::Pressure { disk: true, ..Default::default() },
        ..VitalSigns::default()
    };
    let later: Timestamp = "2026-01-02T04:00:00Z".parse().unwrap();
    let changed = Facts { runtime: Arc::new(runtime), vitals, ..facts() };
    let (node, events) = updated(&original, &settings(), &changed, later);
    assert!(differs(&original, &node));
    assert_eq!(
        events,
        [
            NodeEvent::Rebooted { boot_id: "b".to_owned() },
            NodeEvent::Status("NodeHasDiskPressure"),
            NodeEvent::Status("NodeNotReady"),
        ]
    );
    let node = value(&node);
    assert_eq!(node["metadata"]["labels"]["kubernetes.io/os"], "linux");
    assert_eq!(node["status"]["allocatable"]["example.com/gpu"], "2");
    let conditions: Vec<String> = node["status"]["conditions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|condition| {
            let word = |field: &str| condition[field].as_str().unwrap_or_default().to_owned();
            format!("{} {} {}", word("type"), word("status"), word("lastTransitionTime"))
        })
        .collect();
    assert_eq!(
        conditions,
        [
            "MemoryPressure False 2026-01-02T03:04:05Z",
            "NetworkUnavailable False ",
            "DiskPressure True 2026-01-02T04:00:00Z",
            "PIDPressure False 2026-01-02T03:04:05Z",
            "Ready False 2026-01-02T04:00:00Z",
        ]
    );
    let (node, events) = updated(&original, &settings(), &facts(), later);
    assert_eq!(events.len(), 1, "the reboot");
    let (again, events) = updated(&node, &settings(), &facts(), "2026-01-02T05:00:00Z".parse().unwrap());
    assert!(events.is_empty());
    assert!(!differs(&node, &again), "a heartbeat is no difference");
    assert_ne!(node, again, "it is one nevertheless");
}

#[test]
fn addresses_of_a_cloud_provider_are_left_alone() {
    let external = NodeSettings { cloud_provider: CloudProvider::External, ..settings() };
    let original: Node = serde_json::from_value(json!({
        "metadata": {"annotations": {"alpha.kubernetes.io/provided-node-ip": "1.2.3.4", "x": "y"}},
        "status": {"addresses": [{"type": "ExternalIP", "address": "1.2.3.4"}]},
    }))
    .unwrap();
    let (node, _) = updated(&original, &external, &facts(), now());
    let node = value(&node);
    assert_eq!(node["status"]["addresses"], json!([{"type": "ExternalIP", "address": "1.2.3.4"}]));
    assert_eq!(node["metadata"]["annotations"], json!({"x": "y"}));
    let failed = Facts { addresses: Arc::new(Choice::Failed("none".to_owned())), ..facts() };
    let (node, _) = updated(&original, &settings(), &failed, now());
    assert_eq!(value(&node)["status"]["addresses"], json!([{"type": "ExternalIP", "address": "1.2.3.4"}]));
}

#[test]
fn features_that_are_declared() {
    let check = |gates: &[&str], runtime: RuntimeFeatures, expected: &[&str]| {
        let features = declared_features(|gate| gates.contains(&gate), Some(&runtime));
        assert_eq!(features, expected, "{gates:?} {runtime:?}");
    };
    let able = RuntimeFeatures {
        user_namespaces_host_network: true,
        mount_options: true,
        ..RuntimeFeatures::default()
    };
    let gates = ["NodeDeclaredFeatures", "UserNamespacesHostNetworkSupport", "VolumeBindMountOptions"];
    check(&gates, able, &gates[1..]);
    check(&gates, RuntimeFeatures::default(), &[]);
    check(&gates[1..], able, &[]);
    let restarts = "RestartAllContainersOnContainerExits";
    check(&["NodeDeclaredFeatures", restarts], RuntimeFeatures::default(), &[restarts]);
}

fn parse_quantity(text: &str) -> k8s_openapi::apimachinery::pkg::api::resource::Quantity {
    k8s_openapi::apimachinery::pkg::api::resource::Quantity(text.to_owned())
}
