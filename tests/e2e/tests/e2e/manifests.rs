//! What manifests say, and what is said of bad ones.

use anyhow::ensure;
use e2e::cases;
use e2e::manifest::{STAY, pod, shell};
use e2e::node::Node;
use e2e::suite::Case;
use std::fs;
use std::sync::Arc;

pub(crate) const SHARED: &[Case] = cases![Shared:
    json_is_read_too,
    half_written_then_complete,
    bad_manifests_are_explained,
    unknown_fields_are_told,
    yaml_as_kubernetes_reads_it,
];

async fn json_is_read_too(node: Arc<Node>) -> anyhow::Result<()> {
    let manifest = serde_json::json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "json"},
        "spec": {"containers": [{"name": "main", "image": "busybox", "imagePullPolicy": "IfNotPresent",
                                  "command": ["sh", "-c", STAY]}], "terminationGracePeriodSeconds": 1},
    });
    node.write("json.json", &manifest.to_string())?;
    node.running("json").await?;
    Ok(())
}

async fn half_written_then_complete(node: Arc<Node>) -> anyhow::Result<()> {
    let from = node.kubelet.log().len();
    let manifest = shell("half", STAY);
    let path = node.kubelet.manifests().join("half.yaml");
    fs::write(&path, &manifest[..manifest.len() / 2])?;
    node.kubelet.logged(from, &["half.yaml"]).await?;
    ensure!(node.pod("half").await?.is_none(), "half a manifest is no pod");
    fs::write(&path, manifest)?;
    node.running("half").await?;
    Ok(())
}

async fn bad_manifests_are_explained(node: Arc<Node>) -> anyhow::Result<()> {
    node.write("neighbour.yaml", &shell("neighbour", STAY))?;
    let neighbour = node.running("neighbour").await?;
    for (file, manifest, words) in [
        (
            "bad-indent.yaml",
            "apiVersion: v1\nkind: Pod\n metadata:\n  name: x\n".to_owned(),
            vec!["bad-indent.yaml:3:"],
        ),
        (
            "bad-field.yaml",
            pod("bad-field", "  containers:\n  - name: UPPER\n    image: busybox"),
            vec!["bad-field.yaml:8:", "spec.containers[0].name", "UPPER"],
        ),
        (
            "bad-type.yaml",
            pod("bad-type", "  hostNetwork: perhaps\n  containers:\n  - name: main\n    image: busybox"),
            vec!["hostNetwork"],
        ),
        (
            "bad-kind.yaml",
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: x\n".to_owned(),
            vec!["Service"],
        ),
        ("bad-empty.yaml", pod("bad-empty", "  containers: []"), vec!["spec.containers"]),
        (
            "bad-secret.yaml",
            pod(
                "bad-secret",
                "  containers:\n  - name: main\n    image: busybox\n  volumes:\n  - name: v\n    secret:\n      secretName: s",
            ),
            vec!["secret"],
        ),
    ] {
        let from = node.kubelet.log().len();
        let path = node.write(file, &manifest)?;
        let mut expected = vec![file];
        expected.extend(words);
        node.kubelet.logged(from, &expected).await?;
        fs::remove_file(path)?;
    }
    let after = node.running("neighbour").await?;
    assert_eq!(
        e2e::node::first(&after).container_id,
        e2e::node::first(&neighbour).container_id,
        "the neighbour was disturbed"
    );
    Ok(())
}

async fn unknown_fields_are_told(node: Arc<Node>) -> anyhow::Result<()> {
    let from = node.kubelet.log().len();
    let manifest = shell("unknown-field", STAY).replace("spec:\n", "spec:\n  hostnetwork: true\n");
    node.write("unknown-field.yaml", &manifest)?;
    node.running("unknown-field").await?;
    node.kubelet
        .logged(from, &["unknown-field.yaml:6:3: spec.hostnetwork", "did you mean hostNetwork?"])
        .await?;
    Ok(())
}

async fn yaml_as_kubernetes_reads_it(node: Arc<Node>) -> anyhow::Result<()> {
    let manifest = pod(
        "yaml",
        "  hostPID: yes\n  enableServiceLinks: off\n  containers:\n  - name: main\n    image: busybox\n    \
         imagePullPolicy: IfNotPresent\n    command: [sh, -c, 'sleep 1000']\n    env:\n    - {name: \"N\", value: \"0644\"}\n    \
         volumeMounts:\n    - {name: info, mountPath: /info}\n  volumes:\n  - name: info\n    downwardAPI:\n      \
         defaultMode: 0400\n      items:\n      - {path: name, fieldRef: {fieldPath: metadata.name}}",
    );
    node.write("yaml.yaml", &manifest)?;
    let pod = node.pod_until("yaml", "is reported", |_| true).await?;
    let spec = pod.spec.unwrap();
    assert_eq!(spec.host_pid, Some(true));
    assert_eq!(spec.enable_service_links, Some(false));
    let volume = spec.volumes.unwrap().remove(0);
    assert_eq!(volume.downward_api.unwrap().default_mode, Some(0o400));
    node.remove("yaml.yaml")?;
    node.gone("yaml").await
}
