//! Kubernetes quantities: `100Mi`, `1.5`, `200m`, `2e3`.

use std::fmt;
use std::str::FromStr;

/// A quantity as its exact value in billionths (nano), which is what upstream rounds to as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity {
    nano: i128,
}

/// A text that is no quantity, in upstream's words (`k8s.io/apimachinery/pkg/api/resource`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
pub struct ParseQuantityError;

const NANO: i128 = 1_000_000_000;

impl Quantity {
    /// The value in whole units, rounded up (away from zero), as Go's `Value()`.
    pub fn value(self) -> i128 {
        let whole = self.nano / NANO;
        whole + (self.nano % NANO).signum()
    }

    /// Nothing at all.
    pub fn is_zero(self) -> bool {
        self.nano == 0
    }

    /// Below zero.
    pub fn is_negative(self) -> bool {
        self.nano < 0
    }

    /// The form in which upstream writes a quantity back: the largest suffix of the same family that needs no fraction.
    ///
    /// # Errors
    /// When the text is no quantity.
    pub fn canonical(text: &str) -> Result<String, ParseQuantityError> {
        let quantity: Self = text.parse()?;
        if quantity.is_zero() {
            return Ok("0".to_owned());
        }
        let whole = quantity.nano % NANO == 0;
        if text.ends_with('i') && whole && quantity.nano.abs() >= 1024 * NANO {
            return Ok(binary_form(quantity.nano / NANO));
        }
        let exponent = text.contains(['e', 'E']) && !text.ends_with(['E', 'i']);
        Ok(decimal_form(quantity.nano, exponent))
    }
}

fn binary_form(mut value: i128) -> String {
    let mut suffix = "";
    for next in ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] {
        if value % 1024 != 0 {
            break;
        }
        value /= 1024;
        suffix = next;
    }
    format!("{value}{suffix}")
}

fn decimal_form(mut nano: i128, exponent_form: bool) -> String {
    const SUFFIXES: [(&str, i32); 10] = [
        ("n", -9),
        ("u", -6),
        ("m", -3),
        ("", 0),
        ("k", 3),
        ("M", 6),
        ("G", 9),
        ("T", 12),
        ("P", 15),
        ("E", 18),
    ];
    let mut index = 0;
    while nano % 1000 == 0 && index + 1 < SUFFIXES.len() {
        nano /= 1000;
        index += 1;
    }
    match SUFFIXES[index] {
        (_, power) if exponent_form && power != 0 => format!("{nano}e{power}"),
        (suffix, _) => format!("{nano}{suffix}"),
    }
}

impl FromStr for Quantity {
    type Err = ParseQuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let end = unsigned
            .find(|character: char| !(character.is_ascii_digit() || character == '.'))
            .unwrap_or(unsigned.len());
        let (number, suffix) = unsigned.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(ParseQuantityError);
        }
        let (multiplier, divisor) = scale(suffix)?;
        // 20 digits before and 12 behind the point, times 2^60, stay below the bound of i128.
        let whole = digits(whole, 20)?;
        let fraction_text = &fraction[..fraction.len().min(12)];
        let fraction_value = digits(fraction_text, 12)?;
        let fraction_scale = 10i128.pow(fraction_text.len() as u32);
        let scaled = |value: i128, below: i128| {
            value
                .checked_mul(multiplier)
                .and_then(|value| value.checked_mul(NANO))
                .map(|value| div_ceil(value, divisor * below))
        };
        let nano = scaled(whole, 1)
            .zip(scaled(fraction_value, fraction_scale))
            .and_then(|(whole, fraction)| whole.checked_add(fraction))
            // Larger than any quantity upstream can hold: it caps at 2^63-1.
            .unwrap_or(i64::MAX as i128 * NANO);
        Ok(Self { nano: if negative { -nano } else { nano } })
    }
}

fn div_ceil(value: i128, divisor: i128) -> i128 {
    value / divisor + i128::from(value % divisor > 0)
}

fn digits(text: &str, most: usize) -> Result<i128, ParseQuantityError> {
    let significant = text.trim_start_matches('0');
    if text.is_empty() || significant.is_empty() {
        return Ok(0);
    }
    if significant.len() > most && text.len() > most {
        return Ok(i64::MAX as i128);
    }
    text.parse().map_err(|_| ParseQuantityError)
}

/// Multiplier and divisor of a suffix.
fn scale(suffix: &str) -> Result<(i128, i128), ParseQuantityError> {
    let scale = match suffix {
        "" => (1, 1),
        "n" => (1, 1_000_000_000),
        "u" => (1, 1_000_000),
        "m" => (1, 1_000),
        "k" => (1_000, 1),
        "M" => (1_000_000, 1),
        "G" => (1_000_000_000, 1),
        "T" => (1_000_000_000_000, 1),
        "P" => (1_000_000_000_000_000, 1),
        "E" => (1_000_000_000_000_000_000, 1),
        "Ki" => (1 << 10, 1),
        "Mi" => (1 << 20, 1),
        "Gi" => (1 << 30, 1),
        "Ti" => (1 << 40, 1),
        "Pi" => (1 << 50, 1),
        "Ei" => (1 << 60, 1),
        _ => {
            let exponent = suffix
                .strip_prefix(['e', 'E'])
                .ok_or(ParseQuantityError)?
                .parse::<i32>()
                .map_err(|_| ParseQuantityError)?;
            match exponent {
                0..=18 => (10i128.pow(exponent.unsigned_abs()), 1),
                -18..=-1 => (1, 10i128.pow(exponent.unsigned_abs())),
                i32::MIN..=-19 => (1, 10i128.pow(18)),
                19..=i32::MAX => (10i128.pow(18), 1),
            }
        }
    };
    Ok(scale)
}

impl fmt::Display for Quantity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.nano / NANO, (self.nano % NANO).unsigned_abs());
        if fraction == 0 {
            return write!(formatter, "{whole}");
        }
        let sign = if self.nano < 0 && whole == 0 { "-" } else { "" };
        let fraction = format!("{fraction:09}");
        write!(formatter, "{sign}{whole}.{}", fraction.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests;
