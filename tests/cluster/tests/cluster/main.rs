//! The kubelet on a real control plane: what users of a cluster see of a node.
//!
//! `cargo xtask cluster run --nodes 2 [--kubelet upstream] -- cargo test -p cluster --test cluster [WORD…]`.

mod authorization;
mod certificates;
mod configuration;
mod debugging;
mod images;
mod lifecycle;
mod network;
mod node;
mod node_network;
mod offline;
mod outage;
mod overhead;
mod resolver;
mod restart_rules;
mod several_nodes;
mod static_pods;
mod tokens;
mod trouble;
mod workloads;

use std::process::ExitCode;

fn main() -> ExitCode {
    e2e::harness::main::<cluster::suite::ClusterSuite>(&[
        tokens::SPANNING,
        workloads::SHARED,
        configuration::SHARED,
        tokens::SHARED,
        certificates::SHARED,
        lifecycle::SHARED,
        restart_rules::SHARED,
        debugging::SHARED,
        network::SHARED,
        overhead::SHARED,
        images::SHARED,
        authorization::SHARED,
        static_pods::SHARED,
        several_nodes::SHARED,
        node::SHARED,
        node::ALONE,
        node_network::ALONE,
        resolver::ALONE,
        outage::ALONE,
        offline::ALONE,
        trouble::ALONE,
    ])
}
