use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use proptest::prelude::*;

use super::*;

type Row = (&'static str, Result<(&'static str, i64, i64, Format), QuantityError>);

/// Text, then canonical text, value, milli value and format. Recorded from `resource.ParseQuantity` of apimachinery
/// 0.37.1, except that values beyond 64 bits are capped here where upstream wraps around or gives 0, and that `-0.1n`
/// rounds away from zero as every other amount does.
const ROWS: &[Row] = &[
    ("0", Ok(("0", 0, 0, Format::DecimalSi))),
    ("", Err(QuantityError::Format)),
    ("1", Ok(("1", 1, 1000, Format::DecimalSi))),
    ("-1", Ok(("-1", -1, -1000, Format::DecimalSi))),
    ("+1", Ok(("+1", 1, 1000, Format::DecimalSi))),
    ("00", Ok(("0", 0, 0, Format::DecimalSi))),
    ("007", Ok(("007", 7, 7000, Format::DecimalSi))),
    ("1.5", Ok(("1500m", 2, 1500, Format::DecimalSi))),
    ("1.50", Ok(("1500m", 2, 1500, Format::DecimalSi))),
    ("1.500", Ok(("1.500", 2, 1500, Format::DecimalSi))),
    ("0.5", Ok(("500m", 1, 500, Format::DecimalSi))),
    ("0.1m", Ok(("100u", 1, 1, Format::DecimalSi))),
    ("1n", Ok(("1n", 1, 1, Format::DecimalSi))),
    ("0.1n", Ok(("1n", 1, 1, Format::DecimalSi))),
    ("-0.1n", Ok(("-1n", -1, -1, Format::DecimalSi))),
    ("1u", Ok(("1u", 1, 1, Format::DecimalSi))),
    ("1500u", Ok(("1500u", 1, 2, Format::DecimalSi))),
    ("1m", Ok(("1m", 1, 1, Format::DecimalSi))),
    ("1000m", Ok(("1", 1, 1000, Format::DecimalSi))),
    ("1500m", Ok(("1500m", 2, 1500, Format::DecimalSi))),
    ("1k", Ok(("1k", 1000, 1000000, Format::DecimalSi))),
    ("1K", Err(QuantityError::Suffix)),
    ("1000k", Ok(("1M", 1000000, 1000000000, Format::DecimalSi))),
    ("1M", Ok(("1M", 1000000, 1000000000, Format::DecimalSi))),
    ("1G", Ok(("1G", 1000000000, 1000000000000, Format::DecimalSi))),
    ("1T", Ok(("1T", 1000000000000, 1000000000000000, Format::DecimalSi))),
    ("1P", Ok(("1P", 1000000000000000, 1000000000000000000, Format::DecimalSi))),
    ("1E", Ok(("1E", 1000000000000000000, 9223372036854775807, Format::DecimalSi))),
    ("10E", Ok(("10E", 9223372036854775807, 9223372036854775807, Format::DecimalSi))),
    ("1000E", Ok(("1", 9223372036854775807, 9223372036854775807, Format::DecimalSi))),
    (
        "9223372036854775807",
        Ok(("9223372036854775807", 9223372036854775807, 9223372036854775807, Format::DecimalSi)),
    ),
    (
        "9223372036854775808",
        Ok(("9223372036854775808", 9223372036854775807, 9223372036854775807, Format::DecimalSi)),
    ),
    ("1Ki", Ok(("1Ki", 1024, 1024000, Format::BinarySi))),
    ("1024Ki", Ok(("1Mi", 1048576, 1048576000, Format::BinarySi))),
    ("1.5Ki", Ok(("1536", 1536, 1536000, Format::BinarySi))),
    ("0.5Ki", Ok(("512", 512, 512000, Format::BinarySi))),
    ("0.0001Ki", Ok(("102400u", 1, 103, Format::DecimalSi))),
    ("512Mi", Ok(("512Mi", 536870912, 536870912000, Format::BinarySi))),
    ("1024Mi", Ok(("1Gi", 1073741824, 1073741824000, Format::BinarySi))),
    ("1.5Gi", Ok(("1536Mi", 1610612736, 1610612736000, Format::BinarySi))),
    ("+5Mi", Ok(("+5Mi", 5242880, 5242880000, Format::BinarySi))),
    ("5Mi", Ok(("5Mi", 5242880, 5242880000, Format::BinarySi))),
    ("1536Mi", Ok(("1536Mi", 1610612736, 1610612736000, Format::BinarySi))),
    ("1Ti", Ok(("1Ti", 1099511627776, 1099511627776000, Format::BinarySi))),
    ("1Pi", Ok(("1Pi", 1125899906842624, 1125899906842624000, Format::BinarySi))),
    ("1Ei", Ok(("1Ei", 1152921504606846976, 9223372036854775807, Format::BinarySi))),
    ("7Ei", Ok(("7Ei", 8070450532247928832, 9223372036854775807, Format::BinarySi))),
    ("8Ei", Ok(("9223372036854775807", 9223372036854775807, 9223372036854775807, Format::BinarySi))),
    ("9Ei", Ok(("9223372036854775807", 9223372036854775807, 9223372036854775807, Format::BinarySi))),
    ("100Ei", Ok(("9223372036854775807", 9223372036854775807, 9223372036854775807, Format::BinarySi))),
    ("-8Ei", Ok(("-9223372036854775807", -9223372036854775807, -9223372036854775808, Format::BinarySi))),
    ("0Ki", Ok(("0", 0, 0, Format::BinarySi))),
    ("1e3", Ok(("1e3", 1000, 1000000, Format::DecimalExponent))),
    ("1E3", Ok(("1E3", 1000, 1000000, Format::DecimalExponent))),
    ("1e03", Ok(("1e03", 1000, 1000000, Format::DecimalExponent))),
    ("5e-3", Ok(("5e-3", 1, 5, Format::DecimalExponent))),
    ("1e-10", Ok(("1e-9", 1, 1, Format::DecimalExponent))),
    ("12e6", Ok(("12e6", 12000000, 12000000000, Format::DecimalExponent))),
    ("1e+3", Ok(("1e+3", 1000, 1000000, Format::DecimalExponent))),
    ("1e", Err(QuantityError::Suffix)),
    ("1Ee", Err(QuantityError::Suffix)),
    ("1ei", Err(QuantityError::Suffix)),
    ("1e1.5", Err(QuantityError::Format)),
    ("1e19", Ok(("10e18", 9223372036854775807, 9223372036854775807, Format::DecimalExponent))),
    ("1e20", Ok(("100e18", 9223372036854775807, 9223372036854775807, Format::DecimalExponent))),
    ("1e4294967296", Ok(("1e4294967296", 1, 1000, Format::DecimalExponent))),
    ("1e99999999999999999999", Err(QuantityError::Suffix)),
    (".", Ok(("0", 0, 0, Format::DecimalSi))),
    (".5", Ok(("500m", 1, 500, Format::DecimalSi))),
    ("5.", Ok(("5.", 5, 5000, Format::DecimalSi))),
    ("-", Ok(("0", 0, 0, Format::DecimalSi))),
    ("+", Ok(("0", 0, 0, Format::DecimalSi))),
    ("k", Ok(("0", 0, 0, Format::DecimalSi))),
    ("m", Ok(("0", 0, 0, Format::DecimalSi))),
    ("-m", Ok(("0", 0, 0, Format::DecimalSi))),
    ("Ki", Ok(("0", 0, 0, Format::BinarySi))),
    (".Ki", Ok(("0", 0, 0, Format::BinarySi))),
    ("1..5", Err(QuantityError::Format)),
    ("1.2.3", Err(QuantityError::Format)),
    ("1,5", Err(QuantityError::Format)),
    ("1 Gi", Err(QuantityError::Format)),
    (" 1", Err(QuantityError::Format)),
    ("1 ", Err(QuantityError::Format)),
    ("1g", Err(QuantityError::Format)),
    ("1Mib", Err(QuantityError::Format)),
    ("1MB", Err(QuantityError::Format)),
    ("1mi", Err(QuantityError::Suffix)),
    ("0x10", Err(QuantityError::Format)),
    ("1_000", Err(QuantityError::Format)),
    ("abc", Err(QuantityError::Format)),
    ("NaN", Err(QuantityError::Format)),
    ("inf", Err(QuantityError::Format)),
    ("--1", Err(QuantityError::Suffix)),
    ("1-", Err(QuantityError::Suffix)),
    ("1-5", Err(QuantityError::Suffix)),
    ("1m5", Err(QuantityError::Suffix)),
    ("100.5Mi", Ok(("102912Ki", 105381888, 105381888000, Format::BinarySi))),
    ("0.000000001", Ok(("1n", 1, 1, Format::DecimalSi))),
    ("0.0000000001", Ok(("1n", 1, 1, Format::DecimalSi))),
    ("1.123456789", Ok(("1.123456789", 2, 1124, Format::DecimalSi))),
    ("1.1234567891", Ok(("1123456790n", 2, 1124, Format::DecimalSi))),
    (
        "123456789012345678",
        Ok(("123456789012345678", 123456789012345678, 9223372036854775807, Format::DecimalSi)),
    ),
    (
        "1234567890123456789",
        Ok(("1234567890123456789", 1234567890123456789, 9223372036854775807, Format::DecimalSi)),
    ),
    (
        "12345678901234567890",
        Ok(("12345678901234567890", 9223372036854775807, 9223372036854775807, Format::DecimalSi)),
    ),
    (
        "99999999999999999999m",
        Ok(("99999999999999999999m", 100000000000000000, 9223372036854775807, Format::DecimalSi)),
    ),
    ("1.23456789012345678", Ok(("1234567891n", 2, 1235, Format::DecimalSi))),
    ("0.3Gi", Ok(("322122547200m", 322122548, 322122547200, Format::BinarySi))),
    ("3.3333Gi", Ok(("3579103621939200u", 3579103622, 3579103621940, Format::BinarySi))),
    ("1023", Ok(("1023", 1023, 1023000, Format::DecimalSi))),
    ("1024", Ok(("1024", 1024, 1024000, Format::DecimalSi))),
    ("1025", Ok(("1025", 1025, 1025000, Format::DecimalSi))),
    ("2048Ki", Ok(("2Mi", 2097152, 2097152000, Format::BinarySi))),
    ("1000Ki", Ok(("1000Ki", 1024000, 1024000000, Format::BinarySi))),
    ("1e30", Ok(("1e30", 9223372036854775807, 9223372036854775807, Format::DecimalExponent))),
    ("2e28", Ok(("20e27", 9223372036854775807, 9223372036854775807, Format::DecimalExponent))),
    ("1.7e29", Ok(("170e27", 9223372036854775807, 9223372036854775807, Format::DecimalExponent))),
    ("-5", Ok(("-5", -5, -5000, Format::DecimalSi))),
    ("-1.5", Ok(("-1500m", -2, -1500, Format::DecimalSi))),
    ("-1.5Gi", Ok(("-1536Mi", -1610612736, -1610612736000, Format::BinarySi))),
    ("-0.5Ki", Ok(("-512", -512, -512000, Format::BinarySi))),
    ("0.0", Ok(("0", 0, 0, Format::DecimalSi))),
    ("-0", Ok(("0", 0, 0, Format::DecimalSi))),
    ("0m", Ok(("0", 0, 0, Format::DecimalSi))),
    ("0.001", Ok(("1m", 1, 1, Format::DecimalSi))),
    ("100m", Ok(("100m", 1, 100, Format::DecimalSi))),
    ("250m", Ok(("250m", 1, 250, Format::DecimalSi))),
    ("2", Ok(("2", 2, 2000, Format::DecimalSi))),
    ("64Mi", Ok(("64Mi", 67108864, 67108864000, Format::BinarySi))),
    ("64M", Ok(("64M", 64000000, 64000000000, Format::DecimalSi))),
    ("128974848", Ok(("128974848", 128974848, 128974848000, Format::DecimalSi))),
    ("129e6", Ok(("129e6", 129000000, 129000000000, Format::DecimalExponent))),
    ("129M", Ok(("129M", 129000000, 129000000000, Format::DecimalSi))),
    ("123Mi", Ok(("123Mi", 128974848, 128974848000, Format::BinarySi))),
    ("10.5e2", Ok(("1050", 1050, 1050000, Format::DecimalExponent))),
    ("1e2m", Err(QuantityError::Format)),
    ("1Km", Err(QuantityError::Suffix)),
    ("E", Ok(("0", 0, 0, Format::DecimalSi))),
    ("e5", Ok(("0", 0, 0, Format::DecimalExponent))),
    ("E5", Ok(("0", 0, 0, Format::DecimalExponent))),
    ("1i", Err(QuantityError::Suffix)),
    ("1iK", Err(QuantityError::Suffix)),
    (
        "10000000000000000000Ki",
        Ok(("9223372036854775807", 9223372036854775807, 9223372036854775807, Format::BinarySi)),
    ),
    ("1.0Ki", Ok(("1Ki", 1024, 1024000, Format::BinarySi))),
    ("1.0", Ok(("1", 1, 1000, Format::DecimalSi))),
    ("0.10", Ok(("100m", 1, 100, Format::DecimalSi))),
    ("010Mi", Ok(("010Mi", 10485760, 10485760000, Format::BinarySi))),
    ("8Mi", Ok(("8Mi", 8388608, 8388608000, Format::BinarySi))),
    ("16Mi", Ok(("16Mi", 16777216, 16777216000, Format::BinarySi))),
    ("000.5Gi", Ok(("512Mi", 536870912, 536870912000, Format::BinarySi))),
    (
        "4000000000000000Ki",
        Ok(("3906250000000Mi", 4096000000000000000, 9223372036854775807, Format::BinarySi)),
    ),
];

