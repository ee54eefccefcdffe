//! Volumes of files, from the pod's own facts here, from the API in the modules.

mod cluster;
mod content;
mod keeping;
mod pod_certificates;
mod trust_bundles;

use std::{path::Path, sync::Arc};

use host::{fake::FakeHost, files::Files};
use translate::NodeFacts;

use super::*;
use crate::tests::{POD_DIR, SETTINGS, SetUpAll as _, on, path_of, pod};

const VOLUME: &str = r#"{"name":"v","downwardAPI":{"defaultMode":416,"items":[
    {"path":"name","fieldRef":{"apiVersion":"v1","fieldPath":"metadata.name"}},
    {"path":"deep/cpu","mode":256,"resourceFieldRef":{"containerName":"c","resource":"limits.cpu","divisor":"1m"}}]}}"#;

fn facts() -> Arc<NodeFacts> {
    let mut facts = NodeFacts::default();
    let cpu = k8s_openapi::apimachinery::pkg::api::resource::Quantity("2".into());
    facts.allocatable.insert("cpu".into(), cpu);
    Arc::new(facts)
}

#[tokio::test]
async fn the_pods_facts_as_files() {
    let host = FakeHost::new();
    let volumes = on(&host, SETTINGS).with_node_facts(facts());
    let others = r#""securityContext":{"fsGroup":2000},"#;
    for _ in 0..2 {
        let ready = volumes.set_up_all(&pod(VOLUME, others)).await.unwrap();
        let directory = path_of(&ready, "v");
        assert_eq!(directory, Path::new(POD_DIR).join("volumes/kubernetes.io~downward-api/v"));
        assert!(ready["v"].read_only);
        for (path, content, mode) in [("name", "p", 0o640), ("deep/cpu", "2000", 0o440)] {
            let path = directory.join(path);
            assert_eq!(host.read(&path, 100).await.unwrap().unwrap(), content.as_bytes());
            let state = host.look(&path).await.unwrap().unwrap();
            assert_eq!((state.mode, state.group_id), (mode, 2000), "{}", path.display());
        }
        assert_eq!(host.look(&directory).await.unwrap().unwrap().mode, 0o3777);
        assert_eq!(host.mounts().len(), 1);
        let mark = Path::new(POD_DIR).join("plugins/kubernetes.io~empty-dir/wrapped_v/ready");
        assert!(host.look(&mark).await.unwrap().is_some());
    }
    volumes.tear_down(Path::new(POD_DIR)).await.unwrap();
    assert_eq!(host.mounts(), []);
    assert_eq!(volumes.on_disk(Path::new(POD_DIR)).await.unwrap(), [] as [std::path::PathBuf; 0]);
}

#[tokio::test]
async fn what_cannot_be_told() {
    let host = FakeHost::new();
    let volume = VOLUME.replace("limits.cpu", "limits.gold");
    let error = on(&host, SETTINGS).with_node_facts(facts()).set_up_all(&pod(&volume, "")).await.unwrap_err();
    assert_eq!(
        error.event_message(),
        "MountVolume.SetUp failed for volume \"v\" : unsupported container resource : limits.gold"
    );
    // Without the node's facts there is nothing to tell from.
    let error = on(&host, SETTINGS).set_up_all(&pod(VOLUME, "")).await.unwrap_err();
    assert!(matches!(error.cause, SetUpError::UnsupportedKind { kind: "downwardAPI" }), "{error:?}");
}
