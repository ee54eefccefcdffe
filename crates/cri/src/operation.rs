//! The verbs, by the names that users see in metrics and messages.

use std::fmt;

macro_rules! operations {
    ($($(#[$doc:meta])* $variant:ident = $label:literal),* $(,)?) => {
        /// One operation of the runtime. `Display` is the RPC's name, such as `RunPodSandbox`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operation {
            $(#[doc = concat!("The RPC `", stringify!($variant), "`.")] $(#[$doc])* $variant),*
        }

        impl Operation {
            /// Every operation, in the order of the groups of verbs.
            pub const ALL: &'static [Operation] = &[$(Operation::$variant),*];

            /// Value of the label `operation_type` in the metrics, as upstream spells it
            /// (`pkg/kubelet/kuberuntime/instrumented_services.go`, 1.37).
            pub fn label(self) -> &'static str {
                match self { $(Operation::$variant => $label),* }
            }

            /// Name of the RPC.
            pub fn rpc(self) -> &'static str {
                match self { $(Operation::$variant => stringify!($variant)),* }
            }
        }
    };
}

operations! {
    Version = "version",
    Status = "status",
    RuntimeConfig = "runtime_config",
    UpdateRuntimeConfig = "update_runtime_config",
    GetContainerEvents = "get_container_events",
    RunPodSandbox = "run_podsandbox",
    StopPodSandbox = "stop_podsandbox",
    RemovePodSandbox = "remove_podsandbox",
    PodSandboxStatus = "podsandbox_status",
    ListPodSandbox = "list_podsandbox",
    UpdatePodSandboxResources = "update_podsandbox_resources",
    CreateContainer = "create_container",
    StartContainer = "start_container",
    StopContainer = "stop_container",
    RemoveContainer = "remove_container",
    ListContainers = "list_containers",
    ContainerStatus = "container_status",
    UpdateContainerResources = "update_container",
    ReopenContainerLog = "reopen_container_log",
    ExecSync = "exec_sync",
    Exec = "exec",
    Attach = "attach",
    PortForward = "port_forward",
    CheckpointContainer = "checkpoint_container",
    CheckpointPod = "checkpoint_pod",
    RestorePod = "restore_pod",
    ContainerStats = "container_stats",
    ListContainerStats = "list_container_stats",
    PodSandboxStats = "podsandbox_stats",
    ListPodSandboxStats = "list_podsandbox_stats",
    ListMetricDescriptors = "list_metric_descriptors",
    ListPodSandboxMetrics = "list_podsandbox_metrics",
    ListImages = "list_images",
    ImageStatus = "image_status",
    PullImage = "pull_image",
    RemoveImage = "remove_image",
    ImageFsInfo = "image_fs_info",
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.rpc())
    }
}
