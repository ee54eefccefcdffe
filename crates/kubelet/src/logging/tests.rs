use super::{Output, subscriber};
use config::{LoggingConfiguration, VerbosityRule};
use std::sync::{Arc, Mutex};

/// What a closure logs under a configuration.
fn logged(configuration: &LoggingConfiguration, act: impl FnOnce(&super::Handle)) -> String {
    let buffer = Arc::new(Mutex::new(Vec::new()));
    let (subscriber, handle) = subscriber(configuration, Output::memory(Arc::clone(&buffer)));
    tracing::subscriber::with_default(subscriber, || act(&handle));
    let bytes = buffer.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

fn text(verbosity: u32) -> LoggingConfiguration {
    LoggingConfiguration { verbosity, ..LoggingConfiguration::default() }
}

fn json() -> LoggingConfiguration {
    LoggingConfiguration { format: "json".to_owned(), ..LoggingConfiguration::default() }
}

#[derive(Debug, thiserror::Error)]
#[error("the disk is full")]
struct Full;

#[derive(Debug, thiserror::Error)]
#[error("cannot write")]
struct Write(#[source] Full);

/// The header apart: severity letter, and everything behind `] `.
fn parts(line: &str) -> (char, &str) {
    let (header, rest) = line.split_once("] ").unwrap();
    (header.chars().next().unwrap(), rest)
}

#[test]
fn text_lines_are_those_of_klog() {
    let check = |act: &dyn Fn(), severity: char, expected: &str| {
        let output = logged(&text(0), |_| act());
        let (letter, rest) = parts(&output);
        assert_eq!((letter, rest), (severity, expected));
    };
    check(&|| tracing::info!("Starting"), 'I', "\"Starting\"\n");
    check(
        &|| tracing::info!(pod = %"default/a", attempt = 2, ready = true, "Container \"x\" started"),
        'I',
        "\"Container \\\"x\\\" started\" pod=\"default/a\" attempt=2 ready=true\n",
    );
    check(
        &|| tracing::warn!(names = ?["a", "b"], share = 0.5, "Odd"),
        'W',
        "\"Odd\" names=[\"a\", \"b\"] share=0.5\n",
    );
    let error = Write(Full);
    check(
        &|| {
            tracing::error!(pod = "a", err = &error as &(dyn std::error::Error + 'static), "Failed");
        },
        'E',
        "\"Failed\" err=\"cannot write: the disk is full\" pod=\"a\"\n",
    );
    check(
        &|| tracing::error!(err = %"first\nsecond", "command failed"),
        'E',
        "\"command failed\" err=<\n\tfirst\n\tsecond\n >\n",
    );
}

#[test]
fn the_header_has_klogs_columns() {
    let output = logged(&text(0), |_| tracing::info!("x"));
    let (header, _) = output.split_once("] ").unwrap();
    // Immmdd hh:mm:ss.uuuuuu, the process id in seven columns, the file's base name and line.
    assert_eq!(&header[..1], "I");
    assert!(header[1..5].bytes().all(|byte| byte.is_ascii_digit()));
    for (index, expected) in [(5, ' '), (8, ':'), (11, ':'), (14, '.'), (21, ' ')] {
        assert_eq!(header.as_bytes()[index] as char, expected, "{header}");
    }
    let process = format!("{:>7}", std::process::id());
    assert_eq!(&header[22..22 + process.len()], process);
    assert!(header[22 + process.len()..].starts_with(" tests.rs:"), "{header}");
}

#[test]
fn json_lines_are_those_of_component_base() {
    let output = logged(&json(), |_| {
        tracing::info!(pod = %"default/a", attempt = 2, ready = true, "Started");
    });
    let line: serde_json::Value = serde_json::from_str(&output).unwrap();
    assert!(line["ts"].as_f64().unwrap() > 1.6e12);
    assert!(line["caller"].as_str().unwrap().starts_with("logging/tests.rs:"));
    assert_eq!(line["msg"], "Started");
    assert_eq!(line["v"], 0);
    assert_eq!(line["pod"], serde_json::json!({"name": "a", "namespace": "default"}));
    assert_eq!(line["attempt"], 2);
    assert_eq!(line["ready"], true);
    let keys: Vec<&str> = output
        .split('"')
        .filter(|part| ["ts", "caller", "msg", "v", "pod", "attempt", "ready"].contains(part))
        .collect();
    assert_eq!(keys, ["ts", "caller", "msg", "v", "pod", "attempt", "ready"]);

    let output = logged(&json(), |_| tracing::error!(pod = "a", err = %"bad", "Failed"));
    let line: serde_json::Value = serde_json::from_str(&output).unwrap();
    assert_eq!(line["err"], "bad");
    assert!(line.get("v").is_none());
}

#[test]
fn verbosity_decides_by_level_and_by_the_events_own_field() {
    let all = || {
        tracing::info!("info");
        tracing::debug!(v = 2, "two");
        tracing::debug!("debug");
        tracing::trace!("trace");
        tracing::info!(v = 5, "five");
        tracing::warn!("warn");
    };
    let check = |verbosity: u32, expected: &[&str]| {
        let output = logged(&text(verbosity), |_| all());
        let messages: Vec<&str> = output.lines().map(|line| parts(line).1.trim_matches('"')).collect();
        assert_eq!(messages, expected, "v={verbosity}");
    };
    check(0, &["info", "warn"]);
    check(2, &["info", "two", "warn"]);
    check(4, &["info", "two", "debug", "warn"]);
    check(5, &["info", "two", "debug", "five", "warn"]);
    check(6, &["info", "two", "debug", "trace", "five", "warn"]);
}

#[test]
fn vmodule_and_live_changes() {
    let rule = |pattern: &str, verbosity: u32| VerbosityRule { file_pattern: pattern.to_owned(), verbosity };
    for (pattern, logs) in [
        ("tests", true),
        ("t?st*", true),
        ("logging", true),
        ("src/logging/tests", true),
        ("[a-s]ests", false),
        ("server", false),
        ("other/tests", false),
    ] {
        let mut configuration = text(0);
        configuration.vmodule = vec![rule(pattern, 4)];
        let output = logged(&configuration, |_| tracing::debug!("x"));
        assert_eq!(!output.is_empty(), logs, "{pattern}");
    }
    let output = logged(&text(0), |handle| {
        tracing::debug!("before");
        handle.set_verbosity(4);
        tracing::debug!("between");
        handle.set_verbosity(0);
        tracing::debug!("after");
        handle.set_vmodule(&[rule("tests", 9)]);
        tracing::trace!("by file");
        handle.apply(&text(0));
        tracing::trace!("at the end");
    });
    let messages: Vec<&str> = output.lines().map(|line| parts(line).1).collect();
    assert_eq!(messages, ["\"between\"", "\"by file\""]);
}

#[test]
fn fields_of_spans_come_first_and_the_last_value_counts() {
    let output = logged(&text(0), |_| {
        let outer = tracing::info_span!("sync", pod = "a", attempt = 1);
        let _outer = outer.enter();
        tracing::info!(attempt = 2, pod = "a", "x");
    });
    assert_eq!(parts(&output).1, "\"x\" pod=\"a\" attempt=2\n");
}
