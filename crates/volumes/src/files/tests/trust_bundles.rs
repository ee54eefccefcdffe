//! Certificates that pods trust.

use std::collections::BTreeSet;

use apiserver::fake::{CLUSTER_TRUST_BUNDLES, Failure, Fault, Script, Stage, Verb};
use k8s_openapi::serde_json::{Value, json};

use super::cluster::{Cluster, Keeping, set_up, soon};
use crate::pem;

const SIGNER: &str = "example.com/ca";

fn certificate(content: &str) -> String {
    pem::encode(pem::CERTIFICATE, content.as_bytes())
}

fn bundle(cluster: &Cluster, name: &str, signer: Option<&str>, certificates: &str) {
    let stage = name.split(':').next_back();
    let bundle = json!({
        "apiVersion": "certificates.k8s.io/v1beta1", "kind": "ClusterTrustBundle",
        "metadata": {"name": name, "labels": {"stage": stage}},
        "spec": {"signerName": signer, "trustBundle": certificates},
    });
    cluster.server.admin().create(&CLUSTER_TRUST_BUNDLES, &bundle).unwrap();
}

/// Two bundles of a signer, with one certificate in both, and one of nobody's.
fn cluster() -> Cluster {
    let cluster = Cluster::new();
    let (a, b, c) = (certificate("a"), certificate("b"), certificate("c"));
    bundle(&cluster, "example.com:ca:test", Some(SIGNER), &format!("{a}{b}"));
    bundle(&cluster, "example.com:ca:live", Some(SIGNER), &format!("# both\n{b}{c}"));
    bundle(&cluster, "own", None, &a);
    cluster
}

fn volume(mut projection: Value) -> Value {
    projection["path"] = json!("ca.pem");
    json!({"projected": {"sources": [{"clusterTrustBundle": projection}]}})
}

