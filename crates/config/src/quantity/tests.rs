use super::*;

#[test]
fn values_and_canonical_forms() {
    let check = |text: &str, value: i128, canonical: &str| {
        let quantity: Quantity = text.parse().unwrap();
        assert_eq!(quantity.value(), value, "{text}");
        assert_eq!(Quantity::canonical(text).unwrap(), canonical, "{text}");
    };
    check("0", 0, "0");
    check("0Mi", 0, "0");
    check("1", 1, "1");
    check("1000", 1000, "1k");
    check("1024", 1024, "1024");
    check("1024Mi", 1 << 30, "1Gi");
    check("1500Mi", 1500 << 20, "1500Mi");
    check("0.5Gi", 1 << 29, "512Mi");
    check("1.5Ki", 1536, "1536");
    check("1023", 1023, "1023");
    check("100m", 1, "100m");
    check("1000m", 1, "1");
    check("1500m", 2, "1500m");
    check("1e3", 1000, "1e3");
    check("12e-3", 1, "12e-3");
    check("3E", 3_000_000_000_000_000_000, "3E");
    check("1n", 1, "1n");
    check("1000u", 1, "1m");
    check("-5", -5, "-5");
    check("+5", 5, "5");
    check(".5", 1, "500m");
}

#[test]
fn refusals() {
    for text in ["", "x", "1Q", "1.2.3", "1KiB", "--1", "1e", "Mi", "."] {
        assert_eq!(text.parse::<Quantity>(), Err(ParseQuantityError), "{text}");
    }
    // Beyond all bounds is no mistake, only very much.
    assert!("99999999999999999999999999999999999999999999E".parse::<Quantity>().is_ok());
}
