//! [`crate::cgroups`].

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use types::PodUid;

use crate::{
    blocking::Blocking,
    cgroups::{
        CgroupError, CgroupResources, CgroupSettings, Cgroups, Driver, Hierarchies, Mode, PodCgroup,
        QosClass, RealCgroups, TreeLimits,
        resources::{Enforcement, PodAmounts, pod_resources, qos_resources},
    },
    fake::FakeHost,
};

/// A tree of its own for each case.
struct World {
    cgroups: Arc<dyn Cgroups>,
    own: Option<OwnRoot>,
}

/// A group below the machine's root, in all hierarchies, that goes with the case.
struct OwnRoot {
    hierarchies: Hierarchies,
    name: String,
}

impl OwnRoot {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("/kubelet-contract-{}-{number}", std::process::id());
        let hierarchies = Hierarchies::find().unwrap();
        for directory in hierarchies.directories(&name) {
            fs::create_dir(directory).unwrap();
        }
        Self { hierarchies, name }
    }

    fn cgroups(&self) -> RealCgroups {
        let settings = CgroupSettings {
            root: self.name.clone(),
            driver: Driver::Cgroupfs,
            per_qos: true,
            huge_page_sizes: Vec::new(),
        };
        RealCgroups::new(self.hierarchies.clone(), settings, Blocking::default())
    }

    /// A value as the kernel says it. Files are named for v1 and v2.
    fn value(&self, group: &str, v1: &str, v2: &str) -> String {
        let path = self.file(group, v1, v2);
        fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
            .trim()
            .to_owned()
    }

    fn file(&self, group: &str, v1: &str, v2: &str) -> PathBuf {
        let file = match self.hierarchies.mode() {
            Mode::V2 => v2,
            Mode::V1 | Mode::Hybrid => v1,
        };
        let (controller, _) = file.split_once('.').unwrap();
        let root = self.hierarchies.root_of(controller).unwrap();
        root.join(self.name.trim_start_matches('/')).join(group).join(file)
    }

    fn directories(&self, group: &str) -> Vec<PathBuf> {
        self.hierarchies.directories(&format!("{}/{group}", self.name))
    }
}

impl Drop for OwnRoot {
    fn drop(&mut self) {
        // On success the case has left nothing below; after a failure this cleans up.
        for _ in 0..3 {
            for directory in self.hierarchies.directories(&self.name) {
                let _removed = Command::new("find")
                    .arg(directory)
                    .args(["-depth", "-type", "d", "-exec", "rmdir", "{}", ";"])
                    .output();
            }
        }
    }
}

fn is_root(test: &str) -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        eprintln!("skipped: {test} needs root; it runs where ./test.sh is run as root");
    }
    root
}

macro_rules! cases {
    ($($case:ident)*) => {
        mod fake {
            $(#[test] fn $case() {
                let world = super::World { cgroups: super::FakeHost::new(), own: None };
                super::super::runtime().block_on(super::$case(&world));
            })*
        }
        mod real {
            $(#[test] fn $case() {
                if !super::is_root(stringify!($case)) {
                    return;
                }
                let own = super::OwnRoot::new();
                let cgroups = super::Arc::new(own.cgroups());
                let world = super::World { cgroups, own: Some(own) };
                super::super::runtime().block_on(super::$case(&world));
            })*
        }
    };
}

cases! { pods_come_and_go calls_may_be_repeated pods_of_another_kubelet_are_listed parents }

fn pod(uid: &str, qos: QosClass) -> PodCgroup {
    PodCgroup { uid: PodUid::from(uid), qos }
}

fn three_pods() -> [PodCgroup; 3] {
    [
        pod("0a1b2c3d-1111", QosClass::Guaranteed),
        pod("0a1b2c3d-2222", QosClass::Burstable),
        pod("0123456789abcdef0123456789abcdef", QosClass::BestEffort),
    ]
}

async fn tree(world: &World) {
    let limits =
        TreeLimits { all_pods: CgroupResources { cpu_shares: Some(2048), ..CgroupResources::default() } };
    world.cgroups.ensure_tree(&limits).await.unwrap();
}

