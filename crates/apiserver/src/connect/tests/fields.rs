//! What is said about a kubeconfig that cannot be used: file, field and cure.

use super::*;

/// What `connect` says about a kubeconfig with this content.
async fn refused(content: Option<&str>) -> String {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("kubeconfig");
    if let Some(content) = content {
        std::fs::write(&path, content).expect("written");
    }
    let error = connect(&settings(&path), &prometheus::Registry::new(), Stop::new()).await;
    let text = error.err().expect("it cannot be used").to_string();
    text.replace(&path.display().to_string(), "FILE")
}

fn kubeconfig(cluster: &str, user: &str) -> String {
    format!(
        "current-context: c\nclusters: [{{name: c, cluster: {cluster}}}]\nusers: [{{name: u, user: {user}}}]\n\
         contexts: [{{name: c, context: {{cluster: c, user: u}}}}]\n"
    )
}

async fn check_cluster(cluster: &str, expected: &str) {
    let text = refused(Some(&kubeconfig(cluster, "{token: t}"))).await;
    assert_eq!(text, format!("kubeconfig FILE: {expected}"), "{cluster}");
}

async fn check_user(user: &str, expected: &str) {
    let text = refused(Some(&kubeconfig("{server: 'https://a'}", user))).await;
    assert_eq!(text, format!("kubeconfig FILE: {expected}"), "{user}");
}

#[tokio::test]
async fn of_the_file_and_the_cluster() {
    assert_eq!(
        refused(None).await,
        "kubeconfig FILE: it cannot be read; name an existing file with --kubeconfig"
    );
    assert_eq!(refused(Some("apiVersion: v1\nkind: Config\n")).await, "kubeconfig FILE: set current-context");
    check_cluster("{}", "set server of the cluster").await;
    check_cluster("{server: /here}", "server is \"/here\": give a URL such as https://10.0.0.1:6443").await;
    check_cluster(
        "{server: 'https://a', proxy-url: 'ftp://b'}",
        "proxy-url is \"ftp://b\": give a URL that begins with http://, https:// or socks5://",
    )
    .await;
    check_cluster(
        "{server: 'https://a', certificate-authority: missing}",
        "certificate-authority or certificate-authority-data of the cluster cannot be used",
    )
    .await;
    check_cluster(
        "{server: 'https://a', certificate-authority: a, certificate-authority-data: b}",
        "certificate-authority: certificate-authority-data is given too; remove one of them",
    )
    .await;
    check_cluster(
        "{server: 'https://a', certificate-authority-data: b, insecure-skip-tls-verify: true}",
        "insecure-skip-tls-verify: a certificate authority is given too; remove one of them",
    )
    .await;
    check_cluster(
        "{server: 'https://a', insecure-skip-tls-verify: true, tls-server-name: 'no name'}",
        "tls-server-name is \"no name\": give a DNS name or an address",
    )
    .await;
}

#[tokio::test]
async fn of_the_user() {
    check_user(
        "{auth-provider: {name: gcp}}",
        "auth-provider: a kubelet cannot use it; use exec, tokenFile or client-certificate",
    )
    .await;
    check_user(
        "{client-certificate: a, client-certificate-data: b}",
        "client-certificate: client-certificate-data is given too; remove one of them",
    )
    .await;
    check_user(
        "{client-key: a, client-key-data: b}",
        "client-key: client-key-data is given too; remove one of them",
    )
    .await;
    check_user("{username: a}", "username: username and password go together; give both or none").await;
    check_user("{username: a, password: b, token: t}", "username: a token is given too; remove one of them")
        .await;
    check_user("{token: 't', as-uid: '1'}", "as: as-uid, as-groups and as-user-extra need it; name a user")
        .await;
    check_user("{token: \"a\\nb\"}", "token: remove line breaks").await;
    check_user("{exec: {apiVersion: a}}", "exec.command: name the program").await;
    check_user(
        "{exec: {command: a, apiVersion: client.authentication.k8s.io/v1alpha1}}",
        "exec.apiVersion: set client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1",
    )
    .await;
    check_user(
        "{exec: {command: a, apiVersion: client.authentication.k8s.io/v1}}",
        "exec.interactiveMode: set Never or IfAvailable, as v1 wants it",
    )
    .await;
    check_user(
        "{exec: {command: a, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}}",
        "exec.interactiveMode: a kubelet has no terminal; set Never or IfAvailable",
    )
    .await;
    check_user(
        "{exec: {command: a, apiVersion: client.authentication.k8s.io/v1beta1, env: [{value: b}]}}",
        "exec.env: give each variable a name",
    )
    .await;
}
