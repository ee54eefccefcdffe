//! Certificates of pods, signed by hand.

use std::{sync::Arc, time::Duration};

use apiserver::fake::{Failure, Fault, POD_CERTIFICATE_REQUESTS, Script, Stage, Verb};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::SignedDuration;
use k8s_openapi::serde_json::{Value, json};
use prometheus::core::Collector as _;
use tokio::{task::JoinHandle, time::sleep};

use super::cluster::{Cluster, Keeping, NAMESPACE, directory, set_up, soon};
use crate::{PodCertificateStates, PodFiles, PodVolumes, SetUp, Volumes, pem};

const HOUR: Duration = Duration::from_secs(3600);
/// No refresh is spread by more.
const LONGEST_JITTER: Duration = Duration::from_secs(300);

fn volume() -> Value {
    let projection = json!({
        "signerName": "example.com/signer", "keyType": "ED25519", "maxExpirationSeconds": 7200,
        "credentialBundlePath": "both.pem", "keyPath": "key.pem", "certificateChainPath": "chain.pem",
        "userAnnotations": {"example.com/role": "web"},
    });
    json!({"projected": {"sources": [{"podCertificate": projection}]}})
}

impl Cluster {
    fn certificate_requests(&self) -> Vec<Arc<Value>> {
        let mut requests = self.server.admin().list(&POD_CERTIFICATE_REQUESTS);
        requests.sort_by_key(|request| request["metadata"]["uid"].to_string());
        requests
    }

    /// Writes into the status of the newest request.
    fn decide(&self, mut status: Value, condition: &str) {
        let requests = self.certificate_requests();
        let name = requests.last().expect("a request")["metadata"]["name"].as_str().unwrap();
        status["conditions"] = json!([{
            "type": condition, "status": "True", "reason": "Why", "message": "a \"sentence\"",
            "lastTransitionTime": self.clock.now().to_string(),
        }]);
        let status = json!({"status": status});
        self.server.admin().patch_status(&POD_CERTIFICATE_REQUESTS, NAMESPACE, name, &status).unwrap();
    }

    /// Issues a certificate for two hours, to be refreshed after one.
    fn sign(&self, certificate: &str) {
        let after = |hours| (self.clock.now() + SignedDuration::from_hours(hours)).to_string();
        let chain = format!("# the leaf\n{}", pem::encode("OTHER", certificate.as_bytes()));
        let status = json!({"certificateChain": chain, "beginRefreshAt": after(1), "notAfter": after(2)});
        self.decide(status, "Issued");
    }

    async fn chain(&self) -> String {
        let chain = self.file("projected", "chain.pem").await.expect("a certificate");
        String::from_utf8(pem::contents(&chain).remove(0)).unwrap()
    }

    fn events(&self) -> Vec<String> {
        self.events.lock().unwrap().clone()
    }
}

fn setting_up(volumes: &Volumes, pod: &PodVolumes) -> JoinHandle<(PodFiles, SetUp)> {
    let (volumes, pod) = (volumes.clone(), pod.clone());
    tokio::spawn(async move { set_up(&volumes, &pod).await })
}

/// The pod's volume, with the certificate \"one\".
async fn issued(cluster: &Cluster, volumes: &Volumes) -> PodFiles {
    let pod = cluster.pod(&volume(), &json!({}));
    let task = setting_up(volumes, &pod);
    soon().await;
    cluster.sign("one");
    let (files, result) = task.await.unwrap();
    assert!(result.failed.is_empty(), "{:?}", result.failed);
    files
}

