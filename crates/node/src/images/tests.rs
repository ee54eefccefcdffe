use super::plan::told;
use super::*;
use cri::fake::FakeRuntime;
use cri::v1::Image;
use std::time::Duration;
use tasks::Stop;

fn image(id: &str, size: u64, digests: &[&str], tags: &[&str]) -> Image {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Image {
        id: id.to_owned(),
        size,
        repo_digests: owned(digests),
        repo_tags: owned(tags),
        ..Image::default()
    }
}

#[test]
fn the_biggest_first_few_names_each() {
    let images = vec![
        image("a", 10, &["a@1"], &["a:1", "a:2", "a:3", "a:4", "a:5"]),
        image("b", 30, &[], &["b:1"]),
        image("c", 10, &["c@1"], &[]),
        image("d", 5, &[], &[]),
    ];
    let check = |limit: Option<usize>, expected: &[(&str, i64)]| {
        let told = told(images.clone(), limit);
        let seen: Vec<(String, i64)> = told
            .into_iter()
            .map(|image| (image.names.unwrap_or_default().join(" "), image.size_bytes.unwrap_or_default()))
            .collect();
        let expected: Vec<(String, i64)> =
            expected.iter().map(|(n, size)| ((*n).to_owned(), *size)).collect();
        assert_eq!(seen, expected, "{limit:?}");
    };
    let all = [("b:1", 30), ("c@1", 10), ("a@1 a:1 a:2 a:3 a:4", 10), ("", 5)];
    check(None, &all);
    check(Some(9), &all);
    check(Some(2), &all[..2]);
    check(Some(0), &[]);
}

#[tokio::test(start_paused = true)]
async fn a_new_image_is_told_once() {
    let runtime = FakeRuntime::default();
    runtime.add_image("nginx", 1000);
    let (task, mut images) = ImagesTask::new(Arc::new(runtime.clone()), Some(50));
    let stop = Stop::new();
    let running = tokio::spawn(task.run(stop.clone()));
    images.wait_for(|images| images.as_ref().is_some_and(|images| images.len() == 1)).await.unwrap();
    images.mark_unchanged();
    tokio::time::sleep(Duration::from_secs(90)).await;
    assert!(!images.has_changed().unwrap());
    runtime.add_image("busybox", 10);
    images.wait_for(|images| images.as_ref().is_some_and(|images| images.len() == 2)).await.unwrap();
    stop.request();
    running.await.unwrap();
}
