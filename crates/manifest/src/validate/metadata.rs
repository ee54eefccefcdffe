//! The pod's metadata, and annotations that mean something.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{PodSpec, Toleration};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ManagedFieldsEntry, ObjectMeta, OwnerReference};

use super::errors::{Errors, Value};
use super::{formats, paths, scheduling, selectors, text};
use crate::path::Path;

/// The most bytes that all annotations may have, keys and values.
const MAX_ANNOTATIONS: usize = 256 << 10;
/// The most bytes of a field manager's and a subresource's name.
const MAX_MANAGER: usize = 128;
const MAX_SUBRESOURCE: usize = 256;

const TOLERATIONS: &str = "scheduler.alpha.kubernetes.io/tolerations";
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";
const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
const SECCOMP_CONTAINER: &str = "container.seccomp.security.alpha.kubernetes.io/";
/// Start of the annotations that name a container's AppArmor profile; the container's name follows.
pub(super) const APPARMOR_CONTAINER: &str = "container.apparmor.security.beta.kubernetes.io/";

/// The metadata of every object.
pub(super) fn object(metadata: &ObjectMeta, path: &Path<'_>, errors: &mut Errors<'_>) {
    let generate_name = text(&metadata.generate_name);
    if !generate_name.is_empty() {
        errors.invalid_each(
            &path.child("generateName"),
            generate_name,
            &formats::dns_subdomain(&formats::as_prefix(generate_name)),
        );
    }
    let name = text(&metadata.name);
    errors.invalid_each(&path.child("name"), name, &formats::dns_subdomain(name));
    let namespace = text(&metadata.namespace);
    errors.invalid_each(&path.child("namespace"), namespace, &formats::dns_label(namespace));
    errors.non_negative(&path.child("generation"), metadata.generation.unwrap_or(0));
    selectors::labels(metadata.labels.as_ref(), &path.child("labels"), errors);
    annotations(metadata.annotations.as_ref(), &path.child("annotations"), errors);
    owners(metadata.owner_references.as_deref().unwrap_or_default(), &path.child("ownerReferences"), errors);
    finalizers(metadata.finalizers.as_deref().unwrap_or_default(), &path.child("finalizers"), errors);
    let managed = path.child("managedFields");
    for (index, fields) in metadata.managed_fields.iter().flatten().enumerate() {
        managed_fields(fields, &managed.index(index), errors);
    }
}

fn annotations(annotations: Option<&BTreeMap<String, String>>, path: &Path<'_>, errors: &mut Errors<'_>) {
    let Some(annotations) = annotations else { return };
    for key in annotations.keys() {
        errors.invalid_each(path, key, &formats::label_key(&key.to_lowercase()));
    }
    let bytes: usize = annotations.iter().map(|(key, value)| key.len() + value.len()).sum();
    if bytes > MAX_ANNOTATIONS {
        errors.too_long(path, MAX_ANNOTATIONS);
    }
}

fn owners(owners: &[OwnerReference], path: &Path<'_>, errors: &mut Errors<'_>) {
    let mut controller: Option<String> = None;
    for (index, owner) in owners.iter().enumerate() {
        let here = path.index(index);
        if owner.api_version.is_empty() {
            errors.required(&here.child("apiVersion"), "must not be empty");
        } else if owner.api_version.matches('/').count() > 1 || owner.api_version.ends_with('/') {
            let detail = "must be <group>/<version> or <version>";
            errors.invalid(&here.child("apiVersion"), &owner.api_version, detail);
        }
        for (field, value) in [("kind", &owner.kind), ("name", &owner.name), ("uid", &owner.uid)] {
            if value.is_empty() {
                errors.required(&here.child(field), "must not be empty");
            }
        }
        if owner.api_version == "v1" && owner.kind == "Event" {
            let json = serde_json::to_string(owner).unwrap_or_default();
            errors.invalid(&here, Value::Json(json), "/v1, Kind=Event is disallowed from being an owner");
        }
        if owner.controller == Some(true) {
            let current = format!("{}/{}", owner.kind, owner.name);
            match &controller {
                Some(first) => {
                    let json = serde_json::to_string(owners).unwrap_or_default();
                    let detail = format!(
                        "Only one reference can have Controller set to true. Found \"true\" in references for {first} and {current}"
                    );
                    errors.invalid(path, Value::Json(json), &detail);
                }
                None => controller = Some(current),
            }
        }
    }
}

