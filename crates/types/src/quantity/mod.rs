//! Amounts of resources ("500m", "1.5Gi", "1e3"), read and written as Kubernetes does.
//!
//! A [`Quantity`] is a whole number of billionths (nano units) and the class of suffix it was written with. Parsing
//! accepts and refuses exactly what `resource.ParseQuantity` of apimachinery 0.37 does, and [`std::fmt::Display`] gives
//! the same canonical text, including the cases where upstream hands back the text as it was written.

mod format;
mod go;
mod parse;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::ops::{Add, AddAssign, Sub, SubAssign};

use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;

pub use go::{GoNumber, GoQuantity};
pub use parse::QuantityError;

/// Billionths in one unit.
pub(crate) const NANO_PER_UNIT: i128 = 1_000_000_000;
/// Billionths in one thousandth.
const NANO_PER_MILLI: i128 = 1_000_000;

/// The class of suffix a quantity was written with, which its canonical text keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// Powers of ten by letter: `n u m k M G T P E`, or none.
    #[default]
    DecimalSi,
    /// Powers of 1024: `Ki Mi Gi Ti Pi Ei`.
    BinarySi,
    /// Powers of ten by exponent: `12e6`.
    DecimalExponent,
}

/// An amount of a resource, exact to a billionth.
///
/// Amounts beyond what 128 bits of billionths hold (about 1.7e29 units) are kept at that bound and keep their text.
/// Equality and order look at the amount alone, as upstream's `Cmp` does: `1Gi` equals `1024Mi`.
#[derive(Clone, Debug, Default)]
pub struct Quantity {
    nano: i128,
    format: Format,
    /// Text to give back in place of the canonical one; `None` for nearly every quantity.
    text: Option<Box<str>>,
}

impl Quantity {
    /// Zero, written `0`.
    pub const ZERO: Quantity = Quantity { nano: 0, format: Format::DecimalSi, text: None };

    /// A whole number of units (bytes, cores, pieces).
    pub fn from_units(units: i64, format: Format) -> Quantity {
        Quantity { nano: i128::from(units) * NANO_PER_UNIT, format, text: None }
    }

    /// A number of thousandths (millicores).
    pub fn from_milli(milli: i64, format: Format) -> Quantity {
        Quantity { nano: i128::from(milli) * NANO_PER_MILLI, format, text: None }
    }

    /// The amount in billionths.
    pub fn nano_value(&self) -> i128 {
        self.nano
    }

    /// The amount in thousandths, rounded away from zero, capped to an `i64`.
    pub fn milli_value(&self) -> i64 {
        clamp(round_away(self.nano, NANO_PER_MILLI))
    }

    /// The amount in whole units, rounded away from zero, capped to an `i64`.
    pub fn value(&self) -> i64 {
        clamp(round_away(self.nano, NANO_PER_UNIT))
    }

    /// The class of suffix that the canonical text uses.
    pub fn format(&self) -> Format {
        self.format
    }

    /// True for an amount of nothing.
    pub fn is_zero(&self) -> bool {
        self.nano == 0
    }

    /// True below zero.
    pub fn is_negative(&self) -> bool {
        self.nano < 0
    }

    /// True when the amount is a whole number of thousandths, the finest step that upstream accepts for a resource.
    pub fn is_whole_milli(&self) -> bool {
        self.nano % NANO_PER_MILLI == 0
    }

    /// True when the amount is a whole number of units, as extended resources and huge pages must be.
    pub fn is_whole(&self) -> bool {
        self.nano % NANO_PER_UNIT == 0
    }

    /// Rounds up, away from zero, to a whole number of thousandths.
    pub fn round_up_to_milli(&mut self) {
        if !self.is_whole_milli() {
            self.nano = round_away(self.nano, NANO_PER_MILLI).saturating_mul(NANO_PER_MILLI);
            self.text = None;
        }
    }

    /// The quantity of an API object, `None` where its text is no quantity.
    ///
    /// Pods that came through the manifest or the API server were checked; for those the text always parses.
    pub fn from_api(quantity: &ApiQuantity) -> Option<Quantity> {
        quantity.0.parse().ok()
    }

    /// The API object's form: the canonical text.
    pub fn to_api(&self) -> ApiQuantity {
        ApiQuantity(self.to_string())
    }

    /// The larger of two amounts; `self` when equal, so that its way of writing stays.
    pub fn max(self, other: Quantity) -> Quantity {
        if other.nano > self.nano { other } else { self }
    }

    fn combine(&mut self, other: &Quantity, nano: i128) {
        if self.nano == 0 {
            self.format = other.format;
        }
        self.nano = nano;
        self.text = None;
    }
}

fn round_away(nano: i128, step: i128) -> i128 {
    let quotient = nano / step;
    if nano % step == 0 { quotient } else { quotient + nano.signum() }
}

fn clamp(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Quantity) -> bool {
        self.nano == other.nano
    }
}

impl Eq for Quantity {}

impl Hash for Quantity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.nano.hash(state);
    }
}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Quantity) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Quantity) -> Ordering {
        self.nano.cmp(&other.nano)
    }
}

impl AddAssign<&Quantity> for Quantity {
    /// Adds, capped at the bounds; a zero takes over the other's way of writing, as upstream does.
    fn add_assign(&mut self, other: &Quantity) {
        let nano = self.nano.saturating_add(other.nano);
        self.combine(other, nano);
    }
}

impl SubAssign<&Quantity> for Quantity {
    /// Subtracts, capped at the bounds; a zero takes over the other's way of writing, as upstream does.
    fn sub_assign(&mut self, other: &Quantity) {
        let nano = self.nano.saturating_sub(other.nano);
        self.combine(other, nano);
    }
}

impl Add<&Quantity> for Quantity {
    type Output = Quantity;

    fn add(mut self, other: &Quantity) -> Quantity {
        self += other;
        self
    }
}

impl Sub<&Quantity> for Quantity {
    type Output = Quantity;

    fn sub(mut self, other: &Quantity) -> Quantity {
        self -= other;
        self
    }
}
