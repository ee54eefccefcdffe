//! What of a node that was registered before is put right. Pure.

use crate::capacity::{is_extended, parse};
use crate::object::{ATTACH_DETACH_ANNOTATION, DEFAULT_LABELS};
use crate::settings::History;
use k8s_openapi::api::core::v1::{Node, NodeStatus};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use std::collections::BTreeMap;
use types::resources::HUGE_PAGES_PREFIX;

type List = BTreeMap<String, Quantity>;

/// `existing` with the default labels, the annotation about attaching volumes, and the huge pages of `initial`; on a new
/// machine without extended resources, until a device plugin tells of them. Taints stay as somebody has set them.
pub(super) fn reconciled(existing: &Node, initial: &Node, history: History) -> Node {
    let mut node = existing.clone();
    labels(&mut node, initial);
    annotation(&mut node, initial);
    let none = NodeStatus::default();
    let wanted = initial.status.as_ref().unwrap_or(&none);
    let status = node.status.get_or_insert_default();
    let capacity = status.capacity.get_or_insert_with(|| wanted.capacity.clone().unwrap_or_default());
    let allocatable =
        status.allocatable.get_or_insert_with(|| wanted.allocatable.clone().unwrap_or_default());
    match history {
        History::New => without_extended(capacity, allocatable),
        History::Known => {}
    }
    huge_pages(capacity, wanted.capacity.as_ref());
    huge_pages(allocatable, wanted.allocatable.as_ref());
    node
}

fn labels(node: &mut Node, initial: &Node) {
    let labels = node.metadata.labels.get_or_insert_default();
    let wanted = initial.metadata.labels.iter().flatten();
    for (key, value) in wanted.filter(|(key, _)| DEFAULT_LABELS.contains(&key.as_str())) {
        if value.is_empty() {
            labels.remove(key);
        } else {
            labels.insert(key.clone(), value.clone());
        }
    }
}

fn annotation(node: &mut Node, initial: &Node) {
    let wanted =
        initial.metadata.annotations.as_ref().and_then(|wanted| wanted.get(ATTACH_DETACH_ANNOTATION));
    match wanted {
        Some(value) => {
            let annotations = node.metadata.annotations.get_or_insert_default();
            annotations.insert(ATTACH_DETACH_ANNOTATION.to_owned(), value.clone());
        }
        None => {
            if let Some(annotations) = &mut node.metadata.annotations {
                annotations.remove(ATTACH_DETACH_ANNOTATION);
            }
        }
    }
}

fn without_extended(capacity: &mut List, allocatable: &mut List) {
    let extended: Vec<String> = capacity.keys().filter(|name| is_extended(name)).cloned().collect();
    for name in extended {
        capacity.insert(name.clone(), Quantity("0".to_owned()));
        allocatable.insert(name, Quantity("0".to_owned()));
    }
}

/// Sizes that the machine has no more go, others are what they are now.
fn huge_pages(there: &mut List, wanted: Option<&List>) {
    let none = List::new();
    let wanted = wanted.unwrap_or(&none);
    there.retain(|name, _| !name.starts_with(HUGE_PAGES_PREFIX) || wanted.contains_key(name));
    for (name, amount) in wanted.iter().filter(|(name, _)| name.starts_with(HUGE_PAGES_PREFIX)) {
        if there.get(name).and_then(parse) != parse(amount) {
            there.insert(name.clone(), amount.clone());
        }
    }
}
