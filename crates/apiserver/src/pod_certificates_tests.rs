use super::*;
use crate::fake::{FakeApiServer, POD_CERTIFICATE_REQUESTS};
use crate::testing::{NODE, node, server};
use k8s_openapi::ByteString;
use k8s_openapi::api::certificates::v1::PodCertificateRequestSpec;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::sleep;

const SOON: Duration = Duration::from_millis(100);

fn requests(server: &FakeApiServer) -> PodCertificateRequests {
    node(server).pod_certificate_requests(NODE)
}

async fn made(server: &FakeApiServer) -> PodCertificateRequest {
    let mut request = PodCertificateRequest::default();
    request.metadata.generate_name = Some("req-".to_owned());
    request.spec = PodCertificateRequestSpec {
        node_name: NODE.to_owned(),
        pod_name: "a".to_owned(),
        signer_name: "example.com/signer".to_owned(),
        stub_pkc_s10_request: ByteString(b"request".to_vec()),
        ..PodCertificateRequestSpec::default()
    };
    requests(server).create("default", &request).await.unwrap()
}

fn decision(server: &FakeApiServer, request: &PodCertificateRequest) -> JoinHandle<PodCertificateDecision> {
    let (requests, request) = (requests(server), request.clone());
    tokio::spawn(async move { requests.decision(&request).await })
}

fn write(server: &FakeApiServer, request: &PodCertificateRequest, status: &Value) {
    let name = request.metadata.name.as_deref().unwrap();
    let status = json!({ "status": status });
    server.admin().patch_status(&POD_CERTIFICATE_REQUESTS, "default", name, &status).unwrap();
}

fn conditions(kind: &str) -> Value {
    json!([{ "type": kind, "status": "True", "reason": "Why", "message": "a sentence",
             "lastTransitionTime": "2026-01-01T00:00:00Z" }])
}

fn issued() -> (Value, PodCertificateDecision) {
    let status = json!({
        "conditions": conditions("Issued"), "certificateChain": "CHAIN",
        "beginRefreshAt": "2026-01-01T12:00:00Z", "notAfter": "2026-01-02T00:00:00Z"
    });
    let decision = PodCertificateDecision::Issued(IssuedPodCertificate {
        certificate_chain: "CHAIN".to_owned(),
        begin_refresh_at: Some("2026-01-01T12:00:00Z".parse().unwrap()),
        not_after: Some("2026-01-02T00:00:00Z".parse().unwrap()),
    });
    (status, decision)
}

#[tokio::test(start_paused = true)]
async fn a_decision_is_waited_for() {
    let refused = |kind| {
        let refusal = PodCertificateRefusal { kind, reason: "Why".into(), message: "a sentence".into() };
        PodCertificateDecision::Refused(refusal)
    };
    for (status, expected) in [
        issued(),
        (json!({ "conditions": conditions("Denied") }), refused(RefusalKind::Denied)),
        (json!({ "conditions": conditions("Failed") }), refused(RefusalKind::Failed)),
    ] {
        let server = server();
        let request = made(&server).await;
        assert!(request.metadata.name.as_deref().unwrap().starts_with("req-"));
        let waiting = decision(&server, &request);
        sleep(Duration::from_secs(3600)).await;
        write(&server, &request, &json!({ "conditions": conditions("Considered") }));
        sleep(SOON).await;
        assert!(!waiting.is_finished());
        write(&server, &request, &status);
        sleep(SOON).await;
        assert!(waiting.is_finished());
        assert_eq!(waiting.await.unwrap(), expected);
        assert_eq!(decision(&server, &request).await.unwrap(), expected, "decided before");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_deleted_is_not_waited_for() {
    let server = server();
    let request = made(&server).await;
    let waiting = decision(&server, &request);
    sleep(SOON).await;
    let name = request.metadata.name.as_deref().unwrap();
    server.admin().delete(&POD_CERTIFICATE_REQUESTS, "default", name, None).unwrap();
    sleep(SOON).await;
    assert!(waiting.is_finished());
    assert_eq!(waiting.await.unwrap(), PodCertificateDecision::Deleted);
    assert_eq!(decision(&server, &request).await.unwrap(), PodCertificateDecision::Deleted, "gone already");
}

#[tokio::test(start_paused = true)]
async fn outages_are_waited_out() {
    let server = server();
    let request = made(&server).await;
    let waiting = decision(&server, &request);
    sleep(SOON).await;
    server.go_down();
    let (status, expected) = issued();
    write(&server, &request, &status);
    sleep(Duration::from_secs(600)).await;
    assert!(!waiting.is_finished());
    server.come_up();
    sleep(Duration::from_secs(30)).await;
    assert_eq!(waiting.await.unwrap(), expected);
}
