//! Node selector, required node affinity, and the name of the node.
//!
//! Source: `component-helpers/scheduling/corev1/nodeaffinity/nodeaffinity.go`,
//! `pkg/scheduler/framework/plugins/nodename/node_name.go`.

use super::node::NodeView;
use super::rejection::{NODE_AFFINITY, Rejection};
use k8s_openapi::api::core::v1::{NodeSelectorRequirement, NodeSelectorTerm, PodSpec};
use std::collections::BTreeMap;

/// The only field of a node that `matchFields` may name.
const NAME_FIELD: &str = "metadata.name";

/// Rejects a pod that asks for another kind of node, or for another node.
pub(super) fn check(node: &NodeView, spec: &PodSpec) -> Result<(), Rejection> {
    let selected =
        spec.node_selector.iter().flatten().all(|(key, value)| node.labels.get(key) == Some(value));
    let required = spec
        .affinity
        .as_ref()
        .and_then(|affinity| affinity.node_affinity.as_ref())
        .and_then(|affinity| affinity.required_during_scheduling_ignored_during_execution.as_ref());
    let matches =
        required.is_none_or(|required| required.node_selector_terms.iter().any(|term| is_met(node, term)));
    if !selected || !matches {
        return Err(Rejection::predicate(NODE_AFFINITY, "node(s) didn't match Pod's node affinity/selector"));
    }
    match spec.node_name.as_deref() {
        None | Some("") => Ok(()),
        Some(name) if name == node.name => Ok(()),
        Some(_) => Err(Rejection::predicate("NodeName", "node(s) didn't match the requested node name")),
    }
}

/// A term holds when all its demands do; an empty one never does.
fn is_met(node: &NodeView, term: &NodeSelectorTerm) -> bool {
    let labels = term.match_expressions.as_deref().unwrap_or_default();
    let fields = term.match_fields.as_deref().unwrap_or_default();
    let field_values = BTreeMap::from([(NAME_FIELD.to_owned(), node.name.clone())]);
    !(labels.is_empty() && fields.is_empty())
        && labels.iter().all(|demand| holds(demand, &node.labels))
        && fields.iter().all(|demand| holds(demand, &field_values))
}

fn holds(demand: &NodeSelectorRequirement, values: &BTreeMap<String, String>) -> bool {
    let value = values.get(&demand.key);
    let listed = demand.values.as_deref().unwrap_or_default();
    let number = |text: &String| text.parse::<i64>().ok();
    let compared = |holds: fn(i64, i64) -> bool| {
        let (value, bound) = (value.and_then(number), listed.first().and_then(number));
        value.zip(bound).is_some_and(|(value, bound)| holds(value, bound))
    };
    match demand.operator.as_str() {
        "In" => value.is_some_and(|value| listed.contains(value)),
        "NotIn" => value.is_none_or(|value| !listed.contains(value)),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => compared(|value, bound| value > bound),
        "Lt" => compared(|value, bound| value < bound),
        _ => false,
    }
}
