//! Requests and limits of containers, of the pod as a whole, and overhead.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{PodSpec, ResourceClaim, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use types::quantity::Quantity;
use types::resources::{self, ResourceList, Side};

use super::errors::{Errors, Value};
use super::{formats, text};
use crate::path::Path;

const NATIVE_DOMAIN: &str = "kubernetes.io/";
const REQUESTS_PREFIX: &str = "requests.";

/// Names without a domain that exist somewhere in the API.
const STANDARD: [&str; 20] = [
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "storage",
    "requests.storage",
    "services.nodeports",
    "services.loadbalancers",
];
/// Names without a domain that are counted in whole pieces.
const WHOLE: [&str; 9] = [
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

/// Whose resources are looked at: different names are allowed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Container,
    Pod,
}

/// Requests and limits of a container.
pub(super) fn container(
    requirements: Option<&ResourceRequirements>,
    claims: &[&str],
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    if let Some(given) = requirements {
        requirements_of(given, Owner::Container, claims, path, errors);
    }
}

/// What the pod's sandbox needs; checked as limits of a container.
pub(super) fn overhead(
    overhead: Option<&BTreeMap<String, ApiQuantity>>,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    if let Some(overhead) = overhead {
        let limits =
            ResourceRequirements { limits: Some(overhead.clone()), ..ResourceRequirements::default() };
        requirements_of(&limits, Owner::Container, &[], path, errors);
    }
}

/// Requests and limits of the pod as a whole, also against those of its containers.
pub(super) fn pod(spec: &PodSpec, claims: &[&str], spec_path: &Path<'_>, errors: &mut Errors<'_>) {
    let Some(requirements) = &spec.resources else { return };
    let path = spec_path.child("resources");
    if spec.os.as_ref().is_some_and(|os| os.name == "windows") {
        errors.forbidden(&path, "may not be set for a windows pod");
        return;
    }
    if requirements.claims.is_some() {
        errors.forbidden(&path.child("claims"), "claims may not be set for Resources at pod-level");
    }
    requirements_of(requirements, Owner::Pod, claims, &path, errors);
    consistency(spec, requirements, &path, errors);
}

fn requirements_of(
    requirements: &ResourceRequirements,
    owner: Owner,
    claims: &[&str],
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let limits = resources::resource_list(Some(requirements), Side::Limits);
    let requests = resources::resource_list(Some(requirements), Side::Requests);
    let limits_path = path.child("limits");
    let requests_path = path.child("requests");
    for (name, amount) in &limits {
        amount_of(name, amount, owner, &limits_path.key(name), errors);
    }
    for (name, amount) in &requests {
        amount_of(name, amount, owner, &requests_path.key(name), errors);
        match limits.get(name) {
            Some(limit) if amount != limit && !is_overcommit_allowed(name) => {
                let detail = format!("must be equal to {name} limit of {limit}");
                errors.invalid(&requests_path, &amount.to_string(), &detail);
            }
            Some(limit) if amount > limit => {
                let detail = format!("must be less than or equal to {name} limit of {limit}");
                errors.invalid(&requests_path, &amount.to_string(), &detail);
            }
            None if !is_overcommit_allowed(name) => {
                errors.required(&limits_path, "Limit must be set for non overcommitable resources");
            }
            Some(_) | None => {}
        }
    }
    let mut names = limits.keys().chain(requests.keys());
    if names.clone().any(|name| is_huge_pages(name))
        && !names.any(|name| matches!(name.as_str(), "cpu" | "memory"))
    {
        errors.forbidden(path, "HugePages require cpu or memory");
    }
    claim_names(requirements.claims.as_deref().unwrap_or_default(), claims, &path.child("claims"), errors);
}

fn amount_of(name: &str, amount: &Quantity, owner: Owner, path: &Path<'_>, errors: &mut Errors<'_>) {
    match owner {
        Owner::Container => container_name(name, path, errors),
        Owner::Pod => pod_name(name, path, errors),
    }
    let shown = amount.to_string();
    if amount.is_negative() {
        errors.invalid(path, &shown, "must be greater than or equal to 0");
    }
    if (WHOLE.contains(&name) || is_extended(name)) && !amount.is_whole() {
        errors.invalid(path, &shown, "must be an integer");
    }
    if is_huge_pages(name) && !is_divisible(name, amount) {
        let detail = format!("{shown} is not positive integer multiple of {name}");
        errors.invalid(path, &shown, &detail);
    }
}

/// Whether the name is of the right form and known; tells all that is wrong.
fn any_name(name: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    let messages = formats::label_key(name);
    for message in &messages {
        errors.invalid(path, Value::Word(name), message);
    }
    let is_standard =
        STANDARD.contains(&name) || is_huge_pages(name) || name.starts_with("requests.hugepages-");
    if messages.is_empty() && !name.contains('/') && !is_standard {
        errors.invalid(path, Value::Word(name), "must be a standard resource type or fully qualified");
    }
}

fn container_name(name: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    any_name(name, path, errors);
    if !name.contains('/') {
        if !matches!(name, "cpu" | "memory" | "ephemeral-storage") && !is_huge_pages(name) {
            errors.invalid(path, Value::Word(name), "must be a standard resource for containers");
        }
    } else if !is_native(name) && !is_extended(name) {
        errors.invalid(path, Value::Word(name), "doesn't follow extended resource name standard");
    }
}

fn pod_name(name: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    let before = errors.count();
    any_name(name, path, errors);
    if errors.count() == before && !resources::is_supported_pod_level_resource(name) {
        errors.not_supported(path, Value::Word(name), &["cpu", "hugepages-", "memory"]);
    }
}

fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains(NATIVE_DOMAIN)
}

