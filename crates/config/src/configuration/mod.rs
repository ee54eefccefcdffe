//! `KubeletConfiguration` of `kubelet.config.k8s.io/v1beta1`: every field, typed, with upstream's defaults (1.37).
//!
//! The structs here hold the **effective** values: defaults are filled in, so only fields that may stay unset are
//! `Option`. Durations are [`Duration`](crate::Duration), byte quantities stay the text the operator wrote.

mod document;
mod kubelet;
mod logging;
mod nested;

pub(crate) use document::omit_empty;
pub(crate) use kubelet::KUBELET;
pub use kubelet::KubeletConfiguration;
pub(crate) use logging::{FORMAT_OPTIONS, LOGGING, OUTPUT_OPTIONS, VERBOSITY_RULE};
pub use logging::{FormatOptions, LoggingConfiguration, OutputOptions, VerbosityRule};
pub(crate) use nested::{
    ANONYMOUS_AUTHENTICATION, AUTHENTICATION, AUTHORIZATION, CRASH_LOOP_BACK_OFF, MEMORY_RESERVATION,
    MEMORY_SWAP, PRIORITY_GRACE_PERIOD, TAINT, TRACING, USER_NAMESPACES, WEBHOOK_AUTHENTICATION,
    WEBHOOK_AUTHORIZATION, X509_AUTHENTICATION,
};
pub use nested::{
    AnonymousAuthentication, Authentication, Authorization, CrashLoopBackOff, MemoryReservation, MemorySwap,
    PriorityGracePeriod, Taint, Tracing, UserNamespaces, WebhookAuthentication, WebhookAuthorization,
    X509Authentication,
};

/// The `apiVersion` of the only version of the kind.
pub const API_VERSION: &str = "kubelet.config.k8s.io/v1beta1";
/// The `kind`.
pub const KIND: &str = "KubeletConfiguration";

impl Default for KubeletConfiguration {
    /// The defaults of a configuration file that says nothing (not those of a kubelet started without a file, which
    /// differ in four fields: see [`crate::load`]).
    fn default() -> Self {
        crate::defaults::configuration()
    }
}
