//! The node's addresses.
//!
//! Owns the choice of `status.addresses`. Inputs: `--node-ip`, and the machine's addresses and names. Output: the choice,
//! on a watch channel, sent only when it differs. One task, which looks every 10 s where the default routes lead, and
//! asks names again only when that changed, or every 5 minutes.
//!
//! Source: `pkg/kubelet/nodestatus/setters.go` `NodeAddress`, `kubelet_node_status.go` `validateNodeIP`,
//! `component-helpers/node/util/ips.go`, release 1.37.

mod flag;
pub(crate) mod plan;
mod task;
#[cfg(test)]
mod tests;

pub use flag::{InvalidNodeIps, NodeIps};
pub(crate) use task::AddressesTask;

use crate::settings::CloudProvider;
use std::net::IpAddr;
use std::sync::Arc;
use tasks::watch;

/// How addresses are chosen.
#[derive(Clone, Debug)]
pub(crate) struct AddressRules {
    pub(crate) node_name: String,
    pub(crate) node_ips: NodeIps,
    pub(crate) cloud_provider: CloudProvider,
}

/// What was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// These addresses of this machine.
    Ips(Vec<IpAddr>),
    /// None: the cloud provider will tell.
    NameAlone,
    /// None could be found; addresses stay as they are.
    Failed(String),
}

/// `None` until the first choice.
pub(crate) type ChoiceReceiver = watch::Receiver<Option<Arc<Choice>>>;
