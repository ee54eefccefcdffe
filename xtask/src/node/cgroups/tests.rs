use super::*;

fn check(own: &str, mounts: &str, expected: &[(&str, &str)]) {
    let found: Vec<(String, String)> = hierarchies(own, mounts)
        .into_iter()
        .map(|hierarchy| (hierarchy.controllers, hierarchy.own.display().to_string()))
        .collect();
    let expected: Vec<(String, String)> =
        expected.iter().map(|(controllers, own)| ((*controllers).to_owned(), (*own).to_owned())).collect();
    assert_eq!(found, expected, "{own}");
}

#[test]
fn hierarchies_of_a_hybrid_machine_are_all_of_them() {
    check(
        "3:name=systemd:/\n2:memory:/session/1\n1:cpu,cpuacct:/\n0::/\n",
        "25 20 0:22 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n\
         26 25 0:23 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n\
         27 25 0:24 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n\
         28 25 0:25 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd\n\
         29 25 0:26 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n",
        &[
            ("name=systemd", "/sys/fs/cgroup/systemd"),
            ("memory", "/sys/fs/cgroup/memory/session/1"),
            ("cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct"),
            ("", "/sys/fs/cgroup/unified"),
        ],
    );
}

#[test]
fn hierarchies_of_a_v2_machine_are_the_one() {
    check(
        "0::/user.slice/session-1.scope\n",
        "26 25 0:23 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n",
        &[("", "/sys/fs/cgroup/user.slice/session-1.scope")],
    );
}

#[test]
fn a_mount_of_a_part_is_taken_from_its_root() {
    check(
        "2:memory:/docker/abc/inner\n",
        "27 25 0:24 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
        &[("memory", "/sys/fs/cgroup/memory/inner")],
    );
}
