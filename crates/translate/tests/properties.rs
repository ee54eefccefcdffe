//! Whatever users, runtimes and files say: nothing here panics, and what is promised holds.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Pod;
use proptest::prelude::*;
use serde_json::json;
use translate::{NodeFacts, SandboxInputs, annotations, labels};

/// Texts with many of the characters that mean something.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![".{0,40}", "[$()A]{0,20}", "(nameserver|search|options|#| |\\.|[a-z]|\n){0,60}"]
}

fn any_texts(keys: &'static [&'static str]) -> impl Strategy<Value = BTreeMap<String, String>> {
    let json = r#"\{"exec":(\{"command":\["a"\]\}|null|1)\}|\[(\{"containerPort":80\})?\]|-?[0-9a-f]{1,20}"#;
    let value = prop_oneof![text(), json];
    proptest::collection::btree_map(proptest::sample::select(keys).prop_map(str::to_owned), value, 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn expansion_leaves_alone_what_is_no_reference(text in text()) {
        let same = translate::expand(&text.replace('$', ""), |_| Some("x".to_owned()));
        prop_assert_eq!(same, text.replace('$', ""));
        let doubled = translate::expand(&text.replace('$', "$$"), |_| Some("x".to_owned()));
        prop_assert_eq!(doubled, text);
    }

    #[test]
    fn any_labels_and_annotations_can_be_read(
        labels in any_texts(&[labels::POD_NAME, labels::POD_UID, labels::CONTAINER_NAME]),
        annotations in any_texts(&[
            annotations::HASH, annotations::RESTART_COUNT, annotations::PRE_STOP, annotations::PORTS,
            annotations::DELETION_GRACE_PERIOD, annotations::TERMINATION_GRACE_PERIOD,
        ]),
    ) {
        let found = translate::container_identity(&labels, &annotations);
        prop_assert_eq!(&found.pod_uid, &translate::sandbox_identity(&labels).pod_uid);
        prop_assert_eq!(found.pod_uid, labels.get(labels::POD_UID).cloned().unwrap_or_default());
    }

    #[test]
    fn a_link_to_a_log_fits_a_directory(pod in ".{0,300}", container in ".{0,80}", id in "[0-9a-f]{0,64}") {
        let link = translate::legacy_log_symlink(Some("/l"), &id, &container, &pod, "default");
        prop_assert!(link.len() <= "/l/".len() + 255);
        prop_assert!(link.ends_with(".log"));
    }

    #[test]
    fn resolvers_stay_within_limits(
        content in text(),
        policy in proptest::sample::select(vec!["ClusterFirst", "Default", "None"]),
        searches in proptest::collection::vec("[a-z.]{0,300}", 0..40),
        servers in proptest::collection::vec("[0-9.]{0,5}", 0..6),
    ) {
        let pod: Pod = serde_json::from_value(json!({
            "metadata": {"name": "p", "namespace": "n", "uid": "u"},
            "spec": {"containers": [], "dnsPolicy": policy, "dnsConfig": {"searches": searches, "nameservers": servers}}
        })).expect("a pod");
        let facts = NodeFacts { resolv_conf: Some(content), ..NodeFacts::default() };
        if let Ok(plan) = translate::sandbox_config(&SandboxInputs::new(&pod, 0, ""), &facts) {
            let dns = plan.config.dns_config.expect("always there");
            prop_assert!(dns.servers.len() <= 3 && dns.searches.len() <= 32);
            prop_assert!(dns.searches.join(" ").len() <= 2048);
            prop_assert!(dns.searches.iter().all(|search| search.len() <= 253));
        }
    }

    #[test]
    fn host_names_fit_the_kernel(hostname in ".{0,100}", subdomain in ".{0,30}", full in any::<bool>()) {
        let pod: Pod = serde_json::from_value(json!({
            "metadata": {"name": "p", "namespace": "n", "uid": "u"},
            "spec": {"containers": [], "hostname": hostname, "subdomain": subdomain, "setHostnameAsFQDN": full}
        })).expect("a pod");
        if let Ok(plan) = translate::sandbox_config(&SandboxInputs::new(&pod, 0, ""), &NodeFacts::default()) {
            prop_assert!(plan.config.hostname.len() <= 64);
        }
    }
}
