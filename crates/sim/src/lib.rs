//! The whole kubelet on one seeded fake world with paused time.
//!
//! ```text
//! seed ─▶ scenario ─▶ run ─▶ process ─▶ kubelet::wiring ─▶ doors ─▶ fake runtime, fake machine
//!                      │      sources ─▶      │                          │
//!                      └── edits, deaths,     └────── log lines ─────────┴─▶ ledger ─▶ outcome
//!                          kills, faults                                    trace, broken invariants
//! ```
//!
//! | module | what it owns |
//! |---|---|
//! | [`scenario`] | what a seed stands for: pods, edits, faults |
//! | [`run`](mod@run) | letting it happen, then the long quiet time |
//! | [`process`] | one process of the kubelet, from start to death |
//! | [`sources`] | manifests without files and servers |
//! | [`users`] | who else uses the API server |
//! | [`world`] | runtime and machine, and the doors through which the kubelet reaches them |
//! | [`check`] | invariants, and what must be true in the end |
//! | [`regressions`] | seeds that once failed |
//!
//! Everything runs on one thread in virtual time. What happens follows from the seed alone: every `select!` is biased,
//! nothing iterates over hashed maps, chance comes from the seed. [`Outcome::hash`] tells whether that still holds.

pub mod check;
pub mod process;
pub mod regressions;
pub mod run;
pub mod scenario;
pub mod sources;
pub mod users;
pub mod world;

pub use run::{Outcome, run};
pub use scenario::{API_SEEDS, generate};
