//! [`crate::files`].

use std::{ffi::OsString, path::Path};

use super::World;
use crate::files::{FileError, FileKind, Laid, Ownership};

super::contract! {
    looks kinds_of_files makes_directories_with_their_mode makes_files_once lays_out_in_order writes_and_reads
    reading_is_bounded lists_in_order removes_one removes_a_tree_and_follows_no_link
    links_and_names dated_directories a_tree_with_a_mount_stays deep_trees_go modes_and_owners gives_a_tree_to_a_group measures_disks
}

async fn looks(world: World) {
    let file = world.file("file", "12345").await;
    let state = world.files.look(&file).await.unwrap().unwrap();
    assert_eq!((state.kind, state.mode, state.size_bytes), (FileKind::File, 0o644, 5));
    world.link("link", "file");
    world.link("dangling", "nothing");
    let followed = world.files.look(&world.path("link")).await.unwrap().unwrap();
    assert_eq!(followed.identity, state.identity);
    let link = world.files.look_at_link(&world.path("link")).await.unwrap().unwrap();
    assert_eq!(link.kind, FileKind::Link);
    assert_ne!(link.identity, state.identity);
    for absent in ["nothing", "dangling", "nothing/below", "file/below"] {
        assert_eq!(world.files.look(&world.path(absent)).await.unwrap(), None, "{absent}");
    }
}

async fn kinds_of_files(world: World) {
    world.special("socket", FileKind::Socket);
    world.special("pipe", FileKind::Pipe);
    for (name, kind) in [("socket", FileKind::Socket), ("pipe", FileKind::Pipe), (".", FileKind::Directory)] {
        let state = world.files.look(&world.path(name)).await.unwrap().unwrap();
        assert_eq!(state.kind, kind, "{name}");
    }
}

async fn makes_directories_with_their_mode(world: World) {
    let mode = async |path: &str| world.files.look(&world.path(path)).await.unwrap().unwrap().mode;
    world.files.make_dir(&world.path("a/b/c"), 0o777).await.unwrap();
    assert_eq!((mode("a").await, mode("a/b/c").await), (0o777, 0o777));
    world.files.make_dir(&world.path("a/b"), 0o700).await.unwrap();
    assert_eq!(mode("a/b").await, 0o777, "one that is there stays");
    world.file("file", "").await;
    for in_the_way in ["file", "file/below"] {
        let made = world.files.make_dir(&world.path(in_the_way), 0o755).await;
        assert!(matches!(made, Err(FileError::NotADirectory { .. })), "{in_the_way}: {made:?}");
    }
}

async fn makes_files_once(world: World) {
    let path = world.path("ready");
    world.files.make_file(&path, 0o666).await.unwrap();
    let state = world.files.look(&path).await.unwrap().unwrap();
    assert_eq!((state.kind, state.mode, state.size_bytes), (FileKind::File, 0o666, 0));
    world.file("ready", "content").await;
    world.files.make_file(&path, 0o600).await.unwrap();
    assert_eq!(world.content("ready").await.as_deref(), Some("content"));
    let missing = world.files.make_file(&world.path("none/file"), 0o600).await;
    assert!(matches!(missing, Err(FileError::NotFound { .. })), "{missing:?}");
}

async fn lays_out_in_order(world: World) {
    let laid = |path: &str, laid: Laid| (world.path(path), laid);
    let directory = laid("a/b", Laid::Directory(0o750));
    let (empty, content) =
        (laid("a/b/log", Laid::EmptyFile(0o666)), laid("a/hosts", Laid::Content(b"own".into(), 0o644)));
    world.files.lay_out(vec![directory.clone(), empty, content]).await.unwrap();
    let mode = async |path: &str| world.files.look(&world.path(path)).await.unwrap().unwrap().mode;
    assert_eq!((mode("a").await, mode("a/b/log").await, mode("a/hosts").await), (0o750, 0o666, 0o644));
    assert_eq!(world.content("a/hosts").await.as_deref(), Some("own"));
    let (lost, later) = (laid("none/log", Laid::EmptyFile(0o666)), laid("later", Laid::Directory(0o750)));
    let failed = world.files.lay_out(vec![directory, lost, later]).await;
    assert!(matches!(failed, Err(FileError::NotFound { .. })), "{failed:?}");
    assert!(
        world.files.look(&world.path("later")).await.unwrap().is_none(),
        "it ends at the first that fails"
    );
    world.files.lay_out(Vec::new()).await.unwrap();
}

