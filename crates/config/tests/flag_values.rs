//! What each flag does to the effective configuration, and how it refuses a value: recorded from the release's kubelet.
//!
//! Every flag has accepted and refused values among the rows, the odd forms of the parser too.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use config::{CommandLineError, Inspection, Sources};
use serde_json::Value;
use std::collections::BTreeMap;

/// The recording kubelet ran with these in front, so that it never started.
const RECORDED_WITH: [&str; 2] = ["--runonce=true", "--fail-cgroupv1=true"];

fn run(arguments: &[&str]) -> Result<(Inspection, usize), CommandLineError> {
    let line = config::parse_command_line(RECORDED_WITH.iter().chain(arguments).copied())?;
    let deprecations =
        line.deprecations().iter().filter(|finding| finding.field.as_deref() != Some("--runonce")).count();
    Ok((config::inspect(&line, &Sources::default()), deprecations))
}

/// Every leaf by its JSON pointer, as the recording names them.
fn leaves(value: &Value, path: &str, found: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            for (key, entry) in entries {
                leaves(entry, &format!("{path}/{key}"), found);
            }
        }
        leaf => {
            found.insert(path.to_owned(), leaf.clone());
        }
    }
}

fn effective(inspection: &Inspection) -> BTreeMap<String, Value> {
    let settings = inspection.settings.as_ref();
    let settings = settings.unwrap_or_else(|| panic!("unreadable: {:?}", inspection.findings));
    let mut found = BTreeMap::new();
    leaves(&settings.configuration.to_masked_document(), "", &mut found);
    found
}

#[test]
fn flags_do_what_upstreams_do() {
    let base = effective(&run(&[]).unwrap().0);
    let mut wrong = Vec::new();
    for line in include_str!("data/flag-values.jsonl").lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        if let Err(problem) = check(&base, &row) {
            wrong.push(format!("{}: {problem}", row["arguments"]));
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

fn check(base: &BTreeMap<String, Value>, row: &Value) -> Result<(), String> {
    let arguments: Vec<&str> =
        row["arguments"].as_array().unwrap().iter().map(|argument| argument.as_str().unwrap()).collect();
    let result = run(&arguments);
    if let Some(expected) = row["error"].as_str() {
        return check_error(expected, result.map(|(inspection, _)| inspection));
    }
    let (inspection, deprecations) = result.map_err(|error| error.to_string())?;
    let ours = effective(&inspection);
    let changed: serde_json::Map<String, Value> = ours
        .iter()
        .filter(|(path, value)| base.get(*path) != Some(value))
        .map(|(path, value)| (path.clone(), value.clone()))
        .collect();
    let gone: Vec<&String> = base.keys().filter(|path| !ours.contains_key(*path)).collect();
    let mut recorded_gone: Vec<&str> =
        row["unset"].as_array().unwrap().iter().map(|path| path.as_str().unwrap()).collect();
    recorded_gone.sort_unstable();
    if Value::Object(changed.clone()) != row["set"] || gone != recorded_gone {
        return Err(format!(
            "sets {} and removes {gone:?}, upstream {} and {recorded_gone:?}",
            Value::Object(changed),
            row["set"]
        ));
    }
    if deprecations as u64 != row["deprecations"].as_u64().unwrap() {
        return Err(format!("{deprecations} deprecations, upstream {}", row["deprecations"]));
    }
    Ok(())
}

/// Upstream's text is ours, or the beginning of ours: hints follow it. Errors of later stages are among the findings.
fn check_error(expected: &str, result: Result<Inspection, CommandLineError>) -> Result<(), String> {
    match result {
        Err(error) if error.to_string().starts_with(expected) => Ok(()),
        Err(error) => Err(format!("refused with {error}, upstream with {expected}")),
        Ok(inspection) => {
            let told = inspection
                .findings
                .iter()
                .filter(|finding| finding.is_error())
                .any(|finding| expected.contains(&finding.message));
            told.then_some(()).ok_or_else(|| format!("accepted or refused otherwise, upstream: {expected}"))
        }
    }
}
