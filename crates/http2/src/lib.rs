//! One HTTP/2 connection to a server, for requests whose bodies are known as a whole: those of the container runtime and of the
//! API server.
//!
//! ```text
//! Connection::send ── headers and body at once ─▶ driver ─ one write ─▶ socket
//!        ▲                                           │
//!        └────────── Response<Incoming> ◀────────────┘ wakes whoever waits for it
//! ```
//!
//! [`connect`] makes a [`Connection`], whose clones share it, and its driver, a future that somebody has to run: the connection
//! is closed, and all that is under way fails, when that is dropped. With [`KeepAlive`] it ends by itself once the server is silent.
//!
//! Made of `h2`, as hyper's client is. That one asks for a body piece by piece, and only once the connection has taken the
//! headers: a request is two writes there, and five changes of tasks.

mod connection;
mod error;
mod incoming;
mod keep_alive;
#[cfg(test)]
mod tests;

pub use connection::{Connection, Settings, connect};
pub use error::{Error, Unanswered};
pub use incoming::Incoming;
pub use keep_alive::KeepAlive;
