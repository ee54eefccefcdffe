//! All rows with their paths.

use super::{Field, Kind};
use crate::configuration::KUBELET;

/// One row of the table with its path from the root, list items as `[]`.
#[derive(Debug, Clone)]
pub struct FieldRow {
    /// `authentication.webhook.enabled`, `reservedMemory[].limits`.
    pub path: String,
    /// The row.
    pub field: Field,
}

/// Every field of `KubeletConfiguration`, objects before their parts, in upstream's order.
pub fn field_rows() -> Vec<FieldRow> {
    let mut rows = Vec::new();
    collect(KUBELET, "", &mut rows);
    rows
}

pub(crate) fn collect(fields: &[Field], prefix: &str, rows: &mut Vec<FieldRow>) {
    for field in fields {
        let path = format!("{prefix}{}", field.key);
        rows.push(FieldRow { path: path.clone(), field: *field });
        match field.kind() {
            Kind::Object(parts) => collect(parts, &format!("{path}."), rows),
            Kind::List(Kind::Object(parts)) => collect(parts, &format!("{path}[]."), rows),
            Kind::List(_)
            | Kind::Map(_)
            | Kind::Bool
            | Kind::Integer { .. }
            | Kind::Float
            | Kind::String
            | Kind::Duration
            | Kind::DurationOrNanoseconds
            | Kind::Quantity
            | Kind::Time => {}
        }
    }
}

/// The row that a dotted path leads to; below a map or list, that map's or list's row.
pub fn find(path: &str) -> Option<Field> {
    let mut fields = KUBELET;
    let mut found: Option<Field> = None;
    for part in path.split('.') {
        let key = part.split('[').next().unwrap_or(part);
        let Some(field) = fields.iter().find(|field| field.key == key) else {
            return found;
        };
        found = Some(*field);
        match field.kind() {
            Kind::Object(parts) => fields = parts,
            Kind::List(Kind::Object(parts)) => fields = parts,
            Kind::List(_)
            | Kind::Map(_)
            | Kind::Bool
            | Kind::Integer { .. }
            | Kind::Float
            | Kind::String
            | Kind::Duration
            | Kind::DurationOrNanoseconds
            | Kind::Quantity
            | Kind::Time => return found,
        }
    }
    found
}

/// The path of a part: of a field, or of a map's entry.
pub(crate) fn child_path(path: &str, key: &str) -> String {
    match find(path).map(|field| field.kind()) {
        Some(Kind::Map(_)) => super::key_path(path, key),
        _ => super::decode::join(path, key),
    }
}
