//! From Go's type names to the shapes that the decoder knows.

use super::Field;
use crate::configuration as sections;
use crate::credentials;

/// The shape of a value in a file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Bool,
    /// Whole numbers between the bounds.
    Integer {
        minimum: i64,
        maximum: i64,
    },
    Float,
    String,
    /// Text that Go's `time.ParseDuration` reads.
    Duration,
    /// A duration, or a number of nanoseconds.
    DurationOrNanoseconds,
    /// A quantity as text or number.
    Quantity,
    /// RFC 3339 text.
    Time,
    /// A list of items of one shape.
    List(&'static Kind),
    /// A mapping with free keys.
    Map(&'static Kind),
    /// A mapping with known keys.
    Object(&'static [Field]),
}

const INT32: Kind = Kind::Integer { minimum: i32::MIN as i64, maximum: i32::MAX as i64 };

impl Kind {
    /// The shape of a Go type of the tables.
    pub(crate) fn of(go_type: &str) -> Kind {
        match go_type.trim_start_matches('*') {
            "bool" => Kind::Bool,
            "int32" => INT32,
            "int64" => Kind::Integer { minimum: i64::MIN, maximum: i64::MAX },
            "v1.VerbosityLevel" => Kind::Integer { minimum: 0, maximum: u32::MAX as i64 },
            "float64" => Kind::Float,
            "v1.Duration" => Kind::Duration,
            "v1.TimeOrMetaDuration" => Kind::DurationOrNanoseconds,
            "resource.QuantityValue" => Kind::Quantity,
            "v1.Time" => Kind::Time,
            "v1.ResourceList" => Kind::Map(&Kind::Quantity),
            "[]string" => Kind::List(&Kind::String),
            "[]int32" => Kind::List(&INT32),
            "map[string]string" => Kind::Map(&Kind::String),
            "map[string]bool" => Kind::Map(&Kind::Bool),
            "map[string][]string" => Kind::Map(&Kind::List(&Kind::String)),
            "v1beta1.KubeletAuthentication" => Kind::Object(sections::AUTHENTICATION),
            "v1beta1.KubeletX509Authentication" => Kind::Object(sections::X509_AUTHENTICATION),
            "v1beta1.KubeletWebhookAuthentication" => Kind::Object(sections::WEBHOOK_AUTHENTICATION),
            "v1beta1.KubeletAnonymousAuthentication" => Kind::Object(sections::ANONYMOUS_AUTHENTICATION),
            "v1beta1.KubeletAuthorization" => Kind::Object(sections::AUTHORIZATION),
            "v1beta1.KubeletWebhookAuthorization" => Kind::Object(sections::WEBHOOK_AUTHORIZATION),
            "v1beta1.MemorySwapConfiguration" => Kind::Object(sections::MEMORY_SWAP),
            "v1beta1.CrashLoopBackOffConfig" => Kind::Object(sections::CRASH_LOOP_BACK_OFF),
            "v1beta1.UserNamespaces" => Kind::Object(sections::USER_NAMESPACES),
            "v1.LoggingConfiguration" => Kind::Object(sections::LOGGING),
            "v1.FormatOptions" => Kind::Object(sections::FORMAT_OPTIONS),
            "v1.TextOptions" | "v1.JSONOptions" => Kind::Object(sections::OUTPUT_OPTIONS),
            "v1.TracingConfiguration" => Kind::Object(sections::TRACING),
            "v1.VModuleConfiguration" => Kind::List(&Kind::Object(sections::VERBOSITY_RULE)),
            "[]v1beta1.ShutdownGracePeriodByPodPriority" => {
                Kind::List(&Kind::Object(sections::PRIORITY_GRACE_PERIOD))
            }
            "[]v1beta1.MemoryReservation" => Kind::List(&Kind::Object(sections::MEMORY_RESERVATION)),
            "[]v1.Taint" => Kind::List(&Kind::Object(sections::TAINT)),
            "[]v1beta1.CredentialProvider" => Kind::List(&Kind::Object(credentials::PROVIDER)),
            "[]v1beta1.ExecEnvVar" => Kind::List(&Kind::Object(credentials::ENVIRONMENT_VARIABLE)),
            "v1.ServiceAccountTokenAttributes" => Kind::Object(credentials::TOKEN_ATTRIBUTES),
            // `string` and Go's named string types (KubeletAuthorizationMode and its like).
            _ => Kind::String,
        }
    }

    /// What a file should have there, in words for a message.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Kind::Bool => "true or false",
            Kind::Integer { .. } => "a whole number",
            Kind::Float => "a number",
            Kind::String => "a string",
            Kind::Duration => "a duration such as \"1m30s\"",
            Kind::DurationOrNanoseconds => "a duration such as \"5s\", or a number of nanoseconds",
            Kind::Quantity => "a quantity such as \"100Mi\"",
            Kind::Time => "a time such as \"2026-01-02T15:04:05Z\"",
            Kind::List(_) => "a list",
            Kind::Map(_) | Kind::Object(_) => "a mapping",
        }
    }
}
