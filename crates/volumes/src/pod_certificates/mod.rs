//! Certificates of pods (KEP-4317; upstream's `pkg/kubelet/podcertificate`).
//!
//! ```text
//! PodCertificates ── subscribe ──▶ PodCertificateView ◀── state ── one task per projection of a pod:
//!                                            key ─▶ request ─▶ decision ─▶ until its time to refresh ─▶ again
//! ```
//!
//! Owns keys and certificates of the node's pods, in memory alone, as upstream: a kubelet that starts asks for new ones,
//! while pods go on with the files they have. A task lives as long as its pod, or ends when nobody was subscribed for some
//! minutes.

mod error;
mod issue;
mod key;
mod metrics;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use apiserver::{ApiServer, PodCertificateRefusal, PodCertificateRequests, ServiceAccounts};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Node, PodCertificateProjection};
use tasks::{Clock, Stop, watch};
use tokio::{sync::Semaphore, time::timeout};
use tokio_util::task::AbortOnDropHandle;
use types::{EventKind, EventObject, PodUid};

use crate::PodVolumes;
pub use error::{IssueError, KeyError, PodCertificateError};
use issue::Issuer;
pub use metrics::PodCertificateStates;

/// [`PodCertificateView::get`] waits so long for a first answer, as for other content of the API.
const FIRST_ANSWER_PATIENCE: Duration = Duration::from_secs(10);
/// A certificate that nobody is subscribed to is kept so much longer: between two attempts to start a pod nobody is.
const IDLE_GRACE: Duration = Duration::from_secs(5 * 60);
/// Large RSA keys take seconds of a core; the others of the node need the rest.
const SLOW_KEYS_AT_ONCE: usize = 1;

/// Takes events about pods: kind, object, reason, message.
pub type TellOfPod = Arc<dyn Fn(EventKind, EventObject, &str, String) + Send + Sync>;

/// The node's object as the server has it: requests carry its UID.
pub type NodeReceiver = watch::Receiver<Option<Arc<Node>>>;

/// The certificates of the node's pods. Cheap to clone.
#[derive(Clone)]
pub struct PodCertificates {
    shared: Arc<Shared>,
    entries: Arc<Entries>,
}

/// The lock is held for a look-up.
type Entries = Mutex<BTreeMap<ProjectionKey, Entry>>;

struct Shared {
    requests: PodCertificateRequests,
    accounts: ServiceAccounts,
    node: NodeReceiver,
    tell: TellOfPod,
    clock: Clock,
    stop: Stop,
    slow_keys: Semaphore,
}

/// Which source of which volume of which pod.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ProjectionKey {
    pod: PodUid,
    volume: String,
    source: usize,
}

struct Entry {
    signer_name: String,
    states: Arc<watch::Sender<State>>,
    /// Ends with it.
    _task: AbortOnDropHandle<()>,
}

/// What is known of one certificate.
#[derive(Clone)]
enum State {
    /// There is none yet, perhaps for this reason.
    NotIssued(Option<IssueError>),
    Issued(Arc<Credential>),
    /// There will be none (any more).
    Refused(PodCertificateRefusal),
}

/// A key and its certificate, as they are written.
pub(crate) struct Credential {
    pub(crate) private_key: String,
    pub(crate) certificate_chain: String,
    refresh_at: Timestamp,
    not_after: Timestamp,
}

/// Without the key.
impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Credential");
        shown.field("refresh_at", &self.refresh_at).field("not_after", &self.not_after);
        shown.finish_non_exhaustive()
    }
}

impl PodCertificates {
    /// Nothing is asked for yet. All ends with `stop`.
    pub fn new(
        api_server: &ApiServer,
        node_name: &str,
        node: NodeReceiver,
        tell: TellOfPod,
        clock: Clock,
        stop: Stop,
    ) -> Self {
        let shared = Shared {
            requests: api_server.pod_certificate_requests(node_name),
            accounts: api_server.service_accounts(),
            node,
            tell,
            clock,
            stop,
            slow_keys: Semaphore::new(SLOW_KEYS_AT_ONCE),
        };
        Self { shared: Arc::new(shared), entries: Arc::default() }
    }

    /// A subscription to the certificate of one source of a volume; it is being asked for from now on.
    pub(crate) fn subscribe(
        &self,
        pod: &PodVolumes,
        volume: &str,
        source: usize,
        projection: &PodCertificateProjection,
    ) -> PodCertificateView {
        let key = ProjectionKey { pod: pod.uid.clone(), volume: volume.to_owned(), source };
        let mut entries = self.entries();
        if let Some(entry) = entries.get(&key) {
            return PodCertificateView { states: entry.states.subscribe() };
        }
        let (states, receiver) = watch::channel(State::NotIssued(None));
        let states = Arc::new(states);
        let issuer = Issuer::new(self.shared.clone(), pod, &key, projection, states.clone());
        let (stop, told, asked) = (self.shared.stop.clone(), states.clone(), key.clone());
        // The task must not hold what holds the task.
        let others = Arc::downgrade(&self.entries);
        let task = tokio::spawn(async move {
            tokio::select! {
                biased;
                () = stop.requested() => {}
                () = told.forgotten(IDLE_GRACE, || forget_unused(&others, &asked, &told)) => {}
                never = issuer.run() => match never {},
            }
        });
        let signer_name = projection.signer_name.clone();
        entries.insert(key, Entry { signer_name, states, _task: AbortOnDropHandle::new(task) });
        PodCertificateView { states: receiver }
    }

    /// Forgets the certificates of a pod that is gone.
    pub(crate) fn forget_pod(&self, uid: &PodUid) {
        self.entries().retain(|key, _| key.pod != *uid);
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<ProjectionKey, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets a certificate if nobody is subscribed; says whether it is forgotten.
fn forget_unused(entries: &Weak<Entries>, key: &ProjectionKey, states: &watch::Sender<State>) -> bool {
    let Some(entries) = entries.upgrade() else { return true };
    let mut entries = entries.lock().unwrap_or_else(PoisonError::into_inner);
    let is_unused = states.receiver_count() == 0;
    if is_unused {
        entries.remove(key);
    }
    is_unused
}

/// A subscription to one certificate. A clone has seen what the original has.
#[derive(Clone)]
pub(crate) struct PodCertificateView {
    states: watch::Receiver<State>,
}

impl PodCertificateView {
    /// The certificate with its key. Waits for a first answer for at most 10 s.
    pub(crate) async fn get(&mut self) -> Result<Arc<Credential>, PodCertificateError> {
        let answered = self.states.wait_for(|state| !matches!(state, State::NotIssued(None)));
        // Neither patience that ended nor a kubelet that stops brings an answer.
        let _ = timeout(FIRST_ANSWER_PATIENCE, answered).await;
        match &*self.states.borrow_and_update() {
            State::Issued(credential) => Ok(credential.clone()),
            State::NotIssued(cause) => Err(PodCertificateError::NotIssued(cause.clone())),
            State::Refused(refusal) => Err(PodCertificateError::Refused(refusal.clone())),
        }
    }

    /// Resolves when [`PodCertificateView::get`] would answer otherwise than it last did.
    pub(crate) async fn changed(&mut self) {
        if self.states.changed().await.is_err() {
            std::future::pending().await
        }
    }
}
