//! Signs of life.

use crate::Error;
use h2::{Ping, PingPong};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// How a dead connection is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepAlive {
    /// A sign of life is asked for so often.
    pub interval: Duration,
    /// The connection is over when it does not come so soon.
    pub deadline: Duration,
}

/// Resolves when the server is silent, or the connection broken.
pub(crate) async fn until_silent(mut signs: PingPong, keep_alive: KeepAlive) -> Error {
    loop {
        sleep(keep_alive.interval).await;
        match timeout(keep_alive.deadline, signs.ping(Ping::opaque())).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return error.into(),
            Err(_) => return Error::Silent,
        }
    }
}
