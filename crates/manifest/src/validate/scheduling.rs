//! Where a pod may run: affinity, tolerations, spreading. The kubelet itself reads little of it, but the API checks it.

use k8s_openapi::api::core::v1::{
    Affinity, NodeAffinity, NodeSelectorRequirement, NodeSelectorTerm, PodAffinityTerm, Toleration,
    TopologySpreadConstraint, WeightedPodAffinityTerm,
};

use super::errors::{Errors, Value};
use super::{formats, selectors, text};
use crate::path::Path;

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// Whether wrong values of labels count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Values {
    Checked,
    Unchecked,
}

/// Affinity to nodes and to other pods.
pub(super) fn affinity(affinity: Option<&Affinity>, path: &Path<'_>, errors: &mut Errors<'_>) {
    let Some(affinity) = affinity else { return };
    if let Some(nodes) = &affinity.node_affinity {
        node_affinity(nodes, &path.child("nodeAffinity"), errors);
    }
    if let Some(pods) = &affinity.pod_affinity {
        let required = pods.required_during_scheduling_ignored_during_execution.as_deref();
        let preferred = pods.preferred_during_scheduling_ignored_during_execution.as_deref();
        pod_affinity(required, preferred, &path.child("podAffinity"), errors);
    }
    if let Some(pods) = &affinity.pod_anti_affinity {
        let required = pods.required_during_scheduling_ignored_during_execution.as_deref();
        let preferred = pods.preferred_during_scheduling_ignored_during_execution.as_deref();
        pod_affinity(required, preferred, &path.child("podAntiAffinity"), errors);
    }
}

fn node_affinity(affinity: &NodeAffinity, path: &Path<'_>, errors: &mut Errors<'_>) {
    if let Some(selector) = &affinity.required_during_scheduling_ignored_during_execution {
        let path = path.child(REQUIRED);
        let path = path.child("nodeSelectorTerms");
        if selector.node_selector_terms.is_empty() {
            errors.required(&path, "must have at least one node selector term");
        }
        for (index, term) in selector.node_selector_terms.iter().enumerate() {
            node_term(term, Values::Checked, &path.index(index), errors);
        }
    }
    let path = path.child(PREFERRED);
    let preferred = affinity.preferred_during_scheduling_ignored_during_execution.iter().flatten();
    for (index, term) in preferred.enumerate() {
        let path = path.index(index);
        weight(term.weight, &path, errors);
        node_term(&term.preference, Values::Unchecked, &path.child("preference"), errors);
    }
}

fn weight(weight: i32, path: &Path<'_>, errors: &mut Errors<'_>) {
    if !(1..=100).contains(&weight) {
        errors.invalid(&path.child("weight"), weight, "must be in the range 1-100");
    }
}

fn node_term(term: &NodeSelectorTerm, values: Values, path: &Path<'_>, errors: &mut Errors<'_>) {
    let expressions = path.child("matchExpressions");
    for (index, expression) in term.match_expressions.iter().flatten().enumerate() {
        node_expression(expression, values, &expressions.index(index), errors);
    }
    let fields = path.child("matchFields");
    for (index, field) in term.match_fields.iter().flatten().enumerate() {
        node_field(field, &fields.index(index), errors);
    }
}

fn node_expression(
    expression: &NodeSelectorRequirement,
    values: Values,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let given = expression.values.as_deref().unwrap_or_default();
    match expression.operator.as_str() {
        "Gt" | "Lt" => {
            if given.len() != 1 {
                let detail = "must be specified single value when `operator` is 'Lt' or 'Gt'";
                errors.required(&path.child("values"), detail);
            }
        }
        operator => selectors::operator(operator, given, path, errors),
    }
    errors.invalid_each(&path.child("key"), &expression.key, &formats::label_key(&expression.key));
    if values == Values::Checked {
        for (index, value) in given.iter().enumerate() {
            errors.invalid_each(&path.child("values").index(index), value, &formats::label_value(value));
        }
    }
}

fn node_field(field: &NodeSelectorRequirement, path: &Path<'_>, errors: &mut Errors<'_>) {
    let given = field.values.as_deref().unwrap_or_default();
    match field.operator.as_str() {
        "In" | "NotIn" => {
            if given.len() != 1 {
                let detail =
                    "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
                errors.required(&path.child("values"), detail);
            }
        }
        operator => {
            errors.invalid(&path.child("operator"), Value::Word(operator), "not a valid selector operator");
        }
    }
    if field.key == "metadata.name" {
        for (index, value) in given.iter().enumerate() {
            errors.invalid_each(&path.child("values").index(index), value, &formats::dns_subdomain(value));
        }
    } else {
        errors.invalid(&path.child("key"), &field.key, "not a valid field selector key");
    }
}

