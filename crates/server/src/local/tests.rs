use super::*;
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use types::{Event, EventKind, EventObject};

struct Fixed {
    pods: Vec<Arc<Pod>>,
    log: PathBuf,
}

impl PodDirectory for Fixed {
    fn list(&self) -> Vec<Arc<Pod>> {
        self.pods.clone()
    }

    fn log_file(&self, uid: &str, container: &str, previous: bool) -> Option<PathBuf> {
        (uid == "u1" && container == "web" && !previous).then(|| self.log.clone())
    }

    fn events(&self) -> Vec<Event> {
        let object = EventObject::pod("default", "web-n", "u1").container("web");
        let now = jiff::Timestamp::UNIX_EPOCH;
        vec![Event::new(EventKind::Normal, object, "Started", "Started container web", now)]
    }
}

fn pods() -> Vec<Arc<Pod>> {
    let pod = json!({
        "metadata": {"namespace": "default", "name": "web-n", "uid": "u1", "annotations": {"kubernetes.io/config.source": "file"}},
        "spec": {"nodeName": "n", "containers": [{"name": "web"}, {"name": "slow"}]},
        "status": {"containerStatuses": [
            {"name": "web", "image": "", "imageID": "", "ready": true, "restartCount": 0, "containerID": "containerd://1",
             "state": {"running": {}}},
            {"name": "slow", "image": "", "imageID": "", "ready": false, "restartCount": 0,
             "state": {"waiting": {"reason": "ContainerCreating"}}},
        ]},
    });
    vec![Arc::new(serde_json::from_value(pod).unwrap())]
}

struct Served {
    root: TempDir,
    stop: Stop,
    task: tokio::task::JoinHandle<()>,
}

impl Served {
    fn start() -> Self {
        let root = TempDir::new().unwrap();
        let log = root.path().join("0.log");
        std::fs::write(&log, "2026-01-01T00:00:00Z stdout F hello\n").unwrap();
        let registry = prometheus::Registry::new();
        let counter = prometheus::IntCounter::new("kubelet_started_pods_total", "Pods started").unwrap();
        registry.register(Box::new(counter)).unwrap();
        let directory = Arc::new(Fixed { pods: pods(), log });
        let api = LocalApi::bind(root.path(), directory, registry).unwrap();
        let stop = Stop::new();
        let task = tokio::spawn(api.run(stop.clone()));
        Self { root, stop, task }
    }

    fn socket(&self) -> PathBuf {
        self.root.path().join(SOCKET_NAME)
    }

    async fn connect(&self, path: &str) -> UnixStream {
        let mut stream = UnixStream::connect(self.socket()).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let mut answer = String::new();
        self.connect(path).await.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }

    async fn get_json(&self, path: &str) -> (u16, Value) {
        let (status, body) = self.get(path).await;
        (status, serde_json::from_str(&body).unwrap())
    }

    async fn end(self) -> TempDir {
        self.stop.request();
        self.task.await.unwrap();
        self.root
    }
}

#[tokio::test]
async fn pods_and_events_and_metrics() {
    let served = Served::start();
    let (status, list) = served.get_json("/v1/pods").await;
    assert_eq!((status, &list["kind"], &list["apiVersion"]), (200, &json!("PodList"), &json!("v1")));
    assert_eq!(list["items"][0]["metadata"]["name"], "web-n");
    assert_eq!(list["items"][0]["status"]["containerStatuses"][0]["containerID"], "containerd://1");

    for name in ["web-n", "web"] {
        let (status, pod) = served.get_json(&format!("/v1/pods/default/{name}")).await;
        assert_eq!((status, &pod["kind"], &pod["metadata"]["uid"]), (200, &json!("Pod"), &json!("u1")));
    }
    let (status, error) = served.get_json("/v1/pods/default/wex").await;
    assert_eq!((status, &error["kind"], &error["reason"]), (404, &json!("Status"), &json!("NotFound")));
    assert_eq!(error["candidates"], json!(["default/web-n"]));

    let (_, events) = served.get_json("/v1/events").await;
    assert_eq!(events["items"][0]["reason"], "Started");
    assert_eq!(events["items"][0]["count"], 1);
    let (status, metrics) = served.get("/metrics").await;
    assert_eq!(status, 200);
    assert!(metrics.contains("kubelet_started_pods_total 0"), "{metrics}");
    assert_eq!(served.get("/v1/nothing").await.0, 404);
    served.end().await;
}

#[tokio::test]
async fn logs() {
    let served = Served::start();
    let (status, body) = served.get("/v1/pods/default/web/log?container=web&tailLines=1").await;
    assert_eq!(status, 200);
    assert!(body.contains("hello\n"), "{body}");
    for (query, status, message) in [
        ("", 400, "pod \"web-n\" has several containers, name one with -c: web, slow"),
        ("container=x", 400, "container \"x\" is not in pod \"web-n\", which has: web, slow"),
        ("container=slow", 400, "container \"slow\" in pod \"web-n\" is waiting to start: ContainerCreating"),
        (
            "container=web&previous=true",
            400,
            "previous terminated container \"web\" in pod \"web-n\" not found",
        ),
        ("container=web&limitBytes=0", 400, "limitBytes must be greater than 0"),
    ] {
        let (seen, error) = served.get_json(&format!("/v1/pods/default/web/log?{query}")).await;
        assert_eq!((seen, &error["message"]), (status, &json!(message)), "{query}");
    }
    assert_eq!(served.get("/v1/pods/default/web/log?tailLines=x").await.0, 400);
    served.end().await;
}

#[tokio::test]
async fn readers_that_never_read_leave_room_for_others() {
    let served = Served::start();
    let path = "/v1/pods/default/web/log?container=web&follow=true";
    let mut followers = Vec::new();
    for _ in 0..MAX_LOG_STREAMS {
        let mut follower = served.connect(path).await;
        let mut first = [0; 1];
        follower.read_exact(&mut first).await.unwrap();
        followers.push(follower);
    }
    assert_eq!(served.get(path).await.0, 429);
    assert_eq!(served.get("/v1/pods").await.0, 200);
    drop(followers);
    let again = async {
        while served.connect(path).await.readable().await.is_err() {}
        loop {
            let mut stream = served.connect(path).await;
            let mut head = [0; 12];
            stream.read_exact(&mut head).await.unwrap();
            if head == *b"HTTP/1.1 200" {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), again).await.expect("slots come back");
    served.end().await;
}

#[tokio::test]
async fn the_socket_is_private_and_goes_away() {
    let served = Served::start();
    let mode = std::fs::metadata(served.socket()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let directory: Arc<dyn PodDirectory> = Arc::new(Fixed { pods: Vec::new(), log: PathBuf::new() });
    let bind =
        |root: &Path| LocalApi::bind(root, Arc::clone(&directory), prometheus::Registry::new()).map(|_| ());
    let second = bind(served.root.path());
    assert!(matches!(second, Err(SocketError::InUse { .. })), "{second:?}");
    let socket = served.socket();
    let root = served.end().await;
    assert!(!socket.exists());

    // Left behind by a kubelet that was killed.
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    assert!(socket.exists());
    bind(root.path()).unwrap();

    std::fs::write(&socket, "").unwrap();
    let error = bind(root.path());
    assert!(matches!(error, Err(SocketError::NotASocket { .. })), "{error:?}");
    std::fs::remove_file(&socket).unwrap();
    std::fs::set_permissions(root.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let error = bind(root.path());
    assert!(matches!(error, Err(SocketError::UnsafeDirectory { mode: 0o777, .. })), "{error:?}");
}
