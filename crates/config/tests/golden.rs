//! Names, types, defaults, stages and locks against the tables taken from the release, none left out.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use config::{FLAGS, Stage, Target};
use std::collections::BTreeMap;

fn table(contents: &str) -> Vec<Vec<&str>> {
    contents.lines().skip(1).map(|line| line.split('\t').collect()).collect()
}

/// In the binary, but not in the table, which was taken without the JSON log format and without cobra's own flag; and
/// ours, `offline-pods`.
const FLAGS_BESIDE: [&str; 4] =
    ["help", "log-json-info-buffer-size", "log-json-split-stream", "offline-pods"];

#[test]
fn every_flag_has_upstreams_name_type_default_and_deprecation() {
    let rows = table(include_str!("data/flags.tsv"));
    assert_eq!(rows.len(), 128);
    for row in &rows {
        let [name, shorthand, kind, default, bare, deprecated, hidden] = row[..] else {
            panic!("a row of seven columns: {row:?}");
        };
        let flag =
            FLAGS.iter().find(|flag| flag.name == name).unwrap_or_else(|| panic!("--{name} is missing"));
        assert_eq!(flag.shorthand.map(String::from).unwrap_or_default(), shorthand, "{name}");
        assert_eq!(flag.kind.type_name(), kind, "{name}");
        assert_eq!(flag.default, default, "{name}");
        assert_eq!(flag.bare_value().unwrap_or_default(), bare, "{name}");
        assert_eq!(flag.deprecated.is_some(), deprecated == "deprecated", "{name}");
        assert_eq!(hidden, "", "no flag is hidden, {name}");
    }
    let beside: Vec<&str> =
        FLAGS.iter().map(|flag| flag.name).filter(|name| !rows.iter().any(|row| row[0] == *name)).collect();
    assert_eq!(beside, FLAGS_BESIDE);
    assert!(FLAGS.is_sorted_by_key(|flag| flag.name));
}

#[test]
fn every_flag_sets_a_field_that_exists_and_says_what_it_does() {
    for flag in FLAGS {
        assert!(flag.help().ends_with('.'), "--{}: {:?}", flag.name, flag.help());
        if let Target::Field(path) = flag.target {
            let row = config::field_rows().into_iter().find(|row| row.path == path);
            assert!(row.is_some(), "--{} sets {path}", flag.name);
        }
    }
}

/// Go's insides of `TimeOrMetaDuration`, which no file spells.
const NOT_IN_FILES: [&str; 4] = ["kind", "apiVersion", "logging.flushFrequency.", "logging.flushFrequency.-"];

#[test]
fn every_field_has_upstreams_name_and_type() {
    let rows = table(include_str!("data/configuration-fields.tsv"));
    let theirs: Vec<(&str, &str)> =
        rows.iter().map(|row| (row[0], row[1])).filter(|(path, _)| !NOT_IN_FILES.contains(path)).collect();
    let ours = config::field_rows();
    let ours: Vec<(&str, &str)> = ours.iter().map(|row| (row.path.as_str(), row.field.go_type)).collect();
    assert_eq!(ours, theirs);
}

#[test]
fn every_gate_has_upstreams_stages_and_locks() {
    let mut theirs: BTreeMap<String, Vec<(u16, bool, String, bool)>> = BTreeMap::new();
    for row in table(include_str!("data/feature-gates.tsv")) {
        let [name, version, default, stage, locked] = row[..] else {
            panic!("a row of five columns: {row:?}");
        };
        let minor = version.split_once('.').unwrap().1.parse().unwrap();
        theirs.entry(name.to_owned()).or_default().push((
            minor,
            default == "true",
            stage.to_owned(),
            locked == "true",
        ));
    }
    let ours: BTreeMap<String, Vec<(u16, bool, String, bool)>> = config::known_gates()
        .iter()
        .map(|gate| {
            let specifications = gate
                .specifications
                .iter()
                .map(|one| (one.minor, one.default, one.stage.label().to_owned(), one.locked))
                .collect();
            (gate.name.to_owned(), specifications)
        })
        .collect();
    assert_eq!(ours, theirs);
    assert!(config::known_gates().is_sorted_by_key(|gate| gate.name));
    for gate in config::known_gates() {
        let current = gate.current();
        assert!(current.stage != Stage::Ga || current.minor <= 37, "{}", gate.name);
    }
}

#[test]
fn every_field_of_credential_providers_is_known() {
    let ours = config::credential_provider_rows();
    for row in table(include_str!("data/credential-provider-fields.tsv")) {
        if ["kind", "apiVersion"].contains(&row[0]) {
            continue;
        }
        let found = ours.iter().find(|ours| ours.path == row[0]);
        assert_eq!(found.map(|found| found.field.go_type), Some(row[1]), "{}", row[0]);
    }
}