fn finalizers(finalizers: &[String], path: &Path<'_>, errors: &mut Errors<'_>) {
    for finalizer in finalizers {
        errors.invalid_each(path, finalizer, &formats::label_key(finalizer));
    }
    for (index, finalizer) in finalizers.iter().enumerate() {
        let is_standard = matches!(finalizer.as_str(), "kubernetes" | "orphan" | "foregroundDeletion");
        if !finalizer.contains('/') && !is_standard {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            errors.invalid(&path.index(index), finalizer, detail);
        }
    }
    let has = |name: &str| finalizers.iter().any(|finalizer| finalizer == name);
    if has("orphan") && has("foregroundDeletion") {
        let detail = "finalizer orphan and foregroundDeletion cannot be both set";
        errors.invalid(path, Value::Texts(finalizers), detail);
    }
}

fn managed_fields(fields: &ManagedFieldsEntry, path: &Path<'_>, errors: &mut Errors<'_>) {
    match text(&fields.operation) {
        "" => errors.required(&path.child("operation"), "must not be empty"),
        operation => errors.one_of(&path.child("operation"), operation, &["Apply", "Update"]),
    }
    let fields_type = text(&fields.fields_type);
    if !matches!(fields_type, "" | "FieldsV1") {
        errors.invalid(&path.child("fieldsType"), fields_type, "must be `FieldsV1`");
    }
    let manager = text(&fields.manager);
    if manager.len() > MAX_MANAGER {
        errors.too_long(&path.child("manager"), MAX_MANAGER);
    }
    if let Some((index, character)) = formats::first_unprintable(manager) {
        let detail = format!("invalid character U+{:04X} (at position {index})", u32::from(character));
        errors.invalid(&path.child("manager"), manager, &detail);
    }
    if text(&fields.subresource).len() > MAX_SUBRESOURCE {
        errors.too_long(&path.child("subresource"), MAX_SUBRESOURCE);
    }
}

/// Annotations that upstream reads on pods.
pub(super) fn pod_annotations(
    metadata: &ObjectMeta,
    spec: &PodSpec,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let Some(annotations) = &metadata.annotations else { return };
    if let Some(tolerations) = annotations.get(TOLERATIONS).filter(|text| !text.is_empty()) {
        match serde_json::from_slice::<Vec<Toleration>>(tolerations.as_bytes()) {
            Ok(tolerations) => scheduling::tolerations(&tolerations, &path.child(TOLERATIONS), errors),
            Err(error) => errors.invalid(path, TOLERATIONS, &error.to_string()),
        }
    }
    if let Some(cost) = annotations.get(DELETION_COST) {
        let first = cost.starts_with(['-', '1', '2', '3', '4', '5', '6', '7', '8', '9']) || cost == "0";
        if !first || cost.parse::<i32>().is_err() {
            errors.invalid(&path.key(DELETION_COST), cost, "must be a 32bit integer");
        }
    }
    for (key, profile) in annotations {
        if key == SECCOMP_POD || key.starts_with(SECCOMP_CONTAINER) {
            seccomp(profile, &path.child(key), errors);
        }
        if let Some(container) = key.strip_prefix(APPARMOR_CONTAINER) {
            apparmor(profile, container, spec, &path.key(key), errors);
        }
    }
}

fn seccomp(profile: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    match profile.strip_prefix("localhost/") {
        Some(file) => paths::local_descending(file, path, errors),
        None if matches!(profile, "runtime/default" | "docker/default" | "unconfined") => {}
        None => errors.invalid(path, profile, "must be a valid seccomp profile"),
    }
}

fn apparmor(profile: &str, container: &str, spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let mut names =
        spec.init_containers.iter().flatten().chain(&spec.containers).map(|container| &container.name);
    let mut ephemeral = spec.ephemeral_containers.iter().flatten().map(|container| &container.name);
    if !names.any(|name| name == container) && !ephemeral.any(|name| name == container) {
        errors.invalid(path, container, "container not found");
    }
    let known = matches!(profile, "" | "runtime/default" | "unconfined") || profile.starts_with("localhost/");
    if !known {
        errors.invalid(path, profile, &format!("invalid AppArmor profile name: {profile:?}"));
    }
}

/// An annotation and a field that both name a seccomp profile must name the same.
pub(super) fn annotation<'a>(metadata: &'a ObjectMeta, prefix: &str, container: &str) -> Option<&'a str> {
    metadata.annotations.as_ref()?.get(&format!("{prefix}{container}")).map(String::as_str)
}

/// The annotation of the pod's seccomp profile.
pub(super) fn seccomp_of_pod(metadata: &ObjectMeta) -> Option<&str> {
    annotation(metadata, SECCOMP_POD, "")
}

/// The annotation of a container's seccomp profile.
pub(super) fn seccomp_of_container<'a>(metadata: &'a ObjectMeta, container: &str) -> Option<&'a str> {
    annotation(metadata, SECCOMP_CONTAINER, container)
}
