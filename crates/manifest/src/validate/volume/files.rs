//! Volumes that the kubelet fills with files.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{DownwardAPIVolumeFile, KeyToPath, Volume, VolumeProjection};

use super::required;
use crate::path::Path;
use crate::validate::env::{self, Reader};
use crate::validate::errors::Errors;
use crate::validate::{formats, paths, text};

const MODE_MESSAGE: &str = "must be a number between 0 and 0777 (octal), both inclusive";

fn mode(mode: Option<i32>, path: &Path<'_>, errors: &mut Errors<'_>) {
    if let Some(mode) = mode.filter(|mode| !(0..=0o777).contains(mode)) {
        errors.invalid(path, mode, MODE_MESSAGE);
    }
}

fn user(user: Option<i64>, path: &Path<'_>, errors: &mut Errors<'_>) {
    if let Some(user) = user
        && let Some(message) = formats::user_or_group(user)
    {
        errors.invalid(path, user, &message);
    }
}

pub(super) fn git_repo(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let path = path.child("gitRepo");
    let Some(repository) = &volume.git_repo else { return };
    required(&repository.repository, &path.child("repository"), errors);
    paths::local_descending(text(&repository.directory), &path.child("directory"), errors);
}

pub(super) fn secret(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let path = path.child("secret");
    let Some(secret) = &volume.secret else { return };
    required(text(&secret.secret_name), &path.child("secretName"), errors);
    mode(secret.default_mode, &path.child("defaultMode"), errors);
    user(secret.default_user, &path.child("defaultUser"), errors);
    keys(secret.items.as_deref(), &path.child("items"), errors);
}

pub(super) fn config_map(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let path = path.child("configMap");
    let Some(config_map) = &volume.config_map else { return };
    required(&config_map.name, &path.child("name"), errors);
    mode(config_map.default_mode, &path.child("defaultMode"), errors);
    user(config_map.default_user, &path.child("defaultUser"), errors);
    keys(config_map.items.as_deref(), &path.child("items"), errors);
}

fn keys(items: Option<&[KeyToPath]>, path: &Path<'_>, errors: &mut Errors<'_>) {
    for (index, item) in items.into_iter().flatten().enumerate() {
        let path = path.index(index);
        required(&item.key, &path.child("key"), errors);
        required(&item.path, &path.child("path"), errors);
        paths::local_non_reserved(&item.path, &path.child("path"), errors);
        mode(item.mode, &path.child("mode"), errors);
        user(item.user, &path.child("user"), errors);
    }
}

pub(super) fn downward_api(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let path = path.child("downwardAPI");
    let Some(source) = &volume.downward_api else { return };
    mode(source.default_mode, &path.child("defaultMode"), errors);
    user(source.default_user, &path.child("defaultUser"), errors);
    for file in source.items.iter().flatten() {
        // Upstream does not say which file it means.
        downward_file(file, &path, errors);
    }
}

fn downward_file(file: &DownwardAPIVolumeFile, path: &Path<'_>, errors: &mut Errors<'_>) {
    required(&file.path, &path.child("path"), errors);
    paths::local_non_reserved(&file.path, &path.child("path"), errors);
    match (&file.field_ref, &file.resource_field_ref) {
        (Some(field), resource) => {
            env::object_field(field, Reader::File, &path.child("fieldRef"), errors);
            if resource.is_some() {
                let detail = "fieldRef and resourceFieldRef can not be specified simultaneously";
                errors.invalid(path, "resource", detail);
            }
        }
        (None, Some(resource)) => {
            env::resource_field(resource, Reader::File, &path.child("resourceFieldRef"), errors);
        }
        (None, None) => errors.required(path, "one of fieldRef and resourceFieldRef is required"),
    }
    mode(file.mode, &path.child("mode"), errors);
    user(file.user, &path.child("user"), errors);
}

pub(super) fn projected(volume: &Volume, path: &Path<'_>, errors: &mut Errors<'_>) {
    let path = path.child("projected");
    let Some(projected) = &volume.projected else { return };
    mode(projected.default_mode, &path.child("defaultMode"), errors);
    user(projected.default_user, &path.child("defaultUser"), errors);
    let mut files: BTreeSet<&str> = BTreeSet::new();
    let sources = path.child("sources");
    for (index, source) in projected.sources.iter().flatten().enumerate() {
        projection(source, &mut files, &path, &sources.index(index), errors);
    }
}

fn projection<'a>(
    source: &'a VolumeProjection,
    files: &mut BTreeSet<&'a str>,
    path: &Path<'_>,
    here: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    if let Some(secret) = &source.secret {
        let here = here.child("secret");
        projected_keys(&secret.name, secret.items.as_deref(), files, path, &here, errors);
    }
    if let Some(config_map) = &source.config_map {
        let here = here.child("configMap");
        projected_keys(&config_map.name, config_map.items.as_deref(), files, path, &here, errors);
    }
    if let Some(downward_api) = &source.downward_api {
        let here = here.child("downwardAPI");
        for file in downward_api.items.iter().flatten() {
            downward_file(file, &here, errors);
            unique(&file.path, &file.path, files, path, errors);
        }
    }
    let kinds = [
        source.secret.is_some(),
        source.config_map.is_some(),
        source.downward_api.is_some(),
        source.service_account_token.is_some(),
        source.cluster_trust_bundle.is_some(),
        source.pod_certificate.is_some(),
    ];
    if kinds.iter().filter(|is_set| **is_set).count() > 1 {
        errors.forbidden(here, "may not specify more than 1 volume type per source");
    }
}

fn projected_keys<'a>(
    name: &'a str,
    items: Option<&'a [KeyToPath]>,
    files: &mut BTreeSet<&'a str>,
    path: &Path<'_>,
    here: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    required(name, &here.child("name"), errors);
    keys(items, &here.child("items"), errors);
    for item in items.into_iter().flatten() {
        unique(&item.path, name, files, path, errors);
    }
}

fn unique<'a>(
    file: &'a str,
    shown: &str,
    files: &mut BTreeSet<&'a str>,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    if files.contains(file) {
        errors.invalid(path, shown, "conflicting duplicate paths");
    } else if !file.is_empty() {
        files.insert(file);
    }
}
