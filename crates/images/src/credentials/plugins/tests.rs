use super::*;
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;
use tasks::testing::write_script;

const V1: &str = "credentialprovider.kubelet.k8s.io/v1";

/// A directory with one program, a shell script that counts its runs.
struct Directory {
    root: tempfile::TempDir,
}

impl Directory {
    fn new(script: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        let program = root.path().join("provider");
        let runs = root.path().join("runs");
        write_script(&program, &format!("#!/bin/sh\necho x >> {}\n{script}\n", runs.display()));
        Self { root }
    }

    fn runs(&self) -> usize {
        std::fs::read_to_string(self.file("runs")).unwrap_or_default().lines().count()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn plugins(&self, settings: ProviderSettings, accounts: Option<Arc<dyn ServiceAccounts>>) -> Plugins {
        let metrics = Metrics::new(&prometheus::Registry::new(), "sha256:0").unwrap();
        let clock = Clock::simulated(Timestamp::UNIX_EPOCH);
        Plugins::new(vec![settings], self.root.path(), accounts, clock, metrics)
    }
}

fn settings() -> ProviderSettings {
    ProviderSettings {
        name: "provider".to_owned(),
        match_images: vec!["*.registry.io".to_owned(), "kubelet.test:5000/team".to_owned()],
        default_cache_duration: Duration::ZERO,
        api_version: V1.to_owned(),
        arguments: Vec::new(),
        environment: Vec::new(),
        tokens: None,
    }
}

fn answer(cache_key_type: &str, more: &str) -> String {
    format!(
        r#"cat > "$(dirname "$0")/request"
echo '{{"kind":"CredentialProviderResponse","apiVersion":"{V1}","cacheKeyType":"{cache_key_type}"{more},"auth":{{"*.registry.io":{{"username":"u","password":"p"}}}}}}'"#
    )
}

const POD: PodIdentity<'_> =
    PodIdentity { namespace: "ns", name: "web", uid: "u1", service_account: "builder" };

async fn users(plugins: &Plugins, image: &str) -> Vec<String> {
    let found = plugins.keyring(image, POD).await.look_up(image);
    found.into_iter().map(|found| found.credential.username).collect()
}

#[tokio::test]
async fn only_images_that_it_knows_are_asked_for() {
    let directory = Directory::new(&answer("Image", ""));
    let plugins = directory.plugins(settings(), None);
    for image in ["docker.io/library/busybox", "registry.io/a", "kubelet.test:5000/other"] {
        assert!(users(&plugins, image).await.is_empty(), "{image}");
    }
    assert_eq!(directory.runs(), 0);
    assert_eq!(users(&plugins, "eu.registry.io/a").await, ["u"]);
    let request = std::fs::read_to_string(directory.file("request")).unwrap();
    assert_eq!(
        request,
        format!(
            "{{\"kind\":\"CredentialProviderRequest\",\"apiVersion\":\"{V1}\",\"image\":\"eu.registry.io/a\"}}\n"
        )
    );
}

#[tokio::test]
async fn arguments_and_environment_arrive_unread_by_a_shell() {
    let script =
        format!("printf '%s|' \"$@\" \"$COLOUR\" > \"$(dirname \"$0\")/seen\"\n{}", answer("Image", ""));
    let directory = Directory::new(&script);
    let settings = ProviderSettings {
        arguments: vec!["$(id)".to_owned(), "two words".to_owned()],
        environment: vec![("COLOUR".to_owned(), "blue".to_owned())],
        ..settings()
    };
    users(&directory.plugins(settings, None), "eu.registry.io/a").await;
    assert_eq!(std::fs::read_to_string(directory.file("seen")).unwrap(), "$(id)|two words|blue|");
}

#[tokio::test]
async fn answers_are_kept_as_they_say() {
    // What is asked one after the other, and how often the program runs for it.
    for (kind, more, default, images, runs) in [
        ("Image", "", 0, &["a.registry.io/x", "a.registry.io/x"][..], 2),
        ("Image", "", 60, &["a.registry.io/x", "a.registry.io/x", "a.registry.io/y"], 2),
        ("Image", r#","cacheDuration":"0s""#, 60, &["a.registry.io/x", "a.registry.io/x"], 2),
        ("Image", r#","cacheDuration":"1h""#, 0, &["a.registry.io/x", "a.registry.io/x"], 1),
        (
            "Registry",
            r#","cacheDuration":"1h""#,
            0,
            &["a.registry.io/x", "a.registry.io/y", "b.registry.io/x"],
            2,
        ),
        ("Global", r#","cacheDuration":"1h""#, 0, &["a.registry.io/x", "b.registry.io/x"], 1),
    ] {
        let directory = Directory::new(&answer(kind, more));
        let settings =
            ProviderSettings { default_cache_duration: Duration::from_secs(default), ..settings() };
        let plugins = directory.plugins(settings, None);
        for image in images {
            assert_eq!(users(&plugins, image).await, ["u"], "{kind}{more}");
        }
        assert_eq!(directory.runs(), runs, "{kind}{more} {images:?}");
    }
}

#[tokio::test]
async fn what_is_over_is_asked_again() {
    let directory = Directory::new(&answer("Global", r#","cacheDuration":"10s""#));
    let plugins = directory.plugins(settings(), None);
    users(&plugins, "a.registry.io/x").await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(9)).await;
    tokio::time::resume();
    users(&plugins, "a.registry.io/x").await;
    assert_eq!(directory.runs(), 1);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(2)).await;
    tokio::time::resume();
    users(&plugins, "a.registry.io/x").await;
    assert_eq!(directory.runs(), 2);
}

#[tokio::test]
async fn one_question_of_many_pods_runs_it_once() {
    let directory = Directory::new(&format!("sleep 0.2\n{}", answer("Image", r#","cacheDuration":"0s""#)));
    let plugins = directory.plugins(settings(), None);
    let all = futures::future::join_all((0..5).map(|_| users(&plugins, "a.registry.io/x"))).await;
    assert!(all.iter().all(|users| users == &["u"]), "{all:?}");
    assert_eq!(directory.runs(), 1);
}

#[tokio::test]
async fn failures_give_nothing_and_are_counted() {
    let endless = format!("yes | head -c {}", 5 * 1024 * 1024);
    for (script, errors) in [
        ("echo no >&2; exit 3", 1),
        (endless.as_str(), 1),
        ("kill -9 $$", 1),
        // It ran; its answer is none.
        ("echo '{}'", 0),
        ("exec 0<&-; true", 0),
    ] {
        let directory = Directory::new(script);
        let plugins = directory.plugins(settings(), None);
        assert!(users(&plugins, "a.registry.io/x").await.is_empty(), "{script}");
        let metrics = &plugins.0[0].metrics();
        assert_eq!(metrics.errors.with_label_values(&["provider"]).get(), errors, "{script}");
        assert_eq!(metrics.duration.with_label_values(&["provider"]).get_sample_count(), 1, "{script}");
    }
    let missing = ProviderSettings { name: "absent".to_owned(), ..settings() };
    assert!(users(&Directory::new("").plugins(missing, None), "a.registry.io/x").await.is_empty());
}

#[tokio::test]
async fn a_program_that_hangs_is_killed() {
    let directory = Directory::new("exec sleep 1000");
    let plugins = directory.plugins(settings(), None);
    // Paused time runs on as soon as nothing else can.
    tokio::time::pause();
    let started_at = tokio::time::Instant::now();
    assert!(users(&plugins, "a.registry.io/x").await.is_empty());
    assert_eq!(started_at.elapsed().as_secs(), 60);
}

#[derive(Default)]
struct Accounts {
    facts: AccountFacts,
    wishes: Mutex<Vec<TokenWish>>,
}

#[async_trait]
impl ServiceAccounts for Accounts {
    async fn account(&self, _namespace: &str, name: &str) -> Result<AccountFacts, AccountError> {
        match name {
            "builder" => Ok(self.facts.clone()),
            other => Err(AccountError(format!("serviceaccounts {other:?} not found"))),
        }
    }

    async fn token(&self, wish: &TokenWish) -> Result<String, AccountError> {
        self.wishes.lock().unwrap().push(wish.clone());
        Ok(format!("token-{}", wish.pod_uid))
    }
}

fn tokens() -> TokenSettings {
    TokenSettings {
        audience: "registry".to_owned(),
        cache: TokenCache::ServiceAccount,
        requires_service_account: true,
        required_annotations: vec!["role".to_owned()],
        optional_annotations: vec!["region".to_owned(), "absent".to_owned()],
    }
}

fn builder() -> Arc<Accounts> {
    let annotations = [("role", "r"), ("region", "eu"), ("other", "o")];
    let annotations = annotations.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let facts = AccountFacts { uid: "sa-uid".to_owned(), annotations: BTreeMap::from(annotations) };
    Arc::new(Accounts { facts, wishes: Mutex::default() })
}

#[tokio::test]
async fn a_program_is_given_a_token_of_the_pods_account() {
    let directory = Directory::new(&answer("Image", r#","cacheDuration":"1h""#));
    let accounts = builder();
    let plugins =
        directory.plugins(ProviderSettings { tokens: Some(tokens()), ..settings() }, Some(accounts.clone()));
    let found = plugins.keyring("a.registry.io/x", POD).await.look_up("a.registry.io/x");
    let coordinates = super::super::Coordinates {
        uid: "sa-uid".to_owned(),
        namespace: "ns".to_owned(),
        name: "builder".to_owned(),
    };
    assert_eq!(found[0].source, Source::ServiceAccount(coordinates.clone()));
    let request = std::fs::read_to_string(directory.file("request")).unwrap();
    assert!(
        request.contains(
            r#""serviceAccountToken":"token-u1","serviceAccountAnnotations":{"region":"eu","role":"r"}"#
        ),
        "{request}"
    );
    assert_eq!(accounts.wishes.lock().unwrap()[0].audience, "registry");
    // Another pod of the account has the same answer, and the same owner.
    let other = PodIdentity { name: "api", uid: "u2", ..POD };
    let again = plugins.keyring("a.registry.io/x", other).await.look_up("a.registry.io/x");
    assert_eq!(again[0].source, Source::ServiceAccount(coordinates));
    assert_eq!(directory.runs(), 1);
}

#[tokio::test]
async fn accounts_decide_whether_it_is_asked() {
    let echo = r#"read -r line; token=$(printf %s "$line" | sed 's/.*Token":"\([^"]*\)".*/\1/')
echo '{"kind":"CredentialProviderResponse","apiVersion":"credentialprovider.kubelet.k8s.io/v1","cacheKeyType":"Global","cacheDuration":"1h","auth":{"*.registry.io":{"username":"u","password":"'"$token"'"}}}'"#;
    let usual = answer("Global", r#","cacheDuration":"1h""#);
    let required =
        |annotation: &str| TokenSettings { required_annotations: vec![annotation.to_owned()], ..tokens() };
    let optional =
        TokenSettings { requires_service_account: false, required_annotations: Vec::new(), ..tokens() };
    let by_token = TokenSettings { cache: TokenCache::Token, ..tokens() };
    for (what, script, tokens, accounts, pods, expected, runs) in [
        ("no API server", &usual, tokens(), false, &[("builder", "u1")][..], false, 0),
        ("no account", &usual, tokens(), true, &[("", "u1")], false, 0),
        ("no account, allowed", &usual, optional, true, &[("", "u1")], true, 1),
        ("unknown account", &usual, tokens(), true, &[("gone", "u1")], false, 0),
        ("annotation missing", &usual, required("never"), true, &[("builder", "u1")], false, 0),
        ("one answer per account", &usual, tokens(), true, &[("builder", "u1"), ("builder", "u2")], true, 1),
        (
            "one answer per token",
            &usual,
            by_token.clone(),
            true,
            &[("builder", "u1"), ("builder", "u2")],
            true,
            2,
        ),
        ("the token as password", &echo.to_owned(), tokens(), true, &[("builder", "u1")], false, 1),
        ("the token as password, per token", &echo.to_owned(), by_token, true, &[("builder", "u1")], true, 1),
    ] {
        let directory = Directory::new(script);
        let accounts = accounts.then(|| builder() as Arc<dyn ServiceAccounts>);
        let plugins = directory.plugins(ProviderSettings { tokens: Some(tokens), ..settings() }, accounts);
        for (service_account, uid) in pods {
            let pod = PodIdentity { service_account, uid, ..POD };
            let found = plugins.keyring("a.registry.io/x", pod).await.look_up("a.registry.io/x");
            assert_eq!(!found.is_empty(), expected, "{what}");
        }
        assert_eq!(directory.runs(), runs, "{what}");
    }
}
