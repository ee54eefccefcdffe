//! Go's durations: the text form of flags and files, nanoseconds, and a sign.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

const MICROSECOND: u64 = 1_000;
const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// A span of time as Go has it: signed nanoseconds, written `1h2m3.5s`.
///
/// The sign matters for a few fields only (a negative `volumeStatsAggPeriod` switches the work off); everything else
/// reads [`Duration::to_std`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Duration {
    nanoseconds: i64,
}

/// A text that is no Go duration, in Go's words (`time.ParseDuration`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("time: {0}")]
pub struct ParseDurationError(String);

impl Duration {
    /// No time.
    pub const ZERO: Self = Self { nanoseconds: 0 };

    /// So many nanoseconds, which may be negative.
    pub const fn from_nanoseconds(nanoseconds: i64) -> Self {
        Self { nanoseconds }
    }

    /// So many whole seconds.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self { nanoseconds: seconds.saturating_mul(1_000_000_000) }
    }

    /// So many milliseconds.
    pub const fn from_milliseconds(milliseconds: i64) -> Self {
        Self { nanoseconds: milliseconds.saturating_mul(1_000_000) }
    }

    /// Signed nanoseconds.
    pub const fn nanoseconds(self) -> i64 {
        self.nanoseconds
    }

    /// Below zero.
    pub const fn is_negative(self) -> bool {
        self.nanoseconds < 0
    }

    /// Exactly zero.
    pub const fn is_zero(self) -> bool {
        self.nanoseconds == 0
    }

    /// Seconds with their fraction.
    pub fn seconds(self) -> f64 {
        self.nanoseconds as f64 / SECOND as f64
    }

    /// The standard library's duration; a negative one becomes zero.
    pub const fn to_std(self) -> std::time::Duration {
        if self.nanoseconds < 0 {
            std::time::Duration::ZERO
        } else {
            std::time::Duration::from_nanos(self.nanoseconds.unsigned_abs())
        }
    }
}

impl From<Duration> for std::time::Duration {
    fn from(duration: Duration) -> Self {
        duration.to_std()
    }
}

impl FromStr for Duration {
    type Err = ParseDurationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || ParseDurationError(format!("invalid duration {}", crate::text::quote(text)));
        let (negative, mut rest) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        if rest == "0" {
            return Ok(Self::ZERO);
        }
        if rest.is_empty() {
            return Err(invalid());
        }
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let (part, after) = next_part(text, rest)?;
            rest = after;
            total = total.checked_add(part).filter(|sum| *sum <= 1 << 63).ok_or_else(invalid)?;
        }
        let nanoseconds = if negative { 0i64.checked_sub_unsigned(total) } else { i64::try_from(total).ok() };
        nanoseconds.map(Self::from_nanoseconds).ok_or_else(invalid)
    }
}

/// Reads one `number unit` pair of `rest`: its nanoseconds and what follows.
fn next_part<'text>(text: &str, rest: &'text str) -> Result<(u64, &'text str), ParseDurationError> {
    let quoted = || crate::text::quote(text);
    let invalid = || ParseDurationError(format!("invalid duration {}", quoted()));
    let (whole, after) = split_digits(rest);
    let (fraction, after) = match after.strip_prefix('.') {
        Some(after) => split_digits(after),
        None => ("", after),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(invalid());
    }
    let unit_end =
        after.find(|character: char| character.is_ascii_digit() || character == '.').unwrap_or(after.len());
    let (unit, after) = after.split_at(unit_end);
    let scale = match unit {
        "" => return Err(ParseDurationError(format!("missing unit in duration {}", quoted()))),
        "ns" => 1,
        "us" | "µs" | "μs" => MICROSECOND,
        "ms" => MILLISECOND,
        "s" => SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        _ => {
            return Err(ParseDurationError(format!(
                "unknown unit {} in duration {}",
                crate::text::quote(unit),
                quoted()
            )));
        }
    };
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
    let mut value = whole.checked_mul(scale).ok_or_else(invalid)?;
    if !fraction.is_empty() {
        // Nine digits are more than a nanosecond needs for every unit but hours; Go drops the rest too.
        let digits = &fraction[..fraction.len().min(15)];
        let parsed: u128 = digits.parse().map_err(|_| invalid())?;
        let part = parsed * u128::from(scale) / 10u128.pow(digits.len() as u32);
        let part = u64::try_from(part).map_err(|_| invalid())?;
        value = value.checked_add(part).ok_or_else(invalid)?;
    }
    Ok((value, after))
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

impl fmt::Display for Duration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.nanoseconds.unsigned_abs();
        if self.nanoseconds < 0 {
            formatter.write_str("-")?;
        }
        if total == 0 {
            return formatter.write_str("0s");
        }
        if total < SECOND {
            let (scale, unit) = match total {
                0..MICROSECOND => (1, "ns"),
                MICROSECOND..MILLISECOND => (MICROSECOND, "µs"),
                _ => (MILLISECOND, "ms"),
            };
            return write!(formatter, "{}{unit}", decimal(total, scale));
        }
        let (hours, minutes) = (total / HOUR, total % HOUR / MINUTE);
        if hours > 0 {
            write!(formatter, "{hours}h")?;
        }
        if hours > 0 || minutes > 0 {
            write!(formatter, "{minutes}m")?;
        }
        write!(formatter, "{}s", decimal(total % MINUTE, SECOND))
    }
}

/// `value / scale` with as many decimals as it takes.
fn decimal(value: u64, scale: u64) -> String {
    let (whole, fraction) = (value / scale, value % scale);
    if fraction == 0 {
        return whole.to_string();
    }
    let width = scale.ilog10() as usize;
    format!("{whole}.{}", format!("{fraction:0width$}").trim_end_matches('0'))
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
