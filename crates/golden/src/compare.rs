//! The comparison of two outcomes, field by field, and its report.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use crate::differences::Intended;
use crate::outcome::Outcome;

/// Longer values are cut in the report.
const SHOWN: usize = 400;
/// Told by upstream, not asked of ours word for word.
const NOT_COMPARED: [&str; 2] = ["events", "waiting"];
/// The runtime's own words, anywhere: they change with its version.
const RUNTIME_WORDS: [&str; 2] = ["error", "start_error"];

/// One field in which the kubelets differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The case.
    pub case: String,
    /// The path within the outcome, with dots and `[n]`.
    pub path: String,
    /// Upstream's value; `None` if it has no such field.
    pub upstream: Option<Value>,
    /// Our value; `None` if we have no such field.
    pub ours: Option<Value>,
    /// Why this is intended, if it is.
    pub intended: Option<String>,
}

/// All differences.
#[derive(Debug, Default)]
pub struct Report {
    /// How many cases were compared.
    pub cases: usize,
    /// In the order of cases and paths.
    pub differences: Vec<Difference>,
    /// Rows of the table that no difference needed, as `case path`.
    pub unused: Vec<String>,
}

impl Report {
    /// Whether all differences are intended.
    pub fn is_clean(&self) -> bool {
        self.differences.iter().all(|difference| difference.intended.is_some())
    }

    /// The report for a person: unexpected differences in full, intended ones counted.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut intended: BTreeMap<&str, usize> = BTreeMap::new();
        let mut case = "";
        for difference in &self.differences {
            if let Some(reason) = &difference.intended {
                *intended.entry(reason).or_default() += 1;
                continue;
            }
            if difference.case != case {
                case = &difference.case;
                let _ = writeln!(text, "{case}");
            }
            let _ = writeln!(
                text,
                "  {}\n    upstream  {}\n    ours      {}",
                difference.path,
                shown(difference.upstream.as_ref()),
                shown(difference.ours.as_ref())
            );
        }
        let unexpected: Vec<&Difference> =
            self.differences.iter().filter(|difference| difference.intended.is_none()).collect();
        let differing: BTreeSet<&str> =
            unexpected.iter().map(|difference| difference.case.as_str()).collect();
        let _ = writeln!(
            text,
            "{} cases: {} alike, {} with {} differences that nobody intended",
            self.cases,
            self.cases - differing.len(),
            differing.len(),
            unexpected.len()
        );
        for (reason, count) in intended {
            let _ = writeln!(text, "intended, {count} times: {reason}");
        }
        for row in &self.unused {
            let _ = writeln!(text, "listed as intended, but not met: {row}");
        }
        text
    }
}

/// Compares all cases.
pub fn all(
    upstream: &BTreeMap<String, Outcome>,
    ours: &BTreeMap<String, Outcome>,
    intended: &[Intended],
) -> Report {
    let mut report = Report { cases: upstream.len(), ..Report::default() };
    let missing = Outcome::default();
    for (case, expected) in upstream {
        outcome(case, expected, ours.get(case).unwrap_or(&missing), &mut report.differences);
    }
    let mut used = BTreeSet::new();
    for difference in &mut report.differences {
        let row = intended.iter().position(|row| row.covers(&difference.case, &difference.path));
        difference.intended = row.map(|row| intended[row].reason.clone());
        used.extend(row);
    }
    report.unused = intended
        .iter()
        .enumerate()
        .filter(|(row, _)| !used.contains(row))
        .map(|(_, row)| format!("{} {}", row.case, row.path))
        .collect();
    report
}

/// Whether two outcomes of one kubelet are the same as far as they are compared.
pub fn alike(left: &Outcome, right: &Outcome) -> bool {
    let mut differences = Vec::new();
    outcome("", left, right, &mut differences);
    differences.is_empty()
}

fn outcome(case: &str, upstream: &Outcome, ours: &Outcome, differences: &mut Vec<Difference>) {
    let value = |outcome: &Outcome| serde_json::to_value(outcome).expect("an outcome has only string keys");
    let (mut upstream, mut ours) = (value(upstream), value(ours));
    for name in NOT_COMPARED {
        for side in [&mut upstream, &mut ours] {
            side.as_object_mut().map(|fields| fields.remove(name));
        }
    }
    refusals(&mut upstream, &mut ours);
    compare(case, "", Some(&upstream), Some(&ours), differences);
}

/// A refusal is told in our own words: it must name every field that upstream's names.
fn refusals(upstream: &mut Value, ours: &mut Value) {
    let (Some(theirs), Some(own)) =
        (upstream.get("refusal").and_then(Value::as_str), ours.get("refusal").and_then(Value::as_str))
    else {
        return;
    };
    let fields = fields_named(theirs);
    if fields.iter().all(|field| own.contains(field.as_str())) {
        let same = upstream["refusal"].clone();
        ours["refusal"] = same;
    }
}

/// The paths of fields that the clauses of upstream's validation begin with.
pub fn fields_named(message: &str) -> Vec<String> {
    const ROOTS: [&str; 2] = ["metadata.", "spec."];
    let clauses = message.strip_prefix("invalid pod: [").unwrap_or(message);
    clauses
        .split_whitespace()
        .filter_map(|word| word.strip_suffix(':'))
        .filter(|word| ROOTS.iter().any(|root| word.starts_with(root)))
        .map(str::to_owned)
        .collect()
}

fn compare(
    case: &str,
    path: &str,
    upstream: Option<&Value>,
    ours: Option<&Value>,
    differences: &mut Vec<Difference>,
) {
    match (upstream, ours) {
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            for name in names.into_iter().filter(|name| !RUNTIME_WORDS.contains(&name.as_str())) {
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                compare(case, &below, left.get(name), right.get(name), differences);
            }
        }
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            for index in 0..left.len().max(right.len()) {
                compare(case, &format!("{path}[{index}]"), left.get(index), right.get(index), differences);
            }
        }
        (left, right) if left == right => {}
        (Some(left), Some(right)) if path.starts_with("stops.") && is_same_grace(left, right) => {}
        (left, right) => differences.push(Difference {
            case: case.to_owned(),
            path: path.to_owned(),
            upstream: left.cloned(),
            ours: right.cloned(),
            intended: None,
        }),
    }
}

/// A sidecar gets what the containers before it left of the pod's time: a second more or less is chance.
fn is_same_grace(left: &Value, right: &Value) -> bool {
    left.as_u64()
        .zip(right.as_u64())
        .is_some_and(|(left, right)| left.abs_diff(right) <= 1 && left.min(right) >= 5)
}

fn shown(value: Option<&Value>) -> String {
    let text = value.map_or_else(|| "(none)".to_owned(), Value::to_string);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests;
