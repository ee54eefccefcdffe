//! Bytes of a manifest to a defaulted and validated pod, or to an error that names line, field and cure.
//!
//! A kubelet without an API server must do what that server does to a pod before anybody else sees it. This crate does
//! it for pods from a file or a URL, and does nothing else: no I/O, no clock, no state.
//!
//! ```text
//! bytes ─ source ─▶ tree ─ typed ─▶ Pod ─ defaults ─ identity ─ amounts ─▶ Pod ─ validate ─ references ─▶ Decoded
//!            │               │                                                    │
//!            └───────────────┴──────── findings with line and column ─────────────┴─▶ ManifestError
//! ```
//!
//! Accepted and refused is what upstream's static pod path of release 1.37 accepts and refuses
//! (`pkg/kubelet/config`); the pods that come out are the same, down to the UID, which `go_dump` makes. Answers recorded
//! from upstream are the tests; `tests/recorder` asks again for a new release.
//!
//! Narrower than upstream on purpose: nesting beyond 100 levels and more than a million values are refused.

mod error;
mod path;

mod source;

mod schema;
mod typed;

mod containers;

mod defaults;

mod amounts;
mod go_dump;
mod identity;

mod references;

mod validate;

#[cfg(test)]
mod tests;

use k8s_openapi::api::core::v1::Pod;

pub use error::{Finding, ManifestError, Position, Stage};

use identity::Place;
use path::Path;
use source::{Data, Node, Tree};
use typed::Found;

/// Where a manifest came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginKind<'a> {
    /// A file; the path enters the UID as it stands here, so give it as the kubelet was given it.
    File {
        /// Path of the file.
        path: &'a str,
    },
    /// A URL, which may also hold a list of pods.
    Url {
        /// The URL.
        url: &'a str,
    },
}

/// Where a manifest came from, and for which node it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    /// File or URL.
    pub kind: OriginKind<'a>,
    /// The node's name, which becomes part of the pod's name and UID.
    pub node_name: &'a str,
}

impl Origin<'_> {
    /// The path or the URL.
    pub fn name(&self) -> &str {
        match self.kind {
            OriginKind::File { path } => path,
            OriginKind::Url { url } => url,
        }
    }
}

/// Something about a manifest that works but is probably not meant.
pub type Warning = Finding;

/// What a manifest holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The pods: defaulted, validated, with name, namespace, UID and annotations of a static pod. One from a file; any
    /// number from a URL.
    pub pods: Vec<Pod>,
    /// What looks odd: unknown fields, keys that stand twice, further documents, priorities that will not work.
    pub warnings: Vec<Warning>,
}

/// Reads a manifest.
///
/// # Errors
///
/// Everything that is wrong with the manifest, each with its place. Wrong syntax and wrong types end the reading; beyond
/// that all findings of all pods come at once.
pub fn decode(bytes: &[u8], origin: &Origin<'_>) -> Result<Decoded, ManifestError> {
    let refuse = |stage, findings| ManifestError { source: origin.name().to_owned(), stage, findings };
    let tree = source::read(bytes).map_err(|error| {
        let finding = Finding { position: error.position, field: String::new(), message: error.message };
        refuse(Stage::Syntax, vec![finding])
    })?;
    let mut found = Found::default();
    let mut pods = read_pods(&tree.root, origin, &mut found);
    if !found.errors.is_empty() {
        found.errors.sort_by_key(|finding| finding.position);
        return Err(refuse(Stage::Decoding, found.errors));
    }
    let mut findings = Vec::new();
    let mut warnings = source_warnings(&tree);
    warnings.append(&mut found.unknown);
    for read in &mut pods {
        finish(read, origin, &mut findings, &mut warnings);
    }
    if !findings.is_empty() {
        findings.sort_by_key(|finding| finding.position);
        return Err(refuse(Stage::Validation, findings));
    }
    warnings.sort_by_key(|finding| finding.position);
    Ok(Decoded { pods: pods.into_iter().map(|read| read.pod).collect(), warnings })
}

/// A pod, and the part of the source that it was read from.
struct Read<'a> {
    pod: Pod,
    node: &'a Node,
    place: Place,
}

/// The pods of a source by its kind; none, and an error, where it is another kind.
fn read_pods<'a>(root: &'a Node, origin: &Origin<'_>, found: &mut Found) -> Vec<Read<'a>> {
    let list = matches!(origin.kind, OriginKind::Url { .. });
    let wants = if list { "a Pod or a PodList" } else { "a Pod" };
    let Data::Map(_) = root.data else {
        let message = match root.data {
            Data::Null => format!("the manifest is empty; it must hold {wants}"),
            _ => format!("the manifest must hold {wants}, but this is {}", root.describe()),
        };
        found.errors.push(Finding { position: Some(root.position), field: String::new(), message });
        return Vec::new();
    };
    match (type_text(root, "apiVersion", "v1", found), type_text(root, "kind", "Pod", found)) {
        (Some("v1"), Some("Pod")) => read_pod(root, None, found).into_iter().collect(),
        (Some("v1"), Some("PodList")) if list => read_list(root, found),
        (Some(version), Some(kind)) => {
            let message = format!("must hold {wants} of apiVersion v1, but this is {kind:?} of {version:?}");
            found.errors.push(Finding { position: Some(root.position), field: String::new(), message });
            Vec::new()
        }
        (None, _) | (_, None) => Vec::new(),
    }
}

