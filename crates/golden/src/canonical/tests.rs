use super::*;

fn check(given: Value, expected: Value) {
    let mut value = given;
    config(&mut value, &["2MB", "1GB"].map(str::to_owned).into());
    assert_eq!(value, expected);
}

#[test]
fn variables_are_text() {
    check(
        json!({"envs": [{"key": "B", "value": "w7w="}, {"key": "A"}, {"key": "B", "value": "YWJj"}]}),
        json!({"envs": {"A": "", "B": "ü <and again> abc"}}),
    );
    check(json!({"envs": {"A": "as it is"}}), json!({"envs": {"A": "as it is"}}));
    assert_eq!(from_base64("YWI="), b"ab");
    assert_eq!(from_base64("YQ=="), b"a");
    assert_eq!(from_base64(""), b"");
}

#[test]
fn options_are_sorted() {
    check(json!({"dns_config": {"options": ["b", "a"]}}), json!({"dns_config": {"options": ["a", "b"]}}));
}

#[test]
fn sizes_of_the_machine_are_left_out() {
    let limits = |limits: Value| json!({"linux": {"resources": {"hugepage_limits": limits}}});
    check(limits(json!([{"page_size": "2MB"}, {"page_size": "1GB"}])), limits(json!(["<no other size>"])));
    check(
        limits(json!([{"page_size": "2MB", "limit": 4}, {"page_size": "1GB"}])),
        limits(json!([{"page_size": "2MB", "limit": 4}, "<no other size>"])),
    );
    // A size too few is a mistake, and stays.
    check(limits(json!([{"page_size": "2MB"}])), limits(json!([{"page_size": "2MB"}])));
}

#[test]
fn thermal_files_and_user_ids_are_left_out() {
    let context = |context: Value| json!({"linux": {"security_context": context}});
    check(
        context(json!({"masked_paths": ["/proc/kcore", "/sys/devices/system/cpu/cpu0/thermal_throttle"]})),
        context(json!({"masked_paths": ["/proc/kcore"]})),
    );
    let users = |first: Value| {
        context(
            json!({"namespace_options": {"userns_options": {"uids": [{"host_id": first, "length": 65536}]}}}),
        )
    };
    check(users(json!(2_291_466_240_u32)), users(json!("<by chance>")));
}