async fn pods_come_and_go(world: &World) {
    tree(world).await;
    assert_eq!(world.cgroups.list_pods().await.unwrap(), []);
    for pod in three_pods() {
        world.cgroups.ensure_pod(&pod, &CgroupResources::default()).await.unwrap();
    }
    let mut expected = three_pods().to_vec();
    expected.sort();
    assert_eq!(world.cgroups.list_pods().await.unwrap(), expected);
    for pod in three_pods() {
        world.cgroups.remove_pod(&pod).await.unwrap();
        expected.retain(|other| *other != pod);
        assert_eq!(world.cgroups.list_pods().await.unwrap(), expected);
    }
}

async fn calls_may_be_repeated(world: &World) {
    let pod = pod("twice", QosClass::Burstable);
    let mut resources = CgroupResources { cpu_shares: Some(512), ..CgroupResources::default() };
    for _ in 0..2 {
        tree(world).await;
        world.cgroups.update_qos(QosClass::Burstable, &resources).await.unwrap();
        world.cgroups.ensure_pod(&pod, &resources).await.unwrap();
    }
    resources.cpu_shares = Some(1024);
    world.cgroups.ensure_pod(&pod, &resources).await.unwrap();
    for _ in 0..2 {
        world.cgroups.remove_pod(&pod).await.unwrap();
    }
    world.cgroups.ensure_pod(&pod, &resources).await.unwrap();
    assert_eq!(world.cgroups.list_pods().await.unwrap(), std::slice::from_ref(&pod));
    world.cgroups.remove_pod(&pod).await.unwrap();
}

/// A kubelet that has just started knows nothing but what is on the machine.
async fn pods_of_another_kubelet_are_listed(world: &World) {
    tree(world).await;
    for pod in three_pods() {
        world.cgroups.ensure_pod(&pod, &CgroupResources::default()).await.unwrap();
    }
    let restarted: Arc<dyn Cgroups> = match &world.own {
        Some(own) => Arc::new(own.cgroups()),
        None => Arc::clone(&world.cgroups),
    };
    let found = restarted.list_pods().await.unwrap();
    assert_eq!(found.len(), 3);
    for pod in found {
        restarted.remove_pod(&pod).await.unwrap();
    }
    assert_eq!(world.cgroups.list_pods().await.unwrap(), []);
}

async fn parents(world: &World) {
    let root = world.own.as_ref().map_or("", |own| own.name.as_str());
    for (qos, expected) in [
        (QosClass::Guaranteed, "/kubepods/poduid-1"),
        (QosClass::Burstable, "/kubepods/burstable/poduid-1"),
        (QosClass::BestEffort, "/kubepods/besteffort/poduid-1"),
    ] {
        let parent = world.cgroups.cgroup_parent(&pod("uid-1", qos));
        assert_eq!(parent, format!("{root}{expected}"));
    }
}

/// Runs a case that looks at the kernel's own files.
fn on_kernel<F: Future<Output = ()>>(test: &str, case: impl FnOnce(OwnRoot) -> F) {
    if is_root(test) {
        super::runtime().block_on(case(OwnRoot::new()));
    }
}

