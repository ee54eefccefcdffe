//! What is told of objects.

use super::Space;
use e2e::wait::{self, BOUND};
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
        wait::until(&format!("event {beginning:?} about {name}"), BOUND, || async {
            let events = self.events(name).await.map_err(|error| vec![format!("{error:#}")])?;
            let found = events.iter().find(|event| event.starts_with(beginning)).cloned();
            found.ok_or(events)
        })
        .await
    }
}
