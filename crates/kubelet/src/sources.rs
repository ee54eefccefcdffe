//! The sources of pods, and what the configuration says of them. Both always run: either may get its path or URL
//! while the kubelet runs.

use crate::wiring::{Sources, spawn};
use anyhow::{Context, Result};
use config::{KubeletConfiguration, Settings};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use pods::sources::directory::{DirectorySettings, DirectorySource};
use pods::sources::url::{UrlSettings, UrlSource};
use pods::sources::{EVENT_QUEUE, NodeIdentity};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use tasks::{Clock, Stop, watch};
use tokio::sync::mpsc;
use types::PodSource;

/// Changes what the sources read.
#[derive(Debug)]
pub struct SourceControls {
    directory: watch::Sender<DirectorySettings>,
    url: watch::Sender<UrlSettings>,
}

/// Starts the sources.
///
/// # Errors
/// When the URL or a header is none.
pub fn start(
    settings: &Settings,
    node_name: &str,
    clock: Clock,
    stop: &Stop,
) -> Result<(Sources, SourceControls)> {
    let configuration = &settings.configuration;
    let node = NodeIdentity { name: Arc::from(node_name) };
    let directory = watch::Sender::new(directory_settings(configuration));
    let url = watch::Sender::new(url_settings(configuration)?);
    match (&directory.borrow().path, &url.borrow().url) {
        (None, None) => tracing::warn!("No source of pods is configured: set staticPodPath or staticPodURL"),
        (path, url) => {
            if let Some(path) = path {
                tracing::info!(path = %path.display(), "Adding static pod path");
            }
            if let Some(url) = url {
                tracing::info!(URL = %url, "Adding pod URL");
            }
        }
    }
    let (sender, events) = mpsc::channel(EVENT_QUEUE);
    let files = DirectorySource { settings: directory.subscribe(), node: node.clone(), clock };
    let fetched = UrlSource { settings: url.subscribe(), node, clock };
    let tasks = vec![
        spawn(files.run(sender.clone(), stop.clone())),
        spawn(fetched.run(sender.clone(), stop.clone())),
    ];
    let kinds = BTreeSet::from([PodSource::File, PodSource::Http]);
    let sources = Sources { sender, events, kinds, tasks };
    Ok((sources, SourceControls { directory, url }))
}

impl SourceControls {
    /// Takes up a changed configuration.
    ///
    /// # Errors
    /// When the URL or a header is none; nothing has changed then.
    pub fn apply(&self, configuration: &KubeletConfiguration) -> Result<()> {
        let url = url_settings(configuration)?;
        let directory = directory_settings(configuration);
        self.directory.send_if_modified(|known| std::mem::replace(known, directory.clone()) != directory);
        self.url.send_if_modified(|known| std::mem::replace(known, url.clone()) != url);
        Ok(())
    }
}

fn directory_settings(configuration: &KubeletConfiguration) -> DirectorySettings {
    let path = &configuration.static_pod_path;
    DirectorySettings {
        path: (!path.is_empty()).then(|| PathBuf::from(path)),
        rescan: configuration.file_check_frequency.to_std(),
    }
}

fn url_settings(configuration: &KubeletConfiguration) -> Result<UrlSettings> {
    let url = match configuration.static_pod_url.as_str() {
        "" => None,
        text => Some(text.parse().with_context(|| format!("staticPodURL: {text:?} is not a URL"))?),
    };
    Ok(UrlSettings {
        url,
        headers: headers(configuration)?,
        period: configuration.http_check_frequency.to_std(),
    })
}

fn headers(configuration: &KubeletConfiguration) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, values) in &configuration.static_pod_url_header {
        let name: HeaderName =
            name.parse().with_context(|| format!("staticPodURLHeader: {name:?} is not a header"))?;
        for value in values {
            // The value may be a secret: it is not repeated.
            let value = HeaderValue::from_str(value).with_context(|| {
                format!("staticPodURLHeader: the value of {name} is not valid in a header")
            })?;
            headers.append(name.clone(), value);
        }
    }
    Ok(headers)
}
