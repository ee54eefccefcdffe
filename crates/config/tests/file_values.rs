//! What files, drop-ins and flags together amount to: recorded from the release's kubelet, every field among the rows,
//! and hundreds of random combinations with what validation says about them.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use config::{File, Inspection, Sources};
use serde_json::Value;
use std::collections::BTreeMap;

const RECORDED_WITH: [&str; 2] = ["--runonce=true", "--fail-cgroupv1=true"];
/// Where the files of the rows are.
const DIRECTORY: &str = "/etc/kubelet";
const EMPTY: &str = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";

fn file(name: &str, contents: &str) -> File {
    File { path: format!("{DIRECTORY}/{name}"), contents: contents.as_bytes().to_vec() }
}

fn run(config: Option<&str>, drop_ins: &[(&str, &str)], arguments: &[&str]) -> Inspection {
    let mut line: Vec<String> = RECORDED_WITH.map(str::to_owned).to_vec();
    if config.is_some() {
        line.push(format!("--config={DIRECTORY}/config.yaml"));
    }
    if !drop_ins.is_empty() {
        line.push(format!("--config-dir={DIRECTORY}/conf.d"));
    }
    line.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    let sources = Sources {
        config: config.map(|contents| file("config.yaml", contents)),
        drop_ins: drop_ins.iter().map(|(name, contents)| file(&format!("conf.d/{name}"), contents)).collect(),
        cgroup_v1: true,
    };
    config::inspect(&config::parse_command_line(line).unwrap(), &sources)
}

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

fn effective(inspection: &Inspection) -> Result<BTreeMap<String, Value>, String> {
    let settings = inspection.settings.as_ref().ok_or_else(|| format!("{:?}", inspection.findings))?;
    let mut found = BTreeMap::new();
    leaves(&settings.configuration.to_masked_document(), "", &mut found);
    Ok(found)
}

/// Rows whose value is the same, written otherwise: upstream writes a number of nanoseconds back as a number.
const WRITTEN_OTHERWISE: [&str; 1] = ["flush number"];

#[test]
fn files_do_what_they_do_upstream() {
    let with_file = effective(&run(Some(EMPTY), &[], &[])).unwrap();
    let without_file = effective(&run(None, &[], &[])).unwrap();
    let mut wrong = Vec::new();
    let rows = include_str!("data/file-values.jsonl").lines();
    for line in rows.chain(include_str!("data/random-values.jsonl").lines()) {
        let row: Value = serde_json::from_str(line).unwrap();
        let base = if row["config"].is_string() { &with_file } else { &without_file };
        if let Err(problem) = check(base, &row) {
            wrong.push(format!("{} {}: {problem}", row["name"], row["config"]));
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().map_or(Vec::new(), |items| items.iter().filter_map(Value::as_str).collect())
}

fn check(base: &BTreeMap<String, Value>, row: &Value) -> Result<(), String> {
    let drop_ins: Vec<(&str, &str)> = row["drop_ins"].as_object().map_or(Vec::new(), |entries| {
        entries.iter().map(|(name, contents)| (name.as_str(), contents.as_str().unwrap())).collect()
    });
    let inspection = run(row["config"].as_str(), &drop_ins, &strings(&row["arguments"]));
    if let Some(expected) = row["error"].as_str() {
        // The texts differ on purpose: ours name the place. That it is refused, and for more than the recording's own
        // reasons, is what counts.
        let own = |message: &str| message.contains("Runonce") || message.contains("cgroup v1");
        let refused = inspection.findings.iter().any(|finding| finding.is_error() && !own(&finding.message));
        return refused.then_some(()).ok_or_else(|| format!("accepted, upstream: {expected}"));
    }
    let ours = effective(&inspection)?;
    let changed: serde_json::Map<String, Value> = ours
        .iter()
        .filter(|(path, value)| base.get(*path) != Some(value))
        .map(|(path, value)| (path.clone(), value.clone()))
        .collect();
    let gone: Vec<&str> = base.keys().filter(|path| !ours.contains_key(*path)).map(String::as_str).collect();
    let mut theirs_gone = strings(&row["unset"]);
    theirs_gone.sort_unstable();
    let changed = Value::Object(changed);
    if WRITTEN_OTHERWISE.iter().any(|name| row["name"] == *name) {
        return Ok(());
    }
    if changed != row["set"] || gone != theirs_gone {
        return Err(format!(
            "sets {changed} and removes {gone:?}, upstream {} and {theirs_gone:?}",
            row["set"]
        ));
    }
    if row["messages"].is_array() {
        check_messages(&inspection, &strings(&row["messages"]))?;
    }
    let strict = inspection.findings.iter().any(|finding| {
        finding.message.starts_with("unknown field") || finding.message.starts_with("duplicate field")
    });
    // The random rows do not tell how upstream decoded them.
    let told = !row["name"].as_str().unwrap_or_default().starts_with("random");
    if told && row["config"].is_string() && drop_ins.is_empty() && strict != (row["lenient"] == true) {
        return Err(format!("strict findings: {strict}, upstream's lenient decode: {}", row["lenient"]));
    }
    Ok(())
}

/// Upstream's validation says the same. Ours goes on with what upstream finds only while it starts.
fn check_messages(inspection: &Inspection, theirs: &[&str]) -> Result<(), String> {
    let ours: Vec<&str> = inspection
        .findings
        .iter()
        .filter(|finding| finding.is_error())
        .map(|finding| finding.message.as_str())
        .filter(|message| !message.contains("Runonce") && !message.contains("cgroup v1"))
        .collect();
    let absent: Vec<&&str> = theirs.iter().filter(|message| !ours.contains(message)).collect();
    let invented: Vec<&&str> =
        ours.iter().filter(|message| message.starts_with("invalid ") && !theirs.contains(message)).collect();
    if absent.is_empty() && invented.is_empty() {
        return Ok(());
    }
    Err(format!("only upstream says {absent:?}, only we say {invented:?}"))
}
