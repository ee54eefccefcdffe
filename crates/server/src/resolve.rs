//! From what a user typed to a pod and a container.
//!
//! A static pod is called `<name>-<node>`; the user wrote `<name>` into the manifest and may type just that.

use k8s_openapi::api::core::v1::Pod;
use std::sync::Arc;

/// Names listed in an error, at most.
const MAX_CANDIDATES: usize = 10;

/// No single pod is meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolvePodError {
    /// None has this name.
    #[error("pod {name:?} not found{}", among(namespace.as_deref(), candidates))]
    NotFound {
        /// What was asked for.
        name: String,
        /// Where; `None` is everywhere.
        namespace: Option<String>,
        /// Pods that there are, `namespace/name`, the similar ones first.
        candidates: Vec<String>,
    },
    /// More than one has this name.
    #[error("pod {name:?} is ambiguous, name one of them in full (with -n NAMESPACE): {}", candidates.join(", "))]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// Those meant, `namespace/name`.
        candidates: Vec<String>,
    },
}

fn among(namespace: Option<&str>, candidates: &[String]) -> String {
    let place = namespace.map(|name| format!(" in namespace {name:?}")).unwrap_or_default();
    if candidates.is_empty() {
        format!("{place}; this kubelet runs no pods there")
    } else {
        format!("{place}; there are: {}", candidates.join(", "))
    }
}

/// Finds the pod called `name`: exactly, else a static pod by the name in its manifest. `namespace` `None` looks everywhere.
///
/// # Errors
/// When none or more than one is meant.
pub fn resolve_pod(
    pods: &[Arc<Pod>],
    namespace: Option<&str>,
    name: &str,
) -> Result<Arc<Pod>, ResolvePodError> {
    let here: Vec<&Arc<Pod>> =
        pods.iter().filter(|pod| namespace.is_none_or(|wanted| namespace_of(pod) == wanted)).collect();
    let exact: Vec<&Arc<Pod>> = here.iter().copied().filter(|pod| name_of(pod) == name).collect();
    let meant = if exact.is_empty() {
        here.iter().copied().filter(|pod| is_static_named(pod, name)).collect()
    } else {
        exact
    };
    let mut full_names: Vec<String> = meant.iter().map(|pod| full_name(pod)).collect();
    full_names.dedup();
    match (meant.first(), full_names.len()) {
        // Of a pod and its successor of the same name the first, which the directory lists first, is meant.
        (Some(pod), 1) => Ok(Arc::clone(pod)),
        (Some(_), _) => {
            full_names.truncate(MAX_CANDIDATES);
            Err(ResolvePodError::Ambiguous { name: name.to_owned(), candidates: full_names })
        }
        (None, _) => Err(ResolvePodError::NotFound {
            name: name.to_owned(),
            namespace: namespace.map(str::to_owned),
            candidates: similar(pods, &here, name),
        }),
    }
}

/// Pods to offer: those of the namespace whose name shares the typed one's beginning, else any of the namespace, else the same name elsewhere.
fn similar(all: &[Arc<Pod>], here: &[&Arc<Pod>], name: &str) -> Vec<String> {
    let beginning: String = name.chars().take(3).collect();
    let alike = |pod: &Arc<Pod>| name_of(pod).contains(beginning.as_str());
    let mut names: Vec<String> = here.iter().filter(|pod| alike(pod)).map(|pod| full_name(pod)).collect();
    if names.is_empty() {
        names = here.iter().map(|pod| full_name(pod)).collect();
    }
    if names.is_empty() {
        names = all.iter().filter(|pod| alike(pod)).map(full_name).collect();
    }
    names.truncate(MAX_CANDIDATES);
    names
}

fn is_static_named(pod: &Pod, name: &str) -> bool {
    let node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).unwrap_or_default();
    let from_api = pod
        .metadata
        .annotations
        .as_ref()
        .and_then(|annotations| annotations.get("kubernetes.io/config.source"))
        .is_none_or(|source| source == "api");
    !from_api
        && !node.is_empty()
        && name_of(pod)
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('-'))
            .is_some_and(|suffix| suffix.eq_ignore_ascii_case(node))
}

fn namespace_of(pod: &Pod) -> &str {
    pod.metadata.namespace.as_deref().unwrap_or_default()
}

fn name_of(pod: &Pod) -> &str {
    pod.metadata.name.as_deref().unwrap_or_default()
}

fn full_name(pod: &Arc<Pod>) -> String {
    format!("{}/{}", namespace_of(pod), name_of(pod))
}

