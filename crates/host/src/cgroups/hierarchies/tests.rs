use super::*;

fn mounts(lines: &[(&str, &str, &str)]) -> Vec<Mount> {
    let mount = |(point, fs_type, options): &(&str, &str, &str)| Mount {
        mount_point: point.into(),
        root: "/".into(),
        fs_type: (*fs_type).into(),
        source: "cgroup".into(),
        read_only: false,
        fs_options: options.split(',').map(str::to_owned).collect(),
        shared: false,
    };
    lines.iter().map(mount).collect()
}

#[test]
fn controllers_from_the_mount_table() {
    let found = Hierarchies::from_mounts(&mounts(&[
        ("/", "ext4", "rw,memory"),
        ("/sys/fs/cgroup/cpu,cpuacct", "cgroup", "rw,cpu,cpuacct"),
        ("/elsewhere/memory", "cgroup", "rw,memory"),
        ("/sys/fs/cgroup/memory", "cgroup", "rw,memory"),
        ("/sys/fs/cgroup/systemd", "cgroup", "rw,xattr,name=systemd"),
        ("/sys/fs/cgroup/mine", "cgroup", "rw,name=mine"),
    ]));
    let root = |controller: &str| found.root_of(controller).map(|root| root.to_str().unwrap());
    assert_eq!(root("cpu"), Some("/sys/fs/cgroup/cpu,cpuacct"));
    assert_eq!(root("cpuacct"), root("cpu"));
    assert_eq!(root("memory"), Some("/elsewhere/memory"), "the shorter path");
    assert_eq!(root("pids"), None);
    assert_eq!(root("mine"), None);
    assert_eq!(found.mode(), Mode::V1);
    let directories: Vec<String> =
        found.directories("/kubepods/pod1").iter().map(|path| path.display().to_string()).collect();
    assert_eq!(
        directories,
        [
            "/elsewhere/memory/kubepods/pod1",
            "/sys/fs/cgroup/cpu,cpuacct/kubepods/pod1",
            "/sys/fs/cgroup/systemd/kubepods/pod1",
        ]
    );
}

#[test]
fn a_v2_tree_beside_makes_it_hybrid() {
    let found = Hierarchies::from_mounts(&mounts(&[
        ("/sys/fs/cgroup/pids", "cgroup", "rw,pids"),
        ("/sys/fs/cgroup/unified", "cgroup2", "rw"),
        ("/mnt/other", "cgroup2", "rw"),
    ]));
    assert_eq!(found.mode(), Mode::Hybrid);
    assert_eq!(found.directories("/a").len(), 2);
}
