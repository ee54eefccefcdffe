//! The fields of Go's internal pod (`pkg/apis/core` 1.37.1) in memory order: name, type, and where the value stands in
//! JSON. Written by a program by reflection.

use super::{Field, Shape, Struct};

static AFFINITY: Struct = Struct {
    fields: &[
        Field {
            name: "NodeAffinity",
            type_name: "*core.NodeAffinity",
            json: "nodeAffinity",
            shape: Shape::Pointer(&Shape::Struct(&NODE_AFFINITY)),
        },
        Field {
            name: "PodAffinity",
            type_name: "*core.PodAffinity",
            json: "podAffinity",
            shape: Shape::Pointer(&Shape::Struct(&POD_AFFINITY)),
        },
        Field {
            name: "PodAntiAffinity",
            type_name: "*core.PodAntiAffinity",
            json: "podAntiAffinity",
            shape: Shape::Pointer(&Shape::Struct(&POD_ANTI_AFFINITY)),
        },
    ],
};

static APP_ARMOR_PROFILE: Struct = Struct {
    fields: &[
        Field { name: "Type", type_name: "core.AppArmorProfileType", json: "type", shape: Shape::Text },
        Field {
            name: "LocalhostProfile",
            type_name: "*string",
            json: "localhostProfile",
            shape: Shape::Pointer(&Shape::Text),
        },
    ],
};

static AWS_ELASTIC_BLOCK_STORE_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "VolumeID", type_name: "string", json: "volumeID", shape: Shape::Text },
        Field { name: "FSType", type_name: "string", json: "fsType", shape: Shape::Text },
        Field { name: "Partition", type_name: "int32", json: "partition", shape: Shape::Number },
        Field { name: "ReadOnly", type_name: "bool", json: "readOnly", shape: Shape::Flag },
    ],
};

static AZURE_DISK_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "DiskName", type_name: "string", json: "diskName", shape: Shape::Text },
        Field { name: "DataDiskURI", type_name: "string", json: "diskURI", shape: Shape::Text },
        Field {
            name: "CachingMode",
            type_name: "*core.AzureDataDiskCachingMode",
            json: "cachingMode",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field { name: "FSType", type_name: "*string", json: "fsType", shape: Shape::Pointer(&Shape::Text) },
        Field { name: "ReadOnly", type_name: "*bool", json: "readOnly", shape: Shape::Pointer(&Shape::Flag) },
        Field {
            name: "Kind",
            type_name: "*core.AzureDataDiskKind",
            json: "kind",
            shape: Shape::Pointer(&Shape::Text),
        },
    ],
};

static AZURE_FILE_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "SecretName", type_name: "string", json: "secretName", shape: Shape::Text },
        Field { name: "ShareName", type_name: "string", json: "shareName", shape: Shape::Text },
        Field { name: "ReadOnly", type_name: "bool", json: "readOnly", shape: Shape::Flag },
    ],
};

static CAPABILITIES: Struct = Struct {
    fields: &[
        Field { name: "Add", type_name: "[]core.Capability", json: "add", shape: Shape::List(&Shape::Text) },
        Field {
            name: "Drop",
            type_name: "[]core.Capability",
            json: "drop",
            shape: Shape::List(&Shape::Text),
        },
    ],
};

static CEPH_FS_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "Monitors", type_name: "[]string", json: "monitors", shape: Shape::List(&Shape::Text) },
        Field { name: "Path", type_name: "string", json: "path", shape: Shape::Text },
        Field { name: "User", type_name: "string", json: "user", shape: Shape::Text },
        Field { name: "SecretFile", type_name: "string", json: "secretFile", shape: Shape::Text },
        Field {
            name: "SecretRef",
            type_name: "*core.LocalObjectReference",
            json: "secretRef",
            shape: Shape::Pointer(&Shape::Struct(&LOCAL_OBJECT_REFERENCE)),
        },
        Field { name: "ReadOnly", type_name: "bool", json: "readOnly", shape: Shape::Flag },
    ],
};

static CINDER_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "VolumeID", type_name: "string", json: "volumeID", shape: Shape::Text },
        Field { name: "FSType", type_name: "string", json: "fsType", shape: Shape::Text },
        Field { name: "ReadOnly", type_name: "bool", json: "readOnly", shape: Shape::Flag },
        Field {
            name: "SecretRef",
            type_name: "*core.LocalObjectReference",
            json: "secretRef",
            shape: Shape::Pointer(&Shape::Struct(&LOCAL_OBJECT_REFERENCE)),
        },
    ],
};

static CLUSTER_TRUST_BUNDLE_PROJECTION: Struct = Struct {
    fields: &[
        Field { name: "Name", type_name: "*string", json: "name", shape: Shape::Pointer(&Shape::Text) },
        Field {
            name: "SignerName",
            type_name: "*string",
            json: "signerName",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field {
            name: "LabelSelector",
            type_name: "*v1.LabelSelector",
            json: "labelSelector",
            shape: Shape::Pointer(&Shape::Struct(&LABEL_SELECTOR)),
        },
        Field { name: "Optional", type_name: "*bool", json: "optional", shape: Shape::Pointer(&Shape::Flag) },
        Field { name: "Path", type_name: "string", json: "path", shape: Shape::Text },
        Field { name: "User", type_name: "*int64", json: "user", shape: Shape::Pointer(&Shape::Number) },
    ],
};

static CONFIG_MAP_ENV_SOURCE: Struct = Struct {
    fields: &[
        Field {
            name: "LocalObjectReference",
            type_name: "core.LocalObjectReference",
            json: "",
            shape: Shape::Embedded(&LOCAL_OBJECT_REFERENCE),
        },
        Field { name: "Optional", type_name: "*bool", json: "optional", shape: Shape::Pointer(&Shape::Flag) },
    ],
};

static CONFIG_MAP_KEY_SELECTOR: Struct = Struct {
    fields: &[
        Field {
            name: "LocalObjectReference",
            type_name: "core.LocalObjectReference",
            json: "",
            shape: Shape::Embedded(&LOCAL_OBJECT_REFERENCE),
        },
        Field { name: "Key", type_name: "string", json: "key", shape: Shape::Text },
        Field { name: "Optional", type_name: "*bool", json: "optional", shape: Shape::Pointer(&Shape::Flag) },
    ],
};

static CONFIG_MAP_PROJECTION: Struct = Struct {
    fields: &[
        Field {
            name: "LocalObjectReference",
            type_name: "core.LocalObjectReference",
            json: "",
            shape: Shape::Embedded(&LOCAL_OBJECT_REFERENCE),
        },
        Field {
            name: "Items",
            type_name: "[]core.KeyToPath",
            json: "items",
            shape: Shape::List(&Shape::Struct(&KEY_TO_PATH)),
        },
        Field { name: "Optional", type_name: "*bool", json: "optional", shape: Shape::Pointer(&Shape::Flag) },
    ],
};

static CONFIG_MAP_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field {
            name: "LocalObjectReference",
            type_name: "core.LocalObjectReference",
            json: "",
            shape: Shape::Embedded(&LOCAL_OBJECT_REFERENCE),
        },
        Field {
            name: "Items",
            type_name: "[]core.KeyToPath",
            json: "items",
            shape: Shape::List(&Shape::Struct(&KEY_TO_PATH)),
        },
        Field {
            name: "DefaultMode",
            type_name: "*int32",
            json: "defaultMode",
            shape: Shape::Pointer(&Shape::Number),
        },
        Field { name: "Optional", type_name: "*bool", json: "optional", shape: Shape::Pointer(&Shape::Flag) },
        Field {
            name: "DefaultUser",
            type_name: "*int64",
            json: "defaultUser",
            shape: Shape::Pointer(&Shape::Number),
        },
    ],
};

static CONTAINER: Struct = Struct {
    fields: &[
        Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text },
        Field { name: "Image", type_name: "string", json: "image", shape: Shape::Text },
        Field { name: "Command", type_name: "[]string", json: "command", shape: Shape::List(&Shape::Text) },
        Field { name: "Args", type_name: "[]string", json: "args", shape: Shape::List(&Shape::Text) },
        Field { name: "WorkingDir", type_name: "string", json: "workingDir", shape: Shape::Text },
        Field {
            name: "Ports",
            type_name: "[]core.ContainerPort",
            json: "ports",
            shape: Shape::List(&Shape::Struct(&CONTAINER_PORT)),
        },
        Field {
            name: "EnvFrom",
            type_name: "[]core.EnvFromSource",
            json: "envFrom",
            shape: Shape::List(&Shape::Struct(&ENV_FROM_SOURCE)),
        },
        Field {
            name: "Env",
            type_name: "[]core.EnvVar",
            json: "env",
            shape: Shape::List(&Shape::Struct(&ENV_VAR)),
        },
        Field {
            name: "Resources",
            type_name: "core.ResourceRequirements",
            json: "resources",
            shape: Shape::Struct(&RESOURCE_REQUIREMENTS),
        },
        Field {
            name: "ResizePolicy",
            type_name: "[]core.ContainerResizePolicy",
            json: "resizePolicy",
            shape: Shape::List(&Shape::Struct(&CONTAINER_RESIZE_POLICY)),
        },
        Field {
            name: "RestartPolicy",
            type_name: "*core.ContainerRestartPolicy",
            json: "restartPolicy",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field {
            name: "RestartPolicyRules",
            type_name: "[]core.ContainerRestartRule",
            json: "restartPolicyRules",
            shape: Shape::List(&Shape::Struct(&CONTAINER_RESTART_RULE)),
        },
        Field {
            name: "VolumeMounts",
            type_name: "[]core.VolumeMount",
            json: "volumeMounts",
            shape: Shape::List(&Shape::Struct(&VOLUME_MOUNT)),
        },
        Field {
            name: "VolumeDevices",
            type_name: "[]core.VolumeDevice",
            json: "volumeDevices",
            shape: Shape::List(&Shape::Struct(&VOLUME_DEVICE)),
        },
        Field {
            name: "LivenessProbe",
            type_name: "*core.Probe",
            json: "livenessProbe",
            shape: Shape::Pointer(&Shape::Struct(&PROBE)),
        },
        Field {
            name: "ReadinessProbe",
            type_name: "*core.Probe",
            json: "readinessProbe",
            shape: Shape::Pointer(&Shape::Struct(&PROBE)),
        },
        Field {
            name: "StartupProbe",
            type_name: "*core.Probe",
            json: "startupProbe",
            shape: Shape::Pointer(&Shape::Struct(&PROBE)),
        },
        Field {
            name: "Lifecycle",
            type_name: "*core.Lifecycle",
            json: "lifecycle",
            shape: Shape::Pointer(&Shape::Struct(&LIFECYCLE)),
        },
        Field {
            name: "TerminationMessagePath",
            type_name: "string",
            json: "terminationMessagePath",
            shape: Shape::Text,
        },
        Field {
            name: "TerminationMessagePolicy",
            type_name: "core.TerminationMessagePolicy",
            json: "terminationMessagePolicy",
            shape: Shape::Text,
        },
        Field {
            name: "ImagePullPolicy",
            type_name: "core.PullPolicy",
            json: "imagePullPolicy",
            shape: Shape::Text,
        },
        Field {
            name: "SecurityContext",
            type_name: "*core.SecurityContext",
            json: "securityContext",
            shape: Shape::Pointer(&Shape::Struct(&SECURITY_CONTEXT)),
        },
        Field { name: "Stdin", type_name: "bool", json: "stdin", shape: Shape::Flag },
        Field { name: "StdinOnce", type_name: "bool", json: "stdinOnce", shape: Shape::Flag },
        Field { name: "TTY", type_name: "bool", json: "tty", shape: Shape::Flag },
    ],
};

static CONTAINER_EXTENDED_RESOURCE_REQUEST: Struct = Struct {
    fields: &[
        Field { name: "ContainerName", type_name: "string", json: "containerName", shape: Shape::Text },
        Field { name: "ResourceName", type_name: "string", json: "resourceName", shape: Shape::Text },
        Field { name: "RequestName", type_name: "string", json: "requestName", shape: Shape::Text },
    ],
};

static CONTAINER_PORT: Struct = Struct {
    fields: &[
        Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text },
        Field { name: "HostPort", type_name: "int32", json: "hostPort", shape: Shape::Number },
        Field { name: "ContainerPort", type_name: "int32", json: "containerPort", shape: Shape::Number },
        Field { name: "Protocol", type_name: "core.Protocol", json: "protocol", shape: Shape::Text },
        Field { name: "HostIP", type_name: "string", json: "hostIP", shape: Shape::Text },
    ],
};

static CONTAINER_RESIZE_POLICY: Struct = Struct {
    fields: &[
        Field {
            name: "ResourceName",
            type_name: "core.ResourceName",
            json: "resourceName",
            shape: Shape::Text,
        },
        Field {
            name: "RestartPolicy",
            type_name: "core.ResourceResizeRestartPolicy",
            json: "restartPolicy",
            shape: Shape::Text,
        },
    ],
};

