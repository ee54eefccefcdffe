use super::expand;

#[test]
fn references() {
    #[track_caller]
    fn check(input: &str, expected: &str) {
        let value_of = |name: &str| match name {
            "VAR" => Some("value"),
            "EMPTY" => Some(""),
            "DOLLAR" => Some("$(VAR)"),
            _ => None,
        };
        assert_eq!(expand(input, value_of), expected, "{input}");
    }
    check("", "");
    check("plain", "plain");
    check("$(VAR)", "value");
    check("a$(VAR)b$(VAR)c", "avaluebvaluec");
    check("$(NONE)", "$(NONE)");
    check("$(EMPTY)", "");
    check("$$(VAR)", "$(VAR)");
    check("$$$(VAR)", "$value");
    check("$$$$(VAR)", "$$(VAR)");
    check("$(VAR", "$(VAR");
    check("$(VAR$(VAR)", "$(VAR$(VAR)");
    check("$VAR", "$VAR");
    check("$", "$");
    check("$$", "$");
    check("a$", "a$");
    check("$é(VAR)", "$é(VAR)");
    check("$()", "$()");
    check("$(DOLLAR)", "$(VAR)");
    check("${VAR}", "${VAR}");
}
