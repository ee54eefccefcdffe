//! The fields of a pod by type, as the API's Go types of release 1.37 declare them: name in JSON, type of value.
//! Written by a program from `k8s.io/api/core/v1` 0.37.1 by reflection; embedded types are flattened into their owner.

use super::{Field, Kind, Object};

static AFFINITY: Object = Object {
    name: "Affinity",
    fields: &[
        Field { name: "nodeAffinity", kind: Kind::Object(&NODE_AFFINITY) },
        Field { name: "podAffinity", kind: Kind::Object(&POD_AFFINITY) },
        Field { name: "podAntiAffinity", kind: Kind::Object(&POD_ANTI_AFFINITY) },
    ],
};

static APP_ARMOR_PROFILE: Object = Object {
    name: "AppArmorProfile",
    fields: &[
        Field { name: "type", kind: Kind::String },
        Field { name: "localhostProfile", kind: Kind::String },
    ],
};

static AWS_ELASTIC_BLOCK_STORE_VOLUME_SOURCE: Object = Object {
    name: "AWSElasticBlockStoreVolumeSource",
    fields: &[
        Field { name: "volumeID", kind: Kind::String },
        Field { name: "fsType", kind: Kind::String },
        Field { name: "partition", kind: Kind::Int32 },
        Field { name: "readOnly", kind: Kind::Bool },
    ],
};

static AZURE_DISK_VOLUME_SOURCE: Object = Object {
    name: "AzureDiskVolumeSource",
    fields: &[
        Field { name: "diskName", kind: Kind::String },
        Field { name: "diskURI", kind: Kind::String },
        Field { name: "cachingMode", kind: Kind::String },
        Field { name: "fsType", kind: Kind::String },
        Field { name: "readOnly", kind: Kind::Bool },
        Field { name: "kind", kind: Kind::String },
    ],
};

static AZURE_FILE_VOLUME_SOURCE: Object = Object {
    name: "AzureFileVolumeSource",
    fields: &[
        Field { name: "secretName", kind: Kind::String },
        Field { name: "shareName", kind: Kind::String },
        Field { name: "readOnly", kind: Kind::Bool },
    ],
};

static CAPABILITIES: Object = Object {
    name: "Capabilities",
    fields: &[
        Field { name: "add", kind: Kind::List(&Kind::String) },
        Field { name: "drop", kind: Kind::List(&Kind::String) },
    ],
};

static CEPH_FS_VOLUME_SOURCE: Object = Object {
    name: "CephFSVolumeSource",
    fields: &[
        Field { name: "monitors", kind: Kind::List(&Kind::String) },
        Field { name: "path", kind: Kind::String },
        Field { name: "user", kind: Kind::String },
        Field { name: "secretFile", kind: Kind::String },
        Field { name: "secretRef", kind: Kind::Object(&LOCAL_OBJECT_REFERENCE) },
        Field { name: "readOnly", kind: Kind::Bool },
    ],
};

static CINDER_VOLUME_SOURCE: Object = Object {
    name: "CinderVolumeSource",
    fields: &[
        Field { name: "volumeID", kind: Kind::String },
        Field { name: "fsType", kind: Kind::String },
        Field { name: "readOnly", kind: Kind::Bool },
        Field { name: "secretRef", kind: Kind::Object(&LOCAL_OBJECT_REFERENCE) },
    ],
};

static CLUSTER_TRUST_BUNDLE_PROJECTION: Object = Object {
    name: "ClusterTrustBundleProjection",
    fields: &[
        Field { name: "name", kind: Kind::String },
        Field { name: "signerName", kind: Kind::String },
        Field { name: "labelSelector", kind: Kind::Object(&LABEL_SELECTOR) },
        Field { name: "optional", kind: Kind::Bool },
        Field { name: "path", kind: Kind::String },
        Field { name: "user", kind: Kind::Int64 },
    ],
};

static CONFIG_MAP_ENV_SOURCE: Object = Object {
    name: "ConfigMapEnvSource",
    fields: &[Field { name: "name", kind: Kind::String }, Field { name: "optional", kind: Kind::Bool }],
};

static CONFIG_MAP_KEY_SELECTOR: Object = Object {
    name: "ConfigMapKeySelector",
    fields: &[
        Field { name: "name", kind: Kind::String },
        Field { name: "key", kind: Kind::String },
        Field { name: "optional", kind: Kind::Bool },
    ],
};

static CONFIG_MAP_PROJECTION: Object = Object {
    name: "ConfigMapProjection",
    fields: &[
        Field { name: "name", kind: Kind::String },
        Field { name: "items", kind: Kind::List(&Kind::Object(&KEY_TO_PATH)) },
        Field { name: "optional", kind: Kind::Bool },
    ],
};

static CONFIG_MAP_VOLUME_SOURCE: Object = Object {
    name: "ConfigMapVolumeSource",
    fields: &[
        Field { name: "name", kind: Kind::String },
        Field { name: "items", kind: Kind::List(&Kind::Object(&KEY_TO_PATH)) },
        Field { name: "defaultMode", kind: Kind::Int32 },
        Field { name: "optional", kind: Kind::Bool },
        Field { name: "defaultUser", kind: Kind::Int64 },
    ],
};

static CONTAINER: Object = Object {
    name: "Container",
    fields: &[
        Field { name: "name", kind: Kind::String },
        Field { name: "image", kind: Kind::String },
        Field { name: "command", kind: Kind::List(&Kind::String) },
        Field { name: "args", kind: Kind::List(&Kind::String) },
        Field { name: "workingDir", kind: Kind::String },
        Field { name: "ports", kind: Kind::List(&Kind::Object(&CONTAINER_PORT)) },
        Field { name: "envFrom", kind: Kind::List(&Kind::Object(&ENV_FROM_SOURCE)) },
        Field { name: "env", kind: Kind::List(&Kind::Object(&ENV_VAR)) },
        Field { name: "resources", kind: Kind::Object(&RESOURCE_REQUIREMENTS) },
        Field { name: "resizePolicy", kind: Kind::List(&Kind::Object(&CONTAINER_RESIZE_POLICY)) },
        Field { name: "restartPolicy", kind: Kind::String },
        Field { name: "restartPolicyRules", kind: Kind::List(&Kind::Object(&CONTAINER_RESTART_RULE)) },
        Field { name: "volumeMounts", kind: Kind::List(&Kind::Object(&VOLUME_MOUNT)) },
        Field { name: "volumeDevices", kind: Kind::List(&Kind::Object(&VOLUME_DEVICE)) },
        Field { name: "livenessProbe", kind: Kind::Object(&PROBE) },
        Field { name: "readinessProbe", kind: Kind::Object(&PROBE) },
        Field { name: "startupProbe", kind: Kind::Object(&PROBE) },
        Field { name: "lifecycle", kind: Kind::Object(&LIFECYCLE) },
        Field { name: "terminationMessagePath", kind: Kind::String },
        Field { name: "terminationMessagePolicy", kind: Kind::String },
        Field { name: "imagePullPolicy", kind: Kind::String },
        Field { name: "securityContext", kind: Kind::Object(&SECURITY_CONTEXT) },
        Field { name: "stdin", kind: Kind::Bool },
        Field { name: "stdinOnce", kind: Kind::Bool },
        Field { name: "tty", kind: Kind::Bool },
    ],
};

static CONTAINER_EXTENDED_RESOURCE_REQUEST: Object = Object {
    name: "ContainerExtendedResourceRequest",
    fields: &[
        Field { name: "containerName", kind: Kind::String },
        Field { name: "resourceName", kind: Kind::String },
        Field { name: "requestName", kind: Kind::String },
    ],
};

static CONTAINER_PORT: Object = Object {
    name: "ContainerPort",
    fields: &[
        Field { name: "name", kind: Kind::String },
        Field { name: "hostPort", kind: Kind::Int32 },
        Field { name: "containerPort", kind: Kind::Int32 },
        Field { name: "protocol", kind: Kind::String },
        Field { name: "hostIP", kind: Kind::String },
    ],
};

