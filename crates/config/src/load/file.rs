//! One configuration file: does it say what it is, and which fields does it set?

use super::File;
use crate::configuration::{API_VERSION, KIND, KUBELET};
use crate::document::{self, Document};
use crate::finding::Finding;
use crate::origin::Origin;
use crate::schema::{self, Decoded, Mode};
use crate::text;
use serde_json::Value;

/// Which file a value stood in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layer {
    File,
    DropIn,
}

impl Layer {
    /// The origin of a value at a place of the file.
    pub(super) fn origin(self, file: &str, position: document::Position) -> Origin {
        let (file, line, column) = (file.to_owned(), position.line, position.column);
        match self {
            Self::File => Origin::File { file, line, column },
            Self::DropIn => Origin::DropIn { file, line, column },
        }
    }
}

/// Decodes one configuration file.
///
/// # Errors
/// One finding when the file cannot be read at all; wrong types come back beside the value.
pub(super) fn decode_file(file: &File, layer: Layer) -> Result<(Decoded, Vec<Finding>), Finding> {
    if file.contents.is_empty() {
        return Err(Finding::error("the file is empty").within(&file.path));
    }
    let document = document::parse(&file.contents)
        .map_err(|error| Finding::error(error.to_string()).within(&file.path).at(error.position))?;
    let mut findings: Vec<Finding> =
        type_findings(&document).into_iter().map(|finding| finding.within(&file.path)).collect();
    if findings.iter().any(Finding::is_error) {
        return Err(findings.remove(0));
    }
    let mode = match layer {
        Layer::File => Mode::Object,
        Layer::DropIn => Mode::Patch,
    };
    let mut decoded = schema::decode(&document.root, KUBELET, mode);
    findings.extend(decoded.findings.drain(..).map(|finding| finding.within(&file.path)));
    Ok((decoded, findings))
}

/// Whether the file says what it is.
fn type_findings(document: &Document) -> Vec<Finding> {
    let string = |key: &str| match document.root.get(key).map(|entry| entry.value.to_json()) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    };
    let (api_version, kind) = (string("apiVersion"), string("kind"));
    let place =
        |key: &str| document.root.get(key).map_or(document.root.position, |entry| entry.value.position);
    let mut findings = Vec::new();
    if kind.is_empty() {
        findings.push(
            Finding::error(format!("Object 'Kind' is missing: expected kind: {KIND}")).at(place("kind")),
        );
    } else if api_version.is_empty() {
        findings.push(
            Finding::error(format!("Object 'apiVersion' is missing: expected apiVersion: {API_VERSION}"))
                .at(place("apiVersion")),
        );
    } else if kind != KIND || api_version != API_VERSION {
        let key = if kind == KIND { "apiVersion" } else { "kind" };
        findings.push(
            Finding::error(format!(
                "no kind {} is registered for version {}: expected {KIND} of {API_VERSION}",
                text::quote(&kind),
                text::quote(&api_version)
            ))
            .at(place(key)),
        );
    }
    if document.more_documents {
        findings.push(Finding::warning("the file has several YAML documents, only the first one is read"));
    }
    findings
}