/// No single container is meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolveContainerError {
    /// The pod has no container of this name.
    #[error("container {name:?} is not in pod {pod:?}, which has: {}", candidates.join(", "))]
    NotFound {
        /// What was asked for.
        name: String,
        /// In which pod.
        pod: String,
        /// Those that it has.
        candidates: Vec<String>,
    },
    /// None was named and the pod has several.
    #[error("pod {pod:?} has several containers, name one with -c: {}", candidates.join(", "))]
    Ambiguous {
        /// Which pod.
        pod: String,
        /// Those that it has.
        candidates: Vec<String>,
    },
}

impl ResolveContainerError {
    /// Those that the pod has.
    pub fn candidates(&self) -> &[String] {
        match self {
            Self::NotFound { candidates, .. } | Self::Ambiguous { candidates, .. } => candidates,
        }
    }
}

/// Finds the container meant by `name`. None given: the one in annotation `kubectl.kubernetes.io/default-container`, else the only
/// app container.
///
/// # Errors
/// When none or more than one is meant.
pub fn resolve_container(pod: &Pod, name: Option<&str>) -> Result<String, ResolveContainerError> {
    let spec = pod.spec.as_ref();
    let apps: Vec<String> = spec
        .map(|spec| spec.containers.iter().map(|container| container.name.clone()).collect())
        .unwrap_or_default();
    let inits = spec
        .and_then(|spec| spec.init_containers.as_deref())
        .unwrap_or_default()
        .iter()
        .map(|container| container.name.clone());
    let candidates: Vec<String> = apps.iter().cloned().chain(inits).collect();
    let default = pod
        .metadata
        .annotations
        .as_ref()
        .and_then(|annotations| annotations.get("kubectl.kubernetes.io/default-container"))
        .filter(|default| candidates.contains(default));
    match (name, default, apps.as_slice()) {
        (Some(name), _, _) if candidates.iter().any(|known| known == name) => Ok(name.to_owned()),
        (Some(name), _, _) => Err(ResolveContainerError::NotFound {
            name: name.to_owned(),
            pod: name_of(pod).to_owned(),
            candidates,
        }),
        (None, Some(default), _) => Ok(default.clone()),
        (None, None, [only]) => Ok(only.clone()),
        (None, None, _) => Err(ResolveContainerError::Ambiguous { pod: name_of(pod).to_owned(), candidates }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(source: &str, namespace: &str, name: &str) -> Arc<Pod> {
        let pod = json!({
            "metadata": {"namespace": namespace, "name": name, "annotations": {"kubernetes.io/config.source": source}},
            "spec": {"nodeName": "Node-1", "containers": [{"name": "web"}, {"name": "log"}], "initContainers": [{"name": "init"}]},
        });
        Arc::new(serde_json::from_value(pod).unwrap())
    }

    fn check(namespace: Option<&str>, name: &str, expected: Result<&str, &str>) {
        let pods = [
            pod("file", "default", "web-node-1"),
            pod("api", "default", "api-node-1"),
            pod("file", "other", "web-node-1"),
            pod("file", "other", "exact"),
            pod("file", "other", "exact-node-1"),
        ];
        let seen = resolve_pod(&pods, namespace, name);
        let seen = seen.map(|pod| full_name(&pod)).map_err(|error| error.to_string());
        assert_eq!(seen, expected.map(str::to_owned).map_err(str::to_owned));
    }

    #[test]
    fn pods() {
        check(Some("default"), "web-node-1", Ok("default/web-node-1"));
        check(Some("default"), "web", Ok("default/web-node-1"));
        check(None, "exact", Ok("other/exact"));
        let ambiguous = "pod \"web\" is ambiguous, name one of them in full (with -n NAMESPACE): \
                         default/web-node-1, other/web-node-1";
        check(None, "web", Err(ambiguous));
        let not_static = "pod \"api\" not found in namespace \"default\"; there are: default/api-node-1";
        check(Some("default"), "api", Err(not_static));
        let nothing = "pod \"zzz\" not found in namespace \"none\"; this kubelet runs no pods there";
        check(Some("none"), "zzz", Err(nothing));
    }

    #[test]
    fn containers() {
        let pod = pod("file", "default", "web-node-1");
        assert_eq!(resolve_container(&pod, Some("init")), Ok("init".to_owned()));
        let error = resolve_container(&pod, None).unwrap_err().to_string();
        assert_eq!(error, "pod \"web-node-1\" has several containers, name one with -c: web, log, init");
        let error = resolve_container(&pod, Some("x")).unwrap_err().to_string();
        assert_eq!(error, "container \"x\" is not in pod \"web-node-1\", which has: web, log, init");
        let mut defaulted = (*pod).clone();
        let annotations = defaulted.metadata.annotations.get_or_insert_default();
        annotations.insert("kubectl.kubernetes.io/default-container".to_owned(), "log".to_owned());
        assert_eq!(resolve_container(&defaulted, None), Ok("log".to_owned()));
    }
}
