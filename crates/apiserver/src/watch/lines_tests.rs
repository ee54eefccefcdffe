use super::*;
use futures::{Stream, StreamExt, stream};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::StreamBody;
use std::convert::Infallible;
use tower::service_fn;

/// The body of an answer that brings these chunks.
async fn body(chunks: impl Stream<Item = String> + Send + Clone + 'static) -> Body {
    let service = service_fn(move |_: Request<Body>| {
        let frames = chunks.clone().map(|chunk| Ok::<_, Infallible>(Frame::data(Bytes::from(chunk))));
        std::future::ready(Ok::<_, Infallible>(Response::new(StreamBody::new(frames))))
    });
    let client = kube::Client::new(service, "default");
    client.send(Request::new(Body::empty())).await.expect("an answer").into_body()
}

fn chunks(chunks: &[&str]) -> impl Stream<Item = String> + Send + Clone + 'static + use<> {
    stream::iter(chunks.iter().map(|chunk| chunk.to_string()).collect::<Vec<_>>())
}

async fn check(name: &str, chunks: &[&str], expected: &[&str]) {
    let mut lines = Lines::new(body(self::chunks(chunks)).await, 60);
    let mut seen = Vec::new();
    while let Some(line) = lines.next().await.expect("no error") {
        seen.push(String::from_utf8(line.to_vec()).expect("text"));
    }
    assert_eq!(seen, expected, "{name}");
}

#[tokio::test(start_paused = true)]
async fn lines_are_cut_wherever_the_chunks_end() {
    check("nothing", &[], &[]).await;
    check("one", &["one\n"], &["one"]).await;
    check("several in a chunk", &["one\ntwo\nthree\n"], &["one", "two", "three"]).await;
    check("one in several chunks", &["o", "n", "e\nt", "wo\n"], &["one", "two"]).await;
    check("an end of its own", &["one", "\n", "\n"], &["one", ""]).await;
    check("cut off", &["one\ntw"], &["one"]).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_too_long_or_overdue_is_an_error() {
    let chunk = "x".repeat(1024 * 1024);
    let mut lines = Lines::new(body(chunks(&[chunk.as_str(); 18])).await, 60);
    assert!(matches!(lines.next().await, Err(LineError::TooLong)));

    let mut lines = Lines::new(body(stream::pending()).await, 60);
    let start = Instant::now();
    assert!(matches!(lines.next().await, Err(LineError::Overdue)));
    assert_eq!(start.elapsed().as_secs(), 90);
}
