//! What is counted.

use std::time::Duration;

use prometheus::{Encoder, Registry, TextEncoder};

use super::peer::{Events, Noticed, Place, serve};
use crate::client::{Client, ClientOptions};
use crate::service::{SandboxService, StateService};
use crate::v1::{PodSandboxConfig, PodSandboxMetadata};
use crate::{Metrics, Operation};

fn text(registry: &Registry) -> String {
    let mut text = Vec::new();
    TextEncoder::new().encode(&registry.gather(), &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn calls_errors_and_given_up_calls_are_counted() {
    let registry = Registry::new();
    let metrics = Some(Metrics::register(&registry).unwrap());
    let place = Place::new();
    let mut peer = serve(&place.socket(), Events::Silent);
    let options = ClientOptions { metrics, ..ClientOptions::default() };
    let client = Client::with_options(&place.endpoint(), options).unwrap();

    client.version().await.unwrap();
    client.version().await.unwrap();
    client.stop_pod_sandbox("other").await.unwrap_err();
    let metadata = |name: &str| PodSandboxMetadata { name: name.to_owned(), ..PodSandboxMetadata::default() };
    let pod = |name| PodSandboxConfig { metadata: Some(metadata(name)), ..PodSandboxConfig::default() };
    client.run_pod_sandbox(pod("a"), "kata").await.unwrap();
    client.run_pod_sandbox(pod("empty"), "").await.unwrap_err();
    while !matches!(peer.noticed.try_recv(), Ok(Noticed::Call { rpc: "RunPodSandbox", .. })) {}
    let given_up = tokio::time::timeout(Duration::from_millis(20), client.stop_pod_sandbox("hang")).await;
    assert!(given_up.is_err());

    let text = text(&registry);
    for line in [
        "kubelet_runtime_operations_total{operation_type=\"version\"} 2",
        "kubelet_runtime_operations_total{operation_type=\"stop_podsandbox\"} 2",
        "kubelet_runtime_operations_total{operation_type=\"run_podsandbox\"} 2",
        "kubelet_runtime_operations_errors_total{operation_type=\"stop_podsandbox\"} 2",
        "kubelet_runtime_operations_errors_total{operation_type=\"run_podsandbox\"} 1",
        "kubelet_runtime_operations_duration_seconds_count{operation_type=\"version\"} 2",
        "kubelet_run_podsandbox_duration_seconds_count{runtime_handler=\"kata\"} 1",
        "kubelet_run_podsandbox_errors_total{runtime_handler=\"\"} 1",
        "# HELP kubelet_runtime_operations_total [ALPHA] Cumulative number of runtime operations by operation type.",
        "# TYPE kubelet_runtime_operations_duration_seconds histogram",
    ] {
        assert!(text.contains(&format!("{line}\n")), "no line {line:?} in\n{text}");
    }
    assert!(!text.contains("errors_total{operation_type=\"version\"}"), "{text}");
}

/// Buckets as `metrics.go` has them: exponential from 5 ms for operations, Prometheus' own for sandboxes.
#[tokio::test]
async fn buckets_are_upstreams() {
    let registry = Registry::new();
    let metrics = Metrics::register(&registry).unwrap();
    metrics.start(Operation::RunPodSandbox, Some("")).succeed();
    let text = text(&registry);
    let buckets = |name: &str| -> Vec<f64> {
        let prefix = format!("{name}_bucket{{");
        let lines = text.lines().filter(|line| line.starts_with(&prefix));
        lines
            .map(|line| line.split("le=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap())
            .collect()
    };
    let operations = buckets("kubelet_runtime_operations_duration_seconds");
    let expected = [
        0.005,
        0.0125,
        0.03125,
        0.078125,
        0.1953125,
        0.48828125,
        1.220703125,
        3.0517578125,
        7.62939453125,
        19.073486328125,
        47.6837158203125,
        119.20928955078125,
        298.0232238769531,
        745.0580596923828,
        f64::INFINITY,
    ];
    assert_eq!(operations.len(), expected.len());
    for (bucket, expected) in operations.into_iter().zip(expected) {
        assert!(bucket == expected || (bucket - expected).abs() < expected * 1e-12, "{bucket} {expected}");
    }
    let sandboxes = buckets("kubelet_run_podsandbox_duration_seconds");
    assert_eq!(sandboxes, [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, f64::INFINITY]);
}

#[tokio::test]
async fn an_event_stream_counts_when_it_is_over() {
    let registry = Registry::new();
    let options =
        ClientOptions { metrics: Some(Metrics::register(&registry).unwrap()), ..ClientOptions::default() };
    let place = Place::new();
    let _peer = serve(&place.socket(), Events::TwoThenEnd);
    let client = Client::with_options(&place.endpoint(), options).unwrap();
    let mut stream = client.get_container_events();
    let line = "kubelet_runtime_operations_total{operation_type=\"get_container_events\"} 1\n";
    while futures::StreamExt::next(&mut stream).await.is_some() {
        assert!(!text(&registry).contains(line));
    }
    assert!(text(&registry).contains(line));
    assert!(!text(&registry).contains("errors_total{operation_type=\"get_container_events\"}"));
}
