use config::{Action, File, Sources};

#[test]
fn a_kubeadm_like_file_loads() {
    let line = config::parse_command_line([
        "--config=/var/lib/kubelet/config.yaml",
        "--kubeconfig",
        "/etc/kubernetes/kubelet.conf",
        "--max_pods=20",
        "--feature-gates=AllAlpha=false",
        "-v2",
    ])
    .unwrap();
    assert_eq!(*line.action(), Action::Run);
    let sources = Sources {
        config: Some(File {
            path: "/var/lib/kubelet/config.yaml".into(),
            contents: b"apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nstaticPodPath: manifests\nmetadata:\n  name: x\nevictionHard:\n  memory.available: 1Gi\n".to_vec(),
        }),
        ..Sources::default()
    };
    let loaded = config::load(&line, &sources).unwrap();
    assert_eq!(loaded.settings.configuration.static_pod_path, "/var/lib/kubelet/manifests");
    assert_eq!(loaded.settings.configuration.max_pods, 20);
    assert_eq!(loaded.settings.configuration.logging.verbosity, 2);
    assert_eq!(loaded.settings.configuration.eviction_hard.len(), 1);
    for warning in &loaded.warnings {
        println!("{warning}");
    }
    println!("{:#?}", loaded.settings.configuration);
}
