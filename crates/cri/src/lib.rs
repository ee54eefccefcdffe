//! The container runtime: the CRI v1 protocol, a client with deadlines and typed errors, and a fake.
//!
//! What it owns: every word spoken with the container runtime. Callers see two traits and one error type:
//!
//! ```text
//!              RuntimeService + ImageService (= Runtime)                     CriError
//!        ┌───────────────────────┴───────────────────────┐         one variant per reaction
//!   Client (gRPC over a Unix socket)          fake::FakeRuntime (feature `fake`)
//!   deadline per call, reconnect with          in memory, paused clock, faults,
//!   back-off, metrics                          journal for the simulation's invariants
//! ```
//!
//! - [`service`]: the traits, one file per group of verbs. [`Runtime`] is all of them together.
//! - [`Client`]: talks to containerd 1.6 and later, CRI-O, and anything else that serves `runtime.v1`.
//! - [`CriError`]: carries the operation and the runtime's own words, and renders them as upstream does ([`CriError::grpc`]).
//! - [`Capabilities`]: what this runtime can do, asked once at start.
//! - [`v1`]: the messages, generated from `proto/runtime/v1/api.proto`.
//! - `contract` (feature `contract`): the cases that the fake and a real runtime must both pass.
//!
//! It starts no task of its own, apart from the connection that tonic drives. Dropping the future of a call cancels it
//! at the runtime too.

mod operation;

pub mod error;
pub mod service;

pub mod capabilities;
pub mod client;
pub mod info;
pub mod metrics;
pub mod v1;

#[cfg(feature = "contract")]
pub mod contract;
#[cfg(feature = "fake")]
pub mod fake;

pub use capabilities::{Capabilities, probe};
pub use client::{Client, ClientOptions, EndpointError};
pub use error::CriError;
pub use metrics::Metrics;
pub use operation::Operation;
pub use service::{
    CheckpointService, ContainerService, EventStream, ImageService, Runtime, RuntimeService, SandboxService,
    StateService, StatsService, StreamingService,
};
pub use tonic::Code;
