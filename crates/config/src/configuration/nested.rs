//! The smaller objects of the configuration.

use crate::Duration;
use crate::schema::section;
use std::collections::BTreeMap;

section! {
    /// Who is a caller of the kubelet's HTTPS server.
    #[derive(Default)]
    Authentication as AUTHENTICATION {
        "x509" x509: X509Authentication, "v1beta1.KubeletX509Authentication", "", Accepted, Restart, "Authentication by client certificate.";
        "webhook" webhook: WebhookAuthentication, "v1beta1.KubeletWebhookAuthentication", "", Accepted, Restart, "Authentication by bearer token, asked of the API server.";
        "anonymous" anonymous: AnonymousAuthentication, "v1beta1.KubeletAnonymousAuthentication", "", Accepted, Restart, "What callers without credentials are.";
    }
}

section! {
    /// Client certificates.
    #[derive(Default)]
    X509Authentication as X509_AUTHENTICATION {
        "clientCAFile" client_ca_file: String, "string", "", Accepted, Restart, "PEM file of the authorities whose client certificates are believed; the common name is the user.";
    }
}

section! {
    /// Bearer tokens.
    #[derive(Default)]
    WebhookAuthentication as WEBHOOK_AUTHENTICATION {
        "enabled" enabled: bool, "*bool", "true", Accepted, Restart, "Whether tokens are checked with a TokenReview.";
        "cacheTTL" cache_ttl: Duration, "v1.Duration", r#""2m0s""#, Accepted, Restart, "How long the answer of a TokenReview is kept.";
    }
}

section! {
    /// No credentials.
    #[derive(Default)]
    AnonymousAuthentication as ANONYMOUS_AUTHENTICATION {
        "enabled" enabled: bool, "*bool", "false", Accepted, Restart, "Whether requests without credentials pass as `system:anonymous` of group `system:unauthenticated`.";
    }
}

section! {
    /// What a caller may do.
    #[derive(Default)]
    Authorization as AUTHORIZATION {
        "mode" mode: String, "v1beta1.KubeletAuthorizationMode", r#""Webhook""#, Accepted, Restart, "`AlwaysAllow`, or `Webhook` for a SubjectAccessReview of the API server.";
        "webhook" webhook: WebhookAuthorization, "v1beta1.KubeletWebhookAuthorization", "", Accepted, Restart, "Caching of the answers.";
    }
}

section! {
    /// Caching of authorization answers.
    #[derive(Default)]
    WebhookAuthorization as WEBHOOK_AUTHORIZATION {
        "cacheAuthorizedTTL" cache_authorized_ttl: Duration, "v1.Duration", r#""5m0s""#, Accepted, Restart, "How long a yes is kept.";
        "cacheUnauthorizedTTL" cache_unauthorized_ttl: Duration, "v1.Duration", r#""30s""#, Accepted, Restart, "How long a no is kept.";
    }
}

section! {
    /// Swap of containers.
    #[derive(Default)]
    MemorySwap as MEMORY_SWAP {
        "swapBehavior" swap_behavior: String, "string", "", Acts, Restart, "Swap that containers may use: empty or `NoSwap` for none, `LimitedSwap` in proportion to their memory request.";
    }
}

section! {
    /// Grace of one priority band at node shutdown.
    PriorityGracePeriod as PRIORITY_GRACE_PERIOD {
        "priority" priority: i32, "int32", "", Accepted, Live, "Lowest pod priority of the band.";
        "shutdownGracePeriodSeconds" shutdown_grace_period_seconds: i64, "int64", "", Accepted, Live, "Seconds that pods of the band get to end.";
    }
}

section! {
    /// Back-off of crashing containers.
    #[derive(Default)]
    CrashLoopBackOff as CRASH_LOOP_BACK_OFF {
        "maxContainerRestartPeriod" max_container_restart_period: Option<Duration>, "*v1.Duration", r#""5m0s""#, Acts, Live, "Longest wait before a crashed container is started again, 1s to 300s (gate KubeletCrashLoopBackOffMax).";
    }
}

section! {
    /// Memory of one NUMA node that pods do not get.
    MemoryReservation as MEMORY_RESERVATION {
        "numaNode" numa_node: i32, "int32", "", Accepted, Restart, "Number of the NUMA node.";
        "limits" limits: BTreeMap<String, String>, "v1.ResourceList", "", Accepted, Restart, "Reserved quantity by memory type: `memory` or `hugepages-<size>`.";
    }
}

section! {
    /// One taint of the node.
    Taint as TAINT {
        "key" key: String, "string", "", Acts, Restart, "Key of the taint.";
        "value" value: String, "string", "", Acts, Restart, "Value of the taint.";
        "effect" effect: String, "v1.TaintEffect", "", Acts, Restart, "`NoSchedule`, `PreferNoSchedule` or `NoExecute`.";
        "timeAdded" time_added: Option<String>, "*v1.Time", "", Acts, Restart, "Must not be set here.";
    }
}

section! {
    /// Where traces go.
    #[derive(Default)]
    Tracing as TRACING {
        "endpoint" endpoint: Option<String>, "*string", "", Accepted, Restart, "OTLP gRPC endpoint of the collector; `localhost:4317` when unset.";
        "samplingRatePerMillion" sampling_rate_per_million: Option<i32>, "*int32", "", Accepted, Restart, "Spans per million that are sent; requests that are traced already are always followed.";
    }
}

section! {
    /// User namespaces of pods.
    #[derive(Default)]
    UserNamespaces as USER_NAMESPACES {
        "idsPerPod" ids_per_pod: Option<i64>, "*int64", "", Acts, Restart, "User ids of each pod's namespace, a multiple of 65536; 65536 when unset.";
    }
}