static CONTAINER_RESIZE_POLICY: Object = Object {
    name: "ContainerResizePolicy",
    fields: &[
        Field { name: "resourceName", kind: Kind::String },
        Field { name: "restartPolicy", kind: Kind::String },
    ],
};

static CONTAINER_RESTART_RULE: Object = Object {
    name: "ContainerRestartRule",
    fields: &[
        Field { name: "action", kind: Kind::String },
        Field { name: "exitCodes", kind: Kind::Object(&CONTAINER_RESTART_RULE_ON_EXIT_CODES) },
    ],
};

static CONTAINER_RESTART_RULE_ON_EXIT_CODES: Object = Object {
    name: "ContainerRestartRuleOnExitCodes",
    fields: &[
        Field { name: "operator", kind: Kind::String },
        Field { name: "values", kind: Kind::List(&Kind::Int32) },
    ],
};

static CONTAINER_STATE: Object = Object {
    name: "ContainerState",
    fields: &[
        Field { name: "waiting", kind: Kind::Object(&CONTAINER_STATE_WAITING) },
        Field { name: "running", kind: Kind::Object(&CONTAINER_STATE_RUNNING) },
        Field { name: "terminated", kind: Kind::Object(&CONTAINER_STATE_TERMINATED) },
    ],
};

static CONTAINER_STATE_RUNNING: Object =
    Object { name: "ContainerStateRunning", fields: &[Field { name: "startedAt", kind: Kind::Time }] };

static CONTAINER_STATE_TERMINATED: Object = Object {
    name: "ContainerStateTerminated",
    fields: &[
        Field { name: "exitCode", kind: Kind::Int32 },
        Field { name: "signal", kind: Kind::Int32 },
        Field { name: "reason", kind: Kind::String },
        Field { name: "message", kind: Kind::String },
        Field { name: "startedAt", kind: Kind::Time },
        Field { name: "finishedAt", kind: Kind::Time },
        Field { name: "containerID", kind: Kind::String },
    ],
};

static CONTAINER_STATE_WAITING: Object = Object {
    name: "ContainerStateWaiting",
    fields: &[Field { name: "reason", kind: Kind::String }, Field { name: "message", kind: Kind::String }],
};

static CONTAINER_STATUS: Object = Object {
    name: "ContainerStatus",
    fields: &[
        Field { name: "name", kind: Kind::String },
        Field { name: "state", kind: Kind::Object(&CONTAINER_STATE) },
        Field { name: "lastState", kind: Kind::Object(&CONTAINER_STATE) },
        Field { name: "ready", kind: Kind::Bool },
        Field { name: "restartCount", kind: Kind::Int32 },
        Field { name: "image", kind: Kind::String },
        Field { name: "imageID", kind: Kind::String },
        Field { name: "containerID", kind: Kind::String },
        Field { name: "started", kind: Kind::Bool },
        Field { name: "allocatedResources", kind: Kind::Map(&Kind::Quantity) },
        Field { name: "resources", kind: Kind::Object(&RESOURCE_REQUIREMENTS) },
        Field { name: "volumeMounts", kind: Kind::List(&Kind::Object(&VOLUME_MOUNT_STATUS)) },
        Field { name: "user", kind: Kind::Object(&CONTAINER_USER) },
        Field { name: "allocatedResourcesStatus", kind: Kind::List(&Kind::Object(&RESOURCE_STATUS)) },
        Field { name: "stopSignal", kind: Kind::String },
    ],
};

static CONTAINER_USER: Object = Object {
    name: "ContainerUser",
    fields: &[Field { name: "linux", kind: Kind::Object(&LINUX_CONTAINER_USER) }],
};

static CSI_VOLUME_SOURCE: Object = Object {
    name: "CSIVolumeSource",
    fields: &[
        Field { name: "driver", kind: Kind::String },
        Field { name: "readOnly", kind: Kind::Bool },
        Field { name: "fsType", kind: Kind::String },
        Field { name: "volumeAttributes", kind: Kind::Map(&Kind::String) },
        Field { name: "nodePublishSecretRef", kind: Kind::Object(&LOCAL_OBJECT_REFERENCE) },
    ],
};

static DOWNWARD_API_PROJECTION: Object = Object {
    name: "DownwardAPIProjection",
    fields: &[Field { name: "items", kind: Kind::List(&Kind::Object(&DOWNWARD_API_VOLUME_FILE)) }],
};

static DOWNWARD_API_VOLUME_FILE: Object = Object {
    name: "DownwardAPIVolumeFile",
    fields: &[
        Field { name: "path", kind: Kind::String },
        Field { name: "fieldRef", kind: Kind::Object(&OBJECT_FIELD_SELECTOR) },
        Field { name: "resourceFieldRef", kind: Kind::Object(&RESOURCE_FIELD_SELECTOR) },
        Field { name: "mode", kind: Kind::Int32 },
        Field { name: "user", kind: Kind::Int64 },
    ],
};

static DOWNWARD_API_VOLUME_SOURCE: Object = Object {
    name: "DownwardAPIVolumeSource",
    fields: &[
        Field { name: "items", kind: Kind::List(&Kind::Object(&DOWNWARD_API_VOLUME_FILE)) },
        Field { name: "defaultMode", kind: Kind::Int32 },
        Field { name: "defaultUser", kind: Kind::Int64 },
    ],
};

static EMPTY_DIR_VOLUME_SOURCE: Object = Object {
    name: "EmptyDirVolumeSource",
    fields: &[
        Field { name: "medium", kind: Kind::String },
        Field { name: "sizeLimit", kind: Kind::Quantity },
        Field { name: "mode", kind: Kind::Int32 },
    ],
};

static ENV_FROM_SOURCE: Object = Object {
    name: "EnvFromSource",
    fields: &[
        Field { name: "prefix", kind: Kind::String },
        Field { name: "configMapRef", kind: Kind::Object(&CONFIG_MAP_ENV_SOURCE) },
        Field { name: "secretRef", kind: Kind::Object(&SECRET_ENV_SOURCE) },
    ],
};

static ENV_VAR: Object = Object {
    name: "EnvVar",
    fields: &[
        Field { name: "name", kind: Kind::String },
        Field { name: "value", kind: Kind::String },
        Field { name: "valueFrom", kind: Kind::Object(&ENV_VAR_SOURCE) },
    ],
};

static ENV_VAR_SOURCE: Object = Object {
    name: "EnvVarSource",
    fields: &[
        Field { name: "fieldRef", kind: Kind::Object(&OBJECT_FIELD_SELECTOR) },
        Field { name: "resourceFieldRef", kind: Kind::Object(&RESOURCE_FIELD_SELECTOR) },
        Field { name: "configMapKeyRef", kind: Kind::Object(&CONFIG_MAP_KEY_SELECTOR) },
        Field { name: "secretKeyRef", kind: Kind::Object(&SECRET_KEY_SELECTOR) },
        Field { name: "fileKeyRef", kind: Kind::Object(&FILE_KEY_SELECTOR) },
    ],
};

static EPHEMERAL_CONTAINER: Object = Object {
    name: "EphemeralContainer",
    fields: &[
        Field { name: "name", kind: Kind::String },
        Field { name: "image", kind: Kind::String },
        Field { name: "command", kind: Kind::List(&Kind::String) },
        Field { name: "args", kind: Kind::List(&Kind::String) },
        Field { name: "workingDir", kind: Kind::String },
        Field { name: "ports", kind: Kind::List(&Kind::Object(&CONTAINER_PORT)) },
        Field { name: "envFrom", kind: Kind::List(&Kind::Object(&ENV_FROM_SOURCE)) },
        Field { name: "env", kind: Kind::List(&Kind::Object(&ENV_VAR)) },
        Field { name: "resources", kind: Kind::Object(&RESOURCE_REQUIREMENTS) },
        Field { name: "resizePolicy", kind: Kind::List(&Kind::Object(&CONTAINER_RESIZE_POLICY)) },
        Field { name: "restartPolicy", kind: Kind::String },
        Field { name: "restartPolicyRules", kind: Kind::List(&Kind::Object(&CONTAINER_RESTART_RULE)) },
        Field { name: "volumeMounts", kind: Kind::List(&Kind::Object(&VOLUME_MOUNT)) },
        Field { name: "volumeDevices", kind: Kind::List(&Kind::Object(&VOLUME_DEVICE)) },
        Field { name: "livenessProbe", kind: Kind::Object(&PROBE) },
        Field { name: "readinessProbe", kind: Kind::Object(&PROBE) },
        Field { name: "startupProbe", kind: Kind::Object(&PROBE) },
        Field { name: "lifecycle", kind: Kind::Object(&LIFECYCLE) },
        Field { name: "terminationMessagePath", kind: Kind::String },
        Field { name: "terminationMessagePolicy", kind: Kind::String },
        Field { name: "imagePullPolicy", kind: Kind::String },
        Field { name: "securityContext", kind: Kind::Object(&SECURITY_CONTEXT) },
        Field { name: "stdin", kind: Kind::Bool },
        Field { name: "stdinOnce", kind: Kind::Bool },
        Field { name: "tty", kind: Kind::Bool },
        Field { name: "targetContainerName", kind: Kind::String },
    ],
};

