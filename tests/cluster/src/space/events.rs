//! What is told of objects.

use super::Space;
use e2e::wait;
use k8s_openapi::api::core::v1::Event;
use kube::api::ListParams;

impl Space {
    /// The events about an object, as `reason: message`.
    ///
    /// # Errors
    /// When the API server does not tell.
    pub async fn events(&self, name: &str) -> anyhow::Result<Vec<String>> {
        let parameters = ListParams::default().fields(&format!("involvedObject.name={name}"));
        let events = self.api::<Event>().list(&parameters).await?;
        let line = |event: Event| {
            format!("{}: {}", event.reason.unwrap_or_default(), event.message.unwrap_or_default())
        };
        Ok(events.items.into_iter().map(line).collect())
    }

    /// Waits until there is an event about the object that begins with `beginning`.
    ///
    /// # Errors
    /// When none comes.
    pub async fn event(&self, name: &str, beginning: &str) -> anyhow::Result<String> {
        wait::event(name, beginning, || self.events(name)).await
    }
}
