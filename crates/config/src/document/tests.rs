use super::*;
use serde_json::json;

#[test]
fn yaml_is_read_as_kubernetes_reads_it() {
    let check = |text: &str, expected: serde_json::Value| {
        let document = parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(document.root.to_json(), expected, "{text}");
    };
    check(
        "a: yes\nb: off\nc: N\nd: 'yes'\ne: y\n",
        json!({"a": true, "b": false, "c": false, "d": "yes", "e": true}),
    );
    check(
        "a: 0644\nb: 0o17\nc: 0x1F\nd: 1_000\ne: -0b11\nf: 08\n",
        json!({"a": 420, "b": 15, "c": 31, "d": 1000, "e": -3, "f": 8}),
    );
    check(
        "a: 1.5\nb: 2e1\nc: 20.0\nd: .5\nf: 1e\n",
        json!({"a": 1.5, "b": 20, "c": 20, "d": 0.5, "f": "1e"}),
    );
    check("a: ~\nb:\nc: null\nd: ''\n", json!({"a": null, "b": null, "c": null, "d": ""}));
    check(
        "a: 2001-01-01\nb: 1:30\nc: 1.2.3.4\nd: 100Mi\n",
        json!({"a": "2001-01-01", "b": "1:30", "c": "1.2.3.4", "d": "100Mi"}),
    );
    check(
        "a: &x {b: 1, c: 2}\nd: *x\ne:\n  <<: *x\n  c: 3\n",
        json!({"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 2}, "e": {"b": 1, "c": 3}}),
    );
    check("a: !!str 5\nb: \"5\"\nc: |\n  two\n  lines\n", json!({"a": "5", "b": "5", "c": "two\nlines\n"}));
    check("1: a\ntrue: b\nnull: c\n", json!({"1": "a", "true": "b", "null": "c"}));
    check("{\"a\": [1, {\"b\": null}]}", json!({"a": [1, {"b": null}]}));
    check("\u{feff}a: 1\n", json!({"a": 1}));
    check("---\na: 1\n", json!({"a": 1}));
    check("", json!(null));
    check("# nothing\n", json!(null));
    check("a: 18446744073709551615\n", json!({"a": u64::MAX}));
}

#[test]
fn positions_count_from_one() {
    let document = parse(b"a: 1\nb:\n  - x\n  - {c: d}\n").unwrap();
    let entry = document.root.get("b").unwrap();
    assert_eq!(entry.position, Position { line: 2, column: 1 });
    let NodeValue::Sequence(items) = &entry.value.value else {
        panic!("a list");
    };
    assert_eq!(items[0].position, Position { line: 3, column: 5 });
    assert_eq!(items[1].get("c").unwrap().value.position, Position { line: 4, column: 9 });
}

#[test]
fn what_is_no_yaml_is_refused_with_its_place() {
    let check = |text: &[u8], line: usize| {
        let error = parse(text).unwrap_err();
        assert_eq!(error.position.line, line, "{error}");
    };
    check(b"a: 1\nb: [\n", 2);
    check(b"a: 1\nb: c: d\n", 2);
    check(b"a: 1\nb: \xff\n", 2);
    check(b"a: *x\n", 1);
    check(b"a: 1\nb: -.inf\n", 2);
    check(b"<<: 5\n", 1);
}

#[test]
fn several_documents_and_bounds() {
    assert!(parse(b"a: 1\n---\nb: 2\n").unwrap().more_documents);
    assert!(!parse(b"---\na: 1\n...\n").unwrap().more_documents);
    let deep = "[".repeat(150) + &"]".repeat(150);
    assert!(parse(deep.as_bytes()).is_err());
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let before = format!("*a{}", level - 1);
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", [before.as_str(); 10].join(", ")));
    }
    assert!(parse(bomb.as_bytes()).unwrap_err().message.contains("expands to more than"));
}