static EPHEMERAL_VOLUME_SOURCE: Object = Object {
    name: "EphemeralVolumeSource",
    fields: &[Field { name: "volumeClaimTemplate", kind: Kind::Object(&PERSISTENT_VOLUME_CLAIM_TEMPLATE) }],
};

static EVICTION_RESPONDER: Object = Object {
    name: "EvictionResponder",
    fields: &[Field { name: "name", kind: Kind::String }, Field { name: "priority", kind: Kind::Int32 }],
};

static EXEC_ACTION: Object =
    Object { name: "ExecAction", fields: &[Field { name: "command", kind: Kind::List(&Kind::String) }] };

static FC_VOLUME_SOURCE: Object = Object {
    name: "FCVolumeSource",
    fields: &[
        Field { name: "targetWWNs", kind: Kind::List(&Kind::String) },
        Field { name: "lun", kind: Kind::Int32 },
        Field { name: "fsType", kind: Kind::String },
        Field { name: "readOnly", kind: Kind::Bool },
        Field { name: "wwids", kind: Kind::List(&Kind::String) },
    ],
};

static FILE_KEY_SELECTOR: Object = Object {
    name: "FileKeySelector",
    fields: &[
        Field { name: "volumeName", kind: Kind::String },
        Field { name: "path", kind: Kind::String },
        Field { name: "key", kind: Kind::String },
        Field { name: "optional", kind: Kind::Bool },
    ],
};

static FLEX_VOLUME_SOURCE: Object = Object {
    name: "FlexVolumeSource",
    fields: &[
        Field { name: "driver", kind: Kind::String },
        Field { name: "fsType", kind: Kind::String },
        Field { name: "secretRef", kind: Kind::Object(&LOCAL_OBJECT_REFERENCE) },
        Field { name: "readOnly", kind: Kind::Bool },
        Field { name: "options", kind: Kind::Map(&Kind::String) },
    ],
};

static FLOCKER_VOLUME_SOURCE: Object = Object {
    name: "FlockerVolumeSource",
    fields: &[
        Field { name: "datasetName", kind: Kind::String },
        Field { name: "datasetUUID", kind: Kind::String },
    ],
};

static GCE_PERSISTENT_DISK_VOLUME_SOURCE: Object = Object {
    name: "GCEPersistentDiskVolumeSource",
    fields: &[
        Field { name: "pdName", kind: Kind::String },
        Field { name: "fsType", kind: Kind::String },
        Field { name: "partition", kind: Kind::Int32 },
        Field { name: "readOnly", kind: Kind::Bool },
    ],
};

static GIT_REPO_VOLUME_SOURCE: Object = Object {
    name: "GitRepoVolumeSource",
    fields: &[
        Field { name: "repository", kind: Kind::String },
        Field { name: "revision", kind: Kind::String },
        Field { name: "directory", kind: Kind::String },
    ],
};

static GLUSTERFS_VOLUME_SOURCE: Object = Object {
    name: "GlusterfsVolumeSource",
    fields: &[
        Field { name: "endpoints", kind: Kind::String },
        Field { name: "path", kind: Kind::String },
        Field { name: "readOnly", kind: Kind::Bool },
    ],
};

static GRPC_ACTION: Object = Object {
    name: "GRPCAction",
    fields: &[
        Field { name: "port", kind: Kind::Int32 },
        Field { name: "service", kind: Kind::String },
        Field { name: "mode", kind: Kind::String },
    ],
};

static HOST_ALIAS: Object = Object {
    name: "HostAlias",
    fields: &[
        Field { name: "ip", kind: Kind::String },
        Field { name: "hostnames", kind: Kind::List(&Kind::String) },
    ],
};

static HOST_IP: Object = Object { name: "HostIP", fields: &[Field { name: "ip", kind: Kind::String }] };

static HOST_PATH_VOLUME_SOURCE: Object = Object {
    name: "HostPathVolumeSource",
    fields: &[Field { name: "path", kind: Kind::String }, Field { name: "type", kind: Kind::String }],
};

static HTTP_GET_ACTION: Object = Object {
    name: "HTTPGetAction",
    fields: &[
        Field { name: "path", kind: Kind::String },
        Field { name: "port", kind: Kind::IntOrString },
        Field { name: "host", kind: Kind::String },
        Field { name: "scheme", kind: Kind::String },
        Field { name: "httpHeaders", kind: Kind::List(&Kind::Object(&HTTP_HEADER)) },
        Field { name: "protocol", kind: Kind::String },
    ],
};

static HTTP_HEADER: Object = Object {
    name: "HTTPHeader",
    fields: &[Field { name: "name", kind: Kind::String }, Field { name: "value", kind: Kind::String }],
};

static IMAGE_VOLUME_SOURCE: Object = Object {
    name: "ImageVolumeSource",
    fields: &[
        Field { name: "reference", kind: Kind::String },
        Field { name: "pullPolicy", kind: Kind::String },
    ],
};

static IMAGE_VOLUME_STATUS: Object =
    Object { name: "ImageVolumeStatus", fields: &[Field { name: "imageRef", kind: Kind::String }] };

static ISCSI_VOLUME_SOURCE: Object = Object {
    name: "ISCSIVolumeSource",
    fields: &[
        Field { name: "targetPortal", kind: Kind::String },
        Field { name: "iqn", kind: Kind::String },
        Field { name: "lun", kind: Kind::Int32 },
        Field { name: "iscsiInterface", kind: Kind::String },
        Field { name: "fsType", kind: Kind::String },
        Field { name: "readOnly", kind: Kind::Bool },
        Field { name: "portals", kind: Kind::List(&Kind::String) },
        Field { name: "chapAuthDiscovery", kind: Kind::Bool },
        Field { name: "chapAuthSession", kind: Kind::Bool },
        Field { name: "secretRef", kind: Kind::Object(&LOCAL_OBJECT_REFERENCE) },
        Field { name: "initiatorName", kind: Kind::String },
    ],
};

static KEY_TO_PATH: Object = Object {
    name: "KeyToPath",
    fields: &[
        Field { name: "key", kind: Kind::String },
        Field { name: "path", kind: Kind::String },
        Field { name: "mode", kind: Kind::Int32 },
        Field { name: "user", kind: Kind::Int64 },
    ],
};

static LABEL_SELECTOR: Object = Object {
    name: "LabelSelector",
    fields: &[
        Field { name: "matchLabels", kind: Kind::Map(&Kind::String) },
        Field { name: "matchExpressions", kind: Kind::List(&Kind::Object(&LABEL_SELECTOR_REQUIREMENT)) },
    ],
};

static LABEL_SELECTOR_REQUIREMENT: Object = Object {
    name: "LabelSelectorRequirement",
    fields: &[
        Field { name: "key", kind: Kind::String },
        Field { name: "operator", kind: Kind::String },
        Field { name: "values", kind: Kind::List(&Kind::String) },
    ],
};

static LIFECYCLE: Object = Object {
    name: "Lifecycle",
    fields: &[
        Field { name: "postStart", kind: Kind::Object(&LIFECYCLE_HANDLER) },
        Field { name: "preStop", kind: Kind::Object(&LIFECYCLE_HANDLER) },
        Field { name: "stopSignal", kind: Kind::String },
    ],
};

