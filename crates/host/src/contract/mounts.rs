//! [`crate::mounts`].

use super::World;
use crate::mounts::{FsKind, MountError, TmpfsOptions, Unmount};

super::contract! {
    mounts_a_tmpfs binds_and_unbinds read_only_binds stacked_mounts_end_one_by_one
    a_mount_with_mounts_below_is_busy unmounting_nothing_is_success what_is_missing_is_told shares_a_directory
    names_with_odd_characters
}

async fn mounts_a_tmpfs(world: World) {
    let target = world.dir("memory").await;
    world.file("memory/hidden", "disk").await;
    let before = world.mounts.at(&target).await.unwrap().unwrap();
    assert!(!before.is_mount_point);
    world.mounts.tmpfs(&target, TmpfsOptions { size_bytes: Some(1 << 20) }).await.unwrap();
    let state = world.mounts.at(&target).await.unwrap().unwrap();
    assert_eq!((state.is_mount_point, state.fs), (true, FsKind::Tmpfs));
    assert_eq!(world.files.look(&target).await.unwrap().unwrap().mode, 0o1777);
    assert_eq!(world.content("memory/hidden").await, None);
    world.dir("memory/inner").await;
    let inner = world.mounts.at(&world.path("memory/inner")).await.unwrap().unwrap();
    assert_eq!((inner.is_mount_point, inner.fs), (false, FsKind::Tmpfs));
    let below = world.mounts.below(&world.root).await.unwrap();
    assert_eq!(below.len(), 1);
    assert_eq!((below[0].fs_type.as_str(), &below[0].mount_point), ("tmpfs", &target));
    assert!(below[0].fs_options.contains(&"size=1024k".to_owned()), "{below:?}");
    world.mounts.unmount(&target, Unmount::IfUnused).await.unwrap();
    assert_eq!(world.content("memory/hidden").await.as_deref(), Some("disk"));
    assert!(world.mounts.below(&world.root).await.unwrap().is_empty());
}

async fn binds_and_unbinds(world: World) {
    let source = world.dir("source").await;
    world.file("source/file", "content").await;
    let target = world.dir("target").await;
    world.mounts.bind(&source, &target).await.unwrap();
    assert_eq!(world.content("target/file").await.as_deref(), Some("content"));
    world.file("target/new", "through").await;
    assert_eq!(world.content("source/new").await.as_deref(), Some("through"));
    let same = world.files.look(&target).await.unwrap().unwrap().identity;
    assert_eq!(world.files.look(&source).await.unwrap().unwrap().identity, same);
    // A file onto a file.
    let file = world.file("file", "other").await;
    world.mounts.bind(&file, &world.path("source/file")).await.unwrap();
    assert_eq!(world.content("source/file").await.as_deref(), Some("other"));
    for point in ["source/file", "target"] {
        world.mounts.unmount(&world.path(point), Unmount::IfUnused).await.unwrap();
    }
    assert_eq!(world.content("target/file").await, None);
    assert_eq!(world.content("source/file").await.as_deref(), Some("content"));
}

async fn read_only_binds(world: World) {
    let source = world.dir("source").await;
    let target = world.dir("target").await;
    assert!(world.mounts.make_read_only(&target).await.is_err(), "not a mount point");
    world.mounts.bind(&source, &target).await.unwrap();
    world.mounts.make_read_only(&target).await.unwrap();
    assert!(world.files.make_file(&world.path("target/file"), 0o644).await.is_err());
    world.files.make_file(&world.path("source/file"), 0o644).await.unwrap();
    let below = world.mounts.below(&target).await.unwrap();
    assert!(below[0].read_only, "{below:?}");
}

async fn stacked_mounts_end_one_by_one(world: World) {
    let target = world.dir("target").await;
    for size in [1 << 20, 2 << 20] {
        world.mounts.tmpfs(&target, TmpfsOptions { size_bytes: Some(size) }).await.unwrap();
        world.file("target/file", &size.to_string()).await;
    }
    assert_eq!(world.mounts.below(&target).await.unwrap().len(), 2);
    world.mounts.unmount(&target, Unmount::IfUnused).await.unwrap();
    assert_eq!(world.content("target/file").await.as_deref(), Some("1048576"));
    world.mounts.unmount(&target, Unmount::IfUnused).await.unwrap();
    assert_eq!(world.content("target/file").await, None);
}

async fn a_mount_with_mounts_below_is_busy(world: World) {
    let outer = world.dir("outer").await;
    world.mounts.tmpfs(&outer, TmpfsOptions::default()).await.unwrap();
    let inner = world.dir("outer/inner").await;
    world.mounts.tmpfs(&inner, TmpfsOptions::default()).await.unwrap();
    let busy = world.mounts.unmount(&outer, Unmount::IfUnused).await;
    assert!(matches!(&busy, Err(MountError::Busy { mount_point }) if *mount_point == outer), "{busy:?}");
    world.mounts.unmount(&outer, Unmount::Detach).await.unwrap();
    assert!(world.mounts.below(&outer).await.unwrap().is_empty());
    assert_eq!(world.files.look(&inner).await.unwrap(), None);
}

async fn unmounting_nothing_is_success(world: World) {
    world.dir("plain").await;
    for path in ["plain", "nothing", "nothing/below"] {
        for how in [Unmount::IfUnused, Unmount::Detach] {
            world.mounts.unmount(&world.path(path), how).await.unwrap();
        }
    }
}

async fn what_is_missing_is_told(world: World) {
    let there = world.dir("there").await;
    let missing = world.path("missing");
    let results = [
        world.mounts.tmpfs(&missing, TmpfsOptions::default()).await,
        world.mounts.bind(&missing, &there).await,
        world.mounts.bind(&there, &missing).await,
        world.mounts.make_shared(&missing).await,
    ];
    for result in results {
        assert!(matches!(&result, Err(MountError::NotFound { path }) if *path == missing), "{result:?}");
    }
    assert_eq!(world.mounts.at(&missing).await.unwrap(), None);
    assert!(world.mounts.below(&missing).await.unwrap().is_empty());
}

async fn shares_a_directory(world: World) {
    let root = world.dir("kubelet").await;
    let memory = world.dir("kubelet/pods/memory").await;
    world.mounts.tmpfs(&memory, TmpfsOptions::default()).await.unwrap();
    world.file("kubelet/pods/memory/file", "content").await;
    world.mounts.make_shared(&root).await.unwrap();
    let shared = world.mounts.below(&root).await.unwrap();
    assert!(shared.iter().any(|mount| mount.mount_point == root && mount.shared), "{shared:?}");
    assert_eq!(world.content("kubelet/pods/memory/file").await.as_deref(), Some("content"));
    world.mounts.make_shared(&root).await.unwrap();
    assert_eq!(world.mounts.below(&root).await.unwrap().len(), shared.len(), "once is enough");
}

async fn names_with_odd_characters(world: World) {
    let target = world.dir("with space\\and\ttab and\nnewline é").await;
    world.mounts.tmpfs(&target, TmpfsOptions::default()).await.unwrap();
    let below = world.mounts.below(&target).await.unwrap();
    assert_eq!(below.len(), 1);
    assert_eq!(below[0].mount_point, target);
    world.mounts.unmount(&target, Unmount::IfUnused).await.unwrap();
}
