//! From entries to what the reader of the log sees.

use super::LogOptions;
use super::entry::Entry;

/// Digits after the decimal point in a shown time (`RFC3339NanoFixed`).
const FRACTION_DIGITS: usize = 9;

/// Applies the time bound, the time prefix and the byte bound.
#[derive(Debug)]
pub(super) struct Formatter {
    options: LogOptions,
    remaining_bytes: u64,
    at_line_start: bool,
}

impl Formatter {
    pub(super) fn new(options: LogOptions) -> Self {
        let remaining_bytes = options.limit_bytes.unwrap_or(u64::MAX);
        Self { options, remaining_bytes, at_line_start: true }
    }

    /// Whether the byte bound is reached: nothing more will be shown.
    pub(super) fn is_full(&self) -> bool {
        self.remaining_bytes == 0
    }

    /// Appends what is to be shown of `entry`.
    pub(super) fn push(&mut self, entry: &Entry<'_>, output: &mut Vec<u8>) {
        if self.options.since.is_some_and(|since| entry.time < since) {
            return;
        }
        if self.options.timestamps && self.at_line_start {
            let mut prefix = fixed_width(&entry.time_text);
            prefix.push(' ');
            self.append(prefix.as_bytes(), output);
        }
        self.append(&entry.text, output);
        self.at_line_start = entry.text.last().is_none_or(|byte| *byte == b'\n');
    }

    fn append(&mut self, bytes: &[u8], output: &mut Vec<u8>) {
        let length = usize::try_from(self.remaining_bytes).unwrap_or(usize::MAX).min(bytes.len());
        output.extend_from_slice(&bytes[..length]);
        self.remaining_bytes -= length as u64;
    }
}

/// The time with exactly nine digits of fraction, its offset as it was.
fn fixed_width(time: &str) -> String {
    let date_length = "2016-10-06T".len();
    let offset = time
        .char_indices()
        .skip(date_length)
        .find(|(_, letter)| matches!(letter, 'Z' | 'z' | '+' | '-'))
        .map_or(time.len(), |(position, _)| position);
    let (clock, offset) = time.split_at(offset);
    let (seconds, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let fraction = fraction.get(..FRACTION_DIGITS).unwrap_or(fraction);
    format!("{seconds}.{fraction:0<FRACTION_DIGITS$}{offset}")
}

#[cfg(test)]
mod tests {
    use super::fixed_width;

    #[test]
    fn times_have_one_width() {
        for (time, expected) in [
            ("2016-10-06T00:17:09.669794202Z", "2016-10-06T00:17:09.669794202Z"),
            ("2016-10-06T00:17:09.5+02:00", "2016-10-06T00:17:09.500000000+02:00"),
            ("2016-10-06T00:17:09-07:00", "2016-10-06T00:17:09.000000000-07:00"),
        ] {
            assert_eq!(fixed_width(time), expected);
        }
    }
}
