use std::collections::BTreeMap;

use super::{CgroupResources, Write, v1, v2};

fn shown(writes: Vec<Write>) -> Vec<String> {
    writes.into_iter().map(|write| format!("{} {}={}", write.controller, write.file, write.value)).collect()
}

#[test]
fn nothing_set_writes_nothing() {
    let zero =
        CgroupResources { cpu_quota_us: Some(0), memory_limit_bytes: Some(0), ..CgroupResources::default() };
    for resources in [CgroupResources::default(), zero] {
        assert_eq!(v1(&resources, &[2 << 20]), []);
        assert_eq!(v2(&resources, &[2 << 20]), []);
    }
}

#[test]
fn everything() {
    let resources = CgroupResources {
        cpu_shares: Some(1024),
        cpu_quota_us: Some(50_000),
        cpu_period_us: Some(100_000),
        memory_limit_bytes: Some(1 << 20),
        memory_min_bytes: Some(1),
        memory_low_bytes: Some(0),
        memory_high_bytes: Some(4096),
        pids_limit: Some(100),
        huge_pages: Some(BTreeMap::from([(2 << 20, 4 << 20)])),
        cpuset_cpus: Some("0-3".into()),
    };
    let sizes = [64 << 10, 2 << 20, 1 << 30];
    assert_eq!(
        shown(v1(&resources, &sizes)),
        [
            "cpuset cpuset.cpus=0-3",
            "memory memory.limit_in_bytes=1048576",
            "cpu cpu.shares=1024",
            "cpu cpu.cfs_period_us=100000",
            "cpu cpu.cfs_quota_us=50000",
            "cpu cpu.cfs_period_us=100000",
            "pids pids.max=100",
            "hugetlb hugetlb.64KB.limit_in_bytes=0",
            "hugetlb hugetlb.64KB.rsvd.limit_in_bytes=0",
            "hugetlb hugetlb.2MB.limit_in_bytes=4194304",
            "hugetlb hugetlb.2MB.rsvd.limit_in_bytes=4194304",
            "hugetlb hugetlb.1GB.limit_in_bytes=0",
            "hugetlb hugetlb.1GB.rsvd.limit_in_bytes=0",
        ]
    );
    assert_eq!(
        shown(v2(&resources, &sizes[1..2])),
        [
            "pids pids.max=100",
            "memory memory.max=1048576",
            "memory memory.min=1",
            "memory memory.low=0",
            "memory memory.high=4096",
            "cpu cpu.weight=39",
            "cpu cpu.max=50000 100000",
            "cpuset cpuset.cpus=0-3",
            "hugetlb hugetlb.2MB.max=4194304",
            "hugetlb hugetlb.2MB.rsvd.max=4194304",
        ]
    );
}

#[test]
fn unlimited() {
    let resources = CgroupResources {
        cpu_quota_us: Some(-1),
        cpu_period_us: Some(100_000),
        memory_limit_bytes: Some(-1),
        pids_limit: Some(-1),
        ..CgroupResources::default()
    };
    assert_eq!(
        shown(v1(&resources, &[])),
        [
            "memory memory.memsw.limit_in_bytes=-1",
            "memory memory.limit_in_bytes=-1",
            "cpu cpu.cfs_period_us=100000",
            "cpu cpu.cfs_quota_us=-1",
            "cpu cpu.cfs_period_us=100000",
            "pids pids.max=max",
        ]
    );
    assert_eq!(
        shown(v2(&resources, &[])),
        [
            "pids pids.max=max",
            "memory memory.swap.max=max",
            "memory memory.max=max",
            "cpu cpu.max=max 100000",
        ]
    );
}