static LIFECYCLE_HANDLER: Object = Object {
    name: "LifecycleHandler",
    fields: &[
        Field { name: "exec", kind: Kind::Object(&EXEC_ACTION) },
        Field { name: "httpGet", kind: Kind::Object(&HTTP_GET_ACTION) },
        Field { name: "tcpSocket", kind: Kind::Object(&TCP_SOCKET_ACTION) },
        Field { name: "sleep", kind: Kind::Object(&SLEEP_ACTION) },
    ],
};

static LINUX_CONTAINER_USER: Object = Object {
    name: "LinuxContainerUser",
    fields: &[
        Field { name: "uid", kind: Kind::Int64 },
        Field { name: "gid", kind: Kind::Int64 },
        Field { name: "supplementalGroups", kind: Kind::List(&Kind::Int64) },
    ],
};

static LIST_META: Object = Object {
    name: "ListMeta",
    fields: &[
        Field { name: "selfLink", kind: Kind::String },
        Field { name: "resourceVersion", kind: Kind::String },
        Field { name: "continue", kind: Kind::String },
        Field { name: "remainingItemCount", kind: Kind::Int64 },
        Field { name: "shardInfo", kind: Kind::Object(&SHARD_INFO) },
    ],
};

static LOCAL_OBJECT_REFERENCE: Object =
    Object { name: "LocalObjectReference", fields: &[Field { name: "name", kind: Kind::String }] };

static MANAGED_FIELDS_ENTRY: Object = Object {
    name: "ManagedFieldsEntry",
    fields: &[
        Field { name: "manager", kind: Kind::String },
        Field { name: "operation", kind: Kind::String },
        Field { name: "apiVersion", kind: Kind::String },
        Field { name: "time", kind: Kind::Time },
        Field { name: "fieldsType", kind: Kind::String },
        Field { name: "fieldsV1", kind: Kind::Any },
        Field { name: "subresource", kind: Kind::String },
    ],
};

static NFS_VOLUME_SOURCE: Object = Object {
    name: "NFSVolumeSource",
    fields: &[
        Field { name: "server", kind: Kind::String },
        Field { name: "path", kind: Kind::String },
        Field { name: "readOnly", kind: Kind::Bool },
    ],
};

static NODE_AFFINITY: Object = Object {
    name: "NodeAffinity",
    fields: &[
        Field { name: "requiredDuringSchedulingIgnoredDuringExecution", kind: Kind::Object(&NODE_SELECTOR) },
        Field {
            name: "preferredDuringSchedulingIgnoredDuringExecution",
            kind: Kind::List(&Kind::Object(&PREFERRED_SCHEDULING_TERM)),
        },
    ],
};

static NODE_ALLOCATABLE_MAPPED_RESOURCES: Object = Object {
    name: "NodeAllocatableMappedResources",
    fields: &[Field { name: "name", kind: Kind::String }, Field { name: "quantity", kind: Kind::Quantity }],
};

static NODE_ALLOCATABLE_OVERHEAD_RESOURCES: Object = Object {
    name: "NodeAllocatableOverheadResources",
    fields: &[
        Field { name: "name", kind: Kind::String },
        Field { name: "perPod", kind: Kind::Quantity },
        Field { name: "perContainer", kind: Kind::Quantity },
    ],
};

static NODE_ALLOCATABLE_RESOURCE_CLAIM_STATUS: Object = Object {
    name: "NodeAllocatableResourceClaimStatus",
    fields: &[
        Field { name: "resourceClaimName", kind: Kind::String },
        Field { name: "containers", kind: Kind::List(&Kind::String) },
        Field { name: "mapping", kind: Kind::List(&Kind::Object(&NODE_ALLOCATABLE_MAPPED_RESOURCES)) },
        Field { name: "overhead", kind: Kind::List(&Kind::Object(&NODE_ALLOCATABLE_OVERHEAD_RESOURCES)) },
    ],
};

static NODE_SELECTOR: Object = Object {
    name: "NodeSelector",
    fields: &[Field { name: "nodeSelectorTerms", kind: Kind::List(&Kind::Object(&NODE_SELECTOR_TERM)) }],
};

static NODE_SELECTOR_REQUIREMENT: Object = Object {
    name: "NodeSelectorRequirement",
    fields: &[
        Field { name: "key", kind: Kind::String },
        Field { name: "operator", kind: Kind::String },
        Field { name: "values", kind: Kind::List(&Kind::String) },
    ],
};

static NODE_SELECTOR_TERM: Object = Object {
    name: "NodeSelectorTerm",
    fields: &[
        Field { name: "matchExpressions", kind: Kind::List(&Kind::Object(&NODE_SELECTOR_REQUIREMENT)) },
        Field { name: "matchFields", kind: Kind::List(&Kind::Object(&NODE_SELECTOR_REQUIREMENT)) },
    ],
};

static OBJECT_FIELD_SELECTOR: Object = Object {
    name: "ObjectFieldSelector",
    fields: &[
        Field { name: "apiVersion", kind: Kind::String },
        Field { name: "fieldPath", kind: Kind::String },
    ],
};

static OBJECT_META: Object = Object {
    name: "ObjectMeta",
    fields: &[
        Field { name: "name", kind: Kind::String },
        Field { name: "generateName", kind: Kind::String },
        Field { name: "namespace", kind: Kind::String },
        Field { name: "selfLink", kind: Kind::String },
        Field { name: "uid", kind: Kind::String },
        Field { name: "resourceVersion", kind: Kind::String },
        Field { name: "generation", kind: Kind::Int64 },
        Field { name: "creationTimestamp", kind: Kind::Time },
        Field { name: "deletionTimestamp", kind: Kind::Time },
        Field { name: "deletionGracePeriodSeconds", kind: Kind::Int64 },
        Field { name: "labels", kind: Kind::Map(&Kind::String) },
        Field { name: "annotations", kind: Kind::Map(&Kind::String) },
        Field { name: "ownerReferences", kind: Kind::List(&Kind::Object(&OWNER_REFERENCE)) },
        Field { name: "finalizers", kind: Kind::List(&Kind::String) },
        Field { name: "managedFields", kind: Kind::List(&Kind::Object(&MANAGED_FIELDS_ENTRY)) },
    ],
};

static OWNER_REFERENCE: Object = Object {
    name: "OwnerReference",
    fields: &[
        Field { name: "apiVersion", kind: Kind::String },
        Field { name: "kind", kind: Kind::String },
        Field { name: "name", kind: Kind::String },
        Field { name: "uid", kind: Kind::String },
        Field { name: "controller", kind: Kind::Bool },
        Field { name: "blockOwnerDeletion", kind: Kind::Bool },
    ],
};

static PERSISTENT_VOLUME_CLAIM_SPEC: Object = Object {
    name: "PersistentVolumeClaimSpec",
    fields: &[
        Field { name: "accessModes", kind: Kind::List(&Kind::String) },
        Field { name: "selector", kind: Kind::Object(&LABEL_SELECTOR) },
        Field { name: "resources", kind: Kind::Object(&VOLUME_RESOURCE_REQUIREMENTS) },
        Field { name: "volumeName", kind: Kind::String },
        Field { name: "storageClassName", kind: Kind::String },
        Field { name: "volumeMode", kind: Kind::String },
        Field { name: "dataSource", kind: Kind::Object(&TYPED_LOCAL_OBJECT_REFERENCE) },
        Field { name: "dataSourceRef", kind: Kind::Object(&TYPED_OBJECT_REFERENCE) },
        Field { name: "volumeAttributesClassName", kind: Kind::String },
    ],
};

static PERSISTENT_VOLUME_CLAIM_TEMPLATE: Object = Object {
    name: "PersistentVolumeClaimTemplate",
    fields: &[
        Field { name: "metadata", kind: Kind::Object(&OBJECT_META) },
        Field { name: "spec", kind: Kind::Object(&PERSISTENT_VOLUME_CLAIM_SPEC) },
    ],
};

static PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE: Object = Object {
    name: "PersistentVolumeClaimVolumeSource",
    fields: &[Field { name: "claimName", kind: Kind::String }, Field { name: "readOnly", kind: Kind::Bool }],
};

static PHOTON_PERSISTENT_DISK_VOLUME_SOURCE: Object = Object {
    name: "PhotonPersistentDiskVolumeSource",
    fields: &[Field { name: "pdID", kind: Kind::String }, Field { name: "fsType", kind: Kind::String }],
};

pub(super) static POD: Object = Object {
    name: "Pod",
    fields: &[
        Field { name: "kind", kind: Kind::String },
        Field { name: "apiVersion", kind: Kind::String },
        Field { name: "metadata", kind: Kind::Object(&OBJECT_META) },
        Field { name: "spec", kind: Kind::Object(&POD_SPEC) },
        Field { name: "status", kind: Kind::Object(&POD_STATUS) },
    ],
};

static POD_AFFINITY: Object = Object {
    name: "PodAffinity",
    fields: &[
        Field {
            name: "requiredDuringSchedulingIgnoredDuringExecution",
            kind: Kind::List(&Kind::Object(&POD_AFFINITY_TERM)),
        },
        Field {
            name: "preferredDuringSchedulingIgnoredDuringExecution",
            kind: Kind::List(&Kind::Object(&WEIGHTED_POD_AFFINITY_TERM)),
        },
    ],
};

static POD_AFFINITY_TERM: Object = Object {
    name: "PodAffinityTerm",
    fields: &[
        Field { name: "labelSelector", kind: Kind::Object(&LABEL_SELECTOR) },
        Field { name: "namespaces", kind: Kind::List(&Kind::String) },
        Field { name: "topologyKey", kind: Kind::String },
        Field { name: "namespaceSelector", kind: Kind::Object(&LABEL_SELECTOR) },
        Field { name: "matchLabelKeys", kind: Kind::List(&Kind::String) },
        Field { name: "mismatchLabelKeys", kind: Kind::List(&Kind::String) },
    ],
};

static POD_ANTI_AFFINITY: Object = Object {
    name: "PodAntiAffinity",
    fields: &[
        Field {
            name: "requiredDuringSchedulingIgnoredDuringExecution",
            kind: Kind::List(&Kind::Object(&POD_AFFINITY_TERM)),
        },
        Field {
            name: "preferredDuringSchedulingIgnoredDuringExecution",
            kind: Kind::List(&Kind::Object(&WEIGHTED_POD_AFFINITY_TERM)),
        },
    ],
};

static POD_CERTIFICATE_PROJECTION: Object = Object {
    name: "PodCertificateProjection",
    fields: &[
        Field { name: "signerName", kind: Kind::String },
        Field { name: "keyType", kind: Kind::String },
        Field { name: "maxExpirationSeconds", kind: Kind::Int32 },
        Field { name: "credentialBundlePath", kind: Kind::String },
        Field { name: "keyPath", kind: Kind::String },
        Field { name: "certificateChainPath", kind: Kind::String },
        Field { name: "userAnnotations", kind: Kind::Map(&Kind::String) },
        Field { name: "user", kind: Kind::Int64 },
    ],
};

static POD_CONDITION: Object = Object {
    name: "PodCondition",
    fields: &[
        Field { name: "type", kind: Kind::String },
        Field { name: "observedGeneration", kind: Kind::Int64 },
        Field { name: "status", kind: Kind::String },
        Field { name: "lastProbeTime", kind: Kind::Time },
        Field { name: "lastTransitionTime", kind: Kind::Time },
        Field { name: "reason", kind: Kind::String },
        Field { name: "message", kind: Kind::String },
    ],
};

static POD_DNS_CONFIG: Object = Object {
    name: "PodDNSConfig",
    fields: &[
        Field { name: "nameservers", kind: Kind::List(&Kind::String) },
        Field { name: "searches", kind: Kind::List(&Kind::String) },
        Field { name: "options", kind: Kind::List(&Kind::Object(&POD_DNS_CONFIG_OPTION)) },
    ],
};

static POD_DNS_CONFIG_OPTION: Object = Object {
    name: "PodDNSConfigOption",
    fields: &[Field { name: "name", kind: Kind::String }, Field { name: "value", kind: Kind::String }],
};

static POD_EXTENDED_RESOURCE_CLAIM_STATUS: Object = Object {
    name: "PodExtendedResourceClaimStatus",
    fields: &[
        Field {
            name: "requestMappings",
            kind: Kind::List(&Kind::Object(&CONTAINER_EXTENDED_RESOURCE_REQUEST)),
        },
        Field { name: "resourceClaimName", kind: Kind::String },
    ],
};

static POD_IP: Object = Object { name: "PodIP", fields: &[Field { name: "ip", kind: Kind::String }] };

pub(super) static POD_LIST: Object = Object {
    name: "PodList",
    fields: &[
        Field { name: "kind", kind: Kind::String },
        Field { name: "apiVersion", kind: Kind::String },
        Field { name: "metadata", kind: Kind::Object(&LIST_META) },
        Field { name: "items", kind: Kind::List(&Kind::Object(&POD)) },
    ],
};

static POD_OS: Object = Object { name: "PodOS", fields: &[Field { name: "name", kind: Kind::String }] };

static POD_READINESS_GATE: Object =
    Object { name: "PodReadinessGate", fields: &[Field { name: "conditionType", kind: Kind::String }] };

static POD_RESOURCE_CLAIM: Object = Object {
    name: "PodResourceClaim",
    fields: &[
        Field { name: "name", kind: Kind::String },
        Field { name: "resourceClaimName", kind: Kind::String },
        Field { name: "resourceClaimTemplateName", kind: Kind::String },
    ],
};

static POD_RESOURCE_CLAIM_STATUS: Object = Object {
    name: "PodResourceClaimStatus",
    fields: &[
        Field { name: "name", kind: Kind::String },
        Field { name: "resourceClaimName", kind: Kind::String },
    ],
};

static POD_SCHEDULING_GATE: Object =
    Object { name: "PodSchedulingGate", fields: &[Field { name: "name", kind: Kind::String }] };

static POD_SCHEDULING_GROUP: Object =
    Object { name: "PodSchedulingGroup", fields: &[Field { name: "podGroupName", kind: Kind::String }] };

static POD_SECURITY_CONTEXT: Object = Object {
    name: "PodSecurityContext",
    fields: &[
        Field { name: "seLinuxOptions", kind: Kind::Object(&SE_LINUX_OPTIONS) },
        Field { name: "windowsOptions", kind: Kind::Object(&WINDOWS_SECURITY_CONTEXT_OPTIONS) },
        Field { name: "runAsUser", kind: Kind::Int64 },
        Field { name: "runAsGroup", kind: Kind::Int64 },
        Field { name: "runAsNonRoot", kind: Kind::Bool },
        Field { name: "supplementalGroups", kind: Kind::List(&Kind::Int64) },
        Field { name: "supplementalGroupsPolicy", kind: Kind::String },
        Field { name: "fsGroup", kind: Kind::Int64 },
        Field { name: "sysctls", kind: Kind::List(&Kind::Object(&SYSCTL)) },
        Field { name: "fsGroupChangePolicy", kind: Kind::String },
        Field { name: "seccompProfile", kind: Kind::Object(&SECCOMP_PROFILE) },
        Field { name: "appArmorProfile", kind: Kind::Object(&APP_ARMOR_PROFILE) },
        Field { name: "seLinuxChangePolicy", kind: Kind::String },
    ],
};

