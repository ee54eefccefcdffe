use super::*;

#[test]
fn fnv_matches_go() {
    // Values of Go's own hash/fnv tests.
    for (text, hash) in [("", 0x811c_9dc5_u32), ("a", 0xe40c_292c), ("ab", 0x4d25_05ca), ("abc", 0x1a47_e90b)]
    {
        let mut fnv = Fnv1a32::default();
        fnv.write(text.as_bytes());
        assert_eq!(fnv.finish(), hash, "{text:?}");
    }
    for (text, hash) in [
        ("", "6c62272e07bb014262b821756295c58d"),
        ("a", "d228cb696f1a8caf78912b704e4a8964"),
        ("ab", "08809544bbab1be95aa0733055b69a62"),
        ("abc", "a68d622cec8b5822836dbc7977af7f3b"),
    ] {
        let mut fnv = Fnv1a128::default();
        fnv.write(text.as_bytes());
        assert_eq!(fnv.finish_hex(), hash);
    }
}

#[test]
fn container_hash_matches_upstream() {
    // The vector of upstream's TestHashContainer.
    assert_eq!(container_hash("test_container", "foo/image:v1"), 0x8e45_cbd0);
    assert_eq!(container_hash_label("test_container", "foo/image:v1"), "8e45cbd0");
}

#[test]
fn names_are_escaped_as_go_escapes() {
    assert_eq!(
        go_json_escape("a<b>&\"\\\n\u{1}\u{2028}é"),
        "a\\u003cb\\u003e\\u0026\\\"\\\\\\n\\u0001\\u2028é"
    );
}