#[test]
fn parses_and_prints_as_upstream() {
    for (text, expected) in ROWS {
        let parsed = text.parse::<Quantity>();
        let seen = parsed.map(|q| (q.to_string(), q.value(), q.milli_value(), q.format()));
        let expected = expected.map(|(text, value, milli, format)| (text.to_owned(), value, milli, format));
        assert_eq!(seen, expected, "{text:?}");
    }
}

fn q(text: &str) -> Quantity {
    text.parse().expect("a quantity")
}

#[test]
fn adds_and_subtracts() {
    for (left, right, sum, difference) in [
        ("1", "500m", "1500m", "500m"),
        ("0", "1Gi", "1Gi", "-1Gi"),
        ("1Gi", "512Mi", "1536Mi", "512Mi"),
        ("1Gi", "1", "1073741825", "1073741823"),
        ("1k", "1Ki", "2024", "-24"),
        ("1.500", "0", "1500m", "1500m"),
    ] {
        assert_eq!((q(left) + &q(right)).to_string(), sum, "{left} + {right}");
        assert_eq!((q(left) - &q(right)).to_string(), difference, "{left} - {right}");
    }
}

#[test]
fn equal_amounts_are_equal_however_written() {
    assert_eq!(q("1Gi"), q("1024Mi"));
    assert_eq!(q("1000m"), q("1"));
    assert!(q("1Gi") > q("1G"));
    assert_eq!(q("1Gi").max(q("1024Mi")).to_string(), "1Gi");
    let hash = |quantity: &Quantity| {
        let mut hasher = DefaultHasher::new();
        quantity.hash(&mut hasher);
        hasher.finish()
    };
    assert_eq!(hash(&q("1Gi")), hash(&q("1024Mi")));
}

