//! What a static pod may not have: anything that only an API server could give it (`HasAPIObjectReference` in
//! `pkg/api/pod`, release 1.37), and a warning about priorities.

use k8s_openapi::api::core::v1::{Pod, Volume};

use crate::containers;
use crate::error::Finding;
use crate::path::Path;
use crate::source::Node;

/// Priority of pods that are critical to their node, and the class of that priority.
const NODE_CRITICAL: (i32, &str) = (2_000_001_000, "system-node-critical");

/// Everything in the pod that refers to an API object.
pub(crate) fn find(pod: &Pod, node: &Node) -> Vec<Finding> {
    let mut finder = Finder { node, findings: Vec::new() };
    let Some(spec) = &pod.spec else { return finder.findings };
    let path = Path::root("spec");
    if has_name(spec.service_account_name.as_deref()) {
        finder.add(&path.child("serviceAccountName"), "serviceaccounts");
    }
    let secrets = path.child("imagePullSecrets");
    for (index, secret) in spec.image_pull_secrets.iter().flatten().enumerate() {
        finder.named(&secrets.index(index), Some(&secret.name), "secrets");
    }
    let lists = [
        ("initContainers", spec.init_containers.as_deref()),
        ("containers", Some(spec.containers.as_slice())),
    ];
    for (field, list) in lists {
        let path = path.child(field);
        for (index, container) in list.into_iter().flatten().enumerate() {
            finder.container(container, &path.index(index));
        }
    }
    let ephemeral = path.child("ephemeralContainers");
    for (index, container) in spec.ephemeral_containers.iter().flatten().enumerate() {
        finder.container(&containers::common(container), &ephemeral.index(index));
    }
    if spec.resource_claims.as_ref().is_some_and(|claims| !claims.is_empty()) {
        finder.add(&path.child("resourceClaims"), "resourceclaims");
    }
    let volumes = path.child("volumes");
    for (index, volume) in spec.volumes.iter().flatten().enumerate() {
        finder.volume(volume, &volumes.index(index));
    }
    finder.findings
}

struct Finder<'a> {
    node: &'a Node,
    findings: Vec<Finding>,
}

