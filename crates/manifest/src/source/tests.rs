use serde_json::{Map, Value};

use super::*;

/// The value as JSON, without places.
fn json(node: &Node) -> Value {
    match &node.data {
        Data::Null => Value::Null,
        Data::Bool(value, _) => Value::Bool(*value),
        Data::Number(text) => serde_json::from_str(text).expect("a number that JSON can hold"),
        Data::String(text) => Value::String(text.clone()),
        Data::List(elements) => Value::Array(elements.iter().map(json).collect()),
        Data::Map(entries) => Value::Object(
            entries.iter().map(|(key, entry)| (key.clone(), json(&entry.node))).collect::<Map<_, _>>(),
        ),
    }
}

#[test]
fn yaml_is_read_as_upstream_reads_it() {
    // Each row: a document, and what `yaml.ToJSON` of apimachinery 0.37.1 made of it, recorded.
    let rows = include_str!("../../tests/recorded/yaml.jsonl");
    let mut wrong = Vec::new();
    for row in rows.lines() {
        let row: Value = serde_json::from_str(row).expect("a row");
        let document = row["yaml"].as_str().expect("a document");
        let expected = row.get("json").map(|json| json.as_str().expect("a text"));
        let expected = expected.map(|json| serde_json::from_str::<Value>(json).expect("JSON"));
        let seen = yaml::read(document.as_bytes());
        if seen.as_ref().ok().map(|tree| json(&tree.root)) != expected {
            wrong.push(format!("{document:?}: {expected:?}, but here {seen:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} rows differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn check_json(text: &str, expected: Result<&str, &str>) {
    let seen = read(text.as_bytes());
    let seen = seen.as_ref().map(|tree| json(&tree.root).to_string());
    match (seen, expected) {
        (Ok(seen), Ok(expected)) => assert_eq!(seen, expected, "{text:?}"),
        (Err(error), Err(expected)) => {
            let position = error.position.map(|at| format!("{}:{} ", at.line, at.column)).unwrap_or_default();
            assert_eq!(format!("{position}{}", error.message), format!("{expected}"), "{text:?}");
        }
        (seen, expected) => panic!("{text:?}: {expected:?}, but here {seen:?}"),
    }
}

#[test]
fn json_is_read_as_go_reads_it() {
    check_json("{}", Ok("{}"));
    check_json(
        " \t\r\n{ \"a\" : [ 1 , -0.5e+3 , true , null , \"x\" ] } \n",
        Ok("{\"a\":[1,-500.0,true,null,\"x\"]}"),
    );
    check_json(r#"{"a":"\u00e9\ud83d\ude00\/\n\ud800x"}"#, Ok("{\"a\":\"é😀/\\n\u{fffd}x\"}"));
    // A key that stands twice: objects grow together, other values are replaced.
    check_json(r#"{"a":{"b":1},"a":{"c":2}}"#, Ok(r#"{"a":{"b":1,"c":2}}"#));
    check_json(r#"{"a":[1],"a":[2]}"#, Ok(r#"{"a":[2]}"#));
    check_json("{\"a\":01}", Err("1:6 not valid JSON: '0' where a number should be"));
    check_json("{\"a\":1.}", Err("1:6 not valid JSON: '1' where a number should be"));
    check_json("{\"a\":\n  tru}", Err("2:3 not valid JSON: 't' where a value should be"));
    check_json("{'a':1}", Err("1:2 not valid JSON: '\\'' where a key in quotes should be"));
    check_json("{\"a\":1,}", Err("1:8 not valid JSON: '}' where a key in quotes should be"));
    check_json("{\"a\":1} x", Err("1:9 not valid JSON: 'x' after the end of the object"));
    check_json("{\"a\":\"\t\"}", Err("1:7 not valid JSON: a control character inside a text"));
    check_json("{\"a\":\"b", Err("1:8 not valid JSON: the text ends where the end of a text should be"));
    check_json("{\"a\"", Err("1:5 not valid JSON: the text ends where a colon should be"));
}

#[test]
fn what_is_too_much_is_refused() {
    let deep = format!("a: {}{}", "[".repeat(200), "]".repeat(200));
    let error = read(deep.as_bytes()).expect_err("too deep");
    assert_eq!(error.message, "nested deeper than 100 levels");
    let deep = format!("{{\"a\":{}", "[".repeat(100_000));
    let error = read(deep.as_bytes()).expect_err("too deep");
    assert_eq!(error.message, "nested deeper than 100 levels");
    let error = read(&vec![b' '; MAX_BYTES + 1]).expect_err("too large");
    assert_eq!(error.message, "the manifest has 10485761 bytes; at most 10485760 are read");
    let many = format!("a: [{}]", "1,".repeat(MAX_VALUES));
    let error = read(many.as_bytes()).expect_err("too many values");
    assert_eq!(error.message, "the manifest has more than 1000000 values");
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let alias = format!("*a{}, ", level - 1).repeat(10);
        bomb.push_str(&format!("a{level}: &a{level} [{alias}]\n"));
    }
    let error = read(bomb.as_bytes()).expect_err("an alias bomb");
    assert_eq!(error.message, "document contains excessive aliasing");
}

#[test]
fn places_are_those_of_the_source() {
    let tree = read(b"a: 1\nb:\n  - c: x\n  - &y {d: z}\ne: *y\n").expect("a document");
    let at = |steps: &[Step<'_>]| {
        let Position { line, column } = tree.root.locate(steps);
        (line, column)
    };
    assert_eq!(at(&[Step::Field("a")]), (1, 4));
    assert_eq!(at(&[Step::Field("b"), Step::Index(0), Step::Field("c")]), (3, 8));
    assert_eq!(at(&[Step::Field("b"), Step::Index(1), Step::Key("d")]), (4, 12));
    assert_eq!(at(&[Step::Field("b"), Step::Index(0), Step::Field("missing")]), (3, 5));
    assert_eq!(at(&[Step::Field("e")]), (5, 4));
    assert_eq!(at(&[Step::Field("e"), Step::Field("d")]), (4, 12));
    let tree = read(b"{\n \"a\": {\"b\": 1}\n}").expect("a document");
    assert_eq!(tree.root.locate(&[Step::Field("a"), Step::Field("b")]), Position { line: 2, column: 13 });
}