proptest! {
    #[test]
    fn any_text_parses_or_fails_without_panic(text in "[0-9.+eEinumkKMGTP-]{0,40}") {
        if let Ok(quantity) = text.parse::<Quantity>() {
            quantity.to_string();
            quantity.value();
            quantity.milli_value();
        }
    }

    #[test]
    fn canonical_text_is_a_fixed_point(
        number in "[0-9]{1,12}(\\.[0-9]{0,6})?",
        suffix in prop::sample::select(vec!["", "n", "u", "m", "k", "M", "G", "Ki", "Mi", "Gi", "e3", "e-2", "E4"]),
    ) {
        let first: Quantity = format!("{number}{suffix}").parse().expect("well formed");
        let again: Quantity = first.to_string().parse().expect("canonical text parses");
        prop_assert_eq!(&again, &first);
        prop_assert_eq!(again.to_string(), first.to_string());
    }

    #[test]
    fn sums_undo(left in -1_000_000_000_i64..1_000_000_000, right in -1_000_000_000_i64..1_000_000_000) {
        let (left, right) = (Quantity::from_milli(left, Format::DecimalSi), Quantity::from_milli(right, Format::BinarySi));
        prop_assert_eq!(left.clone() + &right - &right, left.clone());
        prop_assert_eq!((left.clone() + &right).milli_value(), left.milli_value() + right.milli_value());
    }
}

