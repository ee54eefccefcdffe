//! The URL source and a small server on loopback.

use super::{UrlSettings, UrlSource};
use crate::sources::{EVENT_QUEUE, NodeIdentity, SourceEvent};
use hyper::header::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tasks::{Clock, Stop, watch};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

const PERIOD: Duration = Duration::from_secs(20);

/// What the server says.
#[derive(Clone, Debug)]
enum Answer {
    /// A status and a body.
    Plain(u16, String),
    /// Look there.
    Elsewhere(String),
    /// Nothing, ever.
    Silence,
}

#[derive(Default)]
struct Served {
    answer: Option<Answer>,
    /// Heads of the requests so far.
    requests: Vec<String>,
}

struct Server {
    address: String,
    served: Arc<Mutex<Served>>,
    _task: AbortOnDropHandle<()>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let served = Arc::new(Mutex::new(Served::default()));
        let shared = served.clone();
        let task = tokio::spawn(async move {
            let mut silent = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n")
                    && stream.read_buf(&mut head).await.is_ok_and(|read| read > 0)
                {}
                let answer = {
                    let mut served = shared.lock().expect("not poisoned");
                    served.requests.push(String::from_utf8_lossy(&head).into_owned());
                    served.answer.clone()
                };
                let text = match answer {
                    Some(Answer::Plain(status, body)) => format!(
                        "HTTP/1.1 {status} Status\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                        body.len()
                    ),
                    Some(Answer::Elsewhere(location)) => format!(
                        "HTTP/1.1 302 Found\r\nconnection: close\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
                    ),
                    Some(Answer::Silence) | None => {
                        silent.push(stream);
                        continue;
                    }
                };
                stream.write_all(text.as_bytes()).await.ok();
            }
        });
        Self { address, served, _task: AbortOnDropHandle::new(task) }
    }

    fn says(&self, answer: Answer) {
        self.served.lock().expect("not poisoned").answer = Some(answer);
    }

    fn last_request(&self) -> String {
        self.served.lock().expect("not poisoned").requests.last().cloned().unwrap_or_default().to_lowercase()
    }
}

struct Source {
    events: mpsc::Receiver<SourceEvent>,
    settings: watch::Sender<UrlSettings>,
    /// Name by UID.
    pods: BTreeMap<String, String>,
    is_synced: bool,
    /// Events since the last look.
    news: usize,
    _task: AbortOnDropHandle<()>,
}

impl Source {
    fn new(server: &Server) -> Self {
        let headers =
            HeaderMap::from_iter([(hyper::header::AUTHORIZATION, HeaderValue::from_static("secret"))]);
        let url = Some(format!("{}/pods", server.address).parse().expect("a URL"));
        let (settings, settings_rx) = watch::channel(UrlSettings { url, headers, period: PERIOD });
        let source = UrlSource {
            settings: settings_rx,
            node: NodeIdentity { name: "node".into() },
            clock: Clock::simulated(Timestamp::UNIX_EPOCH),
        };
        let (events_tx, events) = mpsc::channel(EVENT_QUEUE);
        let task = AbortOnDropHandle::new(tokio::spawn(source.run(events_tx, Stop::new())));
        Self { events, settings, pods: BTreeMap::new(), is_synced: false, news: 0, _task: task }
    }

    /// The wanted pods after some fetches more.
    async fn settled(&mut self) -> Vec<&str> {
        tokio::time::sleep(PERIOD * 4).await;
        self.news = 0;
        while let Ok(event) = self.events.try_recv() {
            self.news += 1;
            match event {
                SourceEvent::Upsert(wanted) => {
                    self.pods.insert(wanted.uid.to_string(), wanted.name.name.to_string());
                }
                SourceEvent::Remove(_, uid) => {
                    self.pods.remove(uid.as_str());
                }
                SourceEvent::Synced(_) => self.is_synced = true,
            }
        }
        let mut names: Vec<&str> = self.pods.values().map(|name| name.trim_end_matches("-node")).collect();
        names.sort_unstable();
        names
    }
}

fn pod(name: &str) -> String {
    format!(
        r#"{{"apiVersion": "v1", "kind": "Pod", "metadata": {{"name": "{name}"}}, "spec": {{"containers": [{{"name": "c", "image": "i"}}]}}}}"#
    )
}

fn list(names: &[&str]) -> String {
    let pods: Vec<String> = names.iter().map(|name| pod(name)).collect();
    format!(r#"{{"apiVersion": "v1", "kind": "PodList", "items": [{}]}}"#, pods.join(","))
}

#[tokio::test(start_paused = true)]
async fn the_last_good_answer_counts() {
    let server = Server::start().await;
    let good = |body: String| Answer::Plain(200, body);
    server.says(Answer::Plain(500, "later".to_owned()));
    let mut source = Source::new(&server);
    assert!(source.settled().await.is_empty());
    assert!(!source.is_synced, "nothing is known yet, so nothing may be ended");
    let steps: Vec<(&str, Answer, &[&str])> = vec![
        ("a pod", good(pod("a")), &["a"]),
        ("a list", good(list(&["a", "b"])), &["a", "b"]),
        ("an error of the server", Answer::Plain(503, String::new()), &["a", "b"]),
        ("another success", Answer::Plain(202, pod("c")), &["a", "b"]),
        ("nothing", good(String::new()), &["a", "b"]),
        ("nonsense", good("<html>".to_owned()), &["a", "b"]),
        ("a pod that is refused", good(pod("Not_A_Name")), &["a", "b"]),
        ("more than an answer may have", good("#".repeat(11 << 20)), &["a", "b"]),
        ("a circle", Answer::Elsewhere(format!("{}/pods", server.address)), &["a", "b"]),
        ("no answer", Answer::Silence, &["a", "b"]),
        ("another pod", good(pod("c")), &["c"]),
        ("an empty list", good(list(&[])), &[]),
    ];
    for (what, answer, expected) in steps {
        server.says(answer);
        assert_eq!(source.settled().await, expected, "{what}");
        assert!(source.is_synced, "{what}");
        assert_eq!(source.settled().await, expected, "{what}, again");
        assert_eq!(source.news, 0, "{what}: nothing new is nothing to tell");
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_answer_is_one() {
    let server = Server::start().await;
    server.says(Answer::Plain(200, String::new()));
    let mut source = Source::new(&server);
    assert!(source.settled().await.is_empty());
    assert!(source.is_synced, "who waits for all sources would wait for ever");
}

#[tokio::test(start_paused = true)]
async fn credentials_go_to_the_configured_place_alone() {
    let (server, other) = (Server::start().await, Server::start().await);
    server.says(Answer::Elsewhere(format!("{}/elsewhere", other.address)));
    other.says(Answer::Plain(200, pod("a")));
    let mut source = Source::new(&server);
    assert_eq!(source.settled().await, ["a"]);
    assert!(server.last_request().contains("authorization: secret"));
    assert!(other.last_request().starts_with("get /elsewhere"), "{}", other.last_request());
    assert!(!other.last_request().contains("authorization"), "{}", other.last_request());
}

#[tokio::test(start_paused = true)]
async fn a_url_that_is_taken_away_wants_nothing() {
    let server = Server::start().await;
    server.says(Answer::Plain(200, pod("a")));
    let mut source = Source::new(&server);
    assert_eq!(source.settled().await, ["a"]);
    source.settings.send_modify(|settings| settings.url = None);
    assert!(source.settled().await.is_empty());
}
