//! Environment variables and where their values come from.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    EnvFromSource, EnvVar, EnvVarSource, FileKeySelector, ObjectFieldSelector, PodSpec,
    ResourceFieldSelector, Volume,
};
use types::quantity::Quantity;

use super::errors::Errors;
use super::{formats, paths, text};
use crate::containers;
use crate::path::Path;

/// Fields of the pod that a variable may hold.
const VARIABLE_FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
/// Fields of the pod that a file of the downward API may hold.
const FILE_FIELDS: [&str; 5] =
    ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
/// Fields of the pod that have a name in the API's version 1 at all.
const KNOWN_FIELDS: [&str; 15] = [
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.serviceAccountName",
    "spec.schedulerName",
    "status.phase",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
    "spec.host",
];
const RESOURCES: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];
const BYTE_DIVISORS: [&str; 13] =
    ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

/// Who reads a field of the pod.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// A variable of a container.
    Variable,
    /// A file of a volume.
    File,
}

/// A container's variables.
pub(super) fn variables(variables: &[EnvVar], path: &Path<'_>, errors: &mut Errors<'_>) {
    for (index, variable) in variables.iter().enumerate() {
        let path = path.index(index);
        if variable.name.is_empty() {
            errors.required(&path.child("name"), "");
        } else {
            errors.invalid_each(
                &path.child("name"),
                &variable.name,
                &formats::environment_name(&variable.name),
            );
        }
        if let Some(source) = &variable.value_from {
            value_from(source, text(&variable.value), &path.child("valueFrom"), errors);
        }
    }
}

fn value_from(source: &EnvVarSource, value: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    if let Some(field) = &source.field_ref {
        object_field(field, Reader::Variable, &path.child("fieldRef"), errors);
    }
    if let Some(resource) = &source.resource_field_ref {
        resource_field(resource, Reader::Variable, &path.child("resourceFieldRef"), errors);
    }
    if let Some(config_map) = &source.config_map_key_ref {
        key(&config_map.name, &config_map.key, &path.child("configMapKeyRef"), errors);
    }
    if let Some(secret) = &source.secret_key_ref {
        key(&secret.name, &secret.key, &path.child("secretKeyRef"), errors);
    }
    if let Some(file_key) = &source.file_key_ref {
        file_key_selector(file_key, &path.child("fileKeyRef"), errors);
    }
    let sources = [
        source.field_ref.is_some(),
        source.resource_field_ref.is_some(),
        source.config_map_key_ref.is_some(),
        source.secret_key_ref.is_some(),
        source.file_key_ref.is_some(),
    ];
    match sources.iter().filter(|is_set| **is_set).count() {
        0 => {
            let detail = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
            errors.invalid(path, "", detail);
        }
        _ if !value.is_empty() => errors.invalid(path, "", "may not be specified when `value` is not empty"),
        1 => {}
        _ => errors.invalid(path, "", "may not have more than one field specified at a time"),
    }
}

/// A field of the pod.
pub(super) fn object_field(
    field: &ObjectFieldSelector,
    reader: Reader,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let version = text(&field.api_version);
    let given = field.field_path.as_str();
    if given.is_empty() {
        errors.required(&path.child("fieldPath"), "");
        return;
    }
    let subscripted = given.strip_suffix("']").and_then(|rest| rest.split_once("['"));
    let subscripted = subscripted.filter(|(field, _)| !field.is_empty());
    let wrong = match (version, subscripted) {
        ("v1", Some(("metadata.annotations" | "metadata.labels", _))) => None,
        ("v1", Some(_)) => Some(format!("field label does not support subscript: {given}")),
        ("v1", None) if KNOWN_FIELDS.contains(&given) => None,
        ("v1", None) => Some(format!("field label not supported: {given}")),
        (version, _) => Some(format!("unsupported pod version: {version}")),
    };
    if let Some(wrong) = wrong {
        errors.invalid(&path.child("fieldPath"), given, &format!("error converting fieldPath: {wrong}"));
        return;
    }
    let allowed = match reader {
        Reader::Variable => VARIABLE_FIELDS.as_slice(),
        Reader::File => FILE_FIELDS.as_slice(),
    };
    let given = if given == "spec.host" { "spec.nodeName" } else { given };
    match subscripted {
        Some(("metadata.annotations", key)) => {
            let key = key.to_lowercase();
            errors.invalid_each(path, &key, &formats::label_key(&key));
        }
        Some((_, key)) => errors.invalid_each(path, key, &formats::label_key(key)),
        None if allowed.contains(&given) => {}
        None => errors.not_supported(&path.child("fieldPath"), given, allowed),
    }
}

