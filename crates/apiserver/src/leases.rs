//! The node's lease, its heartbeat (KEP-589).

use crate::call::Call;
use crate::caller::Caller;
use crate::error::ApiError;
use k8s_openapi::api::coordination::v1::Lease;
use kube::Resource;
use kube::core::Request;
use kube::core::params::PostParams;

const LEASES: &str = "leases";
/// Where all leases of nodes are (`v1.NamespaceNodeLease`).
const NAMESPACE: &str = "kube-node-lease";

/// Leases of nodes, through the heartbeat client.
#[derive(Clone)]
pub struct Leases {
    caller: Caller,
}

impl Leases {
    pub(crate) fn new(caller: Caller) -> Self {
        Self { caller }
    }

    /// The lease of the node called `name`.
    pub async fn get(&self, name: &str) -> Result<Lease, ApiError> {
        let call = Call::new("get", LEASES, NAMESPACE, name);
        self.caller.call(call, path().get(name, &Default::default())).await
    }

    /// Creates the lease.
    pub async fn create(&self, lease: &Lease) -> Result<Lease, ApiError> {
        let (call, body) = prepared("create", lease)?;
        self.caller.call(call, path().create(&PostParams::default(), body)).await
    }

    /// Replaces the lease, which carries the version that was read: [`ApiError::Conflict`] when somebody else
    /// wrote it meanwhile.
    pub async fn replace(&self, lease: &Lease) -> Result<Lease, ApiError> {
        let (call, body) = prepared("update", lease)?;
        let name = call.name.clone();
        self.caller.call(call, path().replace(&name, &PostParams::default(), body)).await
    }
}

fn prepared(verb: &'static str, lease: &Lease) -> Result<(Call, Vec<u8>), ApiError> {
    let call = Call::new(verb, LEASES, NAMESPACE, lease.metadata.name.as_deref().unwrap_or_default());
    let body = serde_json::to_vec(lease).map_err(|cause| ApiError::unsendable(&call, &cause))?;
    Ok((call, body))
}

fn path() -> Request {
    Request::new(Lease::url_path(&(), Some(NAMESPACE)))
}
