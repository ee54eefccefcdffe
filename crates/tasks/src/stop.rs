//! The signal that ends every loop.

use tokio_util::sync::CancellationToken;

/// Asked for once, seen by all clones. Loops select on [`Stop::requested`] before anything else.
#[derive(Clone, Debug, Default)]
pub struct Stop(CancellationToken);

impl Stop {
    /// A stop that nobody has asked for yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks every holder to end.
    pub fn request(&self) {
        self.0.cancel();
    }

    /// Whether the end was asked for.
    pub fn is_requested(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Resolves when the end is asked for.
    pub async fn requested(&self) {
        self.0.cancelled().await;
    }
}
