//! Against `h2`'s server, on a pipe that notes what is written at once.

use crate::{Connection, Error, KeepAlive, Settings, Unanswered, connect};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};
use tokio::task::JoinHandle;
use tokio::time::Instant;

const KEEP_ALIVE: KeepAlive =
    KeepAlive { interval: Duration::from_secs(30), deadline: Duration::from_secs(15) };

/// Notes the size of each write.
struct Noting {
    pipe: DuplexStream,
    writes: Arc<Mutex<Vec<usize>>>,
}

impl AsyncRead for Noting {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_read(context, buffer)
    }
}

impl AsyncWrite for Noting {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.pipe).poll_write(context, bytes);
        if let Poll::Ready(Ok(length)) = written {
            self.writes.lock().unwrap().push(length);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_shutdown(context)
    }
}

struct Peer {
    connection: Connection,
    driver: JoinHandle<Result<(), Error>>,
    server: JoinHandle<()>,
    writes: Arc<Mutex<Vec<usize>>>,
}

/// A server that answers with the body it was sent, and trailers; `/hang` never.
async fn peer() -> Peer {
    let (ours, theirs) = duplex(64 * 1024);
    let server = tokio::spawn(async move {
        let mut connection = h2::server::handshake(theirs).await.unwrap();
        let mut hanging = Vec::new();
        while let Some(Ok((request, mut answer))) = connection.accept().await {
            if request.uri().path() == "/hang" {
                hanging.push(answer);
                continue;
            }
            tokio::spawn(async move {
                let length = request.headers().get("content-length").cloned();
                let mut body = request.into_body();
                let mut stream = answer.send_response(Response::new(()), false).unwrap();
                while let Some(Ok(data)) = body.data().await {
                    body.flow_control().release_capacity(data.len()).unwrap();
                    stream.send_data(data, false).unwrap();
                }
                let trailers = length.into_iter().map(|length| ("length".parse().unwrap(), length));
                stream.send_trailers(trailers.collect()).unwrap();
            });
        }
    });
    let writes = Arc::default();
    let stream = Noting { pipe: ours, writes: Arc::clone(&writes) };
    let settings = Settings { max_header_bytes: 16 * 1024, keep_alive: Some(KEEP_ALIVE) };
    let (connection, driver) = connect(stream, settings).await.unwrap();
    Peer { connection, driver: tokio::spawn(driver), server, writes }
}

fn request(method: &str, path: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    let builder = Request::builder().method(method).uri(format!("http://localhost{path}"));
    builder.body(body.into()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_request_is_one_write() {
    let peer = peer().await;
    for (method, body, length) in [
        ("POST", Bytes::from("short"), Some("5")),
        ("PATCH", Bytes::from(vec![b'x'; 200]), Some("200")),
        ("POST", Bytes::new(), Some("0")),
        ("GET", Bytes::new(), None),
    ] {
        peer.writes.lock().unwrap().clear();
        let answer = peer.connection.send(request(method, "/", body.clone())).await.unwrap();
        let written = peer.writes.lock().unwrap().clone();
        let answer = answer.into_body().collect().await.unwrap();
        let told = answer.trailers().and_then(|trailers| trailers.get("length")?.to_str().ok());
        assert_eq!(told, length, "{method}");
        assert_eq!(answer.to_bytes(), body, "{method}");
        // What else is written are acknowledgements, which are small.
        let large = written.iter().filter(|length| **length > 30).count();
        assert!(large <= 1, "{method}: {written:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_may_be_larger_than_the_servers_window() {
    let peer = peer().await;
    let body = Bytes::from(vec![7; 1_000_000]);
    let answer = peer.connection.send(request("POST", "/", body.clone())).await.unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), body);
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_fails_with_the_connection() {
    for does_server_go in [true, false] {
        let peer = peer().await;
        let hanging = tokio::spawn({
            let connection = peer.connection.clone();
            async move { connection.send(request("GET", "/hang", "")).await.map(drop) }
        });
        tokio::time::sleep(Duration::from_secs(1)).await;
        match does_server_go {
            true => peer.server.abort(),
            false => peer.driver.abort(),
        }
        let failed = hanging.await.unwrap().unwrap_err();
        assert!(matches!(failed, Unanswered::Sent(Error::Protocol(_))), "{failed:?}");
        peer.driver.await.ok();
        assert!(peer.connection.is_over());
        let failed = peer.connection.send(request("POST", "/", "again")).await.map(drop).unwrap_err();
        assert!(matches!(failed, Unanswered::Unsent(unsent, _) if *unsent.body() == "again"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_left() {
    let (ours, theirs) = duplex(64 * 1024);
    let settings = Settings { max_header_bytes: 16 * 1024, keep_alive: Some(KEEP_ALIVE) };
    let (_connection, driver) = connect(ours, settings).await.unwrap();
    let began = Instant::now();
    let error = driver.await.unwrap_err();
    assert!(matches!(error, Error::Silent), "{error:?}");
    assert_eq!(began.elapsed(), KEEP_ALIVE.interval + KEEP_ALIVE.deadline);
    drop(theirs);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_lives_is_not_left() {
    let peer = peer().await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert!(!peer.connection.is_over());
    assert_eq!(peer.connection.max_streams(), usize::MAX);
}
