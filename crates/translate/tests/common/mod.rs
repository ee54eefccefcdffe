//! What the tests against recordings share.

/// The bytes of a base64 with or without padding.
pub(crate) fn from_base64(text: &str) -> Vec<u8> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits: Vec<usize> = text.chars().filter_map(|digit| DIGITS.find(digit)).collect();
    let mut bytes = Vec::new();
    for group in digits.chunks(4) {
        let bits = group.iter().enumerate().fold(0, |bits, (index, digit)| bits | digit << (18 - 6 * index));
        let three = [bits >> 16, bits >> 8, bits].map(|byte| (byte & 0xff) as u8);
        bytes.extend(&three[..group.len() - 1]);
    }
    bytes
}
