use std::path::Path;

use host::{
    fake::FakeHost,
    files::{FileKind, Files},
};

use crate::tests::{SETTINGS, SetUpAll as _, on, path_of, pod};

#[tokio::test]
async fn types() {
    let host = FakeHost::new();
    Files::make_dir(&*host, Path::new("/dir"), 0o755).await.unwrap();
    host.make_file(Path::new("/file"), 0o600).await.unwrap();
    host.make_link(Path::new("/link"), Path::new("dir"));
    for (path, kind) in [
        ("/socket", FileKind::Socket),
        ("/char", FileKind::CharacterDevice),
        ("/block", FileKind::BlockDevice),
        ("/pipe", FileKind::Pipe),
    ] {
        host.make_special(Path::new(path), kind);
    }
    let check = async |path: &str, kind: &str, expected: Result<(), &str>| {
        let volume = format!(r#"{{"name":"v","hostPath":{{"path":"{path}","type":"{kind}"}}}}"#);
        let result = on(&host, SETTINGS).set_up_all(&pod(&volume, "")).await;
        let result = result.map(|volumes| assert_eq!(path_of(&volumes, "v"), Path::new(path)));
        let result = result.map_err(|error| error.event_message());
        let expected = expected.map_err(|text| format!("MountVolume.SetUp failed for volume \"v\" : {text}"));
        assert_eq!(result, expected, "{kind} {path}");
    };
    for (path, kind) in [
        ("/dir", ""),
        ("/nothing", ""),
        ("/dir", "Directory"),
        ("/link", "Directory"),
        ("/dir", "DirectoryOrCreate"),
        ("/file", "File"),
        ("/file", "FileOrCreate"),
        ("/socket", "Socket"),
        ("/char", "CharDevice"),
        ("/block", "BlockDevice"),
    ] {
        check(path, kind, Ok(())).await;
    }
    let missing = "unable to determine its type: path \"/nothing\" does not exist";
    for (kind, word) in [
        ("Directory", "directory"),
        ("File", "file"),
        ("Socket", "socket file"),
        ("CharDevice", "character device"),
        ("BlockDevice", "block device"),
    ] {
        let text = format!("hostPath type check failed, /nothing is not a {word}, {missing}");
        check("/nothing", kind, Err(&text)).await;
    }
    check("/file", "Directory", Err("hostPath type check failed: /file is not a directory, it's a File"))
        .await;
    check(
        "/file",
        "DirectoryOrCreate",
        Err("hostPath type check failed: /file is not a directory, it's a File"),
    )
    .await;
    check("/dir", "FileOrCreate", Err("hostPath type check failed: /dir is not a file, it's a Directory"))
        .await;
    check(
        "/char",
        "BlockDevice",
        Err("hostPath type check failed: /char is not a block device, it's a CharDevice"),
    )
    .await;
    check(
        "/pipe",
        "File",
        Err("hostPath type check failed, /pipe is not a file, unable to determine its type: only recognise file, directory, socket, block device and character device"),
    )
    .await;
    check("/dir", "Folder", Err("Folder is an invalid volume type")).await;
    check("/dir/../etc", "", Err("invalid HostPath `/dir/../etc`: must not contain '..'")).await;
}

#[tokio::test]
async fn what_is_missing_is_made() {
    let host = FakeHost::new();
    let volume = |path: &str, kind: &str| {
        pod(&format!(r#"{{"name":"v","hostPath":{{"path":"{path}","type":"{kind}"}}}}"#), "")
    };
    let volumes = on(&host, SETTINGS);
    volumes.set_up_all(&volume("/made/deep", "DirectoryOrCreate")).await.unwrap();
    volumes.set_up_all(&volume("/made/file", "FileOrCreate")).await.unwrap();
    let state = async |path: &str| {
        let state = host.look(Path::new(path)).await.unwrap().unwrap();
        (state.kind, state.mode)
    };
    assert_eq!(state("/made/deep").await, (FileKind::Directory, 0o755));
    assert_eq!(state("/made/file").await, (FileKind::File, 0o644));
    for (path, kind, expected) in [
        ("/none/file", "FileOrCreate", "open /none/file: no such file or directory"),
        ("/made/file/x", "DirectoryOrCreate", "mkdir /made/file/x: not a directory"),
    ] {
        let error = volumes.set_up_all(&volume(path, kind)).await.unwrap_err();
        let message = error.event_message();
        assert_eq!(message, format!("MountVolume.SetUp failed for volume \"v\" : {expected}"));
    }
    // Nothing of it is taken down.
    volumes.tear_down(Path::new(crate::tests::POD_DIR)).await.unwrap();
    assert_eq!(state("/made/deep").await, (FileKind::Directory, 0o755));
}
