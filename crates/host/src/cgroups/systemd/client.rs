//! systemd's manager on D-Bus.

use std::{num::NonZero, time::Duration};

use futures::StreamExt;
use zbus::{Connection, MatchRule, MessageStream, OwnedObjectPath, Variant, proxy::CacheProperties};

use super::properties::Property;

/// How long systemd may take over one job, as upstream gives it.
const JOB_TIMEOUT: Duration = Duration::from_secs(30);
/// Ends of jobs that may wait for us to look at them; a node starts at most a few units at once.
const MAX_SIGNALS: NonZero<usize> = NonZero::new(256).expect("256 is not 0");

/// What systemd, or the way to it, said.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClientError {
    /// D-Bus.
    #[error(transparent)]
    Bus(#[from] zbus::Error),
    /// The job ended otherwise than done.
    #[error("the job ended as {0:?}")]
    Job(String),
    /// No answer in time.
    #[error("no answer within {} s", JOB_TIMEOUT.as_secs())]
    Timeout,
    /// The connection ended.
    #[error("the connection ended")]
    Closed,
}

#[allow(missing_docs, unreachable_pub, reason = "the macro makes public items of the private trait")]
mod manager {
    use super::{OwnedObjectPath, Variant};

    /// Those methods of `org.freedesktop.systemd1.Manager` that we use.
    #[zbus::proxy(
        interface = "org.freedesktop.systemd1.Manager",
        default_service = "org.freedesktop.systemd1",
        default_path = "/org/freedesktop/systemd1"
    )]
    pub trait Manager {
        fn subscribe(&self) -> zbus::Result<()>;

        fn start_transient_unit(
            &self,
            name: &str,
            mode: &str,
            properties: &[(&str, Variant<'_>)],
            auxiliary: &[(&str, &[(&str, Variant<'_>)])],
        ) -> zbus::Result<OwnedObjectPath>;

        fn stop_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;

        fn reset_failed_unit(&self, name: &str) -> zbus::Result<()>;

        fn set_unit_properties(
            &self,
            name: &str,
            runtime: bool,
            properties: &[(&str, Variant<'_>)],
        ) -> zbus::Result<()>;

        #[zbus(property)]
        fn version(&self) -> zbus::Result<String>;
    }
}

use manager::ManagerProxy;

/// A connection.
#[derive(Debug)]
pub(super) struct Client {
    manager: ManagerProxy<'static>,
    version: u32,
    /// systemd's name on the message bus, where others can send signals too; none where it is the only other end.
    sender: Option<String>,
}

impl Client {
    /// Over the system's message bus. systemd's own socket is no way for us: there it signs its messages with a name
    /// that zbus does not take for a sender.
    pub(super) async fn connect() -> Result<Self, ClientError> {
        Self::over(Connection::system().await?).await
    }

    async fn over(connection: Connection) -> Result<Self, ClientError> {
        let manager =
            ManagerProxy::builder(&connection).cache_properties(CacheProperties::No).build().await?;
        // Without this systemd sends no signals to us.
        manager.subscribe().await?;
        let version = version(&manager.version().await?);
        let sender = if connection.is_bus() {
            let name = zbus::names::BusName::try_from("org.freedesktop.systemd1")?;
            let owner = zbus::fdo::DBusProxy::new(&connection).await?.get_name_owner(name).await;
            Some(owner.map_err(zbus::Error::from)?.to_string())
        } else {
            None
        };
        Ok(Self { manager, version, sender })
    }

    /// systemd's version, such as 252; 0 if it could not be read.
    pub(super) fn version(&self) -> u32 {
        self.version
    }

    pub(super) fn is_alive(&self) -> bool {
        !self.manager.inner().connection().is_closed()
    }

    /// Starts a transient unit and waits until it is there.
    pub(super) async fn start(&self, unit: &str, properties: Vec<Property>) -> Result<(), ClientError> {
        let start = self.manager.start_transient_unit(unit, "replace", &properties, &[]);
        match self.job(start).await {
            Ok(result) if result == "done" => Ok(()),
            Ok(result) => {
                self.reset_failed(unit).await;
                Err(ClientError::Job(result))
            }
            Err(ClientError::Bus(error)) if is_named(&error, "UnitExists") => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Stops a unit and waits until it is gone.
    pub(super) async fn stop(&self, unit: &str) -> Result<(), ClientError> {
        let stopped = self.job(self.manager.stop_unit(unit, "replace")).await;
        // A failed unit stays in systemd's memory otherwise.
        self.reset_failed(unit).await;
        match stopped {
            Ok(result) if result == "done" => Ok(()),
            // The directories are removed after this in any case.
            Ok(result) => {
                tracing::warn!(unit, result, "systemd did not stop a slice cleanly");
                Ok(())
            }
            Err(ClientError::Bus(error)) if is_named(&error, "NoSuchUnit") => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn set(&self, unit: &str, properties: Vec<Property>) -> Result<(), ClientError> {
        let set = self.manager.set_unit_properties(unit, true, &properties);
        Ok(tokio::time::timeout(JOB_TIMEOUT, set).await.map_err(|_| ClientError::Timeout)??)
    }

    /// Asks for a job and waits for its end; what became of it.
    async fn job(
        &self,
        ask: impl Future<Output = zbus::Result<OwnedObjectPath>>,
    ) -> Result<String, ClientError> {
        // Listening before asking: the job may be done before its path has reached us.
        let rule = MatchRule::builder()
            .msg_type(zbus::message::Type::Signal)
            .path("/org/freedesktop/systemd1")
            .interface("org.freedesktop.systemd1.Manager")
            .member("JobRemoved")
            .build()?;
        let connection = self.manager.inner().connection();
        let mut signals = MessageStream::for_match_rule(rule, connection, Some(MAX_SIGNALS)).await?;
        let wait = async {
            let job = ask.await?;
            while let Some(signal) = signals.next().await {
                let signal = signal?;
                let header = signal.header();
                if self.sender.is_some()
                    && header.sender().map(|name| name.as_str()) != self.sender.as_deref()
                {
                    continue;
                }
                let body = signal.body();
                let (_id, ended, _unit, result): (u32, OwnedObjectPath, String, String) =
                    body.deserialize()?;
                if ended == job {
                    return Ok(result);
                }
            }
            Err(ClientError::Closed)
        };
        tokio::time::timeout(JOB_TIMEOUT, wait).await.map_err(|_| ClientError::Timeout)?
    }

    async fn reset_failed(&self, unit: &str) {
        if let Err(error) = self.manager.reset_failed_unit(unit).await {
            tracing::debug!(unit, %error, "Nothing to reset");
        }
    }
}

fn is_named(error: &zbus::Error, name: &str) -> bool {
    match error {
        zbus::Error::MethodError(full, _, _) => {
            full.as_str().strip_prefix("org.freedesktop.systemd1.") == Some(name)
        }
        _ => false,
    }
}

/// `252` of `252.39-1~deb12u1` or `v252`.
fn version(text: &str) -> u32 {
    let digits = text.trim_start_matches(['"', 'v']);
    let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().unwrap_or(0)
}

#[cfg(test)]
mod tests;
