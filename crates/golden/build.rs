//! Compiles the CRI definition into a descriptor set: the recorder decodes every message by its description alone.

use std::path::{Path, PathBuf};

use prost::Message;

const PROTO_DIRECTORY: &str = "../cri/proto";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed={PROTO_DIRECTORY}");
    let proto = Path::new(PROTO_DIRECTORY).join("runtime/v1/api.proto");
    let descriptors = protox::compile([proto], [Path::new(PROTO_DIRECTORY)])?;
    let target = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?).join("cri.bin");
    std::fs::write(target, descriptors.encode_to_vec())?;
    Ok(())
}
