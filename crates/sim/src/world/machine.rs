//! The door to the machine: files, mounts, sub paths, control groups.

use super::{Life, World};
use async_trait::async_trait;
use host::beneath::{Beneath, BeneathError};
use host::cgroups::{CgroupError, CgroupResources, Cgroups, PodCgroup, QosClass, TreeLimits};
use host::fake::{Fault, Operation, Rule};
use host::files::{DirectoryEntry, DiskSpace, FileError, FileState, Files, Ownership};
use host::mounts::{Mount, MountError, MountState, Mounts, TmpfsOptions, Unmount};
use host::processes::Process;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The machine as one life of the kubelet sees it.
pub struct HostDoor {
    world: Arc<World>,
    life: Arc<Life>,
}

impl HostDoor {
    /// For one life.
    pub fn new(world: Arc<World>, life: Arc<Life>) -> Self {
        Self { world, life }
    }

    /// Looks only: not worth a line.
    async fn look<T>(&self, operation: Operation, work: impl Future<Output = T>) -> T {
        self.meet(operation).await;
        work.await
    }

    async fn change<T, E>(
        &self,
        operation: Operation,
        path: &Path,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        // The name of a termination log is drawn anew by each process.
        let is_random =
            path.parent().and_then(Path::parent).is_some_and(|above| above.ends_with("containers"));
        let shown = if is_random { path.parent().unwrap_or(path) } else { path };
        self.world.enter(&self.life, format_args!("{operation:?} {}", shown.display()));
        self.world.survive(&self.life).await;
        self.meet(operation).await;
        let answer = work.await;
        let outcome = if answer.is_ok() { "done" } else { "failed" };
        self.world.leave(&self.life, format_args!("{operation:?} {}: {outcome}", shown.display()));
        self.world.survive(&self.life).await;
        answer
    }

    /// What the dice have for this call. A failure is left for the fake, whose next call of this kind is ours.
    async fn meet(&self, operation: Operation) {
        match self.world.dice.host(operation) {
            None => {}
            Some(Fault::Hang) => self.world.dice.calmed().await,
            Some(Fault::Delay(time)) => tokio::time::sleep(time).await,
            Some(fault @ Fault::Fail(_)) => {
                let subject_contains = String::new();
                self.world.host.inject(Rule {
                    operation: Some(operation),
                    subject_contains,
                    fault,
                    times: Some(1),
                });
            }
        }
    }

    /// Nothing may be taken from under what still runs.
    fn takes_away(&self, path: &Path) {
        self.world.absorb();
        self.world.ledger().takes_away(path);
    }
}

#[async_trait]
impl Files for HostDoor {
    async fn look(&self, path: &Path) -> Result<Option<FileState>, FileError> {
        HostDoor::look(self, Operation::FilesLook, self.world.host.look(path)).await
    }

    async fn look_at_link(&self, path: &Path) -> Result<Option<FileState>, FileError> {
        HostDoor::look(self, Operation::FilesLook, self.world.host.look_at_link(path)).await
    }

    async fn make_dir(&self, path: &Path, mode: u32) -> Result<(), FileError> {
        self.change(Operation::FilesMakeDir, path, Files::make_dir(self.world.host.as_ref(), path, mode))
            .await
    }

    async fn make_file(&self, path: &Path, mode: u32) -> Result<(), FileError> {
        self.change(Operation::FilesMakeFile, path, self.world.host.make_file(path, mode)).await
    }

    async fn write_atomic(&self, path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
        self.change(Operation::FilesWrite, path, self.world.host.write_atomic(path, bytes, mode)).await
    }

    async fn write_unsynced(&self, path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
        let work = self.world.host.write_unsynced(path, bytes, mode);
        // The effect and the note of it are one step: the process may die before it hears of it.
        let noted = async {
            let answer = work.await;
            if answer.is_ok() {
                self.world.ledger().wrote(path);
            }
            answer
        };
        self.change(Operation::FilesWrite, path, noted).await
    }

    async fn read(&self, path: &Path, max_bytes: u64) -> Result<Option<Vec<u8>>, FileError> {
        let answer = HostDoor::look(self, Operation::FilesRead, self.world.host.read(path, max_bytes)).await;
        if answer.is_err() {
            self.world.ledger().could_not_read(path);
        }
        answer
    }

    async fn read_end(&self, path: &Path, max_bytes: u64) -> Result<Option<Vec<u8>>, FileError> {
        HostDoor::look(self, Operation::FilesRead, self.world.host.read_end(path, max_bytes)).await
    }

    async fn link(&self, path: &Path, target: &Path) -> Result<(), FileError> {
        self.change(Operation::FilesWrite, path, self.world.host.link(path, target)).await
    }

    async fn read_link(&self, path: &Path) -> Result<Option<PathBuf>, FileError> {
        HostDoor::look(self, Operation::FilesLook, self.world.host.read_link(path)).await
    }

    async fn rename(&self, from: &Path, to: &Path) -> Result<(), FileError> {
        self.change(Operation::FilesRename, from, self.world.host.rename(from, to)).await
    }

    async fn make_dated_dir(&self, parent: &Path) -> Result<PathBuf, FileError> {
        self.change(Operation::FilesMakeDir, parent, self.world.host.make_dated_dir(parent)).await
    }

    async fn list_dir(&self, path: &Path) -> Result<Option<Vec<DirectoryEntry>>, FileError> {
        HostDoor::look(self, Operation::FilesListDir, self.world.host.list_dir(path)).await
    }

    async fn remove(&self, path: &Path) -> Result<(), FileError> {
        self.change(Operation::FilesRemove, path, self.world.host.remove(path)).await
    }

