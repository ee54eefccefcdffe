//! Properties that hold for whatever a manifest may be.

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng};

use super::recorded::corpus;
use super::*;

/// How many changed manifests are read.
const MUTATIONS: usize = 2000;
/// Larger members of the corpus take too long to read thousands of times.
const MAX_SEED_BYTES: usize = 16 << 10;

const PIECES: [&str; 40] = [
    "yes",
    "N",
    "0644",
    "0x1F",
    "1e3",
    ".5",
    "~",
    "null",
    "''",
    "\t",
    "  ",
    "- ",
    ": ",
    "? ",
    "&a ",
    "*a",
    "<<: *a",
    "|",
    ">-",
    "!!str ",
    "!!int ",
    "!!binary aGk=",
    "[",
    "]",
    "{",
    "}",
    ",",
    "#",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "\u{feff}",
    "é",
    "\u{0}",
    "'",
    "\"",
    "\\",
    "99999999999999999999",
    "-.inf",
    "\r\n",
];

/// One change: a piece put in, a stretch taken out or repeated, or the end cut off.
fn mutate(bytes: &mut Vec<u8>, random: &mut TestRng) {
    let mut below = |bound: usize| random.next_u32() as usize % bound.max(1);
    let at = below(bytes.len() + 1);
    let length = below(12).min(bytes.len() - at);
    match below(5) {
        0 | 1 => {
            let piece = PIECES[below(PIECES.len())].bytes();
            bytes.splice(at..at, piece);
        }
        2 => {
            bytes.drain(at..at + length);
        }
        3 => {
            let stretch = bytes[at..at + length].to_vec();
            let to = below(bytes.len() + 1);
            bytes.splice(to..to, stretch);
        }
        _ => bytes.truncate(at),
    }
}

#[test]
fn changed_manifests_are_read_without_panic() {
    let seeds: Vec<Vec<u8>> = corpus().iter().map(|file| std::fs::read(file).expect("a manifest")).collect();
    let seeds: Vec<Vec<u8>> = seeds.into_iter().filter(|seed| seed.len() < MAX_SEED_BYTES).collect();
    let mut random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut refused = 0;
    for _ in 0..MUTATIONS {
        let mut bytes = seeds[random.next_u32() as usize % seeds.len()].clone();
        for _ in 0..=random.next_u32() % 3 {
            mutate(&mut bytes, &mut random);
        }
        for kind in [OriginKind::File { path: "/m/a.yaml" }, OriginKind::Url { url: "http://h/a" }] {
            let read = decode(&bytes, &Origin { kind, node_name: "node-1" });
            if let Err(error) = &read {
                assert!(!error.findings().is_empty() && !error.to_string().is_empty());
                refused += 1;
            }
            assert_eq!(
                read,
                decode(&bytes, &Origin { kind, node_name: "node-1" }),
                "reading twice must agree"
            );
        }
    }
    assert!((MUTATIONS / 10..2 * MUTATIONS).contains(&refused), "{refused} refused");
}

#[test]
fn json_and_yaml_of_a_pod_are_the_same_pod() {
    let mut compared = 0;
    for row in include_str!("../../tests/recorded/pods.jsonl").lines() {
        let row: serde_json::Value = serde_json::from_str(row).expect("a row");
        // YAML wants this character escaped.
        let json = row["pod"].to_string().replace('\u{7f}', "\\u007f");
        // A comment ahead makes the same text YAML.
        match (decode_file(&json), decode_file(&format!("# a pod\n{json}"))) {
            (Ok(from_json), Ok(from_yaml)) => assert_eq!(from_json.pods, from_yaml.pods, "{json}"),
            (Err(from_json), Err(from_yaml)) => {
                let fields = |error: ManifestError| {
                    let findings = error.findings.into_iter().map(|finding| (finding.field, finding.message));
                    findings.collect::<Vec<_>>()
                };
                assert_eq!(fields(from_json), fields(from_yaml), "{json}");
            }
            (from_json, from_yaml) => panic!("{json}: {from_json:?}, but as YAML {from_yaml:?}"),
        }
        compared += 1;
    }
    assert!(compared > 500);
}

#[test]
fn defaulting_twice_changes_nothing() {
    for file in corpus() {
        let bytes = std::fs::read(&file).expect("a manifest");
        let Ok(tree) = source::read(&bytes) else { continue };
        let mut found = Found::default();
        let origin = Origin { kind: OriginKind::File { path: "/m/a.yaml" }, node_name: "node-1" };
        for read in read_pods(&tree.root, &origin, &mut found) {
            let mut once = read.pod;
            defaults::apply(&mut once);
            let mut twice = once.clone();
            defaults::apply(&mut twice);
            assert_eq!(once, twice, "{}", file.display());
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let origin = Origin { kind: OriginKind::Url { url: "http://h/a" }, node_name: "node-1" };
        let _refused = decode(&bytes, &origin).is_err();
    }

    #[test]
    fn any_yaml_like_text_is_read_without_panic(text in "[-a-c0-2:?&*!|>'\"\\[\\]{},#%@ \n\t~.<]{0,60}") {
        let read = source::read(text.as_bytes());
        if let Ok(tree) = read {
            prop_assert!(tree.root.position.line >= 1 && tree.root.position.column >= 1);
        }
    }

    #[test]
    fn every_value_of_an_environment_variable_survives(value in "\\PC{0,40}") {
        let quoted = serde_json::Value::from(value.as_str()).to_string();
        let text = with_spec(&format!("    env:\n    - name: A\n      value: {quoted}\n"));
        let pod = decode_file(&text).expect("a pod").pods.remove(0);
        let variable = pod.spec.and_then(|spec| spec.containers.into_iter().next()).and_then(|container| container.env);
        prop_assert_eq!(variable.and_then(|env| env.into_iter().next()).and_then(|variable| variable.value), Some(value));
    }
}
