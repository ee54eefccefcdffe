//! Service accounts of a real API server.

use super::accounts::{AccountError, AccountFacts, ServiceAccounts, TokenWish};
use apiserver::{ApiError, ApiServer, TokenKey, TokenPod, Tokens};
use async_trait::async_trait;
use types::PodUid;

/// Asks the API server for accounts, and the kubelet's cache for tokens.
#[derive(Clone)]
pub struct ApiAccounts {
    accounts: apiserver::ServiceAccounts,
    tokens: Tokens,
}

impl ApiAccounts {
    /// Nothing is asked yet.
    pub fn new(api_server: &ApiServer, tokens: Tokens) -> Self {
        Self { accounts: api_server.service_accounts(), tokens }
    }
}

fn told(error: ApiError) -> AccountError {
    AccountError(error.to_string())
}

#[async_trait]
impl ServiceAccounts for ApiAccounts {
    async fn account(&self, namespace: &str, name: &str) -> Result<AccountFacts, AccountError> {
        let account = self.accounts.get(namespace, name).await.map_err(told)?;
        Ok(AccountFacts {
            uid: account.metadata.uid.unwrap_or_default(),
            annotations: account.metadata.annotations.unwrap_or_default(),
        })
    }

    async fn token(&self, wish: &TokenWish) -> Result<String, AccountError> {
        let key = TokenKey {
            namespace: wish.namespace.clone(),
            service_account: wish.service_account.clone(),
            audiences: vec![wish.audience.clone()],
            // As long as the server gives when nobody says.
            expiration_seconds: None,
            pod: Some(TokenPod { name: wish.pod_name.clone(), uid: PodUid::from(wish.pod_uid.as_str()) }),
            service_account_uid: Some(wish.service_account_uid.clone()),
        };
        self.tokens.token(&key).await.map(|token| token.token.to_string()).map_err(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use apiserver::fake::{FakeApiServer, NAMESPACES, PODS, SERVICE_ACCOUNTS, User};
    use jiff::Timestamp;
    use serde_json::json;
    use tasks::Clock;

    #[tokio::test(start_paused = true)]
    async fn accounts_and_tokens_of_pods_of_the_node() {
        let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
        let server = FakeApiServer::new(clock);
        let admin = server.admin();
        admin
            .create(
                &NAMESPACES,
                &json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "ns" } }),
            )
            .unwrap();
        let account = json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {
            "namespace": "ns", "name": "builder", "annotations": { "role": "r" }
        } });
        let account = admin.create(&SERVICE_ACCOUNTS, &account).unwrap();
        let pod = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": { "namespace": "ns", "name": "web" },
            "spec": {
                "serviceAccountName": "builder", "nodeName": "node",
                "containers": [{ "name": "app", "image": "a" }],
                // What makes the server give the node tokens for this audience.
                "volumes": [{ "name": "token", "projected": { "sources": [
                    { "serviceAccountToken": { "audience": "registry", "path": "token" } }
                ] } }]
            }
        });
        let pod = admin.create(&PODS, &pod).unwrap();
        let client = || server.client(User::Node("node".to_owned()));
        let api_server = ApiServer::new(client(), client(), client());
        let accounts = ApiAccounts::new(&api_server, Tokens::new(&api_server, clock));
        let facts = accounts.account("ns", "builder").await.unwrap();
        assert_eq!(facts.uid, account["metadata"]["uid"].as_str().unwrap());
        assert_eq!(facts.annotations["role"], "r");
        let wish = |account_uid: &str| TokenWish {
            namespace: "ns".to_owned(),
            service_account: "builder".to_owned(),
            service_account_uid: account_uid.to_owned(),
            audience: "registry".to_owned(),
            pod_name: "web".to_owned(),
            pod_uid: pod["metadata"]["uid"].as_str().unwrap().to_owned(),
        };
        assert!(!accounts.token(&wish(&facts.uid)).await.unwrap().is_empty());
        assert!(accounts.account("ns", "other").await.is_err());
    }
}
