//! Requests for tokens of service accounts (KEP-1205).

use crate::call::Call;
use crate::caller::Caller;
use crate::error::ApiError;
use k8s_openapi::api::authentication::v1::TokenRequest;
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::Resource;
use kube::core::Request;
use kube::core::params::PostParams;

/// `serviceaccounts/token`.
#[derive(Clone)]
pub struct TokenRequests {
    caller: Caller,
}

impl TokenRequests {
    pub(crate) fn new(caller: Caller) -> Self {
        Self { caller }
    }

    /// Asks for a token of `service_account`. The node authorizer grants it for pods of this node only.
    pub async fn create(
        &self,
        namespace: &str,
        service_account: &str,
        request: &TokenRequest,
    ) -> Result<TokenRequest, ApiError> {
        let call = Call::new("create", "serviceaccounts/token", namespace, service_account);
        let body = serde_json::to_vec(request).map_err(|cause| ApiError::unsendable(&call, &cause))?;
        let path = Request::new(ServiceAccount::url_path(&(), Some(namespace)));
        let request = path.create_subresource("token", service_account, &PostParams::default(), body);
        self.caller.call(call, request).await
    }
}
