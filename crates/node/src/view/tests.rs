use super::*;

fn node(version: &str, label: &str) -> Arc<Node> {
    let value = serde_json::json!({
        "metadata": {"name": "n1", "uid": "u1", "resourceVersion": version, "labels": {"is": label}},
        "status": {"images": [{"names": ["a"]}], "capacity": {"cpu": "1"}},
    });
    Arc::new(serde_json::from_value(value).unwrap())
}

fn seen(view: &View) -> String {
    let sight = view.whole().borrow().clone();
    match sight {
        Sight::Present(node) => node.metadata.labels.clone().unwrap_or_default()["is"].clone(),
        Sight::Absent => "absent".to_owned(),
        Sight::Unknown => "unknown".to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_is_behind_does_not_hide_an_answer() {
    let view = View::new();
    assert_eq!(seen(&view), "unknown");
    view.watched(None);
    assert_eq!(seen(&view), "absent");
    view.answered(node("5", "created"));
    view.watched(Some(node("5", "created")));
    view.answered(node("9", "patched"));
    view.watched(Some(node("7", "older")));
    assert_eq!(seen(&view), "patched");
    view.watched(Some(node("9", "patched")));
    view.watched(Some(node("11", "edited")));
    assert_eq!(seen(&view), "edited");
    view.answered(node("10", "late answer"));
    assert_eq!(seen(&view), "edited");
    view.answered(node("20", "before the restore"));
    tokio::time::sleep(LEAD).await;
    view.watched(Some(node("3", "restored")));
    assert_eq!(seen(&view), "restored");
    view.watched(None);
    assert_eq!(seen(&view), "absent");
}

#[test]
fn others_see_no_images() {
    let view = View::new();
    let public = view.public();
    assert!(public.borrow().is_none());
    view.watched(Some(node("1", "x")));
    let status = public.borrow().as_ref().unwrap().status.clone().unwrap();
    assert!(status.images.is_none() && status.capacity.is_some());
    assert!(view.whole().borrow().node().unwrap().status.as_ref().unwrap().images.is_some());
}
