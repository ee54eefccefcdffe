//! The corpus of manifests against what upstream's kubelet was recorded to ask for, without any runtime: whatever this
//! crate makes must be the same, field by field. Mounts of volumes are another crate's and are taken from the recording.

use std::collections::BTreeMap;
use std::net::IpAddr;

use golden::corpus::{self, Case};
use golden::machine::Machine;
use golden::normalize::Names;
use golden::protocol::Protocol;
use golden::{differences, place};
use k8s_openapi::api::core::v1::{Container, Pod};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use manifest::{Origin, OriginKind};
use serde_json::{Value, json};
use translate::{
    CgroupVersion, ConfigError, ContainerInputs, EnvironmentInputs, HandlerFeatures, ImageUser, NodeFacts,
    SandboxInputs, UserNamespaceRange,
};

/// Some address for every pod; each had its own in the recording.
const POD_IP: &str = "10.88.255.254";
/// Stands for the kubelet's directory.
const ROOT: &str = "/golden/root";

/// The machine that was recorded on, and the configuration (`golden::kubelet`).
fn facts() -> NodeFacts {
    let machine = Machine::recorded().expect("the recording tells its machine");
    let memory = i64::try_from(machine.memory_kib).expect("a machine's memory is a small number") * 1024;
    // The configuration keeps this much back.
    let allocatable = [("cpu", machine.cpus.to_string()), ("memory", (memory - (100 << 20)).to_string())];
    NodeFacts {
        node_name: place::NODE_NAME.to_owned(),
        root_directory: ROOT.to_owned(),
        cluster_domain: "cluster.local".to_owned(),
        cluster_dns: vec![IpAddr::from([10, 96, 0, 10])],
        resolv_conf: Some("nameserver 192.0.2.253\nsearch golden.example\noptions timeout:2\n".to_owned()),
        host_ips: vec![IpAddr::from([10, 99, 0, 2])],
        cgroup_version: CgroupVersion::V1,
        huge_page_sizes: vec!["2MB".to_owned(), "1GB".to_owned()],
        memory_capacity_bytes: memory,
        allocatable: allocatable.map(|(name, amount)| (name.to_owned(), Quantity(amount))).into(),
        single_process_oom_kill: true,
        swap_controller_available: true,
        runtime_handlers: [(String::new(), HandlerFeatures { user_namespaces: true, ..Default::default() })]
            .into(),
        ..NodeFacts::default()
    }
}

/// The pod of a case as a kubelet hands it on, with its source and the time it was seen; with the recorded UID.
fn pod_of(case: &Case, uid: &str) -> Option<Pod> {
    let path = place::manifests().join(&case.file_name).display().to_string();
    let origin = Origin { kind: OriginKind::File { path: &path }, node_name: place::NODE_NAME };
    let mut pod = manifest::decode(&case.content, &origin).ok()?.pods.pop()?;
    pod.metadata.uid = Some(uid.to_owned());
    let annotations = pod.metadata.annotations.get_or_insert_default();
    for (name, value) in [("hash", uid), ("source", "file"), ("seen", "<time>")] {
        annotations.insert(format!("kubernetes.io/config.{name}"), value.to_owned());
    }
    Some(pod)
}

/// A message as the recording shows it.
fn shown(protocol: &Protocol, names: &Names, path: &str, message: &impl prost::Message) -> Value {
    let mut frame = vec![0; 5];
    message.encode(&mut frame).expect("a vector takes any message");
    let mut request = protocol.request(path, &frame).expect("the protocol describes its own messages");
    golden::canonical::config(&mut request["config"], &facts().huge_page_sizes.into_iter().collect());
    names.value(&request)
}

fn sandbox(protocol: &Protocol, names: &Names, pod: &Pod, expected: &Value) -> Result<Value, ConfigError> {
    let parent = expected.pointer("/linux/cgroup_parent").and_then(Value::as_str).unwrap_or_default();
    // Set aside for the pod by chance.
    let users = expected.pointer("/linux/security_context/namespace_options/userns_options/uids/0");
    let user_namespace = users.map(|users| {
        let number =
            |name: &str| users[name].as_u64().and_then(|number| number.try_into().ok()).unwrap_or_default();
        UserNamespaceRange { first_host_id: 65_536, length: number("length") }
    });
    let inputs = SandboxInputs { user_namespace, ..SandboxInputs::new(pod, 0, parent) };
    let plan = translate::sandbox_config(&inputs, &facts())?;
    let request = cri::v1::RunPodSandboxRequest { config: Some(plan.config), runtime_handler: String::new() };
    Ok(shown(protocol, names, "/runtime.v1.RuntimeService/RunPodSandbox", &request)["config"].clone())
}