#[test]
fn the_kernel_gets_the_values() {
    on_kernel("the_kernel_gets_the_values", |own| async move {
        let cgroups = own.cgroups();
        let all_pods = CgroupResources {
            cpu_shares: Some(2048),
            memory_limit_bytes: Some(8 << 30),
            pids_limit: Some(30_000),
            ..CgroupResources::default()
        };
        cgroups.ensure_tree(&TreeLimits { all_pods }).await.unwrap();
        cgroups
            .update_qos(QosClass::Burstable, &qos_resources(QosClass::Burstable, 1500, &[]))
            .await
            .unwrap();
        let amounts = PodAmounts {
            cpu_request_milli: 500,
            cpu_limit_milli: 1000,
            cpu_limits_declared: true,
            memory_limit_bytes: 64 << 20,
            memory_limits_declared: true,
            ..PodAmounts::default()
        };
        let enforcement = Enforcement { pod_pids_limit: Some(100), ..Enforcement::default() };
        let limited = pod("limited", QosClass::Burstable);
        let resources = pod_resources(QosClass::Burstable, &amounts, &enforcement);
        cgroups.ensure_pod(&limited, &resources).await.unwrap();
        let unlimited = pod("unlimited", QosClass::BestEffort);
        let resources = pod_resources(QosClass::BestEffort, &PodAmounts::default(), &Enforcement::default());
        cgroups.ensure_pod(&unlimited, &resources).await.unwrap();

        let v2 = own.hierarchies.mode() == Mode::V2;
        let check = |group: &str, v1_file: &str, v1: &str, v2_file: &str, v2_value: &str| {
            let expected = if v2 { v2_value } else { v1 };
            assert_eq!(own.value(group, v1_file, v2_file), expected, "{group}: {v1_file} or {v2_file}");
        };
        let (memory1, memory2) = ("memory.limit_in_bytes", "memory.max");
        check("kubepods", "cpu.shares", "2048", "cpu.weight", "79");
        check("kubepods", memory1, "8589934592", memory2, "8589934592");
        check("kubepods", "pids.max", "30000", "pids.max", "30000");
        check("kubepods/burstable", "cpu.shares", "1536", "cpu.weight", "59");
        check("kubepods/besteffort", "cpu.shares", "2", "cpu.weight", "1");
        let limited = "kubepods/burstable/podlimited";
        check(limited, "cpu.shares", "512", "cpu.weight", "20");
        check(limited, "cpu.cfs_quota_us", "100000", "cpu.max", "100000 100000");
        check(limited, memory1, "67108864", memory2, "67108864");
        check(limited, "pids.max", "100", "pids.max", "100");
        let unlimited_group = "kubepods/besteffort/podunlimited";
        check(unlimited_group, "cpu.shares", "2", "cpu.weight", "1");
        check(unlimited_group, "cpu.cfs_quota_us", "-1", "cpu.max", "max 100000");
        check(unlimited_group, "pids.max", "max", "pids.max", "max");
        for pod in cgroups.list_pods().await.unwrap() {
            cgroups.remove_pod(&pod).await.unwrap();
        }
    });
}

/// What this process has written is not written again; what is gone is.
#[test]
fn values_are_written_once() {
    on_kernel("values_are_written_once", |own| async move {
        let cgroups = own.cgroups();
        let pod = pod("once", QosClass::Guaranteed);
        let resources = CgroupResources { pids_limit: Some(50), ..CgroupResources::default() };
        cgroups.ensure_pod(&pod, &resources).await.unwrap();
        let file = own.file("kubepods/podonce", "pids.max", "pids.max");
        fs::write(&file, "51").unwrap();
        cgroups.ensure_pod(&pod, &resources).await.unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap().trim(), "51");
        for directory in own.directories("kubepods/podonce") {
            fs::remove_dir(directory).unwrap();
        }
        cgroups.ensure_pod(&pod, &resources).await.unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap().trim(), "50");
        cgroups.remove_pod(&pod).await.unwrap();
    });
}

/// A process in every hierarchy of a container's group below the pod's; on v1, where asked for, frozen.
fn start_in(own: &OwnRoot, group: &str, frozen: bool) -> Child {
    let child = Command::new("sleep").arg("600").spawn().unwrap();
    move_to(own, group, child.id(), frozen);
    child
}

fn move_to(own: &OwnRoot, group: &str, pid: u32, frozen: bool) {
    for directory in own.directories(group) {
        fs::create_dir_all(&directory).unwrap();
        if directory.join("cpuset.cpus").exists() && own.hierarchies.mode() != Mode::V2 {
            for file in ["cpuset.cpus", "cpuset.mems"] {
                let inherited = fs::read_to_string(directory.parent().unwrap().join(file)).unwrap();
                fs::write(directory.join(file), inherited.trim()).unwrap();
            }
        }
        fs::write(directory.join("cgroup.procs"), pid.to_string()).unwrap();
        if frozen && directory.join("freezer.state").exists() {
            fs::write(directory.join("freezer.state"), "FROZEN").unwrap();
        }
    }
}

#[test]
fn what_is_left_in_a_pod_dies_with_it() {
    on_kernel("what_is_left_in_a_pod_dies_with_it", |own| async move {
        let cgroups = own.cgroups();
        cgroups.ensure_tree(&TreeLimits::default()).await.unwrap();
        for frozen in [false, true] {
            let pod = pod("left", QosClass::Burstable);
            cgroups.ensure_pod(&pod, &CgroupResources::default()).await.unwrap();
            let mut child = start_in(&own, "kubepods/burstable/podleft/container", frozen);
            cgroups.remove_pod(&pod).await.unwrap();
            use std::os::unix::process::ExitStatusExt;
            assert_eq!(child.wait().unwrap().signal(), Some(libc::SIGKILL), "frozen: {frozen}");
            assert_eq!(cgroups.list_pods().await.unwrap(), []);
        }
    });
}