static CONTAINER_RESTART_RULE: Struct = Struct {
    fields: &[
        Field {
            name: "Action",
            type_name: "core.ContainerRestartRuleAction",
            json: "action",
            shape: Shape::Text,
        },
        Field {
            name: "ExitCodes",
            type_name: "*core.ContainerRestartRuleOnExitCodes",
            json: "exitCodes",
            shape: Shape::Pointer(&Shape::Struct(&CONTAINER_RESTART_RULE_ON_EXIT_CODES)),
        },
    ],
};

static CONTAINER_RESTART_RULE_ON_EXIT_CODES: Struct = Struct {
    fields: &[
        Field {
            name: "Operator",
            type_name: "core.ContainerRestartRuleOnExitCodesOperator",
            json: "operator",
            shape: Shape::Text,
        },
        Field { name: "Values", type_name: "[]int32", json: "values", shape: Shape::List(&Shape::Number) },
    ],
};

static CONTAINER_STATE: Struct = Struct {
    fields: &[
        Field {
            name: "Waiting",
            type_name: "*core.ContainerStateWaiting",
            json: "waiting",
            shape: Shape::Pointer(&Shape::Struct(&CONTAINER_STATE_WAITING)),
        },
        Field {
            name: "Running",
            type_name: "*core.ContainerStateRunning",
            json: "running",
            shape: Shape::Pointer(&Shape::Struct(&CONTAINER_STATE_RUNNING)),
        },
        Field {
            name: "Terminated",
            type_name: "*core.ContainerStateTerminated",
            json: "terminated",
            shape: Shape::Pointer(&Shape::Struct(&CONTAINER_STATE_TERMINATED)),
        },
    ],
};

static CONTAINER_STATE_RUNNING: Struct = Struct {
    fields: &[Field { name: "StartedAt", type_name: "v1.Time", json: "startedAt", shape: Shape::Time }],
};

static CONTAINER_STATE_TERMINATED: Struct = Struct {
    fields: &[
        Field { name: "ExitCode", type_name: "int32", json: "exitCode", shape: Shape::Number },
        Field { name: "Signal", type_name: "int32", json: "signal", shape: Shape::Number },
        Field { name: "Reason", type_name: "string", json: "reason", shape: Shape::Text },
        Field { name: "Message", type_name: "string", json: "message", shape: Shape::Text },
        Field { name: "StartedAt", type_name: "v1.Time", json: "startedAt", shape: Shape::Time },
        Field { name: "FinishedAt", type_name: "v1.Time", json: "finishedAt", shape: Shape::Time },
        Field { name: "ContainerID", type_name: "string", json: "containerID", shape: Shape::Text },
    ],
};

static CONTAINER_STATE_WAITING: Struct = Struct {
    fields: &[
        Field { name: "Reason", type_name: "string", json: "reason", shape: Shape::Text },
        Field { name: "Message", type_name: "string", json: "message", shape: Shape::Text },
    ],
};

static CONTAINER_STATUS: Struct = Struct {
    fields: &[
        Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text },
        Field {
            name: "State",
            type_name: "core.ContainerState",
            json: "state",
            shape: Shape::Struct(&CONTAINER_STATE),
        },
        Field {
            name: "LastTerminationState",
            type_name: "core.ContainerState",
            json: "lastState",
            shape: Shape::Struct(&CONTAINER_STATE),
        },
        Field { name: "Ready", type_name: "bool", json: "ready", shape: Shape::Flag },
        Field { name: "RestartCount", type_name: "int32", json: "restartCount", shape: Shape::Number },
        Field { name: "Image", type_name: "string", json: "image", shape: Shape::Text },
        Field { name: "ImageID", type_name: "string", json: "imageID", shape: Shape::Text },
        Field { name: "ContainerID", type_name: "string", json: "containerID", shape: Shape::Text },
        Field { name: "Started", type_name: "*bool", json: "started", shape: Shape::Pointer(&Shape::Flag) },
        Field {
            name: "AllocatedResources",
            type_name: "core.ResourceList",
            json: "allocatedResources",
            shape: Shape::Map(&Shape::Quantity),
        },
        Field {
            name: "Resources",
            type_name: "*core.ResourceRequirements",
            json: "resources",
            shape: Shape::Pointer(&Shape::Struct(&RESOURCE_REQUIREMENTS)),
        },
        Field {
            name: "VolumeMounts",
            type_name: "[]core.VolumeMountStatus",
            json: "volumeMounts",
            shape: Shape::List(&Shape::Struct(&VOLUME_MOUNT_STATUS)),
        },
        Field {
            name: "User",
            type_name: "*core.ContainerUser",
            json: "user",
            shape: Shape::Pointer(&Shape::Struct(&CONTAINER_USER)),
        },
        Field {
            name: "AllocatedResourcesStatus",
            type_name: "[]core.ResourceStatus",
            json: "allocatedResourcesStatus",
            shape: Shape::List(&Shape::Struct(&RESOURCE_STATUS)),
        },
        Field {
            name: "StopSignal",
            type_name: "*core.Signal",
            json: "stopSignal",
            shape: Shape::Pointer(&Shape::Text),
        },
    ],
};

static CONTAINER_USER: Struct = Struct {
    fields: &[Field {
        name: "Linux",
        type_name: "*core.LinuxContainerUser",
        json: "linux",
        shape: Shape::Pointer(&Shape::Struct(&LINUX_CONTAINER_USER)),
    }],
};

static CSI_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "Driver", type_name: "string", json: "driver", shape: Shape::Text },
        Field { name: "ReadOnly", type_name: "*bool", json: "readOnly", shape: Shape::Pointer(&Shape::Flag) },
        Field { name: "FSType", type_name: "*string", json: "fsType", shape: Shape::Pointer(&Shape::Text) },
        Field {
            name: "VolumeAttributes",
            type_name: "map[string]string",
            json: "volumeAttributes",
            shape: Shape::Map(&Shape::Text),
        },
        Field {
            name: "NodePublishSecretRef",
            type_name: "*core.LocalObjectReference",
            json: "nodePublishSecretRef",
            shape: Shape::Pointer(&Shape::Struct(&LOCAL_OBJECT_REFERENCE)),
        },
    ],
};

static DOWNWARD_API_PROJECTION: Struct = Struct {
    fields: &[Field {
        name: "Items",
        type_name: "[]core.DownwardAPIVolumeFile",
        json: "items",
        shape: Shape::List(&Shape::Struct(&DOWNWARD_API_VOLUME_FILE)),
    }],
};

static DOWNWARD_API_VOLUME_FILE: Struct = Struct {
    fields: &[
        Field { name: "Path", type_name: "string", json: "path", shape: Shape::Text },
        Field {
            name: "FieldRef",
            type_name: "*core.ObjectFieldSelector",
            json: "fieldRef",
            shape: Shape::Pointer(&Shape::Struct(&OBJECT_FIELD_SELECTOR)),
        },
        Field {
            name: "ResourceFieldRef",
            type_name: "*core.ResourceFieldSelector",
            json: "resourceFieldRef",
            shape: Shape::Pointer(&Shape::Struct(&RESOURCE_FIELD_SELECTOR)),
        },
        Field { name: "Mode", type_name: "*int32", json: "mode", shape: Shape::Pointer(&Shape::Number) },
        Field { name: "User", type_name: "*int64", json: "user", shape: Shape::Pointer(&Shape::Number) },
    ],
};

static DOWNWARD_API_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field {
            name: "Items",
            type_name: "[]core.DownwardAPIVolumeFile",
            json: "items",
            shape: Shape::List(&Shape::Struct(&DOWNWARD_API_VOLUME_FILE)),
        },
        Field {
            name: "DefaultMode",
            type_name: "*int32",
            json: "defaultMode",
            shape: Shape::Pointer(&Shape::Number),
        },
        Field {
            name: "DefaultUser",
            type_name: "*int64",
            json: "defaultUser",
            shape: Shape::Pointer(&Shape::Number),
        },
    ],
};

static EMPTY_DIR_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "Medium", type_name: "core.StorageMedium", json: "medium", shape: Shape::Text },
        Field {
            name: "SizeLimit",
            type_name: "*resource.Quantity",
            json: "sizeLimit",
            shape: Shape::Pointer(&Shape::Quantity),
        },
        Field { name: "Mode", type_name: "*int32", json: "mode", shape: Shape::Pointer(&Shape::Number) },
    ],
};

static ENV_FROM_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "Prefix", type_name: "string", json: "prefix", shape: Shape::Text },
        Field {
            name: "ConfigMapRef",
            type_name: "*core.ConfigMapEnvSource",
            json: "configMapRef",
            shape: Shape::Pointer(&Shape::Struct(&CONFIG_MAP_ENV_SOURCE)),
        },
        Field {
            name: "SecretRef",
            type_name: "*core.SecretEnvSource",
            json: "secretRef",
            shape: Shape::Pointer(&Shape::Struct(&SECRET_ENV_SOURCE)),
        },
    ],
};

static ENV_VAR: Struct = Struct {
    fields: &[
        Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text },
        Field { name: "Value", type_name: "string", json: "value", shape: Shape::Text },
        Field {
            name: "ValueFrom",
            type_name: "*core.EnvVarSource",
            json: "valueFrom",
            shape: Shape::Pointer(&Shape::Struct(&ENV_VAR_SOURCE)),
        },
    ],
};

static ENV_VAR_SOURCE: Struct = Struct {
    fields: &[
        Field {
            name: "FieldRef",
            type_name: "*core.ObjectFieldSelector",
            json: "fieldRef",
            shape: Shape::Pointer(&Shape::Struct(&OBJECT_FIELD_SELECTOR)),
        },
        Field {
            name: "ResourceFieldRef",
            type_name: "*core.ResourceFieldSelector",
            json: "resourceFieldRef",
            shape: Shape::Pointer(&Shape::Struct(&RESOURCE_FIELD_SELECTOR)),
        },
        Field {
            name: "ConfigMapKeyRef",
            type_name: "*core.ConfigMapKeySelector",
            json: "configMapKeyRef",
            shape: Shape::Pointer(&Shape::Struct(&CONFIG_MAP_KEY_SELECTOR)),
        },
        Field {
            name: "SecretKeyRef",
            type_name: "*core.SecretKeySelector",
            json: "secretKeyRef",
            shape: Shape::Pointer(&Shape::Struct(&SECRET_KEY_SELECTOR)),
        },
        Field {
            name: "FileKeyRef",
            type_name: "*core.FileKeySelector",
            json: "fileKeyRef",
            shape: Shape::Pointer(&Shape::Struct(&FILE_KEY_SELECTOR)),
        },
    ],
};

static EPHEMERAL_CONTAINER: Struct = Struct {
    fields: &[
        Field {
            name: "EphemeralContainerCommon",
            type_name: "core.EphemeralContainerCommon",
            json: "",
            shape: Shape::Embedded(&EPHEMERAL_CONTAINER_COMMON),
        },
        Field {
            name: "TargetContainerName",
            type_name: "string",
            json: "targetContainerName",
            shape: Shape::Text,
        },
    ],
};