async fn writes_and_reads(world: World) {
    let path = world.path("file");
    world.files.write_atomic(&path, b"old", 0o600).await.unwrap();
    world.files.write_atomic(&path, b"new", 0o666).await.unwrap();
    assert_eq!(world.content("file").await.as_deref(), Some("new"));
    assert_eq!(world.files.look(&path).await.unwrap().unwrap().mode, 0o666);
    // A link is replaced, not followed.
    world.link("link", "file");
    world.files.write_unsynced(&world.path("link"), b"own", 0o644).await.unwrap();
    assert_eq!(world.content("file").await.as_deref(), Some("new"));
    assert_eq!(world.content("link").await.as_deref(), Some("own"));
    assert_eq!(world.content("nothing").await, None);
    world.dir("dir").await;
    assert!(world.files.write_atomic(&world.path("dir"), b"x", 0o644).await.is_err());
    let missing = world.files.write_atomic(&world.path("none/file"), b"x", 0o644).await;
    assert!(matches!(missing, Err(FileError::NotFound { .. })), "{missing:?}");
    let names = world.files.list_dir(&world.root).await.unwrap().unwrap();
    let names: Vec<OsString> = names.into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["dir", "file", "link"], "no temporary file is left");
}

async fn reading_is_bounded(world: World) {
    let path = world.file("file", "12345").await;
    assert_eq!(world.files.read(&path, 5).await.unwrap().unwrap(), b"12345");
    let bounded = world.files.read(&path, 4).await;
    assert!(matches!(bounded, Err(FileError::TooLarge { max_bytes: 4, .. })), "{bounded:?}");
    assert!(world.files.read(&world.root, 4).await.is_err(), "a directory has no content");
}

async fn lists_in_order(world: World) {
    world.dir("list").await;
    for name in ["b", "a", "c"] {
        world.file(&format!("list/{name}"), "").await;
    }
    world.dir("list/d/below").await;
    world.link("list/e", "a");
    let entries = world.files.list_dir(&world.path("list")).await.unwrap().unwrap();
    let entries: Vec<(String, FileKind)> =
        entries.into_iter().map(|entry| (entry.name.into_string().unwrap(), entry.kind)).collect();
    let expected = [
        ("a", FileKind::File),
        ("b", FileKind::File),
        ("c", FileKind::File),
        ("d", FileKind::Directory),
        ("e", FileKind::Link),
    ];
    assert_eq!(entries, expected.map(|(name, kind)| (name.to_owned(), kind)));
    assert_eq!(world.files.list_dir(&world.path("none")).await.unwrap(), None);
    let file = world.files.list_dir(&world.path("list/a")).await;
    assert!(matches!(file, Err(FileError::NotADirectory { .. })), "{file:?}");
}

async fn removes_one(world: World) {
    world.dir("full/inner").await;
    world.dir("empty").await;
    world.file("file", "").await;
    world.link("link", "full");
    for name in ["empty", "file", "link", "nothing", "nothing/below"] {
        world.files.remove(&world.path(name)).await.unwrap();
        assert_eq!(world.files.look_at_link(&world.path(name)).await.unwrap(), None, "{name}");
    }
    assert!(world.files.remove(&world.path("full")).await.is_err());
    assert!(world.files.look(&world.path("full/inner")).await.unwrap().is_some());
}

async fn removes_a_tree_and_follows_no_link(world: World) {
    world.dir("outside").await;
    world.file("outside/precious", "keep").await;
    world.dir("tree/a/b").await;
    world.file("tree/a/b/file", "").await;
    world.link("tree/a/absolute", world.path("outside"));
    world.link("tree/up", "../outside");
    world.special("tree/socket", FileKind::Socket);
    world.special("tree/pipe", FileKind::Pipe);
    world.files.remove_tree(&world.path("tree")).await.unwrap();
    assert_eq!(world.files.look_at_link(&world.path("tree")).await.unwrap(), None);
    assert_eq!(world.content("outside/precious").await.as_deref(), Some("keep"));
    world.files.remove_tree(&world.path("tree")).await.unwrap();
    // A link itself goes, not what it leads to.
    world.link("link", "outside");
    world.files.remove_tree(&world.path("link")).await.unwrap();
    assert_eq!(world.content("outside/precious").await.as_deref(), Some("keep"));
}