#[tokio::test(start_paused = true)]
async fn a_key_and_its_certificate() {
    let cluster = Cluster::new();
    let volumes = cluster.volumes();
    issued(&cluster, &volumes).await;
    let file = async |path| cluster.file("projected", path).await.unwrap();
    let (both, key, chain) = (file("both.pem").await, file("key.pem").await, file("chain.pem").await);
    assert!(key.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert_eq!(chain, pem::encode(pem::CERTIFICATE, b"one"));
    assert_eq!(both, format!("{key}{chain}"));

    let requests = cluster.certificate_requests();
    assert_eq!(requests.len(), 1);
    let (metadata, mut spec) = (&requests[0]["metadata"], requests[0]["spec"].clone());
    let pod = cluster.server.admin().get(&apiserver::fake::PODS, NAMESPACE, "p").unwrap();
    let account =
        cluster.server.admin().get(&apiserver::fake::SERVICE_ACCOUNTS, NAMESPACE, "default").unwrap();
    assert!(metadata["name"].as_str().unwrap().starts_with("req-"));
    let owner = json!([{"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": pod["metadata"]["uid"]}]);
    assert_eq!(metadata["ownerReferences"], owner);
    let request = spec.as_object_mut().unwrap().remove("stubPKCS10Request").unwrap();
    let request = STANDARD.decode(request.as_str().unwrap()).unwrap();
    assert!(x509_cert::request::CertReq::try_from(request.as_slice()).is_ok());
    assert_eq!(
        spec,
        json!({
            "signerName": "example.com/signer", "maxExpirationSeconds": 7200,
            "podName": "p", "podUID": pod["metadata"]["uid"],
            "serviceAccountName": "default", "serviceAccountUID": account["metadata"]["uid"],
            "nodeName": "node", "nodeUID": "node-uid",
            "unverifiedUserAnnotations": {"example.com/role": "web"},
        })
    );
}

#[tokio::test(start_paused = true)]
async fn credentials_are_as_private_as_can_be() {
    let cluster = Cluster::new();
    let pod = cluster.pod(&volume(), &json!({"securityContext": {"runAsUser": 1000}}));
    let task = setting_up(&cluster.volumes(), &pod);
    soon().await;
    cluster.sign("one");
    task.await.unwrap();
    for path in ["both.pem", "key.pem", "chain.pem"] {
        let path = directory("projected").join(path);
        let state = host::files::Files::look(&*cluster.host, &path).await.unwrap().unwrap();
        assert_eq!((state.mode, state.user_id), (0o600, 1000), "{}", path.display());
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_signer_is_waited_for_with_one_request() {
    let cluster = Cluster::new();
    let volumes = cluster.volumes();
    let pod = cluster.pod(&volume(), &json!({}));
    let (mut files, result) = set_up(&volumes, &pod).await;
    let error = result.failed.first().expect("nothing yet");
    let message = "MountVolume.SetUp failed for volume \"v\" : credential bundle is not issued yet";
    assert_eq!(error.event_message(), message);
    assert!(error.waits_for_api());
    let changed = tokio::spawn(async move { files.changed().await });
    sleep(4 * HOUR).await;
    assert!(!changed.is_finished());
    cluster.sign("one");
    soon().await;
    assert!(changed.is_finished());
    assert!(set_up(&volumes, &pod).await.1.failed.is_empty());
    assert_eq!(cluster.certificate_requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn certificates_are_refreshed_and_their_end_is_told() {
    let cluster = Cluster::new();
    let volumes = cluster.volumes();
    let files = issued(&cluster, &volumes).await;
    let keeping = Keeping::of(&volumes, files);
    let certificates = volumes.api.as_ref().and_then(|api| api.pod_certificates.clone()).unwrap();
    let states = PodCertificateStates::new(certificates).unwrap();
    let state = || {
        let families = states.collect();
        let metric = &families[0].get_metric()[0];
        assert_eq!(metric.get_gauge().get_value(), 1.0);
        metric.get_label().iter().map(|label| label.value().to_owned()).collect::<Vec<_>>()
    };
    let first_key = cluster.file("projected", "key.pem").await;
    sleep(HOUR - Duration::from_secs(10)).await;
    assert_eq!(cluster.certificate_requests().len(), 1);
    sleep(LONGEST_JITTER).await;
    assert_eq!(cluster.certificate_requests().len(), 2);
    assert_eq!(cluster.chain().await, "one", "until there is another one");
    cluster.sign("two");
    soon().await;
    assert_eq!(cluster.chain().await, "two");
    assert_ne!(cluster.file("projected", "key.pem").await, first_key);
    assert_eq!(state(), ["example.com/signer", "fresh"]);

    // The signer is gone.
    sleep(HOUR + LONGEST_JITTER).await;
    assert_eq!(cluster.certificate_requests().len(), 3);
    assert_eq!(cluster.events(), [""; 0]);
    sleep(Duration::from_secs(601)).await;
    assert_eq!(cluster.events(), ["CertificateOverdueForRefresh: PodCertificate refresh overdue"]);
    assert_eq!(state(), ["example.com/signer", "overdue_for_refresh"]);
    sleep(HOUR).await;
    assert_eq!(cluster.events()[1..], ["CertificateExpired: PodCertificate expired"]);
    assert_eq!(state(), ["example.com/signer", "expired"]);
    sleep(4 * HOUR).await;
    assert_eq!((cluster.events().len(), cluster.certificate_requests().len()), (2, 3));
    cluster.sign("three");
    soon().await;
    assert_eq!(cluster.chain().await, "three");
    assert_eq!(keeping.told(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_for_good() {
    for (condition, event, word) in [("Denied", "was denied", "denied"), ("Failed", "failed", "failed")] {
        let cluster = Cluster::new();
        let volumes = cluster.volumes();
        let pod = cluster.pod(&volume(), &json!({}));
        let task = setting_up(&volumes, &pod);
        soon().await;
        cluster.decide(json!({}), condition);
        let (_files, result) = task.await.unwrap();
        let expected = format!(
            "MountVolume.SetUp failed for volume \"v\" : PodCertificateRequest was permanently {word}: \
             reason=\"Why\" message=\"a \\\"sentence\\\"\""
        );
        assert_eq!(result.failed.first().map(|error| error.event_message()), Some(expected));
        let requests = cluster.certificate_requests();
        let name = requests[0]["metadata"]["name"].as_str().unwrap();
        let told = format!(
            "{condition}: PodCertificateRequest {NAMESPACE}/{name} {event}, reason=\"Why\", \
             message=\"a \\\"sentence\\\"\""
        );
        assert_eq!(cluster.events(), [told]);
        sleep(4 * HOUR).await;
        set_up(&volumes, &pod).await;
        assert_eq!(cluster.certificate_requests().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_deleted_is_made_again() {
    let cluster = Cluster::new();
    let volumes = cluster.volumes();
    let pod = cluster.pod(&volume(), &json!({}));
    let task = setting_up(&volumes, &pod);
    soon().await;
    let requests = cluster.certificate_requests();
    let name = requests[0]["metadata"]["name"].as_str().unwrap();
    cluster.server.admin().delete(&POD_CERTIFICATE_REQUESTS, NAMESPACE, name, None).unwrap();
    let (_, result) = task.await.unwrap();
    let message = result.failed.first().map(|error| error.event_message()).unwrap_or_default();
    assert!(message.ends_with("appears to have been deleted"), "{message}");
    soon().await;
    assert_eq!(cluster.certificate_requests().len(), 1);
    cluster.sign("one");
    assert!(set_up(&volumes, &pod).await.1.failed.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_server_without_the_api_is_told_of_and_may_get_it() {
    let cluster = Cluster::new();
    let missing =
        Fault::fail(Failure::new(404, "NotFound", "the server could not find the requested resource"));
    let script = Script::new().next(Stage::Before, Verb::Create, "podcertificaterequests", 5, missing);
    cluster.server.set_faults(script);
    let volumes = cluster.volumes();
    let pod = cluster.pod(&volume(), &json!({}));
    let (_, result) = set_up(&volumes, &pod).await;
    assert_eq!(
        result.failed.first().map(|error| error.event_message()).as_deref(),
        Some(
            "MountVolume.SetUp failed for volume \"v\" : credential bundle is not issued yet: \
             while creating on API: the server could not find the requested resource"
        )
    );
    sleep(Duration::from_secs(10)).await;
    cluster.sign("one");
    assert!(set_up(&volumes, &pod).await.1.failed.is_empty());
}

/// As upstream, a kubelet that starts asks for a certificate, while the pod goes on with what it has.
#[tokio::test(start_paused = true)]
async fn a_restarted_kubelet_asks_anew() {
    let cluster = Cluster::new();
    let files = issued(&cluster, &cluster.volumes()).await;
    let pod = files.pod.clone();
    drop(files);
    let volumes = cluster.volumes();
    let _keeping = Keeping::of(&volumes, volumes.files_of(&pod));
    soon().await;
    assert_eq!((cluster.certificate_requests().len(), cluster.chain().await), (2, "one".to_owned()));
    cluster.sign("two");
    soon().await;
    assert_eq!(cluster.chain().await, "two");
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_is_gone_is_forgotten() {
    let cluster = Cluster::new();
    let volumes = cluster.volumes();
    let files = issued(&cluster, &volumes).await;
    let pod = files.pod.clone();
    let certificates = volumes.api.as_ref().and_then(|api| api.pod_certificates.clone()).unwrap();
    certificates.forget_pod(&pod.uid);
    sleep(4 * HOUR).await;
    assert_eq!(cluster.certificate_requests().len(), 1);
    drop(files);
    // Nor is one asked for that nobody is subscribed to.
    drop(volumes.files_of(&pod));
    soon().await;
    assert_eq!(cluster.certificate_requests().len(), 2);
    cluster.sign("two");
    sleep(4 * HOUR).await;
    assert_eq!(cluster.certificate_requests().len(), 2);
}
