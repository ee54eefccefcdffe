use super::*;

#[test]
fn texts_are_gos() {
    let check = |text: &str, nanoseconds: i64, written: &str| {
        let duration: Duration = text.parse().unwrap();
        assert_eq!((duration.nanoseconds(), duration.to_string().as_str()), (nanoseconds, written), "{text}");
    };
    check("0", 0, "0s");
    check("0s", 0, "0s");
    check("1ns", 1, "1ns");
    check("1.5us", 1_500, "1.5µs");
    check("3µs", 3_000, "3µs");
    check("3μs", 3_000, "3µs");
    check("100ms", 100_000_000, "100ms");
    check("1.000001s", 1_000_001_000, "1.000001s");
    check("90s", 90_000_000_000, "1m30s");
    check("4h", 14_400_000_000_000, "4h0m0s");
    check("1h0m0.5s", 3_600_500_000_000, "1h0m0.5s");
    check("-1m", -60_000_000_000, "-1m0s");
    check("+5s", 5_000_000_000, "5s");
    check(".5s", 500_000_000, "500ms");
    check("1.s", 1_000_000_000, "1s");
    check("0.1234567890123s", 123_456_789, "123.456789ms");
    check("9223372036854775807ns", i64::MAX, "2562047h47m16.854775807s");
    check("-9223372036854775808ns", i64::MIN, "-2562047h47m16.854775808s");
}

#[test]
fn refusals_are_gos() {
    let check = |text: &str, message: &str| {
        assert_eq!(text.parse::<Duration>().unwrap_err().to_string(), message, "{text}");
    };
    check("", "time: invalid duration \"\"");
    check("-", "time: invalid duration \"-\"");
    check("x", "time: invalid duration \"x\"");
    check(".s", "time: invalid duration \".s\"");
    check("10", "time: missing unit in duration \"10\"");
    check("1x", "time: unknown unit \"x\" in duration \"1x\"");
    check("1h-1m", "time: unknown unit \"h-\" in duration \"1h-1m\"");
    check("9223372036854775808ns", "time: invalid duration \"9223372036854775808ns\"");
    check("99999999999999999999h", "time: invalid duration \"99999999999999999999h\"");
}

#[test]
fn negative_becomes_nothing_for_the_standard_library() {
    assert_eq!(Duration::from_seconds(-1).to_std(), std::time::Duration::ZERO);
    assert_eq!(Duration::from_milliseconds(1500).to_std(), std::time::Duration::from_millis(1500));
}
