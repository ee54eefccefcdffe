//! Durations in events.

use std::time::Duration;

/// A duration in whole milliseconds, as Go prints it.
pub(crate) fn go_duration(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    let (hours, minutes, rest) =
        (milliseconds / 3_600_000, milliseconds / 60_000 % 60, milliseconds % 60_000);
    match (hours, minutes, rest) {
        (0, 0, 0) => "0s".to_owned(),
        (0, 0, rest) if rest < 1000 => format!("{rest}ms"),
        (0, 0, rest) => format!("{}s", decimal(rest)),
        (0, minutes, rest) => format!("{minutes}m{}s", decimal(rest)),
        (hours, minutes, rest) => format!("{hours}h{minutes}m{}s", decimal(rest)),
    }
}

fn decimal(milliseconds: u128) -> String {
    let text = format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_printed_as_go_does() {
        for (milliseconds, text) in [
            (0, "0s"),
            (12, "12ms"),
            (1500, "1.5s"),
            (61_020, "1m1.02s"),
            (2000, "2s"),
            (3_660_500, "1h1m0.5s"),
        ] {
            assert_eq!(go_duration(Duration::from_millis(milliseconds)), text);
        }
    }
}
