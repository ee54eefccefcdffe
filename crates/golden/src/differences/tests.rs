use super::*;

#[test]
fn patterns() {
    for (pattern, text, expected) in [
        ("abc", "abc", true),
        ("abc", "abcd", false),
        ("a*", "abcd", true),
        ("*d", "abcd", true),
        ("a*d", "abcd", true),
        ("a*x*d", "abcd", false),
        ("containers.*.config.mounts[*].host_path", "containers.main.config.mounts[0].host_path", true),
        ("*", "", true),
        ("*ü", "grü", true),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
}

#[test]
fn every_row_has_a_reason_that_the_document_explains() {
    let document =
        std::fs::read_to_string(corpus::directory().join("../../docs/differences.md")).unwrap_or_default();
    for row in load().unwrap() {
        assert!(!row.reason.is_empty(), "{row:?}");
        assert!(
            document.contains(&row.reason),
            "docs/differences.md does not have the words {:?}",
            row.reason
        );
    }
}
