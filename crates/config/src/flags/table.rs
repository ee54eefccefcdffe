//! Every flag of the kubelet, one line each, sorted by name.

use super::FlagKind::{
    Bool, BoolMap, Duration, HeaderMap, Int32, Int64, Ip, Labels, Level, LibraryDuration, Map, MapNoSplit,
    Quantity, ReservedMemory, String as Text, StringSlice, Taints, ThresholdMap, Version, Vmodule,
};
use super::Group::{
    Access, ApiServer, Eviction, Files, Images, Logging, Managers, Network, Node, Program, Resources,
    Runtime, Server, StaticPods, Volumes,
};
use super::{Flag, FlagKind, Group, Target};
use crate::schema::Effect::{self, Accepted, Acts};

const FILE_INSTEAD: &str = "This parameter should be set via the config file specified by the Kubelet's --config flag. See https://kubernetes.io/docs/tasks/administer-cluster/kubelet-config-file/ for more information.";
const EVICTION_INSTEAD: &str =
    "Use --eviction-hard or --eviction-soft instead. Will be removed in a future version.";
const CSI_INSTEAD: &str = "will be removed in 1.25 or later. in favor of using CSI.";
const REMOVED_SOON: &str = "will be removed in 1.25 or later.";

/// A flag that sets a field, deprecated in favour of the file.
const fn field(
    name: &'static str,
    kind: FlagKind,
    default: &'static str,
    group: Group,
    path: &'static str,
) -> Flag {
    Flag {
        name,
        shorthand: None,
        kind,
        default,
        group,
        deprecated: Some(FILE_INSTEAD),
        target: Target::Field(path),
        own_help: "",
        own_effect: Accepted,
    }
}

/// A flag that sets no field.
const fn only(
    name: &'static str,
    kind: FlagKind,
    default: &'static str,
    group: Group,
    effect: Effect,
    help: &'static str,
) -> Flag {
    Flag {
        name,
        shorthand: None,
        kind,
        default,
        group,
        deprecated: None,
        target: Target::Flag,
        own_help: help,
        own_effect: effect,
    }
}

impl Flag {
    const fn short(mut self, shorthand: char) -> Self {
        self.shorthand = Some(shorthand);
        self
    }

    const fn deprecated(mut self, message: &'static str) -> Self {
        self.deprecated = Some(message);
        self
    }

    /// One of the few flags that set a field and are here to stay.
    const fn kept(mut self) -> Self {
        self.deprecated = None;
        self
    }

    const fn control(mut self) -> Self {
        self.target = Target::Control;
        self
    }
}

/// A flag by its name; `_` stands for `-`.
pub(crate) fn find(name: &str) -> Option<&'static Flag> {
    let name = name.replace('_', "-");
    FLAGS.binary_search_by(|flag| flag.name.cmp(name.as_str())).ok().map(|index| &FLAGS[index])
}

