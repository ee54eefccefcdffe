//! Text to [`Quantity`].

use std::str::FromStr;

use super::{Format, NANO_PER_UNIT, Quantity};

/// Why a text is no quantity; the messages are upstream's, which users know and search for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Empty, or not a number followed by a suffix.
    #[error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    Format,
    /// The number cannot be read.
    #[error("unable to parse numeric part of quantity")]
    Numeric,
    /// No such suffix, or an exponent beyond 64 bits.
    #[error("unable to parse quantity's suffix")]
    Suffix,
}

/// A text taken apart: leading zeros of the number are already gone.
pub(super) struct Parts<'a> {
    pub(super) negative: bool,
    pub(super) whole: &'a str,
    pub(super) fraction: &'a str,
    pub(super) suffix: &'a str,
}

/// What a suffix multiplies by.
pub(super) enum Multiplier {
    Ten(i32),
    Two(u32),
}

/// The most decimal digits that upstream keeps in its fast form.
const FAST_DIGITS: i32 = 18;
/// A decimal point further right than this means an amount far beyond the bounds.
const FAR: i64 = 64;

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Quantity, QuantityError> {
        if text.is_empty() {
            return Err(QuantityError::Format);
        }
        if text == "0" {
            return Ok(Quantity::ZERO);
        }
        let parts = split(text)?;
        let (multiplier, format) = interpret(parts.suffix)?;
        let amount = match multiplier {
            Multiplier::Ten(exponent) => decimal(&parts, exponent),
            Multiplier::Two(exponent) => binary(&parts, exponent),
        };
        let fast = is_fast(&parts, &multiplier);
        let mut nano = amount.unwrap_or(i128::MAX);
        let mut format = format;
        if !fast && format == Format::BinarySi {
            nano = nano.min(i128::from(i64::MAX) * NANO_PER_UNIT);
            if nano > 0 && nano < NANO_PER_UNIT {
                format = Format::DecimalSi;
            }
        }
        if parts.negative {
            nano = -nano;
        }
        let mut quantity = Quantity { nano, format, text: None };
        let beyond = amount.is_none() && format != Format::BinarySi;
        if (beyond || (fast && keeps_text(&parts, &multiplier))) && quantity.to_string() != text {
            quantity.text = Some(text.into());
        }
        Ok(quantity)
    }
}

pub(super) fn split(text: &str) -> Result<Parts<'_>, QuantityError> {
    let (negative, rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let rest = rest.trim_start_matches('0');
    let (whole, rest) = take_digits(rest);
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => take_digits(rest),
        None => ("", rest),
    };
    let letters = rest.find(|c: char| !"eEinumkKMGTP".contains(c)).unwrap_or(rest.len());
    let exponent = &rest[letters..];
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    if !exponent.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(QuantityError::Format);
    }
    Ok(Parts { negative, whole, fraction, suffix: rest })
}

fn take_digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

pub(super) fn interpret(suffix: &str) -> Result<(Multiplier, Format), QuantityError> {
    let ten = |exponent| Ok((Multiplier::Ten(exponent), Format::DecimalSi));
    let two = |exponent| Ok((Multiplier::Two(exponent), Format::BinarySi));
    match suffix {
        "n" => ten(-9),
        "u" => ten(-6),
        "m" => ten(-3),
        "" => ten(0),
        "k" => ten(3),
        "M" => ten(6),
        "G" => ten(9),
        "T" => ten(12),
        "P" => ten(15),
        "E" => ten(18),
        "Ki" => two(10),
        "Mi" => two(20),
        "Gi" => two(30),
        "Ti" => two(40),
        "Pi" => two(50),
        "Ei" => two(60),
        _ => {
            let digits = suffix.strip_prefix(['e', 'E']).ok_or(QuantityError::Suffix)?;
            let exponent: i64 = digits.parse().map_err(|_| QuantityError::Suffix)?;
            // Upstream keeps the low 32 bits of the exponent.
            Ok((Multiplier::Ten(exponent as i32), Format::DecimalExponent))
        }
    }
}

/// Digits of the number as upstream counts them: a missing whole part counts as one zero.
fn digit_count(parts: &Parts<'_>) -> i32 {
    let digits = parts.whole.len().max(1) + parts.fraction.len();
    i32::try_from(digits).unwrap_or(i32::MAX)
}

