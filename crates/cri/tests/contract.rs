//! Runs the contract suite: always on the fake, and on a real runtime where there is one.
//!
//! The end-to-end stage sets `KUBELET_TEST_CRI` to the endpoint of a runtime, and:
//! - `KUBELET_TEST_CRI_IMAGE`: an image with a shell (default `docker.io/library/busybox:latest`), there or pullable;
//! - `KUBELET_TEST_CRI_SPARE_IMAGE`: one that may be removed and pulled again (default: the same);
//! - `KUBELET_TEST_CRI_CGROUP_PARENT`: parent of the sandboxes' cgroups (default `/kubelet-contract`).

use std::time::Duration;

use cri::contract::{CASES, Scenario, Setting, run_all};
use cri::fake::{Call, EventSupport, ExecOutcome, FakeOptions, FakeRuntime, Fault, Faults, Pull, Stage};
use cri::{Client, Operation, Runtime};

/// Checks every case on `runtime` and prints what does not hold.
async fn check(runtime: &dyn Runtime, image: &str, spare_image: &str, cgroup_parent: &str) {
    let logs = tempfile::tempdir().expect("a directory for logs");
    let setting = Setting {
        runtime,
        image: image.to_owned(),
        spare_image: spare_image.to_owned(),
        log_root: logs.path().to_owned(),
        cgroup_parent: cgroup_parent.to_owned(),
        run: format!("run-{}", std::process::id()),
        pods: Default::default(),
    };
    let failed = run_all(&setting).await;
    for (name, failure) in &failed {
        println!("{name}: {failure}");
    }
    assert!(failed.is_empty(), "{} of {} cases do not hold", failed.len(), CASES.len());
}

/// The fake that knows the programs, commands and images of the cases.
fn fake(options: FakeOptions) -> FakeRuntime {
    let programs = options
        .programs(|config| {
            let scenario = Scenario::ALL.into_iter().find(|scenario| scenario.command() == config.command);
            scenario.expect("only scenarios are started").program()
        })
        .registry(|image| match image.image.starts_with("localhost:1/") {
            true => Pull::not_found(&image.image),
            false => Pull::at_once(),
        })
        .commands(|_, command| match command.last().map(String::as_str) {
            Some("sleep 30") => ExecOutcome { takes: Duration::from_secs(30), ..ExecOutcome::default() },
            Some(script) if script.contains("exit 4") => ExecOutcome {
                exit_code: 4,
                stdout: b"out\n".to_vec(),
                stderr: b"err\n".to_vec(),
                ..ExecOutcome::default()
            },
            Some(_) | None => ExecOutcome::default(),
        });
    let runtime = FakeRuntime::new(FakeOptions { writes_logs: true, ..programs });
    runtime.set_faults(RealSpeed);
    runtime
}

/// As slow as a real one, so that calls can be dropped half done.
struct RealSpeed;

impl Faults for RealSpeed {
    fn at(&self, stage: Stage, call: &Call) -> Fault {
        match (stage, call.operation) {
            (Stage::During, Operation::RunPodSandbox) => Fault::delay(Duration::from_millis(60)),
            (Stage::During, Operation::CreateContainer) => Fault::delay(Duration::from_millis(7)),
            (Stage::During, Operation::StartContainer) => Fault::delay(Duration::from_millis(40)),
            _ => Fault::NONE,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn fake_as_containerd_2() {
    check(&fake(FakeOptions::default()), "busybox", "nginx", "/contract").await;
}

#[tokio::test(start_paused = true)]
async fn fake_as_containerd_1_6() {
    let options = FakeOptions::containerd_1_6();
    assert_eq!(options.events, EventSupport::Unimplemented);
    check(&fake(options), "busybox", "nginx", "/contract").await;
}

#[tokio::test]
async fn real_runtime() {
    let Ok(endpoint) = std::env::var("KUBELET_TEST_CRI") else {
        println!("KUBELET_TEST_CRI names no runtime: the contract meets a real one in the end-to-end stage");
        return;
    };
    let variable = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let image = variable("KUBELET_TEST_CRI_IMAGE", "docker.io/library/busybox:latest");
    let spare_image = variable("KUBELET_TEST_CRI_SPARE_IMAGE", &image);
    let cgroup_parent = variable("KUBELET_TEST_CRI_CGROUP_PARENT", "/kubelet-contract");
    let client = Client::connect(&endpoint).expect("KUBELET_TEST_CRI names a unix socket");
    check(&client, &image, &spare_image, &cgroup_parent).await;
}
