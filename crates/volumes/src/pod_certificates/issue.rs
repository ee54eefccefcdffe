//! One projection's life: a certificate, and another one each time the signer wants to be asked again.

use std::{convert::Infallible, future::pending, sync::Arc, time::Duration};

use apiserver::{ApiError, IssuedPodCertificate, PodCertificateDecision, PodCertificateRefusal};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::{
    ByteString,
    api::{
        certificates::v1::{PodCertificateRequest, PodCertificateRequestSpec},
        core::v1::PodCertificateProjection,
    },
    apimachinery::pkg::apis::meta::v1::OwnerReference,
};
use tasks::watch;
use types::{EventKind, EventObject, go::quote, hash::Fnv1a32, reasons::pod_event};

use super::{
    Credential, IssueError, KeyError, ProjectionKey, Shared, State,
    key::{Effort, Key, KeyType},
};
use crate::{PodVolumes, pem, wall_time::until};

/// Pause after a failure, doubled with each further one. Short, because most are a node authorizer that has not seen the
/// pod yet.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest such pause: upstream looks at each certificate again after one to two minutes.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);
/// A certificate is refreshed up to so much later than its signer says, so that not all are at once (`jitterDuration`).
const LONGEST_JITTER: Duration = Duration::from_secs(5 * 60);
/// A refresh is overdue so long after it should have been (`refreshOverdueDuration`).
pub(super) const OVERDUE_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// The task of one projection.
pub(super) struct Issuer {
    shared: Arc<Shared>,
    namespace: String,
    pod: EventObject,
    service_account: String,
    projection: PodCertificateProjection,
    /// What spreads its refreshes.
    spread: String,
    states: Arc<watch::Sender<State>>,
}

impl Issuer {
    pub(super) fn new(
        shared: Arc<Shared>,
        pod: &PodVolumes,
        key: &ProjectionKey,
        projection: &PodCertificateProjection,
        states: Arc<watch::Sender<State>>,
    ) -> Self {
        let metadata = &pod.pod.metadata;
        let namespace = metadata.namespace.clone().unwrap_or_default();
        let name = metadata.name.as_deref().unwrap_or_default();
        let resource_version = metadata.resource_version.clone().unwrap_or_default();
        let object = EventObject { resource_version, ..EventObject::pod(&namespace, name, pod.uid.as_str()) };
        Self {
            shared,
            namespace,
            pod: object,
            service_account: types::pod::spec(&pod.pod).service_account_name.clone().unwrap_or_default(),
            projection: projection.clone(),
            spread: format!("{}/{}/{}", key.pod, key.volume, key.source),
            states,
        }
    }

    /// For ever. After a refusal nothing is done any more.
    pub(super) async fn run(self) -> Infallible {
        let mut current: Option<Arc<Credential>> = None;
        loop {
            let obtained = tokio::select! {
                biased;
                obtained = self.obtain(current.is_some()) => obtained,
                never = self.complain(current.as_deref()) => match never {},
            };
            match obtained {
                Ok(credential) => {
                    let credential = Arc::new(credential);
                    self.states.send_replace(State::Issued(credential.clone()));
                    until(self.shared.clock, credential.refresh_at).await;
                    current = Some(credential);
                }
                Err((request, refusal)) => {
                    self.tell_refusal(&request, &refusal);
                    self.states.send_replace(State::Refused(refusal));
                    return pending().await;
                }
            }
        }
    }

