//! Reasons a user sees: of events, of waiting and terminated containers, of pods and their conditions.
//!
//! They are a user interface (dashboards and alerts match on them), therefore in one file and word for word as
//! upstream's: `pkg/kubelet/events/event.go`, `images/types.go`, `container/sync_result.go`,
//! `kuberuntime/kuberuntime_container.go`, `status/generate.go` of release 1.37.

/// Reasons of events about a container (`events/event.go`, "Container event reason list").
pub mod container_event {
    /// A container was created in the runtime.
    pub const CREATED: &str = "Created";
    /// A container was started.
    pub const STARTED: &str = "Started";
    /// A container could be neither created nor started.
    pub const FAILED: &str = "Failed";
    /// A container is being stopped.
    pub const KILLING: &str = "Killing";
    /// A container is being stopped to make room for a critical pod.
    pub const PREEMPTING: &str = "Preempting";
    /// A failed container waits before its next start.
    pub const BACK_OFF: &str = "BackOff";
    /// A container did not stop within its grace period.
    pub const EXCEEDED_GRACE_PERIOD: &str = "ExceededGracePeriod";
    /// A probe failed.
    pub const UNHEALTHY: &str = "Unhealthy";
    /// A probe succeeded with a warning.
    pub const PROBE_WARNING: &str = "ProbeWarning";
    /// The hook after a container's start failed.
    pub const FAILED_POST_START_HOOK: &str = "FailedPostStartHook";
    /// The hook before a container's stop failed.
    pub const FAILED_PRE_STOP_HOOK: &str = "FailedPreStopHook";
}

/// Reasons of events about an image that a container asks for (`events/event.go`, "Image event reason list").
pub mod image_event {
    /// A pull began.
    pub const PULLING: &str = "Pulling";
    /// A pull ended well, or the image was there already.
    pub const PULLED: &str = "Pulled";
    /// A pull failed.
    pub const FAILED: &str = "Failed";
    /// The runtime could not say whether the image is there.
    pub const INSPECT_FAILED: &str = "InspectFailed";
    /// The image is absent and `imagePullPolicy` is `Never`.
    pub const ERR_IMAGE_NEVER_PULL: &str = "ErrImageNeverPull";
    /// A failed pull waits before its next attempt.
    pub const BACK_OFF: &str = "BackOff";
}

/// Reasons of events about a pod, its sandbox and its volumes (`events/event.go`).
pub mod pod_event {
    /// The pod's containers or sandbox could not be stopped.
    pub const FAILED_KILL_POD: &str = "FailedKillPod";
    /// The pod's cgroup could not be created.
    pub const FAILED_CREATE_POD_CONTAINER: &str = "FailedCreatePodContainer";
    /// The pod's directories could not be made.
    pub const FAILED: &str = "Failed";
    /// The runtime's network is not ready.
    pub const NETWORK_NOT_READY: &str = "NetworkNotReady";
    /// One pass of the pod's actor failed.
    pub const FAILED_SYNC: &str = "FailedSync";
    /// A manifest was refused.
    pub const FAILED_VALIDATION: &str = "FailedValidation";
    /// `activeDeadlineSeconds` ran out.
    pub const DEADLINE_EXCEEDED: &str = "DeadlineExceeded";
    /// The pod was evicted.
    pub const EVICTED: &str = "Evicted";
    /// The pod's sandbox is stopped and made anew.
    pub const SANDBOX_CHANGED: &str = "SandboxChanged";
    /// The pod's sandbox could not be made.
    pub const FAILED_CREATE_POD_SANDBOX: &str = "FailedCreatePodSandBox";
    /// The runtime did not answer about the pod's sandbox.
    pub const FAILED_POD_SANDBOX_STATUS: &str = "FailedPodSandBoxStatus";
    /// Some pull secrets are missing, and a pull failed (`kubelet.go`, `SyncPod`).
    pub const FAILED_TO_RETRIEVE_IMAGE_PULL_SECRET: &str = "FailedToRetrieveImagePullSecret";
    /// A volume could not be mounted.
    pub const FAILED_MOUNT: &str = "FailedMount";
    /// A volume could not be attached.
    pub const FAILED_ATTACH_VOLUME: &str = "FailedAttachVolume";
    /// A block volume could not be mapped.
    pub const FAILED_MAP_VOLUME: &str = "FailedMapVolume";
    /// A volume was mounted.
    pub const SUCCESSFUL_MOUNT_VOLUME: &str = "SuccessfulMountVolume";
    /// `dnsPolicy` asks for a cluster DNS that this kubelet was not given.
    pub const MISSING_CLUSTER_DNS: &str = "MissingClusterDNS";
    /// The pod's resolv.conf was cut to what resolvers accept.
    pub const DNS_CONFIG_FORMING: &str = "DNSConfigForming";
    /// A certificate of the pod was not refreshed in time (`podcertificate/podcertificatemanager.go`).
    pub const CERTIFICATE_OVERDUE_FOR_REFRESH: &str = "CertificateOverdueForRefresh";
    /// A certificate of the pod has expired.
    pub const CERTIFICATE_EXPIRED: &str = "CertificateExpired";
    /// Memory-backed volumes may reach the swap device.
    pub const POSSIBLE_MEMORY_BACKED_VOLUMES_ON_DISK: &str = "PossibleMemoryBackedVolumesOnDisk";
}

