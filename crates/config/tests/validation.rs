//! What upstream refuses, with its very words: the `.errors` files were recorded from the kubelet of the release.
//! (It stops after the mistakes of `logging`; the other lines of that file are those it tells on the next attempt.)
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use config::{File, Sources};
use std::path::Path;

#[test]
fn every_error_of_upstream_is_ours() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/bad");
    for name in ["ranges", "combinations", "logging"] {
        check(&directory, name);
    }
}

fn check(directory: &Path, name: &str) {
    let path = directory.join(format!("{name}.yaml"));
    let expected = std::fs::read_to_string(directory.join(format!("{name}.errors"))).unwrap();
    let line = config::parse_command_line(["--config=x"]).unwrap();
    let sources = Sources {
        config: Some(File {
            path: path.to_string_lossy().into_owned(),
            contents: std::fs::read(&path).unwrap(),
        }),
        cgroup_v1: true,
        ..Sources::default()
    };
    let errors = config::load(&line, &sources).unwrap_err();
    let mut ours: Vec<&str> = errors.errors().map(|error| error.message.as_str()).collect();
    let mut theirs: Vec<&str> = expected.lines().collect();
    ours.sort_unstable();
    theirs.sort_unstable();
    let missing: Vec<_> = theirs.iter().filter(|line| !ours.contains(line)).collect();
    let extra: Vec<_> = ours.iter().filter(|line| !theirs.contains(line)).collect();
    assert!(missing.is_empty() && extra.is_empty(), "{name}: missing {missing:#?}, too many {extra:#?}");
}