fn container(
    protocol: &Protocol,
    names: &Names,
    pod: &Pod,
    container: &Container,
    expected: &Value,
) -> Result<Value, ConfigError> {
    let facts = facts();
    let inputs = EnvironmentInputs { pod_ips: vec![POD_IP.to_owned()], ..EnvironmentInputs::default() };
    let environment = translate::environment(pod, container, &inputs, &facts)?;
    let plan = translate::container_config(
        ContainerInputs {
            pod,
            container,
            target_container_id: None,
            restart_count: 0,
            image_ref: expected.pointer("/image/image").and_then(Value::as_str).unwrap_or_default(),
            image_user: &ImageUser::Id(0),
            environment: &environment,
            mounts: Vec::new(),
            devices: Vec::new(),
            pod_ips: &inputs.pod_ips,
            termination_log_id: 0,
            runtime_handler: "",
            user_namespace: None,
        },
        &facts,
    )?;
    let request = cri::v1::CreateContainerRequest { config: Some(plan.config), ..Default::default() };
    let mut config =
        shown(protocol, names, "/runtime.v1.RuntimeService/CreateContainer", &request)["config"].clone();
    let volumes = container.volume_mounts.as_ref().map_or(0, Vec::len);
    let theirs = expected["mounts"].as_array().into_iter().flatten().take(volumes).cloned();
    let mounts = theirs.chain(config["mounts"].as_array().into_iter().flatten().cloned()).collect::<Vec<_>>();
    config["mounts"] = json!(mounts);
    Ok(config)
}

/// The paths at which two values differ.
fn compare(path: &str, upstream: &Value, ours: &Value, report: &mut Vec<(String, Value, Value)>) {
    match (upstream, ours) {
        (Value::Object(left), Value::Object(right)) => {
            let keys: std::collections::BTreeSet<_> = left.keys().chain(right.keys()).collect();
            for key in keys {
                let at = |side: &serde_json::Map<String, Value>| side.get(key).cloned().unwrap_or_default();
                compare(&format!("{path}.{key}"), &at(left), &at(right), report);
            }
        }
        _ if upstream == ours => {}
        _ => report.push((path.to_owned(), upstream.clone(), ours.clone())),
    }
}

#[test]
fn everything_upstream_asked_for_is_asked_for() {
    let protocol = Protocol::load();
    let intended = differences::load().unwrap();
    let mut compared = 0;
    let mut report = String::new();
    for case in corpus::load().unwrap() {
        let path = corpus::directory().join("expected").join(format!("{}.json", case.name));
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        let expected: Value = serde_json::from_str(&text).unwrap();
        if expected["sandbox"].is_null() {
            continue;
        }
        // Whether a manifest is taken, and the UID, are the business of `manifest`, which has its own comparison.
        let uid = expected["uid"].as_str().unwrap_or_default();
        let Some(pod) = pod_of(&case, uid) else { continue };
        let mut names = Names::default();
        names.add(uid, "<uid>");
        names.add(POD_IP, "<pod address>");
        names.add(ROOT, "<root>");

        let mut found = Vec::new();
        let mut check = |path: &str, theirs: &Value, ours: Result<Value, ConfigError>| match ours {
            Ok(ours) => compare(path, theirs, &ours, &mut found),
            Err(error) => found.push((path.to_owned(), theirs.clone(), json!(error.to_string()))),
        };
        let theirs = &expected["sandbox"]["config"];
        check("sandbox.config", theirs, sandbox(&protocol, &names, &pod, theirs));
        compared += 1;
        let spec = types::pod::spec(&pod);
        let all: BTreeMap<_, _> = spec
            .init_containers
            .iter()
            .flatten()
            .chain(&spec.containers)
            .map(|container| (container.name.as_str(), container))
            .collect();
        for (name, theirs) in expected["containers"].as_object().into_iter().flatten() {
            let hosts = &theirs["mounted"]["/etc/hosts"]["content"];
            let mounts_it = translate::mounts_hosts_file(&pod, all[name.as_str()], &[POD_IP.to_owned()]);
            if hosts.is_string() && mounts_it && !types::pod::is_host_network(spec) {
                let ours = translate::etc_hosts(&pod, &[POD_IP.to_owned()], None, &facts());
                check(
                    &format!("containers.{name}.mounted./etc/hosts.content"),
                    hosts,
                    ours.map(|ours| names.value(&json!(ours))),
                );
            }
            let theirs = &theirs["config"];
            let ours = container(&protocol, &names, &pod, all[name.as_str()], theirs);
            check(&format!("containers.{name}.config"), theirs, ours);
            compared += 1;
        }
        found.retain(|(path, _, _)| !intended.iter().any(|row| row.covers(&case.name, path)));
        for (path, theirs, ours) in found {
            report.push_str(&format!("{} {path}\n  upstream {theirs}\n  ours     {ours}\n", case.name));
        }
    }
    assert!(report.is_empty(), "{report}");
    assert!(compared > 0, "there is no recording");
}
