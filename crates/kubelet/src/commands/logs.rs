//! `kubelet logs`: what a container wrote, now or as it writes it.

use super::client::{Client, ClientError, segment};
use super::{CommandError, Target, print};
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use server::{resolve_container, resolve_pod};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: Target,
    /// Which pod; a static pod's name may be given without the node's
    #[arg(value_name = "POD")]
    pod: String,
    /// Which container, in place of -c
    #[arg(value_name = "CONTAINER", conflicts_with = "container")]
    positional_container: Option<String>,
    /// Which container, where the pod has several
    #[arg(short, long, value_name = "NAME")]
    container: Option<String>,
    /// Go on as the container writes, until it ends
    #[arg(short, long)]
    follow: bool,
    /// The instance before the current one
    #[arg(short, long)]
    previous: bool,
    /// Only the last N lines; -1 is all of them
    #[arg(long, value_name = "N", default_value_t = -1, allow_negative_numbers = true)]
    tail: i64,
    /// Only what was written since so long ago, such as 30s, 5m, 2h
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, conflicts_with = "since_time")]
    since: Option<SignedDuration>,
    /// Only what was written since this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    since_time: Option<Timestamp>,
    /// Begin each line with its time
    #[arg(long)]
    timestamps: bool,
    /// At most so many bytes
    #[arg(long, value_name = "N")]
    limit_bytes: Option<u64>,
}

/// Durations as kubectl takes them (`1h30m`, `90s`, `500ms`).
fn parse_duration(text: &str) -> Result<SignedDuration, String> {
    let duration: SignedDuration =
        text.parse().map_err(|_| "not a duration such as 30s, 5m or 1h30m".to_owned())?;
    if duration.is_negative() || duration.is_zero() {
        return Err("must be longer than nothing".to_owned());
    }
    Ok(duration)
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CommandError> {
    let client = Client::new(&arguments.target.root_dir);
    let name = arguments.pod.split_once('/').map_or(arguments.pod.as_str(), |(_, name)| name);
    let pod = resolve_pod(&client.pods().await?, arguments.target.namespace.as_deref(), name)?;
    let container = arguments.container.as_deref().or(arguments.positional_container.as_deref());
    let container = resolve_container(&pod, container)?;

    let mut query = vec![format!("container={}", segment(&container))];
    query.push(format!("follow={}", arguments.follow));
    query.push(format!("previous={}", arguments.previous));
    query.push(format!("timestamps={}", arguments.timestamps));
    if let Ok(lines) = u64::try_from(arguments.tail) {
        query.push(format!("tailLines={lines}"));
    }
    let since = arguments.since.and_then(|since| Timestamp::now().checked_sub(since).ok());
    if let Some(time) = since.or(arguments.since_time) {
        query.push(format!("sinceTime={}", segment(&time.to_string())));
    }
    if let Some(bytes) = arguments.limit_bytes {
        query.push(format!("limitBytes={bytes}"));
    }
    let namespace = segment(pod.metadata.namespace.as_deref().unwrap_or_default());
    let name = segment(pod.metadata.name.as_deref().unwrap_or_default());
    let path = format!("/v1/pods/{namespace}/{name}/log?{}", query.join("&"));
    let mut body = client.open(&path).await?.into_body();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| ClientError::Protocol(Box::new(error)))?;
        if let Some(chunk) = frame.data_ref() {
            print(chunk)?;
        }
    }
    Ok(())
}
