use super::*;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::mpsc;

/// Three lines of the container; the second is in three pieces, the fourth entry is garbage, the last has no newline yet.
const LOG: &str = "\
2026-01-01T00:00:01.5Z stdout F one
2026-01-01T00:00:02.000000001+01:00 stderr P tw
2026-01-01T00:00:02.000000002+01:00 stderr P o
2026-01-01T00:00:02.000000003+01:00 stderr F !
what is this
2026-01-01T00:00:04Z stdout F:x three
2026-01-01T00:00:05Z stdout F unfinished";

const DOCKER: &str = "{\"log\":\"a\\n\",\"stream\":\"stdout\",\"time\":\"2026-01-01T00:00:01.25Z\"}\n\
                      {\"log\":\"b\",\"stream\":\"stderr\",\"time\":\"2026-01-01T00:00:02Z\"}\n";

fn written(text: &str) -> (TempDir, PathBuf) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("0.log");
    fs::write(&path, text).unwrap();
    (directory, path)
}

async fn read(path: &Path, options: LogOptions) -> String {
    let (chunks_tx, mut chunks_rx) = mpsc::channel(1);
    let reader = LogReader::open(path, options).await.unwrap();
    let task = tokio::spawn(reader.run(chunks_tx, || false));
    let mut output = Vec::new();
    while let Some(chunk) = chunks_rx.recv().await {
        output.extend_from_slice(&chunk);
    }
    task.await.unwrap().unwrap();
    String::from_utf8(output).unwrap()
}

async fn check(text: &str, options: LogOptions, expected: &str) {
    let (_directory, path) = written(text);
    assert_eq!(read(&path, options.clone()).await, expected, "{options:?}");
    // A container that has ended reads the same when followed.
    let followed = LogOptions { follow: true, ..options };
    assert_eq!(read(&path, followed).await, expected, "followed");
}

fn all() -> LogOptions {
    LogOptions::default()
}

#[tokio::test]
async fn formats() {
    check(LOG, all(), "one\ntwo!\nthree\nunfinished").await;
    check(DOCKER, all(), "a\nb").await;
    check("", all(), "").await;
    let timestamps = LogOptions { timestamps: true, ..all() };
    let expected = "2026-01-01T00:00:01.500000000Z one\n2026-01-01T00:00:02.000000001+01:00 two!\n\
                    2026-01-01T00:00:04.000000000Z three\n2026-01-01T00:00:05.000000000Z unfinished";
    check(LOG, timestamps.clone(), expected).await;
    check(DOCKER, timestamps, "2026-01-01T00:00:01.250000000Z a\n2026-01-01T00:00:02.000000000Z b").await;
}

#[tokio::test]
async fn bounds() {
    for (lines, expected) in [
        (0, ""),
        (1, "unfinished"),
        (2, "three\nunfinished"),
        (4, "two!\nthree\nunfinished"),
        (5, "one\ntwo!\nthree\nunfinished"),
        (99, "one\ntwo!\nthree\nunfinished"),
    ] {
        check(LOG, LogOptions { tail_lines: Some(lines), ..all() }, expected).await;
    }
    for (bytes, expected) in [(1, "o"), (5, "one\nt"), (1000, "one\ntwo!\nthree\nunfinished")] {
        check(LOG, LogOptions { limit_bytes: Some(bytes), ..all() }, expected).await;
    }
    let since = Some("2026-01-01T00:00:04Z".parse().unwrap());
    check(LOG, LogOptions { since, ..all() }, "three\nunfinished").await;
}

#[tokio::test]
async fn a_tail_beyond_one_block_and_many_chunks() {
    let mut text = String::new();
    let mut expected = String::new();
    for number in 0..20_000 {
        text.push_str(&format!("2026-01-01T00:00:00Z stdout F line {number}\n"));
        expected.push_str(&format!("line {number}\n"));
    }
    check(&text, all(), &expected).await;
    let start = expected.find("line 5000\n").unwrap();
    check(&text, LogOptions { tail_lines: Some(15_000), ..all() }, &expected[start..]).await;
}

