//! How Go's standard library writes and reads numbers.

/// A float as Go's `encoding/json` writes it; `None` for what JSON cannot have.
pub(super) fn json_float(value: f64) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        Some(signed_exponent(&format!("{value:e}"), 1))
    } else {
        Some(value.to_string())
    }
}

/// A float as a map key: `strconv.FormatFloat(value, 'g', -1, 32)` with YAML's names for what is no number.
pub(super) fn key_float(value: f64) -> String {
    let value = value as f32;
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let precision = digits.bytes().filter(u8::is_ascii_digit).count() as i32;
    // Go's %g with the shortest precision goes over to exponents at 21 digits, or the digits there are.
    if exponent < -4 || exponent >= precision.max(21) {
        signed_exponent(&scientific, 2)
    } else {
        value.to_string()
    }
}

fn signed_exponent(scientific: &str, digits: usize) -> String {
    match scientific.split_once('e') {
        Some((mantissa, exponent)) => match exponent.strip_prefix('-') {
            Some(exponent) => format!("{mantissa}e-{exponent:0>digits$}"),
            None => format!("{mantissa}e+{exponent:0>2}"),
        },
        None => scientific.to_owned(),
    }
}

/// `strconv.ParseInt(text, 0, 64)`, then `ParseUint`: the base follows from the prefix, a leading zero means octal.
pub(super) fn parse_int(text: &str) -> Option<i128> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.get(..2).map(str::to_ascii_lowercase);
    let (digits, base) = match lower.as_deref() {
        Some("0x") => (&digits[2..], 16),
        Some("0o") => (&digits[2..], 8),
        Some("0b") => (&digits[2..], 2),
        Some(prefix) if prefix.starts_with('0') => (&digits[1..], 8),
        _ => (digits, 10),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| (byte as char).is_digit(base)) {
        return None;
    }
    let value = i128::from_str_radix(digits, base).ok()?;
    let value = if negative { -value } else { value };
    let fits = if text.starts_with(['-', '+']) {
        i64::try_from(value).is_ok()
    } else {
        i64::try_from(value).is_ok() || u64::try_from(value).is_ok()
    };
    fits.then_some(value)
}
