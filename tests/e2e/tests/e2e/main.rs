//! The end-to-end tests: each behaviour of the kubelet on real containerd, runc, CNI and registry.
//!
//! `cargo xtask node exec [--containerd 2.4] -- cargo test -p e2e [WORD…]`, after `cargo build -p kubelet`.

// A test program with a main of its own is not compiled as a test.
#![allow(clippy::unwrap_used)]

mod cgroups;
mod commands;
mod containers;
mod credentials;
mod images;
mod lifecycle;
mod logs;
mod manifests;
mod random_kills;
mod restart;
mod sources;
mod stop;
mod trouble;
mod url;
mod volumes;
mod while_away;

use std::process::ExitCode;

fn main() -> ExitCode {
    e2e::harness::main::<e2e::suite::NodeSuite>(&[
        sources::SHARED,
        manifests::SHARED,
        lifecycle::SHARED,
        images::SHARED,
        containers::SHARED,
        volumes::SHARED,
        cgroups::SHARED,
        logs::SHARED,
        commands::SHARED,
        sources::ALONE,
        url::ALONE,
        restart::ALONE,
        while_away::ALONE,
        stop::ALONE,
        credentials::ALONE,
        trouble::ALONE,
        commands::ALONE,
        random_kills::ALONE,
    ])
}