static EPHEMERAL_CONTAINER_COMMON: Struct = Struct {
    fields: &[
        Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text },
        Field { name: "Image", type_name: "string", json: "image", shape: Shape::Text },
        Field { name: "Command", type_name: "[]string", json: "command", shape: Shape::List(&Shape::Text) },
        Field { name: "Args", type_name: "[]string", json: "args", shape: Shape::List(&Shape::Text) },
        Field { name: "WorkingDir", type_name: "string", json: "workingDir", shape: Shape::Text },
        Field {
            name: "Ports",
            type_name: "[]core.ContainerPort",
            json: "ports",
            shape: Shape::List(&Shape::Struct(&CONTAINER_PORT)),
        },
        Field {
            name: "EnvFrom",
            type_name: "[]core.EnvFromSource",
            json: "envFrom",
            shape: Shape::List(&Shape::Struct(&ENV_FROM_SOURCE)),
        },
        Field {
            name: "Env",
            type_name: "[]core.EnvVar",
            json: "env",
            shape: Shape::List(&Shape::Struct(&ENV_VAR)),
        },
        Field {
            name: "Resources",
            type_name: "core.ResourceRequirements",
            json: "resources",
            shape: Shape::Struct(&RESOURCE_REQUIREMENTS),
        },
        Field {
            name: "ResizePolicy",
            type_name: "[]core.ContainerResizePolicy",
            json: "resizePolicy",
            shape: Shape::List(&Shape::Struct(&CONTAINER_RESIZE_POLICY)),
        },
        Field {
            name: "RestartPolicy",
            type_name: "*core.ContainerRestartPolicy",
            json: "restartPolicy",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field {
            name: "RestartPolicyRules",
            type_name: "[]core.ContainerRestartRule",
            json: "restartPolicyRules",
            shape: Shape::List(&Shape::Struct(&CONTAINER_RESTART_RULE)),
        },
        Field {
            name: "VolumeMounts",
            type_name: "[]core.VolumeMount",
            json: "volumeMounts",
            shape: Shape::List(&Shape::Struct(&VOLUME_MOUNT)),
        },
        Field {
            name: "VolumeDevices",
            type_name: "[]core.VolumeDevice",
            json: "volumeDevices",
            shape: Shape::List(&Shape::Struct(&VOLUME_DEVICE)),
        },
        Field {
            name: "LivenessProbe",
            type_name: "*core.Probe",
            json: "livenessProbe",
            shape: Shape::Pointer(&Shape::Struct(&PROBE)),
        },
        Field {
            name: "ReadinessProbe",
            type_name: "*core.Probe",
            json: "readinessProbe",
            shape: Shape::Pointer(&Shape::Struct(&PROBE)),
        },
        Field {
            name: "StartupProbe",
            type_name: "*core.Probe",
            json: "startupProbe",
            shape: Shape::Pointer(&Shape::Struct(&PROBE)),
        },
        Field {
            name: "Lifecycle",
            type_name: "*core.Lifecycle",
            json: "lifecycle",
            shape: Shape::Pointer(&Shape::Struct(&LIFECYCLE)),
        },
        Field {
            name: "TerminationMessagePath",
            type_name: "string",
            json: "terminationMessagePath",
            shape: Shape::Text,
        },
        Field {
            name: "TerminationMessagePolicy",
            type_name: "core.TerminationMessagePolicy",
            json: "terminationMessagePolicy",
            shape: Shape::Text,
        },
        Field {
            name: "ImagePullPolicy",
            type_name: "core.PullPolicy",
            json: "imagePullPolicy",
            shape: Shape::Text,
        },
        Field {
            name: "SecurityContext",
            type_name: "*core.SecurityContext",
            json: "securityContext",
            shape: Shape::Pointer(&Shape::Struct(&SECURITY_CONTEXT)),
        },
        Field { name: "Stdin", type_name: "bool", json: "stdin", shape: Shape::Flag },
        Field { name: "StdinOnce", type_name: "bool", json: "stdinOnce", shape: Shape::Flag },
        Field { name: "TTY", type_name: "bool", json: "tty", shape: Shape::Flag },
    ],
};

static EPHEMERAL_VOLUME_SOURCE: Struct = Struct {
    fields: &[Field {
        name: "VolumeClaimTemplate",
        type_name: "*core.PersistentVolumeClaimTemplate",
        json: "volumeClaimTemplate",
        shape: Shape::Pointer(&Shape::Struct(&PERSISTENT_VOLUME_CLAIM_TEMPLATE)),
    }],
};

static EVICTION_RESPONDER: Struct = Struct {
    fields: &[
        Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text },
        Field {
            name: "Priority",
            type_name: "*int32",
            json: "priority",
            shape: Shape::Pointer(&Shape::Number),
        },
    ],
};

static EXEC_ACTION: Struct = Struct {
    fields: &[Field {
        name: "Command",
        type_name: "[]string",
        json: "command",
        shape: Shape::List(&Shape::Text),
    }],
};

static FC_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field {
            name: "TargetWWNs",
            type_name: "[]string",
            json: "targetWWNs",
            shape: Shape::List(&Shape::Text),
        },
        Field { name: "Lun", type_name: "*int32", json: "lun", shape: Shape::Pointer(&Shape::Number) },
        Field { name: "FSType", type_name: "string", json: "fsType", shape: Shape::Text },
        Field { name: "ReadOnly", type_name: "bool", json: "readOnly", shape: Shape::Flag },
        Field { name: "WWIDs", type_name: "[]string", json: "wwids", shape: Shape::List(&Shape::Text) },
    ],
};

static FILE_KEY_SELECTOR: Struct = Struct {
    fields: &[
        Field { name: "VolumeName", type_name: "string", json: "volumeName", shape: Shape::Text },
        Field { name: "Path", type_name: "string", json: "path", shape: Shape::Text },
        Field { name: "Key", type_name: "string", json: "key", shape: Shape::Text },
        Field { name: "Optional", type_name: "*bool", json: "optional", shape: Shape::Pointer(&Shape::Flag) },
    ],
};

static FLEX_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "Driver", type_name: "string", json: "driver", shape: Shape::Text },
        Field { name: "FSType", type_name: "string", json: "fsType", shape: Shape::Text },
        Field {
            name: "SecretRef",
            type_name: "*core.LocalObjectReference",
            json: "secretRef",
            shape: Shape::Pointer(&Shape::Struct(&LOCAL_OBJECT_REFERENCE)),
        },
        Field { name: "ReadOnly", type_name: "bool", json: "readOnly", shape: Shape::Flag },
        Field {
            name: "Options",
            type_name: "map[string]string",
            json: "options",
            shape: Shape::Map(&Shape::Text),
        },
    ],
};

static FLOCKER_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "DatasetName", type_name: "string", json: "datasetName", shape: Shape::Text },
        Field { name: "DatasetUUID", type_name: "string", json: "datasetUUID", shape: Shape::Text },
    ],
};

static GCE_PERSISTENT_DISK_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "PDName", type_name: "string", json: "pdName", shape: Shape::Text },
        Field { name: "FSType", type_name: "string", json: "fsType", shape: Shape::Text },
        Field { name: "Partition", type_name: "int32", json: "partition", shape: Shape::Number },
        Field { name: "ReadOnly", type_name: "bool", json: "readOnly", shape: Shape::Flag },
    ],
};

static GIT_REPO_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "Repository", type_name: "string", json: "repository", shape: Shape::Text },
        Field { name: "Revision", type_name: "string", json: "revision", shape: Shape::Text },
        Field { name: "Directory", type_name: "string", json: "directory", shape: Shape::Text },
    ],
};

static GLUSTERFS_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "EndpointsName", type_name: "string", json: "endpoints", shape: Shape::Text },
        Field { name: "Path", type_name: "string", json: "path", shape: Shape::Text },
        Field { name: "ReadOnly", type_name: "bool", json: "readOnly", shape: Shape::Flag },
    ],
};

static GRPC_ACTION: Struct = Struct {
    fields: &[
        Field { name: "Port", type_name: "int32", json: "port", shape: Shape::Number },
        Field { name: "Service", type_name: "*string", json: "service", shape: Shape::Pointer(&Shape::Text) },
        Field {
            name: "Mode",
            type_name: "*core.GRPCProbeMode",
            json: "mode",
            shape: Shape::Pointer(&Shape::Text),
        },
    ],
};

static HOST_ALIAS: Struct = Struct {
    fields: &[
        Field { name: "IP", type_name: "string", json: "ip", shape: Shape::Text },
        Field {
            name: "Hostnames",
            type_name: "[]string",
            json: "hostnames",
            shape: Shape::List(&Shape::Text),
        },
    ],
};

static HOST_IP: Struct =
    Struct { fields: &[Field { name: "IP", type_name: "string", json: "ip", shape: Shape::Text }] };

static HOST_PATH_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "Path", type_name: "string", json: "path", shape: Shape::Text },
        Field {
            name: "Type",
            type_name: "*core.HostPathType",
            json: "type",
            shape: Shape::Pointer(&Shape::Text),
        },
    ],
};

static HTTP_GET_ACTION: Struct = Struct {
    fields: &[
        Field { name: "Path", type_name: "string", json: "path", shape: Shape::Text },
        Field { name: "Port", type_name: "intstr.IntOrString", json: "port", shape: Shape::Port },
        Field { name: "Host", type_name: "string", json: "host", shape: Shape::Text },
        Field { name: "Scheme", type_name: "core.URIScheme", json: "scheme", shape: Shape::Text },
        Field {
            name: "HTTPHeaders",
            type_name: "[]core.HTTPHeader",
            json: "httpHeaders",
            shape: Shape::List(&Shape::Struct(&HTTP_HEADER)),
        },
        Field {
            name: "Protocol",
            type_name: "*core.HTTPProtocol",
            json: "protocol",
            shape: Shape::Pointer(&Shape::Text),
        },
    ],
};

static HTTP_HEADER: Struct = Struct {
    fields: &[
        Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text },
        Field { name: "Value", type_name: "string", json: "value", shape: Shape::Text },
    ],
};

static IMAGE_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "Reference", type_name: "string", json: "reference", shape: Shape::Text },
        Field { name: "PullPolicy", type_name: "core.PullPolicy", json: "pullPolicy", shape: Shape::Text },
    ],
};

static IMAGE_VOLUME_STATUS: Struct = Struct {
    fields: &[Field { name: "ImageRef", type_name: "string", json: "imageRef", shape: Shape::Text }],
};

static ISCSI_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "TargetPortal", type_name: "string", json: "targetPortal", shape: Shape::Text },
        Field { name: "IQN", type_name: "string", json: "iqn", shape: Shape::Text },
        Field { name: "Lun", type_name: "int32", json: "lun", shape: Shape::Number },
        Field { name: "ISCSIInterface", type_name: "string", json: "iscsiInterface", shape: Shape::Text },
        Field { name: "FSType", type_name: "string", json: "fsType", shape: Shape::Text },
        Field { name: "ReadOnly", type_name: "bool", json: "readOnly", shape: Shape::Flag },
        Field { name: "Portals", type_name: "[]string", json: "portals", shape: Shape::List(&Shape::Text) },
        Field { name: "DiscoveryCHAPAuth", type_name: "bool", json: "chapAuthDiscovery", shape: Shape::Flag },
        Field { name: "SessionCHAPAuth", type_name: "bool", json: "chapAuthSession", shape: Shape::Flag },
        Field {
            name: "SecretRef",
            type_name: "*core.LocalObjectReference",
            json: "secretRef",
            shape: Shape::Pointer(&Shape::Struct(&LOCAL_OBJECT_REFERENCE)),
        },
        Field {
            name: "InitiatorName",
            type_name: "*string",
            json: "initiatorName",
            shape: Shape::Pointer(&Shape::Text),
        },
    ],
};

static KEY_TO_PATH: Struct = Struct {
    fields: &[
        Field { name: "Key", type_name: "string", json: "key", shape: Shape::Text },
        Field { name: "Path", type_name: "string", json: "path", shape: Shape::Text },
        Field { name: "Mode", type_name: "*int32", json: "mode", shape: Shape::Pointer(&Shape::Number) },
        Field { name: "User", type_name: "*int64", json: "user", shape: Shape::Pointer(&Shape::Number) },
    ],
};

static LABEL_SELECTOR: Struct = Struct {
    fields: &[
        Field {
            name: "MatchLabels",
            type_name: "map[string]string",
            json: "matchLabels",
            shape: Shape::Map(&Shape::Text),
        },
        Field {
            name: "MatchExpressions",
            type_name: "[]v1.LabelSelectorRequirement",
            json: "matchExpressions",
            shape: Shape::List(&Shape::Struct(&LABEL_SELECTOR_REQUIREMENT)),
        },
    ],
};

static LABEL_SELECTOR_REQUIREMENT: Struct = Struct {
    fields: &[
        Field { name: "Key", type_name: "string", json: "key", shape: Shape::Text },
        Field {
            name: "Operator",
            type_name: "v1.LabelSelectorOperator",
            json: "operator",
            shape: Shape::Text,
        },
        Field { name: "Values", type_name: "[]string", json: "values", shape: Shape::List(&Shape::Text) },
    ],
};

static LIFECYCLE: Struct = Struct {
    fields: &[
        Field {
            name: "PostStart",
            type_name: "*core.LifecycleHandler",
            json: "postStart",
            shape: Shape::Pointer(&Shape::Struct(&LIFECYCLE_HANDLER)),
        },
        Field {
            name: "PreStop",
            type_name: "*core.LifecycleHandler",
            json: "preStop",
            shape: Shape::Pointer(&Shape::Struct(&LIFECYCLE_HANDLER)),
        },
        Field {
            name: "StopSignal",
            type_name: "*core.Signal",
            json: "stopSignal",
            shape: Shape::Pointer(&Shape::Text),
        },
    ],
};

static LIFECYCLE_HANDLER: Struct = Struct {
    fields: &[
        Field {
            name: "Exec",
            type_name: "*core.ExecAction",
            json: "exec",
            shape: Shape::Pointer(&Shape::Struct(&EXEC_ACTION)),
        },
        Field {
            name: "HTTPGet",
            type_name: "*core.HTTPGetAction",
            json: "httpGet",
            shape: Shape::Pointer(&Shape::Struct(&HTTP_GET_ACTION)),
        },
        Field {
            name: "TCPSocket",
            type_name: "*core.TCPSocketAction",
            json: "tcpSocket",
            shape: Shape::Pointer(&Shape::Struct(&TCP_SOCKET_ACTION)),
        },
        Field {
            name: "Sleep",
            type_name: "*core.SleepAction",
            json: "sleep",
            shape: Shape::Pointer(&Shape::Struct(&SLEEP_ACTION)),
        },
    ],
};

