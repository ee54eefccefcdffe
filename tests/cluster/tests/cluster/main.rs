//! The kubelet on a real control plane: what users of a cluster see of a node.
//!
//! `cargo xtask cluster run [--kubelet upstream] -- cargo test -p cluster --test cluster [WORD…]`.

mod authorization;
mod configuration;
mod images;
mod lifecycle;
mod network;
mod node;
mod static_pods;
mod trouble;
mod workloads;

use std::process::ExitCode;

fn main() -> ExitCode {
    cluster::harness::main(&[
        workloads::SHARED,
        configuration::SHARED,
        lifecycle::SHARED,
        network::SHARED,
        images::SHARED,
        authorization::SHARED,
        static_pods::SHARED,
        node::ALONE,
        trouble::ALONE,
    ])
}