/// The table.
#[rustfmt::skip]
pub const FLAGS: &[Flag] = &[
    field("address", Ip, "0.0.0.0", Server, "address"),
    field("allowed-unsafe-sysctls", StringSlice, "[]", Resources, "allowedUnsafeSysctls"),
    field("anonymous-auth", Bool, "true", Access, "authentication.anonymous.enabled"),
    field("authentication-token-webhook", Bool, "false", Access, "authentication.webhook.enabled"),
    field("authentication-token-webhook-cache-ttl", Duration, "2m0s", Access, "authentication.webhook.cacheTTL"),
    field("authorization-mode", Text, "AlwaysAllow", Access, "authorization.mode"),
    field("authorization-webhook-cache-authorized-ttl", Duration, "5m0s", Access, "authorization.webhook.cacheAuthorizedTTL"),
    field("authorization-webhook-cache-unauthorized-ttl", Duration, "30s", Access, "authorization.webhook.cacheUnauthorizedTTL"),
    only("bootstrap-kubeconfig", Text, "", Files, Accepted, "Path of the kubeconfig used to request a client certificate while the file of --kubeconfig does not exist; the result is written there, key and certificate into --cert-dir."),
    only("cert-dir", Text, "/var/lib/kubelet/pki", Files, Accepted, "Directory of the TLS certificates; ignored when --tls-cert-file and --tls-private-key-file are given."),
    field("cgroup-driver", Text, "cgroupfs", Resources, "cgroupDriver"),
    field("cgroup-root", Text, "", Resources, "cgroupRoot"),
    field("cgroups-per-qos", Bool, "true", Resources, "cgroupsPerQOS"),
    field("client-ca-file", Text, "", Access, "authentication.x509.clientCAFile"),
    only("cloud-provider", Text, "", Node, Acts, "Empty, or external for a cloud controller that completes the node."),
    field("cluster-dns", StringSlice, "[]", Network, "clusterDNS"),
    field("cluster-domain", Text, "", Network, "clusterDomain"),
    only("config", Text, "", Files, Acts, "Path of the configuration file; flags win over it."),
    only("config-dir", Text, "", Files, Acts, "Directory of drop-ins: every *.conf below it, in lexical order, is merged over the configuration file."),
    field("container-log-max-files", Int32, "5", Logging, "containerLogMaxFiles"),
    field("container-log-max-size", Text, "10Mi", Logging, "containerLogMaxSize"),
    field("container-runtime-endpoint", Text, "unix:///run/containerd/containerd.sock", Runtime, "containerRuntimeEndpoint"),
    field("contention-profiling", Bool, "false", Server, "enableContentionProfiling"),
    field("cpu-cfs-quota", Bool, "true", Resources, "cpuCFSQuota"),
    field("cpu-cfs-quota-period", Duration, "100ms", Resources, "cpuCFSQuotaPeriod"),
    field("cpu-manager-policy", Text, "none", Managers, "cpuManagerPolicy"),
    field("cpu-manager-policy-options", MapNoSplit, "", Managers, "cpuManagerPolicyOptions"),
    field("cpu-manager-reconcile-period", Duration, "10s", Managers, "cpuManagerReconcilePeriod"),
    field("enable-controller-attach-detach", Bool, "true", Volumes, "enableControllerAttachDetach"),
    field("enable-debugging-handlers", Bool, "true", Server, "enableDebuggingHandlers"),
    field("enable-server", Bool, "true", Server, "enableServer"),
    field("enforce-node-allocatable", StringSlice, "[pods]", Resources, "enforceNodeAllocatable"),
    field("event-burst", Int32, "100", ApiServer, "eventBurst"),
    field("event-qps", Int32, "50", ApiServer, "eventRecordQPS"),
    field("eviction-hard", ThresholdMap, "", Eviction, "evictionHard"),
    field("eviction-max-pod-grace-period", Int32, "0", Eviction, "evictionMaxPodGracePeriod"),
    field("eviction-minimum-reclaim", Map, "", Eviction, "evictionMinimumReclaim"),
    field("eviction-pressure-transition-period", Duration, "5m0s", Eviction, "evictionPressureTransitionPeriod"),
    field("eviction-soft", ThresholdMap, "", Eviction, "evictionSoft"),
    field("eviction-soft-grace-period", Map, "", Eviction, "evictionSoftGracePeriod"),
    only("exit-on-lock-contention", Bool, "false", Files, Accepted, "Whether the kubelet exits when another process opens the lock file; needs --lock-file."),
    only("experimental-allocatable-ignore-eviction", Bool, "false", Eviction, Acts, "Whether hard eviction thresholds are left out of the node's allocatable resources.").deprecated(REMOVED_SOON),
    only("experimental-mounter-path", Text, "", Volumes, Accepted, "Path of a mounter program; empty mounts directly.").deprecated(CSI_INSTEAD),
    field("fail-cgroupv1", Bool, "true", Resources, "failCgroupV1").kept(),
    field("fail-swap-on", Bool, "true", Node, "failSwapOn"),
    field("feature-gates", BoolMap, "", Program, "featureGates"),
    field("file-check-frequency", Duration, "20s", StaticPods, "fileCheckFrequency"),
    field("hairpin-mode", Text, "promiscuous-bridge", Network, "hairpinMode"),
    field("healthz-bind-address", Ip, "127.0.0.1", Server, "healthzBindAddress"),
    field("healthz-port", Int32, "10248", Server, "healthzPort"),
    only("help", Bool, "false", Program, Acts, "Show this help.").control().short('h'),
    only("hostname-override", Text, "", Node, Acts, "Name of the node, instead of the host name."),
    only("housekeeping-interval", LibraryDuration, "10s", Program, Accepted, "Time between two measurements of containers."),
    field("http-check-frequency", Duration, "20s", StaticPods, "httpCheckFrequency"),
    only("image-credential-provider-bin-dir", Text, "", Images, Acts, "Directory of credential provider programs."),
    only("image-credential-provider-config", Text, "", Images, Acts, "Configuration of credential provider programs: a JSON or YAML file, or a directory of them, merged in lexical order."),
    field("image-gc-high-threshold", Int32, "85", Images, "imageGCHighThresholdPercent"),
    field("image-gc-low-threshold", Int32, "80", Images, "imageGCLowThresholdPercent"),
    field("image-service-endpoint", Text, "", Runtime, "imageServiceEndpoint"),
    field("kernel-memcg-notification", Bool, "false", Eviction, "kernelMemcgNotification"),
    field("kube-api-burst", Int32, "100", ApiServer, "kubeAPIBurst"),
    field("kube-api-content-type", Text, "application/vnd.kubernetes.protobuf", ApiServer, "contentType"),
    field("kube-api-qps", Int32, "50", ApiServer, "kubeAPIQPS"),
    field("kube-reserved", Map, "", Resources, "kubeReserved"),
    field("kube-reserved-cgroup", Text, "", Resources, "kubeReservedCgroup"),
    only("kubeconfig", Text, "", Files, Acts, "Path of the kubeconfig of the API server; without it the kubelet runs standalone."),
    field("kubelet-cgroups", Text, "", Resources, "kubeletCgroups"),
    field("local-storage-capacity-isolation", Bool, "true", Resources, "localStorageCapacityIsolation"),
    only("lock-file", Text, "", Files, Accepted, "File that is locked while the kubelet runs (alpha)."),
    field("log-flush-frequency", Duration, "5s", Logging, "logging.flushFrequency").kept(),
    field("log-json-info-buffer-size", Quantity, "0", Logging, "logging.options.json.infoBufferSize"),
    field("log-json-split-stream", Bool, "false", Logging, "logging.options.json.splitStream"),
    field("log-text-info-buffer-size", Quantity, "0", Logging, "logging.options.text.infoBufferSize"),
    field("log-text-split-stream", Bool, "false", Logging, "logging.options.text.splitStream"),
    field("logging-format", Text, "text", Logging, "logging.format"),
    field("make-iptables-util-chains", Bool, "true", Network, "makeIPTablesUtilChains"),
    field("manifest-url", Text, "", StaticPods, "staticPodURL"),
    field("manifest-url-header", HeaderMap, "", StaticPods, "staticPodURLHeader"),
    field("max-open-files", Int64, "1000000", Program, "maxOpenFiles"),
    field("max-pods", Int32, "110", Node, "maxPods"),
    only("maximum-dead-containers", Int32, "-1", Runtime, Accepted, "Dead containers kept in total; negative for no limit.").deprecated(EVICTION_INSTEAD),
    only("maximum-dead-containers-per-container", Int32, "1", Runtime, Accepted, "Dead containers kept of each container.").deprecated(EVICTION_INSTEAD),
    field("memory-manager-policy", Text, "None", Managers, "memoryManagerPolicy"),
    only("minimum-container-ttl-duration", Duration, "0s", Runtime, Accepted, "Age below which a dead container is not removed.").deprecated(EVICTION_INSTEAD),
    field("minimum-image-ttl-duration", Duration, "2m0s", Images, "imageMinimumGCAge"),
    only("node-ip", Text, "", Node, Acts, "Address of the node, or one of each family separated by a comma; 0.0.0.0 or :: prefers the default address of that family."),
    only("node-labels", Labels, "", Node, Acts, "Labels of the node when it registers: key=value pairs separated by commas. In the kubernetes.io and k8s.io namespaces only the kubelet.kubernetes.io and node.kubernetes.io prefixes and some well-known keys are allowed."),
    field("node-status-max-images", Int32, "50", Node, "nodeStatusMaxImages"),
    field("node-status-update-frequency", Duration, "10s", Node, "nodeStatusUpdateFrequency"),
    only("offline-pods", Bool, "false", ApiServer, Acts, "Not in upstream: keep a record of the pods that the API server gave to this node below --root-dir, and start them from it when the kubelet starts while no API server can be reached."),
    field("oom-score-adj", Int32, "-999", Program, "oomScoreAdj"),
    field("pod-cidr", Text, "", StaticPods, "podCIDR"),
    field("pod-manifest-path", Text, "", StaticPods, "staticPodPath"),
    field("pod-max-pids", Int64, "-1", Resources, "podPidsLimit"),
    field("pods-per-core", Int32, "0", Node, "podsPerCore"),
    field("port", Int32, "10250", Server, "port"),
    field("protect-kernel-defaults", Bool, "false", Resources, "protectKernelDefaults"),
    field("provider-id", Text, "", Node, "providerID").kept(),
    field("qos-reserved", Map, "", Resources, "qosReserved"),
    field("read-only-port", Int32, "10255", Server, "readOnlyPort"),
    field("register-node", Bool, "true", Node, "registerNode"),
    field("register-with-taints", Taints, "", Node, "registerWithTaints"),
    field("registry-burst", Int32, "10", Images, "registryBurst"),
    field("registry-qps", Int32, "5", Images, "registryPullQPS"),
    field("reserved-cpus", Text, "", Resources, "reservedSystemCPUs"),
    field("reserved-memory", ReservedMemory, "", Managers, "reservedMemory"),
    field("resolv-conf", Text, "/etc/resolv.conf", Network, "resolvConf"),
    only("root-dir", Text, "/var/lib/kubelet", Files, Acts, "Directory of the kubelet's own files and of pod volumes."),
    field("rotate-certificates", Bool, "false", ApiServer, "rotateCertificates"),
    field("rotate-server-certificates", Bool, "false", Server, "serverTLSBootstrap"),
    field("runonce", Bool, "false", StaticPods, "runOnce"),
    only("runtime-cgroups", Text, "", Runtime, Accepted, "Cgroup of the container runtime, for its statistics."),
    field("runtime-request-timeout", Duration, "2m0s", Runtime, "runtimeRequestTimeout"),
    only("seccomp-default", Bool, "false", Runtime, Acts, "Whether RuntimeDefault is the seccomp profile of containers that name none; true here or in the configuration switches it on."),
    field("serialize-image-pulls", Bool, "true", Images, "serializeImagePulls"),
    field("streaming-connection-idle-timeout", Duration, "4h0m0s", Server, "streamingConnectionIdleTimeout"),
    field("sync-frequency", Duration, "1m0s", StaticPods, "syncFrequency"),
    field("system-cgroups", Text, "", Resources, "systemCgroups"),
    field("system-reserved", Map, "", Resources, "systemReserved"),
    field("system-reserved-cgroup", Text, "", Resources, "systemReservedCgroup"),
    field("tls-cert-file", Text, "", Server, "tlsCertFile"),
    field("tls-cipher-suites", StringSlice, "[]", Server, "tlsCipherSuites"),
    field("tls-min-version", Text, "", Server, "tlsMinVersion"),
    field("tls-private-key-file", Text, "", Server, "tlsPrivateKeyFile"),
    field("topology-manager-policy", Text, "none", Managers, "topologyManagerPolicy"),
    field("topology-manager-policy-options", Map, "", Managers, "topologyManagerPolicyOptions"),
    field("topology-manager-scope", Text, "container", Managers, "topologyManagerScope"),
    field("v", Level, "0", Logging, "logging.verbosity").kept().short('v'),
    only("version", Version, "false", Program, Acts, "Show the version and exit; raw shows all of it; vX.Y.Z sets the version that is reported.").control(),
    field("vmodule", Vmodule, "", Logging, "logging.vmodule").kept(),
    field("volume-plugin-dir", Text, "/usr/libexec/kubernetes/kubelet-plugins/volume/exec/", Volumes, "volumePluginDir"),
    field("volume-stats-agg-period", Duration, "1m0s", Volumes, "volumeStatsAggPeriod"),
];