static LINUX_CONTAINER_USER: Struct = Struct {
    fields: &[
        Field { name: "UID", type_name: "int64", json: "uid", shape: Shape::Number },
        Field { name: "GID", type_name: "int64", json: "gid", shape: Shape::Number },
        Field {
            name: "SupplementalGroups",
            type_name: "[]int64",
            json: "supplementalGroups",
            shape: Shape::List(&Shape::Number),
        },
    ],
};

static LOCAL_OBJECT_REFERENCE: Struct =
    Struct { fields: &[Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text }] };

static MANAGED_FIELDS_ENTRY: Struct = Struct {
    fields: &[
        Field { name: "Manager", type_name: "string", json: "manager", shape: Shape::Text },
        Field {
            name: "Operation",
            type_name: "v1.ManagedFieldsOperationType",
            json: "operation",
            shape: Shape::Text,
        },
        Field { name: "APIVersion", type_name: "string", json: "apiVersion", shape: Shape::Text },
        Field { name: "Time", type_name: "*v1.Time", json: "time", shape: Shape::Pointer(&Shape::Time) },
        Field { name: "FieldsType", type_name: "string", json: "fieldsType", shape: Shape::Text },
        Field {
            name: "FieldsV1",
            type_name: "*v1.FieldsV1",
            json: "fieldsV1",
            shape: Shape::Pointer(&Shape::Raw),
        },
        Field { name: "Subresource", type_name: "string", json: "subresource", shape: Shape::Text },
    ],
};

static NFS_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "Server", type_name: "string", json: "server", shape: Shape::Text },
        Field { name: "Path", type_name: "string", json: "path", shape: Shape::Text },
        Field { name: "ReadOnly", type_name: "bool", json: "readOnly", shape: Shape::Flag },
    ],
};

static NODE_AFFINITY: Struct = Struct {
    fields: &[
        Field {
            name: "RequiredDuringSchedulingIgnoredDuringExecution",
            type_name: "*core.NodeSelector",
            json: "requiredDuringSchedulingIgnoredDuringExecution",
            shape: Shape::Pointer(&Shape::Struct(&NODE_SELECTOR)),
        },
        Field {
            name: "PreferredDuringSchedulingIgnoredDuringExecution",
            type_name: "[]core.PreferredSchedulingTerm",
            json: "preferredDuringSchedulingIgnoredDuringExecution",
            shape: Shape::List(&Shape::Struct(&PREFERRED_SCHEDULING_TERM)),
        },
    ],
};

static NODE_ALLOCATABLE_MAPPED_RESOURCES: Struct = Struct {
    fields: &[
        Field { name: "Name", type_name: "core.ResourceName", json: "name", shape: Shape::Text },
        Field {
            name: "Quantity",
            type_name: "*resource.Quantity",
            json: "quantity",
            shape: Shape::Pointer(&Shape::Quantity),
        },
    ],
};

static NODE_ALLOCATABLE_OVERHEAD_RESOURCES: Struct = Struct {
    fields: &[
        Field { name: "Name", type_name: "core.ResourceName", json: "name", shape: Shape::Text },
        Field {
            name: "PerPod",
            type_name: "*resource.Quantity",
            json: "perPod",
            shape: Shape::Pointer(&Shape::Quantity),
        },
        Field {
            name: "PerContainer",
            type_name: "*resource.Quantity",
            json: "perContainer",
            shape: Shape::Pointer(&Shape::Quantity),
        },
    ],
};

static NODE_ALLOCATABLE_RESOURCE_CLAIM_STATUS: Struct = Struct {
    fields: &[
        Field {
            name: "ResourceClaimName",
            type_name: "string",
            json: "resourceClaimName",
            shape: Shape::Text,
        },
        Field {
            name: "Containers",
            type_name: "[]string",
            json: "containers",
            shape: Shape::List(&Shape::Text),
        },
        Field {
            name: "Mapping",
            type_name: "[]core.NodeAllocatableMappedResources",
            json: "mapping",
            shape: Shape::List(&Shape::Struct(&NODE_ALLOCATABLE_MAPPED_RESOURCES)),
        },
        Field {
            name: "Overhead",
            type_name: "[]core.NodeAllocatableOverheadResources",
            json: "overhead",
            shape: Shape::List(&Shape::Struct(&NODE_ALLOCATABLE_OVERHEAD_RESOURCES)),
        },
    ],
};

static NODE_SELECTOR: Struct = Struct {
    fields: &[Field {
        name: "NodeSelectorTerms",
        type_name: "[]core.NodeSelectorTerm",
        json: "nodeSelectorTerms",
        shape: Shape::List(&Shape::Struct(&NODE_SELECTOR_TERM)),
    }],
};

static NODE_SELECTOR_REQUIREMENT: Struct = Struct {
    fields: &[
        Field { name: "Key", type_name: "string", json: "key", shape: Shape::Text },
        Field {
            name: "Operator",
            type_name: "core.NodeSelectorOperator",
            json: "operator",
            shape: Shape::Text,
        },
        Field { name: "Values", type_name: "[]string", json: "values", shape: Shape::List(&Shape::Text) },
    ],
};

static NODE_SELECTOR_TERM: Struct = Struct {
    fields: &[
        Field {
            name: "MatchExpressions",
            type_name: "[]core.NodeSelectorRequirement",
            json: "matchExpressions",
            shape: Shape::List(&Shape::Struct(&NODE_SELECTOR_REQUIREMENT)),
        },
        Field {
            name: "MatchFields",
            type_name: "[]core.NodeSelectorRequirement",
            json: "matchFields",
            shape: Shape::List(&Shape::Struct(&NODE_SELECTOR_REQUIREMENT)),
        },
    ],
};

static OBJECT_FIELD_SELECTOR: Struct = Struct {
    fields: &[
        Field { name: "APIVersion", type_name: "string", json: "apiVersion", shape: Shape::Text },
        Field { name: "FieldPath", type_name: "string", json: "fieldPath", shape: Shape::Text },
    ],
};

static OBJECT_META: Struct = Struct {
    fields: &[
        Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text },
        Field { name: "GenerateName", type_name: "string", json: "generateName", shape: Shape::Text },
        Field { name: "Namespace", type_name: "string", json: "namespace", shape: Shape::Text },
        Field { name: "SelfLink", type_name: "string", json: "selfLink", shape: Shape::Text },
        Field { name: "UID", type_name: "types.UID", json: "uid", shape: Shape::Text },
        Field { name: "ResourceVersion", type_name: "string", json: "resourceVersion", shape: Shape::Text },
        Field { name: "Generation", type_name: "int64", json: "generation", shape: Shape::Number },
        Field {
            name: "CreationTimestamp",
            type_name: "v1.Time",
            json: "creationTimestamp",
            shape: Shape::Time,
        },
        Field {
            name: "DeletionTimestamp",
            type_name: "*v1.Time",
            json: "deletionTimestamp",
            shape: Shape::Pointer(&Shape::Time),
        },
        Field {
            name: "DeletionGracePeriodSeconds",
            type_name: "*int64",
            json: "deletionGracePeriodSeconds",
            shape: Shape::Pointer(&Shape::Number),
        },
        Field {
            name: "Labels",
            type_name: "map[string]string",
            json: "labels",
            shape: Shape::Map(&Shape::Text),
        },
        Field {
            name: "Annotations",
            type_name: "map[string]string",
            json: "annotations",
            shape: Shape::Map(&Shape::Text),
        },
        Field {
            name: "OwnerReferences",
            type_name: "[]v1.OwnerReference",
            json: "ownerReferences",
            shape: Shape::List(&Shape::Struct(&OWNER_REFERENCE)),
        },
        Field {
            name: "Finalizers",
            type_name: "[]string",
            json: "finalizers",
            shape: Shape::List(&Shape::Text),
        },
        Field {
            name: "ManagedFields",
            type_name: "[]v1.ManagedFieldsEntry",
            json: "managedFields",
            shape: Shape::List(&Shape::Struct(&MANAGED_FIELDS_ENTRY)),
        },
    ],
};

static OWNER_REFERENCE: Struct = Struct {
    fields: &[
        Field { name: "APIVersion", type_name: "string", json: "apiVersion", shape: Shape::Text },
        Field { name: "Kind", type_name: "string", json: "kind", shape: Shape::Text },
        Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text },
        Field { name: "UID", type_name: "types.UID", json: "uid", shape: Shape::Text },
        Field {
            name: "Controller",
            type_name: "*bool",
            json: "controller",
            shape: Shape::Pointer(&Shape::Flag),
        },
        Field {
            name: "BlockOwnerDeletion",
            type_name: "*bool",
            json: "blockOwnerDeletion",
            shape: Shape::Pointer(&Shape::Flag),
        },
    ],
};

static PERSISTENT_VOLUME_CLAIM_SPEC: Struct = Struct {
    fields: &[
        Field {
            name: "AccessModes",
            type_name: "[]core.PersistentVolumeAccessMode",
            json: "accessModes",
            shape: Shape::List(&Shape::Text),
        },
        Field {
            name: "Selector",
            type_name: "*v1.LabelSelector",
            json: "selector",
            shape: Shape::Pointer(&Shape::Struct(&LABEL_SELECTOR)),
        },
        Field {
            name: "Resources",
            type_name: "core.VolumeResourceRequirements",
            json: "resources",
            shape: Shape::Struct(&VOLUME_RESOURCE_REQUIREMENTS),
        },
        Field { name: "VolumeName", type_name: "string", json: "volumeName", shape: Shape::Text },
        Field {
            name: "StorageClassName",
            type_name: "*string",
            json: "storageClassName",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field {
            name: "VolumeMode",
            type_name: "*core.PersistentVolumeMode",
            json: "volumeMode",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field {
            name: "DataSource",
            type_name: "*core.TypedLocalObjectReference",
            json: "dataSource",
            shape: Shape::Pointer(&Shape::Struct(&TYPED_LOCAL_OBJECT_REFERENCE)),
        },
        Field {
            name: "DataSourceRef",
            type_name: "*core.TypedObjectReference",
            json: "dataSourceRef",
            shape: Shape::Pointer(&Shape::Struct(&TYPED_OBJECT_REFERENCE)),
        },
        Field {
            name: "VolumeAttributesClassName",
            type_name: "*string",
            json: "volumeAttributesClassName",
            shape: Shape::Pointer(&Shape::Text),
        },
    ],
};

static PERSISTENT_VOLUME_CLAIM_TEMPLATE: Struct = Struct {
    fields: &[
        Field {
            name: "ObjectMeta",
            type_name: "v1.ObjectMeta",
            json: "metadata",
            shape: Shape::Struct(&OBJECT_META),
        },
        Field {
            name: "Spec",
            type_name: "core.PersistentVolumeClaimSpec",
            json: "spec",
            shape: Shape::Struct(&PERSISTENT_VOLUME_CLAIM_SPEC),
        },
    ],
};

static PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "ClaimName", type_name: "string", json: "claimName", shape: Shape::Text },
        Field { name: "ReadOnly", type_name: "bool", json: "readOnly", shape: Shape::Flag },
    ],
};

static PHOTON_PERSISTENT_DISK_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "PdID", type_name: "string", json: "pdID", shape: Shape::Text },
        Field { name: "FSType", type_name: "string", json: "fsType", shape: Shape::Text },
    ],
};

pub(super) static POD: Struct = Struct {
    fields: &[
        Field { name: "TypeMeta", type_name: "v1.TypeMeta", json: "", shape: Shape::Embedded(&TYPE_META) },
        Field {
            name: "ObjectMeta",
            type_name: "v1.ObjectMeta",
            json: "metadata",
            shape: Shape::Struct(&OBJECT_META),
        },
        Field { name: "Spec", type_name: "core.PodSpec", json: "spec", shape: Shape::Struct(&POD_SPEC) },
        Field {
            name: "Status",
            type_name: "core.PodStatus",
            json: "status",
            shape: Shape::Struct(&POD_STATUS),
        },
    ],
};

static POD_AFFINITY: Struct = Struct {
    fields: &[
        Field {
            name: "RequiredDuringSchedulingIgnoredDuringExecution",
            type_name: "[]core.PodAffinityTerm",
            json: "requiredDuringSchedulingIgnoredDuringExecution",
            shape: Shape::List(&Shape::Struct(&POD_AFFINITY_TERM)),
        },
        Field {
            name: "PreferredDuringSchedulingIgnoredDuringExecution",
            type_name: "[]core.WeightedPodAffinityTerm",
            json: "preferredDuringSchedulingIgnoredDuringExecution",
            shape: Shape::List(&Shape::Struct(&WEIGHTED_POD_AFFINITY_TERM)),
        },
    ],
};

