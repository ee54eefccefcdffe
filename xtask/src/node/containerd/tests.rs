use super::*;

fn programs() -> Programs {
    Programs {
        containerd: "/b/containerd".into(),
        shim_directory: "/b".into(),
        runc: "/b/runc".into(),
        cni_plugins: "/b/cni".into(),
    }
}

fn mirror(only: bool) -> Mirror {
    Mirror { address: "127.0.0.1:5000".parse().unwrap(), only }
}

fn rendered(major: u32, minor: u32) -> String {
    let settings = Settings { mirror: Some(mirror(true)), systemd_cgroup: false };
    configuration(Version { major, minor }, &programs(), &Layout::new("/root", "/state"), &settings, true)
}

/// `key = value` within a section of the rendered file.
fn value<'a>(text: &'a str, section: &str, key: &str) -> Option<&'a str> {
    let mut lines = text.lines().skip_while(|line| !section.is_empty() && *line != format!("[{section}]"));
    lines
        .by_ref()
        .skip(usize::from(!section.is_empty()))
        .take_while(|line| !line.starts_with('['))
        .find_map(|line| line.strip_prefix(&format!("{key} = ")))
}

fn check(text: &str, section: &str, key: &str, expected: &str) {
    assert_eq!(value(text, section, key), Some(expected), "[{section}] {key} in\n{text}");
}

#[test]
fn containerd_1_gets_version_2_of_the_format() {
    let text = rendered(1, 6);
    let cri = "plugins.\"io.containerd.grpc.v1.cri\"";
    check(&text, "", "version", "2");
    check(&text, "", "root", "\"/root/containerd\"");
    check(&text, "grpc", "address", "\"/state/containerd.sock\"");
    check(&text, cri, "sandbox_image", "\"registry.k8s.io/pause:3.10\"");
    check(&text, cri, "restrict_oom_score_adj", "true");
    check(&text, &format!("{cri}.cni"), "bin_dir", "\"/b/cni\"");
    check(&text, &format!("{cri}.containerd.runtimes.runc.options"), "BinaryName", "\"/b/runc\"");
    check(
        &text,
        &format!("{cri}.containerd.runtimes.test-handler"),
        "runtime_type",
        "\"io.containerd.runc.v2\"",
    );
    check(&text, &format!("{cri}.registry"), "config_path", "\"/root/certs.d\"");
}

#[test]
fn containerd_2_gets_version_3_with_its_renamed_plugins() {
    let text = rendered(2, 4);
    let (runtime, images) =
        ("plugins.\"io.containerd.cri.v1.runtime\"", "plugins.\"io.containerd.cri.v1.images\"");
    check(&text, "", "version", "3");
    check(&text, runtime, "restrict_oom_score_adj", "true");
    check(&text, &format!("{runtime}.cni"), "bin_dirs", "[\"/b/cni\"]");
    check(&text, images, "snapshotter", "\"overlayfs\"");
    check(&text, &format!("{images}.pinned_images"), "sandbox", "\"registry.k8s.io/pause:3.10\"");
    check(&text, &format!("{images}.registry"), "config_path", "\"/root/certs.d\"");
    assert_eq!(value(&text, runtime, "sandbox_image"), None);
}

#[test]
fn a_mirror_is_asked_first_or_alone() {
    let host = "\n\n[host.\"http://127.0.0.1:5000\"]\ncapabilities = [\"pull\", \"resolve\"]\n";
    for (name, only, server) in [
        ("docker.io", false, "https://registry-1.docker.io"),
        ("registry.k8s.io", false, "https://registry.k8s.io"),
        ("docker.io", true, "http://127.0.0.1:5000"),
    ] {
        assert_eq!(hosts_file(name, mirror(only)), format!("server = \"{server}\"{host}"), "{name} {only}");
    }
}

#[test]
fn versions_are_read_from_what_containerd_tells() {
    for (told, expected) in [
        ("containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3", Some((1, 6))),
        ("containerd github.com/containerd/containerd/v2 v2.4.2 ", Some((2, 4))),
        ("containerd.io 1.7.27 05044ec0a9a75232cad458027ca83437aae3f4da", Some((1, 7))),
        ("no version here", None),
    ] {
        let found = Version::parse(told).map(|version| (version.major, version.minor));
        assert_eq!(found, expected, "{told}");
    }
}
