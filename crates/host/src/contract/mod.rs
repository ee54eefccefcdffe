//! The same cases against the fake and the real machine, so that the fake cannot drift.
//!
//! The real ones need root. They run in a mount namespace of their own (this program starts itself again under
//! `unshare`), and control groups below a directory of their own.

mod beneath;
mod cgroups;
mod files;
mod mounts;
mod processes;
mod races;
mod systemd;

use std::{
    future::Future,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use crate::{
    beneath::{Beneath, RealBeneath},
    blocking::Blocking,
    fake::FakeHost,
    files::{FileKind, Files, RealFiles},
    mounts::{Mounts, RealMounts},
};

/// A machine to try a case on, and a directory of its own on it.
struct World {
    files: Arc<dyn Files>,
    mounts: Arc<dyn Mounts>,
    beneath: Arc<dyn Beneath>,
    root: PathBuf,
    arrange: Arrange,
}

/// Makes what the traits do not: links and special files.
enum Arrange {
    Fake(Arc<FakeHost>),
    Real,
}

impl World {
    async fn fake() -> Self {
        let host = FakeHost::new();
        let root = PathBuf::from("/case");
        Files::make_dir(&*host, &root, 0o755).await.unwrap();
        Self {
            files: host.clone(),
            mounts: host.clone(),
            beneath: host.clone(),
            root,
            arrange: Arrange::Fake(host),
        }
    }

    fn real(root: &Path) -> Self {
        let blocking = Blocking::default();
        Self {
            files: Arc::new(RealFiles::new(blocking.clone())),
            mounts: Arc::new(RealMounts::new(blocking.clone())),
            beneath: Arc::new(RealBeneath::new(blocking)),
            root: root.to_owned(),
            arrange: Arrange::Real,
        }
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    fn link(&self, relative: &str, target: impl AsRef<Path>) {
        let path = self.path(relative);
        match &self.arrange {
            Arrange::Fake(host) => host.make_link(&path, target.as_ref()),
            Arrange::Real => std::os::unix::fs::symlink(target, path).unwrap(),
        }
    }

    fn special(&self, relative: &str, kind: FileKind) {
        let path = self.path(relative);
        match &self.arrange {
            Arrange::Fake(host) => host.make_special(&path, kind),
            Arrange::Real => match kind {
                FileKind::Socket => drop(std::os::unix::net::UnixListener::bind(path).unwrap()),
                FileKind::Pipe => {
                    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, 0o644.into(), 0)
                        .unwrap();
                }
                _ => panic!("not arranged: {kind:?}"),
            },
        }
    }

    async fn dir(&self, relative: &str) -> PathBuf {
        let path = self.path(relative);
        self.files.make_dir(&path, 0o755).await.unwrap();
        path
    }

    async fn file(&self, relative: &str, content: &str) -> PathBuf {
        let path = self.path(relative);
        self.files.write_unsynced(&path, content.as_bytes(), 0o644).await.unwrap();
        path
    }

    async fn content(&self, relative: &str) -> Option<String> {
        let bytes = self.files.read(&self.path(relative), 1 << 20).await.unwrap();
        bytes.map(|bytes| String::from_utf8(bytes).unwrap())
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Runs a case on the fake.
fn on_fake<F: Future<Output = ()>>(case: impl FnOnce(World) -> F) {
    runtime().block_on(async { case(World::fake().await).await });
}

const INSIDE: &str = "HOST_CONTRACT_INSIDE";

/// Runs a case on the real machine, where its mounts are its own. `test` is the name of the calling test.
fn on_real<F: Future<Output = ()>>(test: &str, case: impl FnOnce(World) -> F) {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: {test} needs root; it runs where ./test.sh is run as root");
        return;
    }
    if std::env::var_os(INSIDE).is_some() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        runtime().block_on(case(World::real(&root)));
        return;
    }
    let status = Command::new("unshare")
        .args(["--mount", "--propagation", "private", "--"])
        .arg(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .expect("unshare is part of util-linux");
    let output = String::from_utf8_lossy(&status.stdout);
    assert!(
        status.status.success() && output.contains("1 passed"),
        "{output}\n{}",
        String::from_utf8_lossy(&status.stderr)
    );
}

/// Declares one test per case and machine.
macro_rules! contract {
    ($($case:ident)*) => {
        mod fake {
            $(#[test] fn $case() { super::super::on_fake(super::$case); })*
        }
        mod real {
            $(#[test] fn $case() {
                let test = concat!(module_path!(), "::", stringify!($case));
                let (_crate_name, test) = test.split_once("::").unwrap();
                super::super::on_real(test, super::$case);
            })*
        }
    };
}
use contract;
