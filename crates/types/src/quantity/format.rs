//! [`Quantity`] to its canonical text.

use std::fmt::{Display, Formatter};

use super::{Format, NANO_PER_UNIT, Quantity};

const DECIMAL_SUFFIXES: [(i32, &str); 10] =
    [(-9, "n"), (-6, "u"), (-3, "m"), (0, ""), (3, "k"), (6, "M"), (9, "G"), (12, "T"), (15, "P"), (18, "E")];
const BINARY_SUFFIXES: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

impl Display for Quantity {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        if let Some(text) = &self.text {
            return formatter.write_str(text);
        }
        if self.nano == 0 {
            return formatter.write_str("0");
        }
        match self.format {
            Format::BinarySi => {
                let small = self.nano.abs() < 1024 * NANO_PER_UNIT;
                if small || self.nano % NANO_PER_UNIT != 0 {
                    decimal(self.nano, Format::DecimalSi, formatter)
                } else {
                    binary(self.nano / NANO_PER_UNIT, formatter)
                }
            }
            Format::DecimalSi | Format::DecimalExponent => decimal(self.nano, self.format, formatter),
        }
    }
}

/// The largest power of 1000 that divides the amount, then its suffix.
fn decimal(nano: i128, format: Format, formatter: &mut Formatter<'_>) -> std::fmt::Result {
    let mut mantissa = nano;
    let mut exponent = -9;
    while mantissa % 1000 == 0 {
        mantissa /= 1000;
        exponent += 3;
    }
    write!(formatter, "{mantissa}")?;
    match format {
        Format::DecimalExponent if exponent != 0 => write!(formatter, "e{exponent}"),
        Format::DecimalExponent => Ok(()),
        Format::DecimalSi | Format::BinarySi => {
            // Beyond the table upstream writes no suffix at all.
            let suffix = DECIMAL_SUFFIXES.iter().find(|(known, _)| *known == exponent);
            formatter.write_str(suffix.map_or("", |(_, suffix)| suffix))
        }
    }
}

/// The largest power of 1024 that divides the amount, then its suffix.
fn binary(value: i128, formatter: &mut Formatter<'_>) -> std::fmt::Result {
    let mut mantissa = value;
    let mut power = 0;
    while mantissa % 1024 == 0 {
        mantissa /= 1024;
        power += 1;
    }
    let suffix = BINARY_SUFFIXES.get(power).copied().unwrap_or("");
    write!(formatter, "{mantissa}{suffix}")
}
