//! How lists are merged, by kind and place: upstream's `patchStrategy` and `patchMergeKey` tags
//! (`k8s.io/api/core/v1/types.go`, `apimachinery/pkg/apis/meta/v1/types.go`).

/// What becomes of a list that a patch names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum ListMerge {
    /// Objects with the same value of this field are merged; others are added.
    ByKey(&'static str),
    /// Scalars that are not there yet are added.
    Union,
    /// The patch's list takes its place.
    Replace,
}

/// The rules for what is below one place of an object.
#[derive(Debug, Clone)]
pub(in super::super) struct MergeKeys {
    kind: &'static str,
    place: String,
}

const METADATA: &[(&str, ListMerge)] =
    &[("metadata.ownerReferences", ListMerge::ByKey("uid")), ("metadata.finalizers", ListMerge::Union)];

const POD: &[(&str, ListMerge)] = &[
    ("spec.volumes", ListMerge::ByKey("name")),
    ("spec.containers", ListMerge::ByKey("name")),
    ("spec.initContainers", ListMerge::ByKey("name")),
    ("spec.ephemeralContainers", ListMerge::ByKey("name")),
    ("spec.imagePullSecrets", ListMerge::ByKey("name")),
    ("spec.hostAliases", ListMerge::ByKey("ip")),
    ("spec.topologySpreadConstraints", ListMerge::ByKey("topologyKey")),
    ("spec.schedulingGates", ListMerge::ByKey("name")),
    ("spec.resourceClaims", ListMerge::ByKey("name")),
    ("status.conditions", ListMerge::ByKey("type")),
    ("status.hostIPs", ListMerge::ByKey("ip")),
    ("status.podIPs", ListMerge::ByKey("ip")),
    ("status.resourceClaimStatuses", ListMerge::ByKey("name")),
];

/// Below each container of a pod's specification.
const CONTAINER: &[(&str, ListMerge)] = &[
    ("ports", ListMerge::ByKey("containerPort")),
    ("env", ListMerge::ByKey("name")),
    ("volumeMounts", ListMerge::ByKey("mountPath")),
    ("volumeDevices", ListMerge::ByKey("devicePath")),
];

const NODE: &[(&str, ListMerge)] = &[
    ("spec.podCIDRs", ListMerge::Union),
    ("status.conditions", ListMerge::ByKey("type")),
    ("status.addresses", ListMerge::ByKey("type")),
];

const SERVICE: &[(&str, ListMerge)] =
    &[("spec.ports", ListMerge::ByKey("port")), ("status.conditions", ListMerge::ByKey("type"))];

const SERVICE_ACCOUNT: &[(&str, ListMerge)] = &[("secrets", ListMerge::ByKey("name"))];

impl MergeKeys {
    /// The rules of a kind, at its root.
    pub(in super::super) fn of(kind: &'static str) -> Self {
        MergeKeys { kind, place: String::new() }
    }

    /// The rules below a field.
    pub(super) fn below(&self, field: &str) -> Self {
        MergeKeys { kind: self.kind, place: self.path(field) }
    }

    /// What becomes of the list in a field.
    pub(super) fn list(&self, field: &str) -> ListMerge {
        let path = self.path(field);
        let own: &[(&str, ListMerge)] = match self.kind {
            "Pod" => POD,
            "Node" => NODE,
            "Service" => SERVICE,
            "ServiceAccount" => SERVICE_ACCOUNT,
            _ => &[],
        };
        let below_container = path
            .strip_prefix("spec.containers.")
            .or_else(|| path.strip_prefix("spec.initContainers."))
            .filter(|_| self.kind == "Pod");
        let find = |rules: &[(&str, ListMerge)], path: &str| {
            rules.iter().find(|(place, _)| *place == path).map(|(_, merge)| *merge)
        };
        find(METADATA, &path)
            .or_else(|| find(own, &path))
            .or_else(|| find(CONTAINER, below_container?))
            .unwrap_or(ListMerge::Replace)
    }

    fn path(&self, field: &str) -> String {
        if self.place.is_empty() { field.to_owned() } else { format!("{}.{field}", self.place) }
    }
}