/// The text of `apiVersion` or `kind`, whose names upstream's first look at a manifest takes in any case.
fn type_text<'a>(root: &'a Node, name: &str, wanted: &str, found: &mut Found) -> Option<&'a str> {
    let Data::Map(entries) = &root.data else { return None };
    let candidates = entries.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
    // The keys come sorted, capitals first, and the last one counts.
    let mut text = None;
    for (_, entry) in candidates {
        match &entry.node.data {
            Data::String(found) => text = Some(found.as_str()),
            Data::Null => {}
            Data::Bool(..) | Data::Number(_) | Data::List(_) | Data::Map(_) => {
                let message = format!("wants the text {wanted}, but this is {}", entry.node.describe());
                found.errors.push(Finding {
                    position: Some(entry.node.position),
                    field: name.to_owned(),
                    message,
                });
                return None;
            }
        }
    }
    if text.is_none_or(str::is_empty) {
        let message = format!("Required value: must be {wanted}");
        found.errors.push(Finding { position: Some(root.position), field: name.to_owned(), message });
        return None;
    }
    text
}

fn read_list<'a>(root: &'a Node, found: &mut Found) -> Vec<Read<'a>> {
    // The conversion of the list as a whole finds the wrong types outside its elements as well.
    let mut whole = Found::default();
    typed::object(root, schema::pod_list(), None, &mut whole);
    let in_items = |finding: &Finding| finding.field.starts_with("items[");
    found.errors.extend(whole.errors.into_iter().filter(|finding| !in_items(finding)));
    found.unknown.extend(whole.unknown.into_iter().filter(|finding| !in_items(finding)));
    let items = match root.get("items").map(|items| &items.data) {
        Some(Data::List(items)) => items.as_slice(),
        Some(Data::Null | Data::Bool(..) | Data::Number(_) | Data::String(_) | Data::Map(_)) | None => &[],
    };
    let top = Path::root("items");
    items
        .iter()
        .enumerate()
        .filter_map(|(index, item)| read_pod(item, Some(&top.index(index)), found))
        .collect()
}

fn read_pod<'a>(node: &'a Node, path: Option<&Path<'_>>, found: &mut Found) -> Option<Read<'a>> {
    let errors_before = found.errors.len();
    let mut json = typed::object(node, schema::pod(), path, found);
    if found.errors.len() > errors_before {
        return None;
    }
    if let serde_json::Value::Object(fields) = &mut json {
        // The API's decoder does not look at these inside a list, nor twice at the top.
        fields.remove("apiVersion");
        fields.remove("kind");
    }
    // As text, as the API server sends pods: how to read one is a large part of the program, and compiled once.
    let text = serde_json::to_vec(&json).expect("a JSON value has a text");
    match serde_json::from_slice(&text) {
        Ok(pod) => {
            let place = if path.is_some() { Place::List } else { Place::Top };
            Some(Read { pod, node, place })
        }
        Err(error) => {
            let message = format!("cannot be read as a Pod: {error}");
            found.errors.push(Finding { position: Some(node.position), field: String::new(), message });
            None
        }
    }
}

/// What the API server and the kubelet's source do to a pod that has been read.
fn finish(
    read: &mut Read<'_>,
    origin: &Origin<'_>,
    findings: &mut Vec<Finding>,
    warnings: &mut Vec<Warning>,
) {
    let Read { pod, node, place } = read;
    defaults::apply(pod);
    if pod.metadata.name.as_deref().is_none_or(str::is_empty) {
        let name = Path::root("metadata");
        let name = name.child("name");
        findings.push(Finding {
            position: Some(node.locate(&name.steps())),
            field: name.to_string(),
            message: "Required value: a static pod needs a name".to_owned(),
        });
    }
    identity::apply(pod, node, *place, origin);
    amounts::canonicalize(pod);
    let before = findings.len();
    findings.extend(validate::pod(pod, node));
    if findings.len() == before {
        findings.extend(references::find(pod, node));
        warnings.extend(references::priority_warning(pod, node));
    }
}

fn source_warnings(tree: &Tree) -> Vec<Warning> {
    let duplicates = tree.duplicates.iter().map(|(position, key)| Finding {
        position: Some(*position),
        field: String::new(),
        message: format!("the key {} stands twice in this object; the last one counts", source::shorten(key)),
    });
    let second_document = tree.second_document.map(|position| Finding {
        position: Some(position),
        field: String::new(),
        message: "a second document begins here; only the first one is read".to_owned(),
    });
    duplicates.chain(second_document).collect()
}
