//! Seeds that once failed, each with what was wrong. They run before all others.
//!
//! A seed means another scenario after the generator has changed; a row then still is one more scenario, and its
//! sentence still tells what the simulation is there for.

/// Seed and what it found.
pub const SEEDS: &[(u64, &str)] = &[];
