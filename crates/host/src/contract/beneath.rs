//! [`crate::beneath`].

use std::path::Path;

use super::World;
use crate::{
    beneath::BeneathError,
    files::FileKind,
    mounts::{TmpfsOptions, Unmount},
};

super::contract! {
    makes_what_is_missing follows_links_that_stay_inside refuses_what_leads_out
    makes_nothing_outside binds_a_directory binds_a_file binding_again_changes_nothing
    a_stale_mount_makes_way what_is_not_there_is_told a_volume_reached_through_a_link
    reads_a_file refuses_to_read
}

/// A volume with something outside that must stay untouched.
async fn volume(world: &World) -> std::path::PathBuf {
    world.dir("outside").await;
    world.file("outside/secret", "secret").await;
    world.dir("volume").await
}

async fn makes_what_is_missing(world: World) {
    let volume = volume(&world).await;
    world.beneath.make_dir(&volume, Path::new("a/b/c"), 0o2777).await.unwrap();
    for path in ["volume/a", "volume/a/b", "volume/a/b/c"] {
        let state = world.files.look(&world.path(path)).await.unwrap().unwrap();
        assert_eq!((state.kind, state.mode), (FileKind::Directory, 0o2777), "{path}");
    }
    world.beneath.make_dir(&volume, Path::new("a/b"), 0o700).await.unwrap();
    assert_eq!(world.files.look(&world.path("volume/a/b")).await.unwrap().unwrap().mode, 0o2777);
    world.file("volume/file", "content").await;
    world.beneath.make_dir(&volume, Path::new("file"), 0o700).await.unwrap();
    assert_eq!(world.content("volume/file").await.as_deref(), Some("content"));
    let through = world.beneath.make_dir(&volume, Path::new("file/below"), 0o700).await;
    assert!(matches!(through, Err(BeneathError::NotADirectory { .. })), "{through:?}");
}

async fn follows_links_that_stay_inside(world: World) {
    let volume = volume(&world).await;
    world.dir("volume/v1/data").await;
    world.file("volume/v1/data/file", "inside").await;
    world.link("volume/current", "v1");
    world.link("volume/v1/round", "../v1/data");
    world.link("volume/full", world.path("volume/v1"));
    for (index, sub_path) in
        ["current/data", "v1/round", "current/round", "./v1/./data", "full/data"].iter().enumerate()
    {
        let target = world.path(&format!("target-{index}"));
        world.beneath.bind(&volume, Path::new(sub_path), &target).await.unwrap();
        let content = world.content(&format!("target-{index}/file")).await;
        assert_eq!(content.as_deref(), Some("inside"), "{sub_path}");
    }
    world.beneath.make_dir(&volume, Path::new("current/new"), 0o755).await.unwrap();
    assert!(world.files.look(&world.path("volume/v1/new")).await.unwrap().is_some());
}

async fn refuses_what_leads_out(world: World) {
    let volume = volume(&world).await;
    world.dir("volume/inner").await;
    world.link("volume/up", "../outside");
    world.link("volume/absolute", world.path("outside"));
    world.link("volume/root", "/");
    world.link("volume/inner/far", "../../outside/secret");
    world.link("volume/hop", "up");
    world.link("volume/loop", "loop");
    for sub_path in [
        "up",
        "up/secret",
        "absolute",
        "absolute/secret",
        "root",
        "root/etc",
        "inner/far",
        "hop/secret",
        "..",
        "../outside",
        "inner/../../outside",
        "/etc",
        "loop",
    ] {
        let bound = world.beneath.bind(&volume, Path::new(sub_path), &world.path("target")).await;
        let refused = match &bound {
            Err(BeneathError::Escapes { .. }) => true,
            // A loop leads nowhere.
            Err(BeneathError::Io { .. }) => sub_path == "loop",
            _ => false,
        };
        assert!(refused, "{sub_path}: {bound:?}");
        assert_eq!(world.files.look_at_link(&world.path("target")).await.unwrap(), None, "{sub_path}");
    }
    assert!(world.mounts.below(&world.root).await.unwrap().is_empty());
}

async fn makes_nothing_outside(world: World) {
    let volume = volume(&world).await;
    world.link("volume/up", "../outside");
    world.link("volume/absolute", world.path("outside"));
    world.link("volume/dangling", "../outside/new");
    for sub_path in ["up/new", "absolute/new", "dangling/new", "dangling", "../outside/new", "/new"] {
        let made = world.beneath.make_dir(&volume, Path::new(sub_path), 0o755).await;
        assert!(made.is_err(), "{sub_path}");
    }
    let outside = world.files.list_dir(&world.path("outside")).await.unwrap().unwrap();
    assert_eq!(outside.len(), 1, "{outside:?}");
}