static POD_AFFINITY_TERM: Struct = Struct {
    fields: &[
        Field {
            name: "LabelSelector",
            type_name: "*v1.LabelSelector",
            json: "labelSelector",
            shape: Shape::Pointer(&Shape::Struct(&LABEL_SELECTOR)),
        },
        Field {
            name: "Namespaces",
            type_name: "[]string",
            json: "namespaces",
            shape: Shape::List(&Shape::Text),
        },
        Field { name: "TopologyKey", type_name: "string", json: "topologyKey", shape: Shape::Text },
        Field {
            name: "NamespaceSelector",
            type_name: "*v1.LabelSelector",
            json: "namespaceSelector",
            shape: Shape::Pointer(&Shape::Struct(&LABEL_SELECTOR)),
        },
        Field {
            name: "MatchLabelKeys",
            type_name: "[]string",
            json: "matchLabelKeys",
            shape: Shape::List(&Shape::Text),
        },
        Field {
            name: "MismatchLabelKeys",
            type_name: "[]string",
            json: "mismatchLabelKeys",
            shape: Shape::List(&Shape::Text),
        },
    ],
};

static POD_ANTI_AFFINITY: Struct = Struct {
    fields: &[
        Field {
            name: "RequiredDuringSchedulingIgnoredDuringExecution",
            type_name: "[]core.PodAffinityTerm",
            json: "requiredDuringSchedulingIgnoredDuringExecution",
            shape: Shape::List(&Shape::Struct(&POD_AFFINITY_TERM)),
        },
        Field {
            name: "PreferredDuringSchedulingIgnoredDuringExecution",
            type_name: "[]core.WeightedPodAffinityTerm",
            json: "preferredDuringSchedulingIgnoredDuringExecution",
            shape: Shape::List(&Shape::Struct(&WEIGHTED_POD_AFFINITY_TERM)),
        },
    ],
};

static POD_CERTIFICATE_PROJECTION: Struct = Struct {
    fields: &[
        Field { name: "SignerName", type_name: "string", json: "signerName", shape: Shape::Text },
        Field { name: "KeyType", type_name: "string", json: "keyType", shape: Shape::Text },
        Field {
            name: "MaxExpirationSeconds",
            type_name: "*int32",
            json: "maxExpirationSeconds",
            shape: Shape::Pointer(&Shape::Number),
        },
        Field {
            name: "CredentialBundlePath",
            type_name: "string",
            json: "credentialBundlePath",
            shape: Shape::Text,
        },
        Field { name: "KeyPath", type_name: "string", json: "keyPath", shape: Shape::Text },
        Field {
            name: "CertificateChainPath",
            type_name: "string",
            json: "certificateChainPath",
            shape: Shape::Text,
        },
        Field {
            name: "UserAnnotations",
            type_name: "map[string]string",
            json: "userAnnotations",
            shape: Shape::Map(&Shape::Text),
        },
        Field { name: "User", type_name: "*int64", json: "user", shape: Shape::Pointer(&Shape::Number) },
    ],
};

static POD_CONDITION: Struct = Struct {
    fields: &[
        Field { name: "Type", type_name: "core.PodConditionType", json: "type", shape: Shape::Text },
        Field {
            name: "ObservedGeneration",
            type_name: "int64",
            json: "observedGeneration",
            shape: Shape::Number,
        },
        Field { name: "Status", type_name: "core.ConditionStatus", json: "status", shape: Shape::Text },
        Field { name: "LastProbeTime", type_name: "v1.Time", json: "lastProbeTime", shape: Shape::Time },
        Field {
            name: "LastTransitionTime",
            type_name: "v1.Time",
            json: "lastTransitionTime",
            shape: Shape::Time,
        },
        Field { name: "Reason", type_name: "string", json: "reason", shape: Shape::Text },
        Field { name: "Message", type_name: "string", json: "message", shape: Shape::Text },
    ],
};

static POD_DNS_CONFIG: Struct = Struct {
    fields: &[
        Field {
            name: "Nameservers",
            type_name: "[]string",
            json: "nameservers",
            shape: Shape::List(&Shape::Text),
        },
        Field { name: "Searches", type_name: "[]string", json: "searches", shape: Shape::List(&Shape::Text) },
        Field {
            name: "Options",
            type_name: "[]core.PodDNSConfigOption",
            json: "options",
            shape: Shape::List(&Shape::Struct(&POD_DNS_CONFIG_OPTION)),
        },
    ],
};

static POD_DNS_CONFIG_OPTION: Struct = Struct {
    fields: &[
        Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text },
        Field { name: "Value", type_name: "*string", json: "value", shape: Shape::Pointer(&Shape::Text) },
    ],
};

static POD_EXTENDED_RESOURCE_CLAIM_STATUS: Struct = Struct {
    fields: &[
        Field {
            name: "RequestMappings",
            type_name: "[]core.ContainerExtendedResourceRequest",
            json: "requestMappings",
            shape: Shape::List(&Shape::Struct(&CONTAINER_EXTENDED_RESOURCE_REQUEST)),
        },
        Field {
            name: "ResourceClaimName",
            type_name: "string",
            json: "resourceClaimName",
            shape: Shape::Text,
        },
    ],
};

static POD_IP: Struct =
    Struct { fields: &[Field { name: "IP", type_name: "string", json: "ip", shape: Shape::Text }] };

static POD_OS: Struct =
    Struct { fields: &[Field { name: "Name", type_name: "core.OSName", json: "name", shape: Shape::Text }] };

static POD_READINESS_GATE: Struct = Struct {
    fields: &[Field {
        name: "ConditionType",
        type_name: "core.PodConditionType",
        json: "conditionType",
        shape: Shape::Text,
    }],
};

static POD_RESOURCE_CLAIM: Struct = Struct {
    fields: &[
        Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text },
        Field {
            name: "ResourceClaimName",
            type_name: "*string",
            json: "resourceClaimName",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field {
            name: "ResourceClaimTemplateName",
            type_name: "*string",
            json: "resourceClaimTemplateName",
            shape: Shape::Pointer(&Shape::Text),
        },
    ],
};

static POD_RESOURCE_CLAIM_STATUS: Struct = Struct {
    fields: &[
        Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text },
        Field {
            name: "ResourceClaimName",
            type_name: "*string",
            json: "resourceClaimName",
            shape: Shape::Pointer(&Shape::Text),
        },
    ],
};

static POD_SCHEDULING_GATE: Struct =
    Struct { fields: &[Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text }] };

static POD_SCHEDULING_GROUP: Struct = Struct {
    fields: &[Field {
        name: "PodGroupName",
        type_name: "*string",
        json: "podGroupName",
        shape: Shape::Pointer(&Shape::Text),
    }],
};