async fn certificates(cluster: &Cluster) -> Vec<String> {
    let content = cluster.file("projected", "ca.pem").await.unwrap();
    pem::contents(&content).into_iter().map(|one| String::from_utf8(one).unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn selections() {
    async fn check(projection: Value, expected: Result<&[&str], &str>) {
        let cluster = cluster();
        let (_, result) =
            set_up(&cluster.volumes(), &cluster.pod(&volume(projection.clone()), &json!({}))).await;
        match expected {
            Ok(expected) => {
                assert!(result.failed.is_empty(), "{projection}: {:?}", result.failed);
                let found = certificates(&cluster).await;
                assert_eq!(found.len(), expected.len(), "{projection}: each once");
                let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
                assert_eq!(found, expected.iter().copied().collect(), "{projection}");
            }
            Err(expected) => {
                let error = result.failed.first().expect("an error");
                let message = format!("MountVolume.SetUp failed for volume \"v\" : {expected}");
                assert_eq!(error.event_message(), message, "{projection}");
                assert!(error.waits_for_api(), "{projection}");
            }
        }
    }
    check(json!({"name": "own"}), Ok(&["a"])).await;
    check(json!({"name": "example.com:ca:live"}), Ok(&["b", "c"])).await;
    let missing = "while getting ClusterTrustBundle: clustertrustbundle.certificates.k8s.io \"no\" not found";
    check(json!({"name": "no"}), Err(missing)).await;
    check(json!({"name": "no", "optional": true}), Ok(&[])).await;
    check(json!({"signerName": SIGNER, "labelSelector": {}}), Ok(&["a", "b", "c"])).await;
    let test = json!({"matchLabels": {"stage": "test"}});
    check(json!({"signerName": SIGNER, "labelSelector": test}), Ok(&["a", "b"])).await;
    let none = "combination of signerName and labelSelector matched zero ClusterTrustBundles";
    check(json!({"signerName": SIGNER}), Err(none)).await;
    check(json!({"signerName": SIGNER, "optional": true}), Ok(&[])).await;
    check(json!({"signerName": "example.com/other", "labelSelector": {}}), Err(none)).await;
    let nothing = "ClusterTrustBundle projection requires either name or signerName to be set";
    check(json!({}), Err(nothing)).await;
}

#[tokio::test(start_paused = true)]
async fn a_change_is_in_the_file_at_once() {
    let cluster = cluster();
    let volumes = cluster.volumes();
    let projection = json!({"signerName": SIGNER, "labelSelector": {"matchLabels": {"stage": "live"}}});
    let (files, _) = set_up(&volumes, &cluster.pod(&volume(projection), &json!({}))).await;
    let keeping = Keeping::of(&volumes, files);
    soon().await;
    let written = cluster.writes();
    let patch = |name: &str, certificates: &str| {
        let patch = json!({"spec": {"trustBundle": certificates}});
        cluster.server.admin().patch(&CLUSTER_TRUST_BUNDLES, "", name, &patch).unwrap();
    };
    patch("own", &certificate("x"));
    patch("example.com:ca:test", &certificate("x"));
    soon().await;
    assert_eq!(cluster.writes(), written, "other bundles are none of the pod's");
    patch("example.com:ca:live", &certificate("d"));
    soon().await;
    assert_eq!(certificates(&cluster).await, ["d"]);
    assert_eq!(cluster.writes(), written + 1);
    cluster.server.admin().delete(&CLUSTER_TRUST_BUNDLES, "", "example.com:ca:live", None).unwrap();
    soon().await;
    assert_eq!(certificates(&cluster).await, ["d"], "what is there stays");
    assert_eq!(keeping.told().len(), 1);
}

/// The order is the pod's own: no restart changes it, and pods differ.
#[tokio::test(start_paused = true)]
async fn nobody_can_rely_on_the_order_and_no_restart_changes_it() {
    let cluster = Cluster::new();
    let many: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    bundle(&cluster, "many", None, &many.iter().map(|one| certificate(one)).collect::<String>());
    let pod = cluster.pod(&volume(json!({"name": "many"})), &json!({}));
    set_up(&cluster.volumes(), &pod).await;
    let first = certificates(&cluster).await;
    assert_ne!(first, many);
    let written = cluster.writes();
    set_up(&cluster.volumes(), &pod).await;
    assert_eq!(cluster.writes(), written);
    let other = crate::PodVolumes { uid: types::PodUid::from("other"), ..pod };
    set_up(&cluster.volumes(), &other).await;
    assert_ne!(certificates(&cluster).await, first);
}

#[tokio::test(start_paused = true)]
async fn a_server_without_the_api_harms_no_other_volume() {
    let cluster = cluster();
    cluster.config_map("cm", json!({"data": {"a": "1"}}));
    let missing =
        Fault::fail(Failure::new(404, "NotFound", "the server could not find the requested resource"));
    cluster.server.set_faults(Script::new().next(
        Stage::Before,
        Verb::Watch,
        "clustertrustbundles",
        9,
        missing,
    ));
    let volumes = cluster.volumes();
    let (_, result) = set_up(&volumes, &cluster.pod(&volume(json!({"name": "own"})), &json!({}))).await;
    assert_eq!(
        result.failed.first().map(|error| error.event_message()).as_deref(),
        Some(
            "MountVolume.SetUp failed for volume \"v\" : ClusterTrustBundle projection is not supported in static kubelet mode"
        )
    );
    cluster.server.admin().delete(&apiserver::fake::PODS, super::cluster::NAMESPACE, "p", Some(0)).unwrap();
    let other = cluster.pod(&json!({"configMap": {"name": "cm"}}), &json!({}));
    assert!(set_up(&volumes, &other).await.1.failed.is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_file_is_as_private_as_a_token() {
    let cluster = cluster();
    let spec = json!({"securityContext": {"runAsUser": 1000}});
    let (_, result) = set_up(&cluster.volumes(), &cluster.pod(&volume(json!({"name": "own"})), &spec)).await;
    assert!(result.failed.is_empty());
    let path = super::cluster::directory("projected").join("ca.pem");
    let state = host::files::Files::look(&*cluster.host, &path).await.unwrap().unwrap();
    assert_eq!((state.mode, state.user_id), (0o600, 1000));
}
