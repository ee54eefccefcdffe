//! What a pod is given, and what is warned of.

use super::*;

fn check(text: &str, expected: &[&str]) {
    let decoded = decode_file(text).expect("must be accepted");
    let warnings: Vec<String> = decoded.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings, expected, "{text}");
}

#[test]
fn oddities_are_warned_of() {
    check(&with_spec(""), &[]);
    check(
        &with_spec("    imagePullPolcy: Never\n    Command: [a]\n    whatever: 1\n  hostnetwork: true\n"),
        &[
            "9:5: spec.containers[0].imagePullPolcy: unknown field, ignored; did you mean imagePullPolicy?",
            "10:5: spec.containers[0].Command: unknown field, ignored; did you mean command?",
            "11:5: spec.containers[0].whatever: unknown field, ignored: Container has no such field",
            "12:3: spec.hostnetwork: unknown field, ignored; did you mean hostNetwork?",
        ],
    );
    check(
        &with_spec("  hostPID: true\n  hostPID: false\n---\nkind: Other\n"),
        &[
            "10:3: the key \"hostPID\" stands twice in this object; the last one counts",
            "11:1: a second document begins here; only the first one is read",
        ],
    );
    check(
        &with_spec("  priorityClassName: a\n"),
        &[
            "9:22: spec.priorityClassName: has no effect without spec.priority, and the mirror pod may be refused; set both",
        ],
    );
    check(
        &with_spec("  priority: 1\n"),
        &["9:13: spec.priority: without spec.priorityClassName the mirror pod may be refused; set both"],
    );
    check(
        &with_spec("  priority: 1\n  priorityClassName: a\n"),
        &[
            "9:13: spec.priority: other than 2000001000 (system-node-critical), so the mirror pod may be evicted from the node, without effect",
        ],
    );
    check(&with_spec("  priority: 2000001000\n  priorityClassName: system-node-critical\n"), &[]);
}

#[test]
fn a_static_pod_gets_its_identity() {
    let pod = decode_file(&with_spec("")).expect("a pod").pods.remove(0);
    let spec = pod.spec.expect("a specification");
    assert_eq!(pod.metadata.name.as_deref(), Some("p-node-1"));
    assert_eq!(pod.metadata.namespace.as_deref(), Some("default"));
    assert_eq!(spec.node_name.as_deref(), Some("node-1"));
    let annotations = pod.metadata.annotations.expect("annotations");
    assert_eq!(annotations.get("kubernetes.io/config.hash"), pod.metadata.uid.as_ref());
    assert_eq!(pod.status.and_then(|status| status.phase).as_deref(), Some("Pending"));
    let tolerations = spec.tolerations.expect("tolerations");
    assert_eq!(tolerations.len(), 1);
    assert_eq!(tolerations[0].operator.as_deref(), Some("Exists"));
    assert_eq!(tolerations[0].effect.as_deref(), Some("NoExecute"));
    let from_url = decode_url(&with_spec("")).expect("a pod").pods.remove(0);
    assert!(from_url.spec.expect("a specification").tolerations.is_none());
    assert_ne!(from_url.metadata.uid, pod.metadata.uid);
    let own = decode_file(&with_spec("").replace("name: p\n", "name: p\n  uid: mine\n  namespace: ns\n"));
    let own = own.expect("a pod").pods.remove(0);
    assert_eq!((own.metadata.uid.as_deref(), own.metadata.namespace.as_deref()), (Some("mine"), Some("ns")));
}

#[test]
fn an_equal_toleration_is_not_doubled() {
    let text = with_spec("  tolerations:\n  - {operator: Exists, effect: NoExecute, tolerationSeconds: 5}\n");
    let pod = decode_file(&text).expect("a pod").pods.remove(0);
    let tolerations = pod.spec.and_then(|spec| spec.tolerations).expect("tolerations");
    assert_eq!(tolerations.len(), 1);
    assert_eq!(tolerations[0].toleration_seconds, None);
}

#[test]
fn amounts_come_out_canonical() {
    let text = with_spec(
        "    resources:\n      limits: {cpu: 1.5, memory: 1024Mi, ephemeral-storage: 0.1}\n  overhead: {cpu: 0.0001}\n",
    );
    let spec = decode_file(&text).expect("a pod").pods.remove(0).spec.expect("a specification");
    let resources = spec.containers[0].resources.clone().expect("resources");
    let shown = |list: Option<
        std::collections::BTreeMap<String, k8s_openapi::apimachinery::pkg::api::resource::Quantity>,
    >| {
        list.into_iter()
            .flatten()
            .map(|(name, amount)| format!("{name}={}", amount.0))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(shown(resources.limits), "cpu=1500m ephemeral-storage=100m memory=1Gi");
    assert_eq!(shown(resources.requests), "cpu=1500m ephemeral-storage=100m memory=1Gi");
    assert_eq!(shown(spec.overhead), "cpu=1m");
}