static POD_SECURITY_CONTEXT: Struct = Struct {
    fields: &[
        Field {
            name: "SELinuxOptions",
            type_name: "*core.SELinuxOptions",
            json: "seLinuxOptions",
            shape: Shape::Pointer(&Shape::Struct(&SE_LINUX_OPTIONS)),
        },
        Field {
            name: "WindowsOptions",
            type_name: "*core.WindowsSecurityContextOptions",
            json: "windowsOptions",
            shape: Shape::Pointer(&Shape::Struct(&WINDOWS_SECURITY_CONTEXT_OPTIONS)),
        },
        Field {
            name: "RunAsUser",
            type_name: "*int64",
            json: "runAsUser",
            shape: Shape::Pointer(&Shape::Number),
        },
        Field {
            name: "RunAsGroup",
            type_name: "*int64",
            json: "runAsGroup",
            shape: Shape::Pointer(&Shape::Number),
        },
        Field {
            name: "RunAsNonRoot",
            type_name: "*bool",
            json: "runAsNonRoot",
            shape: Shape::Pointer(&Shape::Flag),
        },
        Field {
            name: "SupplementalGroups",
            type_name: "[]int64",
            json: "supplementalGroups",
            shape: Shape::List(&Shape::Number),
        },
        Field {
            name: "SupplementalGroupsPolicy",
            type_name: "*core.SupplementalGroupsPolicy",
            json: "supplementalGroupsPolicy",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field {
            name: "FSGroup",
            type_name: "*int64",
            json: "fsGroup",
            shape: Shape::Pointer(&Shape::Number),
        },
        Field {
            name: "Sysctls",
            type_name: "[]core.Sysctl",
            json: "sysctls",
            shape: Shape::List(&Shape::Struct(&SYSCTL)),
        },
        Field {
            name: "FSGroupChangePolicy",
            type_name: "*core.PodFSGroupChangePolicy",
            json: "fsGroupChangePolicy",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field {
            name: "SeccompProfile",
            type_name: "*core.SeccompProfile",
            json: "seccompProfile",
            shape: Shape::Pointer(&Shape::Struct(&SECCOMP_PROFILE)),
        },
        Field {
            name: "AppArmorProfile",
            type_name: "*core.AppArmorProfile",
            json: "appArmorProfile",
            shape: Shape::Pointer(&Shape::Struct(&APP_ARMOR_PROFILE)),
        },
        Field {
            name: "SELinuxChangePolicy",
            type_name: "*core.PodSELinuxChangePolicy",
            json: "seLinuxChangePolicy",
            shape: Shape::Pointer(&Shape::Text),
        },
    ],
};

static POD_SPEC: Struct = Struct {
    fields: &[
        Field {
            name: "Volumes",
            type_name: "[]core.Volume",
            json: "volumes",
            shape: Shape::List(&Shape::Struct(&VOLUME)),
        },
        Field {
            name: "InitContainers",
            type_name: "[]core.Container",
            json: "initContainers",
            shape: Shape::List(&Shape::Struct(&CONTAINER)),
        },
        Field {
            name: "Containers",
            type_name: "[]core.Container",
            json: "containers",
            shape: Shape::List(&Shape::Struct(&CONTAINER)),
        },
        Field {
            name: "EphemeralContainers",
            type_name: "[]core.EphemeralContainer",
            json: "ephemeralContainers",
            shape: Shape::List(&Shape::Struct(&EPHEMERAL_CONTAINER)),
        },
        Field {
            name: "RestartPolicy",
            type_name: "core.RestartPolicy",
            json: "restartPolicy",
            shape: Shape::Text,
        },
        Field {
            name: "TerminationGracePeriodSeconds",
            type_name: "*int64",
            json: "terminationGracePeriodSeconds",
            shape: Shape::Pointer(&Shape::Number),
        },
        Field {
            name: "ActiveDeadlineSeconds",
            type_name: "*int64",
            json: "activeDeadlineSeconds",
            shape: Shape::Pointer(&Shape::Number),
        },
        Field { name: "DNSPolicy", type_name: "core.DNSPolicy", json: "dnsPolicy", shape: Shape::Text },
        Field {
            name: "NodeSelector",
            type_name: "map[string]string",
            json: "nodeSelector",
            shape: Shape::Map(&Shape::Text),
        },
        Field {
            name: "ServiceAccountName",
            type_name: "string",
            json: "serviceAccountName",
            shape: Shape::Text,
        },
        Field {
            name: "DeprecatedServiceAccount",
            type_name: "string",
            json: "serviceAccount",
            shape: Shape::Text,
        },
        Field {
            name: "AutomountServiceAccountToken",
            type_name: "*bool",
            json: "automountServiceAccountToken",
            shape: Shape::Pointer(&Shape::Flag),
        },
        Field { name: "NodeName", type_name: "string", json: "nodeName", shape: Shape::Text },
        Field { name: "HostNetwork", type_name: "bool", json: "hostNetwork", shape: Shape::Flag },
        Field { name: "HostPID", type_name: "bool", json: "hostPID", shape: Shape::Flag },
        Field { name: "HostIPC", type_name: "bool", json: "hostIPC", shape: Shape::Flag },
        Field {
            name: "ShareProcessNamespace",
            type_name: "*bool",
            json: "shareProcessNamespace",
            shape: Shape::Pointer(&Shape::Flag),
        },
        Field {
            name: "SecurityContext",
            type_name: "*core.PodSecurityContext",
            json: "securityContext",
            shape: Shape::Pointer(&Shape::Struct(&POD_SECURITY_CONTEXT)),
        },
        Field {
            name: "ImagePullSecrets",
            type_name: "[]core.LocalObjectReference",
            json: "imagePullSecrets",
            shape: Shape::List(&Shape::Struct(&LOCAL_OBJECT_REFERENCE)),
        },
        Field { name: "Hostname", type_name: "string", json: "hostname", shape: Shape::Text },
        Field { name: "Subdomain", type_name: "string", json: "subdomain", shape: Shape::Text },
        Field {
            name: "Affinity",
            type_name: "*core.Affinity",
            json: "affinity",
            shape: Shape::Pointer(&Shape::Struct(&AFFINITY)),
        },
        Field { name: "SchedulerName", type_name: "string", json: "schedulerName", shape: Shape::Text },
        Field {
            name: "Tolerations",
            type_name: "[]core.Toleration",
            json: "tolerations",
            shape: Shape::List(&Shape::Struct(&TOLERATION)),
        },
        Field {
            name: "HostAliases",
            type_name: "[]core.HostAlias",
            json: "hostAliases",
            shape: Shape::List(&Shape::Struct(&HOST_ALIAS)),
        },
        Field {
            name: "PriorityClassName",
            type_name: "string",
            json: "priorityClassName",
            shape: Shape::Text,
        },
        Field {
            name: "Priority",
            type_name: "*int32",
            json: "priority",
            shape: Shape::Pointer(&Shape::Number),
        },
        Field {
            name: "DNSConfig",
            type_name: "*core.PodDNSConfig",
            json: "dnsConfig",
            shape: Shape::Pointer(&Shape::Struct(&POD_DNS_CONFIG)),
        },
        Field {
            name: "ReadinessGates",
            type_name: "[]core.PodReadinessGate",
            json: "readinessGates",
            shape: Shape::List(&Shape::Struct(&POD_READINESS_GATE)),
        },
        Field {
            name: "RuntimeClassName",
            type_name: "*string",
            json: "runtimeClassName",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field {
            name: "EnableServiceLinks",
            type_name: "*bool",
            json: "enableServiceLinks",
            shape: Shape::Pointer(&Shape::Flag),
        },
        Field {
            name: "PreemptionPolicy",
            type_name: "*core.PreemptionPolicy",
            json: "preemptionPolicy",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field {
            name: "Overhead",
            type_name: "core.ResourceList",
            json: "overhead",
            shape: Shape::Map(&Shape::Quantity),
        },
        Field {
            name: "TopologySpreadConstraints",
            type_name: "[]core.TopologySpreadConstraint",
            json: "topologySpreadConstraints",
            shape: Shape::List(&Shape::Struct(&TOPOLOGY_SPREAD_CONSTRAINT)),
        },
        Field {
            name: "SetHostnameAsFQDN",
            type_name: "*bool",
            json: "setHostnameAsFQDN",
            shape: Shape::Pointer(&Shape::Flag),
        },
        Field {
            name: "OS",
            type_name: "*core.PodOS",
            json: "os",
            shape: Shape::Pointer(&Shape::Struct(&POD_OS)),
        },
        Field {
            name: "HostUsers",
            type_name: "*bool",
            json: "hostUsers",
            shape: Shape::Pointer(&Shape::Flag),
        },
        Field {
            name: "SchedulingGates",
            type_name: "[]core.PodSchedulingGate",
            json: "schedulingGates",
            shape: Shape::List(&Shape::Struct(&POD_SCHEDULING_GATE)),
        },
        Field {
            name: "ResourceClaims",
            type_name: "[]core.PodResourceClaim",
            json: "resourceClaims",
            shape: Shape::List(&Shape::Struct(&POD_RESOURCE_CLAIM)),
        },
        Field {
            name: "Resources",
            type_name: "*core.ResourceRequirements",
            json: "resources",
            shape: Shape::Pointer(&Shape::Struct(&RESOURCE_REQUIREMENTS)),
        },
        Field {
            name: "HostnameOverride",
            type_name: "*string",
            json: "hostnameOverride",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field {
            name: "SchedulingGroup",
            type_name: "*core.PodSchedulingGroup",
            json: "schedulingGroup",
            shape: Shape::Pointer(&Shape::Struct(&POD_SCHEDULING_GROUP)),
        },
        Field {
            name: "EvictionResponders",
            type_name: "[]core.EvictionResponder",
            json: "evictionResponders",
            shape: Shape::List(&Shape::Struct(&EVICTION_RESPONDER)),
        },
    ],
};

static POD_STATUS: Struct = Struct {
    fields: &[
        Field {
            name: "ObservedGeneration",
            type_name: "int64",
            json: "observedGeneration",
            shape: Shape::Number,
        },
        Field { name: "Phase", type_name: "core.PodPhase", json: "phase", shape: Shape::Text },
        Field {
            name: "Conditions",
            type_name: "[]core.PodCondition",
            json: "conditions",
            shape: Shape::List(&Shape::Struct(&POD_CONDITION)),
        },
        Field { name: "Message", type_name: "string", json: "message", shape: Shape::Text },
        Field { name: "Reason", type_name: "string", json: "reason", shape: Shape::Text },
        Field {
            name: "NominatedNodeName",
            type_name: "string",
            json: "nominatedNodeName",
            shape: Shape::Text,
        },
        Field { name: "HostIP", type_name: "string", json: "hostIP", shape: Shape::Text },
        Field {
            name: "HostIPs",
            type_name: "[]core.HostIP",
            json: "hostIPs",
            shape: Shape::List(&Shape::Struct(&HOST_IP)),
        },
        Field { name: "PodIP", type_name: "string", json: "podIP", shape: Shape::Text },
        Field {
            name: "PodIPs",
            type_name: "[]core.PodIP",
            json: "podIPs",
            shape: Shape::List(&Shape::Struct(&POD_IP)),
        },
        Field {
            name: "StartTime",
            type_name: "*v1.Time",
            json: "startTime",
            shape: Shape::Pointer(&Shape::Time),
        },
        Field {
            name: "InitContainerStatuses",
            type_name: "[]core.ContainerStatus",
            json: "initContainerStatuses",
            shape: Shape::List(&Shape::Struct(&CONTAINER_STATUS)),
        },
        Field {
            name: "ContainerStatuses",
            type_name: "[]core.ContainerStatus",
            json: "containerStatuses",
            shape: Shape::List(&Shape::Struct(&CONTAINER_STATUS)),
        },
        Field { name: "QOSClass", type_name: "core.PodQOSClass", json: "qosClass", shape: Shape::Text },
        Field {
            name: "EphemeralContainerStatuses",
            type_name: "[]core.ContainerStatus",
            json: "ephemeralContainerStatuses",
            shape: Shape::List(&Shape::Struct(&CONTAINER_STATUS)),
        },
        Field { name: "Resize", type_name: "core.PodResizeStatus", json: "resize", shape: Shape::Text },
        Field {
            name: "ResourceClaimStatuses",
            type_name: "[]core.PodResourceClaimStatus",
            json: "resourceClaimStatuses",
            shape: Shape::List(&Shape::Struct(&POD_RESOURCE_CLAIM_STATUS)),
        },
        Field {
            name: "ExtendedResourceClaimStatus",
            type_name: "*core.PodExtendedResourceClaimStatus",
            json: "extendedResourceClaimStatus",
            shape: Shape::Pointer(&Shape::Struct(&POD_EXTENDED_RESOURCE_CLAIM_STATUS)),
        },
        Field {
            name: "AllocatedResources",
            type_name: "core.ResourceList",
            json: "allocatedResources",
            shape: Shape::Map(&Shape::Quantity),
        },
        Field {
            name: "Resources",
            type_name: "*core.ResourceRequirements",
            json: "resources",
            shape: Shape::Pointer(&Shape::Struct(&RESOURCE_REQUIREMENTS)),
        },
        Field {
            name: "NodeAllocatableResourceClaimStatuses",
            type_name: "[]core.NodeAllocatableResourceClaimStatus",
            json: "nodeAllocatableResourceClaimStatuses",
            shape: Shape::List(&Shape::Struct(&NODE_ALLOCATABLE_RESOURCE_CLAIM_STATUS)),
        },
        Field {
            name: "VolumeHealth",
            type_name: "[]core.PodVolumeHealth",
            json: "volumeHealth",
            shape: Shape::List(&Shape::Struct(&POD_VOLUME_HEALTH)),
        },
    ],
};

static POD_VOLUME_HEALTH: Struct = Struct {
    fields: &[
        Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text },
        Field {
            name: "HealthConditions",
            type_name: "[]core.VolumeHealthCondition",
            json: "healthConditions",
            shape: Shape::List(&Shape::Struct(&VOLUME_HEALTH_CONDITION)),
        },
        Field {
            name: "LastTransitionTime",
            type_name: "v1.Time",
            json: "lastTransitionTime",
            shape: Shape::Time,
        },
    ],
};

static PORTWORX_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "VolumeID", type_name: "string", json: "volumeID", shape: Shape::Text },
        Field { name: "FSType", type_name: "string", json: "fsType", shape: Shape::Text },
        Field { name: "ReadOnly", type_name: "bool", json: "readOnly", shape: Shape::Flag },
    ],
};

static PREFERRED_SCHEDULING_TERM: Struct = Struct {
    fields: &[
        Field { name: "Weight", type_name: "int32", json: "weight", shape: Shape::Number },
        Field {
            name: "Preference",
            type_name: "core.NodeSelectorTerm",
            json: "preference",
            shape: Shape::Struct(&NODE_SELECTOR_TERM),
        },
    ],
};

static PROBE: Struct = Struct {
    fields: &[
        Field {
            name: "ProbeHandler",
            type_name: "core.ProbeHandler",
            json: "",
            shape: Shape::Embedded(&PROBE_HANDLER),
        },
        Field {
            name: "InitialDelaySeconds",
            type_name: "int32",
            json: "initialDelaySeconds",
            shape: Shape::Number,
        },
        Field { name: "TimeoutSeconds", type_name: "int32", json: "timeoutSeconds", shape: Shape::Number },
        Field { name: "PeriodSeconds", type_name: "int32", json: "periodSeconds", shape: Shape::Number },
        Field {
            name: "SuccessThreshold",
            type_name: "int32",
            json: "successThreshold",
            shape: Shape::Number,
        },
        Field {
            name: "FailureThreshold",
            type_name: "int32",
            json: "failureThreshold",
            shape: Shape::Number,
        },
        Field {
            name: "TerminationGracePeriodSeconds",
            type_name: "*int64",
            json: "terminationGracePeriodSeconds",
            shape: Shape::Pointer(&Shape::Number),
        },
    ],
};

static PROBE_HANDLER: Struct = Struct {
    fields: &[
        Field {
            name: "Exec",
            type_name: "*core.ExecAction",
            json: "exec",
            shape: Shape::Pointer(&Shape::Struct(&EXEC_ACTION)),
        },
        Field {
            name: "HTTPGet",
            type_name: "*core.HTTPGetAction",
            json: "httpGet",
            shape: Shape::Pointer(&Shape::Struct(&HTTP_GET_ACTION)),
        },
        Field {
            name: "TCPSocket",
            type_name: "*core.TCPSocketAction",
            json: "tcpSocket",
            shape: Shape::Pointer(&Shape::Struct(&TCP_SOCKET_ACTION)),
        },
        Field {
            name: "GRPC",
            type_name: "*core.GRPCAction",
            json: "grpc",
            shape: Shape::Pointer(&Shape::Struct(&GRPC_ACTION)),
        },
    ],
};

static PROJECTED_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field {
            name: "Sources",
            type_name: "[]core.VolumeProjection",
            json: "sources",
            shape: Shape::List(&Shape::Struct(&VOLUME_PROJECTION)),
        },
        Field {
            name: "DefaultMode",
            type_name: "*int32",
            json: "defaultMode",
            shape: Shape::Pointer(&Shape::Number),
        },
        Field {
            name: "DefaultUser",
            type_name: "*int64",
            json: "defaultUser",
            shape: Shape::Pointer(&Shape::Number),
        },
    ],
};

static QUOBYTE_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "Registry", type_name: "string", json: "registry", shape: Shape::Text },
        Field { name: "Volume", type_name: "string", json: "volume", shape: Shape::Text },
        Field { name: "ReadOnly", type_name: "bool", json: "readOnly", shape: Shape::Flag },
        Field { name: "User", type_name: "string", json: "user", shape: Shape::Text },
        Field { name: "Group", type_name: "string", json: "group", shape: Shape::Text },
        Field { name: "Tenant", type_name: "string", json: "tenant", shape: Shape::Text },
    ],
};

static RBD_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field {
            name: "CephMonitors",
            type_name: "[]string",
            json: "monitors",
            shape: Shape::List(&Shape::Text),
        },
        Field { name: "RBDImage", type_name: "string", json: "image", shape: Shape::Text },
        Field { name: "FSType", type_name: "string", json: "fsType", shape: Shape::Text },
        Field { name: "RBDPool", type_name: "string", json: "pool", shape: Shape::Text },
        Field { name: "RadosUser", type_name: "string", json: "user", shape: Shape::Text },
        Field { name: "Keyring", type_name: "string", json: "keyring", shape: Shape::Text },
        Field {
            name: "SecretRef",
            type_name: "*core.LocalObjectReference",
            json: "secretRef",
            shape: Shape::Pointer(&Shape::Struct(&LOCAL_OBJECT_REFERENCE)),
        },
        Field { name: "ReadOnly", type_name: "bool", json: "readOnly", shape: Shape::Flag },
    ],
};

static RESOURCE_CLAIM: Struct = Struct {
    fields: &[
        Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text },
        Field { name: "Request", type_name: "string", json: "request", shape: Shape::Text },
    ],
};

static RESOURCE_FIELD_SELECTOR: Struct = Struct {
    fields: &[
        Field { name: "ContainerName", type_name: "string", json: "containerName", shape: Shape::Text },
        Field { name: "Resource", type_name: "string", json: "resource", shape: Shape::Text },
        Field { name: "Divisor", type_name: "resource.Quantity", json: "divisor", shape: Shape::Quantity },
    ],
};

static RESOURCE_HEALTH: Struct = Struct {
    fields: &[
        Field { name: "ResourceID", type_name: "core.ResourceID", json: "resourceID", shape: Shape::Text },
        Field { name: "Health", type_name: "core.ResourceHealthStatus", json: "health", shape: Shape::Text },
        Field { name: "Message", type_name: "*string", json: "message", shape: Shape::Pointer(&Shape::Text) },
    ],
};

