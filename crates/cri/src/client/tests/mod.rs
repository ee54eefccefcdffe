//! The client against a gRPC peer on a real Unix socket.

mod connection;
mod deadlines;
mod errors;
mod events;
mod metrics;
mod peer;
