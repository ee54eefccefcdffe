//! Names of events (`client-go/tools/record/util.GenerateEventName`).

use jiff::{SignedDuration, Timestamp};

/// The longest name of an object.
const MAX_NAME: usize = 253;

/// How far apart moments are that differ for another reason than that the clock did not move.
const CLOCK_STEP: SignedDuration = SignedDuration::from_millis(1);

/// Moments for names, none of them twice in a row: two events of one object at the same reading of the clock are two objects.
#[derive(Debug, Default)]
pub(super) struct Moments {
    last: Option<Timestamp>,
}

impl Moments {
    /// `now`, or a nanosecond after the last one.
    pub(super) fn next(&mut self, now: Timestamp) -> Timestamp {
        let is_taken = |last: &Timestamp| *last >= now && last.duration_since(now) < CLOCK_STEP;
        let after = |last: Timestamp| last.checked_add(SignedDuration::from_nanos(1)).unwrap_or(now);
        let moment = self.last.filter(is_taken).map_or(now, after);
        self.last = Some(moment);
        moment
    }
}

/// The object's name with the moment in hexadecimal nanoseconds; a UUID made of `random` when that is no name.
pub(super) fn event_name(object: &str, now: Timestamp, random: u128) -> String {
    let name = format!("{object}.{:x}", now.as_nanosecond());
    match is_subdomain(&name) {
        true => name,
        false => uuid(random),
    }
}

/// RFC 1123, as all names of objects.
fn is_subdomain(name: &str) -> bool {
    let is_label = |label: &str| {
        let is_end =
            |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && is_end(label.as_bytes().first())
            && is_end(label.as_bytes().last())
    };
    name.len() <= MAX_NAME && name.split('.').all(is_label)
}

/// A random UUID (RFC 9562, version 4).
fn uuid(random: u128) -> String {
    let bits = random & !(0xf << 76) & !(0b11 << 62) | (0x4 << 76) | (0b10 << 62);
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        let mut moments = Moments::default();
        let at = |nanosecond| Timestamp::from_nanosecond(nanosecond).unwrap();
        // What the clock says, and what is made of it; it may be set back.
        for (now, expected) in [
            (5_000_000, 5_000_000),
            (5_000_000, 5_000_001),
            (5_000_000, 5_000_002),
            (5_000_009, 5_000_009),
            (1, 1),
        ] {
            assert_eq!(moments.next(at(now)), at(expected));
        }
    }

    #[test]
    fn names() {
        let now = Timestamp::from_nanosecond(0x17_a5b6_c7d8_e9f0).unwrap();
        let long = "a".repeat(250);
        let random = 0xffff_ffff_ffff_ffff_ffff_ffff_ffff_ffff;
        for (object, expected) in [
            ("web-0", "web-0.17a5b6c7d8e9f0"),
            ("node.example.com", "node.example.com.17a5b6c7d8e9f0"),
            ("Node_1", "ffffffff-ffff-4fff-bfff-ffffffffffff"),
            (long.as_str(), "ffffffff-ffff-4fff-bfff-ffffffffffff"),
        ] {
            assert_eq!(event_name(object, now, random), expected);
        }
        assert_eq!(uuid(0), "00000000-0000-4000-8000-000000000000");
    }
}
