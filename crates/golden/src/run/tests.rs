use std::collections::BTreeSet;

use super::*;

#[test]
fn every_case_has_its_answer_and_every_answer_its_case() {
    let cases: BTreeSet<String> = corpus::load().unwrap().into_iter().map(|case| case.name).collect();
    for (directory, all) in [("expected", true), ("expected-1.6", false)] {
        let answers: BTreeSet<String> = fs::read_dir(corpus::directory().join(directory))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().trim_end_matches(".json").to_owned())
            .collect();
        let strange: Vec<&String> = answers.difference(&cases).collect();
        assert!(strange.is_empty(), "answers in {directory} that nobody asked for: {strange:?}");
        let open: Vec<&String> = cases.difference(&answers).filter(|_| all).collect();
        assert!(open.is_empty(), "cases that were not recorded: {open:?}");
    }
}

#[test]
fn names_tell_what_became_of_a_case() {
    for (name, outcome) in load_expected(&corpus::load().unwrap()).unwrap() {
        assert_eq!(outcome.kubelet_ended.is_some(), name.starts_with("fatal-"), "{name}");
        assert!(outcome.refusal.is_some() || !name.starts_with("refused-"), "{name} was not refused");
        assert!(outcome.refusal.is_none() || outcome.sandbox.is_null(), "{name} was refused and runs");
        let stopped = outcome.sandbox["code"] == 0;
        assert_eq!(outcome.sandbox_stopped, stopped, "{name}: a sandbox that was made is stopped in the end");
    }
}

#[test]
fn enough_is_refused_and_enough_runs() {
    let expected = load_expected(&corpus::load().unwrap()).unwrap();
    let refused = expected.values().filter(|outcome| outcome.refusal.is_some()).count();
    let running = expected.values().filter(|outcome| outcome.sandbox["code"] == 0).count();
    assert!(refused >= 40 && running >= 120, "{refused} are refused, {running} run");
}
