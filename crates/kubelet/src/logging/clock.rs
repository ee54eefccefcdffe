//! Wall time in the machine's zone, for klog's header.

use jiff::Timestamp;
use jiff::tz::TimeZone;

const ZONE_DIRECTORY: &str = "/usr/share/zoneinfo";

/// The zone of `TZ`, else of `/etc/localtime`, else UTC. Read once: a daemon's zone does not change.
pub(super) fn local_zone() -> TimeZone {
    let path = match std::env::var("TZ") {
        Ok(name) if name.is_empty() => return TimeZone::UTC,
        Ok(name) => {
            let name = name.strip_prefix(':').unwrap_or(&name).to_owned();
            if name.starts_with('/') { name } else { format!("{ZONE_DIRECTORY}/{name}") }
        }
        Err(_) => "/etc/localtime".to_owned(),
    };
    std::fs::read(path).ok().and_then(|rules| TimeZone::tzif("Local", &rules).ok()).unwrap_or(TimeZone::UTC)
}

/// Milliseconds since 1970 with their fraction, as JSON lines have them.
pub(super) fn epoch_milliseconds(now: Timestamp) -> f64 {
    now.as_nanosecond() as f64 / 1e6
}