impl Finder<'_> {
    fn add(&mut self, path: &Path<'_>, what: &str) {
        self.report(path, format!("static pods may not reference {what}"));
    }

    fn report(&mut self, path: &Path<'_>, message: String) {
        let position = Some(self.node.locate(&path.steps()));
        self.findings.push(Finding { position, field: path.to_string(), message });
    }

    /// Upstream passes over references without a name.
    fn named(&mut self, path: &Path<'_>, name: Option<&str>, what: &str) {
        if has_name(name) {
            self.add(path, what);
        }
    }

    fn container(&mut self, container: &k8s_openapi::api::core::v1::Container, path: &Path<'_>) {
        let sources = path.child("envFrom");
        for (index, source) in container.env_from.iter().flatten().enumerate() {
            let path = sources.index(index);
            if let Some(secret) = &source.secret_ref {
                self.named(&path.child("secretRef"), Some(&secret.name), "secrets");
            }
            if let Some(config_map) = &source.config_map_ref {
                self.named(&path.child("configMapRef"), Some(&config_map.name), "configmaps");
            }
        }
        let variables = path.child("env");
        for (index, variable) in container.env.iter().flatten().enumerate() {
            let path = variables.index(index);
            let path = path.child("valueFrom");
            let Some(source) = &variable.value_from else { continue };
            if let Some(secret) = &source.secret_key_ref {
                self.named(&path.child("secretKeyRef"), Some(&secret.name), "secrets");
            }
            if let Some(config_map) = &source.config_map_key_ref {
                self.named(&path.child("configMapKeyRef"), Some(&config_map.name), "configmaps");
            }
        }
    }

    fn volume(&mut self, volume: &Volume, path: &Path<'_>) {
        let kinds = [
            (volume.config_map.is_some(), "configMap", "configmaps (via configmap volumes)"),
            (volume.secret.is_some(), "secret", "secrets (via secret volumes)"),
            (volume.csi.is_some(), "csi", "csidrivers (via CSI volumes)"),
            (volume.glusterfs.is_some(), "glusterfs", "endpoints (via glusterFS volumes)"),
            (volume.persistent_volume_claim.is_some(), "persistentVolumeClaim", "persistentvolumeclaims"),
            (volume.ephemeral.is_some(), "ephemeral", "persistentvolumeclaims (via ephemeral volumes)"),
            (volume.azure_file.is_some(), "azureFile", "secrets (via azureFile volumes)"),
        ];
        for (is_set, field, what) in kinds {
            if is_set {
                self.add(&path.child(field), what);
            }
        }
        self.volume_secrets(volume, path);
        let projected = path.child("projected");
        let projected = projected.child("sources");
        let sources = volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten());
        for (index, source) in sources.enumerate() {
            let path = projected.index(index);
            let kinds = [
                (source.config_map.is_some(), "configMap", "configmaps (via projected volumes)"),
                (source.secret.is_some(), "secret", "secrets (via projected volumes)"),
                (
                    source.service_account_token.is_some(),
                    "serviceAccountToken",
                    "serviceaccounts (via projected volumes)",
                ),
                (source.cluster_trust_bundle.is_some(), "clusterTrustBundle", "clustertrustbundles"),
                (source.pod_certificate.is_some(), "podCertificate", "podcertificates"),
            ];
            for (is_set, field, what) in kinds {
                if is_set {
                    self.add(&path.child(field), what);
                }
            }
            if source.downward_api.is_none() && kinds.iter().all(|(is_set, ..)| !is_set) {
                let message =
                    format!("Required value: unknown source for projected volume {:?}", volume.name);
                self.report(&path, message);
            }
        }
    }

    /// Secrets with which a volume is mounted.
    fn volume_secrets(&mut self, volume: &Volume, path: &Path<'_>) {
        if let Some(secret) = volume.csi.as_ref().and_then(|source| source.node_publish_secret_ref.as_ref()) {
            self.named(&path.child("csi").child("nodePublishSecretRef"), Some(&secret.name), "secrets");
        }
        let local = [
            ("cephfs", volume.cephfs.as_ref().and_then(|source| source.secret_ref.as_ref())),
            ("cinder", volume.cinder.as_ref().and_then(|source| source.secret_ref.as_ref())),
            ("flexVolume", volume.flex_volume.as_ref().and_then(|source| source.secret_ref.as_ref())),
            ("rbd", volume.rbd.as_ref().and_then(|source| source.secret_ref.as_ref())),
            ("scaleIO", volume.scale_io.as_ref().map(|source| &source.secret_ref)),
            ("iscsi", volume.iscsi.as_ref().and_then(|source| source.secret_ref.as_ref())),
            ("storageos", volume.storageos.as_ref().and_then(|source| source.secret_ref.as_ref())),
        ];
        for (field, secret) in local {
            let path = path.child(field);
            self.named(&path.child("secretRef"), secret.map(|secret| secret.name.as_str()), "secrets");
        }
    }
}

fn has_name(name: Option<&str>) -> bool {
    name.is_some_and(|name| !name.is_empty())
}

/// A priority that will not work as the manifest's author may think (`getStaticPodPriorityWarning` upstream).
pub(crate) fn priority_warning(pod: &Pod, node: &Node) -> Option<Finding> {
    let spec = pod.spec.as_ref()?;
    let class = spec.priority_class_name.as_deref().unwrap_or_default();
    let (field, message) = match (spec.priority, class) {
        (None, "") => return None,
        (None, _) => (
            "priorityClassName",
            "has no effect without spec.priority, and the mirror pod may be refused; set both".to_owned(),
        ),
        (Some(_), "") => {
            ("priority", "without spec.priorityClassName the mirror pod may be refused; set both".to_owned())
        }
        (Some(priority), class) if (priority, class) == NODE_CRITICAL => return None,
        (Some(_), _) => (
            "priority",
            format!(
                "other than {} ({}), so the mirror pod may be evicted from the node, without effect",
                NODE_CRITICAL.0, NODE_CRITICAL.1
            ),
        ),
    };
    let path = Path::root("spec");
    let path = path.child(field);
    Some(Finding { position: Some(node.locate(&path.steps())), field: path.to_string(), message })
}
