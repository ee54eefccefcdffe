//! Eviction thresholds as amounts.

use types::quantity::{Format, Quantity};

/// `100Mi`, or `10%` of the capacity. A text that is neither counts for nothing: the configuration was checked.
pub(super) fn amount(text: &str, capacity: i64) -> Quantity {
    match text.strip_suffix('%') {
        Some(percent) => {
            // Upstream holds the share in 32 bits, multiplies in 64, and rounds towards zero; so that allocatable is
            // the same to the byte, this does too.
            let share = percent.parse::<f32>().unwrap_or(0.0) / 100.0;
            let bytes = (capacity as f64 * f64::from(share)) as i64;
            Quantity::from_units(bytes, Format::BinarySi)
        }
        None => text.parse().unwrap_or_default(),
    }
}
