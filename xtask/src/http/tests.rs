use super::*;

#[test]
fn an_answer_is_read_with_its_headers_in_any_case() {
    let answer =
        Answer::parse("HTTP/1.0 202 Accepted\r\nLOCATION: http://r/v2/x?_state=a\r\n\r\nbody").unwrap();
    assert_eq!((answer.status, answer.reason.as_str()), (202, "Accepted"));
    assert_eq!(answer.header("location"), Some("http://r/v2/x?_state=a"));
    assert_eq!(answer.body, "body");
    assert!(answer.expect(202).is_ok());
    assert!(answer.expect(201).is_err());
}

#[test]
fn what_is_no_http_is_no_answer() {
    for text in ["", "hello", "HTTP/1.0\r\n\r\n", "HTTP/1.0 two\r\n\r\n"] {
        assert_eq!(Answer::parse(text), None, "{text:?}");
    }
}
