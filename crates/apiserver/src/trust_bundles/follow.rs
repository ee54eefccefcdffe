//! The task that follows the bundles.

use super::{State, TrustBundle, TrustBundlesByName};
use crate::caller::Caller;
use crate::error::ApiError;
use crate::watch::{Change, Follower, Selection};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tasks::watch;

/// Where bundles are, the newest version first. They are of the same form in all of them, as far as a kubelet reads them.
const PATHS: [&str; 3] = [
    "/apis/certificates.k8s.io/v1/clustertrustbundles",
    "/apis/certificates.k8s.io/v1beta1/clustertrustbundles",
    "/apis/certificates.k8s.io/v1alpha1/clustertrustbundles",
];
/// A server without the API is asked again after so long: it may have been upgraded, or configured otherwise.
const NO_API_PAUSE: Duration = Duration::from_secs(5 * 60);
/// Bundles that nobody is subscribed to are watched so much longer, as other objects are.
pub(super) const IDLE_GRACE: Duration = Duration::from_secs(5 * 60);

/// A bundle as it is read, without the rest.
#[derive(Deserialize)]
struct Read {
    metadata: ReadMetadata,
    #[serde(default)]
    spec: ReadSpec,
}

#[derive(Deserialize)]
struct ReadMetadata {
    name: Box<str>,
    #[serde(default)]
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReadSpec {
    #[serde(default)]
    signer_name: Box<str>,
    #[serde(default)]
    trust_bundle: Box<str>,
}

impl Read {
    fn keep(self) -> (Box<str>, Arc<TrustBundle>) {
        let Self { metadata: ReadMetadata { name, labels }, spec: ReadSpec { signer_name, trust_bundle } } =
            self;
        let labels = labels.unwrap_or_default();
        let bundle = TrustBundle { name: name.clone(), labels, signer_name, certificates: trust_bundle };
        (name, Arc::new(bundle))
    }
}

/// Follows the bundles for ever.
pub(super) async fn follow(caller: &Caller, states: &watch::Sender<State>) {
    loop {
        for path in PATHS {
            follow_version(caller, path, states).await;
        }
        states.send_if_modified(|state| {
            // What was known stays known.
            let is_news = matches!(state, State::Pending | State::Failed(_));
            if is_news {
                *state = State::NoApi;
            }
            is_news
        });
        tokio::time::sleep(NO_API_PAUSE).await;
    }
}

/// Follows the bundles as this version has them, until the server says that there is no such version.
async fn follow_version(caller: &Caller, path: &str, states: &watch::Sender<State>) {
    let selection = Selection {
        path: path.to_owned(),
        resource: "clustertrustbundles",
        namespace: String::new(),
        fields: String::new(),
    };
    let mut follower = Follower::<Read>::new(caller.clone(), selection);
    let mut bundles = TrustBundlesByName::new();
    loop {
        match follower.next().await {
            Change::Listed(listed) => bundles = listed.into_iter().map(Read::keep).collect(),
            Change::Applied(object) => {
                let (name, bundle) = object.keep();
                bundles.insert(name, bundle);
            }
            Change::Deleted(object) => {
                bundles.remove(&object.metadata.name);
            }
            Change::Failed(ApiError::NotFound(_)) => return,
            Change::Failed(error) => {
                states.send_if_modified(|state| {
                    let is_news = matches!(state, State::Pending | State::NoApi);
                    if is_news {
                        *state = State::Failed(error);
                    }
                    is_news
                });
                continue;
            }
        }
        tell(states, &bundles);
    }
}

/// A list that brings nothing new, as after a broken connection, wakes nobody.
fn tell(states: &watch::Sender<State>, bundles: &TrustBundlesByName) {
    states.send_if_modified(|state| {
        let is_news = !matches!(state, State::Known(known) if **known == *bundles);
        if is_news {
            *state = State::Known(Arc::new(bundles.clone()));
        }
        is_news
    });
}