static POD_SPEC: Object = Object {
    name: "PodSpec",
    fields: &[
        Field { name: "volumes", kind: Kind::List(&Kind::Object(&VOLUME)) },
        Field { name: "initContainers", kind: Kind::List(&Kind::Object(&CONTAINER)) },
        Field { name: "containers", kind: Kind::List(&Kind::Object(&CONTAINER)) },
        Field { name: "ephemeralContainers", kind: Kind::List(&Kind::Object(&EPHEMERAL_CONTAINER)) },
        Field { name: "restartPolicy", kind: Kind::String },
        Field { name: "terminationGracePeriodSeconds", kind: Kind::Int64 },
        Field { name: "activeDeadlineSeconds", kind: Kind::Int64 },
        Field { name: "dnsPolicy", kind: Kind::String },
        Field { name: "nodeSelector", kind: Kind::Map(&Kind::String) },
        Field { name: "serviceAccountName", kind: Kind::String },
        Field { name: "serviceAccount", kind: Kind::String },
        Field { name: "automountServiceAccountToken", kind: Kind::Bool },
        Field { name: "nodeName", kind: Kind::String },
        Field { name: "hostNetwork", kind: Kind::Bool },
        Field { name: "hostPID", kind: Kind::Bool },
        Field { name: "hostIPC", kind: Kind::Bool },
        Field { name: "shareProcessNamespace", kind: Kind::Bool },
        Field { name: "securityContext", kind: Kind::Object(&POD_SECURITY_CONTEXT) },
        Field { name: "imagePullSecrets", kind: Kind::List(&Kind::Object(&LOCAL_OBJECT_REFERENCE)) },
        Field { name: "hostname", kind: Kind::String },
        Field { name: "subdomain", kind: Kind::String },
        Field { name: "affinity", kind: Kind::Object(&AFFINITY) },
        Field { name: "schedulerName", kind: Kind::String },
        Field { name: "tolerations", kind: Kind::List(&Kind::Object(&TOLERATION)) },
        Field { name: "hostAliases", kind: Kind::List(&Kind::Object(&HOST_ALIAS)) },
        Field { name: "priorityClassName", kind: Kind::String },
        Field { name: "priority", kind: Kind::Int32 },
        Field { name: "dnsConfig", kind: Kind::Object(&POD_DNS_CONFIG) },
        Field { name: "readinessGates", kind: Kind::List(&Kind::Object(&POD_READINESS_GATE)) },
        Field { name: "runtimeClassName", kind: Kind::String },
        Field { name: "enableServiceLinks", kind: Kind::Bool },
        Field { name: "preemptionPolicy", kind: Kind::String },
        Field { name: "overhead", kind: Kind::Map(&Kind::Quantity) },
        Field {
            name: "topologySpreadConstraints",
            kind: Kind::List(&Kind::Object(&TOPOLOGY_SPREAD_CONSTRAINT)),
        },
        Field { name: "setHostnameAsFQDN", kind: Kind::Bool },
        Field { name: "os", kind: Kind::Object(&POD_OS) },
        Field { name: "hostUsers", kind: Kind::Bool },
        Field { name: "schedulingGates", kind: Kind::List(&Kind::Object(&POD_SCHEDULING_GATE)) },
        Field { name: "resourceClaims", kind: Kind::List(&Kind::Object(&POD_RESOURCE_CLAIM)) },
        Field { name: "resources", kind: Kind::Object(&RESOURCE_REQUIREMENTS) },
        Field { name: "hostnameOverride", kind: Kind::String },
        Field { name: "schedulingGroup", kind: Kind::Object(&POD_SCHEDULING_GROUP) },
        Field { name: "evictionResponders", kind: Kind::List(&Kind::Object(&EVICTION_RESPONDER)) },
    ],
};

static POD_STATUS: Object = Object {
    name: "PodStatus",
    fields: &[
        Field { name: "observedGeneration", kind: Kind::Int64 },
        Field { name: "phase", kind: Kind::String },
        Field { name: "conditions", kind: Kind::List(&Kind::Object(&POD_CONDITION)) },
        Field { name: "message", kind: Kind::String },
        Field { name: "reason", kind: Kind::String },
        Field { name: "nominatedNodeName", kind: Kind::String },
        Field { name: "hostIP", kind: Kind::String },
        Field { name: "hostIPs", kind: Kind::List(&Kind::Object(&HOST_IP)) },
        Field { name: "podIP", kind: Kind::String },
        Field { name: "podIPs", kind: Kind::List(&Kind::Object(&POD_IP)) },
        Field { name: "startTime", kind: Kind::Time },
        Field { name: "initContainerStatuses", kind: Kind::List(&Kind::Object(&CONTAINER_STATUS)) },
        Field { name: "containerStatuses", kind: Kind::List(&Kind::Object(&CONTAINER_STATUS)) },
        Field { name: "qosClass", kind: Kind::String },
        Field { name: "ephemeralContainerStatuses", kind: Kind::List(&Kind::Object(&CONTAINER_STATUS)) },
        Field { name: "resize", kind: Kind::String },
        Field { name: "resourceClaimStatuses", kind: Kind::List(&Kind::Object(&POD_RESOURCE_CLAIM_STATUS)) },
        Field {
            name: "extendedResourceClaimStatus",
            kind: Kind::Object(&POD_EXTENDED_RESOURCE_CLAIM_STATUS),
        },
        Field { name: "allocatedResources", kind: Kind::Map(&Kind::Quantity) },
        Field { name: "resources", kind: Kind::Object(&RESOURCE_REQUIREMENTS) },
        Field {
            name: "nodeAllocatableResourceClaimStatuses",
            kind: Kind::List(&Kind::Object(&NODE_ALLOCATABLE_RESOURCE_CLAIM_STATUS)),
        },
        Field { name: "volumeHealth", kind: Kind::List(&Kind::Object(&POD_VOLUME_HEALTH)) },
    ],
};

static POD_VOLUME_HEALTH: Object = Object {
    name: "PodVolumeHealth",
    fields: &[
        Field { name: "name", kind: Kind::String },
        Field { name: "healthConditions", kind: Kind::List(&Kind::Object(&VOLUME_HEALTH_CONDITION)) },
        Field { name: "lastTransitionTime", kind: Kind::Time },
    ],
};

static PORTWORX_VOLUME_SOURCE: Object = Object {
    name: "PortworxVolumeSource",
    fields: &[
        Field { name: "volumeID", kind: Kind::String },
        Field { name: "fsType", kind: Kind::String },
        Field { name: "readOnly", kind: Kind::Bool },
    ],
};

static PREFERRED_SCHEDULING_TERM: Object = Object {
    name: "PreferredSchedulingTerm",
    fields: &[
        Field { name: "weight", kind: Kind::Int32 },
        Field { name: "preference", kind: Kind::Object(&NODE_SELECTOR_TERM) },
    ],
};

static PROBE: Object = Object {
    name: "Probe",
    fields: &[
        Field { name: "exec", kind: Kind::Object(&EXEC_ACTION) },
        Field { name: "httpGet", kind: Kind::Object(&HTTP_GET_ACTION) },
        Field { name: "tcpSocket", kind: Kind::Object(&TCP_SOCKET_ACTION) },
        Field { name: "grpc", kind: Kind::Object(&GRPC_ACTION) },
        Field { name: "initialDelaySeconds", kind: Kind::Int32 },
        Field { name: "timeoutSeconds", kind: Kind::Int32 },
        Field { name: "periodSeconds", kind: Kind::Int32 },
        Field { name: "successThreshold", kind: Kind::Int32 },
        Field { name: "failureThreshold", kind: Kind::Int32 },
        Field { name: "terminationGracePeriodSeconds", kind: Kind::Int64 },
    ],
};

static PROJECTED_VOLUME_SOURCE: Object = Object {
    name: "ProjectedVolumeSource",
    fields: &[
        Field { name: "sources", kind: Kind::List(&Kind::Object(&VOLUME_PROJECTION)) },
        Field { name: "defaultMode", kind: Kind::Int32 },
        Field { name: "defaultUser", kind: Kind::Int64 },
    ],
};

static QUOBYTE_VOLUME_SOURCE: Object = Object {
    name: "QuobyteVolumeSource",
    fields: &[
        Field { name: "registry", kind: Kind::String },
        Field { name: "volume", kind: Kind::String },
        Field { name: "readOnly", kind: Kind::Bool },
        Field { name: "user", kind: Kind::String },
        Field { name: "group", kind: Kind::String },
        Field { name: "tenant", kind: Kind::String },
    ],
};

