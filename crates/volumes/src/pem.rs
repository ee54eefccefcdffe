//! PEM as Go's `encoding/pem` reads and writes it: blocks that cannot be read are passed over, text between blocks and
//! headers in them are dropped.

use pem::{EncodeConfig, LineEnding, Pem};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";

/// The label of certificates.
pub(crate) const CERTIFICATE: &str = "CERTIFICATE";
/// The label of keys in PKCS#8.
pub(crate) const PRIVATE_KEY: &str = "PRIVATE KEY";

/// What is in the blocks, whatever their label.
pub(crate) fn contents(text: &str) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(begin) = rest.find(BEGIN) {
        let block = &rest[begin..];
        let Some(end) = block.find(END) else { break };
        let length = block[end..].find('\n').map_or(block.len(), |line| end + line);
        match pem::parse(&block[..length]) {
            Ok(read) => {
                found.push(read.into_contents());
                rest = &block[length..];
            }
            Err(_) => rest = &block[BEGIN.len()..],
        }
    }
    found
}

/// One block.
pub(crate) fn encode(label: &str, content: &[u8]) -> String {
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    pem::encode_config(&Pem::new(label, content), config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_read_as_go_reads_them() {
        let block = |content: &[u8]| encode(CERTIFICATE, content);
        let (one, two) = (block(b"one"), block(b"two"));
        assert_eq!(one, "-----BEGIN CERTIFICATE-----\nb25l\n-----END CERTIFICATE-----\n");
        let check = |text: &str, expected: &[&[u8]]| assert_eq!(contents(text), expected, "{text}");
        check("", &[]);
        check("no block", &[]);
        check(&format!("{one}{two}"), &[b"one", b"two"]);
        check(&format!("a root\n{one}\n# and another\n{two}the end"), &[b"one", b"two"]);
        check(one.trim_end(), &[b"one"]);
        check(&one.replace('\n', "\r\n"), &[b"one"]);
        check(&one.replace("b25l", "Name: value\n\nb25l"), &[b"one"]);
        // Broken ones: without an end, with another end, not base64.
        check(&format!("-----BEGIN CERTIFICATE-----\nb25l\n{two}"), &[b"two"]);
        check(&format!("{}{two}", one.replace("END CERTIFICATE", "END KEY")), &[b"two"]);
        check(&format!("{}{two}", one.replace("b25l", "!")), &[b"two"]);
        check("-----BEGIN CERTIFICATE-----\nb25l\n", &[]);
    }

    #[test]
    fn lines_have_64_characters() {
        let text = encode(PRIVATE_KEY, &[7; 100]);
        let lengths: Vec<usize> = text.lines().map(str::len).collect();
        assert_eq!(lengths, [27, 64, 64, 8, 25]);
        assert_eq!(contents(&text), [[7; 100]]);
    }
}
