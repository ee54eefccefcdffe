//! What the server itself does to pods: defaults, status, generation (`pkg/registry/core/pod/strategy.go`).

use std::net::IpAddr;

use k8s_openapi::api::core::v1::PodSpec;
use serde_json::{Value, json};
use types::qos::QosClass;

/// What becomes of a pod that is created: defaulted, its status reset.
pub(super) fn prepare_for_create(pod: &mut Value) {
    set_defaults(&mut pod["spec"]);
    let class = qos_class(&pod["spec"]);
    pod["metadata"]["generation"] = json!(1);
    pod["status"] = json!({ "phase": "Pending", "qosClass": class });
}

/// The QoS class; that of a pod without requests for one that cannot be read.
fn qos_class(specification: &Value) -> &'static str {
    serde_json::from_value::<PodSpec>(specification.clone())
        .map_or(QosClass::BestEffort, |specification| QosClass::of_spec(&specification))
        .as_str()
}

/// The defaults that a kubelet reads (`pkg/apis/core/v1/defaults.go`).
fn set_defaults(specification: &mut Value) {
    let defaults = [
        ("restartPolicy", json!("Always")),
        ("terminationGracePeriodSeconds", json!(30)),
        ("dnsPolicy", json!("ClusterFirst")),
        ("securityContext", json!({})),
        ("schedulerName", json!("default-scheduler")),
        ("enableServiceLinks", json!(true)),
    ];
    for (field, value) in defaults {
        set_default(specification, field, value);
    }
    for containers in ["containers", "initContainers"] {
        let Some(containers) = specification[containers].as_array_mut() else { continue };
        for container in containers {
            set_default(container, "resources", json!({}));
            set_default(container, "terminationMessagePath", json!("/dev/termination-log"));
            set_default(container, "terminationMessagePolicy", json!("File"));
            let image = container["image"].as_str().unwrap_or_default();
            let tag = image.rsplit('/').next().and_then(|last| last.split_once(':'));
            let policy = match tag {
                None | Some((_, "latest")) if !image.contains('@') => "Always",
                None | Some(_) => "IfNotPresent",
            };
            set_default(container, "imagePullPolicy", json!(policy));
        }
    }
}

fn set_default(object: &mut Value, field: &str, value: Value) {
    if object[field].is_null() {
        object[field] = value;
    }
}

/// What becomes of a pod that is updated apart from its status.
pub(super) fn prepare_for_update(new: &mut Value, old: &Value) {
    new["status"] = old["status"].clone();
    if new["spec"] != old["spec"] {
        let generation = old["metadata"]["generation"].as_i64().unwrap_or_default();
        new["metadata"]["generation"] = json!(generation + 1);
    }
}

/// What becomes of a pod whose status is updated: the rest of it stays, and what may not be cleared is kept.
pub(super) fn prepare_for_status_update(new: &mut Value, old: &Value) {
    new["spec"] = old["spec"].clone();
    keep(&mut new["metadata"], &old["metadata"], "ownerReferences");
    let (status, before) = (&mut new["status"], &old["status"]);
    for field in ["qosClass", "observedGeneration"] {
        if status[field].is_null() {
            keep(status, before, field);
        }
    }
    if let Some(conditions) = status["conditions"].as_array_mut() {
        for condition in conditions.iter_mut().filter(|condition| condition["observedGeneration"].is_null()) {
            let former = before["conditions"].as_array().into_iter().flatten();
            let former = former.filter(|former| former["type"] == condition["type"]);
            if let Some(generation) = former.map(|former| &former["observedGeneration"]).next() {
                set_unless_null(condition, "observedGeneration", generation);
            }
        }
    }
    unify_addresses(status);
}

/// Takes a field over from `old`, its absence too.
fn keep(new: &mut Value, old: &Value, field: &str) {
    let Some(fields) = new.as_object_mut() else { return };
    match old.get(field) {
        Some(value) => fields.insert(field.to_owned(), value.clone()),
        None => fields.remove(field),
    };
}

fn set_unless_null(object: &mut Value, field: &str, value: &Value) {
    if !value.is_null() {
        object[field] = value.clone();
    }
}

/// `podIP` and `podIPs` say the same; if they do not, the single one counts (`pkg/apis/core/v1/conversion.go`).
fn unify_addresses(status: &mut Value) {
    let single = status["podIP"].as_str().unwrap_or_default().to_owned();
    let first = status.pointer("/podIPs/0/ip").and_then(Value::as_str).unwrap_or_default().to_owned();
    if !single.is_empty() && single != first {
        status["podIPs"] = json!([{ "ip": single }]);
    } else if single.is_empty() && !first.is_empty() {
        status["podIP"] = json!(first);
    }
}

/// What is wrong with an updated status (`ValidatePodStatusUpdate`).
pub(super) fn validate_status_update(new: &Value, old: &Value) -> Result<(), String> {
    let (status, before) = (&new["status"], &old["status"]);
    if status["qosClass"] != before["qosClass"] {
        let class = status["qosClass"].as_str().unwrap_or_default();
        return Err(format!("status.qosClass: Invalid value: {class:?}: field is immutable"));
    }
    let lists = [("containerStatuses", "containers"), ("initContainerStatuses", "initContainers")];
    for (statuses, containers) in lists {
        let pairs = status[statuses].as_array().into_iter().flatten();
        for (index, container) in pairs.enumerate() {
            let former = before[statuses].as_array().into_iter().flatten();
            let former = former.filter(|former| former["name"] == container["name"]);
            let Some(ended) = former.map(|former| &former["state"]["terminated"]).next() else { continue };
            if ended.is_null() || !container["state"]["terminated"].is_null() {
                continue;
            }
            if !is_restarted(&new["spec"], containers, &container["name"], ended) {
                return Err(format!(
                    "status.{statuses}[{index}].state: Forbidden: may not be transitioned to non-terminated state"
                ));
            }
        }
    }
    validate_addresses("podIPs", status)?;
    validate_addresses("hostIPs", status)
}

/// Whether a container that ended may run again (`podutil.ContainerShouldRestart`).
fn is_restarted(specification: &Value, containers: &str, name: &Value, ended: &Value) -> bool {
    let container = specification[containers].as_array().into_iter().flatten();
    let mut container = container.filter(|container| container["name"] == *name);
    let own = container.next().and_then(|container| container["restartPolicy"].as_str());
    let policy = own.or(specification["restartPolicy"].as_str()).unwrap_or("Always");
    match policy {
        "Never" => false,
        "OnFailure" => ended["exitCode"] != 0,
        _ => true,
    }
}

fn validate_addresses(field: &str, status: &Value) -> Result<(), String> {
    let listed: Vec<&str> = status[field]
        .as_array()
        .into_iter()
        .flatten()
        .map(|address| address["ip"].as_str().unwrap_or_default())
        .collect();
    let mut families = Vec::new();
    for (index, text) in listed.iter().enumerate() {
        let Ok(address) = text.parse::<IpAddr>() else {
            return Err(format!(
                "status.{field}[{index}]: Invalid value: {text:?}: must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
            ));
        };
        if families.contains(&address.is_ipv4()) {
            return Err(format!(
                "status.{field}: Invalid value: {listed:?}: may specify no more than one IP for each IP family"
            ));
        }
        families.push(address.is_ipv4());
    }
    if field == "hostIPs"
        && let Some(first) = listed.first()
        && status["hostIP"] != **first
    {
        return Err(format!("status.hostIPs[0].ip: Invalid value: {first:?}: must be equal to `hostIP`"));
    }
    Ok(())
}
