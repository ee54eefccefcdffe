//! Service accounts of pods (`KubeletServiceAccountTokenForCredentialProviders`).

use crate::call::Call;
use crate::caller::Caller;
use crate::error::ApiError;
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::Resource;
use kube::core::Request;

/// Service accounts of the API server.
#[derive(Clone)]
pub struct ServiceAccounts {
    caller: Caller,
}

impl ServiceAccounts {
    pub(crate) fn new(caller: Caller) -> Self {
        Self { caller }
    }

    /// The account as the server has it. The node authorizer grants it for pods of this node only.
    pub async fn get(&self, namespace: &str, name: &str) -> Result<ServiceAccount, ApiError> {
        let call = Call::new("get", "serviceaccounts", namespace, name);
        let path = Request::new(ServiceAccount::url_path(&(), Some(namespace)));
        self.caller.call(call, path.get(name, &Default::default())).await
    }
}