    /// A certificate, whatever it takes; or the signer's refusal, and the name of the request.
    async fn obtain(&self, is_refresh: bool) -> Result<Credential, (String, PodCertificateRefusal)> {
        let mut key = None;
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match self.attempt(&mut key, is_refresh).await {
                Ok(Attempt::Issued(credential)) => return Ok(credential),
                Ok(Attempt::Refused(request, refusal)) => return Err((request, refusal)),
                Err(error) => error,
            };
            tracing::debug!(
                namespace = self.namespace, pod = self.pod.name, %error,
                "A certificate of a pod cannot be had yet, and is tried for again"
            );
            let asked = match &error {
                IssueError::ServiceAccount(ApiError::TooManyRequests { retry_after, .. })
                | IssueError::Create(ApiError::TooManyRequests { retry_after, .. }) => *retry_after,
                _ => None,
            };
            if !is_refresh {
                self.tell_state(Some(error));
            }
            tokio::time::sleep(pause.max(asked.unwrap_or_default())).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// One request, up to its decision. A key that no request was made with is used for the next one.
    async fn attempt(&self, unused_key: &mut Option<Key>, is_refresh: bool) -> Result<Attempt, IssueError> {
        let account = self.shared.accounts.get(&self.namespace, &self.service_account).await;
        let account_uid = account.map_err(IssueError::ServiceAccount)?.metadata.uid.unwrap_or_default();
        let node_uid = self.node_uid().await;
        let key = match unused_key.take() {
            Some(key) => key,
            None => self.make_key().await.map_err(IssueError::Key)?,
        };
        let request = self.request(&key, account_uid, node_uid);
        let created = match self.shared.requests.create(&self.namespace, &request).await {
            Ok(created) => created,
            Err(error) => {
                *unused_key = Some(key);
                return Err(IssueError::Create(error));
            }
        };
        if !is_refresh {
            self.tell_state(None);
        }
        let name = format!("{}/{}", self.namespace, created.metadata.name.as_deref().unwrap_or_default());
        match self.shared.requests.decision(&created).await {
            PodCertificateDecision::Issued(issued) => self.credential(key, issued, name),
            PodCertificateDecision::Refused(refusal) => Ok(Attempt::Refused(name, refusal)),
            PodCertificateDecision::Deleted => Err(IssueError::Deleted(name)),
        }
    }

    /// The node's UID, once the server has the node.
    async fn node_uid(&self) -> String {
        let mut node = self.shared.node.clone();
        let found = node.wait_for(Option::is_some).await;
        let node = found.ok().and_then(|node| node.clone());
        match node {
            Some(node) => node.metadata.uid.clone().unwrap_or_default(),
            // The process ends.
            None => pending().await,
        }
    }

    async fn make_key(&self) -> Result<Key, KeyError> {
        let kind = KeyType::named(&self.projection.key_type)?;
        match kind.effort() {
            Effort::Little => kind.make(),
            Effort::Great => {
                let _place = self.shared.slow_keys.acquire().await;
                let made = tokio::task::spawn_blocking(move || kind.make()).await;
                made.unwrap_or_else(|error| Err(KeyError::NotMade(error.to_string())))
            }
        }
    }

    fn request(&self, key: &Key, service_account_uid: String, node_uid: String) -> PodCertificateRequest {
        let mut request = PodCertificateRequest::default();
        request.metadata.namespace = Some(self.namespace.clone());
        request.metadata.generate_name = Some("req-".to_owned());
        request.metadata.owner_references = Some(vec![OwnerReference {
            api_version: "v1".to_owned(),
            kind: "Pod".to_owned(),
            name: self.pod.name.clone(),
            uid: self.pod.uid.clone(),
            ..OwnerReference::default()
        }]);
        request.spec = PodCertificateRequestSpec {
            signer_name: self.projection.signer_name.clone(),
            pod_name: self.pod.name.clone(),
            pod_uid: self.pod.uid.clone(),
            service_account_name: self.service_account.clone(),
            service_account_uid,
            node_name: self.shared.requests.node_name().to_owned(),
            node_uid,
            max_expiration_seconds: self.projection.max_expiration_seconds,
            stub_pkc_s10_request: ByteString(key.request.clone()),
            unverified_user_annotations: self.projection.user_annotations.clone(),
        };
        request
    }

    fn credential(
        &self,
        key: Key,
        issued: IssuedPodCertificate,
        name: String,
    ) -> Result<Attempt, IssueError> {
        let (Some(begin), Some(not_after)) = (issued.begin_refresh_at, issued.not_after) else {
            return Err(IssueError::Timeless(name));
        };
        let certificates = pem::contents(&issued.certificate_chain);
        let certificate_chain =
            certificates.iter().map(|certificate| pem::encode(pem::CERTIFICATE, certificate)).collect();
        let refresh_at = begin.saturating_add(self.jitter(&name)).unwrap_or(Timestamp::MAX);
        let private_key = key.private_key;
        Ok(Attempt::Issued(Credential { private_key, certificate_chain, refresh_at, not_after }))
    }

    /// Another one for each request, but the same at each run.
    fn jitter(&self, request: &str) -> Duration {
        let mut hash = Fnv1a32::default();
        hash.write(self.spread.as_bytes());
        hash.write(request.as_bytes());
        LONGEST_JITTER.mul_f64(f64::from(hash.finish()) / f64::from(u32::MAX))
    }

    /// Tells why there is no certificate, if it is something else than before.
    fn tell_state(&self, cause: Option<IssueError>) {
        self.states.send_if_modified(|state| {
            let words = |cause: &Option<IssueError>| cause.as_ref().map(ToString::to_string);
            let is_news = !matches!(state, State::NotIssued(before) if words(before) == words(&cause));
            *state = State::NotIssued(cause);
            is_news
        });
    }

    /// Warns, once each, of a certificate that was not refreshed in time, and of one that has expired.
    async fn complain(&self, current: Option<&Credential>) -> Infallible {
        let Some(current) = current else { return pending().await };
        let clock = self.shared.clock;
        let overdue_at = current.refresh_at.saturating_add(OVERDUE_AFTER).unwrap_or(Timestamp::MAX);
        tokio::join!(
            async {
                until(clock, overdue_at).await;
                let message = "PodCertificate refresh overdue".to_owned();
                self.warn(pod_event::CERTIFICATE_OVERDUE_FOR_REFRESH, message);
            },
            async {
                until(clock, current.not_after).await;
                self.warn(pod_event::CERTIFICATE_EXPIRED, "PodCertificate expired".to_owned());
            },
        );
        pending().await
    }

    fn tell_refusal(&self, request: &str, refusal: &PodCertificateRefusal) {
        let verb = match refusal.kind {
            apiserver::RefusalKind::Denied => "was denied",
            apiserver::RefusalKind::Failed => "failed",
        };
        let (reason, words) = (quote(&refusal.reason), quote(&refusal.message));
        let message = format!("PodCertificateRequest {request} {verb}, reason={reason}, message={words}");
        self.warn(refusal.kind.as_str(), message);
    }

    fn warn(&self, reason: &str, message: String) {
        (self.shared.tell)(EventKind::Warning, self.pod.clone(), reason, message);
    }
}

/// How a request ended.
enum Attempt {
    Issued(Credential),
    /// The name of the request, and why.
    Refused(String, PodCertificateRefusal),
}
