use host::{
    fake::{FakeHost, Fault, Rule},
    files::Files,
};

use super::*;
use crate::tests::{SETTINGS, on};

const VOLUME: &str = "/volume";

fn payload(files: &[(&str, &str)]) -> Payload {
    let file = |content: &str| PayloadFile { content: content.as_bytes().to_vec(), mode: 0o640, user: None };
    files.iter().map(|(path, content)| ((*path).to_owned(), file(content))).collect()
}

async fn content(host: &FakeHost, path: &str) -> Option<String> {
    let bytes = host.read(&Path::new(VOLUME).join(path), 1 << 20).await.unwrap();
    bytes.map(|bytes| String::from_utf8(bytes).unwrap())
}

fn below(host: &FakeHost) -> Vec<String> {
    let relative = |path: std::path::PathBuf| path.strip_prefix(VOLUME).unwrap().display().to_string();
    host.paths_below(Path::new(VOLUME)).into_iter().map(relative).collect()
}

#[tokio::test]
async fn versions_follow_each_other() {
    let host = FakeHost::new();
    let volumes = on(&host, SETTINGS);
    Files::make_dir(&*host, Path::new(VOLUME), 0o777).await.unwrap();
    let first = payload(&[("name", "a"), ("deep/er/cpu", "1")]);
    for _ in 0..2 {
        volumes.write_payload(Path::new(VOLUME), &first, None).await.unwrap();
        assert_eq!(
            below(&host),
            [
                "..1970_01_01_00_00_00.0",
                "..1970_01_01_00_00_00.0/deep",
                "..1970_01_01_00_00_00.0/deep/er",
                "..1970_01_01_00_00_00.0/deep/er/cpu",
                "..1970_01_01_00_00_00.0/name",
                "..data",
                "deep",
                "name",
            ]
        );
    }
    assert_eq!(content(&host, "name").await.as_deref(), Some("a"));
    assert_eq!(content(&host, "deep/er/cpu").await.as_deref(), Some("1"));
    let second = payload(&[("name", "b"), ("other", "c")]);
    volumes.write_payload(Path::new(VOLUME), &second, None).await.unwrap();
    assert_eq!(
        below(&host),
        [
            "..1970_01_01_00_00_00.1",
            "..1970_01_01_00_00_00.1/name",
            "..1970_01_01_00_00_00.1/other",
            "..data",
            "name",
            "other",
        ]
    );
    let state = host.look(&Path::new(VOLUME).join("name")).await.unwrap().unwrap();
    assert_eq!(state.mode, 0o640);
}

/// Whichever call fails, a reader finds a whole version, and the next try leaves nothing of the failed one.
#[tokio::test]
async fn a_write_that_fails_is_finished_by_the_next() {
    let calls = |host: &FakeHost| host.calls().values().sum::<u64>();
    let mut failing_call = 0;
    let mut last = u64::MAX;
    while failing_call < last {
        failing_call += 1;
        let host = FakeHost::new();
        let volumes = on(&host, SETTINGS);
        Files::make_dir(&*host, Path::new(VOLUME), 0o777).await.unwrap();
        let old = payload(&[("a", "1"), ("gone", "1")]);
        let new = payload(&[("a", "2"), ("b", "2")]);
        volumes.write_payload(Path::new(VOLUME), &old, None).await.unwrap();
        let rule = |fault, times| Rule {
            operation: None,
            subject_contains: String::new(),
            fault,
            times: Some(times),
        };
        if failing_call > 1 {
            let passed = u32::try_from(failing_call - 1).unwrap();
            host.inject(rule(Fault::Delay(std::time::Duration::ZERO), passed));
        }
        host.inject(rule(Fault::Fail(5), 1));
        let before = calls(&host);
        let failed = volumes.write_payload(Path::new(VOLUME), &new, None).await;
        host.heal();
        if failed.is_ok() {
            // It made fewer calls than that.
            last = calls(&host) - before;
            assert!(last > 15 && failing_call > last, "{last}");
        }
        let seen = content(&host, "a").await;
        assert!(matches!(seen.as_deref(), Some("1" | "2")), "{failing_call}: {seen:?} after {failed:?}");
        volumes.write_payload(Path::new(VOLUME), &new, None).await.unwrap();
        assert_eq!(content(&host, "a").await.as_deref(), Some("2"));
        let versions =
            below(&host).iter().filter(|path| path.starts_with("..19") && !path.contains('/')).count();
        assert_eq!((versions, below(&host).len()), (1, 6), "{failing_call}: {:?}", below(&host));
    }
}

#[test]
fn paths_that_leave_the_volume() {
    let long = "x".repeat(256);
    for path in ["", "/etc/x", "..", "../x", "a/../../x", "..data", "..x/y", ".", &long] {
        let cleaned = clean(payload(&[(path, "x")]));
        assert!(matches!(cleaned, Err(SetUpError::InvalidPath { .. })), "{path:?}: {cleaned:?}");
    }
    for (path, expected) in [("a//b/./c", "a/b/c"), ("./a/", "a"), (".hidden", ".hidden"), ("a/..b", "a/..b")]
    {
        let cleaned = clean(payload(&[(path, "x")])).unwrap();
        assert_eq!(cleaned.into_keys().collect::<Vec<_>>(), [expected]);
    }
}
