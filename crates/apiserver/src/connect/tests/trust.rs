//! What is said of certificates that cannot be used, and whom the kubelet trusts.

use super::*;

/// What an attempt to connect with this user says: the error and its causes.
async fn refusal(files: &Files, server: &str, user: &str) -> String {
    files.write_kubeconfig(&format!("{{server: '{server}', certificate-authority: ca.crt}}"), user);
    match connect(&files.settings(), &prometheus::Registry::new(), Stop::new()).await {
        Ok(_) => panic!("{user} is taken"),
        Err(error) => types::error::chain(&error),
    }
}

#[tokio::test]
async fn certificates_and_keys_that_cannot_be_used_are_named() {
    let identity = Identity::new("one");
    let files = Files::new("https://127.0.0.1:1", &identity);
    files.write("empty.pem", "");
    files.write("other.key", &Identity::new("other").key);
    for (user, word) in [
        ("{client-certificate: client.pem}", "client-key is missing"),
        ("{client-key: client.pem}", "client-certificate is missing"),
        ("{client-certificate: none.pem, client-key: client.pem}", "cannot read client-certificate"),
        (
            "{client-certificate: empty.pem, client-key: client.pem}",
            "client-certificate is not what it should be",
        ),
        ("{client-certificate: client.pem, client-key: empty.pem}", "client-key is not what it should be"),
        ("{client-certificate: client.pem, client-key-data: '%'}", "client-key-data is not base64"),
        ("{client-certificate: client.pem, client-key: other.key}", "cannot be used together"),
    ] {
        let said = refusal(&files, "https://127.0.0.1:1", user).await;
        assert!(said.contains(word), "{user}: {said}");
    }
}

#[tokio::test]
async fn a_server_is_checked_unless_that_is_switched_off() {
    let identity = Identity::new("one");
    let server = TestServer::start(&identity, Protocols::Http2).await;
    let files = Files::new(&server.url, &identity);
    let user = "{client-certificate: client.pem, client-key: client.pem}";
    files.write("ca.crt", &Identity::new("other").authority);
    assert!(ask(&connected(&files).await).await.is_err(), "another authority");
    files.write_kubeconfig(&format!("{{server: '{}'}}", server.url), user);
    assert!(ask(&connected(&files).await).await.is_err(), "the system does not know the authority");
    files.write_kubeconfig(&format!("{{server: '{}', insecure-skip-tls-verify: true}}", server.url), user);
    assert_eq!(ask(&connected(&files).await).await.expect("an answer").0, identity.serial);
}
