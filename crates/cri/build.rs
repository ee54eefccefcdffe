//! Compiles the protocol definition without `protoc`: protox parses, tonic generates.

use std::path::Path;

const PROTO: &str = "proto/runtime/v1/api.proto";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed={PROTO}");
    let with_server = std::env::var_os("CARGO_FEATURE_SERVER").is_some();
    let descriptors = protox::compile([Path::new(PROTO)], [Path::new("proto")])?;
    tonic_prost_build::configure()
        .build_server(with_server)
        // The endpoint is a socket that we open ourselves: no `connect` functions.
        .build_transport(false)
        // A peer in a test serves only what the test is about.
        .generate_default_stubs(true)
        // Labels and annotations in an order that repeats: the simulation depends on it.
        .btree_map(".")
        // Its own `Debug` beside the generated code hides the secrets.
        .skip_debug([".runtime.v1.AuthConfig"])
        .compile_fds(descriptors)?;
    Ok(())
}
