use super::*;

fn file(path: &str, contents: &str) -> File {
    File { path: path.to_owned(), contents: contents.as_bytes().to_vec() }
}

const GOOD: &str = "\
apiVersion: kubelet.config.k8s.io/v1
kind: CredentialProviderConfig
providers:
- name: ecr-credential-provider
  matchImages: ['*.dkr.ecr.*.amazonaws.com', 'registry.io:8080/path']
  defaultCacheDuration: 12h
  apiVersion: credentialprovider.kubelet.k8s.io/v1
  args: [get-credentials]
  env: [{name: AWS_PROFILE, value: x}]
  tokenAttributes:
    serviceAccountTokenAudience: a
    cacheType: Token
    requireServiceAccount: true
    requiredServiceAccountAnnotationKeys: [example.com/role]
";

#[test]
fn good_files_merge_in_order_of_their_names() {
    let other = GOOD.replace("ecr-credential-provider", "first");
    let files = [file("/b.yaml", GOOD), file("/a.yaml", &other)];
    let config = load_credential_providers(&files, &Gates::default()).unwrap();
    let names: Vec<&str> = config.providers.iter().map(|provider| provider.name.as_str()).collect();
    assert_eq!(names, ["first", "ecr-credential-provider"]);
    let provider = &config.providers[0];
    assert_eq!(provider.default_cache_duration, Some(crate::Duration::from_seconds(43_200)));
    assert_eq!(provider.env[0].name, "AWS_PROFILE");
    assert_eq!(provider.token_attributes.as_ref().unwrap().cache_type, "Token");
}

#[test]
fn one_file_of_several_may_be_empty() {
    let none = "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders: []\n";
    let load = |files: &[File]| load_credential_providers(files, &Gates::default());
    assert_eq!(load(&[file("/a.yaml", none), file("/b.yaml", GOOD)]).unwrap().providers.len(), 1);
    let errors = load(&[file("/a.yaml", none)]).unwrap_err();
    assert_eq!(
        errors.findings[0].to_string(),
        "/a.yaml: providers: Required value: at least 1 item in plugins is required"
    );
}

#[test]
fn mistakes_are_told_with_their_place() {
    let check = |from: &str, to: &str, expected: &[&str]| {
        assert!(GOOD.contains(from), "{from}");
        let files = [file("/c.yaml", &GOOD.replace(from, to))];
        let errors = load_credential_providers(&files, &Gates::default()).unwrap_err();
        let ours: Vec<String> = errors.findings.iter().map(ToString::to_string).collect();
        assert_eq!(ours, expected, "{to}");
    };
    check(
        "ecr-credential-provider",
        "a/b c",
        &[
            "/c.yaml:4:3: providers.name: Invalid value: \"a/b c\": provider name cannot contain '/'",
            "/c.yaml:4:3: providers.name: Invalid value: \"a/b c\": provider name cannot contain spaces",
        ],
    );
    check(
        "12h",
        "-1h",
        &[
            "/c.yaml:6:3: providers.defaultCacheDuration: Invalid value: \"-1h0m0s\": must be greater than or equal to 0",
        ],
    );
    check(
        "  defaultCacheDuration: 12h\n",
        "",
        &["/c.yaml:4:3: providers.defaultCacheDuration: Required value"],
    );
    check(
        "cacheType: Token",
        "cacheType: X",
        &[
            "/c.yaml:12:5: providers.tokenAttributes.cacheType: Unsupported value: \"X\": supported values: \"ServiceAccount\", \"Token\"",
        ],
    );
    check("args:", "argz:", &["/c.yaml:8:3: unknown field \"providers[0].argz\"; did you mean \"args\"?"]);
    check(
        "k8s.io/v1\nkind",
        "k8s.io/v1beta1\nkind",
        &[
            "/c.yaml:10:3: unknown field \"providers[0].tokenAttributes\": it exists in kubelet.config.k8s.io/v1 only",
        ],
    );
    check(
        "registry.io:8080",
        "registry.io:x",
        &[
            "/c.yaml:5:3: providers.matchImages: Invalid value: \"registry.io:x/path\": match image is invalid: parse \"https://registry.io:x/path\": invalid port \":x\" after host",
        ],
    );
    check(
        "k8s.io/v1\n  args",
        "k8s.io/v2\n  args",
        &[
            "/c.yaml:7:3: providers.apiVersion: Unsupported value: \"credentialprovider.kubelet.k8s.io/v2\": supported values: \"credentialprovider.kubelet.k8s.io/v1\", \"credentialprovider.kubelet.k8s.io/v1alpha1\", \"credentialprovider.kubelet.k8s.io/v1beta1\"",
            "/c.yaml:10:3: providers.tokenAttributes: Forbidden: tokenAttributes is only supported for credentialprovider.kubelet.k8s.io/v1 API version",
        ],
    );
    check(
        "requireServiceAccount: true",
        "requireServiceAccount: false",
        &[
            "/c.yaml:14:5: providers.tokenAttributes.requiredServiceAccountAnnotationKeys: Forbidden: requireServiceAccount cannot be false when requiredServiceAccountAnnotationKeys is set",
        ],
    );
    check(
        "kind: CredentialProviderConfig",
        "kind: Foo",
        &["/c.yaml: failed to decode \"Foo\" (wrong Kind): expected CredentialProviderConfig"],
    );
}

#[test]
fn the_same_name_in_two_files_is_refused() {
    let files = [file("/a.yaml", GOOD), file("/b.yaml", GOOD)];
    let errors = load_credential_providers(&files, &Gates::default()).unwrap_err();
    let told = errors.to_string();
    assert!(told.contains("/b.yaml:4:3"), "{told}");
    assert!(told.contains("duplicate provider name \"ecr-credential-provider\""), "{told}");
}