fn is_extended(name: &str) -> bool {
    !is_native(name)
        && !name.starts_with(REQUESTS_PREFIX)
        && formats::label_key(&format!("{REQUESTS_PREFIX}{name}")).is_empty()
}

fn is_huge_pages(name: &str) -> bool {
    name.starts_with(resources::HUGE_PAGES_PREFIX)
}

fn is_overcommit_allowed(name: &str) -> bool {
    is_native(name) && !is_huge_pages(name)
}

fn is_divisible(name: &str, amount: &Quantity) -> bool {
    let size = name.strip_prefix(resources::HUGE_PAGES_PREFIX).and_then(|size| size.parse::<Quantity>().ok());
    size.is_some_and(|size| {
        let usable = !size.is_negative() && !size.is_zero() && size.is_whole();
        usable && amount.value() % size.value() == 0
    })
}

fn consistency(spec: &PodSpec, given: &ResourceRequirements, path: &Path<'_>, errors: &mut Errors<'_>) {
    // Sums over the containers alone.
    let containers = PodSpec { resources: None, ..spec.clone() };
    let requests = resources::resource_list(Some(given), Side::Requests);
    let limits = resources::resource_list(Some(given), Side::Limits);
    let requests_path = path.child("requests");
    let limits_path = path.child("limits");
    let sums: ResourceList = resources::pod_requests(&containers, resources::Overhead::Excluded);
    for (name, sum) in sums {
        if let Some(request) = requests.get(&name).filter(|request| sum > **request) {
            let detail = format!("must be greater than or equal to aggregate container requests of {sum}");
            errors.invalid(&requests_path.key(&name), &request.to_string(), &detail);
        }
    }
    for (name, sum) in resources::pod_limits(&containers, resources::Overhead::Excluded) {
        let limit = limits.get(&name).filter(|limit| is_huge_pages(&name) && sum > **limit);
        if let Some(limit) = limit {
            let detail = format!("must be greater than or equal to aggregate container limits of {sum}");
            errors.invalid(&limits_path.key(&name), &limit.to_string(), &detail);
        }
    }
    let containers_path = path.child("containers");
    for (index, container) in spec.containers.iter().enumerate() {
        let here = containers_path.index(index);
        for (name, own) in resources::container_limits(container) {
            if let Some(limit) = limits.get(&name).filter(|limit| own > **limit) {
                let detail = format!("must be less than or equal to pod limits of {limit}");
                errors.invalid(&here.key(&name).child("limits"), &own.to_string(), &detail);
            }
        }
    }
}

/// Names of the pod's claims.
pub(super) fn claims_of(spec: &PodSpec) -> Vec<&str> {
    let names = spec.resource_claims.iter().flatten().map(|claim| claim.name.as_str());
    names.filter(|name| !name.is_empty()).collect()
}

/// The pod's claims, which a static pod may not have; what is wrong with them is told all the same.
pub(super) fn pod_claims(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let claims = spec.resource_claims.as_deref().unwrap_or_default();
    for (index, claim) in claims.iter().enumerate() {
        let here = path.index(index);
        let name = claim.name.as_str();
        if name.is_empty() {
            errors.required(&here.child("name"), "");
        } else if claims[..index].iter().any(|other| other.name == name) {
            errors.duplicate(&here.child("name"), name);
        } else {
            errors.invalid_each(&here.child("name"), name, &formats::dns_label(name));
        }
        let json = || {
            let own = claim.resource_claim_name.as_deref().map_or(Value::Null, Value::Word);
            let template = claim.resource_claim_template_name.as_deref().map_or(Value::Null, Value::Word);
            let name = Value::Word(name);
            Value::Json(format!(
                "{{\"Name\":{name},\"ResourceClaimName\":{own},\"ResourceClaimTemplateName\":{template}}}"
            ))
        };
        match (&claim.resource_claim_name, &claim.resource_claim_template_name) {
            (Some(_), Some(_)) => {
                let detail =
                    "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified";
                errors.invalid(&here, json(), detail);
            }
            (None, None) => {
                let detail = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`";
                errors.invalid(&here, json(), detail);
            }
            (Some(_), None) | (None, Some(_)) => {}
        }
        let names = [
            ("resourceClaimName", &claim.resource_claim_name),
            ("resourceClaimTemplateName", &claim.resource_claim_template_name),
        ];
        for (field, name) in names {
            if let Some(name) = name {
                errors.invalid_each(&here.child(field), name, &formats::dns_subdomain(name));
            }
        }
    }
}

fn claim_names(claims: &[ResourceClaim], known: &[&str], path: &Path<'_>, errors: &mut Errors<'_>) {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for (index, claim) in claims.iter().enumerate() {
        let here = path.index(index);
        let (name, request) = (claim.name.as_str(), text(&claim.request));
        if name.is_empty() {
            errors.required(&here, "");
            continue;
        }
        if seen.contains(&(name, "")) {
            errors.duplicate(&here, name);
        } else {
            if !request.is_empty() {
                errors.invalid_each(&here.child("request"), request, &formats::dns_label(request));
            }
            if seen.contains(&(name, request)) {
                errors.duplicate(&here, format!("{name}/{request}").as_str());
            } else if request.is_empty() {
                let overlaps = seen.iter().filter(|(other, _)| *other == name).count();
                (0..overlaps).for_each(|_| errors.duplicate(&here, name));
            }
            seen.push((name, request));
        }
        if !known.contains(&name) {
            let mut sorted = known.to_vec();
            sorted.sort_unstable();
            let list = if known.is_empty() {
                " which is empty".to_owned()
            } else {
                format!(": {}", sorted.join(", "))
            };
            errors.not_found(
                &here,
                name,
                &format!("must be one of the names in pod.spec.resourceClaims{list}"),
            );
        }
    }
}
