//! How Go's `resource.Quantity` holds an amount in memory, which is part of the UID that upstream gives a static pod.

use super::parse::{self, Multiplier};
use super::{Format, NANO_PER_MILLI, NANO_PER_UNIT, Quantity, QuantityError};

/// Places after the point that upstream's long form keeps.
const LONG_SCALE: i32 = 9;
/// Places after the point that defaulting keeps in a list of resources.
const MILLI_SCALE: i32 = 3;

/// The fields of a Go quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoQuantity {
    /// The number, in one of two forms.
    pub number: GoNumber,
    /// The text that upstream keeps to write it out again; empty where it keeps none.
    pub text: String,
    /// Class of suffix.
    pub format: Format,
}

/// The number of a Go quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoNumber {
    /// `value × 10^scale`, the common form.
    Short {
        /// Mantissa.
        value: i64,
        /// Exponent of ten.
        scale: i32,
    },
    /// `unscaled × 10^-scale`, the form for what does not fit the short one. What 128 bits do not hold is cut off.
    Long {
        /// Mantissa.
        unscaled: i128,
        /// Places after the point.
        scale: i32,
    },
}

impl GoQuantity {
    /// Reads a text as `resource.ParseQuantity` does.
    ///
    /// # Errors
    ///
    /// Those of parsing a [`Quantity`].
    pub fn parse(text: &str) -> Result<GoQuantity, QuantityError> {
        let quantity: Quantity = text.parse()?;
        if text == "0" {
            let number = GoNumber::Short { value: 0, scale: 0 };
            return Ok(GoQuantity { number, text: text.to_owned(), format: Format::DecimalSi });
        }
        let parts = parse::split(text)?;
        let (multiplier, format) = parse::interpret(parts.suffix)?;
        let places = parts.fraction.len() as i32;
        if parse::is_fast(&parts, &multiplier) {
            let digits = [parts.whole, parts.fraction].concat();
            let digits: i64 =
                if digits.is_empty() { 0 } else { digits.parse().map_err(|_| QuantityError::Numeric)? };
            let (factor, scale) = match multiplier {
                Multiplier::Ten(exponent) => (1, exponent.saturating_sub(places)),
                Multiplier::Two(exponent) => (1_i64 << exponent, 0),
            };
            let value = digits.checked_mul(factor).map(|value| if parts.negative { -value } else { value });
            if let Some(value) = value {
                let keeps = parse::keeps_text(&parts, &multiplier);
                let text = if keeps { text.to_owned() } else { String::new() };
                return Ok(GoQuantity { number: GoNumber::Short { value, scale }, text, format });
            }
        }
        let cap = i128::from(i64::MAX) * NANO_PER_UNIT;
        let number = if quantity.nano == 0 {
            let exponent = if let Multiplier::Ten(exponent) = multiplier { exponent } else { 0 };
            GoNumber::Long { unscaled: 0, scale: places.saturating_sub(exponent) }
        } else if format == Format::BinarySi && parse::binary_exceeds(&parts, &multiplier, cap) {
            GoNumber::Long { unscaled: quantity.nano / NANO_PER_UNIT, scale: 0 }
        } else {
            GoNumber::Long { unscaled: quantity.nano, scale: LONG_SCALE }
        };
        Ok(GoQuantity { number, text: String::new(), format: quantity.format })
    }

    /// Rounds up to thousandths as the API's defaulting does to every list of resources (`RoundUp` upstream).
    pub fn round_up_to_milli(&mut self) {
        match self.number {
            GoNumber::Short { scale, .. } if scale >= -MILLI_SCALE => {}
            GoNumber::Short { value, scale } => {
                let step = 10_i64.checked_pow((-MILLI_SCALE - scale) as u32);
                let rounded = step.map_or(value.signum(), |step| {
                    let exact = value % step == 0;
                    value / step + if exact { 0 } else { value.signum() }
                });
                self.number = GoNumber::Short { value: rounded, scale: -MILLI_SCALE };
                self.text.clear();
            }
            GoNumber::Long { unscaled, scale } => {
                let nano = match scale {
                    LONG_SCALE => unscaled,
                    _ if unscaled == 0 => 0,
                    _ => unscaled.saturating_mul(NANO_PER_UNIT),
                };
                let unscaled = super::round_away(nano, NANO_PER_MILLI);
                self.number = GoNumber::Long { unscaled, scale: MILLI_SCALE };
                self.text.clear();
            }
        }
    }

    /// The words of Go's type for the class of suffix.
    pub fn format_name(&self) -> &'static str {
        match self.format {
            Format::DecimalSi => "DecimalSI",
            Format::BinarySi => "BinarySI",
            Format::DecimalExponent => "DecimalExponent",
        }
    }
}
