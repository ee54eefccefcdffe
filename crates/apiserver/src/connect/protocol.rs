//! Whether HTTP/2 is spoken, and how a dead connection is noticed: variables of the environment that every program with
//! client-go heeds.
//!
//! Source: `apimachinery/pkg/util/net/http.go` `SetTransportDefaults`, release 1.37.

use http2::KeepAlive;
use std::time::Duration;

/// Keeps to HTTP/1.1, whatever its value.
const DISABLE: &str = "DISABLE_HTTP2";
/// After so many seconds a sign of life is asked for; 0: never.
const INTERVAL: &str = "HTTP2_READ_IDLE_TIMEOUT_SECONDS";
/// It must come so soon.
const DEADLINE: &str = "HTTP2_PING_TIMEOUT_SECONDS";

/// A dead connection is noticed after 45 s.
const USUAL: KeepAlive = KeepAlive { interval: Duration::from_secs(30), deadline: Duration::from_secs(15) };

/// How the server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// HTTP/1.1 alone.
    Http1,
    /// HTTP/2, with signs of life or without, and HTTP/1.1 where the server wants that.
    Http2(Option<KeepAlive>),
}

impl Protocol {
    /// As this process's environment says.
    pub(super) fn of_process() -> Self {
        Self::read(|name| std::env::var(name).ok())
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        if set(DISABLE).is_some() {
            tracing::info!("HTTP2 has been explicitly disabled");
            return Self::Http1;
        }
        let seconds = |name: &str, usual: Duration| match set(name).map(|value| value.parse::<u32>()) {
            Some(Ok(seconds)) => Duration::from_secs(seconds.into()),
            Some(Err(error)) => {
                tracing::warn!(variable = name, err = %error, default = ?usual, "Not a number of seconds; the default is used");
                usual
            }
            None => usual,
        };
        let interval = seconds(INTERVAL, USUAL.interval);
        let deadline = match seconds(DEADLINE, USUAL.deadline) {
            // As Go's transport reads it.
            Duration::ZERO => USUAL.deadline,
            deadline => deadline,
        };
        Self::Http2((!interval.is_zero()).then_some(KeepAlive { interval, deadline }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_environment_says() {
        let alive = |interval, deadline| {
            let (interval, deadline) = (Duration::from_secs(interval), Duration::from_secs(deadline));
            Protocol::Http2(Some(KeepAlive { interval, deadline }))
        };
        for (variables, expected) in [
            (&[][..], alive(30, 15)),
            (&[(DISABLE, "")], alive(30, 15)),
            (&[(DISABLE, "false")], Protocol::Http1),
            (&[(INTERVAL, "5"), (DEADLINE, "2")], alive(5, 2)),
            (&[(INTERVAL, "0"), (DEADLINE, "2")], Protocol::Http2(None)),
            (&[(INTERVAL, "soon"), (DEADLINE, "0")], alive(30, 15)),
        ] {
            let variable = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(Protocol::read(variable), expected, "{variables:?}");
        }
    }
}
