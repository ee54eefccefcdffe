//! `/healthz` on its own plain port, for systemd units and installers.
//!
//! Owns a TCP listener on `healthzBindAddress:healthzPort`, which [`serve`] opens and serves. Inputs: the [`Check`]s of the wiring. Answers as upstream's
//! `apiserver/pkg/server/healthz` (1.37): `/healthz` runs all checks (`ok`, or 500 with a line per check),
//! `?verbose` shows them, `?exclude=NAME` leaves some out; `/healthz/NAME` runs one. Nothing else is on this port.

mod check;
mod endpoint;

pub use check::Check;

use crate::connections::{self, Listener};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tasks::Stop;
use tokio::net::{TcpListener, TcpStream};

/// Pause before another attempt to open the port.
const PAUSE: Duration = Duration::from_secs(1);

/// The health port could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen for health checks on {address} (--healthz-bind-address, --healthz-port)")]
pub struct BindHealthError {
    /// Where.
    pub address: SocketAddr,
    /// Why.
    #[source]
    pub source: io::Error,
}

/// A health port that is open and not served yet.
#[derive(Debug)]
pub struct HealthServer {
    listener: TcpListener,
    router: axum::Router,
}

impl HealthServer {
    /// Opens the port. No checks means that a [`Check::ping`] is all, as upstream.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn bind(address: SocketAddr, checks: Vec<Check>) -> Result<Self, BindHealthError> {
        let listener =
            TcpListener::bind(address).await.map_err(|source| BindHealthError { address, source })?;
        let checks = if checks.is_empty() { vec![Check::ping()] } else { checks };
        Ok(Self { listener, router: endpoint::router(checks) })
    }

    /// The address in use; the port is the chosen one where 0 was asked for.
    ///
    /// # Errors
    /// When the kernel does not say.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop`.
    pub async fn run(self, stop: Stop) {
        connections::serve(self.listener, self.router, stop).await;
    }
}

/// Serves `checks` until `stop`, as soon as the port can be had: the kernel may still be taking an earlier process apart. Upstream
/// too only logs that it cannot (`cmd/kubelet/app/server.go`, every 5 s).
pub async fn serve(address: SocketAddr, checks: Vec<Check>, stop: Stop) {
    loop {
        match HealthServer::bind(address, checks.clone()).await {
            Ok(health) => return health.run(stop).await,
            Err(error) => {
                tracing::error!(err = %types::error::chain(&error), "Failed to start healthz server; trying again");
            }
        }
        tokio::select! {
            biased;
            () = stop.requested() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn accept(&mut self) -> io::Result<Option<TcpStream>> {
        TcpListener::accept(self).await.map(|(stream, _)| Some(stream))
    }
}

#[cfg(test)]
mod tests;