/// Reasons of events about the node (`events/event.go`, "kubelet event reason list").
pub mod node_event {
    /// The kubelet started.
    pub const STARTING: &str = "Starting";
    /// The kubelet could not set itself up.
    pub const KUBELET_SETUP_FAILED: &str = "KubeletSetupFailed";
    /// The node uses cgroup v1.
    pub const CGROUP_V1: &str = "CgroupV1";
    /// Dead containers could not be removed.
    pub const CONTAINER_GC_FAILED: &str = "ContainerGCFailed";
    /// Unused images could not be removed.
    pub const IMAGE_GC_FAILED: &str = "ImageGCFailed";
    /// The node became ready.
    pub const NODE_READY: &str = "NodeReady";
    /// The node stopped being ready.
    pub const NODE_NOT_READY: &str = "NodeNotReady";
    /// The node takes new pods again.
    pub const NODE_SCHEDULABLE: &str = "NodeSchedulable";
    /// The node takes no new pods: it was cordoned.
    pub const NODE_NOT_SCHEDULABLE: &str = "NodeNotSchedulable";
    /// There is enough memory.
    pub const NODE_HAS_SUFFICIENT_MEMORY: &str = "NodeHasSufficientMemory";
    /// Memory runs out.
    pub const NODE_HAS_INSUFFICIENT_MEMORY: &str = "NodeHasInsufficientMemory";
    /// There is enough disk space.
    pub const NODE_HAS_NO_DISK_PRESSURE: &str = "NodeHasNoDiskPressure";
    /// Disk space runs out.
    pub const NODE_HAS_DISK_PRESSURE: &str = "NodeHasDiskPressure";
    /// There are process ids left.
    pub const NODE_HAS_SUFFICIENT_PID: &str = "NodeHasSufficientPID";
    /// Process ids run out.
    pub const NODE_HAS_INSUFFICIENT_PID: &str = "NodeHasInsufficientPID";
    /// The machine was started anew since the last report.
    pub const REBOOTED: &str = "Rebooted";
    /// The machine's `resolv.conf` is more than pods can be given (`network/dns/dns.go`).
    pub const CHECK_LIMITS_FOR_RESOLV_CONF: &str = "CheckLimitsForResolvConf";
    /// What all pods may use together is bounded.
    pub const NODE_ALLOCATABLE_ENFORCED: &str = "NodeAllocatableEnforced";
    /// What all pods may use together could not be bounded.
    pub const FAILED_NODE_ALLOCATABLE_ENFORCEMENT: &str = "FailedNodeAllocatableEnforcement";
}

/// `state.waiting.reason` of a container.
pub mod waiting {
    /// Nothing was tried yet, no init containers.
    pub const CONTAINER_CREATING: &str = "ContainerCreating";
    /// Nothing was tried yet, init containers come first.
    pub const POD_INITIALIZING: &str = "PodInitializing";
    /// A failed container waits before its next start.
    pub const CRASH_LOOP_BACK_OFF: &str = "CrashLoopBackOff";
    /// The last pull failed.
    pub const ERR_IMAGE_PULL: &str = "ErrImagePull";
    /// A failed pull waits before its next attempt.
    pub const IMAGE_PULL_BACK_OFF: &str = "ImagePullBackOff";
    /// The image is absent and must not be pulled.
    pub const ERR_IMAGE_NEVER_PULL: &str = "ErrImageNeverPull";
    /// The image's name cannot be parsed.
    pub const INVALID_IMAGE_NAME: &str = "InvalidImageName";
    /// The runtime could not say whether the image is there.
    pub const IMAGE_INSPECT_ERROR: &str = "ImageInspectError";
    /// The registry did not answer.
    pub const REGISTRY_UNAVAILABLE: &str = "RegistryUnavailable";
    /// The image's signature is not accepted.
    pub const SIGNATURE_VALIDATION_FAILED: &str = "SignatureValidationFailed";
    /// What the runtime would be asked for could not be put together.
    pub const CREATE_CONTAINER_CONFIG_ERROR: &str = "CreateContainerConfigError";
    /// The runtime refused to create the container.
    pub const CREATE_CONTAINER_ERROR: &str = "CreateContainerError";
    /// Work before the creation failed.
    pub const PRE_CREATE_HOOK_ERROR: &str = "PreCreateHookError";
    /// Work before the start failed.
    pub const PRE_START_HOOK_ERROR: &str = "PreStartHookError";
    /// The hook after the start failed.
    pub const POST_START_HOOK_ERROR: &str = "PostStartHookError";
    /// The runtime refused to start the container.
    pub const RUN_CONTAINER_ERROR: &str = "RunContainerError";
    /// The sandbox could not be made.
    pub const CREATE_POD_SANDBOX_ERROR: &str = "CreatePodSandboxError";
    /// What the runtime would be asked for could not be put together.
    pub const CONFIG_POD_SANDBOX_ERROR: &str = "ConfigPodSandboxError";
    /// A container could not be stopped.
    pub const KILL_CONTAINER_ERROR: &str = "KillContainerError";
    /// A sandbox could not be stopped.
    pub const KILL_POD_SANDBOX_ERROR: &str = "KillPodSandboxError";
    /// A container could not be removed.
    pub const REMOVE_CONTAINER_ERROR: &str = "RemoveContainerError";
    /// A pod could not be resized in place.
    pub const RESIZE_POD_IN_PLACE_ERROR: &str = "ResizePodInPlaceError";
    /// The container was removed, to be started again with all others (`kubelet_pods.go`).
    pub const RESTARTING_ALL_CONTAINERS: &str = "RestartingAllContainers";
}

