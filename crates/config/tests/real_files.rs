//! What kubeadm, kind and k3s write starts the kubelet, with the effective values that upstream's kubelet has from it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use config::{File, Finding, Sources};
use serde_json::Value;

fn file(path: &str, contents: &str) -> File {
    File { path: path.to_owned(), contents: contents.as_bytes().to_vec() }
}

fn check(flags: &str, sources: &Sources, effective: &str) -> config::Loaded {
    let line = config::parse_command_line(flags.lines()).unwrap();
    let loaded = config::load(&line, sources).unwrap_or_else(|errors| panic!("{errors}"));
    let theirs: Value = serde_json::from_str(effective).unwrap();
    assert_eq!(loaded.settings.configuration.to_document(), theirs);
    assert!(loaded.warnings.iter().all(|warning| !warning.is_error()));
    loaded
}

fn messages(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.message.as_str()).collect()
}

#[test]
fn kubeadm() {
    let sources = Sources {
        config: Some(file("/var/lib/kubelet/config.yaml", include_str!("data/real/kubeadm.yaml"))),
        ..Sources::default()
    };
    let effective = include_str!("data/real/kubeadm.effective.json");
    let loaded = check(include_str!("data/real/kubeadm.flags"), &sources, effective);
    let settings = loaded.settings;
    assert_eq!(settings.flags.hostname_override, "worker-1");
    assert!(!settings.standalone());
    assert_eq!(settings.configuration.register_with_taints[0].effect, "NoSchedule");
    assert_eq!(settings.image_service_endpoint(), "unix:///var/run/containerd/containerd.sock");
    // Zeros that stand for "default" are no reason to warn.
    assert!(!messages(&loaded.warnings).iter().any(|text| text.contains("volumeStatsAggPeriod")));
}

#[test]
fn kind() {
    let sources = Sources {
        config: Some(file("/var/lib/kubelet/config.yaml", include_str!("data/real/kind.yaml"))),
        ..Sources::default()
    };
    let effective = include_str!("data/real/kind.effective.json");
    let loaded = check(include_str!("data/real/kind.flags"), &sources, effective);
    assert!(messages(&loaded.warnings).contains(&"unknown field \"metadata\""));
    assert_eq!(loaded.settings.configuration.provider_id, "kind://docker/kind/kind-control-plane");
    assert_eq!(loaded.settings.configuration.cgroup_root, "/kubelet");
}

#[test]
fn k3s() {
    let directory = "/var/lib/rancher/k3s/agent/etc/kubelet.conf.d";
    let sources = Sources {
        drop_ins: vec![file(
            &format!("{directory}/00-k3s-defaults.conf"),
            include_str!("data/real/k3s.conf"),
        )],
        cgroup_v1: true,
        ..Sources::default()
    };
    let effective = include_str!("data/real/k3s.effective.json");
    let loaded = check(include_str!("data/real/k3s.flags"), &sources, effective);
    let settings = loaded.settings;
    assert!(!settings.configuration.serialize_image_pulls);
    assert_eq!(settings.configuration.read_only_port, 0);
    assert_eq!(settings.flags.cert_dir, "/var/lib/rancher/k3s/agent/serving-kubelet");
    assert!(
        !settings.configuration.eviction_hard.contains_key("memory.available"),
        "no defaults without --config"
    );
}
