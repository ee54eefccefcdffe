use serde_json::json;

use super::*;

fn check(text: &str, expected: &str) {
    let mut names = Names::default();
    names.add("/var/lib/kubelet", "<root>");
    names.add("abc", "<uid>");
    names.add("abcdef", "<sandbox>");
    names.add("", "<never>");
    assert_eq!(names.text(text), expected);
}

#[test]
fn texts() {
    check("/var/lib/kubelet/pods/abc/etc-hosts", "<root>/pods/<uid>/etc-hosts");
    check("abcdef abc", "<sandbox> <uid>");
    check("seen 2026-11-21T09:44:25.123456789Z.", "seen <time>.");
    check("2026-11-21T09:44:25.1+01:00", "<time>");
    check("2026-11-21T09:44:25Z", "2026-11-21T09:44:25Z");
    check("link to ..2026_11_21_09_44_25.1234567", "link to <time>");
    check("/pods/x/containers/main/0a1b2c3d", "/pods/x/containers/main/<random>");
    check("/pods/x/containers/main/0a1b2c3", "/pods/x/containers/main/0a1b2c3");
    check("/else/0a1b2c3d", "/else/0a1b2c3d");
}

#[test]
fn digests() {
    let digest = "1".repeat(64);
    check(&format!("sha256:{digest} and sha256:{digest}"), "sha256:<digest> and sha256:<digest>");
    check(&format!("sha256:{digest}1"), &format!("sha256:{digest}1"));
    check(&format!("sandbox \"{digest}\""), "sandbox \"<id>\"");
    let own = format!("busybox@sha256:{}", "0".repeat(64));
    check(&own, &own);
}

#[test]
fn pointers_of_go() {
    check("X:(*int64)(0xc000a1b2c3), Y:(0x10)", "X:(*int64)(<pointer>), Y:(0x10)");
}

#[test]
fn values() {
    let mut names = Names::default();
    names.add("abc", "<uid>");
    assert_eq!(
        names.value(&json!({"abc": ["abc", 1, null, {"x": true}]})),
        json!({"<uid>": ["<uid>", 1, null, {"x": true}]})
    );
}
