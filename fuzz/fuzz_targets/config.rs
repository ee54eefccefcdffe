//! The configuration decoder: any bytes as a file and as a drop-in. Nothing may panic, hang or grow without bound; what
//! was read once and shown is read again to the same values.
#![no_main]

use config::{File, Format, Inspection, Sources};
use libfuzzer_sys::fuzz_target;

fn inspect(config: &[u8], drop_in: &[u8]) -> Inspection {
    let line = config::parse_command_line(["--config=/c", "--config-dir=/d"]).expect("two plain flags");
    let file = |path: &str, contents: &[u8]| File { path: path.to_owned(), contents: contents.to_vec() };
    let drop_ins = if drop_in.is_empty() { Vec::new() } else { vec![file("/d/1.conf", drop_in)] };
    config::inspect(&line, &Sources { config: Some(file("/c", config)), drop_ins, cgroup_v1: false })
}

fuzz_target!(|data: &[u8]| {
    // The halves are separated by a byte that no YAML has.
    let (first, second) = match data.iter().position(|byte| *byte == 0) {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, &[][..]),
    };
    let inspection = inspect(first, second);
    let _ = config::show(&inspection, Format::Json);
    let Some(settings) = inspection.settings else {
        return;
    };
    let document = settings.configuration.to_document();
    let again = inspect(document.to_string().as_bytes(), &[]);
    let reread = again.settings.expect("what was written by us reads").configuration.to_document();
    assert_eq!(reread, document);
    let _ = config::load_credential_providers(
        &[File { path: "/p".to_owned(), contents: first.to_vec() }],
        &settings.gates,
    );
});