async fn a_tree_with_a_mount_stays(world: World) {
    let source = world.dir("source").await;
    world.file("source/precious", "keep").await;
    world.dir("tree/aaa").await;
    let target = world.dir("tree/mounted").await;
    world.file("tree/other", "keep").await;
    world.mounts.bind(&source, &target).await.unwrap();
    for tree in ["tree", "tree/mounted"] {
        match world.files.remove_tree(&world.path(tree)).await {
            Err(FileError::CrossesMount { mount_point, .. }) => assert_eq!(mount_point, target),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(world.content("source/precious").await.as_deref(), Some("keep"));
    assert_eq!(world.content("tree/other").await.as_deref(), Some("keep"), "said before anything is removed");
    world.mounts.unmount(&target, crate::mounts::Unmount::IfUnused).await.unwrap();
    world.files.remove_tree(&world.path("tree")).await.unwrap();
    assert_eq!(world.content("source/precious").await.as_deref(), Some("keep"));
}

async fn deep_trees_go(world: World) {
    let deep = vec!["d"; 300].join("/");
    world.dir(&format!("tree/{deep}")).await;
    world.file(&format!("tree/{deep}/file"), "").await;
    world.files.remove_tree(&world.path("tree")).await.unwrap();
    assert_eq!(world.files.look(&world.path("tree")).await.unwrap(), None);
}

async fn modes_and_owners(world: World) {
    let file = world.file("file", "").await;
    world.link("link", "file");
    world.files.set_mode(&world.path("link"), 0o2750).await.unwrap();
    assert_eq!(world.files.look(&file).await.unwrap().unwrap().mode, 0o2750);
    world.files.set_owner(&world.path("link"), Some(7), Some(8)).await.unwrap();
    let state = world.files.look(&file).await.unwrap().unwrap();
    assert_eq!((state.user_id, state.group_id), (0, 0), "links are not followed");
    world.files.set_owner(&file, None, Some(9)).await.unwrap();
    let state = world.files.look(&file).await.unwrap().unwrap();
    assert_eq!((state.user_id, state.group_id), (0, 9));
    let missing = world.files.set_mode(&world.path("none"), 0o600).await;
    assert!(matches!(missing, Err(FileError::NotFound { .. })), "{missing:?}");
}

async fn gives_a_tree_to_a_group(world: World) {
    let outside = world.file("outside", "").await;
    world.dir("tree/inner").await;
    world.file("tree/inner/file", "").await;
    world.link("tree/link", &outside);
    let ownership = Ownership { group_id: 4321, add_mode: 0o660, add_directory_mode: 0o2110 };
    world.files.change_ownership(&world.path("tree"), ownership).await.unwrap();
    for (path, mode) in [("tree", 0o2775), ("tree/inner", 0o2775), ("tree/inner/file", 0o664)] {
        let state = world.files.look(&world.path(path)).await.unwrap().unwrap();
        assert_eq!((state.group_id, state.mode), (4321, mode), "{path}: {:o}", state.mode);
    }
    let link = world.files.look_at_link(&world.path("tree/link")).await.unwrap().unwrap();
    assert_eq!(link.group_id, 4321);
    let outside = world.files.look(&outside).await.unwrap().unwrap();
    assert_eq!((outside.group_id, outside.mode), (0, 0o644));
}

async fn measures_disks(world: World) {
    let space = world.files.disk_space(&world.root).await.unwrap();
    assert!(space.total_bytes >= space.available_bytes && space.total_bytes > 0, "{space:?}");
    assert!(space.total_inodes >= space.free_inodes, "{space:?}");
    let missing = world.files.disk_space(&world.path("none")).await;
    assert!(matches!(missing, Err(FileError::NotFound { .. })), "{missing:?}");
}

async fn links_and_names(world: World) {
    let read = async |name: &str| world.files.read_link(&world.path(name)).await.unwrap();
    world.files.link(&world.path("link"), Path::new("old/file")).await.unwrap();
    assert_eq!(read("link").await.as_deref(), Some(Path::new("old/file")));
    world.files.link(&world.path("link"), Path::new("other")).await.unwrap();
    assert_eq!(read("link").await.as_deref(), Some(Path::new("old/file")), "one that is there stays");
    world.dir("old").await;
    world.file("old/file", "content").await;
    assert_eq!(world.content("link").await.as_deref(), Some("content"));
    for other in ["old", "old/file", "nothing", "nothing/below"] {
        assert_eq!(read(other).await, None, "{other}");
    }
    // A link takes the place of another in one step.
    world.files.link(&world.path("next"), Path::new("new/file")).await.unwrap();
    world.files.rename(&world.path("next"), &world.path("link")).await.unwrap();
    assert_eq!(read("link").await.as_deref(), Some(Path::new("new/file")));
    assert_eq!(read("next").await, None);
    world.files.rename(&world.path("old"), &world.path("new")).await.unwrap();
    assert_eq!(world.content("link").await.as_deref(), Some("content"));
    assert_eq!(world.files.look(&world.path("old")).await.unwrap(), None);
    let missing = world.files.rename(&world.path("old"), &world.path("other")).await;
    assert!(matches!(missing, Err(FileError::NotFound { .. })), "{missing:?}");
    assert!(world.files.rename(&world.path("link"), &world.path("new")).await.is_err(), "a directory stays");
}

async fn dated_directories(world: World) {
    let mut names = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let path = world.files.make_dated_dir(&world.root).await.unwrap();
        let state = world.files.look(&path).await.unwrap().unwrap();
        assert_eq!((state.kind, state.mode), (FileKind::Directory, 0o755));
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let shape: String =
            name.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
        assert!(shape.starts_with("..0000_00_00_00_00_00.0"), "{name}");
        names.insert(name);
    }
    assert_eq!(names.len(), 3);
    let missing = world.files.make_dated_dir(&world.path("none")).await;
    assert!(matches!(missing, Err(FileError::NotFound { .. })), "{missing:?}");
}
