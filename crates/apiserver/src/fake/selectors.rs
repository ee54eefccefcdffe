//! Field and label selectors: equality and inequality, which is all a kubelet uses.

use serde_json::Value;

use super::failure::Failure;

/// Which objects a list or a watch is about.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Selector {
    fields: Vec<Requirement>,
    labels: Vec<Requirement>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    key: String,
    value: String,
    comparison: Comparison,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    Unequal,
}

/// Fields that a real server has an index for (`pkg/registry/core/*/strategy.go`), and where they are.
const FIELDS: &[(&str, &str)] = &[
    ("metadata.name", "/metadata/name"),
    ("metadata.namespace", "/metadata/namespace"),
    ("spec.clusterIP", "/spec/clusterIP"),
    ("spec.clusterIP", "/spec/clusterIP"),
    ("spec.nodeName", "/spec/nodeName"),
    ("spec.restartPolicy", "/spec/restartPolicy"),
    ("spec.serviceAccountName", "/spec/serviceAccountName"),
    ("spec.signerName", "/spec/signerName"),
    ("spec.unschedulable", "/spec/unschedulable"),
    ("status.phase", "/status/phase"),
    ("type", "/type"),
];

impl Selector {
    pub(super) fn parse(fields: Option<&str>, labels: Option<&str>) -> Result<Selector, Failure> {
        let fields = requirements(fields.unwrap_or_default())?;
        if let Some(unknown) = fields.iter().find(|field| pointer(&field.key).is_none()) {
            let why = format!("field label not supported: {}", unknown.key);
            return Err(Failure::bad_request(why));
        }
        Ok(Selector { fields, labels: requirements(labels.unwrap_or_default())? })
    }

    /// Whether an object is meant.
    pub(super) fn matches(&self, object: &Value) -> bool {
        let field = |requirement: &Requirement| {
            let value = pointer(&requirement.key).and_then(|pointer| object.pointer(pointer));
            requirement.holds(value.and_then(Value::as_str).unwrap_or_default())
        };
        let label = |requirement: &Requirement| {
            let value = object.pointer("/metadata/labels").and_then(|labels| labels.get(&requirement.key));
            match (value.and_then(Value::as_str), requirement.comparison) {
                (Some(value), _) => requirement.holds(value),
                (None, comparison) => comparison == Comparison::Unequal,
            }
        };
        self.fields.iter().all(field) && self.labels.iter().all(label)
    }

    /// The value that a field must have.
    pub(super) fn field(&self, key: &str) -> Option<&str> {
        let required =
            self.fields.iter().find(|field| field.key == key && field.comparison == Comparison::Equal);
        required.map(|field| field.value.as_str())
    }
}

impl Requirement {
    fn holds(&self, value: &str) -> bool {
        match self.comparison {
            Comparison::Equal => value == self.value,
            Comparison::Unequal => value != self.value,
        }
    }
}

/// The one object that a selector picks by its name.
pub(super) fn name_selected(selector: &Selector) -> Option<String> {
    selector.field("metadata.name").map(str::to_owned)
}

fn pointer(field: &str) -> Option<&'static str> {
    FIELDS.iter().find(|(name, _)| *name == field).map(|(_, pointer)| *pointer)
}

fn requirements(text: &str) -> Result<Vec<Requirement>, Failure> {
    let parts = text.split(',').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let splits = [("!=", Comparison::Unequal), ("==", Comparison::Equal), ("=", Comparison::Equal)];
            let found = splits
                .iter()
                .find_map(|(sign, comparison)| part.split_once(sign).map(|pair| (pair, *comparison)));
            let ((key, value), comparison) = found.ok_or_else(|| {
                Failure::bad_request(format!("unable to parse requirement: invalid selector {part:?}"))
            })?;
            Ok(Requirement { key: key.trim().to_owned(), value: value.trim().to_owned(), comparison })
        })
        .collect()
}
