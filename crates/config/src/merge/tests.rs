use super::*;
use proptest::prelude::*;
use serde_json::json;

#[test]
fn the_examples_of_rfc_7386() {
    let check = |target: Value, patch: Value, expected: Value| {
        let mut result = target.clone();
        merge_patch(&mut result, &patch);
        assert_eq!(result, expected, "{target} patched with {patch}");
    };
    check(json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"}));
    check(json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"}));
    check(json!({"a": "b"}), json!({"a": null}), json!({}));
    check(json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"}));
    check(json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"}));
    check(json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]}));
    check(json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}}));
    check(json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]}));
    check(json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"]));
    check(json!({"a": "b"}), json!(["c"]), json!(["c"]));
    check(json!({"a": "foo"}), json!(null), json!(null));
    check(json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1}));
    check(json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"}));
    check(json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}}));
}

/// Configurations as they are merged: objects of scalars, lists and objects; `null` only where `nulls` says.
fn document(nulls: bool) -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z]{0,4}".prop_map(Value::from),
    ];
    let leaf = if nulls {
        prop_oneof![3 => scalar.clone(), 1 => Just(Value::Null)].boxed()
    } else {
        scalar.clone().boxed()
    };
    let list = prop::collection::vec(scalar, 0..3).prop_map(Value::from);
    let leaf = prop_oneof![4 => leaf, 1 => list].boxed();
    let object = |inner: BoxedStrategy<Value>| {
        prop::collection::btree_map("[a-d]", inner, 0..4)
            .prop_map(|entries| Value::Object(entries.into_iter().collect()))
    };
    let nested = leaf.prop_recursive(3, 24, 4, move |inner| object(inner.boxed()));
    object(nested.boxed())
}

fn merged(mut target: Value, patch: &Value) -> Value {
    merge_patch(&mut target, patch);
    target
}

/// Two patches in one that does what both do, the later one winning. Nulls are kept: they still have to delete.
fn combined(first: &Value, second: &Value) -> Value {
    match (first, second) {
        (Value::Object(first), Value::Object(second)) => {
            let mut both = first.clone();
            for (key, change) in second {
                let value = match both.get(key) {
                    Some(before) => combined(before, change),
                    None => change.clone(),
                };
                both.insert(key.clone(), value);
            }
            Value::Object(both)
        }
        (_, second) => second.clone(),
    }
}

/// Where one patch puts an object in place of something else, a combined patch could only merge: leave those out.
fn same_shapes(first: &Value, second: &Value) -> bool {
    match (first, second) {
        (Value::Object(first), Value::Object(second)) => {
            second.iter().all(|(key, change)| first.get(key).is_none_or(|before| same_shapes(before, change)))
        }
        (first, second) => !second.is_object() || first.is_object(),
    }
}

proptest! {
    #[test]
    fn merging_is_associative(
        base in document(false), first in document(true), second in document(true)
    ) {
        prop_assume!(same_shapes(&first, &second));
        let one_by_one = merged(merged(base.clone(), &first), &second);
        let at_once = merged(base, &combined(&first, &second));
        prop_assert_eq!(one_by_one, at_once);
    }

    #[test]
    fn the_later_one_wins(base in document(false), patch in document(false)) {
        let result = merged(base, &patch);
        // Everything that the patch says is in the result: patching again changes nothing.
        prop_assert_eq!(merged(result.clone(), &patch), result);
    }

    #[test]
    fn nothing_changes_nothing(base in document(false)) {
        prop_assert_eq!(merged(base.clone(), &json!({})), base);
    }
}
