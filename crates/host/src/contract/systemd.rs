//! [`crate::cgroups`] through a running systemd, as in the virtual machine of `cargo xtask vm`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use types::PodUid;

use crate::{
    blocking::Blocking,
    cgroups::{
        CgroupResources, CgroupSettings, Cgroups, Driver, Hierarchies, Mode, PodCgroup, QosClass,
        RealCgroups, TreeLimits,
    },
};

/// A slice below which all of a case's lie.
const ROOT: &str = "/kubeletcontract";

fn cgroups() -> Option<(RealCgroups, Hierarchies)> {
    let root = rustix::process::geteuid().is_root();
    if !root || !Path::new("/run/systemd/system").exists() {
        eprintln!("skipped: needs root and a running systemd; it runs in `cargo xtask vm`");
        return None;
    }
    let hierarchies = Hierarchies::find().unwrap();
    let settings = CgroupSettings {
        root: ROOT.to_owned(),
        driver: Driver::Systemd,
        per_qos: true,
        huge_page_sizes: Vec::new(),
    };
    Some((RealCgroups::new(hierarchies.clone(), settings, Blocking::default()), hierarchies))
}

fn systemctl(arguments: &[&str]) -> String {
    let output = Command::new("systemctl").args(arguments).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
fn slices_come_and_go() {
    let Some((cgroups, hierarchies)) = cgroups() else { return };
    super::runtime().block_on(async {
        systemctl(&["start", "kubeletcontract.slice"]);
        let all_pods = CgroupResources {
            cpu_shares: Some(2048),
            // Makes systemd keep the cpuset controller when it reloads.
            cpuset_cpus: Some(crate::machine::Machine::read().unwrap().cpu_list),
            ..CgroupResources::default()
        };
        cgroups.ensure_tree(&TreeLimits { all_pods }).await.unwrap();
        let pod = PodCgroup { uid: PodUid::from("1234-abcd"), qos: QosClass::Burstable };
        let unit = "kubeletcontract-kubepods-burstable-pod1234_abcd.slice";
        let resources = CgroupResources {
            cpu_shares: Some(512),
            cpu_quota_us: Some(1500),
            cpu_period_us: Some(100_000),
            memory_limit_bytes: Some(64 << 20),
            pids_limit: Some(100),
            ..CgroupResources::default()
        };
        for _ in 0..2 {
            cgroups.ensure_pod(&pod, &resources).await.unwrap();
            assert_eq!(cgroups.list_pods().await.unwrap(), std::slice::from_ref(&pod));
        }
        let parent = cgroups.cgroup_parent(&pod);
        assert!(parent.ends_with(&format!("/kubeletcontract-kubepods-burstable.slice/{unit}")), "{parent}");
        assert_eq!(systemctl(&["is-active", unit]), "active");
        assert_eq!(systemctl(&["show", "--property=TasksMax", "--value", unit]), "100");
        let directory: PathBuf = match &hierarchies {
            Hierarchies::V2 { root } => root.join(parent.trim_start_matches('/')),
            Hierarchies::V1 { roots, .. } => roots["pids"].join(parent.trim_start_matches('/')),
        };
        let value = |file: &str| fs::read_to_string(directory.join(file)).unwrap().trim().to_owned();
        assert_eq!(value("pids.max"), "100");
        if hierarchies.mode() == Mode::V2 {
            // systemd reloads its units now and then; what it writes must be what we wrote.
            systemctl(&["daemon-reload"]);
            assert_eq!((value("cpu.weight").as_str(), value("cpu.max").as_str()), ("20", "2000 100000"));
            assert_eq!(value("memory.max"), "67108864");
            let all_pods = directory.ancestors().nth(2).unwrap();
            for (level, controllers) in
                [(directory.as_path(), "cpu memory pids"), (all_pods, "cpu cpuset memory pids")]
            {
                let has = fs::read_to_string(level.join("cgroup.controllers")).unwrap();
                let kept =
                    controllers.split(' ').all(|wanted| has.split_whitespace().any(|has| has == wanted));
                assert!(kept, "{}: {has}", level.display());
            }
        }
        for _ in 0..2 {
            cgroups.remove_pod(&pod).await.unwrap();
            assert_eq!(cgroups.list_pods().await.unwrap(), []);
        }
        assert_eq!(systemctl(&["is-active", unit]), "inactive");
        systemctl(&["stop", "kubeletcontract.slice"]);
    });
}
