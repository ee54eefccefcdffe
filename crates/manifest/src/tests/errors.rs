//! What an error says.

use super::*;

fn check(text: &str, expected: &str) {
    let error = decode_file(text).expect_err("must be refused");
    assert_eq!(error.to_string(), expected, "{text}");
}

fn check_url(text: &str, expected: &str) {
    let error = decode_url(text).expect_err("must be refused");
    assert_eq!(error.to_string(), expected, "{text}");
}

#[test]
fn an_error_names_file_line_column_field_and_cure() {
    check(
        &with_spec("    ports:\n    - containerPort: 70000\n"),
        "/m/a.yaml:10:22: spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
    );
    check(
        &with_spec("    env:\n    - name: DEBUG\n      value: N\n"),
        "/m/a.yaml:11:14: spec.containers[0].env[0].value: wants a text, but this is the boolean false (written N; put it in quotes to have a text)",
    );
    check(
        &with_spec("    args: [1, true, {a: b}]\n"),
        "/m/a.yaml:9:12: spec.containers[0].args[0]: wants a text, but this is the number 1\n\
         /m/a.yaml:9:15: spec.containers[0].args[1]: wants a text, but this is the boolean true (put it in quotes to have a text)\n\
         /m/a.yaml:9:21: spec.containers[0].args[2]: wants a text, but this is an object",
    );
    check(
        &with_spec("    resources:\n      limits:\n        memory: 1GB\n"),
        "/m/a.yaml:11:17: spec.containers[0].resources.limits[memory]: \"1GB\" is no amount: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
    check(
        &with_spec("  priority: 3000000000\n  hostNetwork: \"yes\"\n"),
        "/m/a.yaml:9:13: spec.priority: wants a whole number of 32 bits, but this is the number 3000000000\n\
         /m/a.yaml:10:16: spec.hostNetwork: wants true or false, but this is the text \"yes\"",
    );
    check(
        "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"p\"},\n \"spec\": {\"containers\": [{\"name\": \"c\", \"image\": \"i\", \"ports\": [{\"containerPort\": 80.0}]}]}}",
        "/m/a.yaml:2:82: spec.containers[0].ports[0].containerPort: wants a whole number of 32 bits, but this is the number 80.0",
    );
}

#[test]
fn a_broken_source_is_told_by_its_place() {
    check(
        "apiVersion: v1\nkind: Pod\n\tmetadata: {}\n",
        "/m/a.yaml:3:1: not valid YAML: found a tab character that violates indentation; YAML wants spaces",
    );
    check("", "/m/a.yaml:1:1: the manifest is empty; it must hold a Pod");
    check("# only a comment\n", "/m/a.yaml:1:1: the manifest is empty; it must hold a Pod");
    check("just words\n", "/m/a.yaml:1:1: the manifest must hold a Pod, but this is the text \"just words\"");
    check(
        "{\"kind\": \"Pod\",",
        "/m/a.yaml:1:16: not valid JSON: the text ends where a key in quotes should be",
    );
}

#[test]
fn another_kind_is_refused() {
    check(
        "apiVersion: apps/v1\nkind: Deployment\n",
        "/m/a.yaml:1:1: must hold a Pod of apiVersion v1, but this is \"Deployment\" of \"apps/v1\"",
    );
    check("apiVersion: v1\n", "/m/a.yaml:1:1: kind: Required value: must be Pod");
    check("kind: Pod\n", "/m/a.yaml:1:1: apiVersion: Required value: must be v1");
    check(
        "apiVersion: 1\nkind: Pod\n",
        "/m/a.yaml:1:13: apiVersion: wants the text v1, but this is the number 1",
    );
    check(
        "apiVersion: v1\nkind: PodList\nitems: []\n",
        "/m/a.yaml:1:1: must hold a Pod of apiVersion v1, but this is \"PodList\" of \"v1\"",
    );
    check_url(
        "apiVersion: v1\nkind: List\nitems: []\n",
        "http://h/a:1:1: must hold a Pod or a PodList of apiVersion v1, but this is \"List\" of \"v1\"",
    );
}

#[test]
fn references_to_the_api_are_refused_with_their_place() {
    check(
        &with_spec(
            "    envFrom:\n    - configMapRef: {name: m}\n  volumes:\n  - name: v\n    secret: {secretName: s}\n",
        ),
        "/m/a.yaml:10:21: spec.containers[0].envFrom[0].configMapRef: static pods may not reference configmaps\n\
         /m/a.yaml:13:13: spec.volumes[0].secret: static pods may not reference secrets (via secret volumes)",
    );
    check(
        &with_spec("  serviceAccountName: a\n"),
        "/m/a.yaml:9:23: spec.serviceAccountName: static pods may not reference serviceaccounts",
    );
}

#[test]
fn a_list_tells_which_pod_is_wrong() {
    let good = "{metadata: {name: a}, spec: {containers: [{name: c, image: i}]}}";
    check_url(
        &format!("apiVersion: v1\nkind: PodList\nitems:\n- {good}\n- {{metadata: {{name: 1}}}}\nextra: 1\n"),
        "http://h/a:5:21: items[1].metadata.name: wants a text, but this is the number 1",
    );
    check_url(
        &format!("apiVersion: v1\nkind: PodList\nitems:\n- {good}\n- {{metadata: {{name: b}}}}\n"),
        "http://h/a:5:3: spec.containers: Required value",
    );
    let decoded =
        decode_url(&format!("apiVersion: v1\nkind: PodList\nitems:\n- {good}\n- {good}\n")).expect("a list");
    assert_eq!(decoded.pods.len(), 2);
    let typed = good.replacen('{', "{apiVersion: v1, kind: Pod, ", 1);
    let decoded =
        decode_url(&format!("apiVersion: v1\nkind: PodList\nitems:\n- {good}\n- {typed}\n")).expect("a list");
    assert_ne!(
        decoded.pods[0].metadata.uid, decoded.pods[1].metadata.uid,
        "the kind of an element enters its UID"
    );
    assert_eq!(
        decoded.pods[1].metadata.uid.as_deref(),
        Some("02743e1d94d3174f2d1ef52a131291ea"),
        "as upstream's"
    );
    assert!(decode_url("apiVersion: v1\nkind: PodList\n").expect("an empty list").pods.is_empty());
    assert_eq!(decode_url(&with_spec("")).expect("a pod").pods.len(), 1);
}

#[test]
fn a_long_error_is_cut() {
    let ports = "    - {containerPort: 0}\n".repeat(60);
    let error = decode_file(&with_spec(&format!("    ports:\n{ports}"))).expect_err("must be refused");
    assert_eq!(error.findings().len(), 60);
    assert_eq!(error.to_string().lines().count(), 51);
    assert!(error.to_string().ends_with("/m/a.yaml: and 10 more"));
    let ports = "    - {containerPort: 0, unknown: 1, protocol: x}\n".repeat(2000);
    let error = decode_file(&with_spec(&format!("    ports:\n{ports}"))).expect_err("must be refused");
    assert_eq!(error.findings().len(), 1000);
    let texts = "    - 1\n".repeat(2000);
    let error = decode_file(&with_spec(&format!("    args:\n{texts}"))).expect_err("must be refused");
    assert_eq!(error.findings().len(), 1000);
    assert_eq!((error.origin(), error.stage()), ("/m/a.yaml", Stage::Decoding));
}
