use super::*;

#[test]
fn libraries_are_read_from_what_ldd_prints() {
    let told = "\tlinux-vdso.so.1 (0x00007ffd)\n\
        \tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)\n\
        \tlibmissing.so => not found\n\
        \t/lib64/ld-linux-x86-64.so.2 (0x00007f)\n";
    let expected = ["/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2"];
    assert_eq!(libraries(told), expected.map(PathBuf::from).into());
}
