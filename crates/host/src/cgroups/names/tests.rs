use super::*;

fn uid(text: &str) -> PodUid {
    PodUid::from(text)
}

#[test]
fn both_spellings() {
    #[track_caller]
    fn check(root: &str, per_qos: bool, driver: Driver, qos: QosClass, expected: &str) {
        let layout = Layout::new(root, driver, per_qos);
        let name = layout.pod(&uid("1234-abcd-5678-efgh"), qos).unwrap();
        assert_eq!(name.path(driver), expected);
        let directory = expected.rsplit('/').next().unwrap();
        assert_eq!(layout.pod_of_directory(directory), Some(uid("1234-abcd-5678-efgh")), "{expected}");
    }
    use Driver::{Cgroupfs, Systemd};
    use QosClass::{BestEffort, Burstable, Guaranteed};
    check("/", true, Cgroupfs, Burstable, "/kubepods/burstable/pod1234-abcd-5678-efgh");
    check("", true, Cgroupfs, Guaranteed, "/kubepods/pod1234-abcd-5678-efgh");
    check("/a/b", true, Cgroupfs, BestEffort, "/a/b/kubepods/besteffort/pod1234-abcd-5678-efgh");
    check("/a/b/", false, Cgroupfs, Guaranteed, "/a/b/pod1234-abcd-5678-efgh");
    check(
        "/",
        true,
        Systemd,
        Burstable,
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1234_abcd_5678_efgh.slice",
    );
    check("/", true, Systemd, Guaranteed, "/kubepods.slice/kubepods-pod1234_abcd_5678_efgh.slice");
    check(
        "/sys",
        true,
        Systemd,
        Guaranteed,
        "/sys.slice/sys-kubepods.slice/sys-kubepods-pod1234_abcd_5678_efgh.slice",
    );
}

#[test]
fn units() {
    let layout = Layout::new("/", Driver::Systemd, true);
    let pod = layout.pod(&uid("1-2"), QosClass::BestEffort).unwrap();
    assert_eq!(pod.slice(), "kubepods-besteffort-pod1_2.slice");
    assert_eq!(pod.parent().slice(), "kubepods-besteffort.slice");
    assert_eq!(pod.parent().parent().slice(), "kubepods.slice");
    assert_eq!(pod.parent().parent().parent().slice(), "-.slice");
    assert_eq!(CgroupName::from_cgroup_root("/").path(Driver::Systemd), "/");
}

#[test]
fn names_that_cannot_be() {
    let layout = Layout::new("/", Driver::Cgroupfs, true);
    for text in ["a/b", "a_b", "/", "../x", "a\0"] {
        assert!(layout.pod(&uid(text), QosClass::Guaranteed).is_err(), "{text:?}");
    }
    let root = CgroupName::from_cgroup_root("/");
    for part in ["", ".", "..", "a/b", "a_b"] {
        assert_eq!(root.child(part), Err(InvalidPart { part: part.to_owned() }));
    }
}

#[test]
fn directories_that_are_no_pods() {
    let cgroupfs = Layout::new("/", Driver::Cgroupfs, true);
    let systemd = Layout::new("/", Driver::Systemd, true);
    for directory in ["burstable", "besteffort", "pod", "x", "kubepods-burstable.slice"] {
        assert_eq!(cgroupfs.pod_of_directory(directory), None, "{directory}");
    }
    for directory in ["kubepods-burstable.slice", "kubepods-pod.slice", "pod1", "cri-containerd-1.scope"] {
        assert_eq!(systemd.pod_of_directory(directory), None, "{directory}");
    }
}