static RESOURCE_REQUIREMENTS: Struct = Struct {
    fields: &[
        Field {
            name: "Limits",
            type_name: "core.ResourceList",
            json: "limits",
            shape: Shape::Map(&Shape::Quantity),
        },
        Field {
            name: "Requests",
            type_name: "core.ResourceList",
            json: "requests",
            shape: Shape::Map(&Shape::Quantity),
        },
        Field {
            name: "Claims",
            type_name: "[]core.ResourceClaim",
            json: "claims",
            shape: Shape::List(&Shape::Struct(&RESOURCE_CLAIM)),
        },
    ],
};

static RESOURCE_STATUS: Struct = Struct {
    fields: &[
        Field { name: "Name", type_name: "core.ResourceName", json: "name", shape: Shape::Text },
        Field {
            name: "Resources",
            type_name: "[]core.ResourceHealth",
            json: "resources",
            shape: Shape::List(&Shape::Struct(&RESOURCE_HEALTH)),
        },
    ],
};

static SCALE_IO_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "Gateway", type_name: "string", json: "gateway", shape: Shape::Text },
        Field { name: "System", type_name: "string", json: "system", shape: Shape::Text },
        Field {
            name: "SecretRef",
            type_name: "*core.LocalObjectReference",
            json: "secretRef",
            shape: Shape::Pointer(&Shape::Struct(&LOCAL_OBJECT_REFERENCE)),
        },
        Field { name: "SSLEnabled", type_name: "bool", json: "sslEnabled", shape: Shape::Flag },
        Field { name: "ProtectionDomain", type_name: "string", json: "protectionDomain", shape: Shape::Text },
        Field { name: "StoragePool", type_name: "string", json: "storagePool", shape: Shape::Text },
        Field { name: "StorageMode", type_name: "string", json: "storageMode", shape: Shape::Text },
        Field { name: "VolumeName", type_name: "string", json: "volumeName", shape: Shape::Text },
        Field { name: "FSType", type_name: "string", json: "fsType", shape: Shape::Text },
        Field { name: "ReadOnly", type_name: "bool", json: "readOnly", shape: Shape::Flag },
    ],
};

static SECCOMP_PROFILE: Struct = Struct {
    fields: &[
        Field { name: "Type", type_name: "core.SeccompProfileType", json: "type", shape: Shape::Text },
        Field {
            name: "LocalhostProfile",
            type_name: "*string",
            json: "localhostProfile",
            shape: Shape::Pointer(&Shape::Text),
        },
    ],
};

static SECRET_ENV_SOURCE: Struct = Struct {
    fields: &[
        Field {
            name: "LocalObjectReference",
            type_name: "core.LocalObjectReference",
            json: "",
            shape: Shape::Embedded(&LOCAL_OBJECT_REFERENCE),
        },
        Field { name: "Optional", type_name: "*bool", json: "optional", shape: Shape::Pointer(&Shape::Flag) },
    ],
};

static SECRET_KEY_SELECTOR: Struct = Struct {
    fields: &[
        Field {
            name: "LocalObjectReference",
            type_name: "core.LocalObjectReference",
            json: "",
            shape: Shape::Embedded(&LOCAL_OBJECT_REFERENCE),
        },
        Field { name: "Key", type_name: "string", json: "key", shape: Shape::Text },
        Field { name: "Optional", type_name: "*bool", json: "optional", shape: Shape::Pointer(&Shape::Flag) },
    ],
};

static SECRET_PROJECTION: Struct = Struct {
    fields: &[
        Field {
            name: "LocalObjectReference",
            type_name: "core.LocalObjectReference",
            json: "",
            shape: Shape::Embedded(&LOCAL_OBJECT_REFERENCE),
        },
        Field {
            name: "Items",
            type_name: "[]core.KeyToPath",
            json: "items",
            shape: Shape::List(&Shape::Struct(&KEY_TO_PATH)),
        },
        Field { name: "Optional", type_name: "*bool", json: "optional", shape: Shape::Pointer(&Shape::Flag) },
    ],
};

static SECRET_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "SecretName", type_name: "string", json: "secretName", shape: Shape::Text },
        Field {
            name: "Items",
            type_name: "[]core.KeyToPath",
            json: "items",
            shape: Shape::List(&Shape::Struct(&KEY_TO_PATH)),
        },
        Field {
            name: "DefaultMode",
            type_name: "*int32",
            json: "defaultMode",
            shape: Shape::Pointer(&Shape::Number),
        },
        Field { name: "Optional", type_name: "*bool", json: "optional", shape: Shape::Pointer(&Shape::Flag) },
        Field {
            name: "DefaultUser",
            type_name: "*int64",
            json: "defaultUser",
            shape: Shape::Pointer(&Shape::Number),
        },
    ],
};

static SECURITY_CONTEXT: Struct = Struct {
    fields: &[
        Field {
            name: "Capabilities",
            type_name: "*core.Capabilities",
            json: "capabilities",
            shape: Shape::Pointer(&Shape::Struct(&CAPABILITIES)),
        },
        Field {
            name: "Privileged",
            type_name: "*bool",
            json: "privileged",
            shape: Shape::Pointer(&Shape::Flag),
        },
        Field {
            name: "SELinuxOptions",
            type_name: "*core.SELinuxOptions",
            json: "seLinuxOptions",
            shape: Shape::Pointer(&Shape::Struct(&SE_LINUX_OPTIONS)),
        },
        Field {
            name: "WindowsOptions",
            type_name: "*core.WindowsSecurityContextOptions",
            json: "windowsOptions",
            shape: Shape::Pointer(&Shape::Struct(&WINDOWS_SECURITY_CONTEXT_OPTIONS)),
        },
        Field {
            name: "RunAsUser",
            type_name: "*int64",
            json: "runAsUser",
            shape: Shape::Pointer(&Shape::Number),
        },
        Field {
            name: "RunAsGroup",
            type_name: "*int64",
            json: "runAsGroup",
            shape: Shape::Pointer(&Shape::Number),
        },
        Field {
            name: "RunAsNonRoot",
            type_name: "*bool",
            json: "runAsNonRoot",
            shape: Shape::Pointer(&Shape::Flag),
        },
        Field {
            name: "ReadOnlyRootFilesystem",
            type_name: "*bool",
            json: "readOnlyRootFilesystem",
            shape: Shape::Pointer(&Shape::Flag),
        },
        Field {
            name: "AllowPrivilegeEscalation",
            type_name: "*bool",
            json: "allowPrivilegeEscalation",
            shape: Shape::Pointer(&Shape::Flag),
        },
        Field {
            name: "ProcMount",
            type_name: "*core.ProcMountType",
            json: "procMount",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field {
            name: "SeccompProfile",
            type_name: "*core.SeccompProfile",
            json: "seccompProfile",
            shape: Shape::Pointer(&Shape::Struct(&SECCOMP_PROFILE)),
        },
        Field {
            name: "AppArmorProfile",
            type_name: "*core.AppArmorProfile",
            json: "appArmorProfile",
            shape: Shape::Pointer(&Shape::Struct(&APP_ARMOR_PROFILE)),
        },
    ],
};

static SERVICE_ACCOUNT_TOKEN_PROJECTION: Struct = Struct {
    fields: &[
        Field { name: "Audience", type_name: "string", json: "audience", shape: Shape::Text },
        Field {
            name: "ExpirationSeconds",
            type_name: "*int64",
            json: "expirationSeconds",
            shape: Shape::Pointer(&Shape::Number),
        },
        Field { name: "Path", type_name: "string", json: "path", shape: Shape::Text },
        Field { name: "User", type_name: "*int64", json: "user", shape: Shape::Pointer(&Shape::Number) },
    ],
};

static SE_LINUX_OPTIONS: Struct = Struct {
    fields: &[
        Field { name: "User", type_name: "string", json: "user", shape: Shape::Text },
        Field { name: "Role", type_name: "string", json: "role", shape: Shape::Text },
        Field { name: "Type", type_name: "string", json: "type", shape: Shape::Text },
        Field { name: "Level", type_name: "string", json: "level", shape: Shape::Text },
    ],
};

static SLEEP_ACTION: Struct = Struct {
    fields: &[Field { name: "Seconds", type_name: "int64", json: "seconds", shape: Shape::Number }],
};

static STORAGE_OS_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "VolumeName", type_name: "string", json: "volumeName", shape: Shape::Text },
        Field { name: "VolumeNamespace", type_name: "string", json: "volumeNamespace", shape: Shape::Text },
        Field { name: "FSType", type_name: "string", json: "fsType", shape: Shape::Text },
        Field { name: "ReadOnly", type_name: "bool", json: "readOnly", shape: Shape::Flag },
        Field {
            name: "SecretRef",
            type_name: "*core.LocalObjectReference",
            json: "secretRef",
            shape: Shape::Pointer(&Shape::Struct(&LOCAL_OBJECT_REFERENCE)),
        },
    ],
};

static SYSCTL: Struct = Struct {
    fields: &[
        Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text },
        Field { name: "Value", type_name: "string", json: "value", shape: Shape::Text },
    ],
};

static TCP_SOCKET_ACTION: Struct = Struct {
    fields: &[
        Field { name: "Port", type_name: "intstr.IntOrString", json: "port", shape: Shape::Port },
        Field { name: "Host", type_name: "string", json: "host", shape: Shape::Text },
    ],
};

static TOLERATION: Struct = Struct {
    fields: &[
        Field { name: "Key", type_name: "string", json: "key", shape: Shape::Text },
        Field {
            name: "Operator",
            type_name: "core.TolerationOperator",
            json: "operator",
            shape: Shape::Text,
        },
        Field { name: "Value", type_name: "string", json: "value", shape: Shape::Text },
        Field { name: "Effect", type_name: "core.TaintEffect", json: "effect", shape: Shape::Text },
        Field {
            name: "TolerationSeconds",
            type_name: "*int64",
            json: "tolerationSeconds",
            shape: Shape::Pointer(&Shape::Number),
        },
    ],
};

static TOPOLOGY_SPREAD_CONSTRAINT: Struct = Struct {
    fields: &[
        Field { name: "MaxSkew", type_name: "int32", json: "maxSkew", shape: Shape::Number },
        Field { name: "TopologyKey", type_name: "string", json: "topologyKey", shape: Shape::Text },
        Field {
            name: "WhenUnsatisfiable",
            type_name: "core.UnsatisfiableConstraintAction",
            json: "whenUnsatisfiable",
            shape: Shape::Text,
        },
        Field {
            name: "LabelSelector",
            type_name: "*v1.LabelSelector",
            json: "labelSelector",
            shape: Shape::Pointer(&Shape::Struct(&LABEL_SELECTOR)),
        },
        Field {
            name: "MinDomains",
            type_name: "*int32",
            json: "minDomains",
            shape: Shape::Pointer(&Shape::Number),
        },
        Field {
            name: "NodeAffinityPolicy",
            type_name: "*core.NodeInclusionPolicy",
            json: "nodeAffinityPolicy",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field {
            name: "NodeTaintsPolicy",
            type_name: "*core.NodeInclusionPolicy",
            json: "nodeTaintsPolicy",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field {
            name: "MatchLabelKeys",
            type_name: "[]string",
            json: "matchLabelKeys",
            shape: Shape::List(&Shape::Text),
        },
    ],
};

static TYPED_LOCAL_OBJECT_REFERENCE: Struct = Struct {
    fields: &[
        Field {
            name: "APIGroup",
            type_name: "*string",
            json: "apiGroup",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field { name: "Kind", type_name: "string", json: "kind", shape: Shape::Text },
        Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text },
    ],
};

static TYPED_OBJECT_REFERENCE: Struct = Struct {
    fields: &[
        Field {
            name: "APIGroup",
            type_name: "*string",
            json: "apiGroup",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field { name: "Kind", type_name: "string", json: "kind", shape: Shape::Text },
        Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text },
        Field {
            name: "Namespace",
            type_name: "*string",
            json: "namespace",
            shape: Shape::Pointer(&Shape::Text),
        },
    ],
};

static TYPE_META: Struct = Struct {
    fields: &[
        Field { name: "Kind", type_name: "string", json: "kind", shape: Shape::Text },
        Field { name: "APIVersion", type_name: "string", json: "apiVersion", shape: Shape::Text },
    ],
};

static VOLUME: Struct = Struct {
    fields: &[
        Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text },
        Field {
            name: "VolumeSource",
            type_name: "core.VolumeSource",
            json: "",
            shape: Shape::Embedded(&VOLUME_SOURCE),
        },
    ],
};

static VOLUME_DEVICE: Struct = Struct {
    fields: &[
        Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text },
        Field { name: "DevicePath", type_name: "string", json: "devicePath", shape: Shape::Text },
    ],
};

