//! Go's FNV-1a hashes and the hash of a container that upstream writes into labels.

#[cfg(test)]
mod tests;

/// FNV-1a with 32 bits, as Go's `hash/fnv` `New32a`.
#[derive(Clone, Debug)]
pub struct Fnv1a32(u32);

impl Default for Fnv1a32 {
    fn default() -> Self {
        Fnv1a32(0x811c_9dc5)
    }
}

impl Fnv1a32 {
    /// Takes in more bytes.
    pub fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        }
    }

    /// The hash of the bytes so far.
    pub fn finish(&self) -> u32 {
        self.0
    }
}

/// FNV-1a with 128 bits, as Go's `hash/fnv` `New128a`.
#[derive(Clone, Debug)]
pub struct Fnv1a128(u128);

impl Default for Fnv1a128 {
    fn default() -> Self {
        Fnv1a128(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }
}

impl Fnv1a128 {
    /// Takes in more bytes.
    pub fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }

    /// The hash of the bytes so far.
    pub fn finish(&self) -> u128 {
        self.0
    }

    /// The hash as 32 lower-case hexadecimal digits, the form of a static pod's UID.
    pub fn finish_hex(&self) -> String {
        format!("{:032x}", self.0)
    }
}

impl std::fmt::Write for Fnv1a128 {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.write(text.as_bytes());
        Ok(())
    }
}

/// The hash that upstream's `HashContainer` gives a container, and by which a kubelet knows a container whose
/// specification changed. Only name and image enter.
pub fn container_hash(name: &str, image: &str) -> u32 {
    let json = format!("{{\"image\":\"{}\",\"name\":\"{}\"}}", go_json_escape(image), go_json_escape(name));
    // Upstream hashes Go's dump of the byte slice, not the bytes.
    let mut hash = Fnv1a32::default();
    hash.write(b"([]uint8)[");
    for (index, byte) in json.bytes().enumerate() {
        if index > 0 {
            hash.write(b" ");
        }
        hash.write(byte.to_string().as_bytes());
    }
    hash.write(b"]");
    hash.finish()
}

/// [`container_hash`] in the form of the annotation `io.kubernetes.container.hash`: lower-case hexadecimal, not padded.
pub fn container_hash_label(name: &str, image: &str) -> String {
    format!("{:x}", container_hash(name, image))
}

/// The inside of a JSON string as Go's `encoding/json` writes it, which also escapes `<`, `>`, `&`, U+2028 and U+2029.
fn go_json_escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            '\u{8}' => escaped.push_str("\\b"),
            '\u{c}' => escaped.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            _ => escaped.push(character),
        }
    }
    escaped
}