/// Whether upstream keeps the amount in its 64-bit form, where it neither rounds nor caps.
pub(super) fn is_fast(parts: &Parts<'_>, multiplier: &Multiplier) -> bool {
    match multiplier {
        Multiplier::Ten(exponent) => {
            digit_count(parts) <= FAST_DIGITS && i64::from(*exponent) - parts.fraction.len() as i64 >= -9
        }
        Multiplier::Two(exponent) => {
            parts.fraction.is_empty() && {
                let spare = 15 - digit_count(parts) - (*exponent as i32) * 3 / 10 - 1;
                spare >= 0
            }
        }
    }
}

/// Whether upstream's fast form also keeps the text as written instead of writing a canonical one.
pub(super) fn keeps_text(parts: &Parts<'_>, multiplier: &Multiplier) -> bool {
    match multiplier {
        Multiplier::Two(_) => parts.whole.parse::<i64>().is_ok_and(|value| value & 7 != 0),
        Multiplier::Ten(exponent) => {
            let scale = i64::from(*exponent) - parts.fraction.len() as i64;
            let digits = [if parts.whole.is_empty() { "0" } else { parts.whole }, parts.fraction].concat();
            scale % 3 == 0 && !digits.ends_with("000") && !digits.starts_with('0')
        }
    }
}

/// Billionths of `whole.fraction × 10^exponent`, rounded up; `None` beyond the bounds.
fn decimal(parts: &Parts<'_>, exponent: i32) -> Option<i128> {
    let digits: Vec<u8> = parts.whole.bytes().chain(parts.fraction.bytes()).map(|byte| byte - b'0').collect();
    if digits.iter().all(|digit| *digit == 0) {
        return Some(0);
    }
    // The decimal point sits after this many digits.
    let point = parts.whole.len() as i64 + i64::from(exponent);
    let leading_zeros = digits.iter().take_while(|digit| **digit == 0).count() as i64;
    if point - leading_zeros > FAR {
        return None;
    }
    let mut whole: i128 = 0;
    for index in 0..point.max(0) {
        let digit = digits.get(index as usize).copied().unwrap_or(0);
        whole = whole.checked_mul(10)?.checked_add(i128::from(digit))?;
    }
    let zeros = (-point).clamp(0, FAR) as usize;
    let fraction = digits.get(point.max(0) as usize..).unwrap_or(&[]);
    let fraction = std::iter::repeat_n(0, zeros).chain(fraction.iter().copied()).collect::<Vec<u8>>();
    whole.checked_mul(NANO_PER_UNIT)?.checked_add(scale_fraction(&fraction, NANO_PER_UNIT))
}

/// Billionths of `whole.fraction × 2^exponent`, rounded up; `None` beyond the bounds.
fn binary(parts: &Parts<'_>, exponent: u32) -> Option<i128> {
    let multiplier = NANO_PER_UNIT << exponent;
    let mut whole: i128 = 0;
    for byte in parts.whole.bytes() {
        whole = whole.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
    }
    let fraction: Vec<u8> = parts.fraction.bytes().map(|byte| byte - b'0').collect();
    whole.checked_mul(multiplier)?.checked_add(scale_fraction(&fraction, multiplier))
}

/// Whether a binary amount lies above a cap, in billionths; its sign does not count.
pub(super) fn binary_exceeds(parts: &Parts<'_>, multiplier: &Multiplier, cap: i128) -> bool {
    match multiplier {
        Multiplier::Two(exponent) => binary(parts, *exponent).is_none_or(|nano| nano > cap),
        Multiplier::Ten(_) => false,
    }
}

/// `0.d1d2d3… × multiplier`, rounded up. Exact: each step keeps the whole part and remembers whether anything was cut.
fn scale_fraction(digits: &[u8], multiplier: i128) -> i128 {
    let mut scaled: i128 = 0;
    let mut cut = false;
    for digit in digits.iter().rev() {
        let sum = i128::from(*digit) * multiplier + scaled;
        scaled = sum / 10;
        cut |= sum % 10 != 0;
    }
    scaled + i128::from(cut)
}