static VOLUME_HEALTH_CONDITION: Struct = Struct {
    fields: &[
        Field {
            name: "Status",
            type_name: "core.VolumeHealthStatusType",
            json: "status",
            shape: Shape::Text,
        },
        Field { name: "Reason", type_name: "string", json: "reason", shape: Shape::Text },
        Field { name: "Message", type_name: "string", json: "message", shape: Shape::Text },
    ],
};

static VOLUME_MOUNT: Struct = Struct {
    fields: &[
        Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text },
        Field { name: "ReadOnly", type_name: "bool", json: "readOnly", shape: Shape::Flag },
        Field {
            name: "RecursiveReadOnly",
            type_name: "*core.RecursiveReadOnlyMode",
            json: "recursiveReadOnly",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field { name: "MountPath", type_name: "string", json: "mountPath", shape: Shape::Text },
        Field { name: "SubPath", type_name: "string", json: "subPath", shape: Shape::Text },
        Field {
            name: "MountPropagation",
            type_name: "*core.MountPropagationMode",
            json: "mountPropagation",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field { name: "SubPathExpr", type_name: "string", json: "subPathExpr", shape: Shape::Text },
        Field {
            name: "BindMountOptions",
            type_name: "[]string",
            json: "bindMountOptions",
            shape: Shape::List(&Shape::Text),
        },
    ],
};

static VOLUME_MOUNT_STATUS: Struct = Struct {
    fields: &[
        Field { name: "Name", type_name: "string", json: "name", shape: Shape::Text },
        Field { name: "MountPath", type_name: "string", json: "mountPath", shape: Shape::Text },
        Field { name: "ReadOnly", type_name: "bool", json: "readOnly", shape: Shape::Flag },
        Field {
            name: "RecursiveReadOnly",
            type_name: "*core.RecursiveReadOnlyMode",
            json: "recursiveReadOnly",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field {
            name: "VolumeStatus",
            type_name: "*core.VolumeStatus",
            json: "volumeStatus",
            shape: Shape::Pointer(&Shape::Struct(&VOLUME_STATUS)),
        },
    ],
};

static VOLUME_PROJECTION: Struct = Struct {
    fields: &[
        Field {
            name: "Secret",
            type_name: "*core.SecretProjection",
            json: "secret",
            shape: Shape::Pointer(&Shape::Struct(&SECRET_PROJECTION)),
        },
        Field {
            name: "DownwardAPI",
            type_name: "*core.DownwardAPIProjection",
            json: "downwardAPI",
            shape: Shape::Pointer(&Shape::Struct(&DOWNWARD_API_PROJECTION)),
        },
        Field {
            name: "ConfigMap",
            type_name: "*core.ConfigMapProjection",
            json: "configMap",
            shape: Shape::Pointer(&Shape::Struct(&CONFIG_MAP_PROJECTION)),
        },
        Field {
            name: "ServiceAccountToken",
            type_name: "*core.ServiceAccountTokenProjection",
            json: "serviceAccountToken",
            shape: Shape::Pointer(&Shape::Struct(&SERVICE_ACCOUNT_TOKEN_PROJECTION)),
        },
        Field {
            name: "ClusterTrustBundle",
            type_name: "*core.ClusterTrustBundleProjection",
            json: "clusterTrustBundle",
            shape: Shape::Pointer(&Shape::Struct(&CLUSTER_TRUST_BUNDLE_PROJECTION)),
        },
        Field {
            name: "PodCertificate",
            type_name: "*core.PodCertificateProjection",
            json: "podCertificate",
            shape: Shape::Pointer(&Shape::Struct(&POD_CERTIFICATE_PROJECTION)),
        },
    ],
};

static VOLUME_RESOURCE_REQUIREMENTS: Struct = Struct {
    fields: &[
        Field {
            name: "Limits",
            type_name: "core.ResourceList",
            json: "limits",
            shape: Shape::Map(&Shape::Quantity),
        },
        Field {
            name: "Requests",
            type_name: "core.ResourceList",
            json: "requests",
            shape: Shape::Map(&Shape::Quantity),
        },
    ],
};

static VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field {
            name: "HostPath",
            type_name: "*core.HostPathVolumeSource",
            json: "hostPath",
            shape: Shape::Pointer(&Shape::Struct(&HOST_PATH_VOLUME_SOURCE)),
        },
        Field {
            name: "EmptyDir",
            type_name: "*core.EmptyDirVolumeSource",
            json: "emptyDir",
            shape: Shape::Pointer(&Shape::Struct(&EMPTY_DIR_VOLUME_SOURCE)),
        },
        Field {
            name: "GCEPersistentDisk",
            type_name: "*core.GCEPersistentDiskVolumeSource",
            json: "gcePersistentDisk",
            shape: Shape::Pointer(&Shape::Struct(&GCE_PERSISTENT_DISK_VOLUME_SOURCE)),
        },
        Field {
            name: "AWSElasticBlockStore",
            type_name: "*core.AWSElasticBlockStoreVolumeSource",
            json: "awsElasticBlockStore",
            shape: Shape::Pointer(&Shape::Struct(&AWS_ELASTIC_BLOCK_STORE_VOLUME_SOURCE)),
        },
        Field {
            name: "GitRepo",
            type_name: "*core.GitRepoVolumeSource",
            json: "gitRepo",
            shape: Shape::Pointer(&Shape::Struct(&GIT_REPO_VOLUME_SOURCE)),
        },
        Field {
            name: "Secret",
            type_name: "*core.SecretVolumeSource",
            json: "secret",
            shape: Shape::Pointer(&Shape::Struct(&SECRET_VOLUME_SOURCE)),
        },
        Field {
            name: "NFS",
            type_name: "*core.NFSVolumeSource",
            json: "nfs",
            shape: Shape::Pointer(&Shape::Struct(&NFS_VOLUME_SOURCE)),
        },
        Field {
            name: "ISCSI",
            type_name: "*core.ISCSIVolumeSource",
            json: "iscsi",
            shape: Shape::Pointer(&Shape::Struct(&ISCSI_VOLUME_SOURCE)),
        },
        Field {
            name: "Glusterfs",
            type_name: "*core.GlusterfsVolumeSource",
            json: "glusterfs",
            shape: Shape::Pointer(&Shape::Struct(&GLUSTERFS_VOLUME_SOURCE)),
        },
        Field {
            name: "PersistentVolumeClaim",
            type_name: "*core.PersistentVolumeClaimVolumeSource",
            json: "persistentVolumeClaim",
            shape: Shape::Pointer(&Shape::Struct(&PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE)),
        },
        Field {
            name: "RBD",
            type_name: "*core.RBDVolumeSource",
            json: "rbd",
            shape: Shape::Pointer(&Shape::Struct(&RBD_VOLUME_SOURCE)),
        },
        Field {
            name: "FlexVolume",
            type_name: "*core.FlexVolumeSource",
            json: "flexVolume",
            shape: Shape::Pointer(&Shape::Struct(&FLEX_VOLUME_SOURCE)),
        },
        Field {
            name: "Cinder",
            type_name: "*core.CinderVolumeSource",
            json: "cinder",
            shape: Shape::Pointer(&Shape::Struct(&CINDER_VOLUME_SOURCE)),
        },
        Field {
            name: "CephFS",
            type_name: "*core.CephFSVolumeSource",
            json: "cephfs",
            shape: Shape::Pointer(&Shape::Struct(&CEPH_FS_VOLUME_SOURCE)),
        },
        Field {
            name: "Flocker",
            type_name: "*core.FlockerVolumeSource",
            json: "flocker",
            shape: Shape::Pointer(&Shape::Struct(&FLOCKER_VOLUME_SOURCE)),
        },
        Field {
            name: "DownwardAPI",
            type_name: "*core.DownwardAPIVolumeSource",
            json: "downwardAPI",
            shape: Shape::Pointer(&Shape::Struct(&DOWNWARD_API_VOLUME_SOURCE)),
        },
        Field {
            name: "FC",
            type_name: "*core.FCVolumeSource",
            json: "fc",
            shape: Shape::Pointer(&Shape::Struct(&FC_VOLUME_SOURCE)),
        },
        Field {
            name: "AzureFile",
            type_name: "*core.AzureFileVolumeSource",
            json: "azureFile",
            shape: Shape::Pointer(&Shape::Struct(&AZURE_FILE_VOLUME_SOURCE)),
        },
        Field {
            name: "ConfigMap",
            type_name: "*core.ConfigMapVolumeSource",
            json: "configMap",
            shape: Shape::Pointer(&Shape::Struct(&CONFIG_MAP_VOLUME_SOURCE)),
        },
        Field {
            name: "VsphereVolume",
            type_name: "*core.VsphereVirtualDiskVolumeSource",
            json: "vsphereVolume",
            shape: Shape::Pointer(&Shape::Struct(&VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE)),
        },
        Field {
            name: "Quobyte",
            type_name: "*core.QuobyteVolumeSource",
            json: "quobyte",
            shape: Shape::Pointer(&Shape::Struct(&QUOBYTE_VOLUME_SOURCE)),
        },
        Field {
            name: "AzureDisk",
            type_name: "*core.AzureDiskVolumeSource",
            json: "azureDisk",
            shape: Shape::Pointer(&Shape::Struct(&AZURE_DISK_VOLUME_SOURCE)),
        },
        Field {
            name: "PhotonPersistentDisk",
            type_name: "*core.PhotonPersistentDiskVolumeSource",
            json: "photonPersistentDisk",
            shape: Shape::Pointer(&Shape::Struct(&PHOTON_PERSISTENT_DISK_VOLUME_SOURCE)),
        },
        Field {
            name: "Projected",
            type_name: "*core.ProjectedVolumeSource",
            json: "projected",
            shape: Shape::Pointer(&Shape::Struct(&PROJECTED_VOLUME_SOURCE)),
        },
        Field {
            name: "PortworxVolume",
            type_name: "*core.PortworxVolumeSource",
            json: "portworxVolume",
            shape: Shape::Pointer(&Shape::Struct(&PORTWORX_VOLUME_SOURCE)),
        },
        Field {
            name: "ScaleIO",
            type_name: "*core.ScaleIOVolumeSource",
            json: "scaleIO",
            shape: Shape::Pointer(&Shape::Struct(&SCALE_IO_VOLUME_SOURCE)),
        },
        Field {
            name: "StorageOS",
            type_name: "*core.StorageOSVolumeSource",
            json: "storageos",
            shape: Shape::Pointer(&Shape::Struct(&STORAGE_OS_VOLUME_SOURCE)),
        },
        Field {
            name: "CSI",
            type_name: "*core.CSIVolumeSource",
            json: "csi",
            shape: Shape::Pointer(&Shape::Struct(&CSI_VOLUME_SOURCE)),
        },
        Field {
            name: "Ephemeral",
            type_name: "*core.EphemeralVolumeSource",
            json: "ephemeral",
            shape: Shape::Pointer(&Shape::Struct(&EPHEMERAL_VOLUME_SOURCE)),
        },
        Field {
            name: "Image",
            type_name: "*core.ImageVolumeSource",
            json: "image",
            shape: Shape::Pointer(&Shape::Struct(&IMAGE_VOLUME_SOURCE)),
        },
    ],
};

static VOLUME_STATUS: Struct = Struct {
    fields: &[Field {
        name: "Image",
        type_name: "*core.ImageVolumeStatus",
        json: "image",
        shape: Shape::Pointer(&Shape::Struct(&IMAGE_VOLUME_STATUS)),
    }],
};

static VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE: Struct = Struct {
    fields: &[
        Field { name: "VolumePath", type_name: "string", json: "volumePath", shape: Shape::Text },
        Field { name: "FSType", type_name: "string", json: "fsType", shape: Shape::Text },
        Field {
            name: "StoragePolicyName",
            type_name: "string",
            json: "storagePolicyName",
            shape: Shape::Text,
        },
        Field { name: "StoragePolicyID", type_name: "string", json: "storagePolicyID", shape: Shape::Text },
    ],
};

static WEIGHTED_POD_AFFINITY_TERM: Struct = Struct {
    fields: &[
        Field { name: "Weight", type_name: "int32", json: "weight", shape: Shape::Number },
        Field {
            name: "PodAffinityTerm",
            type_name: "core.PodAffinityTerm",
            json: "podAffinityTerm",
            shape: Shape::Struct(&POD_AFFINITY_TERM),
        },
    ],
};

static WINDOWS_SECURITY_CONTEXT_OPTIONS: Struct = Struct {
    fields: &[
        Field {
            name: "GMSACredentialSpecName",
            type_name: "*string",
            json: "gmsaCredentialSpecName",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field {
            name: "GMSACredentialSpec",
            type_name: "*string",
            json: "gmsaCredentialSpec",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field {
            name: "RunAsUserName",
            type_name: "*string",
            json: "runAsUserName",
            shape: Shape::Pointer(&Shape::Text),
        },
        Field {
            name: "HostProcess",
            type_name: "*bool",
            json: "hostProcess",
            shape: Shape::Pointer(&Shape::Flag),
        },
    ],
};
