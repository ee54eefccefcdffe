//! Whether heartbeats arrive: a connection whose other end vanished without a word is left before TCP, or the pings of HTTP/2,
//! find it.
//!
//! Source: `onRepeatedHeartbeatFailure` of `pkg/kubelet/kubelet_node_status.go` and
//! `component-helpers/apimachinery/lease/controller.go`, release 1.37, which closes all connections at the second failure in a
//! row. A refusal is a failure there too; here only silence is.

use crate::error::ApiError;
use std::sync::atomic::{AtomicU32, Ordering};

/// So many heartbeats in a row without an answer.
const REPEATED: u32 = 2;

/// Counts heartbeats without an answer.
pub(crate) struct Lifeline {
    failures: AtomicU32,
    reconnect: Box<dyn Fn() + Send + Sync>,
}

impl Lifeline {
    /// `reconnect` closes all connections.
    pub(crate) fn new(reconnect: impl Fn() + Send + Sync + 'static) -> Self {
        Self { failures: AtomicU32::new(0), reconnect: Box::new(reconnect) }
    }

    /// A heartbeat was answered, or not.
    pub(crate) fn note<T>(&self, answer: &Result<T, ApiError>) {
        let is_silent = matches!(answer, Err(ApiError::Unavailable(failure)) if failure.code() == 0);
        if !is_silent {
            self.failures.store(0, Ordering::Relaxed);
            return;
        }
        if self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= REPEATED {
            (self.reconnect)();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Call;
    use crate::error::Failure;
    use std::sync::Arc;

    /// How often connections are closed in the course of heartbeats with these codes; 0: no answer, 200: success.
    fn check(codes: &[u16], expected: u32) {
        let closed = Arc::new(AtomicU32::new(0));
        let counted = closed.clone();
        let lifeline = Lifeline::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        let call = Call::new("update", "leases", "kube-node-lease", "here");
        for code in codes {
            let failure = Failure::new(&call, *code, String::new());
            let answer = match code {
                200 => Ok(()),
                409 => Err(ApiError::Conflict(failure)),
                _ => Err(ApiError::Unavailable(failure)),
            };
            lifeline.note(&answer);
        }
        assert_eq!(closed.load(Ordering::Relaxed), expected, "{codes:?}");
    }

    #[test]
    fn silence_in_a_row_counts() {
        check(&[200, 0, 200, 0, 200], 0);
        check(&[0, 0], 1);
        check(&[0, 0, 0], 2);
        check(&[0, 409, 0], 0);
        check(&[0, 503, 0], 0);
        check(&[503, 503, 503], 0);
    }
}
