use super::*;

#[test]
fn the_minor_version_is_read_from_what_go_tells() {
    for (told, expected) in [
        ("go version go1.26.8 linux/amd64", Some(26)),
        ("go version go1.27rc1 linux/arm64", Some(27)),
        ("go version devel linux/amd64", None),
        ("", None),
    ] {
        assert_eq!(minor(told), expected, "{told}");
    }
}
