//! Why a pod or a container cannot be asked for.

/// A configuration that cannot be made. The texts are upstream's: users see them in events (`FailedCreatePodSandBox`,
/// `Failed`) and as the message of `CreateContainerConfigError`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// `setHostnameAsFQDN` asks for a name that the kernel cannot hold (`util.GetNodenameForKernel`).
    #[error(
        "failed to construct FQDN from pod hostname and cluster domain, FQDN {fqdn} is too long ({limit} characters is the max, {} characters requested)",
        fqdn.len()
    )]
    FullHostNameTooLong {
        /// The name asked for.
        fqdn: String,
        /// The kernel's limit.
        limit: usize,
    },
    /// A host name of which nothing is left after truncation.
    #[error("hostname for pod {pod:?} was invalid: {hostname:?}")]
    HostName {
        /// The pod's name.
        pod: String,
        /// The name asked for.
        hostname: String,
    },
    /// A line `nameserver` of the host's `resolv.conf` names none.
    #[error("Encountered error while parsing resolv conf file. Error: nameserver list is empty ")]
    ResolvConf,
    /// `supplementalGroupsPolicy` is none of the known words.
    #[error("unsupported supplementalGroupsPolicy: {0}")]
    SupplementalGroupsPolicy(String),
    /// `hostUsers: false` on a runtime handler that cannot do it, or that the runtime does not list.
    #[error("{0}")]
    UserNamespace(String),
    /// `hostUsers: false` without ids set aside for the pod; the caller has to allocate them first.
    #[error("create user namespace: no ids were allocated for the pod")]
    UserNamespaceNotAllocated,
    /// A seccomp profile of type `Localhost` names no file.
    #[error("localhostProfile must be set if seccompProfile type is Localhost.")]
    SeccompLocalhostProfile,
    /// An AppArmor profile of type `Localhost` names none.
    #[error("missing localhost apparmor profile name")]
    AppArmorLocalhostProfile,
    /// An AppArmor profile of unknown type.
    #[error("unknown apparmor profile type: {0:?}")]
    AppArmorProfileType(String),
    /// `runAsNonRoot` together with `runAsUser: 0`.
    #[error("container's runAsUser breaks non-root policy (pod: \"{pod}\", container: {container})")]
    RunAsUserIsRoot {
        /// The pod as upstream prints it: `name_namespace(uid)`.
        pod: String,
        /// The container's name.
        container: String,
    },
    /// `runAsNonRoot` and an image whose user is a name.
    #[error(
        "container has runAsNonRoot and image has non-numeric user ({user}), cannot verify user is non-root (pod: \"{pod}\", container: {container})"
    )]
    ImageUserIsAName {
        /// The image's user.
        user: String,
        /// The pod, `name_namespace(uid)`.
        pod: String,
        /// The container's name.
        container: String,
    },
    /// `runAsNonRoot` and an image that runs as root.
    #[error("container has runAsNonRoot and image will run as root (pod: \"{pod}\", container: {container})")]
    ImageUserIsRoot {
        /// The pod, `name_namespace(uid)`.
        pod: String,
        /// The container's name.
        container: String,
    },
    /// `runAsNonRoot` and an image whose user id is out of range.
    #[error(
        "container has runAsNonRoot and image has an invalid user id ({user}). (Must be 1-({max})): must be between 0 and {max}, inclusive (pod: \"{pod}\", container: {container})",
        max = i32::MAX
    )]
    ImageUserOutOfRange {
        /// The image's user id.
        user: i64,
        /// The pod, `name_namespace(uid)`.
        pod: String,
        /// The container's name.
        container: String,
    },
    /// A variable's value comes from an API object, and there is no API server.
    #[error("couldn't get {kind} {namespace}/{name}, no kubeClient defined")]
    NoApiServer {
        /// `configMap` or `secret`.
        kind: &'static str,
        /// The pod's namespace.
        namespace: String,
        /// The object's name.
        name: String,
    },
    /// A variable's value comes from an object that does not exist, and is not optional.
    #[error("{kind} \"{name}\" not found")]
    ObjectNotFound {
        /// `configmap` or `secret`.
        kind: &'static str,
        /// The object's name.
        name: String,
    },
    /// A variable's value comes from an object that could not be asked for; the words of whoever was asked.
    #[error("{0}")]
    Object(String),
    /// A variable's value comes from a key that the object does not have, and is not optional.
    #[error("couldn't find key {key} in {kind} {namespace}/{name}")]
    NoSuchKey {
        /// The key.
        key: String,
        /// `ConfigMap` or `Secret`.
        kind: &'static str,
        /// The pod's namespace.
        namespace: String,
        /// The object's name.
        name: String,
    },
    /// The services of the cluster are not known yet; for the caller, who asks for them.
    #[error("services have not yet been read at least once, cannot construct envvars")]
    ServicesNotRead,
    /// A `fieldRef` names a field that cannot be a variable's value.
    #[error("{0}")]
    FieldPath(String),
    /// The node's address is asked for and none is known.
    #[error("host IP unknown; known addresses: []")]
    HostIpUnknown,
    /// A `resourceFieldRef` names no resource that can be a variable's value.
    #[error("unsupported container resource : {0}")]
    ResourceField(String),
    /// A `resourceFieldRef` names a container that the pod does not have.
    #[error("container {0} not found")]
    NoSuchContainer(String),
    /// A `fileKeyRef` names a volume that the pod does not have, or that is not mounted.
    #[error("cannot find the volume {0:?} referenced by FileKeyRef")]
    EnvironmentVolume(String),
    /// A file of variables cannot be read or breaks its format. What is wrong with it is for the log alone, as upstream has
    /// it: so it is no source.
    #[error("couldn't parse env file")]
    EnvironmentFile(EnvironmentFileError),
    /// A `fileKeyRef` that is not optional names a variable that the file does not hold.
    #[error("environment variable key {key:?} not found in file {file:?}")]
    EnvironmentKey {
        /// The variable's name in the file.
        key: String,
        /// The file's path in the volume.
        file: String,
    },
    /// The target of an ephemeral container was never started; for the caller, who looks its id up.
    #[error("unable to find target container {0}")]
    TargetContainer(String),
}

/// What is wrong with a file of variables (`pkg/kubelet/util/env`).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentFileError {
    /// The file could not be read; the reader's own words.
    #[error("failed to open environment variable file: {0}")]
    Read(String),
    /// A line breaks the format.
    #[error("invalid environment variable format at line {line}: {problem}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// A quoted value never ends.
    #[error("invalid environment variable format starting at line {line}: unclosed single quote")]
    Unclosed {
        /// Where the value starts, from 1.
        line: usize,
    },
}
