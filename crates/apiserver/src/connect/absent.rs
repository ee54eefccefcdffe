//! Fields of a kubeconfig that are there and say nothing: `token: ""`, as templates write them, is no token, as in Go.

use kube::config::Kubeconfig as Document;
use secrecy::{ExposeSecret, SecretString};
use std::path::Path;

/// Takes them away. `directory` is the kubeconfig's, relative to which paths were read: an empty one has become it.
pub(super) fn forget_empty(document: &mut Document, directory: &Path) {
    let path = |field: &mut Option<String>| {
        field.take_if(|path| path.is_empty() || Path::new(path) == directory);
    };
    for cluster in document.clusters.iter_mut().filter_map(|cluster| cluster.cluster.as_mut()) {
        path(&mut cluster.certificate_authority);
        text(&mut cluster.certificate_authority_data);
        text(&mut cluster.tls_server_name);
        text(&mut cluster.proxy_url);
    }
    for user in document.auth_infos.iter_mut().filter_map(|user| user.auth_info.as_mut()) {
        path(&mut user.client_certificate);
        text(&mut user.client_certificate_data);
        path(&mut user.client_key);
        secret(&mut user.client_key_data);
        path(&mut user.token_file);
        secret(&mut user.token);
        text(&mut user.username);
        secret(&mut user.password);
        text(&mut user.impersonate);
        text(&mut user.impersonate_uid);
    }
}

fn text(field: &mut Option<String>) {
    field.take_if(|text| text.is_empty());
}

fn secret(field: &mut Option<SecretString>) {
    field.take_if(|secret| secret.expose_secret().is_empty());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_fields_are_as_none() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("kubeconfig");
        let content = |empty: &str| {
            format!(
                "clusters: [{{name: c, cluster: {{server: 'https://a', certificate-authority: {empty}, \
                 certificate-authority-data: {empty}, tls-server-name: {empty}, proxy-url: {empty}}}}}]\n\
                 users: [{{name: u, user: {{client-certificate: {empty}, client-certificate-data: {empty}, \
                 client-key: {empty}, client-key-data: {empty}, tokenFile: {empty}, token: {empty}, \
                 username: {empty}, password: {empty}, as: {empty}, as-uid: {empty}}}}}]\n"
            )
        };
        let read = |empty: &str| {
            std::fs::write(&file, content(empty)).expect("written");
            let mut document = Document::read_from(&file).expect("a kubeconfig");
            forget_empty(&mut document, directory.path());
            // Secrets are not shown as text; whether there is one is.
            format!("{:?} {:?}", document.clusters[0].cluster, document.auth_infos[0].auth_info)
        };
        assert_eq!(read("''"), read("null"));
        assert_ne!(read("x"), read("null"));
    }
}
