use http_body_util::Empty;

use super::*;

/// A runtime that answers every call with a sandbox's id, or with an error when the request is empty.
async fn serve(listener: UnixListener) {
    let (stream, _) = listener.accept().await.unwrap();
    let answer = service_fn(|request: Request<Incoming>| async move {
        let body = request.into_body().collect().await?.to_bytes();
        let response = Response::builder().header("content-type", "application/grpc");
        if body.len() <= 5 {
            let response = response.header("grpc-status", "5").header("grpc-message", "no%20such%25");
            let body: Body = Empty::new().map_err(|never| match never {}).boxed_unsync();
            return anyhow::Ok(response.body(body)?);
        }
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", "0".parse()?);
        let body: Full<Bytes> = Full::new(Bytes::from_static(b"\0\0\0\0\x05\x0a\x03abc"));
        let body = body.with_trailers(std::future::ready(Some(Ok(trailers)))).map_err(|never| match never {});
        let body: Body = body.boxed_unsync();
        Ok(response.body(body)?)
    });
    let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), answer)
        .await;
}

async fn headers_end_the_stream(socket: &Path, path: &str) -> bool {
    let stream = UnixStream::connect(socket).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request =
        Request::post(format!("http://localhost{path}")).body(Full::new(Bytes::from_static(b"\0\0\0\0\0")));
    let response = sender.send_request(request.unwrap()).await.unwrap();
    hyper::body::Body::is_end_stream(response.body())
}

#[tokio::test]
async fn calls_pass_unchanged_and_are_written_down() {
    let directory = tempfile::tempdir().unwrap();
    let (real, mine) = (directory.path().join("real.sock"), directory.path().join("mine.sock"));
    tokio::spawn(serve(UnixListener::bind(&real).unwrap()));
    let recorder = Arc::new(Recorder::default());
    let proxy = start(&mine, &real, Arc::clone(&recorder)).await.unwrap();

    let stop = "/runtime.v1.RuntimeService/StopPodSandbox";
    let run = "/runtime.v1.RuntimeService/RunPodSandbox";
    let version = "/runtime.v1.RuntimeService/Version";
    let request = Bytes::from_static(b"\0\0\0\0\x06\x0a\x04\x0a\x02\x0a\x00");
    let (code, answer) = call(&mine, run, request.clone()).await.unwrap();
    assert_eq!((code, &answer[5..]), (0, &b"\x0a\x03abc"[..]));
    let (code, answer) = call(&mine, stop, Bytes::from_static(b"\0\0\0\0\0")).await.unwrap();
    assert_eq!((code, answer.len()), (5, 0));
    assert!(headers_end_the_stream(&mine, stop).await, "an error's headers are its trailers");
    let (code, _) = call(&mine, version, request).await.unwrap();
    assert_eq!(code, 0);

    let calls = recorder.since(0);
    let told: Vec<(&str, i32, &str)> =
        calls.iter().map(|call| (call.method.as_str(), call.code, call.message.as_str())).collect();
    assert_eq!(
        told,
        [("RunPodSandbox", 0, ""), ("StopPodSandbox", 5, "no such%"), ("StopPodSandbox", 5, "no such%")]
    );
    assert_eq!(calls[0].response["pod_sandbox_id"], "abc");
    assert!(recorder.problems().is_empty());
    proxy.abort();
}

#[tokio::test]
async fn a_request_that_nobody_understands_is_a_problem_of_the_recording() {
    let directory = tempfile::tempdir().unwrap();
    let (real, mine) = (directory.path().join("real.sock"), directory.path().join("mine.sock"));
    tokio::spawn(serve(UnixListener::bind(&real).unwrap()));
    let recorder = Arc::new(Recorder::default());
    let proxy = start(&mine, &real, Arc::clone(&recorder)).await.unwrap();
    let stop = "/runtime.v1.RuntimeService/StopPodSandbox";
    let (code, _) = call(&mine, stop, Bytes::from_static(b"\0\0\0\0\x03\x98\x06\x01")).await.unwrap();
    assert_eq!(code, 0);
    assert_eq!(recorder.problems().len(), 1);
    proxy.abort();
}

#[test]
fn messages_are_decoded() {
    for (text, expected) in [("", ""), ("a%20b", "a b"), ("50%", "50%"), ("%zz", "%zz"), ("%C3%BC", "ü")] {
        assert_eq!(percent_decoded(text), expected);
    }
}