static RBD_VOLUME_SOURCE: Object = Object {
    name: "RBDVolumeSource",
    fields: &[
        Field { name: "monitors", kind: Kind::List(&Kind::String) },
        Field { name: "image", kind: Kind::String },
        Field { name: "fsType", kind: Kind::String },
        Field { name: "pool", kind: Kind::String },
        Field { name: "user", kind: Kind::String },
        Field { name: "keyring", kind: Kind::String },
        Field { name: "secretRef", kind: Kind::Object(&LOCAL_OBJECT_REFERENCE) },
        Field { name: "readOnly", kind: Kind::Bool },
    ],
};

static RESOURCE_CLAIM: Object = Object {
    name: "ResourceClaim",
    fields: &[Field { name: "name", kind: Kind::String }, Field { name: "request", kind: Kind::String }],
};

static RESOURCE_FIELD_SELECTOR: Object = Object {
    name: "ResourceFieldSelector",
    fields: &[
        Field { name: "containerName", kind: Kind::String },
        Field { name: "resource", kind: Kind::String },
        Field { name: "divisor", kind: Kind::Quantity },
    ],
};

static RESOURCE_HEALTH: Object = Object {
    name: "ResourceHealth",
    fields: &[
        Field { name: "resourceID", kind: Kind::String },
        Field { name: "health", kind: Kind::String },
        Field { name: "message", kind: Kind::String },
    ],
};

static RESOURCE_REQUIREMENTS: Object = Object {
    name: "ResourceRequirements",
    fields: &[
        Field { name: "limits", kind: Kind::Map(&Kind::Quantity) },
        Field { name: "requests", kind: Kind::Map(&Kind::Quantity) },
        Field { name: "claims", kind: Kind::List(&Kind::Object(&RESOURCE_CLAIM)) },
    ],
};

static RESOURCE_STATUS: Object = Object {
    name: "ResourceStatus",
    fields: &[
        Field { name: "name", kind: Kind::String },
        Field { name: "resources", kind: Kind::List(&Kind::Object(&RESOURCE_HEALTH)) },
    ],
};

static SCALE_IO_VOLUME_SOURCE: Object = Object {
    name: "ScaleIOVolumeSource",
    fields: &[
        Field { name: "gateway", kind: Kind::String },
        Field { name: "system", kind: Kind::String },
        Field { name: "secretRef", kind: Kind::Object(&LOCAL_OBJECT_REFERENCE) },
        Field { name: "sslEnabled", kind: Kind::Bool },
        Field { name: "protectionDomain", kind: Kind::String },
        Field { name: "storagePool", kind: Kind::String },
        Field { name: "storageMode", kind: Kind::String },
        Field { name: "volumeName", kind: Kind::String },
        Field { name: "fsType", kind: Kind::String },
        Field { name: "readOnly", kind: Kind::Bool },
    ],
};

static SECCOMP_PROFILE: Object = Object {
    name: "SeccompProfile",
    fields: &[
        Field { name: "type", kind: Kind::String },
        Field { name: "localhostProfile", kind: Kind::String },
    ],
};

static SECRET_ENV_SOURCE: Object = Object {
    name: "SecretEnvSource",
    fields: &[Field { name: "name", kind: Kind::String }, Field { name: "optional", kind: Kind::Bool }],
};

static SECRET_KEY_SELECTOR: Object = Object {
    name: "SecretKeySelector",
    fields: &[
        Field { name: "name", kind: Kind::String },
        Field { name: "key", kind: Kind::String },
        Field { name: "optional", kind: Kind::Bool },
    ],
};

static SECRET_PROJECTION: Object = Object {
    name: "SecretProjection",
    fields: &[
        Field { name: "name", kind: Kind::String },
        Field { name: "items", kind: Kind::List(&Kind::Object(&KEY_TO_PATH)) },
        Field { name: "optional", kind: Kind::Bool },
    ],
};

static SECRET_VOLUME_SOURCE: Object = Object {
    name: "SecretVolumeSource",
    fields: &[
        Field { name: "secretName", kind: Kind::String },
        Field { name: "items", kind: Kind::List(&Kind::Object(&KEY_TO_PATH)) },
        Field { name: "defaultMode", kind: Kind::Int32 },
        Field { name: "optional", kind: Kind::Bool },
        Field { name: "defaultUser", kind: Kind::Int64 },
    ],
};

static SECURITY_CONTEXT: Object = Object {
    name: "SecurityContext",
    fields: &[
        Field { name: "capabilities", kind: Kind::Object(&CAPABILITIES) },
        Field { name: "privileged", kind: Kind::Bool },
        Field { name: "seLinuxOptions", kind: Kind::Object(&SE_LINUX_OPTIONS) },
        Field { name: "windowsOptions", kind: Kind::Object(&WINDOWS_SECURITY_CONTEXT_OPTIONS) },
        Field { name: "runAsUser", kind: Kind::Int64 },
        Field { name: "runAsGroup", kind: Kind::Int64 },
        Field { name: "runAsNonRoot", kind: Kind::Bool },
        Field { name: "readOnlyRootFilesystem", kind: Kind::Bool },
        Field { name: "allowPrivilegeEscalation", kind: Kind::Bool },
        Field { name: "procMount", kind: Kind::String },
        Field { name: "seccompProfile", kind: Kind::Object(&SECCOMP_PROFILE) },
        Field { name: "appArmorProfile", kind: Kind::Object(&APP_ARMOR_PROFILE) },
    ],
};

static SERVICE_ACCOUNT_TOKEN_PROJECTION: Object = Object {
    name: "ServiceAccountTokenProjection",
    fields: &[
        Field { name: "audience", kind: Kind::String },
        Field { name: "expirationSeconds", kind: Kind::Int64 },
        Field { name: "path", kind: Kind::String },
        Field { name: "user", kind: Kind::Int64 },
    ],
};

static SE_LINUX_OPTIONS: Object = Object {
    name: "SELinuxOptions",
    fields: &[
        Field { name: "user", kind: Kind::String },
        Field { name: "role", kind: Kind::String },
        Field { name: "type", kind: Kind::String },
        Field { name: "level", kind: Kind::String },
    ],
};

static SHARD_INFO: Object =
    Object { name: "ShardInfo", fields: &[Field { name: "selector", kind: Kind::String }] };

static SLEEP_ACTION: Object =
    Object { name: "SleepAction", fields: &[Field { name: "seconds", kind: Kind::Int64 }] };

static STORAGE_OS_VOLUME_SOURCE: Object = Object {
    name: "StorageOSVolumeSource",
    fields: &[
        Field { name: "volumeName", kind: Kind::String },
        Field { name: "volumeNamespace", kind: Kind::String },
        Field { name: "fsType", kind: Kind::String },
        Field { name: "readOnly", kind: Kind::Bool },
        Field { name: "secretRef", kind: Kind::Object(&LOCAL_OBJECT_REFERENCE) },
    ],
};

static SYSCTL: Object = Object {
    name: "Sysctl",
    fields: &[Field { name: "name", kind: Kind::String }, Field { name: "value", kind: Kind::String }],
};

static TCP_SOCKET_ACTION: Object = Object {
    name: "TCPSocketAction",
    fields: &[Field { name: "port", kind: Kind::IntOrString }, Field { name: "host", kind: Kind::String }],
};

static TOLERATION: Object = Object {
    name: "Toleration",
    fields: &[
        Field { name: "key", kind: Kind::String },
        Field { name: "operator", kind: Kind::String },
        Field { name: "value", kind: Kind::String },
        Field { name: "effect", kind: Kind::String },
        Field { name: "tolerationSeconds", kind: Kind::Int64 },
    ],
};

static TOPOLOGY_SPREAD_CONSTRAINT: Object = Object {
    name: "TopologySpreadConstraint",
    fields: &[
        Field { name: "maxSkew", kind: Kind::Int32 },
        Field { name: "topologyKey", kind: Kind::String },
        Field { name: "whenUnsatisfiable", kind: Kind::String },
        Field { name: "labelSelector", kind: Kind::Object(&LABEL_SELECTOR) },
        Field { name: "minDomains", kind: Kind::Int32 },
        Field { name: "nodeAffinityPolicy", kind: Kind::String },
        Field { name: "nodeTaintsPolicy", kind: Kind::String },
        Field { name: "matchLabelKeys", kind: Kind::List(&Kind::String) },
    ],
};

