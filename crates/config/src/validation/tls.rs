//! Cipher suites, versions and curves of the server, by the names and numbers of Go.

use super::Rules;
use crate::text::quote;

/// Names of Go's `crypto/tls`, old spellings of component-base included.
const CIPHERS: [&str; 15] = [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
];
const INSECURE_CIPHERS: [&str; 12] = [
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_RSA_WITH_RC4_128_SHA",
];
const TLS_VERSIONS: [&str; 5] = ["", "VersionTLS10", "VersionTLS11", "VersionTLS12", "VersionTLS13"];
/// P-256, P-384, P-521, X25519 and the three hybrids with ML-KEM.
const CURVES: [i32; 7] = [23, 24, 25, 29, 4587, 4588, 4589];

pub(super) fn check(rules: &mut Rules) {
    let configuration = rules.configuration;
    for (index, cipher) in configuration.tls_cipher_suites.iter().enumerate() {
        let field = format!("tlsCipherSuites[{index}]");
        if INSECURE_CIPHERS.contains(&cipher.as_str()) {
            rules.warning(&field, format!("Use of insecure cipher detected: {cipher}"));
        } else if !CIPHERS.contains(&cipher.as_str()) {
            let message = format!("Cipher suite {cipher} not supported or doesn't exist");
            rules.error(&field, message);
        }
    }
    let version = configuration.tls_min_version.as_str();
    if !TLS_VERSIONS.contains(&version) {
        rules.error("tlsMinVersion", format!("unknown tls version {}", quote(version)));
    }
    if version == "VersionTLS13" && !configuration.tls_cipher_suites.is_empty() {
        rules.warning(
            "tlsCipherSuites",
            "TLS 1.3 cipher suites are not configurable, ignoring tlsCipherSuites (--tls-cipher-suites)",
        );
    }
    for (index, curve) in configuration.tls_curve_preferences.iter().enumerate() {
        let problem = if !(1..=i32::from(u16::MAX)).contains(curve) {
            format!("curve preference {curve} is out of range (must be 1-65535)")
        } else if configuration.tls_curve_preferences[..index].contains(curve) {
            format!("duplicate curve preference {curve}")
        } else if !CURVES.contains(curve) {
            format!("curve preference {curve} is not supported by the current Go version")
        } else {
            continue;
        };
        rules.error(&format!("tlsCurvePreferences[{index}]"), problem);
    }
}
