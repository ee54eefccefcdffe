use super::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Serves one passing and one failing check where `broken`, asks for `path`, compares status and body.
async fn check(broken: bool, path: &str, status: u16, body: &str) {
    let checks = vec![
        Check::ping(),
        Check::new_async(
            "syncloop",
            move || async move { if broken { Err("stuck".to_owned()) } else { Ok(()) } },
        ),
    ];
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = HealthServer::bind(address, checks).await.unwrap();
    let address = server.local_address().unwrap();
    let stop = Stop::new();
    let task = tokio::spawn(server.run(stop.clone()));

    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, seen) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {head}");
    assert_eq!(seen, body, "{path}");

    stop.request();
    task.await.unwrap();
}

#[tokio::test]
async fn answers_as_upstream() {
    check(false, "/healthz", 200, "ok").await;
    check(false, "/healthz/ping", 200, "ok").await;
    check(false, "/healthz/nothing", 404, "404 page not found\n").await;
    check(false, "/metrics", 404, "404 page not found\n").await;
    check(false, "/healthz?verbose", 200, "[+]ping ok\n[+]syncloop ok\nhealthz check passed\n").await;
    let failed = "[+]ping ok\n[-]syncloop failed: reason withheld\nhealthz check failed\n";
    check(true, "/healthz", 500, failed).await;
    check(true, "/healthz/ping", 200, "ok").await;
    check(true, "/healthz/syncloop", 500, "internal server error: stuck\n").await;
    check(true, "/healthz?exclude=syncloop", 200, "ok").await;
    let excluded = "[+]ping ok\n[+]syncloop excluded: ok\nwarn: some health checks cannot be excluded: \
                    no matches for \"b\"\nhealthz check passed\n";
    check(true, "/healthz?verbose&exclude=b&exclude=syncloop", 200, excluded).await;
}

#[tokio::test(start_paused = true)]
async fn a_check_that_hangs_has_failed() {
    let check = Check::new_async("hangs", std::future::pending);
    assert_eq!(check.run().await, Err("no answer within 5 s".to_owned()));
}
