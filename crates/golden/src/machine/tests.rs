use super::*;

#[test]
fn sizes() {
    for (kib, expected) in [(64, "64KB"), (2048, "2MB"), (1 << 20, "1GB"), (16 << 20, "16GB")] {
        assert_eq!(page_size(kib).as_deref(), Some(expected));
    }
}
