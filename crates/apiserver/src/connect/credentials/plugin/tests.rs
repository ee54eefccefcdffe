//! What plugins answer.

use super::*;
use kube::config::ExecConfig;

fn settings() -> PluginSettings {
    let exec: ExecConfig = serde_json::from_value(serde_json::json!({
        "apiVersion": "client.authentication.k8s.io/v1beta1", "command": "plugin",
    }))
    .expect("settings");
    PluginSettings::new(&exec).expect("settings")
}

/// What is made of an answer: token, whether there is a certificate, expiration; or what is wrong with it.
fn check(kind: &str, status: &str, expected: &str) {
    let output = format!(r#"{{"apiVersion": "client.authentication.k8s.io/{kind}", "status": {status}}}"#);
    let read = match settings().read(output.as_bytes()) {
        Ok(Answer { token, identity, expires_at }) => {
            let expires_at = expires_at.map(|time| time.to_string());
            format!("{token:?} {} {expires_at:?}", identity.is_some())
        }
        Err(error) => types::error::chain(&error).to_string(),
    };
    assert_eq!(read, expected, "{output}");
}

#[test]
fn answers() {
    let good = r#"v1beta1", "kind": "ExecCredential"#;
    check(good, r#"{"token": "t"}"#, r#"Some("t") false None"#);
    check(
        good,
        r#"{"token": "t", "clientCertificateData": "c", "clientKeyData": "k", "expirationTimestamp": "2026-01-02T03:04:05Z"}"#,
        r#"Some("t") true Some("2026-01-02T03:04:05Z")"#,
    );
    check(good, r#"{"clientCertificateData": "c", "clientKeyData": "k", "token": ""}"#, "None true None");
    check(good, "null", "exec plugin didn't return a status field");
    check(good, "{}", "exec plugin didn't return a token or cert/key pair");
    check(
        good,
        r#"{"token": "t", "clientKeyData": "k"}"#,
        "exec plugin returned only certificate or key, not both",
    );
    check(
        r#"v1", "kind": "ExecCredential"#,
        "{}",
        "exec plugin is configured to use API version client.authentication.k8s.io/v1beta1, \
         plugin returned version client.authentication.k8s.io/v1 ExecCredential",
    );
    let late = settings().read(
        br#"{"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential",
        "status": {"token": "t", "expirationTimestamp": "soon"}}"#,
    );
    assert!(matches!(late, Err(PluginError::Expiration(_))));
    assert!(matches!(settings().read(b"sorry"), Err(PluginError::Malformed(_))));
}

#[tokio::test(start_paused = true)]
async fn advice_is_given_ten_times_an_hour() {
    let mut hints = Hints::default();
    let mut told = || (0..12).filter(|_| !hints.told("advice".to_owned()).is_empty()).count();
    assert_eq!(told(), 10);
    assert_eq!(told(), 0);
    tokio::time::advance(HINTS_WITHIN).await;
    assert_eq!(told(), 10);
}