fn pod_affinity(
    required: Option<&[PodAffinityTerm]>,
    preferred: Option<&[WeightedPodAffinityTerm]>,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let required_path = path.child(REQUIRED);
    for (index, term) in required.into_iter().flatten().enumerate() {
        pod_term(term, &required_path.index(index), errors);
    }
    let preferred_path = path.child(PREFERRED);
    for (index, term) in preferred.into_iter().flatten().enumerate() {
        let path = preferred_path.index(index);
        weight(term.weight, &path, errors);
        pod_term(&term.pod_affinity_term, &path.child("podAffinityTerm"), errors);
    }
}

fn pod_term(term: &PodAffinityTerm, path: &Path<'_>, errors: &mut Errors<'_>) {
    selectors::label_selector(term.label_selector.as_ref(), &path.child("labelSelector"), errors);
    selectors::label_selector(term.namespace_selector.as_ref(), &path.child("namespaceSelector"), errors);
    for namespace in term.namespaces.iter().flatten() {
        errors.invalid_each(&path.child("namespace"), namespace, &formats::dns_label(namespace));
    }
    selectors::label_keys(
        term.match_label_keys.as_ref(),
        term.mismatch_label_keys.as_ref(),
        term.label_selector.as_ref(),
        path,
        errors,
    );
    if term.topology_key.is_empty() {
        errors.required(&path.child("topologyKey"), "can not be empty");
    }
    errors.invalid_each(
        &path.child("topologyKey"),
        &term.topology_key,
        &formats::label_key(&term.topology_key),
    );
}

/// Taints that the pod bears.
pub(super) fn tolerations(tolerations: &[Toleration], path: &Path<'_>, errors: &mut Errors<'_>) {
    for (index, toleration) in tolerations.iter().enumerate() {
        let path = path.index(index);
        let key = text(&toleration.key);
        let value = text(&toleration.value);
        let effect = text(&toleration.effect);
        let operator = text(&toleration.operator);
        let operator_path = path.child("operator");
        if !key.is_empty() {
            errors.invalid_each(&path.child("key"), key, &formats::label_key(key));
        } else if operator != "Exists" {
            let detail =
                "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            errors.invalid(&operator_path, Value::Word(operator), detail);
        }
        if toleration.toleration_seconds.is_some() && effect != "NoExecute" {
            let detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
            errors.invalid(&path.child("effect"), Value::Word(effect), detail);
        }
        match operator {
            "Equal" | "" => {
                let messages = formats::label_value(value);
                if !messages.is_empty() {
                    errors.invalid(&operator_path, value, &messages.join(";"));
                }
            }
            "Exists" if !value.is_empty() => {
                errors.invalid(&operator_path, value, "value must be empty when `operator` is 'Exists'");
            }
            "Exists" => {}
            "Lt" | "Gt" => {
                errors.not_supported(&operator_path, Value::Word(operator), &["Equal", "Exists", "Lt", "Gt"]);
            }
            other => errors.one_of(&operator_path, other, &["Equal", "Exists"]),
        }
        if !effect.is_empty() {
            errors.one_of(&path.child("effect"), effect, &["NoSchedule", "PreferNoSchedule", "NoExecute"]);
        }
    }
}

/// How pods are spread over nodes and zones.
pub(super) fn topology_spread(
    constraints: &[TopologySpreadConstraint],
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    for (index, constraint) in constraints.iter().enumerate() {
        let path = path.index(index);
        let when = constraint.when_unsatisfiable.as_str();
        positive(constraint.max_skew, &path.child("maxSkew"), errors);
        if constraint.topology_key.is_empty() {
            errors.required(&path.child("topologyKey"), "can not be empty");
        }
        errors.one_of(&path.child("whenUnsatisfiable"), when, &["DoNotSchedule", "ScheduleAnyway"]);
        let is_same = |other: &TopologySpreadConstraint| {
            other.topology_key == constraint.topology_key && other.when_unsatisfiable == when
        };
        if constraints[index + 1..].iter().any(is_same) {
            let pair = format!("{{{}, {when}}}", constraint.topology_key);
            errors.duplicate(&path.child("{topologyKey, whenUnsatisfiable}"), &pair);
        }
        if let Some(domains) = constraint.min_domains {
            let path = path.child("minDomains");
            positive(domains, &path, errors);
            if when != "DoNotSchedule" {
                let detail =
                    format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {when}");
                errors.invalid(&path, domains, &detail);
            }
        }
        let policies = [
            ("nodeAffinityPolicy", &constraint.node_affinity_policy),
            ("nodeTaintsPolicy", &constraint.node_taints_policy),
        ];
        for (field, policy) in policies {
            if let Some(policy) = policy {
                errors.one_of(&path.child(field), policy, &["Honor", "Ignore"]);
            }
        }
        let selector = constraint.label_selector.as_ref();
        selectors::label_keys(constraint.match_label_keys.as_ref(), None, selector, &path, errors);
        selectors::label_selector(selector, &path.child("labelSelector"), errors);
    }
}

fn positive(number: i32, path: &Path<'_>, errors: &mut Errors<'_>) {
    if number <= 0 {
        errors.invalid(path, number, "must be greater than zero");
    }
}
