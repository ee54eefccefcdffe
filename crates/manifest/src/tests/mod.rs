mod errors;
mod properties;
mod recorded;
mod warnings;

use super::*;

/// A manifest read as a file on the node `node-1`.
fn decode_file(text: &str) -> Result<Decoded, ManifestError> {
    decode(text.as_bytes(), &Origin { kind: OriginKind::File { path: "/m/a.yaml" }, node_name: "node-1" })
}

/// A manifest read from a URL for the node `node-1`.
fn decode_url(text: &str) -> Result<Decoded, ManifestError> {
    decode(text.as_bytes(), &Origin { kind: OriginKind::Url { url: "http://h/a" }, node_name: "node-1" })
}

/// A manifest of one container and further lines of its specification, indented by two.
fn with_spec(lines: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n  - name: c\n    image: i\n{lines}"
    )
}
