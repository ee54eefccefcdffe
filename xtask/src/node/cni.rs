//! The pods' network: a bridge with addresses from host-local, host ports from portmap.

use std::fs;

use anyhow::Context;
use serde_json::{Value, json};

use super::layout::Layout;

/// How the pods' bridge is called and addressed.
#[derive(Debug, Clone)]
pub struct Network {
    /// The bridge's interface name.
    pub bridge: String,
    /// The pods' subnet in CIDR notation.
    pub subnet: String,
    /// Whether pods reach beyond the machine behind its address (needs iptables).
    pub masquerade: bool,
}

/// The CNI configuration list of a node.
///
/// `hairpinMode` lets a pod reach itself through a host port or a service address.
pub fn configuration(network: &Network, layout: &Layout) -> Value {
    json!({
        "cniVersion": "1.0.0",
        "name": network.bridge,
        "plugins": [
            {
                "type": "bridge",
                "bridge": network.bridge,
                "isGateway": true,
                "ipMasq": network.masquerade,
                "hairpinMode": true,
                "ipam": {
                    "type": "host-local",
                    "dataDir": layout.cni_addresses(),
                    "ranges": [[{ "subnet": network.subnet }]],
                    "routes": [{ "dst": "0.0.0.0/0" }],
                },
            },
            { "type": "portmap", "capabilities": { "portMappings": true } },
        ],
    })
}

/// Writes the CNI configuration where the node's containerd looks for it.
///
/// # Errors
/// When the directory or the file cannot be written.
pub fn write(network: &Network, layout: &Layout) -> anyhow::Result<()> {
    let directory = layout.cni_configuration();
    fs::create_dir_all(&directory).with_context(|| format!("{} cannot be made", directory.display()))?;
    let file = directory.join("10-bridge.conflist");
    fs::write(&file, format!("{:#}\n", configuration(network, layout)))
        .with_context(|| format!("{} cannot be written", file.display()))
}
