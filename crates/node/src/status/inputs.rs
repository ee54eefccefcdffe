//! What the status is made of, as it changes.

use crate::addresses::{Choice, ChoiceReceiver};
use crate::images::ImagesReceiver;
use crate::object::Facts;
use crate::runtime::HealthReceiver;
use crate::settings::Frequencies;
use crate::view::Sight;
use crate::vitals::{Vitals, changed};
use std::sync::Arc;
use std::time::Duration;
use tasks::watch;
use tokio::time::timeout;

/// How long the first report waits for the runtime, and for names: upstream waits for both without end.
const FIRST_FACTS_WAIT: Duration = Duration::from_secs(10);

/// How long it waits for the list of images, which can as well come later.
const FIRST_IMAGES_WAIT: Duration = Duration::from_millis(100);

/// The watch channels.
#[derive(Clone)]
pub(crate) struct Inputs {
    pub(crate) addresses: ChoiceReceiver,
    pub(crate) images: ImagesReceiver,
    pub(crate) runtime: HealthReceiver,
    pub(crate) vitals: Vitals,
    pub(crate) frequencies: watch::Receiver<Frequencies>,
    pub(crate) sight: watch::Receiver<Sight>,
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Changed {
    /// Something that readiness may depend on.
    Health,
    /// Something that can wait.
    Facts,
    /// The node, as the server has it.
    Sight,
}

impl Inputs {
    /// Waits until enough is known for a first report, or for as long as is bearable.
    pub(crate) async fn first(&mut self) {
        let known = async {
            // The channels' tasks end with the process alone.
            let _ = self.runtime.wait_for(|health| health.is_known).await;
            let _ = self.addresses.wait_for(Option::is_some).await;
            // Who observes containers has not looked yet. An observer that is gone will not.
            let _ = self.vitals.observer.wait_for(Option::is_none).await;
        };
        let images = async {
            let _ = self.images.wait_for(Option::is_some).await;
        };
        let _ = tokio::join!(timeout(FIRST_FACTS_WAIT, known), timeout(FIRST_IMAGES_WAIT, images));
    }

    /// Everything as it is now.
    pub(crate) fn facts(&self) -> Facts {
        let unknown = || Arc::new(Choice::Failed("the addresses are not known yet".to_owned()));
        Facts {
            addresses: self.addresses.borrow().clone().unwrap_or_else(unknown),
            images: self.images.borrow().clone().unwrap_or_default(),
            runtime: self.runtime.borrow().clone(),
            vitals: self.vitals.now(),
        }
    }

    /// Resolves when something changes.
    pub(crate) async fn changed(&mut self) -> Changed {
        tokio::select! {
            biased;
            () = changed(&mut self.runtime) => Changed::Health,
            () = self.vitals.changed() => Changed::Health,
            () = changed(&mut self.sight) => Changed::Sight,
            () = changed(&mut self.addresses) => Changed::Facts,
            () = changed(&mut self.images) => Changed::Facts,
            () = changed(&mut self.frequencies) => Changed::Facts,
        }
    }
}
