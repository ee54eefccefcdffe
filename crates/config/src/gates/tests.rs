use super::*;

fn gates(set: &[(&str, bool)]) -> Gates {
    Gates::from_map(set.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect())
}

#[test]
fn who_decides() {
    let check = |set: &[(&str, bool)], gate: &str, expected: bool| {
        assert_eq!(gates(set).enabled(gate), expected, "{gate} with {set:?}");
    };
    check(&[], "KubeletCrashLoopBackOffMax", true);
    check(&[], "AtomicWriteVolumeUserFields", false);
    check(&[("AtomicWriteVolumeUserFields", true)], "AtomicWriteVolumeUserFields", true);
    check(&[("AllAlpha", true)], "LoggingAlphaOptions", true);
    check(&[("AllAlpha", true), ("LoggingAlphaOptions", false)], "LoggingAlphaOptions", false);
    check(&[("AllBeta", false)], "KubeletCrashLoopBackOffMax", false);
    check(&[("DynamicResourceAllocation", false)], "DynamicResourceAllocation", true);
    check(&[("NoSuchGate", true)], "NoSuchGate", false);
}

#[test]
fn what_is_told() {
    let check = |set: &[(&str, bool)], expected: &[&str]| {
        let ours: Vec<String> = gates(set).findings().iter().map(|finding| finding.message.clone()).collect();
        assert_eq!(ours, expected, "{set:?}");
    };
    check(&[], &[]);
    check(&[("Foo", true)], &["unrecognized feature gate: Foo"]);
    check(
        &[("DynamicResourceAllocation", false)],
        &["cannot set feature gate DynamicResourceAllocation to false, feature is locked to true"],
    );
    check(
        &[("GenericWorkload", false), ("PodGroupPreemptionPolicy", true)],
        &[
            "feature gate PodGroupPreemptionPolicy=true is accepted, but changes nothing in this kubelet yet",
            "PodGroupPreemptionPolicy is enabled, but depends on features that are disabled: [GenericWorkload]",
        ],
    );
    check(&[("KubeletCrashLoopBackOffMax", false)], &[]);
    check(&[("AtomicWriteVolumeUserFields", false)], &[]);
}
