#[test]
fn tmp() {
    let s = std::fs::read("/tmp/d2.yaml").unwrap();
    let t = crate::source::read(&s).unwrap();
    let mut f = crate::typed::Found::default();
    let o = crate::Origin { kind: crate::OriginKind::File { path: "/m/a.yaml" }, node_name: "node-1" };
    let mut p = crate::read_pods(&t.root, &o, &mut f).remove(0).pod;
    crate::defaults::apply(&mut p);
    let mut out = String::new();
    crate::go_dump::write(&serde_json::to_value(&p).unwrap(), &mut out).unwrap();
    std::fs::write("/tmp/ours.dump", out).unwrap();
}
