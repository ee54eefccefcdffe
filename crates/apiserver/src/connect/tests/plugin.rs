//! Credential plugins against a server: scripts, as users write them.

use super::*;
use tasks::testing::write_script;

/// A kubeconfig whose user is a script that prints the file `answer` and counts its runs.
struct Scripted {
    files: Files,
    server: TestServer,
}

impl Scripted {
    async fn new(identity: &Identity, user: &str) -> Self {
        let server = TestServer::start(identity, Protocols::Http2).await;
        let files = Files::new(&server.url, identity);
        let script = "#!/bin/sh\ncd \"$(dirname \"$0\")\"\necho \"$KUBERNETES_EXEC_INFO\" >> runs\n\
                      printf '%s' \"$EXTRA $*\" > given\ncat answer\n";
        write_script(&files.0.path().join("plugin"), script);
        let url = &server.url;
        files.write_kubeconfig(&format!("{{server: '{url}', certificate-authority: ca.crt}}"), user);
        Self { files, server }
    }

    fn say(&self, status: serde_json::Value) {
        let answer = serde_json::json!({
            "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status,
        });
        self.files.write("answer", &answer.to_string());
    }

    /// What the script was told, a line a run.
    fn runs(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.files.0.path().join("runs")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

const USER: &str = "{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, args: [a, 'b c'], \
     env: [{name: EXTRA, value: more}], interactiveMode: IfAvailable, provideClusterInfo: true}}";

fn pair(identity: &Identity, token: Option<&str>, expires: &str) -> serde_json::Value {
    serde_json::json!({
        "token": token, "clientCertificateData": identity.certificate, "clientKeyData": identity.key,
        "expirationTimestamp": expires,
    })
}

async fn proof(api_server: &ApiServer) -> Result<(String, String), ApiError> {
    let node = api_server.nodes().get("here").await?;
    let annotations = node.metadata.annotations.clone().unwrap_or_default();
    Ok((annotations["client"].clone(), annotations["proof"].clone()))
}

#[tokio::test]
async fn certificates_are_renewed_when_they_expire() {
    let (old, new) = Identity::pair("one", "two");
    let scripted = Scripted::new(&old, USER).await;
    let api_server = connected(&scripted.files).await;
    assert!(scripted.runs().is_empty(), "nobody asked yet");

    scripted.say(pair(&old, Some("first"), "2000-01-01T00:00:00Z"));
    assert_eq!(proof(&api_server).await.expect("an answer"), (old.serial.clone(), "Bearer first".to_owned()));
    let told = scripted.runs().remove(0);
    assert_eq!(told["apiVersion"], "client.authentication.k8s.io/v1");
    assert_eq!(told["kind"], "ExecCredential");
    assert_eq!(told["spec"]["interactive"], false);
    assert_eq!(told["spec"]["cluster"]["server"], scripted.server.url);
    assert!(told["spec"]["cluster"]["certificate-authority-data"].is_string());
    let given = std::fs::read_to_string(scripted.files.0.path().join("given")).expect("read");
    assert_eq!(given, "more a b c");

    // It had expired already: the next request runs the plugin, and goes by another connection.
    scripted.say(pair(&new, Some("second"), "2200-01-01T00:00:00Z"));
    assert_eq!(
        proof(&api_server).await.expect("an answer"),
        (new.serial.clone(), "Bearer second".to_owned())
    );
    assert_eq!(proof(&api_server).await.expect("an answer").1, "Bearer second");
    assert_eq!((scripted.runs().len(), scripted.server.connections()), (2, 2));
}

#[tokio::test]
async fn a_refusal_has_it_run_again() {
    let identity = Identity::new("one");
    let scripted = Scripted::new(&identity, USER).await;
    let api_server = connected(&scripted.files).await;
    scripted.say(pair(&identity, Some("refused"), "2200-01-01T00:00:00Z"));
    // The first refusal comes right after the first run, which is not repeated at once.
    let error = proof(&api_server).await.expect_err("refused");
    assert!(matches!(error, ApiError::Unauthorized(_)), "{error}");
    assert_eq!(scripted.runs().len(), 1);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    scripted.say(pair(&identity, Some("good"), "2200-01-01T00:00:00Z"));
    proof(&api_server).await.expect_err("refused once more");
    assert_eq!(proof(&api_server).await.expect("an answer").1, "Bearer good");
    assert_eq!((scripted.runs().len(), scripted.server.connections()), (2, 1), "the certificate is the same");
}

#[tokio::test]
async fn what_a_plugin_does_wrong_is_told() {
    let identity = Identity::new("one");
    let missing = "{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./none, interactiveMode: Never, \
                   installHint: apt install none}}";
    let scripted = Scripted::new(&identity, missing).await;
    let text = proof(&connected(&scripted.files).await).await.expect_err("no such program").to_string();
    assert!(
        text.contains("getting credentials: exec: executable ") && text.contains("/none not found"),
        "{text}"
    );
    assert!(text.ends_with("apt install none"), "{text}");

    let broken = Scripted::new(&identity, USER).await;
    write_script(&broken.files.0.path().join("plugin"), "#!/bin/sh\necho sorry >&2\nexit 3\n");
    let error = proof(&connected(&broken.files).await).await.expect_err("it fails");
    assert!(error.may_pass() && error.to_string().contains("failed with exit status: 3: sorry"), "{error}");

    let halved = Scripted::new(&identity, USER).await;
    halved.say(serde_json::json!({"clientCertificateData": "c", "clientKeyData": "k"}));
    let error = proof(&connected(&halved.files).await).await.expect_err("no certificate");
    assert!(error.to_string().contains("failed parsing client key/certificate"), "{error}");
}
