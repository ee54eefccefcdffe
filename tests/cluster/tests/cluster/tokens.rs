//! Tokens of a pod's service account, and how they are renewed while the pod runs.

use anyhow::{Context, ensure};
use cluster::cases;
use cluster::nodes::{SECOND, for_any_node, has_second};
use cluster::objects::{pod, shell_spec, with_volume};
use cluster::space::Space;
use cluster::status::container_id;
use cluster::suite::Case;
use cluster::tokens::{API_SERVER, is_the_pods_own};
use e2e::harness::Rest;
use e2e::node::{first, uid};
use e2e::wait::{self, BOUND};
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) const SHARED: &[Case] = cases![Shared: the_token_is_the_pods_own];

pub(crate) const SPANNING: &[Case] = cases![Spanning: a_token_is_renewed_in_time];

/// The shortest life of a token that the API server gives.
const LIFETIME: Duration = Duration::from_secs(600);
/// It is renewed at four fifths of its life, up to ten seconds earlier (`pkg/kubelet/token/token_manager.go`); the server counts
/// whole seconds.
const EARLIEST_RENEWAL: Duration = Duration::from_secs(468);

async fn the_token_is_the_pods_own(space: Space) -> anyhow::Result<()> {
    let volume = json!({ "projected": { "sources": [
        { "serviceAccountToken": { "path": "token", "audience": "somebody", "expirationSeconds": 600 } },
    ] } });
    let ready = space.run(with_volume("token", volume)).await?;
    let usual = "/var/run/secrets/kubernetes.io/serviceaccount";
    for (file, audience) in [(format!("{usual}/token"), API_SERVER), ("/volume/token".to_owned(), "somebody")]
    {
        let token = space.exec("token", "main", &format!("cat {file}")).await?;
        is_the_pods_own(&space, &ready, &token, audience).await.context(file)?;
    }
    space.prints("token", &format!("cat {usual}/namespace"), &space.namespace).await?;
    space.prints("token", &format!("cat {usual}/ca.crt"), "BEGIN CERTIFICATE").await?;
    Ok(())
}

/// On the second node: nobody ends its kubelet. The API server is ended by others meanwhile, which a token has to survive.
async fn a_token_is_renewed_in_time(space: Space) -> anyhow::Result<Rest> {
    has_second(&space.cluster).await?;
    let directory = space.directory()?;
    let before = space.run(watcher(&directory)).await?;
    let seen = Seen { directory };
    let first = seen.tokens(1, BOUND).await?.remove(0);
    is_the_pods_own(&space, &before, &first.text, API_SERVER).await?;
    Ok(Box::pin(async move { renewed(&space, &before, &seen).await }))
}

async fn renewed(space: &Space, before: &Pod, seen: &Seen) -> anyhow::Result<()> {
    let tokens = seen.tokens(2, LIFETIME).await?;
    for pair in tokens.windows(2) {
        let age = pair[1].seen_at.saturating_sub(pair[0].seen_at);
        ensure!((EARLIEST_RENEWAL..LIFETIME).contains(&age), "renewed after {age:?}");
    }
    let newest = tokens.last().context("at least two")?;
    is_the_pods_own(space, before, &newest.text, API_SERVER).await.context("the renewed token")?;
    let trouble = fs::read_to_string(seen.directory.join("trouble")).unwrap_or_default();
    ensure!(trouble.is_empty(), "the file was not always a token: {trouble}");
    let after = space.ready("watcher").await?;
    ensure!(uid(&after) == uid(before), "it is another pod");
    ensure!(
        first(&after).restart_count == 0 && container_id(&after, "main") == container_id(before, "main"),
        "the container was started anew: {:?}",
        after.status
    );
    Ok(())
}

/// A pod that looks at its token five times a second, and writes down each new one, and whatever it finds that is none.
fn watcher(directory: &Path) -> Value {
    let script = "trap 'exit 0' TERM; last=none; while :; do \
        token=; read -r token < /volume/token; \
        case $token in \
            $last) ;; \
            *.*.*) last=$token; echo \"$(date +%s) $token\" >> /seen/tokens ;; \
            *) echo \"$(date +%s) [$token]\" >> /seen/trouble ;; \
        esac; sleep 0.2; done";
    let mut spec = for_any_node(shell_spec(script));
    spec["nodeName"] = json!(SECOND);
    spec["volumes"] = json!([
        { "name": "volume", "projected": { "sources": [
            { "serviceAccountToken": { "path": "token", "expirationSeconds": LIFETIME.as_secs() } },
        ] } },
        { "name": "seen", "hostPath": { "path": directory } },
    ]);
    spec["containers"][0]["volumeMounts"] =
        json!([{ "name": "volume", "mountPath": "/volume" }, { "name": "seen", "mountPath": "/seen" }]);
    pod("watcher", spec)
}

/// What the pod has seen.
struct Seen {
    directory: PathBuf,
}

/// A token, and when it was seen first, since the epoch.
#[derive(Debug)]
struct Token {
    seen_at: Duration,
    text: String,
}

impl Seen {
    /// Waits until there were so many tokens, or more.
    async fn tokens(&self, count: usize, bound: Duration) -> anyhow::Result<Vec<Token>> {
        wait::until(&format!("{count} tokens were seen"), bound, || async {
            let lines = fs::read_to_string(self.directory.join("tokens")).unwrap_or_default();
            let tokens: Vec<Token> = lines.lines().filter_map(Token::read).collect();
            if tokens.len() >= count { Ok(tokens) } else { Err(tokens) }
        })
        .await
    }
}

impl Token {
    fn read(line: &str) -> Option<Self> {
        let (seconds, text) = line.split_once(' ')?;
        Some(Self { seen_at: Duration::from_secs(seconds.parse().ok()?), text: text.to_owned() })
    }
}
