use std::io::Read;

use flate2::read::GzDecoder;

use super::*;

fn sample() -> Layer {
    Layer::new().link("bin/sh", "busybox").file("/bin/busybox", 0o755, "program").directory("tmp", 0o1777)
}

#[test]
fn a_layer_is_the_same_whenever_its_content_is() {
    let (first, second) = (sample().pack().unwrap(), sample().pack().unwrap());
    assert_eq!(first.digest, second.digest);
    assert_ne!(first.digest, sample().file("etc/passwd", 0o644, "").pack().unwrap().digest);
}

#[test]
fn parents_come_first_and_modes_are_kept() {
    let packed = sample().pack().unwrap();
    let mut tar = Vec::new();
    GzDecoder::new(packed.bytes.as_slice()).read_to_end(&mut tar).unwrap();
    assert_eq!(digest(&tar), packed.diff_id);
    let mut archive = tar::Archive::new(tar.as_slice());
    let entries: Vec<(String, u32)> = archive
        .entries()
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.path().unwrap().display().to_string(), entry.header().mode().unwrap())
        })
        .collect();
    let expected = [("bin/", 0o755), ("bin/busybox", 0o755), ("bin/sh", 0o777), ("tmp/", 0o1777)];
    assert_eq!(entries, expected.map(|(path, mode)| (path.to_owned(), mode)));
}

#[test]
fn digests_are_those_of_the_standard() {
    assert_eq!(digest(b""), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