/// `state.terminated.reason` of a container.
pub mod terminated {
    /// The process ended with 0.
    pub const COMPLETED: &str = "Completed";
    /// The process ended with another status.
    pub const ERROR: &str = "Error";
    /// The kernel ended the process for want of memory.
    pub const OOM_KILLED: &str = "OOMKilled";
    /// The runtime no longer knows a container that ran (`container/runtime.go`).
    pub const CONTAINER_STATUS_UNKNOWN: &str = "ContainerStatusUnknown";
    /// The container was removed, to be started again with all others (`kubelet_pods.go`).
    pub const RESTARTING_ALL_CONTAINERS: &str = "RestartingAllContainers";
}

/// `status.reason` of a pod.
pub mod pod_status {
    /// `activeDeadlineSeconds` ran out.
    pub const DEADLINE_EXCEEDED: &str = "DeadlineExceeded";
    /// The pod was evicted.
    pub const EVICTED: &str = "Evicted";
    /// A critical pod took its place.
    pub const PREEMPTING: &str = "Preempting";
    /// The node shuts down.
    pub const NODE_SHUTDOWN: &str = "NodeShutdown";
    /// The pod was ended by the node's shutdown.
    pub const TERMINATED: &str = "Terminated";
}

/// Types of a pod's conditions.
pub mod condition {
    /// The pod was given a node; always true here.
    pub const POD_SCHEDULED: &str = "PodScheduled";
    /// The sandbox stands and has its network.
    pub const POD_READY_TO_START_CONTAINERS: &str = "PodReadyToStartContainers";
    /// All init containers are done.
    pub const INITIALIZED: &str = "Initialized";
    /// All containers are ready.
    pub const CONTAINERS_READY: &str = "ContainersReady";
    /// All containers and readiness gates are ready.
    pub const READY: &str = "Ready";
    /// The pod is being ended by the node.
    pub const DISRUPTION_TARGET: &str = "DisruptionTarget";
    /// Other resources were granted and are being put in place.
    pub const POD_RESIZE_IN_PROGRESS: &str = "PodResizeInProgress";
    /// Other resources were asked for and are not granted yet.
    pub const POD_RESIZE_PENDING: &str = "PodResizePending";
    /// All containers are started again after one of them ended.
    pub const ALL_CONTAINERS_RESTARTING: &str = "AllContainersRestarting";
}

/// Reasons of a pod's conditions (`status/generate.go`).
pub mod condition_reason {
    /// Some containers' states are not known.
    pub const UNKNOWN_CONTAINER_STATUSES: &str = "UnknownContainerStatuses";
    /// All containers ended with 0 and will not start again.
    pub const POD_COMPLETED: &str = "PodCompleted";
    /// A container failed and will not start again.
    pub const POD_FAILED: &str = "PodFailed";
    /// Some containers are not ready.
    pub const CONTAINERS_NOT_READY: &str = "ContainersNotReady";
    /// Some init containers are not done.
    pub const CONTAINERS_NOT_INITIALIZED: &str = "ContainersNotInitialized";
    /// There is no sandbox that containers can be started in (`kubelet/types/constants.go`).
    pub const POD_SANDBOX_NOT_READY: &str = "PodSandboxNotReady";
    /// Some readiness gates are not true.
    pub const READINESS_GATES_NOT_READY: &str = "ReadinessGatesNotReady";
    /// A container ended in a way for which all are started again.
    pub const RESTART_ALL_CONTAINERS_STARTED: &str = "RestartAllContainersStarted";
}