/// An amount of a container's resources.
pub(super) fn resource_field(
    field: &ResourceFieldSelector,
    reader: Reader,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let resource = field.resource.as_str();
    let is_huge_pages =
        resource.starts_with("requests.hugepages-") || resource.starts_with("limits.hugepages-");
    if reader == Reader::File && text(&field.container_name).is_empty() {
        errors.required(&path.child("containerName"), "");
    } else if resource.is_empty() {
        errors.required(&path.child("resource"), "");
    } else if !RESOURCES.contains(&resource) && !is_huge_pages {
        errors.not_supported(&path.child("resource"), resource, &RESOURCES);
    }
    let divisor = field.divisor.as_ref().and_then(Quantity::from_api).unwrap_or_default();
    if divisor.is_zero() {
        return;
    }
    let divisor = divisor.to_string();
    let bytes = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";
    let (allowed, values, kind) = match resource {
        "limits.cpu" | "requests.cpu" => (["1m", "1"].as_slice(), "1m and 1", "cpu"),
        "limits.memory" | "requests.memory" => (BYTE_DIVISORS.as_slice(), bytes, "memory"),
        "limits.ephemeral-storage" | "requests.ephemeral-storage" => {
            (BYTE_DIVISORS.as_slice(), bytes, "local ephemeral storage")
        }
        _ if is_huge_pages => (BYTE_DIVISORS.as_slice(), bytes, "hugepages"),
        _ => return,
    };
    if !allowed.contains(&divisor.as_str()) {
        let detail = format!("only divisor's values {values} are supported with the {kind} resource");
        errors.invalid(&path.child("divisor"), resource, &detail);
    }
}

fn key(name: &str, key: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    errors.invalid_each(&path.child("name"), name, &formats::dns_subdomain(name));
    if key.is_empty() {
        errors.required(&path.child("key"), "");
    } else {
        errors.invalid_each(&path.child("key"), key, &formats::config_key(key));
    }
}

fn file_key_selector(selector: &FileKeySelector, path: &Path<'_>, errors: &mut Errors<'_>) {
    if selector.key.is_empty() {
        errors.required(&path.child("key"), "");
    } else {
        errors.invalid_each(&path.child("key"), &selector.key, &formats::environment_name(&selector.key));
    }
    if selector.volume_name.is_empty() {
        errors.required(&path.child("volumeName"), "");
    } else {
        let messages = formats::dns_label(&selector.volume_name);
        errors.invalid_each(&path.child("volumeName"), &selector.volume_name, &messages);
    }
    if selector.path.is_empty() {
        errors.required(&path.child("path"), "");
    } else {
        paths::no_backsteps(&selector.path, &path.child("path"), errors);
    }
}

/// Objects all of whose keys become variables.
pub(super) fn sources(sources: &[EnvFromSource], path: &Path<'_>, errors: &mut Errors<'_>) {
    for (index, source) in sources.iter().enumerate() {
        let here = path.index(index);
        let prefix = text(&source.prefix);
        if !prefix.is_empty() {
            errors.invalid_each(&here.child("prefix"), prefix, &formats::environment_name(prefix));
        }
        let config_map = source.config_map_ref.as_ref().map(|source| &source.name);
        let secret = source.secret_ref.as_ref().map(|source| &source.name);
        for (field, name) in [("configMapRef", config_map), ("secretRef", secret)] {
            let Some(name) = name else { continue };
            let path = here.child(field);
            if name.is_empty() {
                errors.required(&path.child("name"), "");
            } else {
                let messages = formats::dns_subdomain(&formats::as_prefix(name));
                errors.invalid_each(&path.child("name"), name, &messages);
            }
        }
        match (config_map, secret) {
            (None, None) => errors.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"),
            (Some(_), Some(_)) => {
                errors.invalid(path, "", "may not have more than one field specified at a time");
            }
            (Some(_), None) | (None, Some(_)) => {}
        }
    }
}

/// Files that variables are read from must lie in volumes of the kind emptyDir.
pub(super) fn file_key_volumes(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let volumes = spec.volumes.iter().flatten().map(|volume| (volume.name.as_str(), volume));
    let volumes: BTreeMap<&str, &Volume> = volumes.collect();
    containers::visit(spec, path, |container, path| {
        let variables = path.child("env");
        for (index, variable) in container.env.iter().flatten().enumerate() {
            let source = variable.value_from.as_ref().and_then(|source| source.file_key_ref.as_ref());
            let Some(selector) = source else { continue };
            let here = variables.index(index);
            let here = here.child("valueFrom");
            let here = here.child("fileKeyRef");
            let path = here.child("volumeName");
            let name = selector.volume_name.as_str();
            match volumes.get(name) {
                None => errors.not_found(&path, name, ""),
                Some(volume) if volume.empty_dir.is_none() => {
                    errors.invalid(&path, name, "referenced volume must be of type emptyDir");
                }
                Some(_) => {}
            }
        }
    });
}
