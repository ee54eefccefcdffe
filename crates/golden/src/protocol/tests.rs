use serde_json::json;

use super::*;

fn frame(body: &[u8]) -> Vec<u8> {
    let mut frame = vec![0];
    frame.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
    frame.extend(body);
    frame
}

#[test]
fn a_request_as_json() {
    let protocol = Protocol::load();
    let path = "/runtime.v1.RuntimeService/StopContainer";
    let value = json!({"container_id": "abc", "timeout": 30});
    assert_eq!(protocol.request(path, &protocol.frame(path, value.clone()).unwrap()).unwrap(), value);
    assert!(protocol.frame(path, json!({"container": "abc"})).is_err());
}

#[test]
fn no_answer_is_null() {
    let protocol = Protocol::load();
    assert_eq!(protocol.response("/runtime.v1.ImageService/PullImage", &[]).unwrap(), Value::Null);
}

#[test]
fn what_makes_no_sense() {
    let protocol = Protocol::load();
    let stop = "/runtime.v1.RuntimeService/StopContainer";
    for (path, frame, reason) in [
        ("/runtime.v1.RuntimeService/Dance", frame(b""), "no method"),
        ("/runtime.v2.RuntimeService/StopContainer", frame(b""), "no method"),
        (stop, vec![0, 0], "cut off"),
        (stop, vec![1, 0, 0, 0, 0], "compressed"),
        (stop, frame(b"\xff"), "cannot be decoded"),
        // Field 99, a varint.
        (stop, frame(&[0x98, 0x06, 0x01]), "field 99"),
    ] {
        let error = protocol.request(path, &frame).unwrap_err();
        assert!(format!("{error:#}").contains(reason), "{error:#}");
    }
}