async fn binds_a_directory(world: World) {
    let volume = volume(&world).await;
    world.dir("volume/data").await;
    world.file("volume/data/file", "content").await;
    let target = world.path("pod/volume-subpaths/volume/main/0");
    world.beneath.bind(&volume, Path::new("data"), &target).await.unwrap();
    assert_eq!(world.content("pod/volume-subpaths/volume/main/0/file").await.as_deref(), Some("content"));
    let above = world.files.look(&world.path("pod/volume-subpaths/volume")).await.unwrap().unwrap();
    assert_eq!(above.mode, 0o750);
    world.mounts.unmount(&target, Unmount::IfUnused).await.unwrap();
    let left = world.files.look(&target).await.unwrap().unwrap();
    assert_eq!((left.kind, left.mode), (FileKind::Directory, 0o750));
    // The volume as a whole.
    world.beneath.bind(&volume, Path::new("."), &world.path("whole")).await.unwrap();
    assert_eq!(world.content("whole/data/file").await.as_deref(), Some("content"));
}

async fn binds_a_file(world: World) {
    let volume = volume(&world).await;
    world.file("volume/file", "content").await;
    world.special("volume/socket", FileKind::Socket);
    for (name, kind) in [("file", FileKind::File), ("socket", FileKind::Socket)] {
        let target = world.path(&format!("targets/{name}"));
        world.beneath.bind(&volume, Path::new(name), &target).await.unwrap();
        assert_eq!(world.files.look(&target).await.unwrap().unwrap().kind, kind);
        world.mounts.unmount(&target, Unmount::IfUnused).await.unwrap();
        let left = world.files.look(&target).await.unwrap().unwrap();
        assert_eq!((left.kind, left.mode, left.size_bytes), (FileKind::File, 0o640, 0));
    }
}

async fn binding_again_changes_nothing(world: World) {
    let volume = volume(&world).await;
    world.dir("volume/data").await;
    for _ in 0..3 {
        world.beneath.bind(&volume, Path::new("data"), &world.path("target")).await.unwrap();
    }
    assert_eq!(world.mounts.below(&world.root).await.unwrap().len(), 1);
}

async fn a_stale_mount_makes_way(world: World) {
    let volume = volume(&world).await;
    world.dir("volume/data").await;
    world.file("volume/data/file", "old").await;
    world.beneath.bind(&volume, Path::new("data"), &world.path("target")).await.unwrap();
    world.files.remove_tree(&world.path("volume/data")).await.unwrap();
    world.file("volume/data", "a file now").await;
    world.beneath.bind(&volume, Path::new("data"), &world.path("target")).await.unwrap();
    assert_eq!(world.content("target").await.as_deref(), Some("a file now"));
    assert_eq!(world.mounts.below(&world.root).await.unwrap().len(), 1);
}

async fn what_is_not_there_is_told(world: World) {
    let volume = volume(&world).await;
    world.file("volume/file", "").await;
    world.link("volume/dangling", "nothing");
    for sub_path in ["nothing", "nothing/below", "dangling"] {
        let bound = world.beneath.bind(&volume, Path::new(sub_path), &world.path("target")).await;
        assert!(matches!(bound, Err(BeneathError::NotFound { .. })), "{sub_path}: {bound:?}");
    }
    let through = world.beneath.bind(&volume, Path::new("file/below"), &world.path("target")).await;
    assert!(matches!(through, Err(BeneathError::NotADirectory { .. })), "{through:?}");
    let no_volume = world.beneath.bind(&world.path("none"), Path::new("a"), &world.path("target")).await;
    assert!(matches!(no_volume, Err(BeneathError::NotFound { .. })), "{no_volume:?}");
}

/// A hostPath may itself be a link; that is the administrator's doing. A mounted volume is entered.
async fn a_volume_reached_through_a_link(world: World) {
    let memory = world.dir("memory").await;
    world.mounts.tmpfs(&memory, TmpfsOptions::default()).await.unwrap();
    world.link("way", "memory");
    world.beneath.make_dir(&world.path("way"), Path::new("a/b"), 0o755).await.unwrap();
    world.file("memory/a/b/file", "content").await;
    world.beneath.bind(&world.path("way"), Path::new("a/b"), &world.path("target")).await.unwrap();
    assert_eq!(world.content("target/file").await.as_deref(), Some("content"));
}

async fn reads_a_file(world: World) {
    let volume = volume(&world).await;
    world.dir("volume/v1").await;
    world.file("volume/v1/file", "content").await;
    world.link("volume/current", "v1");
    for sub_path in ["v1/file", "current/file", "./v1/./file"] {
        let content = world.beneath.read_file(&volume, Path::new(sub_path), 7).await.unwrap();
        assert_eq!(content, b"content", "{sub_path}");
    }
}

async fn refuses_to_read(world: World) {
    let volume = volume(&world).await;
    world.file("volume/file", "content").await;
    world.dir("volume/directory").await;
    world.link("volume/out", "../outside/secret");
    world.link("volume/away", world.path("outside"));
    let read = async |sub_path: &str, max_bytes: u64| {
        world.beneath.read_file(&volume, Path::new(sub_path), max_bytes).await
    };
    assert!(matches!(read("file", 6).await, Err(BeneathError::Io { .. })));
    assert!(matches!(read("directory", 9).await, Err(BeneathError::Io { .. })));
    assert!(matches!(read("absent", 9).await, Err(BeneathError::NotFound { .. })));
    for sub_path in ["out", "away/secret", "../outside/secret"] {
        let found = read(sub_path, 9).await;
        assert!(matches!(found, Err(BeneathError::Escapes { .. })), "{sub_path}: {found:?}");
    }
}
