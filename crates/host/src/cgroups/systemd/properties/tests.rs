use super::*;
use crate::cgroups::{Driver, QosClass, names::Layout};

fn shown(properties: Vec<Property>) -> Vec<String> {
    properties
        .into_iter()
        .map(|(name, value)| format!("{name}={value}").replace("uint64 ", "").replace("byte ", ""))
        .collect()
}

#[test]
fn a_new_slice() {
    let layout = Layout::new("/", Driver::Systemd, true);
    let pod = layout.pod(&"1-2".into(), QosClass::BestEffort).unwrap();
    assert_eq!(
        shown(of_new_slice(&pod, Mode::V2)),
        [
            "Description=\"libcontainer container kubepods-besteffort-pod1_2.slice\"",
            "Wants=[\"kubepods-besteffort.slice\"]",
            "MemoryAccounting=true",
            "CPUAccounting=true",
            "IOAccounting=true",
            "TasksAccounting=true",
            "DefaultDependencies=false",
        ]
    );
    let top = shown(of_new_slice(&layout.all_pods, Mode::Hybrid));
    assert_eq!((top[1].as_str(), top[4].as_str()), ("Wants=[\"-.slice\"]", "BlockIOAccounting=true"));
}

#[test]
fn values() {
    #[track_caller]
    fn check(resources: &CgroupResources, mode: Mode, version: u32, expected: &[&str]) {
        assert_eq!(shown(of_resources(resources, mode, version)), expected, "{mode:?} {version}");
    }
    let all = CgroupResources {
        cpu_shares: Some(1024),
        cpu_quota_us: Some(50_000),
        cpu_period_us: Some(100_000),
        memory_limit_bytes: Some(1 << 20),
        memory_min_bytes: Some(1),
        memory_low_bytes: Some(0),
        memory_high_bytes: Some(4096),
        pids_limit: Some(100),
        huge_pages: None,
        cpuset_cpus: Some("0-1,9".into()),
    };
    check(
        &all,
        Mode::V2,
        252,
        &[
            "MemoryMax=1048576",
            "MemoryMin=1",
            "MemoryLow=0",
            "MemoryHigh=4096",
            "CPUWeight=39",
            "CPUQuotaPeriodUSec=100000",
            "CPUQuotaPerSecUSec=500000",
            "TasksMax=100",
            "AllowedCPUs=[0x03, 0x02]",
        ],
    );
    check(
        &all,
        Mode::V1,
        241,
        &["MemoryLimit=1048576", "CPUShares=1024", "CPUQuotaPerSecUSec=500000", "TasksMax=100"],
    );
    let kept = CgroupResources {
        memory_min_bytes: Some(1),
        memory_low_bytes: Some(2),
        ..CgroupResources::default()
    };
    check(&kept, Mode::V2, 239, &["MemoryLow=2"]);
    let unlimited = CgroupResources {
        cpu_quota_us: Some(-1),
        memory_limit_bytes: Some(-1),
        pids_limit: Some(0),
        ..CgroupResources::default()
    };
    check(
        &unlimited,
        Mode::V2,
        252,
        &["MemoryMax=18446744073709551615", "CPUQuotaPerSecUSec=18446744073709551615", "TasksMax=1"],
    );
    let nothing =
        CgroupResources { cpu_quota_us: Some(0), memory_limit_bytes: Some(0), ..CgroupResources::default() };
    check(&nothing, Mode::V2, 252, &[]);
}

/// What is written to the directory is what systemd makes of the property: whole percents, rounded up.
#[test]
fn quotas_are_rounded_to_percents() {
    for (quota, period, rounded) in [
        (50_000, 100_000, 50_000),
        (1000, 100_000, 1000),
        (1500, 100_000, 2000),
        (50_500, 100_000, 51_000),
        (2550, 5000, 2550),
        (2551, 5000, 2600),
        (-1, 100_000, -1),
        (0, 100_000, 0),
    ] {
        let mut resources = CgroupResources {
            cpu_quota_us: Some(quota),
            cpu_period_us: Some(period),
            ..CgroupResources::default()
        };
        round_quota(&mut resources);
        assert_eq!(resources.cpu_quota_us, Some(rounded), "{quota} of {period}");
    }
}

#[test]
fn cpu_lists() {
    for (list, expected) in [
        ("0", Some(vec![1])),
        ("0-7", Some(vec![0xff])),
        ("0-3,8", Some(vec![0x0f, 0x01])),
        (" 1 , 15 ", Some(vec![0x02, 0x80])),
        ("", None),
        ("3-1", None),
        ("a", None),
        ("0-4294967295", None),
    ] {
        assert_eq!(bits(list), expected, "{list:?}");
    }
}
