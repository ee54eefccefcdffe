use super::*;

/// What an answer becomes: the variant, and the server's words.
fn check(code: u16, header: Option<u64>, body: &str, expected: &str, words: &str) {
    let call = Call::new("get", "secrets", "shop", "keys");
    let error = ApiError::from_answer(&call, code, header, body.as_bytes());
    let text = format!("{error:?}");
    let variant = text.split(|character: char| !character.is_alphanumeric()).next().unwrap_or_default();
    assert_eq!(variant, expected, "{code} {body}");
    assert_eq!(error.message(), words, "{code} {body}");
    assert_eq!(error.to_string(), format!("get secrets shop/keys: {words}"));
    assert_eq!(error.failure().code(), code);
}

#[test]
fn each_answer_is_one_reaction() {
    let status = |reason: &str| format!(r#"{{"kind":"Status","message":"words","reason":"{reason}"}}"#);
    for (code, reason, variant) in [
        (400, "BadRequest", "Invalid"),
        (401, "Unauthorized", "Unauthorized"),
        (403, "Forbidden", "Forbidden"),
        (404, "NotFound", "NotFound"),
        (408, "Timeout", "Unavailable"),
        (409, "AlreadyExists", "AlreadyExists"),
        (409, "Conflict", "Conflict"),
        (410, "Expired", "Expired"),
        (410, "Gone", "Expired"),
        (415, "UnsupportedMediaType", "Other"),
        (422, "Invalid", "Invalid"),
        (429, "TooManyRequests", "TooManyRequests"),
        (500, "InternalError", "Unavailable"),
        (503, "ServiceUnavailable", "Unavailable"),
        (504, "Timeout", "Unavailable"),
    ] {
        check(code, None, &status(reason), variant, "words");
    }
    check(502, None, "<html>Bad Gateway</html>\n", "Unavailable", "<html>Bad Gateway</html>");
    check(503, None, "", "Unavailable", "the server answered 503");
    let future = r#"{"message":"words","reason":"Timeout",
        "details":{"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}]}}"#;
    check(504, None, future, "Expired", "words");
}

#[test]
fn the_server_says_how_long_to_wait() {
    let call = Call::new("patch", "pods/status", "shop", "web");
    let rows = [
        (Some(7), r#"{"details":{"retryAfterSeconds":3}}"#, Some(7)),
        (None, r#"{"details":{"retryAfterSeconds":3}}"#, Some(3)),
        (None, "{}", None),
    ];
    for (header, body, expected) in rows {
        let error = ApiError::from_answer(&call, 429, header, body.as_bytes());
        let ApiError::TooManyRequests { retry_after, .. } = &error else { panic!("{error:?}") };
        assert_eq!(*retry_after, expected.map(Duration::from_secs));
        assert!(error.may_pass());
    }
}

#[test]
fn calls_are_named_in_full() {
    for (namespace, name, expected) in [
        ("", "", "list nodes"),
        ("", "here", "list nodes here"),
        ("shop", "", "list nodes in shop"),
        ("shop", "web", "list nodes shop/web"),
    ] {
        assert_eq!(Call::new("list", "nodes", namespace, name).to_string(), expected);
    }
}