#[test]
fn go_holds_amounts_as_upstream() {
    let short = |value, scale| GoNumber::Short { value, scale };
    let long = |unscaled, scale| GoNumber::Long { unscaled, scale };
    let max = i128::from(i64::MAX);
    // Text, then number and kept text as parsed, then as rounded by defaulting. Recorded from apimachinery 0.37.1.
    for (text, number, kept, rounded, rounded_kept) in [
        ("0", short(0, 0), "0", short(0, 0), "0"),
        ("1", short(1, 0), "1", short(1, 0), "1"),
        ("1.5", short(15, -1), "", short(15, -1), ""),
        ("0.1m", short(1, -4), "", short(1, -3), ""),
        ("0.3Gi", long(322_122_547_200_000_000, 9), "", long(322_122_547_200, 3), ""),
        ("1Gi", short(1 << 30, 0), "1Gi", short(1 << 30, 0), "1Gi"),
        ("+5Mi", short(5 << 20, 0), "+5Mi", short(5 << 20, 0), "+5Mi"),
        ("8Ei", long(max, 0), "", long(max * 1000, 3), ""),
        ("-0.3Ki", long(-307_200_000_000, 9), "", long(-307_200, 3), ""),
        (
            "12345678901234567890",
            long(12_345_678_901_234_567_890_000_000_000, 9),
            "",
            long(12_345_678_901_234_567_890_000, 3),
            "",
        ),
        ("0.0Gi", long(0, 1), "", long(0, 3), ""),
        ("1e40", short(1, 40), "", short(1, 40), ""),
        ("100Ei", long(max, 0), "", long(max * 1000, 3), ""),
        ("1500u", short(1500, -6), "1500u", short(2, -3), ""),
    ] {
        let mut quantity = GoQuantity::parse(text).expect("a quantity");
        assert_eq!((quantity.number, quantity.text.as_str()), (number, kept), "{text}");
        quantity.round_up_to_milli();
        assert_eq!((quantity.number, quantity.text.as_str()), (rounded, rounded_kept), "{text}, rounded");
    }
    assert_eq!(GoQuantity::parse("1GB"), Err(QuantityError::Format));
}
