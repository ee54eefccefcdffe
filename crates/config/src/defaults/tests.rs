use super::*;

#[test]
fn defaults_are_upstreams() {
    let golden: Value =
        serde_json::from_str(include_str!("../../tests/data/configuration-defaults.json")).unwrap();
    let mut ours = json!({});
    apply(&mut ours, &Gates::default());
    assert_eq!(ours, golden);
}
