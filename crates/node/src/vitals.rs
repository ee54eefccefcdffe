//! What others know of the node's health: inputs of its conditions.

use tasks::watch;

/// What runs out. The default is that nothing does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pressure {
    /// Memory.
    pub memory: bool,
    /// Disk space or inodes.
    pub disk: bool,
    /// Process ids.
    pub pid: bool,
}

/// What others know, at one moment; see [`Vitals`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct VitalSigns {
    pub(crate) observer: Option<String>,
    pub(crate) pressure: Pressure,
    pub(crate) storage: Option<String>,
    pub(crate) shutdown: Option<String>,
}

/// What others know, as it is now and will be. Those of the default never change.
#[derive(Clone, Debug)]
pub struct Vitals {
    /// Why the observer of containers is not well, in upstream's words for its own ("PLEG is not healthy: …"); `None`
    /// when it is.
    pub observer: watch::Receiver<Option<String>>,
    /// What runs out.
    pub pressure: watch::Receiver<Pressure>,
    /// Why storage is not ready; `None` when it is.
    pub storage: watch::Receiver<Option<String>>,
    /// Why the node takes no pods any more ("node is shutting down"); `None` while it does.
    pub shutdown: watch::Receiver<Option<String>>,
}

impl Default for Vitals {
    fn default() -> Self {
        Self {
            observer: watch::channel(None).1,
            pressure: watch::channel(Pressure::default()).1,
            storage: watch::channel(None).1,
            shutdown: watch::channel(None).1,
        }
    }
}

impl Vitals {
    /// All of it as it is now.
    pub(crate) fn now(&self) -> VitalSigns {
        VitalSigns {
            observer: self.observer.borrow().clone(),
            pressure: *self.pressure.borrow(),
            storage: self.storage.borrow().clone(),
            shutdown: self.shutdown.borrow().clone(),
        }
    }

    /// Resolves when any of it changes.
    pub(crate) async fn changed(&mut self) {
        tokio::select! {
            biased;
            () = changed(&mut self.shutdown) => {}
            () = changed(&mut self.observer) => {}
            () = changed(&mut self.pressure) => {}
            () = changed(&mut self.storage) => {}
        }
    }
}

/// Resolves when the value changes: never, once nobody is left to change it.
pub(crate) async fn changed<T>(receiver: &mut watch::Receiver<T>) {
    if receiver.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}