/// The first process that a program has started.
fn child_of(program: &Child) -> u32 {
    let list = format!("/proc/{0}/task/{0}/children", program.id());
    let began = Instant::now();
    loop {
        if let Ok(first) = fs::read_to_string(&list).unwrap().trim().parse() {
            return first;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "nothing is started");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn the_first_process_of_a_container_is_found_whatever_its_group_is_called() {
    on_kernel("the_first_process_of_a_container_is_found_whatever_its_group_is_called", |own| async move {
        let cgroups = own.cgroups();
        cgroups.ensure_tree(&TreeLimits::default()).await.unwrap();
        let pod = pod("found", QosClass::BestEffort);
        assert!(cgroups.first_process(&pod, "aaaa").await.unwrap().is_none(), "no pod");
        cgroups.ensure_pod(&pod, &CgroupResources::default()).await.unwrap();
        for name in ["aaaa", "cri-containerd-bbbb.scope"] {
            let group = format!("kubepods/besteffort/podfound/{name}");
            let mut unshare = Command::new("unshare");
            // Stays outside of the namespace itself.
            let mut outside =
                unshare.args(["--pid", "--fork", "--kill-child", "sleep", "600"]).spawn().unwrap();
            let first = child_of(&outside);
            for pid in [outside.id(), first] {
                move_to(&own, &group, pid, false);
            }
            let id = name.trim_start_matches("cri-containerd-").trim_end_matches(".scope");
            let found = cgroups.first_process(&pod, id).await.unwrap().unwrap();
            assert_eq!(found.pid(), first, "{name}");
            outside.kill().unwrap();
            outside.wait().unwrap();
            found.ended().await.unwrap();
            assert!(cgroups.first_process(&pod, id).await.unwrap().is_none(), "{name}: ended");
        }
        let mut child = start_in(&own, "kubepods/besteffort/podfound/cccc", false);
        assert!(cgroups.first_process(&pod, "cccc").await.unwrap().is_none(), "the node's namespace");
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(cgroups.first_process(&pod, "dddd").await.unwrap().is_none(), "no container");
        cgroups.remove_pod(&pod).await.unwrap();
    });
}

#[test]
fn a_root_that_does_not_exist_is_told() {
    on_kernel("a_root_that_does_not_exist_is_told", |own| async move {
        let settings = CgroupSettings {
            root: format!("{}/missing", own.name),
            driver: Driver::Cgroupfs,
            per_qos: true,
            huge_page_sizes: Vec::new(),
        };
        let cgroups = RealCgroups::new(own.hierarchies.clone(), settings, Blocking::default());
        let told = cgroups.ensure_tree(&TreeLimits::default()).await;
        assert!(matches!(told, Err(CgroupError::NoRoot { .. })), "{told:?}");
    });
}

#[test]
fn a_uid_cannot_lead_out_of_the_tree() {
    on_kernel("a_uid_cannot_lead_out_of_the_tree", |own| async move {
        let cgroups = own.cgroups();
        for uid in ["/../../x", "..", "a/b", "a_b", "nul\0"] {
            let pod = pod(uid, QosClass::Guaranteed);
            let made = cgroups.ensure_pod(&pod, &CgroupResources::default()).await;
            let removed = cgroups.remove_pod(&pod).await;
            // `pod..` is a name like any other.
            if uid != ".." {
                assert!(made.is_err() && removed.is_err(), "{uid:?}: {made:?}");
                assert_eq!(cgroups.cgroup_parent(&pod), "");
            }
        }
    });
}

#[test]
fn without_groups_per_qos_nothing_is_made() {
    on_kernel("without_groups_per_qos_nothing_is_made", |own| async move {
        let settings = CgroupSettings {
            root: own.name.clone(),
            driver: Driver::Cgroupfs,
            per_qos: false,
            huge_page_sizes: Vec::new(),
        };
        let cgroups = RealCgroups::new(own.hierarchies.clone(), settings, Blocking::default());
        let pod = pod("none", QosClass::Guaranteed);
        cgroups.ensure_tree(&TreeLimits::default()).await.unwrap();
        cgroups.ensure_pod(&pod, &CgroupResources::default()).await.unwrap();
        assert_eq!(cgroups.cgroup_parent(&pod), "");
        assert!(!own.directories("kubepods").iter().any(|directory| directory.exists()));
    });
}