#[tokio::test]
async fn an_overlong_line_does_not_fill_memory() {
    let long = "x".repeat(3 * 1024 * 1024);
    let text = format!("2026-01-01T00:00:00Z stdout F {long}\n2026-01-01T00:00:00Z stdout F next\n");
    let (_directory, path) = written(&text);
    let output = read(&path, all()).await;
    assert!(output.ends_with("xnext\n"));
    assert!(output.len() < 2 * 1024 * 1024, "{}", output.len());
}

/// A followed log, its container under the test's control.
struct Followed {
    directory: TempDir,
    alive: Arc<AtomicBool>,
    chunks_rx: mpsc::Receiver<bytes::Bytes>,
    seen: String,
}

impl Followed {
    async fn start() -> Self {
        let (directory, path) = written("");
        let alive = Arc::new(AtomicBool::new(true));
        let (chunks_tx, chunks_rx) = mpsc::channel(1);
        let options = LogOptions { follow: true, ..all() };
        let reader = LogReader::open(&path, options).await.unwrap();
        let asked = Arc::clone(&alive);
        tokio::spawn(reader.run(chunks_tx, move || asked.load(Ordering::SeqCst)));
        Self { directory, alive, chunks_rx, seen: String::new() }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("0.log")
    }

    fn append(&self, text: &str) -> File {
        let mut file = OpenOptions::new().append(true).create(true).open(self.path()).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    async fn expect(&mut self, text: &str) {
        let until = tokio::time::Instant::now() + Duration::from_secs(10);
        while self.seen != text {
            let chunk = tokio::time::timeout_at(until, self.chunks_rx.recv()).await;
            let chunk = chunk.unwrap_or_else(|_| panic!("{:?} instead of {text:?}", self.seen)).unwrap();
            self.seen.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    async fn expect_end(&mut self) {
        let end = tokio::time::timeout(Duration::from_secs(10), self.chunks_rx.recv()).await;
        assert_eq!(end.unwrap(), None);
    }
}

#[tokio::test]
async fn following_sees_lines_once_complete_and_ends_with_the_container() {
    let mut followed = Followed::start().await;
    followed.append("2026-01-01T00:00:00Z stdout F a\n2026-01-01T00:00:00Z stdout F ");
    followed.expect("a\n").await;
    followed.append("b\n");
    followed.expect("a\nb\n").await;
    followed.append("2026-01-01T00:00:00Z stdout F last words\n");
    followed.alive.store(false, Ordering::SeqCst);
    followed.expect("a\nb\nlast words\n").await;
    followed.expect_end().await;
}

#[tokio::test]
async fn following_survives_rotation() {
    let mut followed = Followed::start().await;
    let mut old = followed.append("2026-01-01T00:00:00Z stdout F a\n");
    followed.expect("a\n").await;
    // As the kubelet rotates: rename, then the runtime goes on in the old file until it has opened the new one.
    fs::rename(followed.path(), followed.directory.path().join("0.log.20260101-000000")).unwrap();
    old.write_all(b"2026-01-01T00:00:00Z stdout F b\n").unwrap();
    followed.expect("a\nb\n").await;
    File::create(followed.path()).unwrap();
    old.write_all(b"2026-01-01T00:00:00Z stdout F c\n").unwrap();
    followed.append("2026-01-01T00:00:00Z stdout F dd\n");
    followed.expect("a\nb\nc\ndd\n").await;
    // Truncated in place; noticed because it is shorter than what was read.
    File::create(followed.path()).unwrap();
    followed.append("2026-01-01T00:00:00Z stdout F e\n");
    followed.expect("a\nb\nc\ndd\ne\n").await;
}

#[tokio::test]
async fn a_reader_that_leaves_ends_the_following() {
    let (_directory, path) = written("");
    let (chunks_tx, chunks_rx) = mpsc::channel(1);
    let reader = LogReader::open(&path, LogOptions { follow: true, ..all() }).await.unwrap();
    let task = tokio::spawn(reader.run(chunks_tx, || true));
    drop(chunks_rx);
    tokio::time::timeout(Duration::from_secs(10), task).await.unwrap().unwrap().unwrap();
}