    async fn remove_tree(&self, path: &Path) -> Result<(), FileError> {
        self.takes_away(path);
        let work = self.world.host.remove_tree(path);
        let noted = async {
            let answer = work.await;
            if answer.is_ok() {
                self.world.ledger().removed(path);
            }
            answer
        };
        self.change(Operation::FilesRemoveTree, path, noted).await
    }

    async fn set_mode(&self, path: &Path, mode: u32) -> Result<(), FileError> {
        HostDoor::look(self, Operation::FilesSetMode, self.world.host.set_mode(path, mode)).await
    }

    async fn set_owner(&self, path: &Path, user: Option<u32>, group: Option<u32>) -> Result<(), FileError> {
        HostDoor::look(self, Operation::FilesSetOwner, self.world.host.set_owner(path, user, group)).await
    }

    async fn change_ownership(&self, path: &Path, ownership: Ownership) -> Result<(), FileError> {
        let work = self.world.host.change_ownership(path, ownership);
        HostDoor::look(self, Operation::FilesChangeOwnership, work).await
    }

    async fn disk_space(&self, path: &Path) -> Result<DiskSpace, FileError> {
        HostDoor::look(self, Operation::FilesDiskSpace, self.world.host.disk_space(path)).await
    }
}

#[async_trait]
impl Mounts for HostDoor {
    async fn tmpfs(&self, target: &Path, options: TmpfsOptions) -> Result<(), MountError> {
        self.change(Operation::MountsTmpfs, target, self.world.host.tmpfs(target, options)).await
    }

    async fn hugetlbfs(&self, target: &Path, page_size_bytes: u64) -> Result<(), MountError> {
        let work = self.world.host.hugetlbfs(target, page_size_bytes);
        self.change(Operation::MountsHugetlbfs, target, work).await
    }

    async fn bind(&self, source: &Path, target: &Path) -> Result<(), MountError> {
        let work = Mounts::bind(self.world.host.as_ref(), source, target);
        self.change(Operation::MountsBind, target, work).await
    }

    async fn make_read_only(&self, target: &Path) -> Result<(), MountError> {
        self.change(Operation::MountsMakeReadOnly, target, self.world.host.make_read_only(target)).await
    }

    async fn unmount(&self, target: &Path, how: Unmount) -> Result<(), MountError> {
        self.takes_away(target);
        self.change(Operation::MountsUnmount, target, self.world.host.unmount(target, how)).await
    }

    async fn below(&self, path: &Path) -> Result<Vec<Mount>, MountError> {
        HostDoor::look(self, Operation::MountsBelow, self.world.host.below(path)).await
    }

    async fn at(&self, path: &Path) -> Result<Option<MountState>, MountError> {
        HostDoor::look(self, Operation::MountsAt, self.world.host.at(path)).await
    }

    async fn make_shared(&self, path: &Path) -> Result<(), MountError> {
        self.change(Operation::MountsMakeShared, path, self.world.host.make_shared(path)).await
    }
}

#[async_trait]
impl Beneath for HostDoor {
    async fn make_dir(&self, base: &Path, sub_path: &Path, mode: u32) -> Result<(), BeneathError> {
        let work = Beneath::make_dir(self.world.host.as_ref(), base, sub_path, mode);
        self.change(Operation::BeneathMakeDir, base, work).await
    }

    async fn bind(&self, base: &Path, sub_path: &Path, target: &Path) -> Result<(), BeneathError> {
        let work = Beneath::bind(self.world.host.as_ref(), base, sub_path, target);
        self.change(Operation::BeneathBind, target, work).await
    }

    async fn read_file(&self, base: &Path, sub_path: &Path, max_bytes: u64) -> Result<Vec<u8>, BeneathError> {
        let work = Beneath::read_file(self.world.host.as_ref(), base, sub_path, max_bytes);
        HostDoor::look(self, Operation::FilesRead, work).await
    }
}

#[async_trait]
impl Cgroups for HostDoor {
    async fn ensure_tree(&self, limits: &TreeLimits) -> Result<(), CgroupError> {
        let work = self.world.host.ensure_tree(limits);
        self.change(Operation::CgroupsEnsureTree, Path::new("kubepods"), work).await
    }

    async fn ensure_pod(&self, pod: &PodCgroup, resources: &CgroupResources) -> Result<(), CgroupError> {
        let path = self.world.host.cgroup_parent(pod);
        let work = self.world.host.ensure_pod(pod, resources);
        self.change(Operation::CgroupsEnsurePod, Path::new(&path), work).await
    }

    async fn update_qos(&self, qos: QosClass, resources: &CgroupResources) -> Result<(), CgroupError> {
        HostDoor::look(self, Operation::CgroupsUpdateQos, self.world.host.update_qos(qos, resources)).await
    }

    async fn remove_pod(&self, pod: &PodCgroup) -> Result<(), CgroupError> {
        self.world.absorb();
        self.world.ledger().removes_cgroup(pod.uid.as_str());
        let path = self.world.host.cgroup_parent(pod);
        self.change(Operation::CgroupsRemovePod, Path::new(&path), self.world.host.remove_pod(pod)).await
    }

    async fn list_pods(&self) -> Result<Vec<PodCgroup>, CgroupError> {
        HostDoor::look(self, Operation::CgroupsListPods, self.world.host.list_pods()).await
    }

    async fn first_process(
        &self,
        _pod: &PodCgroup,
        container_id: &str,
    ) -> Result<Option<Box<dyn Process>>, CgroupError> {
        let first = async { Ok(super::processes::of_container(&self.world, container_id)) };
        HostDoor::look(self, Operation::CgroupsFirstProcess, first).await
    }

    fn cgroup_parent(&self, pod: &PodCgroup) -> String {
        self.world.host.cgroup_parent(pod)
    }
}
