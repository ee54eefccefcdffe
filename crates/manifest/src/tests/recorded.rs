//! Answers of upstream 1.37.1, recorded: `tests/recorded/pods.jsonl` from its decoder, defaulting and validation, and
//! `tests/golden` from its kubelet.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::*;

#[test]
fn pods_are_judged_as_upstream_judges_them() {
    let rows = include_str!("../../tests/recorded/pods.jsonl");
    let mut wrong = Vec::new();
    for row in rows.lines() {
        let row: Value = serde_json::from_str(row).expect("a row");
        let text = row["pod"].to_string();
        let messages = |error: &ManifestError| {
            let messages =
                error.findings().iter().map(|finding| format!("{}: {}", finding.field, finding.message));
            messages.collect::<BTreeSet<_>>()
        };
        let seen = decode_file(&text);
        let right = match (&seen, row.get("errors"), row.get("uid")) {
            (Err(error), Some(Value::Array(expected)), None) => {
                let expected = expected.iter().filter_map(Value::as_str).map(str::to_owned);
                messages(error) == expected.collect::<BTreeSet<_>>()
            }
            (Ok(decoded), None, Some(uid)) => decoded.pods[0].metadata.uid.as_deref() == uid.as_str(),
            _ => false,
        };
        if !right {
            wrong.push(format!(
                "{row}\n  here: {:?}",
                seen.map(|decoded| decoded.pods[0].metadata.uid.clone())
            ));
        }
    }
    assert!(wrong.is_empty(), "{} rows differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// The files of the golden corpus, sorted.
pub(super) fn corpus() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/corpus");
    let files = std::fs::read_dir(directory).expect("the corpus").map(|entry| entry.expect("a file").path());
    let mut files: Vec<PathBuf> = files.collect();
    files.sort();
    files
}

/// A manifest of the corpus with its fillings: `{{fill N}}` stands for N letters.
fn filled(bytes: Vec<u8>) -> Vec<u8> {
    let Ok(text) = String::from_utf8(bytes.clone()) else { return bytes };
    let mut parts = text.split("{{fill ");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (count, rest) = part.split_once("}}").expect("the end of a filling");
        filled.extend(std::iter::repeat_n('x', count.parse().expect("a number")));
        filled.push_str(rest);
    }
    filled.into_bytes()
}

#[test]
fn the_golden_corpus_is_accepted_and_refused_as_by_upstreams_kubelet() {
    let mut compared = 0;
    let mut wrong = Vec::new();
    for file in corpus() {
        let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
        let stem = file.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        let recorded = file.with_file_name(format!("../expected/{stem}.json"));
        let Ok(recorded) = std::fs::read(recorded) else { continue };
        let recorded: Value = serde_json::from_slice(&recorded).expect("JSON");
        let path = format!("/run/golden/manifests/{name}");
        let origin = Origin { kind: OriginKind::File { path: &path }, node_name: "golden-node" };
        let seen = decode(&filled(std::fs::read(&file).expect("a manifest")), &origin);
        let refused = recorded.get("refusal").is_some();
        match (&seen, recorded.get("uid").and_then(Value::as_str)) {
            (Ok(decoded), Some(uid)) if !refused => {
                if decoded.pods[0].metadata.uid.as_deref() != Some(uid) {
                    wrong.push(format!("{name}: UID {uid}, but here {:?}", decoded.pods[0].metadata.uid));
                }
            }
            (Err(_), _) if refused => {}
            // Upstream's kubelet crashed on it, or said nothing.
            (_, None) if !refused => continue,
            _ => wrong.push(format!("{name}: {recorded}\n  here: {seen:?}")),
        }
        compared += 1;
    }
    assert!(wrong.is_empty(), "{} of {compared} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 400, "only {compared} manifests were compared");
}
