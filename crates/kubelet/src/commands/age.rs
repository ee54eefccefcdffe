//! Times as kubectl shows them.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// How long ago, in at most two units: `5s`, `3m20s`, `7h5m`, `2d3h` (`apimachinery/pkg/util/duration` `HumanDuration`).
pub(super) fn since(time: Option<&Time>, now: Timestamp) -> String {
    match time {
        None => "<unknown>".to_owned(),
        Some(Time(time)) => human(now.duration_since(*time).as_secs()),
    }
}

pub(super) fn human(seconds: i64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let days = hours / 24;
    let pair = |big: i64, unit: char, small: i64, small_unit: char| match small {
        0 => format!("{big}{unit}"),
        _ => format!("{big}{unit}{small}{small_unit}"),
    };
    match () {
        () if seconds < -1 => "<invalid>".to_owned(),
        () if seconds < 0 => "0s".to_owned(),
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => pair(minutes, 'm', seconds % 60, 's'),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => pair(hours, 'h', minutes % 60, 'm'),
        () if hours < 48 => format!("{hours}h"),
        () if hours < 192 => pair(days, 'd', hours % 24, 'h'),
        () if hours < 24 * 365 * 2 => format!("{days}d"),
        () if hours < 24 * 365 * 8 => pair(days / 365, 'y', days % 365, 'd'),
        () => format!("{}y", days / 365),
    }
}

/// A moment as kubectl describes it (RFC 1123 with a numeric zone); always UTC.
pub(super) fn moment(time: Option<&Time>) -> String {
    match time {
        None => "<unknown>".to_owned(),
        Some(Time(time)) => time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string(),
    }
}
