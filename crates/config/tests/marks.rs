//! The mark "acts" is kept honest: a field acts exactly if the binary reads it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use config::Effect;
use std::path::Path;

/// A field that the binary reads without doing all that it says yet, and one that acts by another name.
const EXCEPTIONS: [(&str, &str); 2] = [
    ("featureGates", "acts through Settings::gates"),
    ("evictionHard", "subtracted from the node's allocatable, but nobody is evicted yet"),
];

/// All source text of the binary, tests left out.
fn sources(directory: &Path, text: &mut String) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" {
            sources(&path, text);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

fn reads(text: &str, member: &str) -> bool {
    let access = format!(".{member}");
    text.match_indices(&access).any(|(start, _)| {
        let after = text[start + access.len()..].chars().next();
        !after.is_some_and(|next| next.is_ascii_alphanumeric() || next == '_')
    })
}

#[test]
fn a_field_acts_exactly_if_the_binary_reads_it() {
    let mut text = String::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../kubelet/src"), &mut text);
    let mut wrong = Vec::new();
    for row in config::field_rows() {
        // Fields of one word and parts of objects have names that mean other things elsewhere.
        let tellable = row.field.member.contains('_') && !row.path.contains('.');
        let excepted = EXCEPTIONS.iter().any(|(path, _)| *path == row.path);
        let acts = row.field.effect == Effect::Acts;
        if tellable && !excepted && reads(&text, row.field.member) != acts {
            wrong.push(format!("{} is marked {:?}", row.path, row.field.effect));
        }
    }
    assert!(
        wrong.is_empty(),
        "{wrong:#?}: change the mark in crates/config/src/configuration, then UPDATE_DOCS=1"
    );
}

#[test]
fn no_gate_that_the_binary_asks_for_is_told_to_be_without_effect() {
    let mut text = String::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../kubelet/src"), &mut text);
    for gate in config::known_gates() {
        let asked =
            ["enabled", "gate"].iter().any(|verb| text.contains(&format!("{verb}(\"{}\")", gate.name)));
        let quiet = config::Gates::from_map([(gate.name.to_owned(), !gate.current().default)].into())
            .findings()
            .iter()
            .all(|finding| !finding.message.contains("changes nothing"));
        if asked && !gate.current().locked {
            assert!(quiet, "{} has an effect, but setting it warns that it has none", gate.name);
        }
    }
}