static TYPED_LOCAL_OBJECT_REFERENCE: Object = Object {
    name: "TypedLocalObjectReference",
    fields: &[
        Field { name: "apiGroup", kind: Kind::String },
        Field { name: "kind", kind: Kind::String },
        Field { name: "name", kind: Kind::String },
    ],
};

static TYPED_OBJECT_REFERENCE: Object = Object {
    name: "TypedObjectReference",
    fields: &[
        Field { name: "apiGroup", kind: Kind::String },
        Field { name: "kind", kind: Kind::String },
        Field { name: "name", kind: Kind::String },
        Field { name: "namespace", kind: Kind::String },
    ],
};

static VOLUME: Object = Object {
    name: "Volume",
    fields: &[
        Field { name: "name", kind: Kind::String },
        Field { name: "hostPath", kind: Kind::Object(&HOST_PATH_VOLUME_SOURCE) },
        Field { name: "emptyDir", kind: Kind::Object(&EMPTY_DIR_VOLUME_SOURCE) },
        Field { name: "gcePersistentDisk", kind: Kind::Object(&GCE_PERSISTENT_DISK_VOLUME_SOURCE) },
        Field { name: "awsElasticBlockStore", kind: Kind::Object(&AWS_ELASTIC_BLOCK_STORE_VOLUME_SOURCE) },
        Field { name: "gitRepo", kind: Kind::Object(&GIT_REPO_VOLUME_SOURCE) },
        Field { name: "secret", kind: Kind::Object(&SECRET_VOLUME_SOURCE) },
        Field { name: "nfs", kind: Kind::Object(&NFS_VOLUME_SOURCE) },
        Field { name: "iscsi", kind: Kind::Object(&ISCSI_VOLUME_SOURCE) },
        Field { name: "glusterfs", kind: Kind::Object(&GLUSTERFS_VOLUME_SOURCE) },
        Field { name: "persistentVolumeClaim", kind: Kind::Object(&PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE) },
        Field { name: "rbd", kind: Kind::Object(&RBD_VOLUME_SOURCE) },
        Field { name: "flexVolume", kind: Kind::Object(&FLEX_VOLUME_SOURCE) },
        Field { name: "cinder", kind: Kind::Object(&CINDER_VOLUME_SOURCE) },
        Field { name: "cephfs", kind: Kind::Object(&CEPH_FS_VOLUME_SOURCE) },
        Field { name: "flocker", kind: Kind::Object(&FLOCKER_VOLUME_SOURCE) },
        Field { name: "downwardAPI", kind: Kind::Object(&DOWNWARD_API_VOLUME_SOURCE) },
        Field { name: "fc", kind: Kind::Object(&FC_VOLUME_SOURCE) },
        Field { name: "azureFile", kind: Kind::Object(&AZURE_FILE_VOLUME_SOURCE) },
        Field { name: "configMap", kind: Kind::Object(&CONFIG_MAP_VOLUME_SOURCE) },
        Field { name: "vsphereVolume", kind: Kind::Object(&VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE) },
        Field { name: "quobyte", kind: Kind::Object(&QUOBYTE_VOLUME_SOURCE) },
        Field { name: "azureDisk", kind: Kind::Object(&AZURE_DISK_VOLUME_SOURCE) },
        Field { name: "photonPersistentDisk", kind: Kind::Object(&PHOTON_PERSISTENT_DISK_VOLUME_SOURCE) },
        Field { name: "projected", kind: Kind::Object(&PROJECTED_VOLUME_SOURCE) },
        Field { name: "portworxVolume", kind: Kind::Object(&PORTWORX_VOLUME_SOURCE) },
        Field { name: "scaleIO", kind: Kind::Object(&SCALE_IO_VOLUME_SOURCE) },
        Field { name: "storageos", kind: Kind::Object(&STORAGE_OS_VOLUME_SOURCE) },
        Field { name: "csi", kind: Kind::Object(&CSI_VOLUME_SOURCE) },
        Field { name: "ephemeral", kind: Kind::Object(&EPHEMERAL_VOLUME_SOURCE) },
        Field { name: "image", kind: Kind::Object(&IMAGE_VOLUME_SOURCE) },
    ],
};

static VOLUME_DEVICE: Object = Object {
    name: "VolumeDevice",
    fields: &[Field { name: "name", kind: Kind::String }, Field { name: "devicePath", kind: Kind::String }],
};

static VOLUME_HEALTH_CONDITION: Object = Object {
    name: "VolumeHealthCondition",
    fields: &[
        Field { name: "status", kind: Kind::String },
        Field { name: "reason", kind: Kind::String },
        Field { name: "message", kind: Kind::String },
    ],
};

static VOLUME_MOUNT: Object = Object {
    name: "VolumeMount",
    fields: &[
        Field { name: "name", kind: Kind::String },
        Field { name: "readOnly", kind: Kind::Bool },
        Field { name: "recursiveReadOnly", kind: Kind::String },
        Field { name: "mountPath", kind: Kind::String },
        Field { name: "subPath", kind: Kind::String },
        Field { name: "mountPropagation", kind: Kind::String },
        Field { name: "subPathExpr", kind: Kind::String },
        Field { name: "bindMountOptions", kind: Kind::List(&Kind::String) },
    ],
};

static VOLUME_MOUNT_STATUS: Object = Object {
    name: "VolumeMountStatus",
    fields: &[
        Field { name: "name", kind: Kind::String },
        Field { name: "mountPath", kind: Kind::String },
        Field { name: "readOnly", kind: Kind::Bool },
        Field { name: "recursiveReadOnly", kind: Kind::String },
        Field { name: "volumeStatus", kind: Kind::Object(&VOLUME_STATUS) },
    ],
};

static VOLUME_PROJECTION: Object = Object {
    name: "VolumeProjection",
    fields: &[
        Field { name: "secret", kind: Kind::Object(&SECRET_PROJECTION) },
        Field { name: "downwardAPI", kind: Kind::Object(&DOWNWARD_API_PROJECTION) },
        Field { name: "configMap", kind: Kind::Object(&CONFIG_MAP_PROJECTION) },
        Field { name: "serviceAccountToken", kind: Kind::Object(&SERVICE_ACCOUNT_TOKEN_PROJECTION) },
        Field { name: "clusterTrustBundle", kind: Kind::Object(&CLUSTER_TRUST_BUNDLE_PROJECTION) },
        Field { name: "podCertificate", kind: Kind::Object(&POD_CERTIFICATE_PROJECTION) },
    ],
};

static VOLUME_RESOURCE_REQUIREMENTS: Object = Object {
    name: "VolumeResourceRequirements",
    fields: &[
        Field { name: "limits", kind: Kind::Map(&Kind::Quantity) },
        Field { name: "requests", kind: Kind::Map(&Kind::Quantity) },
    ],
};

static VOLUME_STATUS: Object = Object {
    name: "VolumeStatus",
    fields: &[Field { name: "image", kind: Kind::Object(&IMAGE_VOLUME_STATUS) }],
};

static VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE: Object = Object {
    name: "VsphereVirtualDiskVolumeSource",
    fields: &[
        Field { name: "volumePath", kind: Kind::String },
        Field { name: "fsType", kind: Kind::String },
        Field { name: "storagePolicyName", kind: Kind::String },
        Field { name: "storagePolicyID", kind: Kind::String },
    ],
};

static WEIGHTED_POD_AFFINITY_TERM: Object = Object {
    name: "WeightedPodAffinityTerm",
    fields: &[
        Field { name: "weight", kind: Kind::Int32 },
        Field { name: "podAffinityTerm", kind: Kind::Object(&POD_AFFINITY_TERM) },
    ],
};

static WINDOWS_SECURITY_CONTEXT_OPTIONS: Object = Object {
    name: "WindowsSecurityContextOptions",
    fields: &[
        Field { name: "gmsaCredentialSpecName", kind: Kind::String },
        Field { name: "gmsaCredentialSpec", kind: Kind::String },
        Field { name: "runAsUserName", kind: Kind::String },
        Field { name: "hostProcess", kind: Kind::Bool },
    ],
};
