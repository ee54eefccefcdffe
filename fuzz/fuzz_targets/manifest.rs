//! Any bytes are a manifest or an error that says something; never a panic, and the same answer twice.

#![no_main]

use libfuzzer_sys::fuzz_target;
use manifest::{Origin, OriginKind, decode};

fuzz_target!(|bytes: &[u8]| {
    for kind in [OriginKind::File { path: "/m/a.yaml" }, OriginKind::Url { url: "http://h/a" }] {
        let origin = Origin { kind, node_name: "node-1" };
        let read = decode(bytes, &origin);
        if let Err(error) = &read {
            assert!(!error.findings().is_empty());
        }
        assert_eq!(read, decode(bytes, &origin));
    }
});
