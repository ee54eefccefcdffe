use std::fs;

use super::*;

#[test]
fn this_machine() {
    let machine = Machine::read().unwrap();
    assert!(machine.memory_bytes > 1 << 20 && machine.cpus > 0, "{machine:?}");
    assert_eq!(machine.boot_id.len(), 36);
    assert!(!machine.hostname.is_empty() && machine.kernel_version.contains('.'), "{machine:?}");
}

#[test]
fn files_of_a_machine() {
    let root = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("proc/meminfo", "MemTotal:       24576000 kB\nMemFree: 1 kB\n");
    write("sys/devices/system/cpu/online", "0-3,8\n");
    write("proc/sys/kernel/random/boot_id", "b\n");
    write("proc/sys/kernel/hostname", "Node-1.Example\n");
    let incomplete = Machine::read_below(root.path());
    assert!(matches!(incomplete, Err(MachineError::Io { .. })), "{incomplete:?}");
    write("proc/sys/kernel/osrelease", "6.18.44\n");
    for size in ["hugepages-2048kB", "hugepages-1048576kB", "odd"] {
        fs::create_dir_all(root.path().join("sys/kernel/mm/hugepages").join(size)).unwrap();
    }
    let machine = Machine::read_below(root.path()).unwrap();
    assert_eq!((machine.memory_bytes, machine.cpus), (24_576_000 << 10, 5));
    assert_eq!((machine.hostname.as_str(), machine.os_image.as_str()), ("node-1.example", "Unknown"));
    assert_eq!((machine.machine_id.as_str(), machine.system_uuid.as_str()), ("", ""));
    assert_eq!(machine.huge_page_sizes, [2 << 20, 1 << 30]);
    write("etc/machine-id", "abc\n");
    write("etc/os-release", "NAME=x\nPRETTY_NAME=\"Debian 12\"\n");
    let machine = Machine::read_below(root.path()).unwrap();
    assert_eq!((machine.machine_id.as_str(), machine.os_image.as_str()), ("abc", "Debian 12"));
    assert_eq!(machine.system_uuid, "abc");
    for (path, text) in [("proc/meminfo", "MemTotal: x kB"), ("sys/devices/system/cpu/online", "3-0")] {
        write(path, text);
        let malformed = Machine::read_below(root.path());
        assert!(matches!(malformed, Err(MachineError::Malformed { .. })), "{path}: {malformed:?}");
        write("proc/meminfo", "MemTotal: 1024 kB\n");
    }
}
